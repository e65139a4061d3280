"""One writer per run folder: a lock file with process id and host, taken over from the dead."""

import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from wsim.errors import WsimError
from wsim.runs.durable import telling

DEAD = "dead"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file `path` for the length of the block.

    Raises:
        WsimError: a living process holds it, or one on another machine, whose life cannot be seen from here.
    """
    _take(path)
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process of this machine at a time.

    A lock is empty for a moment before its maker writes into it, and two heirs may find the same one dead.
    """
    try:
        import fcntl
    except ImportError:  # Windows, where a folder cannot be opened either
        yield
        return
    with telling(folder):
        descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems lock no folders
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _take(path: Path) -> None:
    mine = json.dumps({"pid": os.getpid(), "host": platform.node(), "born": _born(os.getpid())})
    with _alone(path.parent):
        for _ in range(2):
            with telling(path):
                try:
                    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
                except FileExistsError:
                    pass
                else:
                    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                        file.write(mine)
                    return
            _bury(path)
    raise _in_use(path, "another process")


def _bury(path: Path) -> None:
    """Remove the lock of a dead process. Renaming first lets only one of two heirs succeed."""
    try:
        holder: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    except ValueError:
        holder = {}  # its maker died between creating and writing it
    if holder and holder.get("host") != platform.node():
        raise _in_use(path, f"process {holder.get('pid')} on {holder.get('host')}")
    if holder and _alive(int(holder["pid"]), holder.get("born")):
        raise _in_use(path, f"process {holder['pid']} on this machine")
    grave = path.with_name(f".{path.name}.{os.getpid()}.stale")
    with suppress(FileNotFoundError), telling(path):
        path.rename(grave)
        grave.unlink()


def _alive(pid: int, born: str | None) -> bool:
    """Whether that very process still runs: ids are used again, in containers at once, so births count."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it lives and is somebody else's
    now = _born(pid)
    return now != DEAD and (now is None or born is None or now == born)


def _born(pid: int) -> str | None:
    """When the process started, in clock ticks since boot; None where the system does not say (no /proc)."""
    try:
        # Fields follow the command name, which stands in brackets and may hold spaces.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return DEAD if fields[0] == "Z" else fields[19]  # a zombie only waits for its parent to notice
    except (OSError, ValueError, IndexError):
        return None


def _in_use(path: Path, holder: str) -> WsimError:
    return WsimError(
        f"the run is being written by {holder}",
        where=str(path.parent),
        remedy=f"wait for it, give another folder with --out, or, if it is gone, remove {path.name}",
    )

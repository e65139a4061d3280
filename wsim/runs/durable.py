"""Writing that survives a crash: a file is there whole or not at all, and a full disk is told in words."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from wsim.errors import ExitCode, WsimError

TEMPORARY = ".tmp"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


@contextmanager
def telling(path: Path) -> Iterator[None]:
    """Turn an OSError while writing `path` into an error for people.

    Raises:
        WsimError: exit code 3 when the disk is full (everything written so far is kept and the run can go
            on), 2 when the place cannot be written to at all.
    """
    try:
        yield
    except OSError as error:
        raise write_error(path, error) from error


def write_error(path: Path, error: OSError) -> WsimError:
    """The error for people behind an OSError while writing."""
    if error.errno in _FULL:
        return WsimError(
            f"the disk is full or failing: {error.strerror or error}",
            where=str(path),
            remedy="make room, then give the same command again; everything finished so far is kept",
            exit_code=ExitCode.INCOMPLETE,
        )
    return WsimError(
        f"cannot write: {error.strerror or error}",
        where=str(path),
        remedy="give a folder that you may write to, with --out",
    )


def make_folder(path: Path) -> Path:
    """Make a folder and its parents.

    Raises:
        WsimError: it cannot be made.
    """
    with telling(path):
        path.mkdir(parents=True, exist_ok=True)
    return path


def sync_file(path: Path) -> None:
    """Wait until the content (or, for a folder, the names in it) is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def publish(temporary: Path, path: Path) -> None:
    """Give a finished temporary file its name: readers see the old file or the new one, never a half."""
    sync_file(temporary)
    temporary.replace(path)
    with suppress(OSError):  # some network file systems refuse to sync a folder
        sync_file(path.parent)


def temporary_name(path: Path) -> Path:
    """A name beside `path` that nobody uses, here or elsewhere, with the same suffix (encoders go by it)."""
    return path.with_name(f".{path.stem}.{uuid4().hex[:12]}{TEMPORARY}{path.suffix}")


def write_whole(path: Path, content: str | bytes) -> None:
    """Replace a file, atomically; text is written as UTF-8.

    Raises:
        WsimError: the disk is full or the place cannot be written to; the old file is untouched.
    """
    temporary = temporary_name(path)
    with telling(path):
        try:
            temporary.write_bytes(content.encode() if isinstance(content, str) else content)
            publish(temporary, path)
        finally:
            with suppress(OSError):
                temporary.unlink()

"""A run folder at a URL: `s3://`, `gs://`, `file://`, whatever fsspec can reach.

A run is written on a local disk, where appending, renaming and locking mean what they say, and copied to its
URL while it goes on. What was copied is enough to go on elsewhere: records, manifest, scales, and the videos
whose reading is not finished; those that were read stay where they are.
"""

import hashlib
import json
import os
import platform
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from wsim.errors import ExitCode, WsimError
from wsim.runs.durable import TEMPORARY
from wsim.runs.records import RecordLog
from wsim.runs.store import cache_folder

EVERY_S = 60.0  # records are one growing object, and object stores only replace
WRITER = "writer.json"  # stands at the URL while somebody writes there
STALE_S = 5 * EVERY_S  # a writer that said nothing for so long is dead
NOT_COPIED = ("lock", WRITER)
NOTES = ("manifest.json", "records.jsonl", "calibration.json", "errors.log")


@contextmanager
def mirrored(url: str, *, every_s: float = EVERY_S) -> Iterator[Path]:
    """A local folder that is copied to `url` every so often, and when the block ends, however it ends.

    Args:
        url: where the run is kept; a run that is there already is fetched first.
        every_s: seconds between copies.

    Raises:
        WsimError: the URL cannot be reached or written to, or somebody else writes there.
    """
    mirror = Mirror(url)
    mirror.fetch()
    stop = threading.Event()
    thread = threading.Thread(target=mirror.keep_copying, args=(stop, every_s), daemon=True)
    thread.start()
    try:
        yield mirror.folder
    finally:
        stop.set()
        thread.join()
        mirror.copy()
        mirror.leave()


class Mirror:
    """A URL and its local folder, which stays between runs on the same machine.

    Raises:
        WsimError: the scheme is unknown, or its package is not installed.
    """

    def __init__(self, url: str) -> None:
        import fsspec

        self.url = url.rstrip("/")
        with self._telling():
            self._remote, self._root = fsspec.core.url_to_fs(self.url)
        self.folder = cache_folder() / "remote" / hashlib.sha256(self.url.encode()).hexdigest()[:16]
        self._copied: dict[str, tuple[int, int]] = {}
        self._made: set[str] = set()

    def fetch(self) -> None:
        """Take the place as its writer, and bring what is needed to go on and not here yet."""
        with self._telling():
            self._refuse_another_writer()
            self._sign()
            there = self._listed()
            notes = [name for name in there if name in NOTES]
            if "manifest.json" in there and not (self.folder / "manifest.json").exists():
                for name in notes:
                    self._get(name)
                self._fetch_unfinished(there)

    def copy(self) -> None:
        """Bring the URL up to date: videos first, so that no record there lacks its video."""
        with self._telling():
            for path in sorted(self._local(), key=lambda path: path.parent == self.folder):
                name = path.relative_to(self.folder).as_posix()
                with suppress(FileNotFoundError):  # replaced or set aside this very moment: next time
                    mark = (path.stat().st_mtime_ns, path.stat().st_size)
                    if self._copied.get(name) != mark:
                        self._make(f"{self._root}/{name}".rpartition("/")[0])
                        self._remote.put_file(str(path), f"{self._root}/{name}")
                        self._copied[name] = mark
            self._sign()

    def keep_copying(self, stop: threading.Event, every_s: float) -> None:
        """Copy every so often; what fails now is tried again, and told at the end."""
        while not stop.wait(every_s):
            with suppress(WsimError):
                self.copy()

    def leave(self) -> None:
        """Let others write there."""
        with self._telling():
            self._remote.rm_file(f"{self._root}/{WRITER}")

    def _fetch_unfinished(self, there: dict[str, int]) -> None:
        """Videos without a finished reading. Their descriptions come last: they make a video count."""
        records = RecordLog(self.folder / "records.jsonl").latest().values()
        finished = {record.video for record in records if record.status in ("ok", "unmeasurable")}
        for name in there:
            if name.startswith("videos/") and name.endswith(".json"):
                text = self._remote.cat_file(f"{self._root}/{name}").decode()
                if json.loads(text)["pixels"] not in finished:
                    self._get(name.removesuffix(".json") + ".mkv")
                    self._get(name)

    def _get(self, name: str) -> None:
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.stem}{TEMPORARY}{target.suffix}")
        self._remote.get_file(f"{self._root}/{name}", str(temporary))
        temporary.replace(target)

    def _listed(self) -> dict[str, int]:
        """Names below the URL, with their sizes."""
        self._remote.invalidate_cache()
        found: dict[str, dict[str, Any]] = self._remote.find(self._root, detail=True)
        root = self._remote._strip_protocol(self._root).rstrip("/") + "/"
        return {path.removeprefix(root): int(entry["size"] or 0) for path, entry in found.items()}

    def _local(self) -> list[Path]:
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        return [p for p in files if not p.name.startswith(".") and p.name not in NOT_COPIED]

    def _refuse_another_writer(self) -> None:
        path = f"{self._root}/{WRITER}"
        self._remote.invalidate_cache()
        if not self._remote.exists(path):
            return
        try:
            holder = json.loads(self._remote.cat_file(path))
            mine = holder["host"] == platform.node() and not _alive(int(holder["pid"]))
            dead = mine or time.time() - float(holder["at"]) > STALE_S
        except (ValueError, KeyError, TypeError):
            return
        if not dead:
            raise WsimError(
                f"the run is being written by process {holder['pid']} on {holder['host']}",
                where=self.url,
                remedy=f"wait for it, give another place with --out, or, if it is gone, remove {WRITER}",
            )

    def _make(self, folder: str) -> None:
        """Where folders are real, they have to be made; object stores take it for nothing."""
        if folder not in self._made:
            self._remote.makedirs(folder, exist_ok=True)
            self._made.add(folder)

    def _sign(self) -> None:
        said = {"host": platform.node(), "pid": os.getpid(), "at": time.time()}
        self._make(self._root)
        self._remote.pipe_file(f"{self._root}/{WRITER}", json.dumps(said).encode())

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Turn what a file system raises into an error for people."""
        try:
            yield
        except WsimError:
            raise
        except Exception as error:  # every file system has its own
            raise WsimError(
                f"the URL cannot be used: {type(error).__name__}: {' '.join(str(error).split())[:200]}",
                where=self.url,
                remedy="s3:// needs `pip install s3fs`, gs:// gcsfs; then check credentials and bucket. "
                f"What was made is in {cache_folder() / 'remote'}",
                exit_code=ExitCode.INCOMPLETE,
            ) from error


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

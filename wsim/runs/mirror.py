"""A run folder at a URL: `s3://`, `gs://`, `file://`, whatever fsspec can reach.

A run is written on a local disk, where appending, renaming and locking mean what they say, and copied to its
URL while it goes on. What was copied is enough to go on elsewhere: records, manifest, scales, and the videos
whose reading is not finished; those that were read stay where they are.
"""

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from wsim.errors import ExitCode, WsimError
from wsim.runs.durable import TEMPORARY, write_whole
from wsim.runs.manifest import read_manifest
from wsim.runs.records import RecordLog
from wsim.runs.store import cache_folder
from wsim.runs.writer import WRITER, Writer

EVERY_S = 60.0  # records are one growing object, and object stores only replace
STALE_S = 5 * EVERY_S  # a writer that said nothing for so long is dead
RECORDS = "records.jsonl"
NOT_COPIED = ("lock", WRITER, RECORDS)  # with the other files: records have a turn of their own
NOTES = ("manifest.json", "calibration.json", "errors.log")  # beside the records
COPIED = ".copied"  # in the local folder: a line for every file that is at the URL as it is here


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
        self._writer = Writer(self._remote, self._root, self.url, STALE_S)
        self.folder = cache_folder() / "remote" / hashlib.sha256(self.url.encode()).hexdigest()[:16]
        self._copied: dict[str, tuple[int, int]] = {}  # modification time and size by name
        self._made: set[str] = set()

    def fetch(self) -> None:
        """Take the place as its writer, and bring what is needed to go on and not here yet."""
        with self._telling():
            self._writer.take()
            there = self._listed()
            self._remember(there)
            if "manifest.json" in there and self._join_records(there):
                for name in NOTES:
                    if name in there:
                        self._get(name)
                self._fetch_unfinished(there)

    def copy(self) -> None:
        """Bring the URL up to date: each video before its description, and both before their record.

        Records are read before anything is copied: what is made meanwhile waits for the next time.
        """
        with self._telling():
            self._writer.refuse_another()
            records = self.folder / RECORDS
            mark, written = (_mark(records), records.read_bytes()) if records.exists() else (None, b"")
            for path in sorted(self._local(), key=lambda p: (p.parent == self.folder, p.suffix == ".json")):
                name = path.relative_to(self.folder).as_posix()
                with suppress(FileNotFoundError):  # replaced or set aside this very moment: next time
                    if self._copied.get(name) != _mark(path):
                        self._put(path, name)
            if mark is not None and self._copied.get(RECORDS) != mark:
                self._remote.pipe_file(f"{self._root}/{RECORDS}", written)
                self._note(RECORDS, mark)
            self._writer.sign()

    def keep_copying(self, stop: threading.Event, every_s: float) -> None:
        """Copy every so often; what fails now is tried again, and told at the end."""
        while not stop.wait(every_s):
            with suppress(WsimError):
                self.copy()

    def leave(self) -> None:
        """Let others write there."""
        with self._telling():
            self._writer.leave()

    def _join_records(self, there: dict[str, int]) -> bool:
        """Add the records that were written elsewhere to those that are here; whether there were any.

        What this machine wrote before it was stopped, and nobody else has seen, stays and comes first: of two
        records of a scenario the last one counts.
        """
        theirs = self._remote.cat_file(f"{self._root}/{RECORDS}") if RECORDS in there else b""
        local = self.folder / RECORDS
        known = (self.folder / "manifest.json").exists() and self._same_run()
        mine = _whole_lines(local.read_bytes()) if known and local.exists() else []
        lines = _whole_lines(theirs)
        differ = (place for place, (one, other) in enumerate(zip(mine, lines, strict=False)) if one != other)
        new = lines[next(differ, min(len(mine), len(lines))) :]
        if known and not new:
            return False
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(local, b"".join([*mine, *new]))
        return True

    def _same_run(self) -> bool:
        theirs = json.loads(self._remote.cat_file(f"{self._root}/manifest.json"))
        return bool(read_manifest(self.folder / "manifest.json").run == theirs["run"])

    def _fetch_unfinished(self, there: dict[str, int]) -> None:
        """Videos without a finished reading. Their descriptions come last: they make a video count."""
        records = RecordLog(self.folder / RECORDS).latest().values()
        finished = {record.video for record in records if record.status in ("ok", "unmeasurable")}
        videos = [name.removesuffix(".mkv") for name in there if re.fullmatch(r"videos/.*\.mkv", name)]
        videos = [v for v in videos if f"{v}.json" in there and not (self.folder / f"{v}.json").exists()]
        paths = [f"{self._root}/{video}.json" for video in videos]
        told = self._remote.cat_ranges(paths, None, None, on_error="raise")  # many at a time, where it can
        for video, text in zip(videos, told, strict=True):
            if json.loads(text)["pixels"] not in finished:
                self._get(f"{video}.mkv")
                self._get(f"{video}.json")

    def _remember(self, there: dict[str, int]) -> None:
        """What earlier commands on this machine copied, and is still there."""
        noted = self.folder / COPIED
        for line in noted.read_text(encoding="utf-8").splitlines() if noted.exists() else ():
            with suppress(ValueError):  # torn by whatever ended that command
                name, *mark = json.loads(line)
                if name in there:
                    self._copied[name] = (mark[0], mark[1])

    def _note(self, name: str, mark: tuple[int, int]) -> None:
        self._copied[name] = mark
        with (self.folder / COPIED).open("a", encoding="utf-8") as file:
            file.write(json.dumps([name, *mark]) + "\n")

    def _put(self, path: Path, name: str) -> None:
        mark = _mark(path)
        self._make(f"{self._root}/{name}".rpartition("/")[0])
        self._remote.put_file(str(path), f"{self._root}/{name}")
        self._note(name, mark)

    def _get(self, name: str) -> None:
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.stem}{TEMPORARY}{target.suffix}")
        self._remote.get_file(f"{self._root}/{name}", str(temporary))
        temporary.replace(target)
        self._note(name, _mark(target))

    def _listed(self) -> dict[str, int]:
        """Names below the URL, with their sizes."""
        self._remote.invalidate_cache()
        found: dict[str, dict[str, Any]] = self._remote.find(self._root, detail=True)
        root = self._remote._strip_protocol(self._root).rstrip("/") + "/"
        return {path.removeprefix(root): int(entry["size"] or 0) for path, entry in found.items()}

    def _local(self) -> list[Path]:
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        return [p for p in files if not p.name.startswith(".") and p.name not in NOT_COPIED]

    def _make(self, folder: str) -> None:
        """Where folders are real, they have to be made; object stores take it for nothing."""
        if folder not in self._made:
            self._remote.makedirs(folder, exist_ok=True)
            self._made.add(folder)

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
                remedy="s3:// needs `pip install 'wsim[s3]'`, gs:// gcsfs; then check credentials and "
                f"bucket. What was made is in {cache_folder() / 'remote'}",
                exit_code=ExitCode.INCOMPLETE,
            ) from error


def _mark(path: Path) -> tuple[int, int]:
    """What changes when a file does."""
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size


def _whole_lines(content: bytes) -> list[bytes]:
    return content[: content.rfind(b"\n") + 1].splitlines(keepends=True)

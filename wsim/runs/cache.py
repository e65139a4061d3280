"""The cache that runs share: what lies in it, how much, whether it is whole, and what may go.

Only what wsim can make again is ever removed: videos, calibrations, features and observations, in the folders
of those names. Weights, files of others and whatever a link leads to outside the cache are left alone.
"""

import hashlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import Literal, TypeAlias, get_args

from wsim.errors import WsimError
from wsim.runs.durable import telling
from wsim.runs.folder import read_calibrations
from wsim.video import read_video

Kind: TypeAlias = Literal["videos", "calibrations", "features", "observations"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in the cache: the files of one key.

    Attributes:
        size_bytes: of its files. freed_bytes: what removing it gives back; files that a run folder has too,
            by hard link, give nothing.
        used_s: when it was last written, seconds since 1970.
    """

    kind: Kind
    key: str
    files: tuple[Path, ...]
    size_bytes: int
    freed_bytes: int
    used_s: float


def entries(folder: Path) -> list[Entry]:
    """Everything in a cache that could be made again, the oldest first."""
    found = [entry for kind in KINDS for entry in _entries_of(folder, kind)]
    return sorted(found, key=lambda entry: (entry.used_s, entry.kind, entry.key))


def _entries_of(folder: Path, kind: Kind) -> Iterator[Entry]:
    files: dict[str, list[tuple[Path, os.stat_result]]] = {}
    for path, stat in _own_files(folder / kind):
        files.setdefault(path.name.partition(".")[0], []).append((path, stat))
    for key, found in files.items():
        yield Entry(
            kind,
            key,
            tuple(path for path, _ in found),
            sum(stat.st_size for _, stat in found),
            sum(stat.st_size for _, stat in found if stat.st_nlink == 1),
            max(stat.st_mtime for _, stat in found),
        )


def _own_files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Regular files below a folder, but not those that somebody is writing now (`.NAME`).

    Links are not followed, neither to files nor to folders.
    """
    if folder.is_symlink() or not folder.is_dir():
        return
    for place, _, names in os.walk(folder, followlinks=False):
        for name in sorted(names):
            path = Path(place) / name
            with suppress(FileNotFoundError):  # a run may be putting it elsewhere this very moment
                found = path.lstat()
                if S_ISREG(found.st_mode) and not name.startswith("."):
                    yield path, found


def to_prune(
    found: Sequence[Entry], *, older_than_s: float | None, keep_bytes: int | None, now_s: float | None = None
) -> list[Entry]:
    """What goes: all that is older than an age, then the oldest until the rest is no larger than a size.

    Args:
        found: what is there, the oldest first.
        older_than_s: seconds; None for any age.
        keep_bytes: what may stay; None for any size.
        now_s: seconds since 1970; by default the clock's.
    """
    now = time.time() if now_s is None else now_s
    gone = [entry for entry in found if older_than_s is not None and now - entry.used_s > older_than_s]
    rest = [entry for entry in found if older_than_s is None or now - entry.used_s <= older_than_s]
    size = sum(entry.size_bytes for entry in rest)
    for entry in rest:
        if keep_bytes is None or size <= keep_bytes:
            break
        gone.append(entry)
        size -= entry.size_bytes
    return gone


def remove(folder: Path, gone: Sequence[Entry]) -> None:
    """Remove entries of a cache; the description of a video first, so that half of one is none.

    Raises:
        WsimError: a file lies outside the cache (then nothing was removed), or cannot be removed.
    """
    root = folder.resolve()
    for path in (path for entry in gone for path in entry.files):
        if not path.resolve().is_relative_to(root):
            raise WsimError("this lies outside the cache", where=str(path), remedy="nothing was removed")
    for entry in gone:
        for path in sorted(entry.files, key=lambda path: path.suffix != ".json"):
            with telling(path):
                path.unlink(missing_ok=True)


def problem_of(entry: Entry) -> str:
    """What is wrong with an entry; empty when it is whole. Videos are decoded, their pixels compared."""
    try:
        if entry.kind == "videos":
            return _video_problem(entry)
        for path in entry.files:
            if entry.kind == "calibrations":
                read_calibrations(path)
            elif path.suffix == ".f64":
                content = path.read_bytes()
                if hashlib.sha256(content[32:]).digest() != content[:32]:
                    return "its numbers are not the ones that were stored"
            else:
                path.read_text(encoding="utf-8")
    except (WsimError, OSError, ValueError, KeyError, TypeError) as error:
        return error.problem if isinstance(error, WsimError) else f"{type(error).__name__}: {error}"
    return ""


def _video_problem(entry: Entry) -> str:
    by_suffix = {path.suffix: path for path in entry.files if path.suffix != ".damaged"}  # was set aside
    if set(by_suffix) != {".mkv", ".json"}:
        return f"incomplete: {', '.join(sorted(path.name for path in entry.files))}"
    told = json.loads(by_suffix[".json"].read_text(encoding="utf-8"))
    video = read_video(by_suffix[".mkv"])
    same = type(video)(video.frames, float(told["fps"])).digest == told["pixels"]
    return "" if same else "its pixels are not the ones that were stored"

"""The table of a folder of own clips: which file shows what."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wsim.errors import WsimError

TABLES = ("captions.csv", "captions.jsonl")
SUFFIXES = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".gif", ".npz")


@dataclass(frozen=True)
class Row:
    """A file, and its captions: full, medium, short and setting, or one and the same four times."""

    file: Path
    captions: tuple[str, str, str, str]


def read_table(folder: Path) -> list[Row]:
    """The rows of `captions.csv` (columns `file`, `caption`) or `captions.jsonl` (the same keys).

    `medium` and `short` may hold shorter captions, `setting` what is there before anything happens. Paths are
    relative to the folder, and stay inside it.

    Raises:
        WsimError: no folder or table, a row without file or caption, or fewer than two videos.
    """
    if not folder.is_dir():
        raise _refused("there is no such folder", folder, "give the folder that holds the clips: --data DIR")
    tables = [folder / name for name in TABLES if (folder / name).is_file()]
    if len(tables) != 1:
        problem = (
            "two tables of captions say what is to be seen" if tables else "nothing says what is to be seen"
        )
        raise _refused(problem, folder, f"put one table beside the clips: {' or '.join(TABLES)}")
    (table,) = tables
    rows = [_row(record, folder, f"{table}, row {number}") for number, record in _records(table)]
    twice = [file for file, count in Counter(row.file for row in rows).items() if count > 1]
    if twice:
        raise _refused(f"{twice[0].name} has two captions", table, "list every file once")
    if len(rows) < 2:
        raise _refused(
            f"{len(rows)} clips are too few", table, "list at least two: one is held out to measure with"
        )
    return rows


def _records(table: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows with their numbers, the first is 1."""
    try:
        lines = table.read_text(encoding="utf-8-sig").splitlines()
        if table.suffix == ".csv":
            yield from enumerate(csv.DictReader(lines), start=1)
        else:
            yield from ((i, json.loads(line)) for i, line in enumerate(lines, start=1) if line.strip())
    except (OSError, ValueError, csv.Error) as error:
        raise _refused(
            f"the table cannot be read: {error}", table, "write it as UTF-8, one clip a line"
        ) from error


def _row(record: Any, folder: Path, where: str) -> Row:
    remedy = "give every clip a file and a caption, in columns or keys of these names"
    if not isinstance(record, dict):
        raise _refused("this is no object with file and caption", where, remedy)
    name, caption = (str(record.get(key) or "").strip() for key in ("file", "caption"))
    if not (name and caption):
        raise _refused(f"a clip has no {'caption' if name else 'file'}", where, remedy)
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise _refused(f"{name!r} lies outside the folder", where, "move the clip into the folder")
    if not path.is_file():
        raise _refused(f"there is no file {name!r}", where, "put it there, or take the row out")
    if path.suffix.lower() not in SUFFIXES:
        raise _refused(f"{name!r} is no clip", where, f"give files of these kinds: {', '.join(SUFFIXES)}")
    medium, short, place = (str(record.get(key) or caption).strip() for key in ("medium", "short", "setting"))
    return Row(path, (caption, medium, short, place))


def _refused(problem: str, where: Path | str, remedy: str) -> WsimError:
    return WsimError(problem, where=str(where), remedy=remedy)

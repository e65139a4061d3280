"""What somebody knows of a video that no simulator made: hints, from a CSV or JSON file beside the videos.

```csv
file,prompt,event_s,region,camera,count
cake.mp4,a man bites into a cake,1.5,120 80 64 64,still,
street.mp4,a drone circles a tower,,,moves,
```
`path` is another name for `file`, and the other columns of a table of videos (`wsim.models.listed`) may stand
beside. As JSON: `{"cake.mp4": {"event_s": 1.5, "region": [120, 80, 64, 64]}}`, or a list of objects.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from wsim.contracts import Json
from wsim.errors import WsimError
from wsim.models.listed import COLUMNS
from wsim.registry import unknown

NAMES = ("hints.csv", "hints.json", "manifest.csv")
PLACES = ("masks", "tracks")  # hints that are files

Hints = Mapping[str, Json]


def _number(value: Any) -> Json:
    number = float(value)
    if isinstance(value, bool) or not 0 <= number < 1e9:
        raise ValueError
    return number


def _count(value: Any) -> Json:
    if _number(value) != int(value):
        raise ValueError
    return int(value)


def _region(value: Any) -> Json:
    parts = value.replace(",", " ").split() if isinstance(value, str) else list(value)
    numbers = [float(part) for part in parts]
    if len(numbers) != 4 or min(numbers) < 0 or min(numbers[2:]) <= 0 or max(numbers) >= 1e9:
        raise ValueError
    return list(numbers)


def _text(value: Any) -> Json:
    if not isinstance(value, str) or not value.strip():
        raise ValueError
    return value


def _camera(value: Any) -> Json:
    if value not in ("still", "moves"):
        raise ValueError
    return str(value)


def _yes(value: Any) -> Json:
    if value is not True and value != "yes":
        raise ValueError
    return "yes"


# name: (how it is read, what it is)
KNOWN: Mapping[str, tuple[Callable[[Any], Json], str]] = {
    "prompt": (_text, "words"),
    "event_s": (_number, "seconds from the start"),
    "region": (_region, "x y width height in pixels"),
    "camera": (_camera, "`still` or `moves`"),
    "count": (_count, "a whole number"),
    "objects": (_count, "a whole number"),
    "same_objects": (_yes, "`yes`, or leave it out"),
    "masks": (_text, "the path of an npz file"),
    "tracks": (_text, "the path of an npz file"),
    "text": (_text, "a caption in the words of the simulated worlds"),
    "window_s": (_number, "seconds"),
    "gap_s": (_number, "seconds"),
    "focal": (_number, "the focal length in short sides of the picture"),
    "horizon": (_number, "its height as a share of the picture, from the top"),
}


def checked(hints: Mapping[str, Any], *, where: str) -> dict[str, Json]:
    """The hints in their proper types; empty cells of a table are none.

    Raises:
        WsimError: a hint that nobody reads, or one that is not what it should be.
    """
    plain: dict[str, Json] = {}
    for name, value in hints.items():
        if name not in KNOWN:
            raise unknown("hint", name, KNOWN, where=where)
        if value is None or value == "":
            continue
        read, meaning = KNOWN[name]
        try:
            plain[name] = read(value)
        except (ValueError, TypeError) as error:
            raise WsimError(
                f"the hint {name!r} cannot be {value!r}", where=where, remedy=f"give {meaning}"
            ) from error
    return plain


def find_hints(folder: Path) -> Path | None:
    """The file of hints that lies in a folder of videos, if there is one."""
    return next((folder / name for name in NAMES if (folder / name).is_file()), None)


def read_hints(path: Path) -> dict[str, dict[str, Json]]:
    """Hints by the name of the video, relative to the folder of the videos.

    Raises:
        WsimError: the file cannot be read, names no files, or holds a hint that is unknown, wrong, or names a
            file that is not there.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = list(_rows(json.loads(text)) if path.suffix == ".json" else csv.DictReader(io.StringIO(text)))
    except (OSError, ValueError, TypeError, csv.Error) as error:
        raise WsimError(
            f"cannot read the hints: {error}",
            where=str(path),
            remedy="give a CSV table with a column `file`, or JSON: {FILE: {HINT: VALUE}}",
        ) from error
    found: dict[str, dict[str, Json]] = {}
    for number, row in enumerate(rows, 1):
        where = f"{path}, video {number}"
        name = row.get("file") or row.get("path")
        if not isinstance(name, str) or not name or name in found or None in row:
            raise WsimError(
                f"no usable `file`: {name!r}", where=where, remedy="name each video once, in a column `file`"
            )
        told = {key: value for key, value in row.items() if key in KNOWN or key not in ("file", *COLUMNS)}
        hints = checked(told, where=where)
        found[name] = {key: _placed(path, key, value, where) for key, value in hints.items()}
    return found


def _rows(content: Any) -> Iterator[Any]:
    if isinstance(content, dict):
        content = [{"file": name, **dict(hints)} for name, hints in content.items()]
    if not isinstance(content, list) or not all(isinstance(row, dict) for row in content):
        raise ValueError("no object of objects, and no list of them")
    yield from content


def _placed(path: Path, name: str, value: Json, where: str) -> Json:
    """Paths are relative to the file that names them."""
    if name not in PLACES:
        return value
    place = (path.parent / str(value)).resolve()
    if not place.is_file():
        raise WsimError(
            f"the hint {name!r} names no file: {value!r}",
            where=where,
            remedy=f"paths are relative to {path.parent}",
        )
    return str(place)

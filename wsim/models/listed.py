"""Which video answers what, by a table: `manifest.csv`, `manifest.json`, `*_full_info.json`.

```csv
path,scenario,prompt,seed
clips/0001.mp4,physics/fall/text/seed=7/world=0000/lawful,a red ball falls,811
```
A row needs `path` and either `scenario` or `prompt`. `wsim questions` writes such a table, with the clip that
was asked for and the digest of each question. Columns of hints (`wsim.runs.hints`) may stand beside.
VBench's `*_full_info.json` is a list of `{"prompt_en": ..., "video_list": [...]}`: its videos are samples of
one prompt, in order (https://github.com/Vchitect/VBench).
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wsim.contracts import ClipFormat, Track
from wsim.errors import WsimError

NAMES = ("manifest.csv", "manifest.json")
LARGEST_BYTES = 64 << 20


class Row(BaseModel):
    """One video of a table; empty cells of a CSV file are nothing."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    path: Annotated[str, Field(min_length=1, max_length=4096)]
    scenario: str | None = None
    prompt: str | None = None
    seed: Annotated[int, Field(ge=0)] | None = None
    sample: Annotated[int, Field(ge=0)] | None = None
    track: Track | None = None
    num_frames: Annotated[int, Field(ge=1, le=100_000)] | None = None
    height: Annotated[int, Field(ge=1, le=100_000)] | None = None
    width: Annotated[int, Field(ge=1, le=100_000)] | None = None
    fps: Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)] | None = None
    request: str | None = None

    @property
    def clip(self) -> ClipFormat | None:
        """What was asked for, if the table says so."""
        if self.num_frames is None or self.height is None or self.width is None or self.fps is None:
            return None
        return ClipFormat(self.num_frames, self.height, self.width, self.fps)


COLUMNS = tuple(Row.model_fields)


@dataclass(frozen=True)
class Table:
    """A table of videos, and what all of its rows have in common."""

    source: Path
    rows: tuple[Row, ...]

    @property
    def clip(self) -> ClipFormat | None:
        """The clip that was asked for in every row; None if it is not told or differs."""
        clips = {row.clip for row in self.rows}
        return clips.pop() if len(clips) == 1 else None

    @property
    def track(self) -> Track | None:
        """The track of every row; None if it is not told or differs."""
        tracks = {row.track for row in self.rows}
        return tracks.pop() if len(tracks) == 1 else None


def find_table(folder: Path) -> Path | None:
    """The table that lies in a folder of videos, if there is one."""
    return next((folder / name for name in NAMES if (folder / name).is_file()), None)


def read_table(path: Path) -> Table:
    """Read a table of videos.

    Raises:
        WsimError: it cannot be read, is empty, a row lacks what it needs or names a place outside the folder.
    """
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise ValueError(f"more than {LARGEST_BYTES >> 20} MiB")
        text = path.read_text(encoding="utf-8-sig")
        entries = list(_entries(json.loads(text)) if path.suffix == ".json" else _cells(text))
    except (OSError, ValueError, TypeError, RecursionError, csv.Error) as error:
        raise WsimError(
            f"cannot read the table of videos: {error}",
            where=str(path),
            remedy="give CSV with the columns path, scenario, prompt, seed, or a JSON list of such objects",
        ) from error
    rows = tuple(_row(entry, f"{path}, row {number}") for number, entry in enumerate(entries, 1))
    if not rows:
        raise WsimError("the table names no videos", where=str(path), remedy="give a row for each video")
    return Table(path, rows)


def _cells(text: str) -> Iterator[Mapping[str, Any]]:
    for cells in csv.DictReader(io.StringIO(text), strict=True):
        if None in cells:
            raise ValueError(f"a row has more cells than there are columns: {cells[None]!r}")
        yield {name: cell for name, cell in cells.items() if cell}


def _entries(content: Any) -> Iterator[Mapping[str, Any]]:
    """The rows of a JSON file: ours, a plain list, or VBench's."""
    if isinstance(content, dict):
        content = content.get("videos")
    if not isinstance(content, list) or not all(isinstance(entry, dict) for entry in content):
        raise ValueError("no list of objects")
    for entry in content:
        if "prompt_en" not in entry:
            yield entry
            continue
        for sample, place in enumerate(entry.get("video_list", ())):
            name = PurePosixPath(str(place).replace("\\", "/")).name  # VBench writes paths of its own machine
            yield {"path": name, "prompt": entry["prompt_en"], "sample": sample}


def _row(entry: Mapping[str, Any], where: str) -> Row:
    try:
        row = Row.model_validate(entry)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise WsimError(
            f"{place}: {first['msg'].lower()}",
            where=where,
            remedy="a row has path, scenario or prompt, and perhaps seed",
        ) from error
    pure = PurePosixPath(row.path.replace("\\", "/"))
    if pure.is_absolute() or ".." in pure.parts or any(":" in part for part in pure.parts[:1]):
        raise WsimError(
            f"the path {row.path!r} leaves the folder",
            where=where,
            remedy="give paths relative to the folder of the videos",
        )
    if not row.scenario and not row.prompt:
        raise WsimError(
            f"{row.path!r} answers nothing", where=where, remedy="give its `scenario` or its `prompt`"
        )
    return row

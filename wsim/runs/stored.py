"""Summaries of many runs, quickly: `summary.json` where it is as new as what it was made from."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from wsim.errors import WsimError
from wsim.runs.folder import RunFolder
from wsim.runs.results import SUMMARY_SCHEMA, RunSummary
from wsim.runs.summary import load_summary

SOURCES = ("manifest.json", "records.jsonl", "calibration.json", "metrics.json")
DEEPEST = 3  # folders below the one given in which runs are looked for


def find_runs(folder: Path) -> list[Path]:
    """The run folders in a folder and down to three below it, by path; nothing is looked for inside a run.

    Raises:
        WsimError: there are none.
    """
    found = sorted(_runs_below(folder, DEEPEST))
    if found:
        return found
    raise WsimError(
        "there are no runs in this folder",
        where=str(folder),
        remedy="give a folder that holds run folders, as `wsim score` writes them",
    )


def _runs_below(folder: Path, depth: int) -> Iterator[Path]:
    if (folder / "manifest.json").is_file():
        yield folder
    elif depth and folder.is_dir():
        for child in folder.iterdir():
            if child.is_dir() and not child.is_symlink() and not child.name.startswith("."):
                yield from _runs_below(child, depth - 1)


def stored_summary(folder: Path) -> RunSummary:
    """The summary of a run: from `summary.json` unless a file that it was made from is as new.

    Raises:
        WsimError: there is no run, it is damaged, or a newer wsim made it.
    """
    path = folder / "summary.json"
    made_from = [folder / name for name in SOURCES if (folder / name).exists()]
    if path.exists() and all(path.stat().st_mtime_ns > one.stat().st_mtime_ns for one in made_from):
        kept = _parsed(path)
        if kept is not None:
            return kept
    return load_summary(RunFolder(folder))


def _parsed(path: Path) -> RunSummary | None:
    """The summary as it stands in the file; None when it is damaged or of another schema."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if content.pop("schema") != SUMMARY_SCHEMA:
            return None
        return _adapter().validate_python(content)  # type: ignore[no-any-return]
    except (OSError, ValueError, KeyError, AttributeError):
        return None


@cache
def _adapter() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(RunSummary)

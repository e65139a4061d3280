"""`metrics.json`: the numbers of all videos of a run together, and which videos these were.

They count only as long as the run has the same records: of other videos they would say nothing.
"""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wsim.contracts import digest_of
from wsim.errors import WsimError
from wsim.runs.durable import write_whole
from wsim.runs.records import made_by_newer, newer_schema
from wsim.runs.results import Estimate, Record, SetMetric

METRICS_SCHEMA = "wsim.metrics/1"
METRICS_FILE = "metrics.json"


def write_metrics(path: Path, metrics: Sequence[SetMetric], kept: Mapping[str, Sequence[Record]]) -> None:
    """Write them, atomically, for the records that count now.

    Raises:
        WsimError: the disk is full or the place cannot be written to.
    """
    content = {
        "schema": METRICS_SCHEMA,
        "videos": _digest(kept),
        "metrics": [dataclasses.asdict(metric) for metric in metrics],
    }
    write_whole(path, json.dumps(content, indent=1, allow_nan=False) + "\n")


def read_metrics(path: Path, kept: Mapping[str, Sequence[Record]]) -> tuple[SetMetric, ...]:
    """Those of these records; none when there are none, or when the videos have changed since.

    Raises:
        WsimError: the file is damaged or newer than this version.
    """
    if not path.exists():
        return ()
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if newer_schema(content["schema"], METRICS_SCHEMA):
            raise made_by_newer(content["schema"], path)
        current = content["videos"] == _digest(kept)
        return tuple(_metric(entry) for entry in content["metrics"]) if current else ()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WsimError(
            f"the metrics cannot be read: {type(error).__name__}: {error}",
            where=str(path),
            remedy="delete the file; `wsim measure RUN --metrics` computes them again",
        ) from error


def _metric(entry: Mapping[str, Any]) -> SetMetric:
    changed = {"estimate": Estimate(**entry["estimate"]), "flags": tuple(entry["flags"])}
    return SetMetric(**{**entry, **changed})


def _digest(kept: Mapping[str, Sequence[Record]]) -> str:
    """Of what was asked and what was answered, wherever and whenever it was measured."""
    return digest_of(
        [
            [record.probe, record.scenario, record.request, record.video]
            for name in sorted(kept)
            for record in kept[name]
            if record.scenario
        ]
    )

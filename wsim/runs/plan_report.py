"""What a run would do, as `--dry-run` tells it."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from wsim.contracts import ClipFormat, Track
from wsim.runs.benchmark import Benchmark
from wsim.runs.results import Record


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One probe of a dry run: how many videos are stored already, and why it is not asked, if so."""

    probe: str
    clusters: int
    scenarios: int
    stored: int
    reason: str | None

    @property
    def to_make(self) -> int:
        """Videos that the model has to generate."""
        return self.scenarios - self.stored


@dataclass(frozen=True)
class PlanReport:
    """What `--dry-run` prints; `seconds` only when an earlier part of the run knows the speed."""

    benchmark: Benchmark
    track: Track
    clip: ClipFormat
    partial: bool
    rows: tuple[PlanRow, ...]
    seconds: float | None

    def to_json(self) -> dict[str, Any]:
        """Plain data, for machines."""
        return dataclasses.asdict(self)


def estimated_s(rows: Sequence[PlanRow], records: Sequence[Record]) -> float | None:
    """Seconds of what is left, at the speed of what was done; None when nothing was."""
    generating = [r.generate_s for r in records if r.generate_s is not None and not r.cached]
    measuring = [r.measure_s for r in records if r.measure_s is not None]
    if not generating or not measuring:
        return None
    to_measure = max(0, sum(row.scenarios for row in rows) - len(measuring))
    to_make = sum(row.to_make for row in rows)
    return to_make * fmean(generating) + to_measure * fmean(measuring)

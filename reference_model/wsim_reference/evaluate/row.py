"""One line of the table of abilities."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Row:
    """A number for an ability, between that of something trivial and that of the lawful render.

    Attributes:
        ability: what was asked for.
        measure: what the number is, with its unit.
        model: of the model; None if no clip could be looked at.
        trivial: of what anybody could do, and `trivially` says what that is.
        lawful: of the lawful render, through the codec of the model; None where there is none.
        better: which way is better.
        clips: how many were looked at.
    """

    ability: str
    measure: str
    model: float | None
    trivial: float | None
    trivially: str
    lawful: float | None
    better: str
    clips: int

    def to_json(self) -> dict[str, Any]:
        """Plain values, with four digits."""
        return {name: round(v, 4) if isinstance(v, float) else v for name, v in asdict(self).items()}


def row_of(
    ability: str,
    measure: str,
    trivially: str,
    triples: Iterable[tuple[float, float, float]],
    better: str = "higher",
) -> Row:
    """The means over clips of (model, trivial, lawful); a value that no clip has is None."""
    values = np.array(list(triples), dtype=float).reshape(-1, 3)
    counts = np.isfinite(values).sum(axis=0)
    sums = np.where(np.isfinite(values), values, 0.0).sum(axis=0)
    model, trivial, lawful = (
        float(total / count) if count else None for total, count in zip(sums, counts, strict=True)
    )
    return Row(ability, measure, model, trivial, trivially, lawful, better, int(counts[0]))


def table(rows: Sequence[Row]) -> str:
    """The rows in Markdown."""
    head = [
        "| ability | measured | model | trivial | lawful render | clips |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines = [
        f"| {row.ability} | {row.measure} ({row.better} is better) | {_shown(row.model, 'no clip')} | "
        f"{_shown(row.trivial, '-')} ({row.trivially}) | {_shown(row.lawful, '-')} | {row.clips} |"
        for row in rows
    ]
    return "\n".join(head + lines) + "\n"


def _shown(value: float | None, nothing: str) -> str:
    return nothing if value is None else f"{value:.2f}"

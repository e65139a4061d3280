"""What changed between two runs in plain words: probes, readings, single clips."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from wsim.runs.pairs import ScenarioPair
from wsim.runs.results import Comparison, Difference, Record
from wsim_reports.rounding import HARD_SPACE, both_of, number
from wsim_reports.words import difference_call, in_words, most_common

NAMED = 4  # changes of reading that are put into words


def told(comparison: Comparison) -> dict[str, list[tuple[Difference, str]]]:
    """The probes by what became of them, largest change first, each with a sentence."""
    rows = sorted(comparison.probes, key=lambda row: -abs(row.difference.value or 0.0))
    heads: dict[Literal["better", "worse", "same", "unclear"], str] = {
        "better": "Got better",
        "worse": "Got worse",
        "same": "Stayed the same",
        "unclear": "Cannot be told",
    }
    return {head: [(row, _sentence(row)) for row in rows if row.call == call] for call, head in heads.items()}


def _sentence(row: Difference) -> str:
    if row.difference.value is None:
        return ", ".join(row.flags) or "not measured in both runs"
    change = both_of(row.difference, signed=True)
    ends = f"from {number(row.baseline.value)} to {number(row.other.value)}"
    pairs = f"{row.difference.clusters}{HARD_SPACE}worlds"
    why = f"; {difference_call(row)}" if row.call == "unclear" else ""
    return f"{change}, {ends} over {pairs}{why}"


def changed_readings(pairs: Sequence[ScenarioPair]) -> str:
    """How clips were read by the one run and by the other, `“vanished” became “kept” in 5 of 20 clips`."""
    counts = Counter((reading_of(pair.baseline), reading_of(pair.other)) for pair in pairs)
    moved = {f"“{a}” became “{b}”": n for (a, b), n in counts.items() if a != b}
    if not moved:
        return f"All {len(pairs)} clips were read as before."
    named = most_common(moved)[:NAMED]
    said = "; ".join(f"{text} in {count}" for text, count in named)
    rest = sum(moved.values()) - sum(count for _, count in named)
    more = f"; another reading in {rest} more" if rest else ""
    return f"{said}{more}, of {len(pairs)} clips."


def reading_of(record: Record) -> str:
    """What a clip was read as, or why it was not."""
    return in_words(record.verdict or record.reason or record.status)


def both_in_words(pair: ScenarioPair) -> str:
    """What both runs made of a scenario, `vanished −0.50 → kept 1.00`."""
    sides = ((pair.baseline, pair.baseline_score), (pair.other, pair.other_score))
    return " → ".join(f"{reading_of(record)} {number(score)}" for record, score in sides)

"""Which clips of a probe are shown, and what stands beside each: truth, answer, reading, and the facts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wsim.contracts import MetricSpec, Overlay, Probe, Reading
from wsim.runs.results import Record
from wsim_reports.cards import Card, heading_of, telling_frame, with_clip
from wsim_reports.clips import Player, write_clip
from wsim_reports.evidence import Exhibit, exhibits
from wsim_reports.words import in_words

SHOWN = 4  # of the worst, and of the best
UNMEASURED = 2


@dataclass(frozen=True)
class Gallery:
    """A row of clips under one title."""

    title: str
    cards: tuple[Card, ...]


def choose(scored: MetricSpec, records: Sequence[Record]) -> dict[str, list[Record]]:
    """The clips to show, by title: a few of the worst, the best and the unmeasured.

    The worst are unlawful and the best lawful, as long as there are any. Among the worst each verdict is
    shown before any is shown twice; everywhere a new world comes before one that was shown.
    """
    sign = 1.0 if scored.better == "higher" else -1.0
    measured = sorted(
        (r for r in records if r.status == "ok"),
        key=lambda r: (bool(r.lawful), sign * r.metrics.get(scored.name, 0.0), r.scenario),
    )
    unlawful = [record for record in measured if not record.lawful]
    worst = _varied(unlawful or measured[: len(measured) // 2], SHOWN)
    lawful = [record for record in reversed(measured) if record.lawful]
    rest = [record for record in lawful or reversed(measured) if record not in worst]
    chosen = {
        "Lowest scored": worst,
        "Highest scored": _varied(rest, SHOWN),
        "Not measurable": _varied([r for r in records if r.status == "unmeasurable"], UNMEASURED),
    }
    return {title: rows for title, rows in chosen.items() if rows}


def _varied(records: Sequence[Record], count: int) -> list[Record]:
    """The first `count` in order, turn and turn about between worlds, then between verdicts."""
    worlds: Counter[str] = Counter()
    verdicts: Counter[str | None] = Counter()
    order = []
    for place, record in enumerate(records):
        verdict = record.verdict or record.reason
        order.append((worlds[record.cluster], verdicts[verdict], place))
        worlds[record.cluster] += 1
        verdicts[verdict] += 1
    return [records[place] for *_, place in sorted(order)[:count]]


def galleries(
    folder: Path, output: Path, probe: Probe, records: Sequence[Record], name: str
) -> list[Gallery]:
    """Write the clips of a probe under `output` and describe them.

    Args:
        folder: the run.
        output: the folder of the page.
        probe: as installed.
        records: of that probe, from the run.
        name: prefix of the files, unique in the report.

    Raises:
        MissingEvidence: nothing can be shown; the message says why.
    """
    chosen = choose(probe.metrics[0], records)
    varied = varied_parameters(records)
    every = [record for rows in chosen.values() for record in rows]
    if not every:
        return []
    brought = enumerate(exhibits(folder, probe, every))
    cards = [_card(output, f"{name}-{i:02d}", exhibit, varied) for i, exhibit in brought]
    shown, start = [], 0
    for title, rows in chosen.items():
        shown.append(Gallery(title, tuple(cards[start : start + len(rows)])))
        start += len(rows)
    return shown


def varied_parameters(records: Sequence[Record]) -> set[str]:
    """Parameters that differ between clips; the others say nothing about any one of them."""
    values: dict[str, set[float | str | None]] = {}
    for record in records:
        for name in record.parameters:
            values.setdefault(name, {r.parameters.get(name) for r in records})
    return {name for name, found in values.items() if len(found) > 1}


def _card(output: Path, name: str, exhibit: Exhibit, varied: set[str]) -> Card:
    record, scenario = exhibit.record, exhibit.scenario
    kind, mark = ("lawful", "✓") if record.lawful else ("unlawful", "✗")
    if record.status != "ok":
        kind, mark = "missing", "–"
    card = Card(
        anchor=name,
        heading=heading_of(record, varied),
        scenario=record.scenario,
        kind=kind,
        mark=mark,
        verdict=in_words(record.verdict or record.reason or record.status),
        metrics=", ".join(f"{in_words(k)} {v:.3g}" for k, v in sorted(record.metrics.items())),
        notes=record.notes,
        problem=exhibit.problem,
    )
    if scenario is None:
        return card
    start = telling_frame(record, scenario.request.num_frames)
    return with_clip(card, record, scenario, _players(output, name, exhibit, start))


def _players(output: Path, name: str, exhibit: Exhibit, frame: int) -> tuple[Player, ...]:
    if exhibit.scenario is None:
        return ()
    truth = exhibit.scenario.truth.video
    players = [write_clip(output, f"{name}-truth", "what should happen", truth, poster_frame=frame)]
    if (video := exhibit.generated) is not None:
        players.append(write_clip(output, f"{name}-answer", "the model's clip", video, poster_frame=frame))
        overlays: tuple[Overlay, ...] = ()
        if isinstance(exhibit.reading, Reading):
            overlays = exhibit.reading.overlays
        players.append(
            write_clip(
                output, f"{name}-reading", "as it was read", video, poster_frame=frame, overlays=overlays
            )
        )
    return tuple(players)

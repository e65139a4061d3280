"""Which clips of a probe are shown, and what stands beside each: truth, answer, reading, and the facts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from wsim.contracts import MetricSpec, Probe, Reading, Unmeasurable
from wsim.runs.results import Calibration, Record
from wsim.video import Video
from wsim_reports.cards import Card, plain_card, telling_frame, with_clip
from wsim_reports.clips import Player, write_clip
from wsim_reports.every import MOST_SHOWN, EveryClip, Tile, by_score, spread, tile_of
from wsim_reports.evidence import Exhibit, bring
from wsim_reports.triptych import difference

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


def evidence_of(
    folder: Path,
    output: Path,
    probe: Probe,
    records: Sequence[Record],
    name: str,
    scale: Calibration | None,
    most: int = MOST_SHOWN,
) -> tuple[list[Gallery], EveryClip]:
    """Write the clips of a probe under `output` and describe them: those that say most, and all by score.

    Args:
        folder: the run.
        output: the folder of the page.
        probe: as installed.
        records: of that probe, from the run.
        name: prefix of the files, unique in the report.
        scale: of the probe, for the scores; None where there is none.
        most: of the clips in small.

    Raises:
        MissingEvidence: nothing can be shown; the message says why.
    """
    chosen = choose(probe.metrics[0], records)
    if not chosen:
        return [], EveryClip((), 0)
    varied = varied_parameters(records)
    places = {r.scenario: i for i, r in enumerate(r for rows in chosen.values() for r in rows)}
    ranks = by_score(records, probe.metrics[0].name, scale)
    shown = {one.record.scenario: (i, one) for i, one in enumerate(spread(ranks, most))}
    wanted = [r for r in records if r.scenario in shown or r.scenario in places]
    cards: dict[str, Card] = {}
    tiles: dict[int, Tile] = {}
    for exhibit in bring(folder, probe, wanted, read=places.keys()):
        scenario = exhibit.record.scenario
        if scenario in places:
            cards[scenario] = _card(folder, output, f"{name}-{places[scenario]:02d}", exhibit, varied)
        if scenario in shown:
            place, one = shown[scenario]
            card = plain_card(folder, f"{name}-all-{place:03d}", exhibit, varied)
            tiles[place] = tile_of(output, card, exhibit, one.score)
    found = [Gallery(title, tuple(cards[r.scenario] for r in rows)) for title, rows in chosen.items()]
    return found, EveryClip(tuple(tiles[i] for i in sorted(tiles)), len(records))


def varied_parameters(records: Sequence[Record]) -> set[str]:
    """Parameters that differ between clips; the others say nothing about any one of them."""
    values: dict[str, set[float | str | None]] = {}
    for record in records:
        for name in record.parameters:
            values.setdefault(name, {r.parameters.get(name) for r in records})
    return {name for name, found in values.items() if len(found) > 1}


def _card(folder: Path, output: Path, name: str, exhibit: Exhibit, varied: set[str]) -> Card:
    card = plain_card(folder, name, exhibit, varied)
    if exhibit.scenario is None:
        return card
    players = _players(output, name, exhibit, exhibit.scenario.truth.video)
    return with_clip(card, exhibit.record, exhibit.scenario, players)


def _players(output: Path, name: str, exhibit: Exhibit, truth: Video) -> list[Player]:
    """Truth, answer with the marks of what was seen in it, and the difference of the two."""
    frame = telling_frame(exhibit.record, len(truth))
    players = [write_clip(output, f"{name}-truth", "what should happen", truth, poster_frame=frame)]
    if (video := exhibit.generated) is not None:
        players.append(_answer(output, name, video, exhibit.reading, frame))
        apart = difference(truth, video)
        if apart is not None:
            players.append(write_clip(output, f"{name}-apart", "difference", apart, poster_frame=frame))
    return players


def _answer(
    output: Path, name: str, video: Video, reading: Reading | Unmeasurable | None, frame: int
) -> Player:
    plain = write_clip(output, f"{name}-answer", "the model's clip", video, poster_frame=frame)
    if not isinstance(reading, Reading) or not reading.overlays:
        return plain
    marked = write_clip(
        output, f"{name}-reading", "as it was read", video, poster_frame=frame, overlays=reading.overlays
    )
    return replace(plain, marked=marked.video, marked_poster=marked.poster)

"""Every clip of a probe, from the worst score to the best: a still that opens into the clip and its facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wsim.runs.results import Calibration, Record
from wsim.runs.scoring import score_of
from wsim_reports.cards import Card, telling_frame, with_clip
from wsim_reports.clips import Player
from wsim_reports.evidence import Exhibit
from wsim_reports.rounding import number
from wsim_reports.triptych import write_triptych

MOST_SHOWN = 100  # of one probe; more are drawn evenly from worst to best


@dataclass(frozen=True, slots=True)
class Ranked:
    """A record with its score, None where the clip was not measured."""

    record: Record
    score: float | None


@dataclass(frozen=True, slots=True)
class Tile:
    """One clip in small. `still` is None where there is no film to show."""

    card: Card
    still: Player | None
    score: str


@dataclass(frozen=True, slots=True)
class EveryClip:
    """The tiles of a probe, and how many clips there are in all."""

    tiles: tuple[Tile, ...]
    total: int


def by_score(records: Sequence[Record], metric: str, scale: Calibration | None) -> list[Ranked]:
    """The clips from the worst score to the best, then those that were not measured.

    Args:
        records: of one probe.
        metric: the scored one.
        scale: turns the metric into a score, 0 at the null and 1 at the ceiling; None where there is none,
            and then nothing is ranked.
    """
    ranked = [
        Ranked(r, score_of(r, metric, scale) if scale and r.status == "ok" and metric in r.metrics else None)
        for r in records
    ]
    return sorted(
        ranked, key=lambda one: (one.score is None, one.score or 0.0, one.record.status, one.record.scenario)
    )


def spread(ranked: Sequence[Ranked], most: int) -> list[Ranked]:
    """At most so many, evenly from first to last, both ends among them."""
    if len(ranked) <= most:
        return list(ranked)
    return [ranked[round(i * (len(ranked) - 1) / (most - 1))] for i in range(most)]


def tile_of(output: Path, card: Card, exhibit: Exhibit, score: float | None) -> Tile:
    """A clip with its film, written under `output`."""
    said = "not measured" if score is None else number(score)
    if exhibit.scenario is None:
        return Tile(card, None, said)
    frame = telling_frame(exhibit.record, exhibit.scenario.request.num_frames)
    truth = exhibit.scenario.truth.video
    still = write_triptych(output, card.anchor, truth, exhibit.generated, poster_frame=frame)
    return Tile(with_clip(card, exhibit.record, exhibit.scenario, [still]), still, said)

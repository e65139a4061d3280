"""Do as many balls come out of a tunnel as went in, and the same ones?"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from wsim.certify.doses import Dose
from wsim.contracts import (
    Capability,
    ClipFormat,
    Event,
    Json,
    MetricSpec,
    Reading,
    Scenario,
    Track,
    Unmeasurable,
)
from wsim.perception.identities import identities
from wsim.perception.objects import find_objects
from wsim.perception.things import Things, trail_of
from wsim.video import Video
from wsim.worlds.palette import PALETTE
from wsim.worlds.scene import Scene
from wsim_probes.history import Ask, HistoryProbe
from wsim_probes.permanence.free_count import BALANCED, Ledger, ledger_of
from wsim_probes.posing import answer_frames, take_of

_INSIDE = 0.42  # share of the clip: all balls have gone in, at speeds that were seen
_OUT = 0.85  # share of the clip after which all have come out again


def _until_all_are_inside(scene: Scene) -> float:
    return _INSIDE * scene.duration_s


_HISTORY = HistoryProbe(
    name="permanence/count",
    version=4,
    question="Do as many balls come out of the tunnel as went in, and the same ones?",
    family="crossing",
    asks=(
        Ask("two", (("count", 2),)),
        Ask("four", (("count", 4),)),
        Ask("none", (("count", 3),), control="empty"),
    ),
    lawful="all came out",
    window=(0.88, 1.0),
    prefix_s=_until_all_are_inside,
    latest_s=0.1,
    tracks=("video",),
    graded=("recolour",),
)


class Count:
    """Balls roll into a tunnel from both sides, each at its own constant speed; two, four, or none.

    Given are frames until all are inside: how many, of which colours, how fast and which way is settled. At
    the end they must all be out on the other side: none gone, doubled, recoloured or new, no two traded.
    Beside that history, read against renders, a ledger of identities (`wsim.perception.identities`) counts
    the balls that are seen at the end: F1 of their colours as multisets, and how many too many or too few.
    Two of one colour that touch are one to the ledger; the renders tell them apart.

    Without a scenario, a ledger of whatever moves (`wsim_probes.permanence.free_count`): what begins or stops
    being seen at once in full view is a fault, and with the hint `objects` so is another number at the end,
    or one of another colour. While something may be hidden, or touches another, it abstains. Two alike that
    change places behind something are no fault.
    """

    name = _HISTORY.name
    version = _HISTORY.version
    question = _HISTORY.question
    needs: Mapping[Track, frozenset[Capability]] = _HISTORY.needs
    metrics = (
        *_HISTORY.metrics,
        MetricSpec("ledger", "share", "higher", 0.0, 1.0, "F1 of the colours of the balls seen at the end"),
        MetricSpec("surplus", "balls", "lower", 0.0, 100.0, "balls too many or too few at the end"),
    )
    min_duration_s = _HISTORY.min_duration_s
    doses: tuple[Dose, ...] = _HISTORY.doses
    dose_metric = _HISTORY.dose_metric
    moved_by = _HISTORY.moved_by

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """All questions of one world after another."""
        return _HISTORY.scenarios(clip, track=track, seed=seed, limit=limit)

    def dosed(self, scenario: Scenario, dose: str, severity: float) -> Video | None:
        """A weaker twin."""
        return _HISTORY.dosed(scenario, dose, severity)

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """The history, and the ledger of the end of the clip."""
        said = _HISTORY.measure(scenario, video)
        if isinstance(said, Unmeasurable):
            return said
        seen, due = _seen_at_the_end(scenario, video), _due(scenario)
        ledger = {"ledger": _f1(seen, due), "surplus": float(min(abs(seen.total() - due.total()), 100))}
        words = f"{said.notes} At the end {seen.total()} balls are seen, {due.total()} are due."
        return replace(said, metrics={**said.metrics, **ledger}, notes=words)

    def measure_free(self, video: Video, hints: Mapping[str, Json]) -> Reading | Unmeasurable:
        """Read any clip of one shot by a camera that stands still.

        Args:
            video: any clip.
            hints: `objects`, how many things are in sight at the beginning and again at the end; `masks`.
        """
        kept = ledger_of(video, hints)
        return kept if isinstance(kept, Unmeasurable) else _free_reading(*kept, video.fps)


def _free_reading(found: Things, books: Ledger, fps: float) -> Reading:
    right = books.verdict == BALANCED
    guilty = {end.thing.number for end in books.faults}
    said = ", ".join(f"one {end.kind} at {end.frame / fps:.2f} s" for end in books.faults[:4])
    trails = (trail_of(thing, f"thing {thing.number}") for thing in found.found)
    return Reading(
        metrics={
            "right": float(right),
            "margin": 1.0 if right else -1.0,
            "timing_error": 0.0 if right else _HISTORY.latest_s,
            "departure": min(books.drift_lab, 100.0),
            "ledger": 1.0 - len(guilty) / len(found.found),
            "surplus": float(abs(books.last - books.first)),
        },
        verdict=books.verdict,
        lawful=right,
        events=tuple(Event(end.frame, end.kind, (f"thing {end.thing.number}",)) for end in books.faults),
        overlays=(*trails, *(end.box for end in books.faults)),
        notes=f"{books.first} at the beginning, {books.last} at the end; {said or 'none unaccounted for'}.",
    )


def _due(scenario: Scenario) -> Counter[str]:
    return Counter(body.colour_name for body in take_of(scenario).scene.bodies if body.noun == "ball")


def _seen_at_the_end(scenario: Scenario, video: Video) -> Counter[str]:
    """Colours of the things that are seen in half of the last frames or more."""
    frames = answer_frames(scenario, video)
    last = frames[int(np.ceil(_OUT * (len(frames) - 1))) :]
    found = identities(find_objects(last, PALETTE))
    return Counter(thing.colour for thing in found if 2 * len(thing.blobs) >= len(last))


def _f1(seen: Counter[str], due: Counter[str]) -> float:
    """1 where nothing is due and nothing seen."""
    total = seen.total() + due.total()
    return 2 * (seen & due).total() / total if total else 1.0

"""Do as many balls come out of a tunnel as went in, and the same ones?"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from wsim.certify.doses import Dose
from wsim.contracts import Capability, ClipFormat, MetricSpec, Reading, Scenario, Track, Unmeasurable
from wsim.perception.identities import identities
from wsim.perception.objects import find_objects
from wsim.video import Video
from wsim.worlds.palette import PALETTE
from wsim.worlds.scene import Scene
from wsim_probes.history import Ask, HistoryProbe
from wsim_probes.posing import answer_frames, take_of

_INSIDE = 0.42  # share of the clip: all balls have gone in, at speeds that were seen
_OUT = 0.85  # share of the clip after which all have come out again


def _until_all_are_inside(scene: Scene) -> float:
    return _INSIDE * scene.duration_s


_HISTORY = HistoryProbe(
    name="permanence/count",
    version=2,
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

"""Are the balls on a table the ones that were there, each where rolling has brought it?"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from wsim.certify.doses import Dose
from wsim.contracts import Capability, ClipFormat, MetricSpec, Reading, Scenario, Track, Unmeasurable
from wsim.perception.objects import Blob, find_objects
from wsim.video import Video
from wsim.worlds.families import FAMILIES
from wsim.worlds.palette import PALETTE
from wsim.worlds.scene import Scene, Violation
from wsim_probes.history import HistoryProbe
from wsim_probes.posing import answer_frames, known_frames, take_of

_BEFORE = 0.01  # share of the clip: what is given ends before anything is misbooked
_LONGEST_JUMP = 10.0  # diameters; a picture is not much wider


def _until_it_is_misbooked(scene: Scene) -> float:
    violated = FAMILIES["billiards"].twins(scene).violated
    return violated["vanish"].violations[0].time_s - _BEFORE * scene.duration_s


def _misbooked(scene: Scene) -> Mapping[str, Scene]:
    """All at one moment; a ball that jumps goes to where its double would have room."""
    violated = FAMILIES["billiards"].twins(scene).violated
    (double,) = violated["duplicate"].violations
    jumps = Violation("teleport", double.time_s, double.body, vector=double.vector)
    return {
        "one vanishes": violated["vanish"],
        "one is doubled": violated["duplicate"],
        "two are swapped": violated["swap"],
        "one jumps": scene.violated(jumps),
    }


_HISTORY = HistoryProbe(
    name="physics/ledger",
    version=3,
    question="Are the balls on a table the ones that were there, each where rolling has brought it?",
    family="billiards",
    lawful="all there",
    window=(0.75, 0.95),
    prefix_s=_until_it_is_misbooked,
    latest_s=0.1,
    tracks=("video",),
    breaks=_misbooked,
)


class Ledger:
    """Four balls of four colours roll and collide on a table with cushions, all in plain sight.

    Given is more than half of the clip, the first hit and often a second one among it, and the speed of
    every ball; what is read is a quarter of a second to half a second on, before small errors have grown
    large. There must be the same balls, none gone, doubled or traded for another, and none must be
    elsewhere at a stroke: bodies last, and move along paths (Spelke, Cognitive Science 14, 1990). Beside
    that history, read against renders, the balls are counted by colour in every frame after those given
    (F1 of multisets; two of one colour that touch are one), and the longest step that any makes from one
    sighting to the next is measured.
    """

    name = _HISTORY.name
    version = _HISTORY.version
    question = _HISTORY.question
    needs: Mapping[Track, frozenset[Capability]] = _HISTORY.needs
    metrics = (
        *_HISTORY.metrics,
        MetricSpec("ledger", "share", "higher", 0.0, 1.0, "mean F1 of the colours of the balls in a frame"),
        MetricSpec("jump", "diameters", "lower", 0.0, _LONGEST_JUMP, "the longest step between sightings"),
    )
    min_duration_s = _HISTORY.min_duration_s
    doses: tuple[Dose, ...] = _HISTORY.doses

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """One table for every world index."""
        return _HISTORY.scenarios(clip, track=track, seed=seed, limit=limit)

    def dosed(self, scenario: Scenario, dose: str, severity: float) -> Video | None:
        """None of these violations has an amount."""
        return _HISTORY.dosed(scenario, dose, severity)

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """The history, the count, and the longest step."""
        said = _HISTORY.measure(scenario, video)
        if isinstance(said, Unmeasurable):
            return said
        frames = answer_frames(scenario, video)[known_frames(scenario) - 1 :]
        seen, due = find_objects(frames, PALETTE), _due(scenario)
        shares = [_f1(Counter(blob.colour for blob in blobs), due) for blobs in seen[1:]]
        found = {"ledger": float(np.mean(shares)) if shares else 1.0, "jump": _longest_step(seen, due)}
        words = f"{said.notes} The count is right to {found['ledger']:.0%}."
        return replace(said, metrics={**said.metrics, **found}, notes=words)


def _due(scenario: Scenario) -> Counter[str]:
    return Counter(body.colour_name for body in take_of(scenario).scene.bodies if body.noun == "ball")


def _f1(seen: Counter[str], due: Counter[str]) -> float:
    return 2 * (seen & due).total() / (seen.total() + due.total())


def _longest_step(seen: Sequence[Sequence[Blob]], due: Counter[str]) -> float:
    """In diameters, of the largest thing of each colour; 0 where nothing is seen twice."""
    steps = [0.0]
    for colour in due:
        path = [next((blob for blob in blobs if blob.colour == colour), None) for blobs in seen]
        for one, other in pairwise(blob for blob in path if blob is not None):
            diameter_px = 2.0 * np.sqrt(max(one.area_px, other.area_px) / np.pi)
            steps.append(float(np.hypot(other.x - one.x, other.y - one.y) / diameter_px))
    return min(max(steps), _LONGEST_JUMP)

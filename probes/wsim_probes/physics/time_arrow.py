"""Do pieces fly apart and stay apart, and never come together again?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from jaxtyping import UInt8

from wsim.certify.doses import Dose
from wsim.contracts import Capability, ClipFormat, MetricSpec, Reading, Scenario, Track, Unmeasurable
from wsim.perception.alternatives import Alternatives, Variant
from wsim.perception.objects import Blob, find_objects
from wsim.video import Video
from wsim.worlds.palette import PALETTE
from wsim.worlds.scene import Scene, Violation
from wsim.worlds.take import Take
from wsim_probes.history import HistoryProbe
from wsim_probes.posing import answer_frames, known_frames, take_of

_BROKEN_S, _TURNS_S = 0.15, 0.20  # after the hit: the pieces are seen to fly; what must not be begins
_FORWARDS, _BACKWARDS = "forwards", "backwards"
_AT_THE_END = 3  # frames
_LEAST_PIECE = 3 / 64**2  # of the picture
_FURTHEST = 10.0


def _until_it_is_broken(scene: Scene) -> float:
    return _hit_s(scene) + _BROKEN_S


def _hit_s(scene: Scene) -> float:
    """The ball is thrown level with the speed that brings it to the face of the block."""
    ball, block = scene.body("ball"), scene.body("block")
    gap_m = abs(ball.position_m[0] - block.position_m[0]) - ball.size_m[0] - block.size_m[0]
    return gap_m / abs(ball.velocity_m_s[0])


def _undone(scene: Scene) -> Mapping[str, Scene]:
    """Each begins right after the given frames."""
    from_s = _hit_s(scene) + _TURNS_S
    pieces = [body.name for body in scene.bodies if body.name.startswith("piece")]
    broken = {
        "whole again": (Violation("shards_reassemble", from_s, "block", amount=1.0),),
        "turns back": tuple(Violation("reverse", from_s, name) for name in pieces),
        "hangs in the air": tuple(Violation("freeze", from_s, name) for name in pieces),
        "half is gone": tuple(Violation("vanish", from_s, name) for name in pieces[::2]),
    }
    return {name: scene.violated(*violations) for name, violations in broken.items()}


_HISTORY = HistoryProbe(
    name="physics/time_arrow",
    version=3,
    question="Do pieces fly apart and stay apart, and never come together again?",
    family="shatter",
    lawful="stays broken",
    window=(0.0, 1.0),  # all that follows the given frames: pieces fly as long in a clip of any length
    prefix_s=_until_it_is_broken,
    latest_s=0.1,
    tracks=("video",),
    breaks=_undone,
    graded=("whole again",),
)


class TimeArrow:
    """A ball breaks a block, and the pieces fly, fall and come to rest.

    Given are frames until the pieces are seen to fly apart: where each goes, and how fast, settles where it
    comes down. They must not go back the way they came or into a block again (wholly or in part), hang in
    the air, or go. Energy that falling pieces lose to the floor they do not get back, so the rest looks
    different backwards (the second law). Beside the history, `arrow` compares the clip with the lawful rest
    played forwards and backwards: a clip turned round in time changes its sign. `apart` is how far the pieces
    lie from their middle at the end (root mean square over their area, found by colour), as a share of how
    far they should: whatever turns back at all is at once far from the lawful history, and this falls evenly
    with the share of the way back.
    """

    name = _HISTORY.name
    version = _HISTORY.version
    question = _HISTORY.question
    needs: Mapping[Track, frozenset[Capability]] = _HISTORY.needs
    metrics = (
        *_HISTORY.metrics,
        MetricSpec("arrow", "ratio", "higher", -1.0, 1.0, "the rest runs forwards (1) or backwards (-1)"),
        MetricSpec("apart", "ratio", "higher", 0.0, _FURTHEST, "spread of the pieces, of that which is due"),
    )
    min_duration_s = _HISTORY.min_duration_s
    doses: tuple[Dose, ...] = _HISTORY.doses
    dose_metric = "apart"
    moved_by = _HISTORY.moved_by
    reads_arrow = True  # a lawful clip that runs backwards, wholly or after what was given, is unlawful

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """One block for every world index."""
        return _HISTORY.scenarios(clip, track=track, seed=seed, limit=limit)

    def dosed(self, scenario: Scenario, dose: str, severity: float) -> Video | None:
        """A weaker twin."""
        return _HISTORY.dosed(scenario, dose, severity)

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """The history, and which way time runs."""
        said = _HISTORY.measure(scenario, video)
        if isinstance(said, Unmeasurable):
            return said
        known = known_frames(scenario)
        rest = answer_frames(scenario, video)[known:]
        arrow = _both_ways(take_of(scenario), known).read(rest).margin
        way = "forwards" if arrow > 0.0 else "backwards"
        words = f"{said.notes} It is nearer to the lawful rest played {way}."
        colour = take_of(scenario).scene.body("block").colour_name
        due_px = _spread_px(take_of(scenario).video.frames, colour)
        apart = min(_spread_px(answer_frames(scenario, video), colour) / max(due_px, 1.0), _FURTHEST)
        return replace(said, metrics={**said.metrics, "arrow": arrow, "apart": apart}, notes=words)


def _spread_px(frames: UInt8[np.ndarray, "time height width 3"], colour: str) -> float:
    """Root mean square distance of what has a colour from its middle in the last frames; 0 for nothing."""
    least_px = _LEAST_PIECE * frames.shape[1] * frames.shape[2]
    seen = find_objects(frames[-_AT_THE_END:], PALETTE, least_area_px=least_px)
    return float(np.mean([_rms_px([blob for blob in here if blob.colour == colour]) for here in seen]))


def _rms_px(blobs: Sequence[Blob]) -> float:
    """Over the area of discs as large as the blobs."""
    if not blobs:
        return 0.0
    areas = np.array([blob.area_px for blob in blobs])
    places = np.array([(blob.x, blob.y) for blob in blobs])
    middle = np.average(places, axis=0, weights=areas)
    own = areas / (2.0 * np.pi)  # of a disc, about its own middle: half its radius squared
    return float(np.sqrt(np.average(((places - middle) ** 2).sum(axis=1) + own, weights=areas)))


@lru_cache(maxsize=8)
def _both_ways(take: Take, known: int) -> Alternatives:
    rest = take.video.frames[known:]
    families = {_FORWARDS: [Variant(0.0, rest)], _BACKWARDS: [Variant(0.0, rest[::-1])]}
    return Alternatives(families, _FORWARDS)

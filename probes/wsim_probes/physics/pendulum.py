"""Does a pendulum keep its amplitude and its period?"""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from jaxtyping import UInt8

from wsim.contracts import MetricSpec, Reading, Scenario, Unmeasurable
from wsim.perception.colour import difference, lab, match_exposure
from wsim.perception.soft import soften
from wsim.perception.tint import untinted
from wsim.video import Video
from wsim.worlds.scene import Pendulum, Scene, Violation
from wsim_probes.history import HistoryProbe
from wsim_probes.history_bank import LOST
from wsim_probes.posing import answer_frames, take_of

_G_M_S2 = 9.81
_PAST_THE_LOWEST, _BREAKS = 0.30, 0.31  # periods after it was let go
_BOTH = ("bob", "rod")


class Swing(HistoryProbe):
    """What swings in front of a plain wall, which a beam that trembles or a ball that goes makes another."""

    @property
    def metrics(self) -> tuple[MetricSpec, ...]:
        """As of other histories; a bob that comes across its way again is no nearer to the law for it."""
        *others, away = super().metrics
        where_lab = "distance from the law, where and when the bob is due; of a frame the largest until then"
        return (*others, replace(away, meaning=where_lab))

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """Where the scene is another one nothing is said of a swing that is the lawful one by itself."""
        said = super().measure(scenario, video)
        if isinstance(said, Unmeasurable):
            return said
        if said.verdict == LOST:
            return Unmeasurable(LOST)
        away_lab = self._away_lab(scenario, answer_frames(scenario, video))
        return replace(said, metrics={**said.metrics, "departure": min(away_lab, 100.0)})

    def _away_lab(self, scenario: Scenario, clip: UInt8[np.ndarray, "length height width 3"]) -> float:
        """How much of the bob is not where it is due; the whole of it at most, wherever else it may be."""
        histories, take = self._histories(scenario), take_of(scenario)
        asked, when = histories.alternatives, list(histories.window)
        shown = untinted(clip, histories.given)[when]
        here, there = (soften(lab(frames), asked.blur_px) for frames in (shown, histories.plain))
        gap = difference(match_exposure(here, there, ~asked.mask), there)
        due = take.film.render.ids[when] == [body.name for body in take.scene.bodies].index("bob")
        away = (gap * due).sum(axis=(1, 2)) / np.maximum(due.sum(axis=(1, 2)), 1)
        return float(np.maximum.accumulate(away).mean())


def pendulum() -> Swing:
    """A bob on a rod is let go at rest and swings; read against renders of how it must not go on.

    Given are the release and the first swing down, until it is past the lowest point. That settles the
    rest: the bob was let go at rest, so it rises on the other side to the angle it came from, and a quarter
    of the period has been seen, T = 2 pi sqrt(l / g) (Huygens, Horologium oscillatorium, 1673). It must not
    swing further or less far, faster or slower (in full: as if nothing pulled it, round at the speed it has),
    stop in mid swing, or lose its bob. It may be early or late by a tenth of a second, which is a tenth of
    the period. Going back the way it came is lawful for a pendulum in time, but not here: what is given ends
    before the bob turns, and all that follows is read, the other side too, which what is given played back
    and forth never reaches. Where the wall is another one than the given, nothing is said.

    How wrong a swing is rises with what is broken of the law in each of eight worlds (development seed 541):
    it is looked for where the bob is due, for a bob that has left the picture is no further away than it.
    """
    return Swing(
        name="physics/pendulum",
        version=5,
        question="Does a pendulum keep its amplitude and its period?",
        family="pendulum",
        lawful="swings on",
        window=(0.3, 1.0),
        prefix_s=_until_past_the_lowest_point,
        latest_s=0.1,
        tracks=("video",),
        breaks=_other_swings,
        graded=("slower",),
    )


def _until_past_the_lowest_point(scene: Scene) -> float:
    return _after_release_s(scene, _PAST_THE_LOWEST)


def _after_release_s(scene: Scene, periods: float) -> float:
    law = _law(scene)
    return law.release_s + periods * 2.0 * math.pi * math.sqrt(law.length_m / _G_M_S2)


def _law(scene: Scene) -> Pendulum:
    law = scene.body("bob").pendulum
    assert law is not None
    return law


def _other_swings(scene: Scene) -> Mapping[str, Scene]:
    """All begin where the given frames end, while the bob is fast."""
    from_s = _after_release_s(scene, _BREAKS)
    broken = {
        "stops": tuple(Violation("freeze", from_s, body) for body in _BOTH),
        "further": tuple(Violation("energy_gain", from_s, body, amount=1.5) for body in _BOTH),
        "less far": tuple(Violation("energy_gain", from_s, body, amount=0.5) for body in _BOTH),
        "slower": (Violation("gravity_scale", from_s, amount=0.0),),
        "faster": (Violation("gravity_scale", from_s, amount=3.0),),
        "loses its bob": (Violation("vanish", from_s, "bob"),),
    }
    return {name: scene.violated(*violations) for name, violations in broken.items()}

"""Does a pendulum keep its amplitude and its period?"""

import math
from collections.abc import Mapping

from wsim.worlds.scene import Pendulum, Scene, Violation
from wsim_probes.history import HistoryProbe

_G_M_S2 = 9.81
_PAST_THE_LOWEST, _BREAKS = 0.30, 0.31  # periods after it was let go
_BOTH = ("bob", "rod")


def pendulum() -> HistoryProbe:
    """A bob on a rod is let go at rest and swings; read against renders of how it must not go on.

    Given are the release and the first swing down, until it is past the lowest point. That settles the
    rest: the bob was let go at rest, so it rises on the other side to the angle it came from, and a quarter
    of the period has been seen, T = 2 pi sqrt(l / g) (Huygens, Horologium oscillatorium, 1673). It must not
    swing further or less far, faster or slower (in full: as if nothing pulled it, round at the speed it has),
    stop in mid swing, or lose its bob. It may be early or late by a tenth of a second, which is a tenth of
    the period. Going back the way it came is lawful for a pendulum in time, but not here: what is given ends
    before the bob turns, and all that follows is read, the other side too, which what is given played back
    and forth never reaches.
    """
    return HistoryProbe(
        name="physics/pendulum",
        version=4,
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

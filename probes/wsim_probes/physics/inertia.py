"""Does a ball on which nothing acts keep its velocity?"""

import math
from collections.abc import Mapping

from wsim.worlds.scene import Scene, Violation
from wsim_probes.history import HistoryProbe

_SEEN, _BREAKS = 0.40, 0.42  # shares of the clip


def inertia() -> HistoryProbe:
    """A ball rolls over a table without friction, seen from above; read against renders.

    Given is two fifths of its way, at constant speed on a straight line, on an empty table: by Newton's
    first law (Principia, 1687) that settles the rest. It must not gain or lose speed, stop, turn aside or
    back, or vanish. It may be early or late by less than a tenth of a second.
    """
    return HistoryProbe(
        name="physics/inertia",
        version=4,
        question="Does a ball on which nothing acts keep its velocity?",
        family="puck",
        lawful="rolls on",
        window=(0.6, 1.0),
        prefix_s=_two_fifths,
        latest_s=0.08,
        tracks=("video",),
        breaks=_uncaused,
        graded=("gains speed", "loses speed", "turns aside"),
    )


def _two_fifths(scene: Scene) -> float:
    return _SEEN * scene.duration_s


def _uncaused(scene: Scene) -> Mapping[str, Scene]:
    """Each begins right after the given frames, with nothing there to do it."""
    from_s = _BREAKS * scene.duration_s
    vx, vy, _ = scene.body("ball").velocity_m_s
    aside = (-0.3 * vx, -math.copysign(0.8, vy) * abs(vx), 0.0)
    broken = {
        "gains speed": Violation("energy_gain", from_s, "ball", amount=1.8),
        "loses speed": Violation("freeze", from_s, "ball"),
        "turns aside": Violation("uncaused_motion", from_s, "ball", vector=aside),
        "turns back": Violation("reverse", from_s, "ball"),
        "vanishes": Violation("vanish", from_s, "ball"),
    }
    return {name: scene.violated(violation) for name, violation in broken.items()}

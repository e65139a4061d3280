"""Is as much water there after it was poured as before?"""

from collections.abc import Mapping

from wsim.worlds.scene import Scene, Violation
from wsim_probes.history import HistoryProbe

_SEEN, _BREAKS = 0.48, 0.50  # shares of the clip
_UPPER, _LOWER = "upper water", "lower water"


def fluid_volume() -> HistoryProbe:
    """Water runs from one chamber of a vessel into the other; read against renders in which some is lost.

    Given is the first half, most of it with the water running: both levels, and how fast they change. The
    rest is settled by continuity, and by the speed sqrt(2 g h) with which it leaves under a level h
    (Torricelli, De motu aquarum, 1644), which the given part shows at work. What is lost above must arrive
    below: no water comes from nowhere or goes there, and no level stays while water runs. It may be early
    or late by 0.15 s, which is a small part of either level.
    """
    return HistoryProbe(
        name="physics/fluid_volume",
        version=4,
        question="Is as much water there after it was poured as before?",
        family="pour",
        lawful="volume kept",
        window=(0.65, 1.0),
        prefix_s=_first_half,
        latest_s=0.15,
        tracks=("video",),
        breaks=_other_volumes,
        graded=("more below", "more above"),
    )


def _first_half(scene: Scene) -> float:
    return _SEEN * scene.duration_s


def _other_volumes(scene: Scene) -> Mapping[str, Scene]:
    """Each begins right after the given frames."""
    from_s = _BREAKS * scene.duration_s
    broken = {
        "more below": Violation("fluid_gain", from_s, _LOWER, amount=1.8),
        "less below": Violation("fluid_gain", from_s, _LOWER, amount=0.35),
        "more above": Violation("fluid_gain", from_s, _UPPER, amount=1.8),
        "level below stays": Violation("freeze", from_s, _LOWER),
        "level above stays": Violation("freeze", from_s, _UPPER),
    }
    return {name: scene.violated(violation) for name, violation in broken.items()}

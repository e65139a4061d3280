"""Does what goes down a slope go on gaining speed as it did?"""

from collections.abc import Mapping

from wsim.worlds.scene import Scene, Violation
from wsim_probes.history import HistoryProbe

_SEEN, _BREAKS = 0.45, 0.47  # shares of the clip
_UPHILL_M_S = 1.2


def rolling() -> HistoryProbe:
    """A ball rolls, or a block slides, down a ramp; read against renders of how it must not go on.

    Given is the release and nearly half of the clip, so the acceleration has been seen, which is all that
    settles the rest: 5/7 g sin(a) for a ball that rolls (Galileo, Discorsi, 1638, with the moment of
    inertia 2/5 m r^2), g (sin(a) - mu cos(a)) for a block that slides. It must not stop, keep its speed
    without gaining any, go faster at a stroke, turn back, or be driven uphill. It may be early or late by
    less than a tenth of a second.
    """
    return HistoryProbe(
        name="physics/rolling",
        version=4,
        question="Does what goes down a slope go on gaining speed as it did?",
        family="incline",
        lawful="gains speed",
        window=(0.65, 1.0),
        prefix_s=_nearly_half,
        latest_s=0.08,
        tracks=("video",),
        breaks=_other_ways,
        graded=("stops", "goes faster"),
    )


def _nearly_half(scene: Scene) -> float:
    return _SEEN * scene.duration_s


def _other_ways(scene: Scene) -> Mapping[str, Scene]:
    """Each begins right after the given frames."""
    from_s = _BREAKS * scene.duration_s
    law = scene.body("thing").incline
    assert law is not None
    x, _, z = law.downhill
    broken = {
        "stops": Violation("freeze", from_s, "thing"),
        "keeps its speed": Violation("weightless", from_s, "thing"),
        "goes faster": Violation("energy_gain", from_s, "thing", amount=1.8),
        "turns back": Violation("reverse", from_s, "thing"),
        "driven uphill": Violation(
            "uncaused_motion", from_s, "thing", vector=(-_UPHILL_M_S * x, 0.0, -_UPHILL_M_S * z)
        ),
    }
    return {name: scene.violated(violation) for name, violation in broken.items()}

"""Does a shadow stay with what throws it?"""

from collections.abc import Mapping

from wsim.worlds.families import FAMILIES
from wsim.worlds.scene import Scene
from wsim_probes.history import HistoryProbe

_HALF = 0.49  # share of the clip; the law breaks in its middle


def shadow() -> HistoryProbe:
    """A ball bounces or a box slides over a sunny floor; read against renders in which its shadow does not.

    Given is the first half: how it moves, and where its shadow lies. One distant light throws it, so the
    shadow of every point is that point moved along one direction onto the floor (the constraint of Kee,
    O'Brien and Farid, ACM Trans. Graphics 32, 2013): the two halves share it. The shadow must not be
    missing or lie beside where it is thrown. Both may be early or late by a tenth of a second, together.
    """
    return HistoryProbe(
        name="physics/shadow",
        version=3,
        question="Does a shadow stay with what throws it?",
        family="shadow",
        lawful="goes along",
        window=(0.6, 1.0),
        prefix_s=_first_half,
        latest_s=0.1,
        tracks=("video",),
        breaks=_other_shadows,
        graded=("detached",),
    )


def _first_half(scene: Scene) -> float:
    return _HALF * scene.duration_s


def _other_shadows(scene: Scene) -> Mapping[str, Scene]:
    violated = FAMILIES["shadow"].twins(scene).violated
    return {"missing": violated["shadow_missing"], "detached": violated["shadow_detached"]}

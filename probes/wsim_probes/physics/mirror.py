"""Does a mirror show what stands before it?"""

from collections.abc import Mapping

from wsim.worlds.families import FAMILIES
from wsim.worlds.scene import Scene
from wsim_probes.history import HistoryProbe

_HALF = 0.49  # share of the clip; the law breaks in its middle


def mirror() -> HistoryProbe:
    """A ball rolls or a box slides past a mirror; read against renders in which its image does not.

    Given is the first half: how it moves, and where its image is. The image lies as far behind the glass
    as the thing before it (Euclid, Catoptrics), which both halves share. The image must not be missing or
    be elsewhere. Thing and image may be early or late by a tenth of a second, together.
    """
    return HistoryProbe(
        name="physics/mirror",
        version=3,
        question="Does a mirror show what stands before it?",
        family="mirror",
        lawful="shows it",
        window=(0.6, 1.0),
        prefix_s=_first_half,
        latest_s=0.1,
        tracks=("video",),
        breaks=_other_images,
        graded=("image elsewhere",),
    )


def _first_half(scene: Scene) -> float:
    return _HALF * scene.duration_s


def _other_images(scene: Scene) -> Mapping[str, Scene]:
    violated = FAMILIES["mirror"].twins(scene).violated
    return {"image elsewhere": violated["image_elsewhere"], "image missing": violated["image_missing"]}

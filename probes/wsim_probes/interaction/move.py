"""Does a block stay where it was pushed, and where it was when nothing touched it?"""

from wsim.worlds.scene import Scene
from wsim_probes.history import Ask, HistoryProbe

_DRAWING_BACK = 0.55  # share of the clip: the block is where it will stay, the rod on its way back


def move() -> HistoryProbe:
    """A rod pushes a block and draws back, or makes the same motion in front of it.

    Given are the whole push and the beginning of the way back. Once the rod has gone the block must be where
    it was left: not back where it came from (wholly or in part), not gone; after a near miss, where it was.
    """
    return HistoryProbe(
        name="interaction/move",
        version=5,
        question="Does a block stay where it was pushed, and only then move at all?",
        family="push",
        asks=(Ask("pushed"), Ask("near_miss", control="near_miss")),
        lawful="where it was left",
        window=(0.88, 1.0),
        prefix_s=_until_the_rod_draws_back,
        tracks=("video",),
        graded=("creeps_back", "teleport"),
    )


def _until_the_rod_draws_back(scene: Scene) -> float:
    return _DRAWING_BACK * scene.duration_s

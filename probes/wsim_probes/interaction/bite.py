"""Does a bitten apple stay bitten, and an apple that was not touched whole?"""

from wsim.worlds.scene import Scene
from wsim_probes.history import Ask, HistoryProbe

_LEAVING = 0.06  # share of the clip after the last bite: the mouth is on its way out


def bite() -> HistoryProbe:
    """A mouth bites an apple once to three times, or stops short of it, and leaves.

    Given are all bites and the mouth beginning to leave. Once it has gone the apple must show all of them:
    not grown whole again (wholly or in part), not bitten elsewhere, not gone; after a near miss, whole.
    """
    return HistoryProbe(
        name="interaction/bite",
        version=5,
        question="Does an apple stay bitten when the mouth has gone, and whole when it was not touched?",
        family="bite",
        asks=(Ask("bitten"), Ask("near_miss", control="near_miss")),
        lawful="as the mouth left it",
        window=(0.88, 1.0),
        prefix_s=_until_the_mouth_leaves,
        tracks=("video",),
        graded=("bite_heals", "mark_moves"),
    )


def _until_the_mouth_leaves(scene: Scene) -> float:
    """The last key point of the mouth but one is its last bite, or where that would have been."""
    rail = scene.body("mouth").rail
    assert rail is not None
    return rail.times_s[-2] + _LEAVING * scene.duration_s

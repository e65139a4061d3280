"""Is the ball still under the cup that covered it, after the cups have changed places?"""

from wsim.worlds.scene import Scene
from wsim_probes.history import Ask, HistoryProbe

_LIFT_BEGINS = 0.793  # share of the clip: the cup has left the table by a few centimetres, and hides the ball


def containers() -> HistoryProbe:
    """The shell game, read against rendered histories once a cup has been lifted.

    Given are all swaps and the first centimetres of the lift, with the ball still hidden: who is where, and
    which cup goes up, is settled (but not at frame rates too low to show the lift, for no words say it).
    Asked are one and two swaps with the cup over the ball lifted, two with an empty one lifted, and the game
    without a ball. The ball must be where its cup is: not under another, not gone, of the same colour and
    size.
    """
    return HistoryProbe(
        name="permanence/containers",
        version=5,
        question="Is the ball under the cup that covered it, after the cups have changed places?",
        family="cups",
        asks=(
            Ask("once", (("swaps", 1),)),
            Ask("twice", (("swaps", 2),)),
            Ask("empty_cup", (("swaps", 2), ("lift", "empty")), twins=("wrong_cup",)),
            Ask("no_ball", (("swaps", 1),), control="empty"),
        ),
        lawful="where it was put",
        window=(0.93, 1.0),
        prefix_s=_until_the_lift,
        latest_s=0.15,
        tracks=("video",),
        min_duration_s=1.5,
        graded=("recolour", "resize"),
    )


def _until_the_lift(scene: Scene) -> float:
    return _LIFT_BEGINS * scene.duration_s

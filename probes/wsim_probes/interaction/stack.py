"""Does a block stay where a gripper put it, and is there none when the gripper was empty?"""

from wsim.worlds.scene import Scene
from wsim_probes.history import Ask, HistoryProbe

_LEAVING = 0.60  # share of the clip: the block stands, the open gripper is on its way out


def stack() -> HistoryProbe:
    """A gripper puts a block on one or two others and leaves; or makes the same motion with nothing in it.

    Given are the block put down, the fingers opened and the gripper beginning to leave. At the end the stack
    must be as it was left: the block not gone, not beside it, not another colour, not traded with the one
    below; after the empty gripper, no higher than it was.
    """
    return HistoryProbe(
        name="interaction/stack",
        version=4,
        question="Does a block stay on the stack that it was put on, and does none come of nothing?",
        family="stack",
        asks=(
            Ask("on_one"),
            Ask("on_two", (("tall", True),)),
            Ask("empty_gripper", control="near_miss"),
        ),
        lawful="as the gripper left it",
        window=(0.9, 1.0),
        prefix_s=_until_the_gripper_leaves,
        tracks=("video",),
        graded=("recolour", "teleport"),
    )


def _until_the_gripper_leaves(scene: Scene) -> float:
    return _LEAVING * scene.duration_s

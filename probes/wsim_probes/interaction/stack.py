"""Does a block stay where a gripper put it, and is there none when the gripper was empty?"""

from wsim.worlds.scene import Scene
from wsim_probes.history import Ask
from wsim_probes.interaction.rooms import RoomProbe

_LEAVING = 0.60  # share of the clip: the block stands, the open gripper is on its way out
_MOST_CHANGED = 0.13  # of what stands still: coded clips stay below 0.07, other rooms lie above 0.2


def stack() -> RoomProbe:
    """A gripper puts a block on one or two others and leaves; or makes the same motion with nothing in it.

    Given are the block put down, the fingers opened and the gripper beginning to leave. At the end the stack
    must be as it was left: the block not gone, not beside it, not another colour, not traded with the one
    below; after the empty gripper, no higher than it was. The room must be the one that was given.
    """
    return RoomProbe(
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
        most_changed=_MOST_CHANGED,
    )


def _until_the_gripper_leaves(scene: Scene) -> float:
    return _LEAVING * scene.duration_s

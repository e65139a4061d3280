"""Does a block stay where a gripper put it, and is there none when the gripper was empty?"""

from wsim.worlds.scene import Scene
from wsim_probes.history import Ask
from wsim_probes.interaction.rooms import RoomProbe

_LEAVING = 0.51  # share of the clip: the open gripper rises, its cover still before nearly all of the block
_MOST_CHANGED = 0.13  # of what stands still: coded clips stay below 0.07, other rooms lie above 0.2


def stack() -> RoomProbe:
    """A gripper puts a block on one or two others and leaves; or makes the same motion with nothing in it.

    Given are the block as it is brought, a cover that comes before it on the way down, and the gripper
    beginning to rise: of the finished stack no given frame shows more than a lower edge of the block. At the
    end the stack must be as it was left: the block not gone, not beside it, not another colour, not traded
    with the one below; after the empty gripper, no higher than it was. The room must be the one that was
    given. Whoever never shows an effect is right after the empty gripper, one question of three.
    """
    return RoomProbe(
        name="interaction/stack",
        version=5,
        question="Does a block stay on the stack that it was put on, and does none come of nothing?",
        family="stack",
        asks=(
            Ask("on_one"),
            Ask("on_two", (("tall", True),)),
            Ask("empty_gripper", control="near_miss"),
        ),
        lawful="as the gripper left it",
        window=(0.9, 1.0),
        prefix_s=_until_the_gripper_rises,
        tracks=("video",),
        graded=("recolour", "teleport"),
        most_changed=_MOST_CHANGED,
    )


def _until_the_gripper_rises(scene: Scene) -> float:
    return _LEAVING * scene.duration_s

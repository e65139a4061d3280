"""Does a lamp stay lit when the finger has gone, and dark when the button was not pressed?"""

from wsim.worlds.scene import Scene
from wsim_probes.history import Ask
from wsim_probes.interaction.rooms import RoomProbe

_LEAVING = 0.36  # share of the clip: the lamp is lit, the finger has let go
_MOST_CHANGED = 0.16  # of what stands still: lawful clips stay below 0.1, other rooms lie above 0.28


def switch() -> RoomProbe:
    """A finger presses a button and one of two lamps lights up; or it stops above the button.

    Given are the press, the lamp lighting up, and the finger beginning to leave: which lamp belongs to the
    button is seen, not guessed. At the end that lamp must be lit and the other dark: not both dark, not the
    other lit, not gone out again; after a near miss both are dark. Two dark lamps look alike in every room
    of the same colours: the room must be the one that was given.
    """
    return RoomProbe(
        name="interaction/switch",
        version=5,
        question="Does a lamp stay lit when the finger has gone, and dark when the button was not pressed?",
        family="switch",
        asks=(Ask("pressed"), Ask("near_miss", control="near_miss")),
        lawful="as the finger left it",
        twins=("effect_missing", "effect_elsewhere", "effect_undone"),
        window=(0.85, 1.0),
        prefix_s=_until_the_finger_leaves,
        tracks=("video",),
        most_changed=_MOST_CHANGED,
    )


def _until_the_finger_leaves(scene: Scene) -> float:
    return _LEAVING * scene.duration_s

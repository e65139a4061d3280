"""Does what a lever did stay done while the player turns, and undone when the lever was missed?"""

from wsim.worlds.blocks.keys import blocks_of
from wsim.worlds.scene import Scene
from wsim_probes.history import Ask, HistoryProbe


def lever() -> HistoryProbe:
    """A lever in the wall of a house is turned, and beside it a lamp lights up or a door opens.

    Given are the keys of the whole clip, and the frames until the lever has been used and the player has
    looked back at the middle of the wall: the effect has been seen, or that there is none. The keys then
    turn the player a little towards the lever again, to a view of which everything has been seen. The lamp
    must still be lit there, the door open; a hand that took hold of the wall beside the lever has changed
    nothing, and nothing may have changed since. A clip that does not follow the keys shows another view.
    """
    return HistoryProbe(
        name="digital/lever",
        version=3,
        question="Does what a lever did stay done, and undone what a near miss did not do?",
        family="lever",
        asks=(
            Ask("lamp", (("effect", "lamp"), ("glance", True))),
            Ask("door", (("effect", "door"), ("glance", True))),
            Ask("near_miss", (("glance", True),), control="near_miss"),
        ),
        lawful="as the lever left it",
        twins=("effect_undone",),
        window=(0.9, 1.0),
        latest_s=0.1,
        prefix_s=_until_the_effect_was_seen,
        tracks=("action",),
    )


def _until_the_effect_was_seen(scene: Scene) -> float:
    there, back = [action for action in blocks_of(scene).actions if action.kind.startswith("turn")][:2]
    return back.time_s + there.duration_s

"""Does a ball that left the picture come back as itself, and does nothing come back where nothing left?"""

from wsim.worlds.scene import Scene
from wsim_probes.history import Ask, HistoryProbe

_GONE = 0.40  # share of the clip: a rolling ball has left the picture at a speed that was seen
_TURNING_BACK = 0.64  # the camera is on its way back at a speed that was seen


def reenter() -> HistoryProbe:
    """Out of the picture and back, read against rendered histories.

    Asked in three ways: a ball rolls out and off something outside, the camera turns away from a ball that
    lies still and back again, and the camera does so where there is no ball. Given are frames until the
    ball has left, or the camera is turning back; the caption, which goes along, says that the ball comes
    back, and when is free by a quarter of a second. It must come back once, in its colour and size.
    """
    return HistoryProbe(
        name="permanence/reenter",
        version=2,
        question="Does what left the picture come back as it was, and nothing else?",
        family="out_and_back",
        asks=(
            Ask("rolls", (("by", "bounce"),)),
            Ask("camera_turns", (("by", "pan"),)),
            Ask("nothing_there", (("by", "pan"),), control="empty"),
        ),
        lawful="came back",
        window=(0.9, 1.0),
        prefix_s=_until_it_is_out,
        latest_s=0.25,
        tracks=("video",),
        words=True,
        graded=("recolour", "resize"),
    )


def _until_it_is_out(scene: Scene) -> float:
    return (_TURNING_BACK if scene.camera.turn_deg else _GONE) * scene.duration_s

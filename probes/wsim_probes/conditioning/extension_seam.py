"""Does a clip go on where the given frames end, or does it jump?"""

from collections.abc import Mapping

from wsim.worlds.palette import PALETTE
from wsim.worlds.scene import Scene, Violation
from wsim_probes.history import HistoryProbe

PREFIX_S = 0.375
_READ_UNTIL_S = 0.69  # no ball comes down before 0.71 s
_AFTER_S = 1e-3  # the first frame that is made is already wrong
_ASIDE_M = 0.5


def extension_seam() -> HistoryProbe:
    """A ball in flight, read against rendered histories in the first frames that are made.

    Given is half a second of the flight. Where the ball is in the next 0.19 s, in which colour and size is
    settled by what was seen, to within a frame. It must not have jumped aside, changed colour or size,
    stopped, begun again or turned back, nor the picture have been cut; what happens later is not asked. A
    seam that is a frame early or late still passes. What a codec has spoiled as much as half a recolouring or
    half a change of size would is left open: about half of the clips of 64 rows at crf 35.
    """
    return HistoryProbe(
        name="conditioning/extension_seam",
        version=5,
        question="Does the clip go on where the given frames end, without a jump?",
        family="fall",
        lawful="goes on",
        window=_right_after,
        prefix_s=PREFIX_S,
        latest_s=0.07,
        tracks=("video",),
        min_duration_s=1.5,
        breaks=_jumps,
        graded=("aside", "recolour", "resize"),
        cuts=0,
    )


def _right_after(_: Scene) -> tuple[float, float]:
    return PREFIX_S, _READ_UNTIL_S


def _jumps(scene: Scene) -> Mapping[str, Scene]:
    """The ball goes to the emptier side."""
    at_s, ball = PREFIX_S + _AFTER_S, scene.body("ball")
    way = -1.0 if ball.position_m[0] > 0.0 else 1.0
    others = [name for name in PALETTE if name != ball.colour_name]
    broken = {
        "aside": Violation("teleport", at_s, "ball", vector=(way * _ASIDE_M, 0.0, 0.0)),
        "recolour": Violation("recolour", at_s, "ball", vector=PALETTE[others[scene.seed % len(others)]]),
        "resize": Violation("resize", at_s, "ball", amount=0.6),
        "stops": Violation("freeze", at_s, "ball"),
        "straight_on": Violation("gravity_scale", at_s, amount=0.0),
    }
    return {name: scene.violated(violation) for name, violation in broken.items()}

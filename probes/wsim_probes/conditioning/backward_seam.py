"""Does a clip end in the frames that are given, without a jump?"""

from wsim.contracts import ClipFormat
from wsim_probes.conditioning.stretches import Staging, Stretches

_ROLLS, _FLIES = 0.55, 0.45  # where what is given begins: share of the clip, seconds


def backward_seam() -> Stretches:
    """The end is given and the beginning is to be made; its last quarter of a second is read against renders.

    Where the ball is just before what is given is settled by how it goes on: it rolls on a table without
    friction, or is in flight, and either runs backwards to within a frame. What comes earlier is not asked.
    It must not have waited there, come from the other side (what is given, played backwards), from beside
    its path, in another colour, or from nowhere. It may be early or late by 0.07 s.
    """
    edits = ("holds", "turns back")
    return Stretches(
        name="conditioning/backward_seam",
        version=3,
        question="Does what is made before the given frames lead into them, without a jump?",
        stagings=(
            Staging("rolling", "puck", _from_the_middle, edits, read_s=0.32),
            Staging("in_flight", "fall", _in_flight, edits, read_s=0.19),
        ),
        lawful="leads in",
    )


def _from_the_middle(clip: ClipFormat) -> tuple[int, ...]:
    return tuple(range(clip.frames_until(_ROLLS * clip.duration_s), clip.num_frames))


def _in_flight(clip: ClipFormat) -> tuple[int, ...]:
    return tuple(range(clip.frames_until(_FLIES), clip.num_frames))

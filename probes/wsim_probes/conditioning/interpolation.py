"""Does a clip lead from what is given first to what is given last, as the world would?"""

import numpy as np

from wsim.contracts import ClipFormat
from wsim_probes.conditioning.stretches import Staging, Stretches

_END_S = 0.3  # of a rolling ball, at either end
_FLIGHT_S = (0.25, 0.69)  # between which the flight is to be made: its first contact comes later
_KEYS = 4
_EDITS = ("holds", "cuts", "cross-fades", "rushes")


def interpolation() -> Stretches:
    """Both ends of a motion are given, or stills of it; what is made between is read against renders.

    What is given settles the middle. A ball that rolls over a table without friction, the same velocity
    before and after, has kept it in between (Newton's first law, Principia, 1687); stills of it at equal
    times and equal distances say the same; a ball that is seen in flight before and after flew a parabola.
    It must not be held and then jump, nor the clip be cut or cross-faded, nor the ball hurry and wait, leave
    its path, change colour or vanish on the way. It may be early or late by 0.07 s, and the given frames
    must be there: 1 - d(shown, given) / d(one colour, given) is at least one half in the worst of them.
    """
    return Stretches(
        name="conditioning/interpolation",
        version=4,
        question="Does the clip lead from what is given first to what is given last, as the world would?",
        stagings=(
            Staging("both_ends", "puck", _both_ends, _EDITS),
            Staging("in_flight", "fall", _around_the_flight, _EDITS),
            Staging("stills", "puck", _stills, _EDITS),
        ),
        lawful="leads over",
    )


def _both_ends(clip: ClipFormat) -> tuple[int, ...]:
    known, last = clip.frames_until(_END_S), clip.num_frames - 1
    return (*range(known), *range(last + 1 - known, last + 1))


def _around_the_flight(clip: ClipFormat) -> tuple[int, ...]:
    from_s, until_s = _FLIGHT_S
    first = clip.frames_until(until_s)
    return (*range(clip.frames_until(from_s)), *range(first, clip.num_frames))


def _stills(clip: ClipFormat) -> tuple[int, ...]:
    return tuple(int(index) for index in np.linspace(0, clip.num_frames - 1, _KEYS).round())

"""Clips that show softly what they were given, as codecs of models do: when and how they are read coarsely.

A codec takes the fine pattern off a wall, and what it leaves flickers. Corners of it are lost though nothing
in the world has moved; in a picture of 64 rows, where a patch is large, what is left moves as it must. Which
way a clip is read is settled by its given frames alone, which are known, and never by what was made: in
lawful clips they hold 0.08 to 0.86 of their corners through the codec of the reference model, 0.53 to 0.88
through H.264 at crf 35, 0.93 and more where they are blurred or noisy (four probes, development seed 561).
"""

from wsim.contracts import Scenario
from wsim.perception.tracks import at_tracking_size, follow
from wsim.video import Frames

COARSE_SIDE = 64  # short side at which corners are followed
TOO_COARSE = "too coarse to tell"
_HELD = 0.9  # of the corners of the given frames that can be followed through them
# A share of what was made over the same share of what was given, both read coarsely: as good as that from the
# one on, worse up to the other.
_AS_GOOD, _WORSE = 0.8, 0.7
_LEAST = 0.25  # of what was given: less says nothing of the rest


def shown_coarsely(scenario: Scenario, frames: Frames) -> bool:
    """Whether the given frames hold markedly fewer corners in the clip than as they were given.

    One given frame does not tell.
    """
    context = scenario.request.context
    if context is None:
        return False
    shown = frames[list(context.indices)]
    if (shown == context.frames).all():
        return False
    held, due = (follow(at_tracking_size(one)).survival for one in (shown, context.frames))
    return held < _HELD * due


def as_good(share: float, given: float) -> bool | None:
    """Whether what was made is as good as what was given, as the clip shows it; None where that is unclear.

    Args:
        share: what follows a law, of what was made.
        given: the same of the given frames in the same clip.
    """
    if given < _LEAST or _WORSE * given < share < _AS_GOOD * given:
        return None
    return share >= _AS_GOOD * given

"""Is it still the room that was given? Rooms of the same colours are told apart by their edges."""

import numpy as np
from jaxtyping import Bool, UInt8

from wsim.perception.background import changed_share
from wsim.worlds.take import Take

_SAME = 6  # grey levels by which pixels that stay the same may differ in a render


def room_changed(
    take: Take,
    known: int,
    frames: UInt8[np.ndarray, "time height width 3"],
    at: int,
    unchanging: Bool[np.ndarray, "height width"],
) -> float:
    """Of what should stay as it was given, how much looks otherwise in a later frame of the same clip.

    Args:
        take: the lawful history.
        known: how many frames were given, one at least.
        frames: the clip.
        at: the later frame.
        unchanging: where the histories do not differ.
    """
    truth = take.video.frames[[known - 1, at]].astype(np.int16)
    clear = np.abs(truth[0] - truth[1]).max(axis=-1) <= _SAME
    return changed_share(frames[at], frames[known - 1], np.asarray(unchanging & clear))

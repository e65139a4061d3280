"""How much of a clip looks different from what the same clip showed before, where nothing should change.

Both frames come from one clip, so a codec spoils them alike. Rooms of the same colours are one scene to
`wsim.perception.background`; here their edges give them away.

Axis letters: `height` and `width` pixels.
"""

import cv2
import numpy as np
from jaxtyping import Bool, UInt8

from wsim.perception.colour import lab, match_exposure
from wsim.perception.soft import soften
from wsim.perception.tracks import one_thread

_SOFT_SHARE = 0.02  # of the height
_CHANGED_LAB = 5.0
_THING_SHARE = 0.15  # of the height: radius of a small thing with its shadow and what smoothing adds to it


def changed_share(
    frame: UInt8[np.ndarray, "height width 3"],
    before: UInt8[np.ndarray, "height width 3"],
    unchanging: Bool[np.ndarray, "height width"],
    things: int = 0,
) -> float:
    """Of the parts that should not change, how much looks different from what was there before.

    A small change of exposure is forgiven.

    Args:
        frame: of a clip.
        before: an earlier frame of it.
        unchanging: what should be as it was.
        things: how many small things may have come, gone or changed: so many discs are left out, each
            where most has changed. A thing that is elsewhere now is two: where it was, and where it is.

    Returns:
        The share, 0..1; 0 where nothing is left to compare.
    """
    sigma = _SOFT_SHARE * frame.shape[0]
    here, there = (soften(lab(picture), sigma) for picture in (frame, before))
    gap = np.linalg.norm(match_exposure(here, there, unchanging) - there, axis=-1)
    changed, left = unchanging & (gap > _CHANGED_LAB), unchanging
    for _ in range(things):
        outside = ~_most_changed(changed)
        changed, left = changed & outside, left & outside
    return float(changed.sum() / max(int(left.sum()), 1))


def _most_changed(changed: Bool[np.ndarray, "height width"]) -> Bool[np.ndarray, "height width"]:
    """The disc, as large as a small thing, in which most has changed; the first of several."""
    radius = _THING_SHARE * len(changed)
    reach = int(radius)
    rows, columns = np.ogrid[-reach : reach + 1, -reach : reach + 1]
    disc = (np.hypot(rows, columns) <= radius).astype(np.float32)
    with one_thread():
        count = cv2.filter2D(changed.astype(np.float32), -1, disc, borderType=cv2.BORDER_CONSTANT)
    row, column = np.unravel_index(int(count.round().argmax()), count.shape)
    down, right = np.ogrid[: changed.shape[0], : changed.shape[1]]
    return np.asarray(np.hypot(down - row, right - column) <= radius)

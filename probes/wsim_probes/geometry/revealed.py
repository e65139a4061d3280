"""Whether a clip shows what the camera comes to see, and not only what was given.

Whoever moves every given pixel on as it moved last keeps a picture that is nearly rigid, and has no world
in it. What gives him away comes in from beyond the border: there he paints, and paint has few corners. Of
those that a room shows there he has a fifth (0.02 to 0.33, 0.45 once), its lawful clips at least a half
through every nuisance of the certificates (five rooms of each of six probes, development seed 534).

Axis letters: `height` and `width` pixels of the reduced picture.
"""

import cv2
import numpy as np
from jaxtyping import Bool, Float32, UInt8

from wsim.perception.motion import reproject
from wsim.perception.tracks import one_thread
from wsim.worlds.take import Take

NOTHING_NEW = "nothing new comes into view"

_LEAST = 0.4  # of the corners that there must be
_FEWEST = 8  # corners from which their number says something
_LOOKS = 6  # frames
_SIDE = 64  # the shorter side at which corners are counted
_QUALITY = 0.01  # of the strongest corner of the true frame

Picture = UInt8[np.ndarray, "rows columns 3"]


def shows_more(take: Take, frames: UInt8[np.ndarray, "time rows columns 3"], last: int) -> bool:
    """Whether there is enough to see where the true clip shows what no given frame did.

    Args:
        take: the lawful clip.
        frames: of the answer.
        last: the last given frame.

    Returns:
        True also where the true clip shows hardly anything new.
    """
    chosen = np.linspace(last, len(frames) - 1, _LOOKS + 1).round().astype(int)[1:]
    due, shown = 0, 0
    for index in np.unique(chosen).tolist():
        new = _entered(take, last, index)
        true, seen = _corners(take.video.frames[index]), _corners(frames[index])
        least = _QUALITY * float(true.max())
        due += _count(true, least, new)
        shown += _count(seen, least, new)
    return due < _FEWEST or shown >= _LEAST * due


def _entered(take: Take, last: int, index: int) -> Bool[np.ndarray, "height width"]:
    """Where frame `index` shows what lay beyond the border in frame `last`; without a margin."""
    height, width = take.clip.height, take.clip.width
    rows, columns = _reduced(height, width)
    row, column = np.mgrid[:rows, :columns]
    pixels = np.c_[column.ravel(), row.ravel()] + 0.5
    pixels = pixels * [width / columns, height / rows] - 0.5
    there = reproject(pixels, take.film.render.depth_m[index], take.camera, index, last)
    new = ((there < -0.5) | (there > [width - 0.5, height - 0.5])).any(axis=1)
    return cv2.erode(new.reshape(rows, columns).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0


def _corners(picture: Picture) -> Float32[np.ndarray, "height width"]:
    """How much of a corner every pixel is (Shi and Tomasi, CVPR 1994)."""
    rows, columns = _reduced(*picture.shape[:2])
    with one_thread():
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        small = cv2.resize(grey, (columns, rows), interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.cornerMinEigenVal(small, 3))


def _count(
    corners: Float32[np.ndarray, "height width"], least: float, new: Bool[np.ndarray, "height width"]
) -> int:
    highest = cv2.dilate(corners, np.ones((3, 3), np.uint8))
    return int(np.count_nonzero((corners == highest) & (corners > least) & new))


def _reduced(height: int, width: int) -> tuple[int, int]:
    shrink = max(1.0, min(height, width) / _SIDE)
    return round(height / shrink), round(width / shrink)

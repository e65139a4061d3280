"""Where one shot ends and another begins.

A cut changes the whole picture at once, more than any frame near it, and no small displacement undoes it;
a fast pan changes as much but can be undone, a flash comes back. A pan by more than a sixth of the picture
a frame is told from a cut by its points.

Axis letters: `time` frames, `row` and `column` of a thumbnail.
"""

import itertools

import cv2
import numpy as np
from jaxtyping import Float32, Float64, UInt8

from wsim.perception.colour import lab
from wsim.perception.epipolar import features, match
from wsim.perception.motion import homography_inliers, median_shift
from wsim.perception.pixelwise import displaced
from wsim.perception.tracks import enlarge, one_thread

_ROWS = 24
_REACH = 4  # thumbnail pixels by which a picture may move from frame to frame: a sixth of its height
_SHIFTS = np.array(list(itertools.product(range(-_REACH, _REACH + 1), repeat=2)))  # (down, right)
_LEAST_LAB = 6.0  # mean difference that no displacement undoes
_TIMES_USUAL = 4.0
_NEARBY = 6
_BESIDE, _HASTE = 2, 1 / 3  # steps beside one that a fast camera takes, and how much of it they change
_LOOKED_AT, _SHARED = 256, 20  # short side for key points; points in both frames
_DEEP_PX, _FAST_PX = 8.0, 25.0  # at 512

Thumbnails = Float32[np.ndarray, "time row column 3"]


def cuts(frames: UInt8[np.ndarray, "time height width 3"]) -> tuple[int, ...]:
    """The first frame of every shot but the first.

    A flash of one frame is no cut: the picture after it is the picture before.
    """
    if len(frames) < 2:
        return ()
    small = _thumbnails(frames)
    change = changes(small)
    found = []
    for index, size in enumerate(change):
        nearby = np.delete(change[max(0, index - _NEARBY) : index + _NEARBY + 1], min(index, _NEARBY))
        usual = float(np.median(nearby)) if len(nearby) else 0.0
        if size < max(_LEAST_LAB, _TIMES_USUAL * usual):
            continue
        if _is_flash(small, index):
            continue
        found.append(index + 1)
    return tuple(found)


def carried_on(frames: UInt8[np.ndarray, "time height width 3"], cut: int) -> bool:
    """Whether what looks like a cut is a camera that moves fast: its picture goes on, and so does its haste.

    The points of the two frames then match under one homography, up to how deep the scene is, and a step
    beside this one changes a like amount. Another shot of the same things shares points too, but it comes
    out of the calm, and so does a piece that is left out.

    Args:
        frames: of a clip.
        cut: one of its `cuts`.
    """
    first = max(0, cut - 1 - _BESIDE)
    change = changes(_thumbnails(frames[first : cut + 1 + _BESIDE]))
    here = cut - 1 - first
    if np.delete(change, here).max(initial=0.0) < _HASTE * change[here]:
        return False
    before, after = match(*(features(grey) for grey in enlarge(frames[cut - 1 : cut + 1], _LOOKED_AT)))
    shared = homography_inliers(before, after, threshold=_DEEP_PX)
    if shared is None or int(shared.sum()) < _SHARED:
        return False
    return median_shift(before[shared], after[shared]) >= _FAST_PX  # else it is the light that changes


def _is_flash(small: Thumbnails, index: int) -> bool:
    """Whether the picture before is back one frame after the change, or the change is the way back."""
    after = index + 2 < len(small) and _least(small[index], small[index + 2]) < _LEAST_LAB / 2
    before = index > 0 and _least(small[index - 1], small[index + 1]) < _LEAST_LAB / 2
    return after or before


def changes(small: Thumbnails) -> Float64[np.ndarray, " step"]:
    """Difference of every frame to the next, LAB, after the best small displacement."""
    return np.array([_least(a, b) for a, b in itertools.pairwise(small)])


def _thumbnails(frames: UInt8[np.ndarray, "time height width 3"]) -> Thumbnails:
    height, width = frames.shape[1:3]
    columns = max(_ROWS, round(_ROWS * width / height)) if width >= height else _ROWS
    rows = _ROWS if width >= height else max(_ROWS, round(_ROWS * height / width))
    with one_thread():
        small = [cv2.resize(f, (columns, rows), interpolation=cv2.INTER_AREA) for f in frames]
    return lab(np.stack(small))


def _least(a: Float32[np.ndarray, "row column 3"], b: Float32[np.ndarray, "row column 3"]) -> float:
    """Mean difference over the common part, for the displacement at which it is least."""
    if np.array_equal(a, b):
        return 0.0
    everywhere = np.ones(a.shape[:2], dtype=np.float32)
    sums = displaced(a, b, everywhere, everywhere, _SHIFTS)
    return float((sums[:, 1] / sums[:, 0]).min())

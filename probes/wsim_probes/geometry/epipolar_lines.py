"""Epipolar lines to be drawn over a clip: how far from its line each match was found can then be seen.

Axis letters: `point` matches, (x, y) pixels.
"""

import numpy as np
from jaxtyping import Float64

from wsim.contracts import Box, Overlay, Region
from wsim.perception.epipolar import TwoViews, fundamental
from wsim.perception.tracks import SHORT_SIDE, enlargement, to_clip

LINE, FOUND = "epipolar line", "found here"
_SHOWN = 8  # matches of a pair of frames
_HALF_LINE = SHORT_SIDE / 12
_HALF_BOX = SHORT_SIDE / 100


def epipolar_lines(views: TwoViews, frame: int, size: tuple[int, int]) -> tuple[Overlay, ...]:
    """Of some matches of two frames: a piece of the line on which each must lie in the second, and its place.

    Args:
        views: what the two frames say; those are drawn that the largest plane does not explain, from the
            nearest to its line to the farthest in even steps.
        frame: the second one.
        size: of the clip, (height, width).
    """
    matrix, off_plane = fundamental(views.before, views.after), np.flatnonzero(~views.on_plane)
    if matrix is None or not len(off_plane):
        return ()
    by_distance = off_plane[np.argsort(views.sampson_px[off_plane], kind="stable")]
    chosen = by_distance[np.unique(np.linspace(0, len(by_distance) - 1, _SHOWN).round().astype(int))]
    scale, marks = enlargement(*size), list[Overlay]()
    for before, after in zip(views.before[chosen], views.after[chosen], strict=True):
        ends = to_clip(_piece(matrix @ [*before, 1.0], after), scale)
        (x0, y0), (x1, y1) = to_clip(np.array([after - _HALF_BOX, after + _HALF_BOX]), scale).tolist()
        marks.append(Region(frame, frame, tuple((float(x), float(y)) for x, y in ends), LINE))
        marks.append(Box(frame, x0, y0, x1, y1, FOUND))
    return tuple(marks)


def _piece(line: Float64[np.ndarray, "3"], near: Float64[np.ndarray, "2"]) -> Float64[np.ndarray, "2 2"]:
    """Both ends of the piece of a line a x + b y + c = 0 that is nearest to a point."""
    normal, offset = line[:2] / np.linalg.norm(line[:2]), line[2] / np.linalg.norm(line[:2])
    foot = near - (near @ normal + offset) * normal
    along = _HALF_LINE * np.array([-normal[1], normal[0]])
    return np.stack([foot - along, foot + along])

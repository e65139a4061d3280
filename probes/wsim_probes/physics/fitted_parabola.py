"""The parabola of a flight, to be drawn beside the path that was seen."""

from collections.abc import Sequence

import numpy as np

from wsim.contracts import Point, Trail

LABEL = "fitted parabola"
_LEAST = 3  # points that settle one


def fitted_parabola(frames: Sequence[int], points: Sequence[Point]) -> tuple[Trail, ...]:
    """Constant acceleration in the picture, fitted by least squares, in all frames from first to last.

    Before a camera that looks straight at the plane of a flight, free flight is just that. None is drawn
    through fewer than three points.
    """
    if len(frames) < _LEAST:
        return ()
    shown = range(frames[0], frames[-1] + 1)
    since = np.array(frames) - frames[0]
    x, y = (
        np.polyval(np.polyfit(since, axis, 2), np.arange(len(shown))) for axis in zip(*points, strict=True)
    )
    return (Trail(tuple(shown), tuple((float(a), float(b)) for a, b in zip(x, y, strict=True)), LABEL),)

"""Is what two frames show one rotation of the camera? Rotation and focal length from matched points.

Axis letters: `track` points, (x, y) in pixels; the principal point is the middle of the picture.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

from wsim.perception.motion import Points

_ROUNDS = 12
_TOLERANCE_PX = 2.0
_FOCALS = np.geomspace(0.35, 4.0, 40)  # short sides: fields of view from 110 to 14 degrees
_BETTER = 0.8  # the best focal length must fit so much better than the worst


def misfits(
    before: Points, after: Points, focal_px: float, size: tuple[float, float]
) -> Float64[np.ndarray, " track"]:
    """Distance of every point from where the best rotation puts it, pixels.

    The rotation minimises the sum of squared distances between rays (Kabsch, Acta Cryst. A 1976), each
    weighted by 1 / (1 + (distance / s)^2), s = max(2 px, 1.5 x median), so that a few do not bend it.

    Args:
        before: points of one frame.
        after: the same of another.
        focal_px: focal length of both.
        size: height and width of the picture.
    """
    here, there = _rays(before, focal_px, size), _rays(after, focal_px, size)
    weight = np.ones(len(here))
    distance = np.zeros(len(here))
    for _ in range(_ROUNDS):
        seen = here @ _rotation(here, there, weight).T
        ahead = np.where(seen[:, 2] > 1e-6, seen[:, 2], 1e-6)
        place = focal_px * seen[:, :2] / ahead[:, None] + _middle(size)
        distance = np.linalg.norm(place - after, axis=1)
        scale = max(_TOLERANCE_PX, 1.5 * float(np.median(distance)))
        weight = 1.0 / (1.0 + (distance / scale) ** 2)
    return np.asarray(distance)


def focal_of(pairs: Sequence[tuple[np.ndarray, np.ndarray]], size: tuple[float, float]) -> float | None:
    """The one focal length, pixels, that explains several turns best; None where they do not settle it.

    Args:
        pairs: of every turn the points before and after, `float64[point 2]`, not equally many.
        size: height and width of the picture.
    """
    short = min(size)
    costs = np.array(
        [
            np.mean([np.log1p(misfits(one, other, focal * short, size)).mean() for one, other in pairs])
            for focal in _FOCALS
        ]
    )
    best = int(costs.argmin())
    at_edge = best in (0, len(_FOCALS) - 1)
    if at_edge or costs[best] > _BETTER * max(costs[0], costs[-1]):
        return None
    return float(_FOCALS[best] * short)


def _middle(size: tuple[float, float]) -> Float64[np.ndarray, " 2"]:
    return (np.array([size[1], size[0]]) - 1.0) / 2.0


def _rays(points: Points, focal_px: float, size: tuple[float, float]) -> Float64[np.ndarray, "track 3"]:
    rays = np.c_[(points - _middle(size)) / focal_px, np.ones(len(points))]
    return np.asarray(rays / np.linalg.norm(rays, axis=1, keepdims=True))


def _rotation(
    here: Float64[np.ndarray, "track 3"], there: Float64[np.ndarray, "track 3"], weight: np.ndarray
) -> Float64[np.ndarray, "3 3"]:
    u, _, v = np.linalg.svd(np.einsum("n,ni,nj->ij", weight, there, here))
    return np.asarray(u @ np.diag([1.0, 1.0, np.linalg.det(u @ v)]) @ v)

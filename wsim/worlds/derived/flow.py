"""Optical flow and scene flow between any two frames of a film, exact.

Axis letters: `height`, `width`.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from wsim.worlds.derived.surface import SurfacePoints, sight, surface_points, world_points_m
from wsim.worlds.film import Film


@dataclass(frozen=True)
class Flow:
    """Where the surface seen in every pixel of one frame is in another.

    Attributes:
        pixels: displacement (x, y) in the picture, camera motion included; NaN where the point is then
            behind the camera.
        visible: whether it is seen there: inside the picture, existing, and not hidden.
    """

    pixels: Float64[np.ndarray, "height width 2"]
    visible: Bool[np.ndarray, "height width"]


def optical_flow(film: Film, frame: int, other: int) -> Flow:
    """From `frame` to `other`, which may be earlier; from every pixel's centre."""
    points = _all_points(film, frame)
    seen = sight(film, points, other)
    shape = film.render.ids.shape[1:]
    rows, columns = np.indices(shape)
    moved = seen.pixels.reshape(*shape, 2) - np.stack([columns, rows], axis=-1)
    return Flow(moved, seen.visible.reshape(shape))


def scene_flow_m(film: Film, frame: int, other: int) -> Float64[np.ndarray, "height width 3"]:
    """How far the surface seen in every pixel moves in the world, metres; NaN for the sky."""
    points = _all_points(film, frame)
    moved = world_points_m(film, points, other) - world_points_m(film, points, frame)
    moved[points.body < 0] = np.nan
    return np.asarray(moved.reshape(*film.render.ids.shape[1:], 3))


def _all_points(film: Film, frame: int) -> SurfacePoints:
    rows, columns = np.indices(film.render.ids.shape[1:])
    return surface_points(film, frame, rows.ravel(), columns.ravel())

"""Points of a still world whose places are known from the frames that were given.

Axis letters: `point`.
"""

import numpy as np
from jaxtyping import Bool, Float32, Float64

from wsim.contracts import Camera
from wsim.perception.motion import Points
from wsim.worlds.rendering.camera import project
from wsim.worlds.take import Take

_SAME_DEPTH = 0.05  # relative: a pixel of a slanted floor holds as much


def places_m(
    pixels: Points, depth_m: Float32[np.ndarray, "height width"], camera: Camera, frame: int
) -> Float64[np.ndarray, "point 3"]:
    """World points seen at some pixels of a frame; not finite where nothing is seen."""
    height, width = depth_m.shape
    column = np.clip(np.rint(pixels[:, 0]).astype(int), 0, width - 1)
    row = np.clip(np.rint(pixels[:, 1]).astype(int), 0, height - 1)
    rays = np.c_[pixels, np.ones(len(pixels))] @ np.linalg.inv(camera.intrinsics[frame]).T
    pose = camera.world_from_camera[frame]
    with np.errstate(invalid="ignore"):
        local = rays * depth_m[row, column].astype(np.float64)[:, None]
        return np.asarray(pose[:3, 3] + local @ pose[:3, :3].T)


def shown_at(
    take: Take, points_m: Float64[np.ndarray, "point 3"], frame: int
) -> tuple[Points, Bool[np.ndarray, " point"]]:
    """Where static points are in a frame of the true clip, and whether it really shows them."""
    depth_m = take.film.render.depth_m[frame]
    height, width = depth_m.shape
    finite = np.isfinite(points_m).all(axis=1)
    pixels, away_m = project(np.where(finite[:, None], points_m, 0.0), take.camera, frame)
    inside = (
        finite
        & (away_m > 0.0)
        & (pixels >= 0.0).all(axis=1)
        & (pixels <= [width - 1, height - 1]).all(axis=1)
    )
    column, row = np.where(inside[:, None], np.rint(pixels), 0.0).astype(int).T
    met_m = depth_m[row, column].astype(np.float64)
    return pixels, inside & (np.abs(met_m - away_m) <= _SAME_DEPTH * away_m)

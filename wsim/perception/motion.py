"""What kind of motion a set of tracks shows: none, one plane's worth, or that of a camera among things.

A rank-4 fit is trivially perfect for a still picture, and for one picture that is shifted, turned or
zoomed. These measures tell such clips from a camera that moves through a world.

Axis letters: `point` matched points, (x, y) in pixels.
"""

import cv2
import numpy as np
from jaxtyping import Bool, Float32, Float64

from wsim.contracts import Camera
from wsim.perception.tracks import one_thread

MIN_MATCHES = 8
MIN_SPREAD = 1.0

Points = Float64[np.ndarray, "point 2"]


def usac(threshold: float) -> cv2.UsacParams:
    """Seeded MAGSAC++ (Barath et al., CVPR 2020): the defaults of OpenCV differ between its versions."""
    parameters = cv2.UsacParams()
    parameters.threshold = threshold
    parameters.confidence = 0.999
    parameters.maxIterations = 5000
    parameters.isParallel = False
    parameters.randomGeneratorState = 0
    parameters.score = cv2.SCORE_METHOD_MAGSAC
    parameters.sampler = cv2.SAMPLING_UNIFORM
    parameters.loMethod = cv2.LOCAL_OPTIM_SIGMA
    parameters.loIterations = 10
    parameters.loSampleSize = 50
    return parameters


def homography_inliers(
    before: Points, after: Points, *, threshold: float
) -> Bool[np.ndarray, " point"] | None:
    """Which matches one homography explains to within `threshold` pixels.

    Returns:
        The inliers, or None when no homography is determined: fewer than `MIN_MATCHES` matches, points on
        one line or in one place, or a fit that fails.
    """
    if len(before) < MIN_MATCHES or on_a_line(before) or on_a_line(after):
        return None
    try:
        with one_thread():
            matrix, _ = cv2.findHomography(before, after, usac(threshold))
    except cv2.error:
        return None
    if matrix is None or matrix.shape != (3, 3) or not np.isfinite(matrix).all():
        return None
    mapped = np.c_[before, np.ones(len(before))] @ matrix.T
    flat = np.abs(mapped[:, 2]) < 1e-12
    place = mapped[:, :2] / np.where(flat, 1.0, mapped[:, 2])[:, None]
    inside: np.ndarray = ~flat & (np.linalg.norm(place - after, axis=1) <= threshold)
    return inside


def on_a_line(points: Points) -> bool:
    """Whether the points spread by less than `MIN_SPREAD` pixels in some direction (one place included)."""
    centred = points - points.mean(axis=0)
    spread = np.linalg.svd(centred, compute_uv=False)[-1] / np.sqrt(len(points))
    return bool(spread < MIN_SPREAD)


def planar_share(before: Points, after: Points, *, threshold: float) -> float:
    """Share of the matches that one homography explains; 1 when there is too little to tell."""
    inside = homography_inliers(before, after, threshold=threshold)
    return 1.0 if inside is None else float(inside.mean())


def median_shift(before: Points, after: Points) -> float:
    """Median distance between matches, pixels; 0 when there are none."""
    return float(np.median(np.linalg.norm(after - before, axis=1))) if len(before) else 0.0


def gain(measured: Points, expected: Points) -> float:
    """How much of an expected motion was carried out: 1 all of it, 0 none, -1 its opposite.

    Weighted median over the points of (measured . expected) / |expected|^2, weights |expected|: a robust
    slope through the origin, which a few lost tracks cannot move. 0 when no motion is expected.
    """
    size = np.linalg.norm(expected, axis=1)
    moving = size > 1e-9
    if not moving.any():
        return 0.0
    slope = (measured[moving] * expected[moving]).sum(axis=1) / size[moving] ** 2
    order = np.argsort(slope, kind="stable")
    weight = np.cumsum(size[moving][order])
    return float(slope[order][np.searchsorted(weight, 0.5 * weight[-1])])


def reproject(
    pixels: Points, depth_m: Float32[np.ndarray, "height width"], camera: Camera, before: int, after: int
) -> Points:
    """Where static points seen in frame `before` are seen in frame `after`, pixels of the clip.

    Args:
        pixels: places in frame `before`.
        depth_m: depth of frame `before` along the optical axis; infinite where there is nothing.
        camera: of every frame.
        before: index of the frame the points are given in.
        after: index of the frame they are wanted in.

    Returns:
        The places, NaN where the depth is infinite or the point comes behind the camera.
    """
    height, width = depth_m.shape
    column = np.clip(np.rint(pixels[:, 0]).astype(int), 0, width - 1)
    row = np.clip(np.rint(pixels[:, 1]).astype(int), 0, height - 1)
    depth = depth_m[row, column].astype(np.float64)
    depth[~np.isfinite(depth)] = np.nan
    rays = np.c_[pixels, np.ones(len(pixels))] @ np.linalg.inv(camera.intrinsics[before]).T
    points = np.c_[rays * depth[:, None], np.ones(len(pixels))]
    move = np.linalg.inv(camera.world_from_camera[after]) @ camera.world_from_camera[before]
    seen = (points @ move.T)[:, :3] @ camera.intrinsics[after].T
    behind = ~(seen[:, 2] > 1e-6)
    place: np.ndarray = seen[:, :2] / np.where(behind, 1.0, seen[:, 2])[:, None]
    place[behind] = np.nan
    return place

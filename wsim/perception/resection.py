"""Where a camera is, from known points of the world and where they appear.

Axis letters: `point`.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float64

from wsim.perception.tracks import one_thread

_LEAST = 20  # points
_TRIES = 300
_CONFIDENCE = 0.999


@dataclass(frozen=True)
class Resection:
    """A camera that was found.

    Attributes:
        camera_from_frame: rigid transform from the frame in which the points are given to the camera.
        inliers: the points that appear where this camera shows them.
    """

    camera_from_frame: Float64[np.ndarray, "4 4"]
    inliers: Bool[np.ndarray, " point"]


def resect(
    points_m: Float64[np.ndarray, "point 3"],
    pixels: Float64[np.ndarray, "point 2"],
    intrinsics: Float64[np.ndarray, "3 3"],
    threshold_px: float,
) -> Resection | None:
    """EPnP (Lepetit et al., IJCV 2009) in RANSAC, refined on the inliers by Levenberg and Marquardt.

    Args:
        points_m: in any frame.
        pixels: where each of them appears.
        intrinsics: of the camera.
        threshold_px: how far off an inlier may be.

    Returns:
        The camera, None where fewer than 20 points are given or agree. The same input gives the same camera:
        OpenCV seeds this search by itself.
    """
    if len(points_m) < _LEAST:
        return None
    try:
        with one_thread():
            found, turn, shift, chosen = cv2.solvePnPRansac(
                points_m, pixels, intrinsics, None, iterationsCount=_TRIES, reprojectionError=threshold_px,
                confidence=_CONFIDENCE, flags=cv2.SOLVEPNP_EPNP,
            )  # fmt: skip
            if not found or chosen is None or len(chosen) < _LEAST:
                return None
            agree = chosen[:, 0]
            turn, shift = cv2.solvePnPRefineLM(points_m[agree], pixels[agree], intrinsics, None, turn, shift)
    except cv2.error:  # the points lie on one line, or in one place
        return None
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = cv2.Rodrigues(turn)[0], np.ravel(shift)
    inliers = np.zeros(len(points_m), dtype=bool)
    inliers[agree] = True
    return Resection(pose, inliers) if np.isfinite(pose).all() else None

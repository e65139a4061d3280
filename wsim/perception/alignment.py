"""Lay one frame over another: a homography from features, made finer by the pixels themselves.

Lengths are in pixels of the clip. A picture may be a little displaced and still right; what is compared
should be laid over first, and how far it had to be moved reported on its own.

Axis letters: `height` and `width` pixels.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float64, UInt8

from wsim.perception.epipolar import features, match
from wsim.perception.motion import MIN_MATCHES, on_a_line, usac
from wsim.perception.tracks import enlarge, enlargement, one_thread

_THRESHOLD_PX = 3.0  # at a short side of 512
_ECC_STEPS = 50
_ECC_BLUR = 5


@dataclass(frozen=True)
class Alignment:
    """How to lay `moving` over `fixed`.

    Attributes:
        homography: pixels of `fixed` to pixels of `moving`, both of the clip.
        shift: how far the corners move at most, as a share of the short side.
        correlation: of the two pictures once aligned (ECC), -1..1.
    """

    homography: Float64[np.ndarray, "3 3"]
    shift: float
    correlation: float

    def apply(self, moving: UInt8[np.ndarray, "height width 3"]) -> UInt8[np.ndarray, "height width 3"]:
        """The moving picture as seen from where the fixed one was taken; black outside."""
        height, width = moving.shape[:2]
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        with one_thread():
            return np.asarray(cv2.warpPerspective(moving, self.homography, (width, height), flags=flags))

    def inside(self, height: int, width: int) -> Bool[np.ndarray, "height width"]:
        """Where the aligned picture has pixels."""
        white = np.full((height, width, 3), 255, np.uint8)
        return np.asarray(self.apply(white)[..., 0] > 254)


def align(
    fixed: UInt8[np.ndarray, "height width 3"], moving: UInt8[np.ndarray, "height width 3"]
) -> Alignment | None:
    """Find the homography that lays `moving` over `fixed`; None where the two have nothing in common.

    SIFT and MAGSAC give a start (the identity where there are too few matches), the enhanced correlation
    coefficient (Evangelidis and Psarakis, PAMI 2008) the rest.
    """
    pictures = enlarge(np.stack([fixed, moving]))
    start = _from_features(pictures)
    scale = enlargement(*fixed.shape[:2])
    small = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (fixed, moving)]
    to_big = np.array([[scale, 0, (scale - 1) / 2], [0, scale, (scale - 1) / 2], [0, 0, 1.0]])
    guess = np.linalg.inv(to_big) @ start @ to_big
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, _ECC_STEPS, 1e-5)
    try:
        with one_thread():
            correlation, found = cv2.findTransformECC(
                small[0], small[1], (guess / guess[2, 2]).astype(np.float32), cv2.MOTION_HOMOGRAPHY,
                criteria, None, _ECC_BLUR,
            )  # fmt: skip
    except cv2.error:  # it does not converge: the two pictures do not overlap
        return None
    matrix = np.asarray(found, dtype=np.float64)
    return Alignment(matrix, _shift(matrix, *fixed.shape[:2]), float(correlation))


def _from_features(pictures: UInt8[np.ndarray, "two height width"]) -> Float64[np.ndarray, "3 3"]:
    here, there = match(features(pictures[0]), features(pictures[1]))
    if len(here) < MIN_MATCHES or on_a_line(here) or on_a_line(there):
        return np.eye(3)
    try:
        with one_thread():
            matrix, _ = cv2.findHomography(here, there, usac(_THRESHOLD_PX))
    except cv2.error:
        return np.eye(3)
    sane = matrix is not None and matrix.shape == (3, 3) and np.isfinite(matrix).all()
    return np.asarray(matrix, dtype=np.float64) if sane and abs(np.linalg.det(matrix)) > 1e-6 else np.eye(3)


def _shift(matrix: Float64[np.ndarray, "3 3"], height: int, width: int) -> float:
    corners = np.array([[0, 0, 1], [width - 1, 0, 1], [0, height - 1, 1], [width - 1, height - 1, 1.0]])
    moved = corners @ matrix.T
    places = moved[:, :2] / np.where(np.abs(moved[:, 2:]) < 1e-9, 1e-9, moved[:, 2:])
    return float(np.linalg.norm(places - corners[:, :2], axis=1).max() / min(height, width))

"""Do two frames show one rigid scene? SIFT matches against the best epipolar geometry.

Every length is in pixels at a short side of `SHORT_SIDE`, whatever the size of the frames.
Chance agrees with some geometry too, the more so the fewer matches there are; `chance` is what random
matches reach, and the score is corrected for it.

Axis letters: `point` matches, (x, y) pixels; `pair` pairs of frames.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

import cv2
import numpy as np
from jaxtyping import Bool, Float32, Float64, UInt8

from wsim.perception.motion import Points, homography_inliers, median_shift, on_a_line, usac
from wsim.perception.tracks import SHORT_SIDE, enlargement, from_clip, one_thread

RATIO = 0.75  # Lowe (2004), section 7.1, a little stricter
MAX_FEATURES = 2000
MIN_MATCHES = 50
MIN_CELLS = 6  # of 4 x 4: matches in one corner say nothing of the rest
THRESHOLD_PX = 1.0
MIN_SHIFT_PX = 0.01 * SHORT_SIDE
MAX_PLANAR = 0.8
_CELLS = 4
_SIZES = (20, 30, 50, 75, 100, 150, 200, 300, 500, 1000)

Gate: TypeAlias = Literal["few matches", "matches in one corner", "static", "panoramic or planar"]


@dataclass(frozen=True)
class Features:
    """Key points of one frame, and a unit vector that describes each."""

    points: Points
    descriptors: Float32[np.ndarray, "point 128"]


@dataclass(frozen=True)
class TwoViews:
    """What two frames say about their geometry.

    Attributes:
        before, after: matched points.
        inliers: those within `THRESHOLD_PX` (Sampson) of the best epipolar geometry.
        sampson_px: distance of every match from it.
        on_plane: those that one homography explains, to within twice that.
    """

    before: Points
    after: Points
    inliers: Bool[np.ndarray, " point"]
    sampson_px: Float64[np.ndarray, " point"]
    on_plane: Bool[np.ndarray, " point"]

    @property
    def planar(self) -> float:
        """Share of the inliers that lie on one plane as well."""
        return float((self.on_plane & self.inliers).sum() / max(1, self.inliers.sum()))

    @property
    def consistency(self) -> float:
        """(inliers - chance) / (1 - chance), 0..1: 1 is one rigid scene, 0 no better than random matches."""
        by_chance = chance(len(self.before))
        return float(np.clip((self.inliers.mean() - by_chance) / (1.0 - by_chance), 0.0, 1.0))


def features(grey: UInt8[np.ndarray, "height width"]) -> Features:
    """SIFT key points (Lowe 2004) and their descriptors, rooted (Arandjelovic and Zisserman, CVPR 2012).

    They are found at the size of the picture, and given at a short side of `SHORT_SIDE`.
    """
    with one_thread():
        points, descriptors = cv2.SIFT.create(MAX_FEATURES).detectAndCompute(grey, None)
    if descriptors is None:
        return Features(np.zeros((0, 2)), np.zeros((0, 128), np.float32))
    rooted = np.sqrt(descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-9))
    places = from_clip(np.array([point.pt for point in points], dtype=np.float64), enlargement(*grey.shape))
    return Features(places, rooted.astype(np.float32))


def match(one: Features, other: Features) -> tuple[Points, Points]:
    """Matches that are the best both ways and clearly better than the second best.

    Points that match at the very same place twice are kept once.
    """
    here, there = one.points, other.points
    if len(here) < 2 or len(there) < 2:
        return np.zeros((0, 2)), np.zeros((0, 2))
    alike = one.descriptors @ other.descriptors.T  # descriptors have unit length: nearest is most alike
    best = alike.argmax(axis=1)
    second = np.partition(alike, -2, axis=1)[:, -2]
    top = alike[np.arange(len(here)), best]
    gap, gap_second = np.sqrt(np.maximum(2 - 2 * top, 0)), np.sqrt(np.maximum(2 - 2 * second, 0))
    mutual = alike.argmax(axis=0)[best] == np.arange(len(here))
    good = np.flatnonzero(mutual & (gap < RATIO * gap_second))
    pairs = np.unique(np.c_[here[good], there[best[good]]].round(2), axis=0)
    return pairs[:, :2], pairs[:, 2:]


def two_views(before: Points, after: Points, least: int = MIN_MATCHES) -> TwoViews | Gate:
    """Fit epipolar geometry to matches, of which there must be so many at least.

    Returns:
        The fit, or why there is none: too few matches, all of them in one part of the picture, a picture
        that does not move, or one that a homography explains (rotation, one plane), where the epipolar
        geometry is arbitrary and its inliers mean nothing.
    """
    if len(before) < least:
        return "few matches"
    if _occupied(before) < MIN_CELLS:
        return "matches in one corner"
    if median_shift(before, after) < MIN_SHIFT_PX:
        return "static"
    matrix = fundamental(before, after)
    if matrix is None:
        return "few matches"
    distance = sampson(matrix, before, after)
    inliers = distance <= THRESHOLD_PX
    flat = homography_inliers(before, after, threshold=2 * THRESHOLD_PX)
    if flat is None:
        return "panoramic or planar"
    seen = TwoViews(before, after, inliers, distance, flat)
    return "panoramic or planar" if seen.planar > MAX_PLANAR else seen


def fundamental(before: Points, after: Points) -> Float64[np.ndarray, "3 3"] | None:
    """The fundamental matrix of most matches, None where it is not determined.

    Points on one line, or too few of them, give OpenCV a matrix all the same (or an exception).
    """
    if len(before) < 8 or on_a_line(before) or on_a_line(after):
        return None
    try:
        with one_thread():
            matrix, _ = cv2.findFundamentalMat(before, after, usac(THRESHOLD_PX))
    except cv2.error:
        return None
    if matrix is None or matrix.shape != (3, 3) or not np.isfinite(matrix).all():
        return None
    return np.asarray(matrix, dtype=np.float64)


def sampson(
    matrix: Float64[np.ndarray, "3 3"], before: Points, after: Points
) -> Float64[np.ndarray, " point"]:
    """First-order distance to the epipolar geometry, pixels (Hartley and Zisserman, equation 11.9)."""
    p, q = np.c_[before, np.ones(len(before))], np.c_[after, np.ones(len(after))]
    forward, backward = p @ matrix.T, q @ matrix
    algebraic = (q * forward).sum(axis=1)
    slope = forward[:, 0] ** 2 + forward[:, 1] ** 2 + backward[:, 0] ** 2 + backward[:, 1] ** 2
    distance: Float64[np.ndarray, " point"] = np.abs(algebraic) / np.sqrt(np.maximum(slope, 1e-12))
    return distance


def _occupied(points: Points) -> int:
    low, span = points.min(axis=0), np.ptp(points, axis=0).max()
    side = max(float(span), 1.0) / _CELLS if span >= SHORT_SIDE / 2 else SHORT_SIDE / _CELLS
    return len(np.unique(((points - low) / side).astype(int), axis=0))


def chance(matches: int, threshold_px: float = THRESHOLD_PX) -> float:
    """Share of random matches in a square of `SHORT_SIDE` that the best geometry fits, by Monte Carlo.

    Rounded to a few sizes so that it is computed seldom: within 1 px, 20 matches reach about 0.4, 200 about
    0.07.
    """
    size = max((size for size in _SIZES if size <= matches), default=_SIZES[0])
    distance = _misfits_by_chance(size)
    return float((distance <= threshold_px).mean()) if len(distance) else 0.0


@lru_cache(maxsize=len(_SIZES))
def _misfits_by_chance(size: int) -> Float64[np.ndarray, " point"]:
    """Distances of random matches from the best geometry of theirs, of some trials together."""
    found = [np.zeros(0)]
    for trial in range(8):
        rng = np.random.default_rng(np.random.SeedSequence([size, trial]))
        before, after = rng.uniform(0, SHORT_SIDE, (2, size, 2))
        matrix = fundamental(before, after)
        if matrix is not None:
            found.append(sampson(matrix, before, after))
    return np.concatenate(found)

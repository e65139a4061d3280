"""Rigidity by projective factorisation: do the tracks fit one rigid world seen by one camera?

If every track is the image of a fixed point under a moving pinhole camera of any intrinsics, the
measurement matrix of homogeneous image points, each scaled by its projective depth, has rank 4. What is
left after the best rank-4 fit is how far the picture bends. Neither poses, nor depth, nor intrinsics are
needed, and errors along epipolar lines count, which no two-view test can see.

Axis letters: `track` points, `time` frames.
"""

import numpy as np
from jaxtyping import Float64

from wsim.perception.rank_four import depths_and_errors, weighted_gram

ITERATIONS = 24
ROBUST_FROM = 8
MIN_TRACKS = 12
MIN_FRAMES = 5

Points = Float64[np.ndarray, "track time 2"]


def residuals(points: Points, *, tolerance: float = 2.0) -> Float64[np.ndarray, " track"]:
    """Root mean square over time of `distances`: how far every track is from the best rigid world."""
    return _rms(distances(points, tolerance=tolerance))


def distances(points: Points, *, tolerance: float = 2.0) -> Float64[np.ndarray, "track time"]:
    """Distance of every point from its place in the best rigid world, in the unit of `points`.

    Projective factorisation (Sturm and Triggs, ECCV 1996), the depths found by subspace iteration with
    unit columns (Mahamud and Hebert, CVPR 2000), which cannot collapse to zero depths. Tracks
    are weighted by 1 / (1 + (residual / s)^2), s = max(tolerance, 1.5 x median), from iteration
    `ROBUST_FROM` on: a few points on a bending object then show as outliers, and do not bend the fit.

    Args:
        points: complete tracks, no missing data.
        tolerance: what noise of the tracker is expected to leave.

    Raises:
        ValueError: fewer than `MIN_TRACKS` tracks or `MIN_FRAMES` frames: the fit would say nothing.
    """
    tracks, frames, _ = points.shape
    if tracks < MIN_TRACKS or frames < MIN_FRAMES:
        raise ValueError(f"{tracks} tracks over {frames} frames cannot show a rank of 4")
    centre = points.mean(axis=(0, 1))
    spread = float(np.abs(points - centre).mean()) or 1.0
    rays = np.concatenate([(points - centre) / spread, np.ones((tracks, frames, 1))], axis=2)
    length = np.linalg.norm(rays, axis=2)
    rays /= length[..., None]
    depth = length / np.linalg.norm(
        length, axis=1, keepdims=True
    )  # at first all on one plane before a camera
    away, weight = np.empty((tracks, frames)), np.ones(tracks)
    for iteration in range(ITERATIONS):
        cameras = _subspace(rays, depth, weight)
        depths_and_errors(rays, cameras, depth, away)
        if iteration >= ROBUST_FROM:
            left = spread * _rms(away)
            scale = max(tolerance, 1.5 * float(np.median(left)))
            weight = 1.0 / (1.0 + (left / scale) ** 2)
    return np.asarray(spread * away)


def _subspace(rays: np.ndarray, depth: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The four directions that hold most of the scaled measurements: `cameras[time 3 4]`."""
    _, vectors = np.linalg.eigh(weighted_gram(rays, depth, weight))
    return np.ascontiguousarray(vectors[:, -4:]).reshape(rays.shape[1], 3, 4)


def _rms(distance: np.ndarray) -> np.ndarray:
    root: np.ndarray = np.sqrt((distance**2).mean(axis=1))
    return root

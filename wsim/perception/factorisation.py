"""Rigidity by projective factorisation: do the tracks fit one rigid world seen by one camera?

If every track is the image of a fixed point under a moving pinhole camera of any intrinsics, the
measurement matrix of homogeneous image points, each scaled by its projective depth, has rank 4. What is
left after the best rank-4 fit is how far the picture bends. Neither poses, nor depth, nor intrinsics are
needed, and errors along epipolar lines count, which no two-view test can see.

Axis letters: `track` points, `time` frames.
"""

import numpy as np
from jaxtyping import Float64

ITERATIONS = 48
ROBUST_FROM = 16
MIN_TRACKS = 12
MIN_FRAMES = 5

Points = Float64[np.ndarray, "track time 2"]


def residuals(points: Points, *, tolerance: float = 2.0) -> Float64[np.ndarray, " track"]:
    """Root mean square over time of `distances`: how far every track is from the best rigid world."""
    return _rms(distances(points, tolerance=tolerance))


def distances(points: Points, *, tolerance: float = 2.0) -> Float64[np.ndarray, "track time"]:
    """Distance of every point from its place in the best rigid world, in the unit of `points`.

    Projective factorisation (Sturm and Triggs, ECCV 1996), the depths found by subspace iteration with
    unit columns (Mahamud and Hebert, CVPR 2000, section 3), which cannot collapse to zero depths. Tracks
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
    length = np.linalg.norm(rays, axis=2, keepdims=True)
    rays = rays / length
    depth, weight = length[..., 0], np.ones(tracks)
    for iteration in range(ITERATIONS):
        cameras = _subspace(rays, depth, weight)
        depth, world = _depths(rays, cameras)
        if iteration >= ROBUST_FROM:
            left = spread * _rms(_reprojection(rays, cameras, world))
            scale = max(tolerance, 1.5 * float(np.median(left)))
            weight = 1.0 / (1.0 + (left / scale) ** 2)
    away: np.ndarray = spread * _reprojection(rays, cameras, world)
    return away


def _subspace(rays: np.ndarray, depth: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The four directions that hold most of the scaled measurements: `cameras[time 3 4]`."""
    depth = depth / np.linalg.norm(depth, axis=1, keepdims=True) * np.sqrt(weight)[:, None]
    measured = (depth[..., None] * rays).reshape(len(rays), -1)
    # einsum, not a matrix product: BLAS may use threads, and its sums then depend on how many.
    _, vectors = np.linalg.eigh(np.einsum("ni,nj->ij", measured, measured))
    cameras: np.ndarray = vectors[:, -4:].reshape(rays.shape[1], 3, 4)
    return cameras


def _depths(rays: np.ndarray, cameras: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For every track the unit vector of depths closest to the subspace, and its coordinates in it.

    The cosine to the subspace is largest for the leading singular vector of `cameras^T diag(rays)`.
    """
    overlap = np.einsum("tck,ntc->nkt", cameras, rays)
    _, vectors = np.linalg.eigh(overlap @ overlap.transpose(0, 2, 1))
    world = vectors[:, :, -1]
    return np.einsum("nk,nkt->nt", world, overlap), world


def _reprojection(rays: np.ndarray, cameras: np.ndarray, world: np.ndarray) -> np.ndarray:
    """Distances on the image plane; a point that the fit sends to infinity counts as one spread away."""
    fitted = np.einsum("tck,nk->ntc", cameras, world)
    flat = np.abs(fitted[..., 2]) < 1e-12
    depth = np.where(flat, 1.0, fitted[..., 2])
    error = fitted[..., :2] / depth[..., None] - rays[..., :2] / rays[..., 2:]
    distance: np.ndarray = np.where(flat, 1.0, np.linalg.norm(error, axis=2))
    return distance


def _rms(distance: np.ndarray) -> np.ndarray:
    root: np.ndarray = np.sqrt((distance**2).mean(axis=1))
    return root

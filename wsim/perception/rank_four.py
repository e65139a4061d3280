"""The inner steps of projective factorisation, compiled: they are repeated for every track some fifty times.

No fast-math, sums in the order of the tracks: the same to the last bit on every machine, which a matrix
product that uses threads is not.

Axis letters: `track` points, `time` frames.
"""

from typing import Any

import numpy as np

from wsim.perception.pixelwise import compiled

_SQUARINGS = 10  # the gram matrix to the power of 1024: only its leading vector is left


@compiled
def weighted_gram(rays: Any, depth: Any, weight: Any) -> Any:
    """Sum over the tracks of the outer products of what was measured, `float64[time*3 time*3]`.

    Args:
        rays: `float64[track time 3]`, image points of unit length.
        depth: `float64[track time]`, unit vectors of projective depths.
        weight: `float64[track]`.
    """
    size = rays.shape[1] * 3
    gram, row = np.zeros((size, size)), np.empty(size)
    for n in range(rays.shape[0]):
        for i in range(size):
            row[i] = depth[n, i // 3] * rays[n, i // 3, i % 3]
        for i in range(size):
            scaled = weight[n] * row[i]
            for j in range(size):
                gram[i, j] += scaled * row[j]
    return gram


@compiled
def depths_and_errors(rays: Any, cameras: Any, depth: Any, away: Any) -> None:
    """For every track the unit vector of depths closest to a subspace, and how far the fit is from the image.

    The cosine to the subspace is largest for the leading singular vector of `cameras^T diag(rays)`, found by
    squaring its gram matrix. A point that the fit sends to infinity counts as one unit away.

    Args:
        rays: `float64[track time 3]`, image points of unit length.
        cameras: `float64[time 3 4]`, the subspace.
        depth: `float64[track time]`, written to.
        away: `float64[track time]`, written to: distances on the image plane.
    """
    frames = rays.shape[1]
    overlap = np.empty((frames, 4))
    for n in range(rays.shape[0]):
        for t in range(frames):
            for k in range(4):
                overlap[t, k] = 0.0
                for c in range(3):
                    overlap[t, k] += cameras[t, c, k] * rays[n, t, c]
        world = _leading(overlap)
        for t in range(frames):
            depth[n, t] = 0.0
            for k in range(4):
                depth[n, t] += world[k] * overlap[t, k]
            away[n, t] = _error(cameras[t], world, rays[n, t])
        length = 0.0
        for t in range(frames):
            length += depth[n, t] ** 2
        length = np.sqrt(length)
        for t in range(frames):
            depth[n, t] /= length


@compiled
def _leading(overlap: Any) -> Any:
    """Unit eigenvector of the largest eigenvalue of `overlap^T overlap`, a 4 x 4 matrix."""
    one, other = np.zeros((4, 4)), np.zeros((4, 4))
    for t in range(overlap.shape[0]):
        for i in range(4):
            for j in range(4):
                one[i, j] += overlap[t, i] * overlap[t, j]
    for _ in range(_SQUARINGS):
        trace = one[0, 0] + one[1, 1] + one[2, 2] + one[3, 3]
        for i in range(4):
            for j in range(4):
                total = 0.0
                for k in range(4):
                    total += one[i, k] * one[k, j]
                other[i, j] = total / (trace * trace)
        one, other = other, one
    best = 0
    for i in range(1, 4):
        if one[i, i] > one[best, best]:
            best = i
    length = 0.0
    for i in range(4):
        length += one[i, best] ** 2
    return one[:, best] / np.sqrt(length)


@compiled
def _error(camera: Any, world: Any, ray: Any) -> Any:
    fitted = np.zeros(3)
    for c in range(3):
        for k in range(4):
            fitted[c] += camera[c, k] * world[k]
    if np.abs(fitted[2]) < 1e-12:
        return 1.0
    right, down = fitted[0] / fitted[2] - ray[0] / ray[2], fitted[1] / fitted[2] - ray[1] / ray[2]
    return np.sqrt(right * right + down * down)

"""Unit quaternions (w, x, y, z), world from body.

Axis letters: `...` any leading axes, broadcast between the arguments.
"""

import numpy as np
from jaxtyping import Float64


def from_rotation_vector(vector_rad: Float64[np.ndarray, "*lead 3"]) -> Float64[np.ndarray, "*lead 4"]:
    """The exponential map: a rotation by the length of the vector about its direction."""
    angle = np.linalg.norm(vector_rad, axis=-1, keepdims=True)
    # np.sinc(x) is sin(pi x) / (pi x): finite at angle zero, where the axis is not defined.
    half_sinc = 0.5 * np.sinc(angle / (2 * np.pi))
    return np.concatenate([np.cos(angle / 2), half_sinc * vector_rad], axis=-1)


def to_rotation_vector(q: Float64[np.ndarray, "*lead 4"]) -> Float64[np.ndarray, "*lead 3"]:
    """The inverse of `from_rotation_vector`, on the shorter arc: an angle of at most pi."""
    q = np.where(q[..., :1] < 0.0, -q, q)
    sine = np.linalg.norm(q[..., 1:], axis=-1, keepdims=True)
    angle = 2.0 * np.arctan2(sine, q[..., :1])
    # For small angles the vector part is half the rotation vector.
    per_sine = np.where(sine > 1e-12, angle / np.where(sine > 1e-12, sine, 1.0), 2.0)
    vector: Float64[np.ndarray, "*lead 3"] = per_sine * q[..., 1:]
    return vector


def multiply(a: Float64[np.ndarray, "*a 4"], b: Float64[np.ndarray, "*b 4"]) -> Float64[np.ndarray, "*c 4"]:
    """The Hamilton product: rotate by `b`, then by `a`."""
    aw, ax, ay, az = np.moveaxis(a, -1, 0)
    bw, bx, by, bz = np.moveaxis(b, -1, 0)
    return np.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        axis=-1,
    )


def rotate(q: Float64[np.ndarray, "*q 4"], v: Float64[np.ndarray, "*v 3"]) -> Float64[np.ndarray, "*out 3"]:
    """Vectors in the world from vectors in the body."""
    w, u = q[..., :1], q[..., 1:]
    t = 2.0 * np.cross(u, v)
    return v + w * t + np.cross(u, t)


def inverse(q: Float64[np.ndarray, "*q 4"]) -> Float64[np.ndarray, "*q 4"]:
    """The opposite rotation."""
    opposite: Float64[np.ndarray, "*q 4"] = q * np.array([1.0, -1.0, -1.0, -1.0])
    return opposite


def normalised(q: Float64[np.ndarray, "*q 4"]) -> Float64[np.ndarray, "*q 4"]:
    """Unit length again."""
    unit: Float64[np.ndarray, "*q 4"] = q / np.linalg.norm(q, axis=-1, keepdims=True)
    return unit

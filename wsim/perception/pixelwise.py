"""The arithmetic of colours pixel by pixel, compiled: what nearly all time of reading a clip goes into.

No fast-math, sums in float64 in the order of the pixels: the same to the last bit on every machine.

Axis letters: `pixel` any pixels, `variant` renders, `rows` and `columns` of a picture, `shift` displacements.
"""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

_KNEE_LAB = np.float32(10.0)  # below it small differences (codec, noise, blur) count little
_HALF_KNEE_LAB, _STEEPNESS = np.float32(5.0), np.float32(0.05)  # half of it, and one over twice


def compiled(function: Callable[..., Any]) -> Any:
    """Numba, without the global lock, kept on disk, with the arithmetic of numpy."""
    # A type checker installed as an import hook wraps functions; numba needs the function itself.
    return njit(nogil=True, cache=True, error_model="numpy")(inspect.unwrap(function))


@compiled
def lab_of_level(level: Any, linear: Any, xyz_over_white: Any, root: Any, to_step: Any) -> Any:
    """CIE L*a*b* of one `uint8[3]`; the cube root comes from a table."""
    red, green, blue = linear[level[0]], linear[level[1]], linear[level[2]]
    m = xyz_over_white
    x = m[0, 0] * red + m[0, 1] * green + m[0, 2] * blue
    y = m[1, 0] * red + m[1, 1] * green + m[1, 2] * blue
    z = m[2, 0] * red + m[2, 1] * green + m[2, 2] * blue
    fx = root[np.uint32(x * to_step + np.float32(0.5))]
    fy = root[np.uint32(y * to_step + np.float32(0.5))]
    fz = root[np.uint32(z * to_step + np.float32(0.5))]
    return (
        np.float32(116.0) * fy - np.float32(16.0),
        np.float32(500.0) * (fx - fy),
        np.float32(200.0) * (fy - fz),
    )


@compiled
def lab_of_levels(rgb: Any, linear: Any, xyz_over_white: Any, root: Any, to_step: Any, out: Any) -> None:
    """The same of `uint8[pixel 3]` into `float32[pixel 3]`."""
    for i in range(rgb.shape[0]):
        out[i, 0], out[i, 1], out[i, 2] = lab_of_level(rgb[i], linear, xyz_over_white, root, to_step)


@compiled
def huber_of_gap(x: Any, y: Any, z: Any) -> Any:
    """Quadratic below the knee and linear above it (Huber 1964), of a Euclidean distance, in its unit.

    One wild pixel does not outvote a hundred.
    """
    squared = x * x + y * y + z * z
    if squared < _KNEE_LAB * _KNEE_LAB:
        return squared * _STEEPNESS
    return np.sqrt(squared) - _HALF_KNEE_LAB


@compiled
def differences(a: Any, b: Any, out: Any) -> None:
    """Huber of the distance of `float32[pixel 3]` pairs into `float32[pixel]`."""
    for i in range(a.shape[0]):
        out[i] = huber_of_gap(a[i, 0] - b[i, 0], a[i, 1] - b[i, 1], a[i, 2] - b[i, 2])


@compiled
def count_unlike(
    one: Any, other: Any, linear: Any, xyz_over_white: Any, root: Any, to_step: Any, limit: Any
) -> int:
    """How many of `uint8[pixel 3]` pairs are further apart than a limit (Huber of the distance in LAB)."""
    count = 0
    for i in range(one.shape[0]):
        if one[i, 0] != other[i, 0] or one[i, 1] != other[i, 1] or one[i, 2] != other[i, 2]:
            x, y, z = lab_of_level(one[i], linear, xyz_over_white, root, to_step)
            u, v, w = lab_of_level(other[i], linear, xyz_over_white, root, to_step)
            count += huber_of_gap(x - u, y - v, z - w) > limit
    return count


@compiled
def exposure_moments(picture: Any, reference: Any, where: Any) -> Any:
    """Of lightness in `float32[pixel 3]` pairs: how many count, their covariance, variance of the second."""
    count, mean, reference_mean = 0, 0.0, 0.0
    for i in range(where.shape[0]):
        if where[i]:
            count += 1
            mean += picture[i, 0]
            reference_mean += reference[i, 0]
    mean, reference_mean = mean / max(count, 1), reference_mean / max(count, 1)
    together, spread = 0.0, 0.0
    for i in range(where.shape[0]):
        if where[i]:
            away = reference[i, 0] - reference_mean
            together += (picture[i, 0] - mean) * away
            spread += away * away
    return count, together / max(count - 1, 1), spread / max(count, 1)


@compiled
def mark_departing(picture: Any, reference: Any, limit: Any, mask: Any) -> None:
    """Set `bool[pixel]` where `float32[pixel 3]` pairs are further apart than a limit."""
    for i in range(mask.shape[0]):
        if not mask[i]:
            x, y, z = (
                picture[i, 0] - reference[i, 0],
                picture[i, 1] - reference[i, 1],
                picture[i, 2] - reference[i, 2],
            )
            mask[i] = x * x + y * y + z * z > limit * limit


@compiled
def mean_differences(pictures: Any, shows: Any, pixels: Any, bounds: Any, picture: Any, counts: Any) -> Any:
    """Mean Huber distance of every render from `float32[pixel 3]`, where it counts.

    Args:
        pictures: `float32[distinct place 3]`.
        shows: which of them every render shows when, `int[variant time]`.
        pixels: the place of every pixel, time after time.
        bounds: where those of every time begin, and where the last ones end.
        picture: what they are compared with.
        counts: `bool[pixel]`.
    """
    out = np.zeros(shows.shape[0])
    counted = max(1, int(counts.sum()))
    for variant in range(shows.shape[0]):
        total = 0.0
        for time in range(shows.shape[1]):
            shown = shows[variant, time]
            for i in range(bounds[time], bounds[time + 1]):
                if counts[i]:
                    place = pixels[i]
                    total += huber_of_gap(
                        pictures[shown, place, 0] - picture[i, 0],
                        pictures[shown, place, 1] - picture[i, 1],
                        pictures[shown, place, 2] - picture[i, 2],
                    )
        out[variant] = total / counted
    return out


@compiled
def displaced(here: Any, there: Any, weights: Any, gap: Any, shifts: Any) -> Any:
    """For every displacement (down, right) of `there`, on the pixels that it leaves.

    Returns:
        `float64[shift 3]`: weight of these pixels, weighted misfit with it, and weighted `gap` without.
    """
    rows, columns = weights.shape
    out = np.zeros((shifts.shape[0], 3))
    for s in range(shifts.shape[0]):
        dy, dx = shifts[s, 0], shifts[s, 1]
        for y in range(max(dy, 0), rows + min(dy, 0)):
            for x in range(max(dx, 0), columns + min(dx, 0)):
                inside = weights[y, x] * weights[y - dy, x - dx]
                if inside > 0:
                    out[s, 0] += inside
                    out[s, 1] += inside * huber_of_gap(
                        here[y, x, 0] - there[y - dy, x - dx, 0],
                        here[y, x, 1] - there[y - dy, x - dx, 1],
                        here[y, x, 2] - there[y - dy, x - dx, 2],
                    )
                    out[s, 2] += inside * gap[y, x]
    return out

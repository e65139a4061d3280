"""Procedural surface colour, filtered to the footprint of a pixel: checker, stripes and noise.

Textures are functions of a primitive's own three coordinates, so they stick to it however it moves and
need no unwrapping. What is finer than a pixel fades to its mean instead of flickering.
"""

import math

import numpy as np

from wsim.worlds.rendering.compiled import Table, Vector, add_scaled, clamped, dot, inlined, kernel, scaled
from wsim.worlds.rendering.lanes import (
    BITE,
    BLOCK,
    DOWN,
    FOOTPRINT,
    LOCAL,
    MOVES_DOWN,
    MOVES_RIGHT,
    NOISE_CELLS,
    NOISE_FOOTPRINT,
    NOISE_LANE,
    NOISE_POINT,
    NOISE_SEED,
    NOISED,
    NORMAL,
    PART,
    RAY,
    RIGHT,
    SHARE,
    STEP,
    Line,
    lane,
    put,
)
from wsim.worlds.rendering.layout import CELLS, MATERIAL, TEXTURE_SEED
from wsim.worlds.rendering.surface import to_local

SOLID, CHECKER, NOISE, STRIPE = range(4)

OCTAVES = ((1.0, 0.50), (2.0, 0.32), (4.0, 0.22))  # frequency in cells, weight
CONTRAST = 2.2
# Odd: no two near lattice points share a number.
X_STEP, Y_STEP, Z_STEP = np.uint32(374761393), np.uint32(668265263), np.uint32(1440662683)
_OFF_LATTICE = 1e-4  # cells: keeps faces that lie exactly on a cell border on one side of it
_STEEPEST = -0.02  # a grazing ray would see for ever


@inlined
def _triangle(x: float) -> float:
    """Antiderivative of the square wave that is 1 on [0, 1) and -1 on [1, 2)."""
    half = 0.5 * x
    return 1.0 - abs(2.0 * (half - math.floor(half)) - 1.0)


@inlined
def _mean_of_square_wave(x: float, width: float) -> float:
    width = max(width, 1e-5)
    x += _OFF_LATTICE
    return (_triangle(x + 0.5 * width) - _triangle(x - 0.5 * width)) / width


@inlined
def checker(local: Vector, width: Vector, cells: float) -> float:
    """Share of the second colour under a box of `width` metres around the point, exactly.

    The parity of a 3-D checker is a product of three square waves, so its mean over a box is the product of
    three one-dimensional means (Quilez, "Filterable procedurals").
    """
    product = 1.0
    for axis in range(3):
        product *= _mean_of_square_wave(local[axis] * cells, width[axis] * cells)
    return 0.5 - 0.5 * product


@inlined
def _hashed(lattice: np.uint32) -> float:
    """A lattice point's value, 0 to 2^24: its number through one xor-shift-multiply round."""
    mixed_up = np.uint32((lattice ^ (lattice >> np.uint32(15))) * np.uint32(739982445))
    return float(np.int32(mixed_up >> np.uint32(8)))


@inlined
def _eased(fraction: float) -> float:
    return fraction * fraction * (3.0 - 2.0 * fraction)


@inlined
def _between(low: float, high: float, weight: float) -> float:
    return low + weight * (high - low)


@inlined
def value_noise(x: float, y: float, z: float) -> float:
    """Smoothly interpolated lattice values in 0..1, mean 0.5; |x|, |y|, |z| below 2^31."""
    i, j, k = np.floor(x), np.floor(y), np.floor(z)
    a, b, c = _eased(x - i), _eased(y - j), _eased(z - k)
    p = np.uint32(
        np.uint32(np.int32(i)) * X_STEP + np.uint32(np.int32(j)) * Y_STEP + np.uint32(np.int32(k)) * Z_STEP
    )
    near, above = np.uint32(p + Y_STEP), np.uint32(p + Z_STEP)
    corner = np.uint32(above + Y_STEP)
    low = _between(_hashed(p), _hashed(np.uint32(p + X_STEP)), a)
    low = _between(low, _between(_hashed(near), _hashed(np.uint32(near + X_STEP)), a), b)
    high = _between(_hashed(above), _hashed(np.uint32(above + X_STEP)), a)
    high = _between(high, _between(_hashed(corner), _hashed(np.uint32(corner + X_STEP)), a), b)
    return _between(low, high, c) / 16777216.0


@inlined
def noise(local: Vector, footprint: float, cells: float, seed: float) -> float:
    """Three octaves from `cells` per metre, 0..1; an octave leaves as its cells shrink to the footprint."""
    total = 0.0
    for octave in range(3):
        frequency, shift = cells * OCTAVES[octave][0], seed + 17.31 * octave
        fade = clamped(1.6 - 1.2 * footprint * frequency)
        value = value_noise(
            local[0] * frequency + shift, local[1] * frequency + shift, local[2] * frequency - shift
        )
        total += OCTAVES[octave][1] * fade * (value - 0.5)
    return _eased(clamped(0.5 + CONTRAST * total))


@inlined
def stripes(x: float, width: float, cells: float) -> float:
    """Share of the second colour within `width` metres around x, exactly."""
    return 0.5 - 0.5 * _mean_of_square_wave(x * cells, width * cells)


@inlined
def _moved(axis: Vector, ray: Vector, normal: Vector, step: float) -> Vector:
    """How a surface point moves, in metres, when the ray moves by a pixel along an axis of the picture.

    The point moves by depth (d - r (n.d) / (n.r)) when the ray r moves by d.
    """
    return scaled(step, add_scaled(axis, -dot(normal, axis) / min(dot(normal, ray), _STEEPEST), ray))


@inlined
def _regular(parts: Table, p: int, local: Vector, right: Vector, down: Vector) -> float:
    """Share of the second colour of checkers and stripes, averaged over about a pixel.

    `right` and `down` are how far the point moves from pixel to pixel, world, metres; the average is over
    the box in the primitive's axes that has their second moments.
    """
    cells = parts[p, CELLS]
    a, b = to_local(parts, p, right), to_local(parts, p, down)
    x = math.sqrt(a[0] * a[0] + b[0] * b[0])
    if int(parts[p, MATERIAL]) == STRIPE:
        return stripes(local[0], x, cells)
    y = math.sqrt(a[1] * a[1] + b[1] * b[1])
    z = math.sqrt(a[2] * a[2] + b[2] * b[2])
    return checker(local, (x, y, z), cells)


@kernel
def patterns(parts: Table, lanes: Line) -> None:
    """`SHARE` of the second colour of the material that every ray of a block has hit, averaged over a pixel.

    Reads the hits, their surfaces and `STEP`. Inside a bite there is only the second colour.
    """
    for i in range(BLOCK):
        ray, normal = lane(lanes, RAY, i), lane(lanes, NORMAL, i)
        right = _moved(lane(lanes, RIGHT, i), ray, normal, lanes[STEP + i])
        down = _moved(lane(lanes, DOWN, i), ray, normal, lanes[STEP + i])
        put(lanes, MOVES_RIGHT, i, right)
        put(lanes, MOVES_DOWN, i, down)
        lanes[FOOTPRINT + i] = math.sqrt(0.5 * (dot(right, right) + dot(down, down)))
    noisy = 0
    for i in range(BLOCK):
        p = int(lanes[PART + i])
        kind = SOLID if p < 0 or lanes[BITE + i] >= 0.0 else int(parts[p, MATERIAL])
        lanes[SHARE + i] = 1.0 if lanes[BITE + i] >= 0.0 else 0.0
        if kind == SOLID:
            continue
        local = lane(lanes, LOCAL, i)
        if kind == NOISE:
            put(lanes, NOISE_POINT, noisy, local)
            lanes[NOISE_FOOTPRINT + noisy] = lanes[FOOTPRINT + i]
            lanes[NOISE_CELLS + noisy] = parts[p, CELLS]
            lanes[NOISE_SEED + noisy] = parts[p, TEXTURE_SEED]
            lanes[NOISE_LANE + noisy] = float(i)
            noisy += 1
        else:
            right, down = lane(lanes, MOVES_RIGHT, i), lane(lanes, MOVES_DOWN, i)
            lanes[SHARE + i] = _regular(parts, p, local, right, down)
    for j in range(noisy):
        lanes[NOISED + j] = noise(
            lane(lanes, NOISE_POINT, j),
            lanes[NOISE_FOOTPRINT + j],
            lanes[NOISE_CELLS + j],
            lanes[NOISE_SEED + j],
        )
    for j in range(noisy):
        lanes[SHARE + int(lanes[NOISE_LANE + j])] = lanes[NOISED + j]

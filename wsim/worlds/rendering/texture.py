"""Procedural surface colour, filtered to the footprint of a pixel: checker, stripes and noise.

Textures are functions of a primitive's own three coordinates, so they stick to it however it moves and
need no unwrapping. What is finer than a pixel fades to its mean instead of flickering.
"""

import math

from wsim.worlds.rendering.compiled import Table, Vector, clamped, dot, inlined, kernel, mixed, vector_at
from wsim.worlds.rendering.layout import CELLS, COLOUR, COLOUR_B, MATERIAL, TEXTURE_SEED
from wsim.worlds.rendering.surface import to_local

SOLID, CHECKER, NOISE, STRIPE = range(4)

OCTAVES = ((1.0, 0.50), (2.0, 0.32), (4.0, 0.22))  # frequency in cells, weight
CONTRAST = 2.2
X_STEP, Y_STEP, Z_STEP = 374761393, 668265263, 1440662683  # odd: no two near lattice points share a number
_OFF_LATTICE = 1e-4  # cells: keeps faces that lie exactly on a cell border on one side of it


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
    three one-dimensional means (Quilez, "Filterable procedurals", 2011).
    """
    product = 1.0
    for axis in range(3):
        product *= _mean_of_square_wave(local[axis] * cells, width[axis] * cells)
    return 0.5 - 0.5 * product


@inlined
def _hashed(lattice: int) -> float:
    """A lattice point's value, 0 to 2^24: its low 32 bits through one xor-shift-multiply round."""
    low = lattice & 0xFFFFFFFF
    low = ((low ^ (low >> 15)) * 739982445) & 0xFFFFFFFF
    return float(low >> 8)


@inlined
def _eased(fraction: float) -> float:
    return fraction * fraction * (3.0 - 2.0 * fraction)


@inlined
def _between(low: float, high: float, weight: float) -> float:
    return low + weight * (high - low)


@inlined
def value_noise(x: float, y: float, z: float) -> float:
    """Smoothly interpolated lattice values in 0..1, mean 0.5."""
    i, j, k = math.floor(x), math.floor(y), math.floor(z)
    a, b, c = _eased(x - i), _eased(y - j), _eased(z - k)
    p = i * X_STEP + j * Y_STEP + k * Z_STEP
    near, above = p + Y_STEP, p + Z_STEP
    corner = above + Y_STEP
    low = _between(_hashed(p), _hashed(p + X_STEP), a)
    low = _between(low, _between(_hashed(near), _hashed(near + X_STEP), a), b)
    high = _between(_hashed(above), _hashed(above + X_STEP), a)
    high = _between(high, _between(_hashed(corner), _hashed(corner + X_STEP), a), b)
    return _between(low, high, c) / 16777216.0


@kernel
def noise(local: Vector, footprint: float, cells: float, seed: float) -> float:
    """Three octaves from `cells` per metre, 0..1; an octave leaves as its cells shrink to the footprint."""
    total = 0.0
    for octave in range(3):
        frequency = cells * OCTAVES[octave][0]
        fade = clamped(1.6 - 1.2 * footprint * frequency)
        if fade > 0.0:
            shift = seed + 17.31 * octave
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
def base_colour(parts: Table, p: int, local: Vector, right: Vector, down: Vector) -> Vector:
    """Linear colour of primitive p's material at a point, averaged over about a pixel.

    `right` and `down` are how far the point moves from pixel to pixel, world, metres; checkers and stripes
    are averaged over the box in the primitive's axes that has their second moments.
    """
    colour = vector_at(parts, p, COLOUR)
    kind, cells = int(parts[p, MATERIAL]), parts[p, CELLS]
    if kind == SOLID:
        return colour
    if kind == NOISE:
        footprint = math.sqrt(0.5 * (dot(right, right) + dot(down, down)))
        share = noise(local, footprint, cells, parts[p, TEXTURE_SEED])
    else:
        a, b = to_local(parts, p, right), to_local(parts, p, down)
        x = math.sqrt(a[0] * a[0] + b[0] * b[0])
        y = math.sqrt(a[1] * a[1] + b[1] * b[1])
        z = math.sqrt(a[2] * a[2] + b[2] * b[2])
        share = stripes(local[0], x, cells) if kind == STRIPE else checker(local, (x, y, z), cells)
    return mixed(colour, vector_at(parts, p, COLOUR_B), share)

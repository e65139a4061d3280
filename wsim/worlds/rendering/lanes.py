"""Sixty-four rays at a time: what is known of each, side by side.

A block is one line of float64; a channel is an offset in it, and `lanes[CHANNEL + i]` belongs to ray i. The
offsets are constants, so a compiler sees that channels do not overlap and works on several rays with one
instruction. Each operation is still that of IEEE 754 on one number, so no result depends on how many.
"""

from typing import Any, TypeAlias

import numpy as np

from wsim.worlds.rendering.compiled import Vector, inlined

Line: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float64]]
Masks: TypeAlias = np.ndarray[tuple[int], np.dtype[np.uint64]]  # a bit for every body
Image: TypeAlias = np.ndarray[Any, np.dtype[Any]]

BLOCK = 64

# A place in the picture, pixels; the ray from there, origin + t ray; `DIRECTION` is `RAY` at unit length.
X, Y = 0, BLOCK
ORIGIN, RAY, DIRECTION = 2 * BLOCK, 5 * BLOCK, 8 * BLOCK
# How the ray changes to the next pixel to the right and below. What it hits first: t, primitive (-1: none),
# its body, the bite that this is in (-1: none), and how many metres a pixel is there.
RIGHT, DOWN = 11 * BLOCK, 14 * BLOCK
T, PART, OWN, BITE, STEP = 17 * BLOCK, 18 * BLOCK, 19 * BLOCK, 20 * BLOCK, 21 * BLOCK
# The surface that is hit; `SHARE` is that of the second colour of its material, `PAINT` counts in quarters.
POINT, LOCAL, NORMAL = 22 * BLOCK, 25 * BLOCK, 28 * BLOCK
FACING, FACE, SHARE, PAINT = 31 * BLOCK, 32 * BLOCK, 33 * BLOCK, 34 * BLOCK
# Light: cosine of the sun, whether something blocks it, colours (linear, then as entries of `TONE`).
SUN, BLOCKED, SPECULAR = 35 * BLOCK, 36 * BLOCK, 37 * BLOCK
ALBEDO, COLOUR, TONES = 38 * BLOCK, 41 * BLOCK, 44 * BLOCK
# What edges are told by, and the body that is seen in a mirror. For a ray from a mirror: t up to there, the
# mirror's curvature (2 / radius), and the ray that it continues.
KEY, IMAGE = 47 * BLOCK, 48 * BLOCK
BEFORE, CURVED, CONTINUES = 49 * BLOCK, 50 * BLOCK, 51 * BLOCK
PIXEL = 69 * BLOCK  # number of the pixel, row by row

# What follows is scratch: few channels stay longer in the nearest cache.
# While bodies are met: the ray in the axes of one primitive, from where to where it is inside, the bite that
# it enters in; rays to the sun, the same from a displaced shadow, and their places in the bins of shadows.
START, ALONG, ENTER, LEAVE, CUT = 52 * BLOCK, 55 * BLOCK, 58 * BLOCK, 59 * BLOCK, 60 * BLOCK
SOURCE, SHIFTED, BIN_U, BIN_V = 61 * BLOCK, 64 * BLOCK, 67 * BLOCK, 68 * BLOCK
# While patterns are drawn: how the point that is seen moves to the next pixel, metres, world, and how far on
# average; the rays that need noise, without gaps: point, footprint, frequency, seed, outcome, which ray.
MOVES_RIGHT, MOVES_DOWN, FOOTPRINT = 52 * BLOCK, 55 * BLOCK, 58 * BLOCK
NOISE_POINT, NOISE_FOOTPRINT, NOISE_CELLS = 59 * BLOCK, 62 * BLOCK, 63 * BLOCK
NOISE_SEED, NOISED, NOISE_LANE = 64 * BLOCK, 65 * BLOCK, 66 * BLOCK
LANES_SIZE = 70 * BLOCK


@inlined
def lane(lanes: Line, channel: int, i: int) -> Vector:
    """Three neighbouring channels of ray i as a vector."""
    return lanes[channel + i], lanes[channel + BLOCK + i], lanes[channel + 2 * BLOCK + i]


@inlined
def put(lanes: Line, channel: int, i: int, v: Vector) -> None:
    """Store a vector in three neighbouring channels of ray i."""
    lanes[channel + i], lanes[channel + BLOCK + i], lanes[channel + 2 * BLOCK + i] = v

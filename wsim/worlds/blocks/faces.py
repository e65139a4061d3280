"""What the face of a block looks like at a place: its tile, its corners, and what tells it from others."""

from typing import Any, TypeAlias

import numpy as np

from wsim.worlds.blocks.grid import OUTSIDE
from wsim.worlds.blocks.textures import MARGIN, SUMS, TEXELS
from wsim.worlds.rendering.compiled import Table, Vector, inlined

Image: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_ROW = 3 * SUMS  # numbers in a row of a tile's running sums
_SHADE = 0.16  # how much darker a corner gets for each of the three blocks that may stand round it


@inlined
def hashed(i: int, j: int, k: int) -> int:
    """A cell's own 24 bits."""
    low = (i * 374761393 + j * 668265263 + k * 1440662683) & 0xFFFFFFFF
    low = ((low ^ (low >> 15)) * 739982445) & 0xFFFFFFFF
    return (low ^ (low >> 13)) >> 8


@inlined
def _sum(sums: Table, at: int, along: float, up: float) -> float:
    """A running sum between the four entries from `at` on to the right and upwards."""
    low, high = sums[np.uint64(at)], sums[np.uint64(at + _ROW)]
    low += along * (sums[np.uint64(at + 3)] - low)
    high += along * (sums[np.uint64(at + _ROW + 3)] - high)
    return float(low + up * (high - low))


@inlined
def mean_over(sums: Table, tile: int, u: float, v: float, wide: float, high: float) -> Vector:
    """Mean colour of a tile over a box around (u, v), which are 0..1; exact for up to a whole tile."""
    wide, high = min(1.0, max(1e-3, wide)), min(1.0, max(1e-3, high))
    x0, x1 = (u - 0.5 * wide) * TEXELS + MARGIN, (u + 0.5 * wide) * TEXELS + MARGIN
    y0, y1 = (v - 0.5 * high) * TEXELS + MARGIN, (v + 0.5 * high) * TEXELS + MARGIN
    i0, i1 = min(max(int(x0), 0), SUMS - 2), min(max(int(x1), 0), SUMS - 2)
    j0, j1 = min(max(int(y0), 0), SUMS - 2), min(max(int(y1), 0), SUMS - 2)
    a0, a1, b0, b1 = x0 - i0, x1 - i1, y0 - j0, y1 - j1
    row0, row1 = (tile * SUMS + j0) * _ROW, (tile * SUMS + j1) * _ROW
    scale = 1.0 / ((x1 - x0) * (y1 - y0))
    red = _sum(sums, row1 + 3 * i1, a1, b1) - _sum(sums, row1 + 3 * i0, a0, b1)
    red += _sum(sums, row0 + 3 * i0, a0, b0) - _sum(sums, row0 + 3 * i1, a1, b0)
    green = _sum(sums, row1 + 3 * i1 + 1, a1, b1) - _sum(sums, row1 + 3 * i0 + 1, a0, b1)
    green += _sum(sums, row0 + 3 * i0 + 1, a0, b0) - _sum(sums, row0 + 3 * i1 + 1, a1, b0)
    blue = _sum(sums, row1 + 3 * i1 + 2, a1, b1) - _sum(sums, row1 + 3 * i0 + 2, a0, b1)
    blue += _sum(sums, row0 + 3 * i0 + 2, a0, b0) - _sum(sums, row0 + 3 * i1 + 2, a1, b0)
    return max(0.0, red * scale), max(0.0, green * scale), max(0.0, blue * scale)


@inlined
def _corner(first: int, second: int, diagonal: int) -> float:
    """Light that reaches a corner of a face: two blocks beside it hide whatever is behind them."""
    return 1.0 - _SHADE * (3 if first + second == 2 else first + second + diagonal)


@inlined
def _stands(walls: Image, at: int) -> int:
    """1 for a block, 0 for air."""
    found = walls[np.uint64(at)]
    return 1 if found != 0 and found != OUTSIDE else 0


@inlined
def in_corners(
    walls: Image, size: tuple[int, int, int], face: int, i: int, j: int, k: int, u: float, v: float
) -> float:
    """How open to the sky a place on a face is, from the eight cells before it and round about, 0..1.

    A face that looks out of the grid is open.
    """
    high, wide = size[2] + 2, (size[1] + 2) * (size[2] + 2)
    out = (wide if face < 2 else (high if face < 4 else 1)) * (1 if face % 2 else -1)
    right, up = (high if face < 2 else wide), (1 if face < 4 else high)
    if i < 1 or j < 1 or k < 1 or i > size[0] - 2 or j > size[1] - 2 or k > size[2] - 1:
        return 1.0
    at = (i + 1) * wide + (j + 1) * high + k + 1 + out
    west, east = _stands(walls, at - right), _stands(walls, at + right)
    south, north = _stands(walls, at - up), _stands(walls, at + up)
    a = _corner(west, south, _stands(walls, at - right - up))
    b = _corner(east, south, _stands(walls, at + right - up))
    c = _corner(west, north, _stands(walls, at - right + up))
    d = _corner(east, north, _stands(walls, at + right + up))
    below, above = a + u * (b - a), c + u * (d - c)
    return below + v * (above - below)

"""The ray caster of blocks: one frame in two passes, picture and truth together.

Rays walk from cell to cell (Amanatides and Woo, "A fast voxel traversal algorithm for ray tracing",
Eurographics 1987). The first pass sends one ray through the centre of every pixel, the second four through
those where (kind, face, plane, shadow) differs from a neighbour. Lengths are in cells. The rules of
`wsim.worlds.rendering.compiled` hold: every machine gives the same bytes.
"""

import math
from typing import Any, TypeAlias

import numpy as np

from wsim.worlds.blocks import grid, textures
from wsim.worlds.blocks.grid import BLOCK_ID, OUTSIDE
from wsim.worlds.blocks.textures import MARGIN, SUMS, TEXELS
from wsim.worlds.rendering import compiled, layout, shade
from wsim.worlds.rendering.compiled import (
    Table,
    Vector,
    add_scaled,
    clamped,
    dot,
    entry,
    inlined,
    kernel,
    scaled,
    source_digest,
)
from wsim.worlds.rendering.layout import (
    CENTRE_X,
    CENTRE_Y,
    DOWN_AXIS,
    EYE,
    FOCAL,
    FORWARD,
    RIGHT_AXIS,
    TOP,
)
from wsim.worlds.rendering.shade import TONE, TONE_STEPS, hazed, lit, sky

Image: TypeAlias = np.ndarray[Any, np.dtype[Any]]

# Four samples on a rotated grid: no two share a row or a column.
SAMPLES = ((0.125, 0.375), (0.375, -0.125), (-0.125, -0.375), (-0.375, 0.125))
FAR_CELLS = 1e6
_LEAST = 1e-9  # components of a direction that are smaller count as this much
_ROW = 3 * SUMS  # numbers in a row of a tile's running sums
_LIFT = 1e-4  # start of a shadow ray above its face
_STEEPEST = -0.02  # a grazing ray would see for ever
_SHADE = 0.16  # how much darker a corner gets for each of the three blocks that may stand round it
_TINT = 0.10  # how far blocks of one kind differ in brightness


@inlined
def _inverse(part: float) -> float:
    """One over a component of a direction; none is so small that a ray would never get anywhere."""
    return 1.0 / part if abs(part) > _LEAST else 1.0 / _LEAST


@inlined
def _inverses(v: Vector) -> Vector:
    return _inverse(v[0]), _inverse(v[1]), _inverse(v[2])


@inlined
def _enter(origin: float, inverse: float, size: int) -> tuple[float, float]:
    """The interval of the ray between 0 and `size` along one axis."""
    a, b = -origin * inverse, (size - origin) * inverse
    return min(a, b), max(a, b)


@kernel
def _walk(
    walls: Image,
    size: tuple[int, int, int],
    ground: float,
    origin: Vector,
    direction: Vector,
    inverse: Vector,
) -> tuple[float, int, int, int, int, int]:
    """Where a ray meets a block: distance, kind (0: none), face, cell.

    Args:
        walls: the grid with a cell more on every side, in one line, as `wsim.worlds.blocks.grid.walls_of`
            gives it: a walk always ends there.
        size: of the grid.
        ground: the height of what lies outside.
        origin: not inside a block.
        direction: of unit length.
        inverse: of the direction, by component.
    """
    x0, x1 = _enter(origin[0], inverse[0], size[0])
    y0, y1 = _enter(origin[1], inverse[1], size[1])
    z0, z1 = _enter(origin[2], inverse[2], size[2])
    t, end = max(0.0, max(x0, max(y0, z0))), min(x1, min(y1, z1))
    if t < end:
        right, back, up = inverse[0] > 0.0, inverse[1] > 0.0, inverse[2] > 0.0
        i = min(max(math.floor(origin[0] + t * direction[0]), 0), size[0] - 1)
        j = min(max(math.floor(origin[1] + t * direction[1]), 0), size[1] - 1)
        k = min(max(math.floor(origin[2] + t * direction[2]), 0), size[2] - 1)
        tx = (i + (1 if right else 0) - origin[0]) * inverse[0]
        ty = (j + (1 if back else 0) - origin[1]) * inverse[1]
        tz = (k + (1 if up else 0) - origin[2]) * inverse[2]
        dx, dy, dz = abs(inverse[0]), abs(inverse[1]), abs(inverse[2])
        high, wide = size[2] + 2, (size[1] + 2) * (size[2] + 2)
        step_x, step_y, step_z = (wide if right else -wide), (high if back else -high), (1 if up else -1)
        at = np.uint64((i + 1) * wide + (j + 1) * high + k + 1)
        across, along = t == x0, t == y0
        found = int(walls[at])
        while found == 0:
            across, along = tx < ty and tx < tz, ty < tz
            if across:
                t = tx
                at = np.uint64(np.int64(at) + step_x)
                tx += dx
            elif along:
                t = ty
                at = np.uint64(np.int64(at) + step_y)
                ty += dy
            else:
                t = tz
                at = np.uint64(np.int64(at) + step_z)
                tz += dz
            found = int(walls[at])
        if found != OUTSIDE:
            place = int(at)  # quotients of whole numbers as small as these are exact below the point
            i = int(place / wide)
            place -= i * wide
            j = int(place / high)
            i, j, k = i - 1, j - 1, place - j * high - 1
            if across:
                face = 0 if right else 1
            elif along:
                face = 2 if back else 3
            else:
                face = 4 if up else TOP
            return t, found, face, i, j, k
    if direction[2] >= -_LEAST or origin[2] <= ground:
        return -1.0, 0, 0, 0, 0, 0
    t = (ground - origin[2]) * inverse[2]
    i, j = math.floor(origin[0] + t * direction[0]), math.floor(origin[1] + t * direction[1])
    return t, int(walls[int(ground)]), TOP, i, j, int(ground) - 1


@inlined
def _hashed(i: int, j: int, k: int) -> int:
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
def _mean_over(sums: Table, tile: int, u: float, v: float, wide: float, high: float) -> Vector:
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
def _in_corners(
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


@inlined
def _axis(camera: Table, first: int) -> Vector:
    return camera[first], camera[first + 1], camera[first + 2]


@inlined
def _width(right: Vector, down: Vector, axis: int) -> float:
    """How wide a pixel is on a face along one axis: of the box with the footprint's second moments."""
    return math.sqrt(right[axis] * right[axis] + down[axis] * down[axis])


@inlined
def _moved(axis: Vector, ray: Vector, normal: Vector, step: float) -> Vector:
    """How a surface point moves when the ray moves by a pixel along an axis of the picture."""
    return scaled(step, add_scaled(axis, -dot(normal, axis) / min(dot(normal, ray), _STEEPEST), ray))


@inlined
def _trace(
    camera: Table,
    towards: Vector,
    walls: Image,
    size: tuple[int, int, int],
    ground: float,
    cell_m: float,
    tiles: Image,
    sums: Table,
    glows: Image,
    x: float,
    y: float,
) -> tuple[Vector, float, int, int]:
    """Colour, depth (metres), kind and edge key along the ray through (x, y) of the picture."""
    right, down = _axis(camera, RIGHT_AXIS), _axis(camera, DOWN_AXIS)
    u, v = (x - camera[CENTRE_X]) / camera[FOCAL], (y - camera[CENTRE_Y]) / camera[FOCAL]
    eye, ray = _axis(camera, EYE), add_scaled(add_scaled(_axis(camera, FORWARD), u, right), v, down)
    length = math.sqrt(dot(ray, ray))
    direction = scaled(1.0 / length, ray)
    distance, kind, face, i, j, k = _walk(walls, size, ground, eye, direction, _inverses(direction))
    if kind == 0:
        return sky(direction, towards), np.inf, 0, 0
    depth = distance / length
    point = add_scaled(eye, distance, direction)
    side = 1.0 if face % 2 else -1.0
    a, b, c = point[0] - i, point[1] - j, point[2] - k
    if face < 2:
        normal, plane, along, up = (side, 0.0, 0.0), i, b, c
    elif face < 4:
        normal, plane, along, up = (0.0, side, 0.0), j, a, c
    else:
        normal, plane, along, up = (0.0, 0.0, side), k, a, b
    moves = (
        _moved(right, ray, normal, depth / camera[FOCAL]),
        _moved(down, ray, normal, depth / camera[FOCAL]),
    )
    wide = _width(moves[0], moves[1], 1 if face < 2 else 0)
    high = _width(moves[0], moves[1], 2 if face < 4 else 1)
    own = _hashed(i, j, k)
    near = clamped(1.5 - max(wide, high))
    flipped = 1.0 - along if face >= 4 and own & 1 else along
    albedo = _mean_over(sums, int(tiles[kind, face]), flipped, up, wide, high)
    shade_here = 1.0 + _TINT * near * (own / 16777216.0 - 0.5)
    key = ((kind * 6 + face) * 2048 + (plane & 1023)) * 2
    if glows[kind]:
        return hazed(albedo, distance * cell_m), depth * cell_m, kind, key
    if near > 0.0:
        shade_here *= 1.0 - near * (1.0 - _in_corners(walls, size, face, i, j, k, along, up))
    sun = max(0.0, dot(normal, towards))
    if sun > 0.0:
        found = _walk(walls, size, ground, add_scaled(point, _LIFT, normal), towards, _inverses(towards))[1]
        sun = 0.0 if found != 0 else sun
    colour = lit(scaled(shade_here, albedo), 0.0, normal, direction, towards, -dot(normal, direction), sun)
    return hazed(colour, distance * cell_m), depth * cell_m, kind, key + (1 if sun > 0.0 else 0)


@inlined
def _on_edge(keys: Image, row: int, column: int) -> bool:
    """Whether the four neighbours show anything else."""
    key = keys[row, column]
    return bool(
        (column > 0 and keys[row, column - 1] != key)
        or (column < keys.shape[1] - 1 and keys[row, column + 1] != key)
        or (row > 0 and keys[row - 1, column] != key)
        or (row < keys.shape[0] - 1 and keys[row + 1, column] != key)
    )


def _compile_frame(sources: str) -> Any:
    """Build the entry point; holding `sources` makes it part of the key of numba's cache on disk."""

    @entry
    def cast_blocks(
        camera: Table,
        light: Table,
        walls: Image,
        size: tuple[int, int, int],
        ground: float,
        cell_m: float,
        tiles: Image,
        sums: Table,
        glows: Image,
        antialias: bool,
        rgb: Image,
        depth_m: Image,
        ids: Image,
        keys: Image,
    ) -> int:
        assert sources
        towards = (light[0], light[1], light[2])
        edges = 0
        for second in range(2 if antialias else 1):
            samples = 4 if second else 1
            for row in range(ids.shape[0]):
                for column in range(ids.shape[1]):
                    if second and not _on_edge(keys, row, column):
                        continue
                    total = (0.0, 0.0, 0.0)
                    for s in range(samples):
                        x, y = float(column), float(row)
                        if second:
                            x, y = x + SAMPLES[s][0], y + SAMPLES[s][1]
                        colour, depth, kind, key = _trace(
                            camera, towards, walls, size, ground, cell_m, tiles, sums, glows, x, y
                        )
                        total = add_scaled(total, 1.0 / samples, colour)
                        if not second:
                            depth_m[row, column] = depth
                            ids[row, column] = BLOCK_ID + kind if kind else -1
                            keys[row, column] = key
                    edges += second
                    for channel in range(3):
                        rgb[row, column, channel] = TONE[
                            int(clamped(total[channel]) * (TONE_STEPS - 1) + 0.5)
                        ]
        return edges

    return cast_blocks


cast_blocks = _compile_frame(source_digest(compiled, layout, shade, textures, grid))

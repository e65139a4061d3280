"""Rays through a grid, from cell to cell. Lengths are in cells.

Source: Amanatides and Woo, "A fast voxel traversal algorithm for ray tracing", Eurographics 1987.
"""

import math
from typing import Any, TypeAlias

import numpy as np

from wsim.worlds.blocks.grid import OUTSIDE
from wsim.worlds.rendering.compiled import Vector, inlined, kernel
from wsim.worlds.rendering.layout import TOP

Image: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_LEAST = 1e-9  # components of a direction that are smaller count as this much


@inlined
def _inverse(part: float) -> float:
    """One over a component of a direction; none is so small that a ray would never get anywhere."""
    return 1.0 / part if abs(part) > _LEAST else 1.0 / _LEAST


@inlined
def inverses(v: Vector) -> Vector:
    """One over every component."""
    return _inverse(v[0]), _inverse(v[1]), _inverse(v[2])


@inlined
def _enter(origin: float, inverse: float, size: int) -> tuple[float, float]:
    """The interval of the ray between 0 and `size` along one axis."""
    a, b = -origin * inverse, (size - origin) * inverse
    return min(a, b), max(a, b)


@kernel
def walk(
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

"""The ray caster of blocks: one frame in two passes, picture and truth together.

The first pass sends one ray through the centre of every pixel, the second four through those where (kind,
face, plane, shadow) differs from a neighbour. Lengths are in cells. The rules of
`wsim.worlds.rendering.compiled` hold: every machine gives the same bytes.
"""

import math
from typing import Any, TypeAlias

import numpy as np

from wsim.worlds.blocks import faces, grid, rays, textures
from wsim.worlds.blocks.faces import hashed, in_corners, mean_over
from wsim.worlds.blocks.grid import BLOCK_ID
from wsim.worlds.blocks.rays import inverses, walk
from wsim.worlds.rendering import compiled, layout, shade
from wsim.worlds.rendering.compiled import (
    Table,
    Vector,
    add_scaled,
    clamped,
    dot,
    entry,
    inlined,
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
)
from wsim.worlds.rendering.shade import TONE, TONE_STEPS, hazed, lit, sky

Image: TypeAlias = np.ndarray[Any, np.dtype[Any]]

# Four samples on a rotated grid: no two share a row or a column.
SAMPLES = ((0.125, 0.375), (0.375, -0.125), (-0.125, -0.375), (-0.375, 0.125))
_LIFT = 1e-4  # start of a shadow ray above its face
_STEEPEST = -0.02  # a grazing ray would see for ever
_TINT = 0.10  # how far blocks of one kind differ in brightness


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
    distance, kind, face, i, j, k = walk(walls, size, ground, eye, direction, inverses(direction))
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
    own = hashed(i, j, k)
    near = clamped(1.5 - max(wide, high))
    flipped = 1.0 - along if face >= 4 and own & 1 else along
    albedo = mean_over(sums, int(tiles[kind, face]), flipped, up, wide, high)
    shade_here = 1.0 + _TINT * near * (own / 16777216.0 - 0.5)
    key = ((kind * 6 + face) * 2048 + (plane & 1023)) * 2
    if glows[kind]:
        return hazed(albedo, distance * cell_m), depth * cell_m, kind, key
    if near > 0.0:
        shade_here *= 1.0 - near * (1.0 - in_corners(walls, size, face, i, j, k, along, up))
    sun = max(0.0, dot(normal, towards))
    if sun > 0.0:
        found = walk(walls, size, ground, add_scaled(point, _LIFT, normal), towards, inverses(towards))[1]
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


cast_blocks = _compile_frame(source_digest(compiled, faces, grid, layout, rays, shade, textures))

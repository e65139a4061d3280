"""The ray caster: one frame in two passes, picture and truth together.

The first pass sends one ray through the centre of every pixel and tests every body whose bounding rectangle
covers it (`rows & columns`, a bit for every body); testing all of them gives the amodal bits for nothing.
The second pass sends four rays through the pixels where (body, face, shadow, paint) differs from a
neighbour: edges are smooth at a fraction of the cost of supersampling the frame.
"""

from typing import Any, TypeAlias

import numpy as np

from wsim.worlds.rendering import compiled, intersect, shade, texture
from wsim.worlds.rendering.compiled import (
    Table,
    Vector,
    add_scaled,
    dot,
    entry,
    inlined,
    normalised,
    scaled,
    source_digest,
    vector_at,
)
from wsim.worlds.rendering.intersect import (
    FAR,
    LAST_STROKE,
    SPECULAR,
    TOP_FACE,
    enter,
    surface,
)
from wsim.worlds.rendering.shade import TONE, hazed, lit, shadowed, sky, tone_index
from wsim.worlds.rendering.texture import base_colour, painted

Image: TypeAlias = np.ndarray[Any, np.dtype[Any]]

NEAR_M, FAR_M = 1e-3, 1e6  # an endless plane ends where the integers of its texture still fit
# A camera is a row: eye, right, down, forward (3 each), focal length, principal point x and y, in pixels.
EYE, RIGHT_AXIS, DOWN_AXIS, FORWARD, FOCAL, CENTRE_X, CENTRE_Y = 0, 3, 6, 9, 12, 13, 14
CAMERA_COLUMNS = 15

# Four samples on a rotated grid: no two share a row or a column.
SAMPLES = ((0.125, 0.375), (0.375, -0.125), (-0.125, -0.375), (-0.375, 0.125))


@inlined
def _axis(camera: Table, first: int) -> Vector:
    return camera[first], camera[first + 1], camera[first + 2]


@inlined
def _ray(camera: Table, x: float, y: float) -> Vector:
    """Through a point of the picture; its component along the camera axis is 1."""
    u, v = (x - camera[CENTRE_X]) / camera[FOCAL], (y - camera[CENTRE_Y]) / camera[FOCAL]
    return add_scaled(
        add_scaled(_axis(camera, FORWARD), u, _axis(camera, RIGHT_AXIS)), v, _axis(camera, DOWN_AXIS)
    )


@inlined
def _nearest(
    bodies: Table, origin: Vector, direction: Vector, candidates: np.uint64
) -> tuple[float, int, np.uint64]:
    """Distance and index of the first body along the ray (-1: none), and a bit for every body on it."""
    best, found, bits = FAR, -1, np.uint64(0)
    k = 0
    while candidates != np.uint64(0):
        if candidates & np.uint64(1):
            distance = enter(bodies, k, origin, direction)
            if distance >= NEAR_M and distance <= FAR_M:
                bits |= np.uint64(1) << np.uint64(k)
                if distance < best:
                    best, found = distance, k
        candidates >>= np.uint64(1)
        k += 1
    return best, found, bits


@inlined
def _footprint(camera: Table, along: Vector, normal: Vector, depth_m: float) -> tuple[Vector, Vector]:
    """How the surface point moves, in metres, from one pixel to the next to the right and below.

    The point moves by depth (d - r (n.d) / (n.r)) when the ray r moves by d.
    """
    step = depth_m / camera[FOCAL]
    slope = min(dot(normal, along), -0.02)  # a grazing ray would see for ever
    right, down = _axis(camera, RIGHT_AXIS), _axis(camera, DOWN_AXIS)
    a = add_scaled(right, -dot(normal, right) / slope, along)
    b = add_scaled(down, -dot(normal, down) / slope, along)
    return scaled(step, a), scaled(step, b)


@inlined
def _trace(
    camera: Table,
    light: Table,
    bodies: Table,
    strokes: Table,
    stamps: Table,
    erases: Table,
    time_s: float,
    candidates: np.uint64,
    x: float,
    y: float,
) -> tuple[Vector, float, int, np.uint64, int]:
    """Colour, depth (z), body, amodal bits and edge key along the ray through (x, y) of the picture."""
    eye, along, towards = _axis(camera, EYE), _ray(camera, x, y), vector_at(light, 2, 0)
    direction = normalised(along)
    distance, k, bits = _nearest(bodies, eye, direction, candidates)
    if k < 0:
        return sky(direction, towards), np.inf, -1, bits, 0
    depth_m = distance * dot(direction, _axis(camera, FORWARD))
    point = add_scaled(eye, distance, direction)
    outward, local, face = surface(bodies, k, point)
    facing = -dot(outward, direction)
    normal = outward if facing >= 0.0 else scaled(-1.0, outward)

    moves = _footprint(camera, along, normal, depth_m)
    albedo, paint = base_colour(bodies, k, local, moves[0], moves[1]), 0
    if face == TOP_FACE and facing > 0.0 and bodies[k, LAST_STROKE] > 0.0:
        albedo, paint = painted(bodies, strokes, stamps, erases, k, local, time_s, albedo)

    sun = max(0.0, dot(normal, towards))
    if sun > 0.0 and shadowed(bodies, point, normal, light):
        sun = 0.0
    colour = lit(albedo, bodies[k, SPECULAR], normal, direction, towards, abs(facing), sun)
    key = ((k + 1) * 8 + face) * 8 + 4 * (1 if sun > 0.0 else 0) + paint
    return hazed(colour, distance), depth_m, k, bits, key


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


@inlined
def _store(rgb: Image, row: int, column: int, colour: Vector) -> None:
    for channel in range(3):
        rgb[row, column, channel] = TONE[tone_index(colour[channel])]


def _compile_frame(sources: str) -> Any:
    """Build the entry point; holding `sources` makes it part of the key of numba's cache on disk."""

    @entry
    def cast_frame(
        camera: Table,
        light: Table,
        bodies: Table,
        strokes: Table,
        stamps: Table,
        erases: Table,
        time_s: float,
        antialias: bool,
        rows: Image,
        columns: Image,
        rgb: Image,
        depth_m: Image,
        ids: Image,
        amodal: Image,
        keys: Image,
    ) -> int:
        assert sources
        edges = 0
        for second in range(2 if antialias else 1):
            samples = 4 if second else 1
            for row in range(ids.shape[0]):
                for column in range(ids.shape[1]):
                    if second and not _on_edge(keys, row, column):
                        continue
                    candidates = rows[row] & columns[column]
                    total = (0.0, 0.0, 0.0)
                    for s in range(samples):
                        x, y = float(column), float(row)
                        if second:
                            x, y = x + SAMPLES[s][0], y + SAMPLES[s][1]
                        colour, depth, k, bits, key = _trace(
                            camera, light, bodies, strokes, stamps, erases, time_s, candidates, x, y
                        )
                        total = add_scaled(total, 1.0 / samples, colour)
                        if not second:
                            depth_m[row, column], ids[row, column] = depth, k
                            amodal[row, column], keys[row, column] = bits, key
                    edges += second
                    _store(rgb, row, column, total)
        return edges

    return cast_frame


cast_frame = _compile_frame(source_digest(compiled, intersect, texture, shade))

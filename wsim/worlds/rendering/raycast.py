"""The ray caster: one frame in two passes, picture and truth together.

The first pass sends one ray through the centre of every pixel and tests every body whose bounding rectangle
covers it (`rows & columns`, a bit for every body); testing all of them gives the amodal bits for nothing.
The second pass sends four rays through the pixels where (primitive, face, shadow, paint, what a mirror
shows) differs from a neighbour: edges are smooth at a fraction of the cost of supersampling the frame.
"""

from typing import Any, TypeAlias

import numpy as np

from wsim.worlds.rendering import compiled, intersect, layout, shade, solids, strokes, surface, texture
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
from wsim.worlds.rendering.intersect import LIFT_M, camera_ray, mirrored, prepare, seen, shadowed
from wsim.worlds.rendering.layout import (
    BALL,
    BITTEN,
    BOTTOM,
    CENTRE_X,
    CENTRE_Y,
    COLOUR_B,
    DOWN_AXIS,
    EYE,
    FOCAL,
    LAST_STROKE,
    MATERIAL,
    MIRROR,
    MIRROR_SHIFT,
    OWNER,
    PLANE,
    POSITION,
    RIGHT_AXIS,
    SHAPE,
    SIZE,
    SPECULAR,
    SPHERE,
    TOWARDS,
)
from wsim.worlds.rendering.shade import TONE, hazed, lit, sky, tone_index
from wsim.worlds.rendering.strokes import painted
from wsim.worlds.rendering.surface import surface_at, to_local
from wsim.worlds.rendering.texture import SOLID, base_colour

Image: TypeAlias = np.ndarray[Any, np.dtype[Any]]

# Four samples on a rotated grid: no two share a row or a column.
SAMPLES = ((0.125, 0.375), (0.375, -0.125), (-0.125, -0.375), (-0.375, 0.125))
_STEEPEST = -0.02  # a grazing ray would see for ever


@inlined
def _moved(axis: Vector, ray: Vector, normal: Vector, step: float) -> Vector:
    """How a surface point moves, in metres, when the ray moves by a pixel along an axis of the picture.

    The point moves by depth (d - r (n.d) / (n.r)) when the ray r moves by d.
    """
    return scaled(step, add_scaled(axis, -dot(normal, axis) / min(dot(normal, ray), _STEEPEST), ray))


@inlined
def _reflected(v: Vector, normal: Vector) -> Vector:
    return add_scaled(v, -2.0 * dot(v, normal), normal)


@inlined
def _trace(
    camera: Table,
    light: Table,
    shades_u: Image,
    shades_v: Image,
    bodies: Table,
    parts: Table,
    faces: Table,
    bites: Table,
    strokes: Table,
    stamps: Table,
    erases: Table,
    time_s: float,
    candidates: np.uint64,
    x: float,
    y: float,
) -> tuple[Vector, float, int, np.uint64, int, bool, int]:
    """The ray through (x, y) of the picture, and on from a mirror.

    Colour, depth (z), body, amodal bits, edge key, whether the body's sunlight is blocked, mirrored body.
    """
    towards = vector_at(light, TOWARDS, 0)
    u, v = (x - camera[CENTRE_X]) / camera[FOCAL], (y - camera[CENTRE_Y]) / camera[FOCAL]
    origin, ray = (camera[EYE], camera[EYE + 1], camera[EYE + 2]), camera_ray(camera, u, v)
    t, p, bite, bits = seen(camera, bodies, parts, faces, bites, u, v, candidates)
    if p < 0:
        return sky(normalised(ray), towards), np.inf, -1, bits, 0, False, -1

    right = (camera[RIGHT_AXIS], camera[RIGHT_AXIS + 1], camera[RIGHT_AXIS + 2])
    down = (camera[DOWN_AXIS], camera[DOWN_AXIS + 1], camera[DOWN_AXIS + 2])
    depth_m, first, step, share = t, int(parts[p, OWNER]), t / camera[FOCAL], 1.0
    light_seen, key, blocked_first, image = (0.0, 0.0, 0.0), 0, False, -1
    for bounce in range(2):
        k = int(parts[p, OWNER])
        direction, point = normalised(ray), add_scaled(origin, t, ray)
        if bounce:  # a displaced image: the ray met the body where it is, not where it seems to be
            point = add_scaled(point, -1.0, vector_at(bodies, k, MIRROR_SHIFT))
        local = to_local(parts, p, add_scaled(point, -1.0, vector_at(parts, p, POSITION)))
        if bite >= 0:
            outward, face = normalised(add_scaled(vector_at(bites, bite, BALL), -1.0, point)), BITTEN
        else:
            outward, face = surface_at(parts, faces, p, local)
        facing = -dot(outward, direction)
        normal = outward if facing >= 0.0 else scaled(-1.0, outward)
        if facing < 0.0 and int(parts[p, SHAPE]) == PLANE:
            face = BOTTOM

        albedo, paint = vector_at(parts, p, COLOUR_B if bite >= 0 else layout.COLOUR), 0
        if bite < 0 and int(parts[p, MATERIAL]) != SOLID:
            moves_right, moves_down = _moved(right, ray, normal, step), _moved(down, ray, normal, step)
            albedo = base_colour(parts, p, local, moves_right, moves_down)
        if parts[p, LAST_STROKE] > 0.0:
            albedo, paint = painted(parts, strokes, stamps, erases, p, face, local, time_s, albedo)

        sun, blocked = max(0.0, dot(normal, towards)), False
        if sun > 0.0:
            blocked = shadowed(light, shades_u, shades_v, bodies, parts, faces, bites, k, point, normal)
        sun = 0.0 if blocked else sun
        colour = lit(albedo, parts[p, SPECULAR], normal, direction, towards, abs(facing), sun)
        shiny = parts[p, MIRROR] if bite < 0 and bounce == 0 else 0.0
        distance_m = t * np.sqrt(dot(ray, ray))
        colour = hazed(colour, distance_m)
        light_seen = add_scaled(light_seen, share * (1.0 - shiny), colour)
        key = key * 7919 + ((p + 1) * 64 + face) * 8 + 4 * (1 if sun > 0.0 else 0) + paint
        if bounce == 0:
            blocked_first = blocked
        if shiny <= 0.0:
            break

        share = shiny
        curved = 2.0 / parts[p, SIZE] if int(parts[p, SHAPE]) == SPHERE else 0.0
        origin, ray = add_scaled(point, LIFT_M, normal), _reflected(ray, normal)
        right, down = _reflected(right, normal), _reflected(down, normal)
        before = t
        t, p, bite = mirrored(bodies, parts, faces, bites, k, origin, ray)
        if p < 0:
            light_seen = add_scaled(light_seen, share, sky(normalised(ray), towards))
            break
        image = int(parts[p, OWNER])
        step = (before + t) / camera[FOCAL] * (1.0 + curved * t)
    return light_seen, depth_m, first, bits, key, blocked_first, image


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
        shades_u: Image,
        shades_v: Image,
        bodies: Table,
        parts: Table,
        faces: Table,
        bites: Table,
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
        shadow: Image,
        mirror_ids: Image,
        keys: Image,
    ) -> int:
        assert sources
        prepare(camera, light, parts)
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
                        colour, depth, k, bits, key, blocked, image = _trace(
                            camera, light, shades_u, shades_v, bodies, parts, faces, bites,
                            strokes, stamps, erases, time_s, candidates, x, y,
                        )  # fmt: skip
                        total = add_scaled(total, 1.0 / samples, colour)
                        if not second:
                            depth_m[row, column], ids[row, column] = depth, k
                            amodal[row, column], keys[row, column] = bits, key
                            shadow[row, column], mirror_ids[row, column] = blocked, image
                    edges += second
                    _store(rgb, row, column, total)
        return edges

    return cast_frame


cast_frame = _compile_frame(
    source_digest(compiled, intersect, layout, shade, solids, strokes, surface, texture)
)

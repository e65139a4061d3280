"""The surface of a primitive where a ray meets it: its normal, and which of its faces that is."""

import math

from wsim.worlds.rendering.compiled import Table, Vector, dot, inlined, kernel, scaled, vector_at
from wsim.worlds.rendering.layout import (
    BOTTOM,
    BOX,
    CAPSULE,
    CYLINDER,
    CYLINDER_BOTTOM,
    CYLINDER_TOP,
    ELLIPSOID,
    FAR,
    FIRST_FACE,
    FRONT,
    LAST_FACE,
    LAST_NUMBERED,
    LEFT,
    NORMAL,
    OFFSET,
    PLANE,
    ROTATION,
    SHAPE,
    SIDE,
    SIZE,
    SPHERE,
    TOP,
)


@inlined
def to_local(parts: Table, p: int, v: Vector) -> Vector:
    """A world vector in the axes of primitive p."""
    x, y, z = v
    return (
        parts[p, ROTATION] * x + parts[p, ROTATION + 3] * y + parts[p, ROTATION + 6] * z,
        parts[p, ROTATION + 1] * x + parts[p, ROTATION + 4] * y + parts[p, ROTATION + 7] * z,
        parts[p, ROTATION + 2] * x + parts[p, ROTATION + 5] * y + parts[p, ROTATION + 8] * z,
    )


@inlined
def to_world(parts: Table, p: int, v: Vector) -> Vector:
    """A vector in the axes of primitive p in the world."""
    return (
        dot(vector_at(parts, p, ROTATION), v),
        dot(vector_at(parts, p, ROTATION + 3), v),
        dot(vector_at(parts, p, ROTATION + 6), v),
    )


@inlined
def _world_axis(parts: Table, p: int, axis: int, sign: float) -> Vector:
    column = ROTATION + axis
    return sign * parts[p, column], sign * parts[p, column + 3], sign * parts[p, column + 6]


@inlined
def _box_surface(parts: Table, p: int, local: Vector) -> tuple[Vector, int]:
    x, y, z = (
        abs(local[0]) - parts[p, SIZE],
        abs(local[1]) - parts[p, SIZE + 1],
        abs(local[2]) - parts[p, SIZE + 2],
    )
    axis, face, above = 2, BOTTOM, local[2] > 0.0
    if x >= y and x >= z:
        axis, face, above = 0, LEFT, local[0] > 0.0
    elif y >= z:
        axis, face, above = 1, FRONT, local[1] > 0.0
    if above:
        return _world_axis(parts, p, axis, 1.0), face + 1
    return _world_axis(parts, p, axis, -1.0), face


@kernel
def _round_surface(parts: Table, faces: Table, p: int, x: float, y: float, z: float) -> tuple[Vector, int]:
    """Local normal of a cylinder, capsule, ellipsoid or convex solid."""
    shape, size = int(parts[p, SHAPE]), vector_at(parts, p, SIZE)
    if shape == CYLINDER:
        radius = math.sqrt(x * x + y * y)
        if abs(z) - size[2] > radius - size[0]:
            return ((0.0, 0.0, 1.0), CYLINDER_TOP) if z > 0.0 else ((0.0, 0.0, -1.0), CYLINDER_BOTTOM)
        return (x / radius, y / radius, 0.0), SIDE
    if shape == CAPSULE:
        nearest_z = min(size[2], max(-size[2], z))
        return (x / size[0], y / size[0], (z - nearest_z) / size[0]), 0
    if shape == ELLIPSOID:
        normal = x / (size[0] * size[0]), y / (size[1] * size[1]), z / (size[2] * size[2])
        return scaled(1.0 / math.sqrt(dot(normal, normal)), normal), 0
    first, closest, best = int(parts[p, FIRST_FACE]), 0, -FAR
    for face in range(first, int(parts[p, LAST_FACE])):
        outside = dot(vector_at(faces, face, NORMAL), (x, y, z)) - faces[face, OFFSET]
        if outside > best:
            best, closest = outside, face
    return vector_at(faces, closest, NORMAL), min(closest - first, LAST_NUMBERED)


@inlined
def surface_at(parts: Table, faces: Table, p: int, local: Vector) -> tuple[Vector, int]:
    """Outward normal (world) and number of the face of primitive p at a point on it, given in its axes."""
    shape = int(parts[p, SHAPE])
    if shape == PLANE:
        return _world_axis(parts, p, 2, 1.0), TOP
    if shape == BOX:
        return _box_surface(parts, p, local)
    if shape == SPHERE:
        return to_world(parts, p, scaled(1.0 / parts[p, SIZE], local)), 0
    normal, face = _round_surface(parts, faces, p, local[0], local[1], local[2])
    return to_world(parts, p, normal), face

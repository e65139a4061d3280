"""Rays against shapes: the interval of a ray that lies inside, in the shape's own axes.

Every shape is convex. A ray is `start + t along` with `along` of any length; a ray that misses gets an
interval that ends before it begins.
"""

import math

from wsim.worlds.rendering.compiled import Table, Vector, add_scaled, dot, inlined, kernel, vector_at
from wsim.worlds.rendering.layout import (
    BOX,
    CAPSULE,
    CYLINDER,
    ELLIPSOID,
    FAR,
    FIRST_FACE,
    LAST_FACE,
    NORMAL,
    OFFSET,
    PLANE,
    SHAPE,
    SIZE,
    SPHERE,
)

Interval = tuple[float, float]
_NOTHING = (FAR, -FAR)


@inlined
def within_ball(start: Vector, along: Vector, radius: float) -> Interval:
    """Inside a ball around the origin."""
    a, b = dot(along, along), dot(start, along)
    q = b * b - a * (dot(start, start) - radius * radius)
    if q < 0.0:
        return _NOTHING
    root, inverse = math.sqrt(q), 1.0 / a
    return (-b - root) * inverse, (root - b) * inverse


@inlined
def _slab(start: float, along: float, half: float) -> Interval:
    """Between -half and half along one axis."""
    if along == 0.0:
        return (-FAR, FAR) if abs(start) <= half else _NOTHING
    inverse = 1.0 / along
    middle, reach = -start * inverse, abs(half * inverse)
    return middle - reach, middle + reach


@inlined
def _within_box(start: Vector, along: Vector, size: Vector) -> Interval:
    x0, x1 = _slab(start[0], along[0], size[0])
    y0, y1 = _slab(start[1], along[1], size[1])
    z0, z1 = _slab(start[2], along[2], size[2])
    return max(x0, max(y0, z0)), min(x1, min(y1, z1))


@inlined
def _within_tube(start: Vector, along: Vector, radius: float) -> Interval:
    """Within a distance of the z axis."""
    a = along[0] * along[0] + along[1] * along[1]
    b = start[0] * along[0] + start[1] * along[1]
    c = start[0] * start[0] + start[1] * start[1] - radius * radius
    if a < 1e-14:  # along the axis
        return (-FAR, FAR) if c <= 0.0 else _NOTHING
    q = b * b - a * c
    if q < 0.0:
        return _NOTHING
    root, inverse = math.sqrt(q), 1.0 / a
    return (-b - root) * inverse, (root - b) * inverse


@inlined
def _within_cylinder(start: Vector, along: Vector, size: Vector) -> Interval:
    side0, side1 = _within_tube(start, along, size[0])
    end0, end1 = _slab(start[2], along[2], size[2])
    return max(side0, end0), min(side1, end1)


@inlined
def _on_plane(start: Vector, along: Vector, size: Vector) -> Interval:
    if along[2] == 0.0:
        return _NOTHING
    t = -start[2] / along[2]
    if size[0] <= 0.0:
        return t, t
    x, y, _ = add_scaled(start, t, along)
    return (t, t) if abs(x) <= size[0] and abs(y) <= size[1] else _NOTHING


@inlined
def _within_capsule(start: Vector, along: Vector, size: Vector) -> Interval:
    """A cylinder and two balls together are convex: from the first entry to the last exit."""
    enter, leave = _within_cylinder(start, along, size)
    if enter > leave:
        enter, leave = _NOTHING
    for end in range(2):
        z = start[2] - size[2] if end else start[2] + size[2]
        first, last = within_ball((start[0], start[1], z), along, size[0])
        enter, leave = min(enter, first), max(leave, last)
    return enter, leave


@inlined
def _within_convex(faces: Table, first: int, last: int, start: Vector, along: Vector) -> Interval:
    """Inside all half-spaces n . x <= d."""
    enter, leave = -FAR, FAR
    for face in range(first, last):
        normal = vector_at(faces, face, NORMAL)
        rate, room = dot(normal, along), faces[face, OFFSET] - dot(normal, start)
        if rate < 0.0:
            enter = max(enter, room / rate)
        elif rate > 0.0:
            leave = min(leave, room / rate)
        elif room < 0.0:
            return _NOTHING
    return enter, leave


@kernel
def _within_rare(parts: Table, faces: Table, p: int, start: Vector, along: Vector) -> Interval:
    """Shapes that few scenes have: a function of their own, so that it is compiled once."""
    size, shape = vector_at(parts, p, SIZE), int(parts[p, SHAPE])
    if shape == CAPSULE:
        return _within_capsule(start, along, size)
    if shape == ELLIPSOID:
        x, y, z = 1.0 / size[0], 1.0 / size[1], 1.0 / size[2]
        round_start = (start[0] * x, start[1] * y, start[2] * z)
        return within_ball(round_start, (along[0] * x, along[1] * y, along[2] * z), 1.0)
    return _within_convex(faces, int(parts[p, FIRST_FACE]), int(parts[p, LAST_FACE]), start, along)


@inlined
def within(parts: Table, faces: Table, p: int, start: Vector, along: Vector) -> Interval:
    """Where a ray, given in the axes of primitive p, is inside it; on a plane it is for one instant."""
    size, shape = vector_at(parts, p, SIZE), int(parts[p, SHAPE])
    if shape == PLANE:
        return _on_plane(start, along, size)
    if shape == SPHERE:
        return within_ball(start, along, size[0])
    if shape == BOX:
        return _within_box(start, along, size)
    if shape == CYLINDER:
        return _within_cylinder(start, along, size)
    return _within_rare(parts, faces, p, start, along)

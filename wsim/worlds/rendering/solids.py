"""Rays against shapes: the interval of a ray that lies inside, in the shape's own axes.

Every shape is convex. A ray is `start + t along` with `along` of any length; a ray that misses gets an
interval that ends before it begins. Formulae choose between outcomes, they do not branch, so that a block
of rays goes through them side by side.
"""

import math

from wsim.worlds.rendering.compiled import Table, Vector, add_scaled, dot, inlined, kernel, vector_at
from wsim.worlds.rendering.lanes import ALONG, BLOCK, ENTER, LEAVE, START, Line, lane
from wsim.worlds.rendering.layout import (
    BOX,
    CAPSULE,
    CYLINDER,
    ELLIPSOID,
    FAR,
    FIRST_FACE,
    LAST_FACE,
    OFFSET,
    OUTWARD,
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
    root, inverse = math.sqrt(max(q, 0.0)), 1.0 / a
    return ((-b - root) * inverse, (root - b) * inverse) if q >= 0.0 else _NOTHING


@inlined
def _slab(start: float, along: float, half: float) -> Interval:
    """Between -half and half along one axis."""
    inverse = 1.0 / along
    middle, reach = -start * inverse, abs(half * inverse)
    beside = (-FAR, FAR) if abs(start) <= half else _NOTHING
    return (middle - reach, middle + reach) if along != 0.0 else beside


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
    q = b * b - a * c
    root, inverse = math.sqrt(max(q, 0.0)), 1.0 / a
    beside = (-FAR, FAR) if c <= 0.0 else _NOTHING  # along the axis
    across = ((-b - root) * inverse, (root - b) * inverse) if q >= 0.0 else _NOTHING
    return across if a >= 1e-14 else beside


@inlined
def _within_cylinder(start: Vector, along: Vector, size: Vector) -> Interval:
    side0, side1 = _within_tube(start, along, size[0])
    end0, end1 = _slab(start[2], along[2], size[2])
    return max(side0, end0), min(side1, end1)


@inlined
def _on_plane(start: Vector, along: Vector, size: Vector) -> Interval:
    t = -start[2] / along[2]
    x, y, _ = add_scaled(start, t, along)
    within = size[0] <= 0.0 or (abs(x) <= size[0] and abs(y) <= size[1])
    return (t, t) if within and along[2] != 0.0 else _NOTHING


@inlined
def _within_capsule(start: Vector, along: Vector, size: Vector) -> Interval:
    """A cylinder and two balls together are convex: from the first entry to the last exit."""
    enter, leave = _within_cylinder(start, along, size)
    enter, leave = (enter, leave) if enter <= leave else _NOTHING
    for end in range(2):
        z = start[2] - size[2] if end else start[2] + size[2]
        first, last = within_ball((start[0], start[1], z), along, size[0])
        enter, leave = min(enter, first), max(leave, last)
    return enter, leave


@inlined
def _within_ellipsoid(start: Vector, along: Vector, size: Vector) -> Interval:
    """A ball, once space is measured in semi-axes."""
    x, y, z = 1.0 / size[0], 1.0 / size[1], 1.0 / size[2]
    round_start, round_along = (
        (start[0] * x, start[1] * y, start[2] * z),
        (along[0] * x, along[1] * y, along[2] * z),
    )
    return within_ball(round_start, round_along, 1.0)


@inlined
def _within_half_spaces(parts: Table, faces: Table, p: int, lanes: Line) -> None:
    """Inside all half-spaces n . x <= d of a convex solid."""
    for i in range(BLOCK):
        lanes[ENTER + i], lanes[LEAVE + i] = -FAR, FAR
    for face in range(int(parts[p, FIRST_FACE]), int(parts[p, LAST_FACE])):
        normal, offset = vector_at(faces, face, OUTWARD), faces[face, OFFSET]
        for i in range(BLOCK):
            rate = dot(normal, lane(lanes, ALONG, i))
            room = offset - dot(normal, lane(lanes, START, i))
            enter, leave, at = lanes[ENTER + i], lanes[LEAVE + i], room / rate
            never = rate == 0.0 and room < 0.0
            lanes[ENTER + i] = FAR if never else (max(enter, at) if rate < 0.0 else enter)
            lanes[LEAVE + i] = -FAR if never else (min(leave, at) if rate > 0.0 else leave)


@kernel
def enter_all(parts: Table, faces: Table, p: int, lanes: Line) -> None:
    """From where to where every ray of a block is inside primitive p; on a plane it is for one instant.

    Reads `START` and `ALONG`, the rays in the primitive's axes; writes `ENTER` and `LEAVE`.
    """
    size, shape = vector_at(parts, p, SIZE), int(parts[p, SHAPE])
    if shape == PLANE:
        for i in range(BLOCK):
            interval = _on_plane(lane(lanes, START, i), lane(lanes, ALONG, i), size)
            lanes[ENTER + i], lanes[LEAVE + i] = interval
    elif shape == SPHERE:
        for i in range(BLOCK):
            interval = within_ball(lane(lanes, START, i), lane(lanes, ALONG, i), size[0])
            lanes[ENTER + i], lanes[LEAVE + i] = interval
    elif shape == BOX:
        for i in range(BLOCK):
            interval = _within_box(lane(lanes, START, i), lane(lanes, ALONG, i), size)
            lanes[ENTER + i], lanes[LEAVE + i] = interval
    elif shape == CYLINDER:
        for i in range(BLOCK):
            interval = _within_cylinder(lane(lanes, START, i), lane(lanes, ALONG, i), size)
            lanes[ENTER + i], lanes[LEAVE + i] = interval
    elif shape == CAPSULE:
        for i in range(BLOCK):
            interval = _within_capsule(lane(lanes, START, i), lane(lanes, ALONG, i), size)
            lanes[ENTER + i], lanes[LEAVE + i] = interval
    elif shape == ELLIPSOID:
        for i in range(BLOCK):
            interval = _within_ellipsoid(lane(lanes, START, i), lane(lanes, ALONG, i), size)
            lanes[ENTER + i], lanes[LEAVE + i] = interval
    else:
        _within_half_spaces(parts, faces, p, lanes)

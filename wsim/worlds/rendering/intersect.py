"""Rays against bodies: where a ray enters a sphere, box, cylinder or plane, and the surface found there.

A body is one row of a table of float64; the columns are named here. Every shape is convex, and a ray that
starts inside one does not see it.
"""

import math

from wsim.worlds.rendering.compiled import Table, Vector, add_scaled, dot, inlined, vector_at

SPHERE, BOX, CYLINDER, PLANE = range(4)

SHAPE = 0
POSITION = 1  # 3 columns, metres
ROTATION = 4  # 9 columns, world from body, row by row
SIZE = 13  # 3 columns, as in `Body.size_m`
BOUND = 16  # radius of a sphere around the body, metres
CASTS = 17  # whether it throws shadows
MATERIAL = 18
CELLS = 19  # texture frequency, 1/m
COLOUR = 20  # 3 columns, linear
COLOUR_B = 23  # 3 columns, linear
SPECULAR = 26
TEXTURE_SEED = 27
FIRST_STROKE, LAST_STROKE = 28, 29  # rows of the table of strokes, last excluded
SHADOW = 30  # 3 columns: the centre along the two axes across the light and the one towards it, metres
BODY_COLUMNS = 33

MISS = -1.0
FAR = 1e30
TOP_FACE = 5  # local +z of a box or plane, where paint lies


@inlined
def to_local(bodies: Table, k: int, v: Vector) -> Vector:
    """A world vector in the frame of body k."""
    x, y, z = v
    return (
        bodies[k, ROTATION] * x + bodies[k, ROTATION + 3] * y + bodies[k, ROTATION + 6] * z,
        bodies[k, ROTATION + 1] * x + bodies[k, ROTATION + 4] * y + bodies[k, ROTATION + 7] * z,
        bodies[k, ROTATION + 2] * x + bodies[k, ROTATION + 5] * y + bodies[k, ROTATION + 8] * z,
    )


@inlined
def to_world(bodies: Table, k: int, v: Vector) -> Vector:
    """A vector of body k's frame in the world."""
    return (
        dot(vector_at(bodies, k, ROTATION), v),
        dot(vector_at(bodies, k, ROTATION + 3), v),
        dot(vector_at(bodies, k, ROTATION + 6), v),
    )


@inlined
def _enter_sphere(origin: Vector, direction: Vector, radius: float) -> float:
    b = dot(origin, direction)
    q = b * b - dot(origin, origin) + radius * radius
    return -b - math.sqrt(q) if q >= 0.0 else MISS


@inlined
def _slab(origin: float, direction: float, half: float) -> tuple[float, float]:
    """The interval of the ray between -half and half along one axis."""
    if direction == 0.0:
        return (-FAR, FAR) if abs(origin) <= half else (FAR, -FAR)
    inverse = 1.0 / direction
    middle, reach = -origin * inverse, abs(half * inverse)
    return middle - reach, middle + reach


@inlined
def _enter_box(origin: Vector, direction: Vector, size: Vector) -> float:
    x0, x1 = _slab(origin[0], direction[0], size[0])
    y0, y1 = _slab(origin[1], direction[1], size[1])
    z0, z1 = _slab(origin[2], direction[2], size[2])
    enter = max(x0, max(y0, z0))
    return enter if enter <= min(x1, min(y1, z1)) else MISS


@inlined
def _enter_cylinder(origin: Vector, direction: Vector, radius: float, half_height: float) -> float:
    enter, leave = _slab(origin[2], direction[2], half_height)
    a = direction[0] * direction[0] + direction[1] * direction[1]
    b = origin[0] * direction[0] + origin[1] * direction[1]
    c = origin[0] * origin[0] + origin[1] * origin[1] - radius * radius
    if a < 1e-14:  # along the axis
        return enter if c <= 0.0 else MISS
    q = b * b - a * c
    if q < 0.0:
        return MISS
    root = math.sqrt(q)
    enter = max(enter, (-b - root) / a)
    return enter if enter <= min(leave, (-b + root) / a) else MISS


@inlined
def _meet_plane(origin: Vector, direction: Vector, size: Vector) -> float:
    if direction[2] == 0.0:
        return MISS
    distance = -origin[2] / direction[2]
    x, y, _ = add_scaled(origin, distance, direction)
    endless = size[0] <= 0.0
    return distance if endless or (abs(x) <= size[0] and abs(y) <= size[1]) else MISS


@inlined
def enter(bodies: Table, k: int, origin: Vector, direction: Vector) -> float:
    """How far along the ray body k begins; negative when it is missed or lies behind.

    `direction` must have unit length.
    """
    relative = add_scaled(origin, -1.0, vector_at(bodies, k, POSITION))
    size = vector_at(bodies, k, SIZE)
    shape = int(bodies[k, SHAPE])
    if shape == SPHERE:
        return _enter_sphere(relative, direction, size[0])
    start, along = to_local(bodies, k, relative), to_local(bodies, k, direction)
    if shape == BOX:
        return _enter_box(start, along, size)
    if shape == CYLINDER:
        return _enter_cylinder(start, along, size[0], size[2])
    return _meet_plane(start, along, size)


@inlined
def _box_surface(local: Vector, size: Vector) -> tuple[Vector, int]:
    x, y, z = abs(local[0]) - size[0], abs(local[1]) - size[1], abs(local[2]) - size[2]
    if x >= y and x >= z:
        return ((1.0, 0.0, 0.0), 1) if local[0] > 0.0 else ((-1.0, 0.0, 0.0), 0)
    if y >= z:
        return ((0.0, 1.0, 0.0), 3) if local[1] > 0.0 else ((0.0, -1.0, 0.0), 2)
    return ((0.0, 0.0, 1.0), TOP_FACE) if local[2] > 0.0 else ((0.0, 0.0, -1.0), 4)


@inlined
def _cylinder_surface(local: Vector, size: Vector) -> tuple[Vector, int]:
    radius = math.sqrt(local[0] * local[0] + local[1] * local[1])
    if abs(local[2]) - size[2] > radius - size[0]:
        return ((0.0, 0.0, 1.0), 1) if local[2] > 0.0 else ((0.0, 0.0, -1.0), 2)
    return (local[0] / radius, local[1] / radius, 0.0), 0


@inlined
def surface(bodies: Table, k: int, point: Vector) -> tuple[Vector, Vector, int]:
    """Outward normal (world), the point in body k's frame, and which face it lies on."""
    local = to_local(bodies, k, add_scaled(point, -1.0, vector_at(bodies, k, POSITION)))
    size = vector_at(bodies, k, SIZE)
    shape = int(bodies[k, SHAPE])
    normal, face = (0.0, 0.0, 1.0), TOP_FACE
    if shape == SPHERE:
        normal, face = (local[0] / size[0], local[1] / size[0], local[2] / size[0]), 0
    elif shape == BOX:
        normal, face = _box_surface(local, size)
    elif shape == CYLINDER:
        normal, face = _cylinder_surface(local, size)
    return to_world(bodies, k, normal), local, face

"""The surface where a ray meets it: its normal, and which face of which primitive that is."""

import math

from wsim.worlds.rendering.compiled import (
    Table,
    Vector,
    add_scaled,
    dot,
    inlined,
    kernel,
    normalised,
    scaled,
    vector_at,
)
from wsim.worlds.rendering.lanes import (
    ALONG,
    BITE,
    BLOCK,
    DIRECTION,
    ENTER,
    FACE,
    FACING,
    LOCAL,
    NORMAL,
    ORIGIN,
    OWN,
    PART,
    POINT,
    RAY,
    START,
    Line,
    T,
    lane,
    put,
)
from wsim.worlds.rendering.layout import (
    BALL,
    BITTEN,
    BOTTOM,
    BOX,
    CAPSULE,
    CONVEX,
    CYLINDER,
    CYLINDER_BOTTOM,
    CYLINDER_TOP,
    ELLIPSOID,
    FAR,
    FIRST_FACE,
    LAST_FACE,
    LAST_NUMBERED,
    MIRROR_SHIFT,
    OFFSET,
    OUTWARD,
    POSITION,
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
def _box_normal(local: Vector, size: Vector) -> tuple[Vector, float]:
    """Local normal and number of the face of a box."""
    x, y, z = abs(local[0]) - size[0], abs(local[1]) - size[1], abs(local[2]) - size[2]
    along_x = x >= y and x >= z
    along_y = not along_x and y >= z
    at = local[0] if along_x else (local[1] if along_y else local[2])
    sign = 1.0 if at > 0.0 else -1.0
    first = 0.0 if along_x else (2.0 if along_y else 4.0)
    normal = sign if along_x else 0.0, sign if along_y else 0.0, 0.0 if along_x or along_y else sign
    return normal, first + (1.0 if at > 0.0 else 0.0)


@inlined
def _cylinder_normal(local: Vector, size: Vector) -> tuple[Vector, float]:
    """Local normal and number of the face of a cylinder."""
    x, y, z = local
    radius = math.sqrt(x * x + y * y)
    at_end, above = abs(z) - size[2] > radius - size[0], z > 0.0
    end = CYLINDER_TOP if above else CYLINDER_BOTTOM
    normal = (0.0, 0.0, 1.0 if above else -1.0) if at_end else (x / radius, y / radius, 0.0)
    return normal, float(end if at_end else SIDE)


@inlined
def _capsule_normal(local: Vector, size: Vector) -> Vector:
    """Local normal of a capsule: away from its axis."""
    x, y, z = local
    away = z - min(size[2], max(-size[2], z))
    return x / size[0], y / size[0], away / size[0]


@inlined
def _ellipsoid_normal(local: Vector, size: Vector) -> Vector:
    """Local normal of an ellipsoid: the gradient of its equation."""
    x, y, z = local
    return normalised((x / (size[0] * size[0]), y / (size[1] * size[1]), z / (size[2] * size[2])))


@inlined
def _convex_normal(parts: Table, faces: Table, p: int, local: Vector) -> tuple[Vector, float]:
    """The half-space that a point on a convex solid is least inside of."""
    first, closest, best = int(parts[p, FIRST_FACE]), int(parts[p, FIRST_FACE]), -FAR
    for face in range(first, int(parts[p, LAST_FACE])):
        outside = dot(vector_at(faces, face, OUTWARD), local) - faces[face, OFFSET]
        if outside > best:
            best, closest = outside, face
    return vector_at(faces, closest, OUTWARD), float(min(closest - first, LAST_NUMBERED))


@inlined
def _normals(parts: Table, faces: Table, p: int, lanes: Line) -> None:
    """Local normal and face at the place `START` on primitive p: into `ALONG` and `ENTER`."""
    size, shape = vector_at(parts, p, SIZE), int(parts[p, SHAPE])
    if shape == SPHERE:
        for i in range(BLOCK):
            put(lanes, ALONG, i, scaled(1.0 / size[0], lane(lanes, START, i)))
            lanes[ENTER + i] = 0.0
    elif shape == BOX:
        for i in range(BLOCK):
            normal, lanes[ENTER + i] = _box_normal(lane(lanes, START, i), size)
            put(lanes, ALONG, i, normal)
    elif shape == CYLINDER:
        for i in range(BLOCK):
            normal, lanes[ENTER + i] = _cylinder_normal(lane(lanes, START, i), size)
            put(lanes, ALONG, i, normal)
    elif shape in (CAPSULE, ELLIPSOID):
        for i in range(BLOCK):
            local = lane(lanes, START, i)
            normal = _capsule_normal(local, size) if shape == CAPSULE else _ellipsoid_normal(local, size)
            put(lanes, ALONG, i, normal)
            lanes[ENTER + i] = 0.0
    elif shape == CONVEX:
        for i in range(BLOCK):
            normal, lanes[ENTER + i] = _convex_normal(parts, faces, p, lane(lanes, START, i))
            put(lanes, ALONG, i, normal)
    else:
        for i in range(BLOCK):
            put(lanes, ALONG, i, (0.0, 0.0, 1.0))
            lanes[ENTER + i] = float(TOP)


@kernel
def _surface_of(parts: Table, faces: Table, p: int, lanes: Line) -> None:
    """Point in local axes, outward normal and face of all rays that have hit primitive p."""
    position = vector_at(parts, p, POSITION)
    for i in range(BLOCK):
        put(lanes, START, i, to_local(parts, p, add_scaled(lane(lanes, POINT, i), -1.0, position)))
    _normals(parts, faces, p, lanes)
    for i in range(BLOCK):
        mine = lanes[PART + i] == float(p)
        put(lanes, LOCAL, i, lane(lanes, START, i) if mine else lane(lanes, LOCAL, i))
        normal = to_world(parts, p, lane(lanes, ALONG, i))
        put(lanes, NORMAL, i, normal if mine else lane(lanes, NORMAL, i))
        lanes[FACE + i] = lanes[ENTER + i] if mine else lanes[FACE + i]


@inlined
def _face_rays(parts: Table, lanes: Line) -> None:
    """Turn normals towards the rays, as at the back of a plane."""
    for i in range(BLOCK):
        normal, face = lane(lanes, NORMAL, i), lanes[FACE + i]
        facing = -dot(normal, lane(lanes, DIRECTION, i))
        put(lanes, NORMAL, i, normal if facing >= 0.0 else scaled(-1.0, normal))
        lanes[FACING + i] = abs(facing)
        lanes[FACE + i] = float(BOTTOM) if facing < 0.0 and face == float(TOP) else face


@kernel
def surfaces(bodies: Table, parts: Table, faces: Table, bites: Table, in_mirror: bool, lanes: Line) -> None:
    """The surface that every ray of a block has hit: point, normal towards the ray, face.

    `FACING` is the cosine between normal and ray. Reads the hits; what is said of rays that hit nothing
    means nothing.
    """
    for i in range(BLOCK):
        put(lanes, POINT, i, add_scaled(lane(lanes, ORIGIN, i), lanes[T + i], lane(lanes, RAY, i)))
    if in_mirror:  # rays have met bodies where their images are said to be
        for i in range(BLOCK):
            if lanes[PART + i] >= 0.0:
                shift = vector_at(bodies, int(lanes[OWN + i]), MIRROR_SHIFT)
                put(lanes, POINT, i, add_scaled(lane(lanes, POINT, i), -1.0, shift))
    last, some_bitten = -1.0, False
    for i in range(BLOCK):  # neighbours mostly hit the same primitive
        p = lanes[PART + i]
        if p >= 0.0 and p != last and not _is_known(p, i, lanes):
            _surface_of(parts, faces, int(p), lanes)
        last = p
        some_bitten = some_bitten or lanes[BITE + i] >= 0.0
    if some_bitten:
        _inside_bites(bites, lanes)
    _face_rays(parts, lanes)


@inlined
def _is_known(p: float, end: int, lanes: Line) -> bool:
    """Whether a ray before `end` has hit primitive p."""
    known = False
    for j in range(end):
        known = known or lanes[PART + j] == p
    return known


@inlined
def _inside_bites(bites: Table, lanes: Line) -> None:
    for i in range(BLOCK):
        if lanes[BITE + i] >= 0.0:
            centre = vector_at(bites, int(lanes[BITE + i]), BALL)
            put(lanes, NORMAL, i, normalised(add_scaled(centre, -1.0, lane(lanes, POINT, i))))
            lanes[FACE + i] = float(BITTEN)

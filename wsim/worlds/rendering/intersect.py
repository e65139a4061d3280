"""Rays against whole bodies: what they meet first, what they meet at all, and what stands in the light."""

import numpy as np

from wsim.worlds.rendering.compiled import Table, Vector, add_scaled, dot, inlined, kernel, vector_at
from wsim.worlds.rendering.layout import (
    ACROSS,
    BALL,
    BINS,
    BOUND,
    CASTS,
    CENTRE,
    CONVEX_WHOLE,
    DOWN_AXIS,
    DOWN_LOCAL,
    EYE,
    EYE_LOCAL,
    FAR,
    FIRST_BITE,
    FIRST_PART,
    FORWARD,
    FORWARD_LOCAL,
    LAST_BITE,
    LAST_PART,
    LIGHT_LOCAL,
    MIRROR_SHIFT,
    MIRRORED,
    PLANE,
    POSITION,
    RADIUS,
    RIGHT_AXIS,
    RIGHT_LOCAL,
    SHADOW,
    SHADOW_BINS,
    SHADOW_SHIFT,
    SHAPE,
    TOWARDS,
    UP,
)
from wsim.worlds.rendering.solids import within, within_ball
from wsim.worlds.rendering.surface import to_local

NEAR_M, FAR_M = 1e-3, 1e6  # an endless plane ends where the integers of its texture still fit
LIFT_M = 1e-4  # start of a second ray above its surface
_TOUCHING_M = 1e-9
_ONE, _NONE = np.uint64(1), np.uint64(0)


@inlined
def prepare(camera: Table, light: Table, parts: Table) -> None:
    """Fill in what all rays of a frame share: eye, picture axes and light in the axes of every primitive."""
    eye, towards = (camera[EYE], camera[EYE + 1], camera[EYE + 2]), vector_at(light, TOWARDS, 0)
    for p in range(parts.shape[0]):
        start = to_local(parts, p, add_scaled(eye, -1.0, vector_at(parts, p, POSITION)))
        sun = to_local(parts, p, towards)
        for i in range(3):
            parts[p, EYE_LOCAL + i], parts[p, LIGHT_LOCAL + i] = start[i], sun[i]
        for first, column in ((RIGHT_AXIS, RIGHT_LOCAL), (DOWN_AXIS, DOWN_LOCAL), (FORWARD, FORWARD_LOCAL)):
            axis = to_local(parts, p, (camera[first], camera[first + 1], camera[first + 2]))
            for i in range(3):
                parts[p, column + i] = axis[i]


@kernel
def _less_bites(
    bites: Table, first: int, last: int, start: Vector, along: Vector, near: float, enter: float, leave: float
) -> tuple[float, int]:
    """Where a ray first meets what the bites have left, `FAR` if nowhere, and the bite that it meets it in.

    The ray, in the world, is inside the whole primitive from `enter` to `leave`. One that starts in the flesh
    meets nothing, one that starts in the hole meets its wall.
    """
    t, bite = max(enter, near), -1
    for _ in range(last - first):
        before = t
        for b in range(first, last):
            to_start = add_scaled(start, -1.0, vector_at(bites, b, BALL))
            goes_in, comes_out = within_ball(to_start, along, bites[b, RADIUS])
            if bites[b, RADIUS] > 0.0 and goes_in <= t + _TOUCHING_M and t + _TOUCHING_M < comes_out:
                t, bite = comes_out, b
        if t == before:
            break
    return (FAR, -1) if t > leave or (bite < 0 and enter < near) else (t, bite)


@inlined
def _meets(
    bodies: Table,
    bites: Table,
    k: int,
    origin: Vector,
    direction: Vector,
    near: float,
    enter: float,
    leave: float,
) -> tuple[float, int]:
    """Where along a ray (world) a primitive of body k begins, `FAR` if it does not, and the bite it is in."""
    if enter > leave:
        return FAR, -1
    if bodies[k, LAST_BITE] > bodies[k, FIRST_BITE]:
        first, last = int(bodies[k, FIRST_BITE]), int(bodies[k, LAST_BITE])
        return _less_bites(bites, first, last, origin, direction, near, enter, leave)
    return (enter, -1) if enter >= near else (FAR, -1)


@inlined
def seen(
    camera: Table,
    bodies: Table,
    parts: Table,
    faces: Table,
    bites: Table,
    u: float,
    v: float,
    candidates: np.uint64,
) -> tuple[float, int, int, np.uint64]:
    """What the camera sees in the direction right u + down v + forward.

    Depth, primitive (-1: none) and bite (-1: none) of the first hit, and a bit for every body on the ray.
    """
    eye = camera[EYE], camera[EYE + 1], camera[EYE + 2]
    ray = camera_ray(camera, u, v)
    best, found, found_bite, bits = FAR, -1, -1, _NONE
    k = 0
    while candidates != _NONE:
        if candidates & _ONE:
            for p in range(int(bodies[k, FIRST_PART]), int(bodies[k, LAST_PART])):
                along = add_scaled(vector_at(parts, p, FORWARD_LOCAL), u, vector_at(parts, p, RIGHT_LOCAL))
                along = add_scaled(along, v, vector_at(parts, p, DOWN_LOCAL))
                enter, leave = within(parts, faces, p, vector_at(parts, p, EYE_LOCAL), along)
                depth, bite = _meets(bodies, bites, k, eye, ray, NEAR_M, enter, leave)
                if depth <= FAR_M:
                    bits |= _ONE << np.uint64(k)
                    if depth < best:
                        best, found, found_bite = depth, p, bite
        candidates >>= _ONE
        k += 1
    return best, found, found_bite, bits


@inlined
def camera_ray(camera: Table, u: float, v: float) -> Vector:
    """The direction right u + down v + forward in the world; its component along the camera axis is 1."""
    right = (camera[RIGHT_AXIS], camera[RIGHT_AXIS + 1], camera[RIGHT_AXIS + 2])
    down = (camera[DOWN_AXIS], camera[DOWN_AXIS + 1], camera[DOWN_AXIS + 2])
    ahead = (camera[FORWARD], camera[FORWARD + 1], camera[FORWARD + 2])
    return add_scaled(add_scaled(ahead, u, right), v, down)


@inlined
def _passes_by(bodies: Table, k: int, origin: Vector, direction: Vector) -> bool:
    """Whether a ray of any length misses the bounding sphere of body k."""
    centre, bound = add_scaled(vector_at(bodies, k, CENTRE), -1.0, origin), bodies[k, BOUND]
    a, b, c = dot(direction, direction), dot(centre, direction), dot(centre, centre) - bound * bound
    return c > 0.0 and (b < 0.0 or b * b < a * c)


@inlined
def mirrored(
    bodies: Table, parts: Table, faces: Table, bites: Table, own: int, origin: Vector, direction: Vector
) -> tuple[float, int, int]:
    """What a mirror on body `own` shows along a ray: distance (in lengths of it), primitive and bite."""
    best, found, found_bite = FAR, -1, -1
    for k in range(bodies.shape[0]):
        if bodies[k, MIRRORED] == 0.0 or (k == own and bodies[k, CONVEX_WHOLE] > 0.0):
            continue
        start = add_scaled(origin, -1.0, vector_at(bodies, k, MIRROR_SHIFT))
        if _passes_by(bodies, k, start, direction):
            continue
        for p in range(int(bodies[k, FIRST_PART]), int(bodies[k, LAST_PART])):
            local = to_local(parts, p, add_scaled(start, -1.0, vector_at(parts, p, POSITION)))
            enter, leave = within(parts, faces, p, local, to_local(parts, p, direction))
            t, bite = _meets(bodies, bites, k, start, direction, 0.0, enter, leave)
            if t < best and t <= FAR_M:
                best, found, found_bite = t, p, bite
    return best, found, found_bite


@inlined
def _bin(light: Table, axis: int, place: float) -> int:
    """Bin of a place along one axis across the light."""
    x = (place - light[BINS + axis, 0]) * light[BINS + axis, 1]
    return int(x) if x > 0.0 and x < SHADOW_BINS - 1.0 else 0


@inlined
def _may_shade(bodies: Table, k: int, u: float, v: float, w: float) -> bool:
    """Seen along the light, a bounding sphere is a disc, which most points miss."""
    du, dv, bound = bodies[k, SHADOW] - u, bodies[k, SHADOW + 1] - v, bodies[k, BOUND]
    near = du * du + dv * dv <= bound * bound and bodies[k, SHADOW + 2] - w > -bound
    return bool(near and bodies[k, CASTS] > 0.0)


@inlined
def shadowed(
    light: Table,
    shades_u: "np.ndarray[tuple[int], np.dtype[np.uint64]]",
    shades_v: "np.ndarray[tuple[int], np.dtype[np.uint64]]",
    bodies: Table,
    parts: Table,
    faces: Table,
    bites: Table,
    own: int,
    point: Vector,
    normal: Vector,
) -> bool:
    """Whether a body stands between a point on the surface of body `own` and the sun.

    Planes have no volume and cast nothing. What a body throws on itself is no matter of its shadow's
    displacement, or of its having one.
    """
    start, towards = add_scaled(point, LIFT_M, normal), vector_at(light, TOWARDS, 0)
    u, v = dot(start, vector_at(light, ACROSS, 0)), dot(start, vector_at(light, UP, 0))
    w = dot(start, towards)
    itself = _ONE << np.uint64(own)
    candidates = shades_u[_bin(light, 0, u)] & shades_v[_bin(light, 1, v)] & ~itself
    if bodies[own, CONVEX_WHOLE] == 0.0:
        candidates |= itself
    k = 0
    while candidates != _NONE:
        if candidates & _ONE and (k == own or _may_shade(bodies, k, u, v, w)):
            shift = 0.0 if k == own else -1.0
            source = add_scaled(start, shift, vector_at(bodies, k, SHADOW_SHIFT))
            for p in range(int(bodies[k, FIRST_PART]), int(bodies[k, LAST_PART])):
                if int(parts[p, SHAPE]) != PLANE:
                    local = to_local(parts, p, add_scaled(source, -1.0, vector_at(parts, p, POSITION)))
                    enter, leave = within(parts, faces, p, local, vector_at(parts, p, LIGHT_LOCAL))
                    if _meets(bodies, bites, k, source, towards, 0.0, enter, leave)[0] < FAR:
                        return True
        candidates >>= _ONE
        k += 1
    return False

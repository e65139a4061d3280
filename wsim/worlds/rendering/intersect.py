"""Blocks of rays against whole bodies: what they meet first, what at all, and what stands in the light."""

import numpy as np

from wsim.worlds.rendering.compiled import (
    Table,
    Vector,
    add_scaled,
    dot,
    inlined,
    kernel,
    scaled,
    vector_at,
)
from wsim.worlds.rendering.lanes import (
    ALONG,
    BIN_U,
    BIN_V,
    BITE,
    BLOCK,
    BLOCKED,
    CUT,
    ENTER,
    LEAVE,
    NORMAL,
    ORIGIN,
    OWN,
    PART,
    POINT,
    RAY,
    SHIFTED,
    SOURCE,
    START,
    SUN,
    Line,
    Masks,
    T,
    lane,
    put,
)
from wsim.worlds.rendering.layout import (
    ACROSS,
    BALL,
    BINS,
    CONVEX_WHOLE,
    FAR,
    FIRST_BITE,
    FIRST_PART,
    LAST_BITE,
    LAST_PART,
    MIRROR_SHIFT,
    PLANE,
    POSITION,
    RADIUS,
    SHADOW_BINS,
    SHADOW_SHIFT,
    SHAPE,
    TOWARDS,
    UP,
)
from wsim.worlds.rendering.solids import enter_all, within_ball
from wsim.worlds.rendering.surface import to_local

NEAR_M, FAR_M = 1e-3, 1e6  # an endless plane ends where the integers of its texture still fit
LIFT_M = 1e-4  # start of a second ray above its surface
_TOUCHING_M = 1e-9
_ONE, _NONE = np.uint64(1), np.uint64(0)


@inlined
def _all_of(candidates: Masks) -> np.uint64:
    """The bodies that are candidates of any ray of a block."""
    together = _NONE
    for i in range(BLOCK):
        together |= candidates[i]
    return together


@inlined
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
    missed = enter > leave or t > leave or (bite < 0 and enter < near)
    return (FAR, -1) if missed else (t, bite)


@kernel
def _enter(
    bodies: Table,
    parts: Table,
    faces: Table,
    bites: Table,
    k: int,
    p: int,
    to_sun: bool,
    towards: Vector,
    near: float,
    lanes: Line,
) -> None:
    """Make `ENTER` where rays first meet primitive p of body k, `FAR` where they do not; `CUT` is the bite.

    Rays start at `SHIFTED`, and go along `RAY`, or all `towards` the sun. A ray to the sun that starts
    inside another body meets it: there is no light in there.
    """
    position, sunward = vector_at(parts, p, POSITION), to_local(parts, p, towards)
    for i in range(BLOCK):
        put(lanes, START, i, to_local(parts, p, add_scaled(lane(lanes, SHIFTED, i), -1.0, position)))
        put(lanes, ALONG, i, sunward if to_sun else to_local(parts, p, lane(lanes, RAY, i)))
    enter_all(parts, faces, p, lanes)
    first, last = int(bodies[k, FIRST_BITE]), int(bodies[k, LAST_BITE])
    for i in range(BLOCK):
        enter, leave = lanes[ENTER + i], lanes[LEAVE + i]
        inside_counts = to_sun and lanes[OWN + i] != float(k)
        meets = enter <= leave and leave > 0.0 and (enter >= near or inside_counts)
        lanes[CUT + i] = -1.0
        lanes[ENTER + i] = enter if meets or first < last else FAR
    if first < last:
        for i in range(BLOCK):
            way = towards if to_sun else lane(lanes, RAY, i)
            enter, leave = lanes[ENTER + i], lanes[LEAVE + i]
            start = lane(lanes, SHIFTED, i)
            lanes[ENTER + i], cut = _less_bites(bites, first, last, start, way, near, enter, leave)
            lanes[CUT + i] = float(cut)


@inlined
def _keep_nearest(k: int, p: int, candidates: Masks, bits: Masks, lanes: Line) -> None:
    """Take over the rays for which primitive p of body k comes before all others so far."""
    bit = _ONE << np.uint64(k)
    for i in range(BLOCK):
        enter = lanes[ENTER + i]
        hit = (candidates[i] & bit) != _NONE and enter <= FAR_M
        bits[i] |= bit if hit else _NONE
        nearer = hit and enter < lanes[T + i]
        lanes[T + i] = enter if nearer else lanes[T + i]
        lanes[PART + i] = float(p) if nearer else lanes[PART + i]
        lanes[OWN + i] = float(k) if nearer else lanes[OWN + i]
        lanes[BITE + i] = lanes[CUT + i] if nearer else lanes[BITE + i]


@kernel
def hits(
    bodies: Table,
    parts: Table,
    faces: Table,
    bites: Table,
    candidates: Masks,
    in_mirror: bool,
    bits: Masks,
    lanes: Line,
) -> None:
    """What rays meet: t, primitive, body and bite of the first hit, and a bit for every body on the way.

    Reads `ORIGIN` and `RAY`; `candidates` are the bodies that a ray may meet. In mirrors bodies are where
    their images are said to be.
    """
    for i in range(BLOCK):
        bits[i] = _NONE
        lanes[T + i], lanes[PART + i], lanes[OWN + i], lanes[BITE + i] = FAR, -1.0, -1.0, -1.0
    near, left = 0.0 if in_mirror else NEAR_M, _all_of(candidates)
    k = 0
    while left != _NONE:
        if left & _ONE:
            shift = scaled(-1.0 if in_mirror else 0.0, vector_at(bodies, k, MIRROR_SHIFT))
            for i in range(BLOCK):
                put(lanes, SHIFTED, i, add_scaled(lane(lanes, ORIGIN, i), 1.0, shift))
            for p in range(int(bodies[k, FIRST_PART]), int(bodies[k, LAST_PART])):
                _enter(bodies, parts, faces, bites, k, p, False, shift, near, lanes)
                _keep_nearest(k, p, candidates, bits, lanes)
        left >>= _ONE
        k += 1


@inlined
def _bin(light: Table, axis: int, place: float) -> float:
    """Bin of a place along one axis across the light, not yet cut to a whole number."""
    x = (place - light[BINS + axis, 0]) * light[BINS + axis, 1]
    return x if x > 0.0 and x < SHADOW_BINS - 1.0 else 0.0


@inlined
def _lift(light: Table, lanes: Line) -> None:
    """How high the sun stands, where rays to it start, and in which bins that is."""
    towards = vector_at(light, TOWARDS, 0)
    for i in range(BLOCK):
        normal = lane(lanes, NORMAL, i)
        start = add_scaled(lane(lanes, POINT, i), LIFT_M, normal)
        put(lanes, SOURCE, i, start)
        lanes[SUN + i] = max(0.0, dot(normal, towards))
        lanes[BIN_U + i] = _bin(light, 0, dot(start, vector_at(light, ACROSS, 0)))
        lanes[BIN_V + i] = _bin(light, 1, dot(start, vector_at(light, UP, 0)))


@inlined
def _who_may_shade(bodies: Table, shades_u: Masks, shades_v: Masks, lanes: Line, candidates: Masks) -> None:
    """A body may shade what lies in its bins, and itself if it is not convex."""
    for i in range(BLOCK):
        candidates[i] = _NONE
        if lanes[PART + i] >= 0.0 and lanes[SUN + i] > 0.0:
            own = int(lanes[OWN + i])
            itself = _ONE << np.uint64(own)
            others = shades_u[int(lanes[BIN_U + i])] & shades_v[int(lanes[BIN_V + i])] & ~itself
            candidates[i] = others if bodies[own, CONVEX_WHOLE] > 0.0 else others | itself


@kernel
def shadows(
    light: Table,
    shades_u: Masks,
    shades_v: Masks,
    bodies: Table,
    parts: Table,
    faces: Table,
    bites: Table,
    candidates: Masks,
    lanes: Line,
) -> None:
    """`SUN`, its cosine with the normal, and `BLOCKED`: whether a body stands between, 0 or 1.

    Planes have no volume and cast nothing. What a body throws on itself is no matter of its shadow's
    displacement, or of its having one.
    """
    _lift(light, lanes)
    _who_may_shade(bodies, shades_u, shades_v, lanes, candidates)
    for i in range(BLOCK):
        lanes[BLOCKED + i] = 0.0
    towards, left = vector_at(light, TOWARDS, 0), _all_of(candidates)
    k = 0
    while left != _NONE:
        if left & _ONE:
            _shade_by(bodies, parts, faces, bites, k, towards, candidates, lanes)
        left >>= _ONE
        k += 1


@inlined
def _shade_by(
    bodies: Table,
    parts: Table,
    faces: Table,
    bites: Table,
    k: int,
    towards: Vector,
    candidates: Masks,
    lanes: Line,
) -> None:
    """Let body k throw its shadow: a shadow that is displaced is that of a body displaced as much."""
    bit, shift = _ONE << np.uint64(k), vector_at(bodies, k, SHADOW_SHIFT)
    for i in range(BLOCK):
        moved = 0.0 if lanes[OWN + i] == float(k) else -1.0
        put(lanes, SHIFTED, i, add_scaled(lane(lanes, SOURCE, i), moved, shift))
    for p in range(int(bodies[k, FIRST_PART]), int(bodies[k, LAST_PART])):
        if int(parts[p, SHAPE]) != PLANE:
            _enter(bodies, parts, faces, bites, k, p, True, towards, 0.0, lanes)
            for i in range(BLOCK):
                meets = (candidates[i] & bit) != _NONE and lanes[ENTER + i] < FAR
                lanes[BLOCKED + i] = 1.0 if meets else lanes[BLOCKED + i]

"""A block of rays from the eye to their colours, and on from mirrors."""

import numpy as np

from wsim.worlds.rendering.compiled import Table, add_scaled, dot, inlined, kernel, mixed, normalised
from wsim.worlds.rendering.intersect import LIFT_M, hits, shadows
from wsim.worlds.rendering.lanes import (
    BEFORE,
    BITE,
    BLOCK,
    BLOCKED,
    COLOUR,
    CONTINUES,
    CURVED,
    DIRECTION,
    DOWN,
    FACE,
    IMAGE,
    KEY,
    NORMAL,
    ORIGIN,
    OWN,
    PAINT,
    PART,
    POINT,
    RAY,
    RIGHT,
    STEP,
    SUN,
    Line,
    Masks,
    T,
    X,
    Y,
    lane,
    put,
)
from wsim.worlds.rendering.layout import (
    CENTRE_X,
    CENTRE_Y,
    CONVEX_WHOLE,
    DOWN_AXIS,
    EYE,
    FOCAL,
    FORWARD,
    MIRROR,
    MIRRORED,
    RIGHT_AXIS,
    SHAPE,
    SIZE,
    SPHERE,
)
from wsim.worlds.rendering.shade import shine
from wsim.worlds.rendering.strokes import colours
from wsim.worlds.rendering.surface import surfaces
from wsim.worlds.rendering.texture import patterns

_ONE, _NONE = np.uint64(1), np.uint64(0)


@inlined
def stand(camera: Line, lanes: Line) -> None:
    """What all rays of a frame share: they start at the eye, and differ along the picture's axes."""
    for i in range(BLOCK):
        put(lanes, ORIGIN, i, (camera[EYE], camera[EYE + 1], camera[EYE + 2]))
        put(lanes, RIGHT, i, (camera[RIGHT_AXIS], camera[RIGHT_AXIS + 1], camera[RIGHT_AXIS + 2]))
        put(lanes, DOWN, i, (camera[DOWN_AXIS], camera[DOWN_AXIS + 1], camera[DOWN_AXIS + 2]))
        lanes[BEFORE + i], lanes[CURVED + i] = 0.0, 0.0


@inlined
def aim(camera: Line, lanes: Line) -> None:
    """Rays through places in the picture; their component along the camera axis is 1, so `T` is depth."""
    ahead = camera[FORWARD], camera[FORWARD + 1], camera[FORWARD + 2]
    for i in range(BLOCK):
        u = (lanes[X + i] - camera[CENTRE_X]) / camera[FOCAL]
        v = (lanes[Y + i] - camera[CENTRE_Y]) / camera[FOCAL]
        ray = add_scaled(add_scaled(ahead, u, lane(lanes, RIGHT, i)), v, lane(lanes, DOWN, i))
        put(lanes, RAY, i, ray)
        put(lanes, DIRECTION, i, normalised(ray))


@inlined
def _tell_apart(lanes: Line) -> None:
    """`KEY`: whatever makes an edge in the picture where it changes."""
    for i in range(BLOCK):
        bright = 4.0 if lanes[SUN + i] > 0.0 and lanes[BLOCKED + i] == 0.0 else 0.0
        key = ((lanes[PART + i] + 1.0) * 64.0 + lanes[FACE + i]) * 8.0 + bright + lanes[PAINT + i]
        lanes[KEY + i] = key if lanes[PART + i] >= 0.0 else 0.0


@kernel
def _reflect(bodies: Table, parts: Table, lanes: Line, candidates: Masks, images: Line) -> int:
    """Start a ray from every mirror that a ray of a block has hit; returns how many."""
    everybody, count = _NONE, 0
    for k in range(bodies.shape[0]):
        everybody |= _ONE << np.uint64(k) if bodies[k, MIRRORED] > 0.0 else _NONE
    for i in range(BLOCK):
        p = int(lanes[PART + i])
        lanes[IMAGE + i], candidates[i] = -1.0, _NONE
        if p < 0 or parts[p, MIRROR] <= 0.0 or lanes[BITE + i] >= 0.0:
            continue
        own, normal = int(lanes[OWN + i]), lane(lanes, NORMAL, i)
        itself = _ONE << np.uint64(own) if bodies[own, CONVEX_WHOLE] > 0.0 else _NONE
        candidates[count] = everybody & ~itself
        put(images, ORIGIN, count, add_scaled(lane(lanes, POINT, i), LIFT_M, normal))
        for channel in (RAY, RIGHT, DOWN):
            v = lane(lanes, channel, i)
            put(images, channel, count, add_scaled(v, -2.0 * dot(v, normal), normal))
        put(images, DIRECTION, count, normalised(lane(images, RAY, count)))
        curved = 2.0 / parts[p, SIZE] if int(parts[p, SHAPE]) == SPHERE else 0.0
        images[BEFORE + count], images[CURVED + count] = lanes[T + i], curved
        images[CONTINUES + count] = float(i)
        count += 1
    return count


@inlined
def _add_images(parts: Table, count: int, images: Line, lanes: Line) -> None:
    """Give every mirror what is seen in it."""
    for j in range(count):
        i = int(images[CONTINUES + j])
        share = parts[int(lanes[PART + i]), MIRROR]
        put(lanes, COLOUR, i, mixed(lane(lanes, COLOUR, i), lane(images, COLOUR, j), share))
        lanes[KEY + i] = lanes[KEY + i] * 7919.0 + images[KEY + j]
        lanes[IMAGE + i] = images[OWN + j]


@inlined
def _measure(camera: Line, lanes: Line) -> None:
    """`STEP`: metres from pixel to pixel where the rays have hit; a round mirror spreads them."""
    for i in range(BLOCK):
        spread = 1.0 + lanes[CURVED + i] * lanes[T + i]
        lanes[STEP + i] = (lanes[BEFORE + i] + lanes[T + i]) / camera[FOCAL] * spread


@inlined
def cast(
    camera: Line,
    light: Table,
    shades_u: Masks,
    shades_v: Masks,
    bodies: Table,
    parts: Table,
    faces: Table,
    bites: Table,
    strokes: Table,
    stamps: Line,
    erases: Line,
    time_s: float,
    candidates: Masks,
    bits: Masks,
    others: Masks,
    more_bits: Masks,
    lanes: Line,
    images: Line,
) -> None:
    """Everything about a block of rays through places in the picture, and what they see in mirrors.

    Reads `X` and `Y`, and the bodies that are `candidates` of every ray; none makes it a ray of sky.
    `others`, `more_bits` and `images` are scratch.
    """
    aim(camera, lanes)
    count = 0
    for bounce in range(2):
        rays, met = (images, more_bits) if bounce else (lanes, bits)
        hits(bodies, parts, faces, bites, candidates, bounce == 1, met, rays)
        _measure(camera, rays)
        surfaces(bodies, parts, faces, bites, bounce == 1, rays)
        patterns(parts, rays)
        colours(parts, strokes, stamps, erases, time_s, rays)
        shadows(light, shades_u, shades_v, bodies, parts, faces, bites, others, rays)
        shine(light, rays)
        _tell_apart(rays)
        if bounce == 0:
            count = _reflect(bodies, parts, lanes, candidates, images)
        if count == 0:
            break
    _add_images(parts, count, images, lanes)

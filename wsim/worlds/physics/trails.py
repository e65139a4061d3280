"""The wet path of whatever rolls or slides over a surface, in coordinates of that surface.

Read off a dense history that does not depend on which times are asked for.

Axis letters: `time`, `point`, of which some are `kept`.
"""

import math
from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float64, Int64

from wsim.worlds.physics import rotations
from wsim.worlds.physics.solids import corners
from wsim.worlds.scene import Body, Part, Scene, Stroke, Trail

Poses: TypeAlias = tuple[
    Float64[np.ndarray, "time 3"], Float64[np.ndarray, "time 4"], Float64[np.ndarray, "time 6"]
]
PosesAt: TypeAlias = Callable[[int, Float64[np.ndarray, " time"]], Poses]

BEFORE_S = 1.0  # trails begin so long before time zero, and end with the scene
_STEP_S = 1 / 240
_NEAR_M = 2e-3  # touching
_FLAT_M = 5e-4  # lowest points that differ by less are one contact
_JUMP_M_S = 12.0  # what moves faster has been teleported
_EXACT = 0.01  # of the radius of the mark: so exact is its path


def trails_of(scene: Scene, poses_at: PosesAt) -> tuple[Stroke, ...]:
    """The strokes that the trails of a scene leave, each from touching to lifting off.

    Args:
        scene: with its trails.
        poses_at: position (m), rotation and velocity of a body, by its index, at any times from `BEFORE_S`
            before time zero until the end of the scene.

    Raises:
        KeyError: a trail names a body that does not exist.
    """
    return tuple(stroke for trail in scene.trails for stroke in _strokes(scene, trail, poses_at))


def _strokes(scene: Scene, trail: Trail, poses_at: PosesAt) -> Iterator[Stroke]:
    names = [body.name for body in scene.bodies]
    by, under = scene.body(trail.by), scene.body(trail.body)
    times_s = np.arange(math.floor(-BEFORE_S / _STEP_S), math.floor(scene.duration_s / _STEP_S) + 1) * _STEP_S
    times_s = times_s[_wet(scene, trail, times_s)]
    if not len(times_s):
        return
    place_m = _contact_m(
        by, under, poses_at(names.index(by.name), times_s), poses_at(names.index(under.name), times_s)
    )
    touches = place_m[:, 2] < _NEAR_M
    for first, last in _stretches(times_s, place_m, touches):
        kept = first + _sparse(times_s[first:last], place_m[first:last, :2], _EXACT * trail.radius_m)
        points = tuple((u, v) for u, v in place_m[kept, :2].tolist())
        yield Stroke(
            trail.body, tuple(times_s[kept].tolist()), points, trail.radius_m, trail.colour, trail.colour_name
        )


def _wet(scene: Scene, trail: Trail, times_s: Float64[np.ndarray, " time"]) -> Bool[np.ndarray, " time"]:
    """When a trail can be left: while it is wet, and both bodies are there."""
    wet = (trail.from_s <= times_s) & (times_s < trail.until_s)
    for name in (trail.by, trail.body):
        body = scene.body(name)
        exists = (body.from_s <= times_s) & (times_s < body.until_s)
        for violation in scene.violations:
            if violation.body == name and violation.kind in ("vanish", "appear"):
                exists = np.where(times_s >= violation.time_s, violation.kind == "appear", exists)
        wet &= exists
    return wet


def _stretches(
    times_s: Float64[np.ndarray, " time"],
    place_m: Float64[np.ndarray, "time 3"],
    touches: Bool[np.ndarray, " time"],
) -> Iterator[tuple[int, int]]:
    """First and one after last index of every stretch of unbroken contact without a jump."""
    step_m, step_s = np.linalg.norm(np.diff(place_m, axis=0), axis=1), np.diff(times_s)
    follows = touches[1:] & touches[:-1] & (step_m < _JUMP_M_S * step_s) & (step_s < 1.5 * _STEP_S)
    begins = np.flatnonzero(touches & ~np.concatenate([[False], follows]))
    ends = np.flatnonzero(touches & ~np.concatenate([follows, [False]]))
    return iter(zip(begins.tolist(), (ends + 1).tolist(), strict=True))


def _sparse(
    times_s: Float64[np.ndarray, " point"], path_m: Float64[np.ndarray, "point 2"], within_m: float
) -> Int64[np.ndarray, " kept"]:
    """As few points as leave every other one where it is at its time (Douglas and Peucker 1973)."""
    kept, pieces = {0, len(times_s) - 1}, [(0, len(times_s) - 1)]
    while pieces:
        first, last = pieces.pop()
        share = (times_s[first : last + 1] - times_s[first]) / max(times_s[last] - times_s[first], _STEP_S)
        line_m = path_m[first] + share[:, None] * (path_m[last] - path_m[first])
        away_m = np.linalg.norm(path_m[first : last + 1] - line_m, axis=1)
        worst = first + int(away_m.argmax())
        if away_m.max() > within_m:
            kept.add(worst)
            pieces += [(first, worst), (worst, last)]
    return np.array(sorted(kept), dtype=np.int64)


def _contact_m(by: Body, under: Body, above: Poses, below: Poses) -> Float64[np.ndarray, "time 3"]:
    """The point of `by` nearest to the top face of `under`: (u, v) on the face, and how high above it."""
    top_m = 0.0 if under.shape == "plane" else under.size_m[2]
    back = rotations.inverse(below[1])
    position_m = rotations.rotate(back, above[0] - below[0])
    turn = rotations.multiply(back, above[1])
    lowest = np.concatenate(
        [_low_points_m(part, at_m, turned) for part, at_m, turned in _placed(by, position_m, turn)], axis=1
    )
    height_m = lowest[..., 2] - top_m
    touching = height_m < height_m.min(axis=1, keepdims=True) + _FLAT_M
    share = touching / touching.sum(axis=1, keepdims=True)
    place_m: Float64[np.ndarray, "time 3"] = (share[..., None] * lowest).sum(axis=1)
    place_m[:, 2] = height_m.min(axis=1)
    return place_m


def _placed(
    body: Body, position_m: Float64[np.ndarray, "time 3"], turn: Float64[np.ndarray, "time 4"]
) -> Iterator[tuple[Body | Part, Float64[np.ndarray, "time 3"], Float64[np.ndarray, "time 4"]]]:
    """Every primitive of a body, with its place and rotation."""
    yield body, position_m, turn
    for part in body.parts:
        offset_m = rotations.rotate(turn, np.array(part.position_m))
        yield part, position_m + offset_m, rotations.multiply(turn, np.array(part.rotation))


def _low_points_m(
    primitive: Body | Part, at_m: Float64[np.ndarray, "time 3"], turn: Float64[np.ndarray, "time 4"]
) -> Float64[np.ndarray, "time point 3"]:
    """Points of a primitive of which one is its lowest."""
    size = np.array(primitive.size_m)
    if primitive.shape == "sphere":
        return np.asarray((at_m - [0.0, 0.0, size[0]])[:, None])
    if primitive.shape == "ellipsoid":
        down = size * rotations.rotate(rotations.inverse(turn), np.array([0.0, 0.0, -1.0]))
        local = size * down / np.linalg.norm(down, axis=1, keepdims=True)
        return np.asarray((at_m + rotations.rotate(turn, local))[:, None])
    if primitive.shape in ("cylinder", "capsule"):
        return _ends_m(primitive, at_m, turn)
    if primitive.shape == "convex":
        local = corners(np.array(primitive.faces))
    else:
        local = size * np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
    return np.asarray(at_m[:, None] + rotations.rotate(turn[:, None], local[None]))


def _ends_m(
    primitive: Body | Part, at_m: Float64[np.ndarray, "time 3"], turn: Float64[np.ndarray, "time 4"]
) -> Float64[np.ndarray, "time point 3"]:
    """The lowest point of the rim of both ends of a cylinder, of both caps of a capsule."""
    radius, _, half = primitive.size_m
    axis = rotations.rotate(turn, np.array([0.0, 0.0, 1.0]))
    down = np.tile([0.0, 0.0, -1.0], (len(at_m), 1))
    if primitive.shape == "cylinder":  # within the plane of the end; a cylinder that stands has no lowest one
        down = down - (down * axis).sum(axis=1, keepdims=True) * axis
        steep = np.linalg.norm(down, axis=1, keepdims=True)
        down = np.where(steep > 1e-6, down / np.maximum(steep, 1e-6), 0.0)
    ends = [at_m + sign * half * axis + radius * down for sign in (-1.0, 1.0)]
    return np.stack(ends, axis=1)

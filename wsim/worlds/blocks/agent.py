"""The agent's body: a box that walks, falls, jumps and slides along what it runs into. Units are cells.

Axis letters: `time`.
"""

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

from wsim.worlds.blocks.grid import Grid, kind_at
from wsim.worlds.blocks.keys import time_down_s
from wsim.worlds.blocks.kinds import AIR
from wsim.worlds.scene import Action, ActionKind, Cell, Vec3

HALF_WIDTH, HEIGHT, EYE_HEIGHT = 0.3, 1.8, 1.62
WALK_PER_S = 4.3
TURN_DEG_S = 120.0  # to the left and right
LOOK_DEG_S = 60.0  # up and down
STEEPEST_DEG = 89.0  # how far up and down it can look
REACH = 4.5  # from the eye to the face of a block
JUMP_HEIGHT = 1.25
_TOUCH = 1e-9  # bodies that share a face do not overlap
_DECIMALS = 9  # of an angle in degrees: turning there and back ends where it began


def yaw_deg(
    start_deg: float, actions: Sequence[Action], times_s: Float64[np.ndarray, " time"]
) -> Float64[np.ndarray, " time"]:
    """Heading, counter-clockwise from +x, exact at any time."""
    left_s = time_down_s(actions, "turn_left", times_s) - time_down_s(actions, "turn_right", times_s)
    return np.asarray(np.round(start_deg + TURN_DEG_S * left_s, _DECIMALS))


def pitch_deg(
    start_deg: float, actions: Sequence[Action], times_s: Float64[np.ndarray, " time"]
) -> Float64[np.ndarray, " time"]:
    """How far up it looks, exact at any time; the neck stops at `STEEPEST_DEG`."""
    looks = [action for action in actions if action.kind in ("look_up", "look_down")]
    ends_s = {time_s for a in looks for time_s in (a.time_s, a.time_s + a.duration_s)}
    knots_s = np.array(sorted({0.0} | ends_s))
    up_s = time_down_s(looks, "look_up", knots_s) - time_down_s(looks, "look_down", knots_s)
    pitches = [start_deg]
    for change_s in np.diff(up_s):
        pitches.append(_held(pitches[-1] + LOOK_DEG_S * float(change_s)))
    knot = np.clip(np.searchsorted(knots_s, times_s, side="right") - 1, 0, None)
    since_s = time_down_s(looks, "look_up", times_s) - time_down_s(looks, "look_down", times_s) - up_s[knot]
    pitch = np.array(pitches)[knot] + LOOK_DEG_S * since_s
    return np.asarray(np.round(np.clip(pitch, -STEEPEST_DEG, STEEPEST_DEG), _DECIMALS))


def _held(pitch: float) -> float:
    return min(STEEPEST_DEG, max(-STEEPEST_DEG, pitch))


def gaze(yaw: float, pitch: float) -> Vec3:
    """Unit vector; angles in degrees."""
    level = math.cos(math.radians(pitch))
    return (
        level * math.cos(math.radians(yaw)),
        level * math.sin(math.radians(yaw)),
        math.sin(math.radians(pitch)),
    )


def walked(
    actions: Sequence[Action], start_deg: float, edges_s: Float64[np.ndarray, " edge"]
) -> Float64[np.ndarray, "step 2"]:
    """How far the legs would carry it in every step if nothing were in the way: along x and y."""

    def down_s(key: ActionKind) -> Float64[np.ndarray, " step"]:
        return np.diff(time_down_s(actions, key, edges_s))

    yaw = np.radians(yaw_deg(start_deg, actions, (edges_s[1:] + edges_s[:-1]) / 2))
    ahead, aside = down_s("forward") - down_s("back"), down_s("left") - down_s("right")
    x = np.cos(yaw) * ahead - np.sin(yaw) * aside
    y = np.sin(yaw) * ahead + np.cos(yaw) * aside
    return WALK_PER_S * np.stack([x, y], axis=1)


def moved(grid: Grid, feet: Vec3, axis: int, distance: float) -> tuple[Vec3, bool]:
    """The feet after a move of less than a cell along one axis, and whether a block stopped it there."""
    place = feet[axis] + distance
    goal = _with(feet, axis, place)
    if distance == 0.0 or not in_blocks(grid, goal):
        return goal, False
    low, high = _extent(axis)
    if distance > 0.0:
        place = math.floor(place + high - _TOUCH) - high
    else:
        place = math.floor(place + low + _TOUCH) + 1.0 - low
    return _with(feet, axis, place), True


def _with(feet: Vec3, axis: int, place: float) -> Vec3:
    x, y, z = (place if index == axis else part for index, part in enumerate(feet))
    return (x, y, z)


def _extent(axis: int) -> tuple[float, float]:
    return (0.0, HEIGHT) if axis == 2 else (-HALF_WIDTH, HALF_WIDTH)


def cells_of_body(feet: Vec3) -> list[Cell]:
    """The cells that the body reaches into."""
    spans = [range(first, end) for first, end in _spans(feet)]
    return [(i, j, k) for i in spans[0] for j in spans[1] for k in spans[2]]


def _spans(feet: Vec3) -> list[tuple[int, int]]:
    """The first cell that the body reaches into along every axis, and the first that it does not any more."""
    spans = []
    for axis, place in enumerate(feet):
        low, high = _extent(axis)
        spans.append((math.floor(place + low + _TOUCH), math.floor(place + high - _TOUCH) + 1))
    return spans


def in_blocks(grid: Grid, feet: Vec3) -> bool:
    """Whether the body overlaps a block."""
    spans = _spans(feet)
    if all(first >= 0 and end <= size for (first, end), size in zip(spans, grid.shape, strict=True)):
        (i, i_end), (j, j_end), (k, k_end) = spans
        return bool((grid[i:i_end, j:j_end, k:k_end] != AIR).any())
    return any(kind_at(grid, cell) != AIR for cell in cells_of_body(feet))

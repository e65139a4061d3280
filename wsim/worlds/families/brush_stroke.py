"""A brush paints one stroke on a board and leaves; or makes the same motion without touching it."""

import itertools
import math
from dataclasses import dataclass

import numpy as np

from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.family import Twins
from wsim.worlds.palette import NEUTRALS, PALETTE, darker
from wsim.worlds.scene import (
    Body,
    CameraPath,
    Happening,
    Material,
    Quat,
    Rail,
    Scene,
    Story,
    Stroke,
    Thing,
    Vec2,
    Vec3,
    Violation,
)

FAMILY_ID = 3
SHOWS = "A brush paints a stroke on a board and leaves; the stroke stays."

_FOV_DEG = 40.0
_BOARD_HALF: Vec3 = (0.60, 0.55, 0.03)
_BOARD_CENTRE: Vec3 = (0.0, 0.0, 1.5)
_DISTANCE_M = 1.9
# As fractions of a clip of 1.5 s: touch, stop, lift, gone.
_TOUCH, _STOP, _LIFTED, _GONE = 0.1 / 1.5, 0.75 / 1.5, 0.82 / 1.5, 1.08 / 1.5
_COMES_FROM_S = -1.5  # so that at time zero the brush is already near the board
_LEAVE_M = 1.45  # how far the brush goes to be out of the picture
_BRISTLE_HALF_M, _HANDLE_HALF_M, _HANDLE_RADIUS_M = 0.05, 0.22, 0.031


@dataclass(frozen=True)
class _Grip:
    """How the brush is held: `axis` points from the bristles to the end of the handle."""

    axis: Vec3
    rotation: Quat


def brush_stroke(seed: int, touches: bool = True, duration_s: float = stage.DEFAULT_DURATION_S) -> Scene:
    """A painted stroke, or its near miss.

    Args:
        seed: one world for every seed.
        touches: False makes the same motion 6 to 9 cm before the board, and leaves no paint.
        duration_s: of the clip; painting and leaving take the same fractions of it.
    """
    rng = stage.streams(FAMILY_ID, seed, "path", "material", "camera", "grip")
    width_m = 2 * stage.between(rng["path"], 0.050, 0.062)
    points = _path(rng["path"], margin_m=width_m / 2 + 0.05)
    times_s = _times(points, _TOUCH * duration_s, _STOP * duration_s)
    gap_m = stage.between(rng["grip"], 0.06, 0.09)
    name = stage.pick(rng["material"], list(PALETTE))
    stroke = Stroke("board", times_s, points, width_m / 2, PALETTE[name], name)
    grip = _grip(rng["grip"], points[-1])
    tip_rail = _tip(stroke, grip, 0.0 if touches else gap_m, duration_s)
    wall = stage.pick(rng["material"], ["grey", "brown"])
    bodies = (
        _board(),
        *_brush(tip_rail, grip, width_m, PALETTE[name], stage.pick(rng["material"], ["black", "brown"])),
        stage.back_wall(rng["material"], 0.35, stage.rough(NEUTRALS[wall], 4.0), wall),
    )
    strokes = (stroke,) if touches else ()
    story, camera = _story(stroke, touches), _camera(rng["camera"])
    return captioned(Scene("brush_stroke", seed, duration_s, bodies, camera, strokes, story=story))


def twins(scene: Scene) -> Twins:
    """Paint that fades once the brush has gone, and the same motion without a touch."""
    gone_s = _GONE * scene.duration_s
    fades = Violation("mark_fades", gone_s, "board", amount=1.0)
    near_miss = brush_stroke(scene.seed, touches=False, duration_s=scene.duration_s)
    return Twins(violated={"mark_fades": scene.violated(fades)}, controls={"near_miss": near_miss})


def _story(stroke: Stroke, touches: bool) -> Story:
    (left_m, low_m), (right_m, high_m) = stroke.points_m[0], stroke.points_m[-1]
    if abs(right_m - left_m) >= abs(high_m - low_m):
        way = "left to right" if right_m > left_m else "right to left"
    else:
        way = "bottom to top" if high_m > low_m else "top to bottom"
    brush, board = Thing("brush", "brush"), Thing("board", "board", "white")
    if not touches:
        passes = Happening("pass_without_touch", "brush", "board", way)
        after = (Happening("leave", "brush"), Happening("stay_clean", "board"))
        return Story((brush, board), happenings=(passes, *after))
    paints = Happening("paint", "brush", "stroke", way)
    after = (Happening("leave", "brush"), Happening("stay", "stroke", "board"))
    return Story((brush, board, Thing("stroke", "stroke", stroke.colour_name)), happenings=(paints, *after))


def _path(rng: np.random.Generator, margin_m: float) -> tuple[Vec2, ...]:
    """Straight or with one bend, in coordinates of the board; mostly sideways or mostly up or down."""
    reach_u, reach_v = _BOARD_HALF[0] - margin_m, _BOARD_HALF[1] - margin_m
    long = stage.between(rng, 0.34, 0.42) * stage.either(rng)
    skew = stage.between(rng, -0.12, 0.12)
    bend = stage.between(rng, 0.18, 0.26) * stage.either(rng) if rng.random() < 0.5 else 0.0
    shift = stage.between(rng, -0.12, 0.12)
    along = [(-long, shift - skew), (0.0, shift + bend), (long, shift + skew)]
    if not bend:
        del along[1]
    sideways = rng.random() < 0.6
    points = along if sideways else [(v, u) for u, v in along]
    return tuple((_clip(u, reach_u), _clip(v, reach_v)) for u, v in points)


def _clip(value: float, limit: float) -> float:
    return max(-limit, min(limit, value))


def _times(points: tuple[Vec2, ...], start_s: float, end_s: float) -> tuple[float, ...]:
    """Constant speed along the path."""
    lengths = [math.dist(a, b) for a, b in itertools.pairwise(points)]
    done = [sum(lengths[:index]) / sum(lengths) for index in range(len(points))]
    return tuple(start_s + (end_s - start_s) * fraction for fraction in done)


def _grip(rng: np.random.Generator, end: Vec2) -> _Grip:
    """The handle comes out of the board and hangs down, to the side on which the stroke ends."""
    tilt = math.radians(stage.between(rng, 42.0, 52.0))
    hang = math.radians(stage.between(rng, 52.0, 70.0))
    side = 1.0 if end[0] >= 0 else -1.0
    axis = (side * math.sin(tilt) * math.cos(hang), -math.cos(tilt), -math.sin(tilt) * math.sin(hang))
    return _Grip(axis, stage.pointing(axis))


def _tip(stroke: Stroke, grip: _Grip, gap_m: float, duration_s: float) -> Rail:
    """Where the tip is: it comes along the handle, follows the stroke, lifts off and goes as it came."""
    front_y = _BOARD_CENTRE[1] - _BOARD_HALF[2]
    press = 0.4 * stroke.radius_m * math.hypot(grip.axis[0], grip.axis[2])
    on_board = [
        (_BOARD_CENTRE[0] + u, front_y - press - gap_m, _BOARD_CENTRE[2] + v) for u, v in stroke.points_m
    ]
    away = (1.3 * grip.axis[0], 0.35 * grip.axis[1], 1.3 * grip.axis[2])
    points = (
        _moved(on_board[0], away, _LEAVE_M),
        *on_board,
        _moved(on_board[-1], (0.0, -1.0, 0.0), 0.10),
        _moved(on_board[-1], away, _LEAVE_M),
    )
    times_s = (_COMES_FROM_S, *stroke.times_s, _LIFTED * duration_s, _GONE * duration_s)
    return Rail(times_s, points)


def _moved(point: Vec3, direction: Vec3, by_m: float) -> Vec3:
    x, y, z = (p + by_m * d for p, d in zip(point, direction, strict=True))
    return (x, y, z)


def _brush(tip: Rail, grip: _Grip, width_m: float, paint: Vec3, wood: str) -> list[Body]:
    """Bristles in the colour of the paint, and a handle. Only the handle has a noun: together, a brush."""

    def part(name: str, radius_m: float, half_m: float, from_tip_m: float, material: Material) -> Body:
        points = tuple(_moved(point, grip.axis, from_tip_m) for point in tip.points_m)
        return Body(
            name, "cylinder", (radius_m, 0.0, half_m), points[0], material, rotation=grip.rotation,
            motion="rail", rail=Rail(tip.times_s, points), noun="brush" if name == "brush" else "",
        )  # fmt: skip

    handle_at_m = 2 * _BRISTLE_HALF_M + _HANDLE_HALF_M
    return [
        part(
            "brush",
            _HANDLE_RADIUS_M,
            _HANDLE_HALF_M,
            handle_at_m,
            Material(colour=NEUTRALS[wood], specular=0.3),
        ),
        part(
            "bristles", 0.42 * width_m, _BRISTLE_HALF_M, _BRISTLE_HALF_M, Material(colour=darker(paint, 0.85))
        ),
    ]


def _board() -> Body:
    return Body(
        "board", "box", _BOARD_HALF, _BOARD_CENTRE, Material(colour=NEUTRALS["white"]),
        rotation=stage.FACING_CAMERA, noun="board", colour_name="white",
    )  # fmt: skip


def _camera(rng: np.random.Generator) -> CameraPath:
    """Nearly frontal, slightly from the side and from above or below."""
    aside, above = stage.between(rng, -0.18, 0.18), stage.between(rng, -0.10, 0.22)
    x, y, z = _BOARD_CENTRE
    return CameraPath((x + aside, y - _DISTANCE_M, z + above), _BOARD_CENTRE, _FOV_DEG)

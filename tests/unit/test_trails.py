"""Trails of bodies that roll, slide, swing and walk, against the paths that they take."""

import dataclasses

import numpy as np
import pytest

from wsim.worlds.film import film
from wsim.worlds.physics.simulate import simulate
from wsim.worlds.rendering.paint import painted_area_m2
from wsim.worlds.scene import (
    Body,
    CameraPath,
    Incline,
    Material,
    Pendulum,
    Rail,
    Scene,
    Stroke,
    Trail,
    Vec3,
    Violation,
)

RED, WET_M = (0.9, 0.1, 0.1), 0.05
FLOOR = Body("floor", "plane", (0.0, 0.0, 0.0), (0.3, -0.2, 0.0), Material())
CAMERA = CameraPath((0.0, -3.0, 2.0), (0.0, 0.0, 0.0))
TIMES_S = np.arange(0.0, 1.51, 0.25)


def railed(height_m: float = 0.1, size: float = 0.1) -> Body:
    """A ball that comes in along x and lifts off at one second."""
    rail = Rail((0.0, 1.0, 1.5), ((-0.8, 0.0, height_m), (0.8, 0.0, height_m), (0.8, 0.0, 1.0)))
    return Body("mover", "sphere", (size, 0.0, 0.0), rail.points_m[0], Material(), motion="rail", rail=rail)


def scene(*bodies: Body, **changes: object) -> Scene:
    trails = (Trail("floor", "mover", WET_M, RED, "red"),)
    return Scene("test", 0, 1.5, bodies, CAMERA, trails=trails).replace(**changes)


def trails(world: Scene, times_s: np.ndarray = TIMES_S) -> tuple[Stroke, ...]:
    return simulate(world, times_s).trails


def where(stroke: Stroke, time_s: float) -> np.ndarray:
    """The head of a trail, in coordinates of its surface."""
    points = np.array(stroke.points_m)
    return np.array([np.interp(time_s, stroke.times_s, points[:, axis]) for axis in range(2)])


def test_a_railed_ball_leaves_its_path_until_it_lifts_off() -> None:
    (stroke,) = trails(scene(FLOOR, railed()))
    assert (stroke.body, stroke.face, stroke.radius_m, stroke.colour_name) == ("floor", "top", WET_M, "red")
    assert stroke.times_s[-1] == pytest.approx(1.0, abs=0.01)
    for time_s in (0.0, 0.31, 0.9):  # the origin of the floor lies at (0.3, -0.2)
        expected = (-0.8 + 1.6 * time_s - 0.3, 0.2)
        np.testing.assert_allclose(where(stroke, time_s), expected, atol=1e-6)


def test_the_area_of_a_trail_is_that_of_the_path() -> None:
    world = scene(FLOOR, railed())
    moved = simulate(world, TIMES_S)
    area = painted_area_m2(world, "floor", np.array([-0.5, 0.0, 0.5, 1.5]), trails=moved.trails)
    dot = np.pi * WET_M**2
    np.testing.assert_allclose(area, [dot, dot, dot + 0.08, dot + 0.16], rtol=0.02)


def test_a_body_three_millimetres_above_the_floor_leaves_nothing() -> None:
    assert trails(scene(FLOOR, railed(0.103))) == ()
    assert len(trails(scene(FLOOR, railed(0.101)))) == 1


def test_a_trail_does_not_depend_on_which_times_are_asked_for() -> None:
    ball = dataclasses.replace(railed(), motion="dynamic", rail=None, velocity_m_s=(0.8, 0.1, 0.0))
    world = scene(FLOOR, ball)
    assert trails(world, np.array([0.25])) == trails(world)
    whole, one = film(world, TIMES_S, 48, 48), film(world, TIMES_S[[3]], 48, 48)
    np.testing.assert_array_equal(whole.rgb[3], one.rgb[0])
    events = simulate(world, np.array([0.25])).events
    assert all(event.time_s <= 0.25 for event in events)


def test_a_rolling_ball_and_a_sliding_block_leave_trails_under_their_middles() -> None:
    ball = Body(
        "mover", "sphere", (0.1, 0.0, 0.0), (-0.8, 0.0, 0.1), Material(), motion="dynamic",
        velocity_m_s=(1.0, 0.0, 0.0), angular_velocity_rad_s=(0.0, 10.0, 0.0),
    )  # fmt: skip
    block = Body(
        "mover", "box", (0.1, 0.1, 0.1), (-0.8, 0.0, 0.1), Material(), motion="dynamic", friction=0.1,
        velocity_m_s=(1.0, 0.3, 0.0),
    )  # fmt: skip
    for mover in (ball, block):
        world = scene(dataclasses.replace(FLOOR, friction=0.1), mover)
        moved = simulate(world, TIMES_S)
        (stroke,) = moved.trails
        for time_s, position in zip(TIMES_S, moved.position_m[:, 1], strict=True):
            np.testing.assert_allclose(where(stroke, time_s), position[:2] - [0.3, -0.2], atol=2e-3)


@pytest.mark.parametrize(
    ("shape", "size", "rotation", "height_m"),
    [
        ("cylinder", (0.1, 0.0, 0.2), (1.0, 0.0, 0.0, 0.0), 0.2),
        ("cylinder", (0.1, 0.0, 0.2), (np.sqrt(0.5), np.sqrt(0.5), 0.0, 0.0), 0.1),
        ("capsule", (0.1, 0.0, 0.2), (np.sqrt(0.5), np.sqrt(0.5), 0.0, 0.0), 0.1),
        ("ellipsoid", (0.1, 0.2, 0.3), (1.0, 0.0, 0.0, 0.0), 0.3),
        ("box", (0.1, 0.2, 0.3), (1.0, 0.0, 0.0, 0.0), 0.3),
    ],
)
def test_every_shape_touches_where_it_stands(
    shape: str, size: Vec3, rotation: tuple[float, float, float, float], height_m: float
) -> None:
    mover = dataclasses.replace(railed(height_m), shape=shape, size_m=size, rotation=rotation)
    (stroke,) = trails(scene(FLOOR, mover))
    np.testing.assert_allclose(where(stroke, 0.5), (-0.3, 0.2), atol=1e-6)


def test_a_swinging_ball_touches_only_at_the_bottom() -> None:
    swing = Pendulum((0.0, 0.0, 1.1), 1.0, 0.6)
    bob = Body(
        "mover", "sphere", (0.1, 0.0, 0.0), (0.0, 0.0, 0.1), Material(), motion="pendulum", pendulum=swing
    )
    strokes = trails(scene(FLOOR, bob))
    assert len(strokes) >= 1
    reach_m = np.sqrt(2 * 2e-3)  # 1 - cos(angle) = 2 mm
    assert all(abs(u + 0.3) < reach_m for stroke in strokes for u, _ in stroke.points_m)


def test_a_trail_on_a_slope_lies_in_the_coordinates_of_the_slope() -> None:
    tilt = 0.3
    turn = (np.cos(tilt / 2), 0.0, np.sin(tilt / 2), 0.0)  # +x goes down
    down, up = (np.cos(tilt), 0.0, -np.sin(tilt)), (np.sin(tilt), 0.0, np.cos(tilt))
    slope = Body("floor", "box", (2.0, 0.5, 0.05), (0.0, 0.0, 0.0), Material(), rotation=turn)
    start = tuple(0.15 * n - 0.5 * d for n, d in zip(up, down, strict=True))
    ball = Body(
        "mover", "sphere", (0.1, 0.0, 0.0), start, Material(), motion="incline",
        incline=Incline(down, up, 1.0, radius_m=0.1),
    )  # fmt: skip
    (stroke,) = trails(scene(slope, ball))
    assert stroke.points_m[0] == pytest.approx((-0.5, 0.0), abs=1e-6)
    assert where(stroke, 0.4)[0] == pytest.approx(-0.5 + 0.5 * 9.81 * np.sin(tilt) / 1.4 * 0.16, abs=2e-3)


def test_nothing_is_left_by_what_is_dry_gone_or_jumps() -> None:
    world = scene(FLOOR, railed())
    wet = dataclasses.replace(world.trails[0], from_s=0.25, until_s=0.5)
    (stroke,) = trails(world.replace(trails=(wet,)))
    assert (stroke.times_s[0], stroke.times_s[-1]) == (pytest.approx(0.25), pytest.approx(0.5, abs=0.01))
    (stroke,) = trails(world.violated(Violation("vanish", 0.5, "mover")))
    assert stroke.times_s[-1] == pytest.approx(0.5, abs=0.01)
    jumps = trails(world.violated(Violation("teleport", 0.5, "mover", vector=(0.0, 0.5, 0.0))))
    assert [round(stroke.points_m[0][1], 6) for stroke in jumps] == [0.2, 0.7]


def test_marks_of_a_trail_fade_move_and_grow_like_any_other() -> None:
    world = scene(FLOOR, railed())
    faded = world.violated(Violation("mark_fades", 1.2, "floor", amount=1.0))
    before, after = painted_area_m2(faded, "floor", np.array([1.1, 1.3]), trails=trails(faded))
    assert before > 0.1
    assert after == 0.0

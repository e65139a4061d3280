"""Balls from event to event: closed forms, edges and corners, rest, and laws that are broken in flight."""

import math
from dataclasses import replace

import numpy as np
import pytest

from wsim.errors import WsimError
from wsim.worlds.physics.collisions import integrate
from wsim.worlds.physics.simulate import simulate
from wsim.worlds.physics.trajectory import Trajectory
from wsim.worlds.scene import NEVER_S, Body, CameraPath, Material, Part, Quat, Scene, Vec3, Violation

G, R = 9.81, 0.2
CAMERA = CameraPath((0.0, -5.0, 1.0), (0.0, 0.0, 1.0))
FLOOR = Body("floor", "plane", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), Material(), restitution=1.0)
TIMES_S = np.arange(97) / 48


def ball(at: Vec3, velocity: Vec3 = (0.0, 0.0, 0.0), *, name: str = "ball", restitution: float = 1.0) -> Body:
    return Body(
        name, "sphere", (R, 0.0, 0.0), at, Material(), motion="dynamic", velocity_m_s=velocity,
        restitution=restitution,
    )  # fmt: skip


def box(half: Vec3, at: Vec3, rotation: Quat = (1.0, 0.0, 0.0, 0.0)) -> Body:
    return Body("box", "box", half, at, Material(), rotation=rotation, restitution=1.0)


def scene(*bodies: Body, gravity: Vec3 = (0.0, 0.0, -G)) -> Scene:
    return Scene("test", 0, 2.0, bodies, CAMERA, gravity_m_s2=gravity, physics="collisions")


def weightless(*bodies: Body) -> Scene:
    return scene(*bodies, gravity=(0.0, 0.0, 0.0))


def kinds(trajectory: Trajectory) -> list[str]:
    return [event.kind for event in trajectory.events]


def test_a_bounce_is_exact_in_time_height_and_impulse() -> None:
    flight = simulate(scene(FLOOR, ball((0.0, 0.0, R + 1.0), (0.5, 0.0, 0.0), restitution=0.8)), TIMES_S)
    impacts = [event for event in flight.events if event.kind == "impact"]
    falls_s = math.sqrt(2.0 / G)
    assert impacts[0].time_s == pytest.approx(falls_s, abs=1e-13)
    assert impacts[1].time_s == pytest.approx(falls_s * 2.6, abs=1e-13)
    mass_kg = 300.0 * 4.0 / 3.0 * math.pi * R**3
    assert impacts[0].amount == pytest.approx(1.8 * mass_kg * G * falls_s, rel=1e-12)
    assert kinds(flight)[:3] == ["contact_begin", "impact", "contact_end"]
    np.testing.assert_allclose(flight.position_m[:, 1, 0], 0.5 * TIMES_S, atol=1e-13)


def test_a_ball_comes_to_rest_and_stays() -> None:
    landed = simulate(scene(FLOOR, ball((0.0, 0.0, R + 0.3), restitution=0.4)), np.linspace(0.0, 4.0, 97))
    late = landed.times_s > 1.0
    np.testing.assert_allclose(landed.position_m[late, 1, 2], R, atol=1e-12)
    assert not landed.velocity[late, 1].any()
    assert kinds(landed).count("contact_begin") == kinds(landed).count("contact_end") + 1


def test_equal_balls_in_a_row_pass_the_speed_on_to_the_last() -> None:
    row = [ball((2.0 * R * n, 0.0, 0.0), name=f"ball {n}") for n in range(4)]
    row[0] = replace(row[0], position_m=(-0.5, 0.0, 0.0), velocity_m_s=(1.0, 0.0, 0.0))
    after = simulate(weightless(*row), np.array([1.0])).velocity[0, :, 0]
    np.testing.assert_allclose(after, [0.0, 0.0, 0.0, 1.0], atol=1e-12)


def test_balls_in_the_same_fall_meet_as_if_there_were_no_gravity() -> None:
    pair = ball((-1.0, 0.0, 5.0), (1.0, 0.0, 0.0)), ball((1.0, 0.1, 5.0), (-1.0, 0.0, 0.0), name="other")
    falling, floating = simulate(scene(*pair), TIMES_S), simulate(weightless(*pair), TIMES_S)
    np.testing.assert_allclose(falling.position_m[:, :, :2], floating.position_m[:, :, :2], atol=1e-12)
    drop = 5.0 - 0.5 * G * TIMES_S**2
    np.testing.assert_allclose(falling.position_m[:, 0, 2] - drop, 0.0, atol=1e-12)


@pytest.mark.parametrize(
    ("at", "velocity", "touch"),
    [
        ((0.0, 0.0, 2.0), (0.0, 0.0, -1.0), (0.0, 0.0, 0.5)),  # the face
        ((0.5 + 0.1, 0.0, 2.0), (0.0, 0.0, -1.0), (0.5, 0.0, 0.5)),  # an edge
        ((0.5 + 0.1, 0.5 + 0.1, 2.0), (0.0, 0.0, -1.0), (0.5, 0.5, 0.5)),  # a corner
        ((0.5 + 0.9 * R, 2.0, 0.0), (0.0, -1.0, 0.0), (0.5, 0.5, 0.0)),  # an upright edge
    ],
    ids=["face", "edge", "corner", "upright edge"],
)
@pytest.mark.parametrize("turn", [(1.0, 0.0, 0.0, 0.0), (0.5, 0.5, -0.5, 0.5), (0.8, 0.0, 0.6, 0.0)])
def test_a_ball_is_reflected_where_it_touches_a_box(
    at: Vec3, velocity: Vec3, touch: Vec3, turn: Quat
) -> None:
    w, x, y, z = turn
    to_world = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )
    way = np.array(velocity)
    offset = np.array(at) - np.array(touch)
    aside = offset - (offset @ way) * way
    reach = math.sqrt(R * R - aside @ aside)
    normal = (aside - reach * way) / R
    a, b, c = (to_world @ np.array(at)).tolist()
    d, e, f = (to_world @ way).tolist()
    world = weightless(box((0.5, 0.5, 0.5), (0.0, 0.0, 0.0), turn), ball((a, b, c), (d, e, f)))
    hit = simulate(world, np.array([3.0]))
    after = way - 2.0 * (way @ normal) * normal
    np.testing.assert_allclose(hit.velocity[0, 1, :3], to_world @ after, atol=1e-12)
    assert hit.events[0].time_s == pytest.approx(-(offset @ way) - reach, abs=1e-12)


def test_a_ball_that_passes_a_box_closely_does_not_feel_it() -> None:
    world = weightless(
        box((0.5, 0.5, 0.5), (0.0, 0.0, 0.0)), ball((0.5 + R + 1e-6, 0.0, 2.0), (0.0, 0.0, -1.0))
    )
    assert not simulate(world, np.array([4.0])).events


def test_only_hits_within_the_edges_of_a_plane_count() -> None:
    shelf = Body("shelf", "plane", (0.5, 0.5, 0.0), (0.0, 0.0, 1.0), Material(), restitution=1.0)
    on, beside = ball((0.4, 0.0, 2.0)), ball((0.6, 3.0, 2.0), name="beside")
    flight = simulate(scene(shelf, on, beside), np.array([1.0]))
    assert flight.position_m[0, 1, 2] > 1.0 > flight.position_m[0, 2, 2]


def test_parts_of_a_body_are_felt() -> None:
    rim = Part("box", (0.1, 1.0, 0.3), (1.0, 0.0, 0.2), Material())
    table = replace(box((1.1, 1.0, 0.1), (0.0, 0.0, 0.1)), parts=(rim,))
    roller = ball((0.0, 0.0, 0.2 + R), (1.0, 0.0, 0.0))
    back = simulate(scene(table, roller), np.array([1.5]))
    assert back.position_m[0, 1, 0] == pytest.approx(2 * 0.7 - 1.5, abs=1e-12)


def test_a_ball_rolls_off_a_table_and_falls() -> None:
    roller = ball((0.0, 0.0, 1.0 + R), (2.0, 0.0, 0.0))
    flight = simulate(scene(box((0.5, 0.5, 0.5), (0.0, 0.0, 0.5)), roller), TIMES_S)
    late_s = np.maximum(TIMES_S - 0.25, 0.0)  # v^2 > g r, so it leaves the edge at once
    np.testing.assert_allclose(flight.position_m[:, 1, 2], 1.0 + R - 0.5 * G * late_s**2, atol=1e-12)
    np.testing.assert_allclose(flight.position_m[:, 1, 0], 2.0 * TIMES_S, atol=1e-12)


def test_a_slow_ball_goes_round_the_edge_of_a_table() -> None:
    roller = ball((0.45, 0.0, 1.0 + R), (0.3, 0.0, 0.0))
    times_s = np.linspace(0.0, 0.45, 181)
    flight = simulate(scene(box((0.5, 0.5, 0.5), (0.0, 0.0, 0.5)), roller), times_s)
    to_edge = flight.position_m[:, 1] - np.array([0.5, 0.0, 1.0])
    assert np.hypot(to_edge[:, 0], to_edge[:, 2]).min() > R - 1e-9
    energy = 0.5 * (flight.velocity[:, 1, :3] ** 2).sum(axis=1) + G * flight.position_m[:, 1, 2]
    assert np.ptp(energy) < 1e-3 * energy[0]
    assert flight.position_m[-1, 1, 2] < 1.19


def test_a_rolling_ball_rolls_on_after_a_collision_and_rolls_in() -> None:
    roller = replace(ball((-1.0, 0.0, R), (1.0, 0.0, 0.0)), angular_velocity_rad_s=(0.0, 1.0 / R, 0.0))
    hit = simulate(scene(FLOOR, roller, ball((0.0, 0.1, R), name="other")), np.array([-1.0, 0.0, 1.5]))
    np.testing.assert_allclose(hit.position_m[0, 1], [-2.0, 0.0, R], atol=1e-12)
    for index in (1, 2):
        vx, vy, _ = hit.velocity[2, index, :3]
        np.testing.assert_allclose(hit.velocity[2, index, 3:], [-vy / R, vx / R, 0.0], atol=1e-12)
    sliding = simulate(scene(FLOOR, ball((0.0, 0.0, R), (1.0, 0.0, 0.0))), np.array([1.0]))
    assert not sliding.velocity[0, 1, 3:].any()


def test_the_history_depends_neither_on_the_times_nor_on_the_end() -> None:
    world = scene(FLOOR, box((0.5, 0.5, 0.3), (0.0, 0.0, 0.3), (0.9, 0.3, 0.3, 0.1)),
                  ball((0.1, 0.1, 2.0)), ball((0.3, 0.0, 3.0), name="other"))  # fmt: skip
    whole, few = simulate(world, TIMES_S), simulate(world, TIMES_S[[20, 3, 3]])
    np.testing.assert_array_equal(few.position_m, whole.position_m[[20, 3, 3]])
    np.testing.assert_array_equal(simulate(world, np.append(TIMES_S, 9.0)).position_m[:-1], whole.position_m)


WORLD = scene(
    FLOOR, box((0.3, 1.0, 0.5), (1.6, 0.0, 0.5)), ball((-1.0, 0.0, 0.8), (1.2, 0.0, 0.0), restitution=0.9),
    ball((0.3, 0.05, R), name="other"),
)  # fmt: skip
WITH_TWIN = WORLD.replace(bodies=(*WORLD.bodies, replace(ball((0.0, 0.0, 0.0), name="twin"), from_s=NEVER_S)))
BREAKS = [
    Violation("vanish", 0.4, "other"),
    Violation("vanish", 0.4, "floor"),
    Violation("appear", 0.4, "twin"),
    Violation("duplicate", 0.4, "ball", vector=(0.0, 0.5, 0.0), other="twin"),
    Violation("teleport", 0.4, "ball", vector=(0.0, 0.0, 0.4)),
    Violation("freeze", 0.4, "ball"),
    Violation("reverse", 0.4, "ball"),
    Violation("creeps_back", 0.4, "ball", amount=0.5),
    Violation("gravity_scale", 0.4, amount=0.3),
    Violation("gravity_scale", 0.4, "ball", amount=0.3),
    Violation("gravity_tilt", 0.4, amount=20.0),
    Violation("weightless", 0.4, "ball"),
    Violation("hover", 0.3, "ball"),
    Violation("energy_gain", 0.4, "ball", amount=1.5),
    Violation("super_bounce", 0.3, "ball", amount=1.5),
    Violation("pass_through", 0.2, "ball", other="floor"),
    Violation("interpenetrate", 0.2, "ball", amount=0.3, other="other"),
    Violation("uncaused_motion", 0.4, "other", vector=(0.0, 1.0, 0.0)),
]


@pytest.mark.parametrize("violation", BREAKS, ids=lambda v: f"{v.kind} {v.body}")
def test_a_violated_twin_is_lawful_to_the_bit_until_it_is_not(violation: Violation) -> None:
    lawful, broken = simulate(WITH_TWIN, TIMES_S), simulate(WITH_TWIN.violated(violation), TIMES_S)
    before = violation.time_s > TIMES_S
    for state in ("position_m", "rotation", "velocity"):
        np.testing.assert_array_equal(getattr(lawful, state)[before], getattr(broken, state)[before])
    assert not np.array_equal(lawful.position_m, broken.position_m)
    again = [event for event in broken.events if event.time_s < violation.time_s]
    assert again == [event for event in lawful.events if event.time_s < violation.time_s]


@pytest.mark.parametrize(
    "violation",
    [
        Violation("teleport", 0.4, "ball"),
        Violation("gravity_scale", 0.4, amount=1.0),
        Violation("gravity_tilt", 0.4, amount=0.0),
        Violation("energy_gain", 0.4, "ball", amount=1.0),
        Violation("super_bounce", 0.4, "ball", amount=0.9),
        Violation("interpenetrate", 0.4, "ball", amount=0.0, other="other"),
        Violation("uncaused_motion", 0.4, "ball"),
        Violation("creeps_back", 0.4, "ball", amount=0.0),
    ],
    ids=lambda v: v.kind,
)
def test_a_violation_of_no_amount_changes_no_bit(violation: Violation) -> None:
    lawful, broken = simulate(WORLD, TIMES_S), simulate(WORLD.violated(violation), TIMES_S)
    for state in ("position_m", "rotation", "velocity"):
        np.testing.assert_array_equal(getattr(lawful, state), getattr(broken, state))


def test_broken_laws_do_what_they_say() -> None:
    drop = scene(FLOOR, ball((0.0, 0.0, R + 1.0), (0.3, 0.0, 0.0)))
    late = TIMES_S >= 0.3

    def broken(kind: str, **fields: object) -> Trajectory:
        return simulate(drop.violated(Violation(kind, 0.3, "ball", **fields)), TIMES_S)  # type: ignore[arg-type]

    assert broken("super_bounce", amount=1.2).position_m[:, 1, 2].max() > R + 1.3
    assert broken("pass_through", other="floor").position_m[-1, 1, 2] < -5.0
    assert broken("interpenetrate", other="floor", amount=0.25).position_m[:, 1, 2].min() == pytest.approx(
        0.5 * R, abs=0.05
    )
    hovering = broken("hover")
    assert np.ptp(hovering.position_m[late, 1, 2]) < 1e-12
    np.testing.assert_allclose(hovering.velocity[late, 1, 0], 0.3)
    floating = broken("weightless").velocity[late, 1, 2]
    np.testing.assert_allclose(abs(floating), 0.3 * G, atol=1e-12)  # also after it has bounced
    back = broken("reverse").position_m[:, 1]
    lawful = simulate(drop, np.maximum(0.6 - TIMES_S, 0.0)).position_m[:, 1]
    np.testing.assert_allclose(back[late], lawful[late], atol=1e-12)


def test_a_frozen_ball_is_a_wall_to_the_others() -> None:
    world = weightless(ball((-1.0, 0.0, 0.0), (1.0, 0.0, 0.0)), ball((0.0, 0.0, 0.0), name="other"))
    hit = simulate(world.violated(Violation("freeze", 0.1, "other")), np.array([1.0]))
    np.testing.assert_allclose(hit.velocity[0, :, 0], [-1.0, 0.0], atol=1e-12)


def test_a_copy_moves_as_the_original_does() -> None:
    twin = replace(ball((0.0, 0.0, 0.0), name="twin"), from_s=NEVER_S)
    world = scene(FLOOR, ball((0.0, 0.0, 2.0), (0.5, 0.0, 0.0)), twin)
    copy = Violation("duplicate", 0.3, "ball", vector=(0.0, 0.6, 0.0), other="twin")
    both = simulate(world.violated(copy), TIMES_S)
    apart = both.position_m[:, 2] - both.position_m[:, 1]
    np.testing.assert_allclose(
        apart[TIMES_S >= 0.3], np.tile([0.0, 0.6, 0.0], (sum(TIMES_S >= 0.3), 1)), atol=1e-12
    )


def test_a_ball_that_exists_later_begins_then() -> None:
    late = replace(ball((0.0, 0.0, 5.0), (1.0, 0.0, 0.0)), from_s=0.5)
    flight = simulate(scene(late), TIMES_S)
    since_s = np.maximum(TIMES_S - 0.5, 0.0)
    np.testing.assert_allclose(flight.position_m[:, 0, 2], 5.0 - 0.5 * G * since_s**2, atol=1e-12)
    np.testing.assert_allclose(flight.position_m[:, 0, 0], since_s, atol=1e-12)


def test_what_is_no_ball_is_refused() -> None:
    crate = Body("crate", "box", (0.1, 0.1, 0.1), (0.0, 0.0, 1.0), Material(), motion="dynamic")
    with pytest.raises(WsimError, match="'crate' is no free ball"):
        integrate(scene(FLOOR, crate), 1.0)

"""The simulator against closed forms, and violations against their lawful twins."""

import itertools
import subprocess
import sys

import numpy as np
import pytest

from wsim.errors import WsimError
from wsim.worlds.physics import rotations
from wsim.worlds.physics.rails import poses_on_rail
from wsim.worlds.physics.simulate import simulate
from wsim.worlds.physics.trajectory import Trajectory
from wsim.worlds.scene import Body, CameraPath, Material, Rail, Scene, Vec3, Violation

G = 9.81
CAMERA = CameraPath((0.0, -5.0, 1.0), (0.0, 0.0, 1.0))
FLOOR = Body("floor", "plane", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), Material(), restitution=1.0)
FRAMES_S = np.arange(25) / 16


def ball(
    height_m: float = 1.0, *, name: str = "ball", restitution: float = 0.0, velocity: Vec3 = (0.0, 0.0, 0.0)
) -> Body:
    """A ball of 0.2 m radius whose lowest point is at the height."""
    return Body(
        name, "sphere", (0.2, 0.0, 0.0), (0.0, 0.0, 0.2 + height_m), Material(), motion="dynamic",
        velocity_m_s=velocity, restitution=restitution,
    )  # fmt: skip


def scene(*bodies: Body, gravity: Vec3 = (0.0, 0.0, -G)) -> Scene:
    return Scene("test", 0, 1.5, bodies, CAMERA, gravity_m_s2=gravity)


def heights(trajectory: Trajectory) -> np.ndarray:
    """Of the last body's lowest point."""
    return trajectory.position_m[:, -1, 2] - 0.2


@pytest.mark.parametrize("fps", [16, 24, 25, 30, 29.97])
def test_free_fall_is_exact_at_every_frame_rate(fps: float) -> None:
    times_s = np.arange(int(fps) + 1) / fps
    flight = simulate(scene(ball(velocity=(1.0, 0.0, 2.0))), times_s)
    np.testing.assert_allclose(heights(flight), 1.0 + 2.0 * times_s - G / 2 * times_s**2, atol=1e-9)
    np.testing.assert_allclose(flight.position_m[:, 0, 0], times_s, atol=1e-9)
    np.testing.assert_allclose(flight.velocity[:, 0, 2], 2.0 - G * times_s, atol=1e-9)


@pytest.mark.parametrize(("restitution", "tolerance"), [(1.0, 0.005), (0.8, 0.01), (0.5, 0.01)])
def test_bounces_reach_the_height_that_newtons_law_gives(restitution: float, tolerance: float) -> None:
    times_s = np.arange(0.0, 3.0, 1 / 960)
    bouncing = simulate(scene(FLOOR, ball(restitution=restitution)), times_s)
    touches_s = [event.time_s for event in bouncing.events if event.kind == "impact"]
    assert touches_s[0] == pytest.approx(np.sqrt(2 / G), abs=1e-5)
    for bounce, (down_s, up_s) in enumerate(itertools.pairwise(touches_s[:3]), start=1):
        apex_m = heights(bouncing)[(times_s > down_s) & (times_s < up_s)].max()
        assert apex_m == pytest.approx(restitution ** (2 * bounce), rel=tolerance)


def test_an_impact_gives_the_impulse_that_turns_the_momentum_round() -> None:
    bouncing = simulate(scene(FLOOR, ball(restitution=0.5)), FRAMES_S)
    impact = next(event for event in bouncing.events if event.kind == "impact")
    mass_kg = 300.0 * 4 / 3 * np.pi * 0.2**3
    assert impact.amount == pytest.approx(1.5 * mass_kg * np.sqrt(2 * G), rel=1e-4)
    assert impact.bodies == ("floor", "ball")
    kinds = [event.kind for event in bouncing.events]
    assert kinds[:3] == ["contact_begin", "impact", "contact_end"]


def test_two_balls_exchange_momentum_as_they_should() -> None:
    light = Body(
        "light", "sphere", (0.2, 0.0, 0.0), (-1.0, 0.0, 0.0), Material(), motion="dynamic",
        velocity_m_s=(2.0, 0.0, 0.0), density_kg_m3=100.0, restitution=1.0,
    )  # fmt: skip
    heavy = Body(
        "heavy", "sphere", (0.2, 0.0, 0.0), (0.0, 0.0, 0.0), Material(), motion="dynamic",
        density_kg_m3=300.0, restitution=1.0,
    )  # fmt: skip
    hit = simulate(scene(light, heavy, gravity=(0.0, 0.0, 0.0)), np.array([0.0, 1.0]))
    np.testing.assert_allclose(hit.velocity[-1, :, 0], [-1.0, 1.0], atol=1e-9)
    # The touch is at 0.3 s; from there on each goes its own way.
    np.testing.assert_allclose(hit.position_m[-1, :, 0], [-0.4 - 0.7, 0.7], atol=1e-9)


def test_a_ball_without_restitution_comes_to_rest_on_the_floor() -> None:
    landed = simulate(scene(FLOOR, ball(0.5)), np.linspace(0.0, 3.0, 49))
    assert abs(heights(landed)[-1]) < 1e-3
    assert np.abs(landed.velocity[-1]).max() < 1e-3


def test_a_moving_bat_passes_its_speed_on() -> None:
    bat = Body(
        "bat", "box", (0.05, 0.5, 0.5), (-1.0, 0.0, 0.0), Material(), motion="rail", restitution=1.0,
        rail=Rail((0.0, 2.0), ((-1.0, 0.0, 0.0), (1.0, 0.0, 0.0))),
    )  # fmt: skip
    resting = ball(-0.2, restitution=1.0)
    hit = simulate(scene(bat, resting, gravity=(0.0, 0.0, 0.0)), np.array([1.5]))
    assert hit.velocity[0, 1, 0] == pytest.approx(2.0, abs=1e-6)


def test_the_history_does_not_depend_on_which_times_are_asked_for() -> None:
    world = scene(FLOOR, ball(restitution=0.7, velocity=(0.4, 0.0, 0.0)))
    whole, few = simulate(world, FRAMES_S), simulate(world, FRAMES_S[[20, 3, 3]])
    np.testing.assert_array_equal(few.position_m, whole.position_m[[20, 3, 3]])


def test_before_time_zero_a_dynamic_body_is_as_it_began() -> None:
    early = simulate(scene(ball(velocity=(1.0, 0.0, 2.0))), np.array([-0.5, 0.0]))
    np.testing.assert_array_equal(early.position_m[0], early.position_m[1])
    np.testing.assert_allclose(early.velocity[0, 0, :3], [1.0, 0.0, 2.0], atol=1e-12)


def test_spin_is_given_and_returned_in_the_world() -> None:
    tilted = (np.sqrt(0.5), np.sqrt(0.5), 0.0, 0.0)
    spinning = scene(ball(), gravity=(0.0, 0.0, 0.0)).with_body(
        "ball", rotation=tilted, angular_velocity_rad_s=(0.0, 0.0, 2.0)
    )
    after = simulate(spinning, np.array([0.5]))
    np.testing.assert_allclose(after.velocity[0, 0, 3:], [0.0, 0.0, 2.0], atol=1e-9)
    turned = rotations.multiply(rotations.from_rotation_vector(np.array([0.0, 0.0, 1.0])), np.array(tilted))
    np.testing.assert_allclose(after.rotation[0, 0], turned, atol=1e-9)


def on_rail() -> Body:
    rail = Rail((0.5, 1.0, 2.0), ((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (1.0, 4.0, 0.0)), (0.0, 0.0, np.pi))
    return Body("cart", "box", (0.1, 0.1, 0.1), (0.0, 0.0, 0.0), Material(), motion="rail", rail=rail)


def test_a_rail_is_exact_at_any_time() -> None:
    times_s = np.array([-3.0, 0.5, 0.75, 1.0, 1.25, 2.0, 9.0])
    position, rotation, velocity = poses_on_rail(on_rail(), times_s)
    np.testing.assert_array_equal(position[:, 0], [0.0, 0.0, 0.5, 1.0, 1.0, 1.0, 1.0])
    np.testing.assert_array_equal(position[:, 1], [0.0, 0.0, 0.0, 0.0, 1.0, 4.0, 4.0])
    np.testing.assert_array_equal(velocity[:, 0], [0.0, 2.0, 2.0, 0.0, 0.0, 0.0, 0.0])
    np.testing.assert_array_equal(velocity[:, 1], [0.0, 0.0, 0.0, 4.0, 4.0, 0.0, 0.0])
    quarter = np.sqrt(0.5)
    np.testing.assert_allclose(rotation[2], [np.cos(np.pi / 8), 0.0, 0.0, np.sin(np.pi / 8)])
    np.testing.assert_allclose(rotation[3], [quarter, 0.0, 0.0, quarter])
    np.testing.assert_allclose(rotation[5:], [[-quarter, 0.0, 0.0, quarter]] * 2, atol=1e-15)


@pytest.mark.parametrize(
    ("rail", "message"),
    [
        (None, "has none"),
        (Rail((0.0, 1.0), ((0.0, 0.0, 0.0),)), "2 times for 1 points"),
        (Rail((1.0, 1.0), ((0.0, 0.0, 0.0), (1.0, 0.0, 0.0))), "do not increase"),
    ],
)
def test_a_rail_that_makes_no_sense_is_refused(rail: Rail | None, message: str) -> None:
    with pytest.raises(WsimError, match=message):
        simulate(scene(on_rail()).with_body("cart", rail=rail), FRAMES_S)


FALLING = scene(FLOOR, ball(restitution=0.7))
RAILED = scene(FLOOR, on_rail())


@pytest.mark.parametrize(
    ("world", "violation"),
    [
        (FALLING, Violation("vanish", 0.5, "ball")),
        (FALLING, Violation("vanish", 0.3, "floor")),
        (FALLING, Violation("teleport", 0.5, "ball", vector=(0.3, 0.0, 0.2))),
        (FALLING, Violation("recolour", 0.5, "ball", vector=(0.0, 0.0, 1.0))),
        (FALLING, Violation("freeze", 0.5, "ball")),
        (FALLING, Violation("gravity_scale", 0.5, amount=0.25)),
        (RAILED, Violation("vanish", 0.7, "cart")),
        (RAILED, Violation("teleport", 0.7, "cart", vector=(0.3, 0.0, 0.2))),
        (RAILED, Violation("freeze", 0.7, "cart")),
    ],
    ids=lambda value: value.kind if isinstance(value, Violation) else value.bodies[-1].name,
)
def test_a_violated_twin_is_lawful_until_it_is_not(world: Scene, violation: Violation) -> None:
    lawful, broken = simulate(world, FRAMES_S), simulate(world.violated(violation), FRAMES_S)
    before = violation.time_s > FRAMES_S
    for state in ("position_m", "rotation", "velocity", "alive", "colour"):
        np.testing.assert_array_equal(getattr(lawful, state)[before], getattr(broken, state)[before])
    assert any(
        not np.array_equal(getattr(lawful, state)[~before], getattr(broken, state)[~before])
        for state in ("position_m", "alive", "colour")
    )
    logged = [event for event in broken.events if event.kind == f"violation:{violation.kind}"]
    assert [event.time_s for event in logged] == [violation.time_s]
    assert not [event for event in lawful.events if event.kind.startswith("violation")]


def test_violations_do_what_they_say() -> None:
    after = FRAMES_S >= 0.5

    def broken(*violations: Violation) -> Trajectory:
        return simulate(FALLING.violated(*violations), FRAMES_S)

    assert not broken(Violation("vanish", 0.5, "ball")).alive[after, 1].any()
    assert heights(broken(Violation("vanish", 0.3, "floor")))[-1] < -1.0  # nothing left to bounce on
    frozen = broken(Violation("freeze", 0.5, "ball"))
    assert np.ptp(heights(frozen)[after]) == 0.0
    assert not frozen.velocity[after, 1].any()
    recoloured = broken(Violation("recolour", 0.5, "ball", vector=(0.0, 0.0, 1.0)))
    np.testing.assert_array_equal(recoloured.colour[-1, 1], [0.0, 0.0, 1.0])
    np.testing.assert_array_equal(recoloured.position_m, simulate(FALLING, FRAMES_S).position_m)


@pytest.mark.parametrize("amount", [0.25, 0.0, -1.0])
def test_changed_gravity_is_exact_too(amount: float) -> None:
    fall = simulate(scene(ball(20.0)).violated(Violation("gravity_scale", 0.5, amount=amount)), FRAMES_S)
    late_s = np.maximum(FRAMES_S - 0.5, 0.0)
    early_s = np.minimum(FRAMES_S, 0.5)
    expected = 20.0 - G / 2 * early_s**2 - G * 0.5 * late_s - amount * G / 2 * late_s**2
    np.testing.assert_allclose(heights(fall), expected, atol=1e-9)


def test_a_teleported_ball_goes_on_from_where_it_is_put() -> None:
    jump = Violation("teleport", 0.25, "ball", vector=(0.0, 3.0, 5.0))
    lawful, broken = simulate(scene(ball(9.0)), FRAMES_S), simulate(scene(ball(9.0)).violated(jump), FRAMES_S)
    moved = broken.position_m - lawful.position_m
    np.testing.assert_allclose(moved[FRAMES_S >= 0.25, 0], [[0.0, 3.0, 5.0]] * 21, atol=1e-12)


def wall() -> Body:
    return Body("wall", "plane", (2.0, 2.0, 0.0), (0.0, 3.0, 1.0), Material())


def test_wobble_moves_static_bodies_but_not_endless_planes() -> None:
    world = scene(FLOOR, wall(), on_rail()).violated(Violation("wobble", 0.5, amount=0.02))
    moved = simulate(world, FRAMES_S).position_m - simulate(world.replace(violations=()), FRAMES_S).position_m
    assert not moved[:, [0, 2]].any()
    assert not moved[FRAMES_S < 0.5].any()
    assert moved[FRAMES_S >= 0.5, 1].std() == pytest.approx(0.02, rel=0.35)


def test_wobble_belongs_to_the_frame_and_not_to_the_clip() -> None:
    world = scene(wall()).violated(Violation("wobble", amount=0.02))
    whole, part = simulate(world, FRAMES_S), simulate(world, FRAMES_S[7:9])
    np.testing.assert_array_equal(whole.position_m[7:9], part.position_m)
    other = simulate(world.replace(seed=1), FRAMES_S)
    assert not np.array_equal(other.position_m, whole.position_m)


def test_a_violation_of_nothing_is_refused() -> None:
    with pytest.raises(WsimError, match="'cube' that does not exist"):
        simulate(FALLING.violated(Violation("vanish", 0.5, "cube")), FRAMES_S)


def test_mujoco_is_not_loaded_when_nothing_is_simulated() -> None:
    code = (
        "import sys, numpy as np\n"
        "from wsim.worlds.scene import Body, CameraPath, Material, Scene\n"
        "from wsim.worlds.physics.simulate import simulate\n"
        "box = Body('box', 'box', (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), Material())\n"
        "simulate(Scene('x', 0, 1.0, (box,), CameraPath((0.0, -3.0, 0.0), (0.0, 0.0, 0.0))), np.zeros(1))\n"
        "print('mujoco' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

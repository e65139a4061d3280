"""Pendulums and slopes against numerical integration and textbook formulas, lawful and not."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.special import ellipk

from wsim.errors import WsimError
from wsim.worlds.physics.laws import poses_by_law
from wsim.worlds.scene import Body, CameraPath, Incline, Material, Pendulum, Scene, Violation

G, LENGTH_M, RELEASE_S = 9.81, 0.6, 0.2
CAMERA = CameraPath((0.0, -5.0, 1.0), (0.0, 0.0, 1.0))
TIMES_S = np.linspace(-0.3, 3.0, 133)
TILT = math.radians(20.0)
SLOPE = Incline((math.cos(TILT), 0.0, -math.sin(TILT)), (math.sin(TILT), 0.0, math.cos(TILT)), 50.0)


def bob(angle_rad: float) -> Body:
    law = Pendulum((0.1, 0.2, 2.0), LENGTH_M, angle_rad, release_s=RELEASE_S)
    return Body(
        "bob", "sphere", (0.1, 0.0, 0.0), (0.1, 0.2, 2.0 - LENGTH_M), Material(), motion="pendulum",
        pendulum=law,
    )  # fmt: skip


def slider(friction: float, radius_m: float = 0.0, **changes: float) -> Body:
    return Body(
        "thing", "sphere", (0.2, 0.0, 0.0), (0.0, 0.0, 1.0), Material(), motion="incline", friction=friction,
        incline=replace(SLOPE, radius_m=radius_m, **changes),
    )  # fmt: skip


def moved(body: Body, *violations: Violation, times_s: np.ndarray = TIMES_S) -> tuple[np.ndarray, ...]:
    scene = Scene("test", 0, 1.5, (body,), CAMERA, violations=violations)
    return poses_by_law(scene, body, times_s)


def path_m(body: Body, *violations: Violation, times_s: np.ndarray = TIMES_S) -> np.ndarray:
    """How far down the slope."""
    return (moved(body, *violations, times_s=times_s)[0] - body.position_m) @ np.array(SLOPE.downhill)


def angles(position_m: np.ndarray) -> np.ndarray:
    x, z = position_m[:, 0] - 0.1, 2.0 - position_m[:, 2]
    return np.unwrap(np.arctan2(-x, z))


def swung(angle_rad: float, violation: Violation | None = None) -> np.ndarray:
    """The same angles by a Runge-Kutta method of order 8."""

    def rates(gravity: tuple[float, float]) -> object:
        gx, gz = gravity
        return lambda _, y: [y[1], (-math.cos(y[0]) * gx + math.sin(y[0]) * gz) / LENGTH_M]

    def run(gravity: tuple[float, float], start_s: float, end_s: float, state: list[float]) -> object:
        return solve_ivp(
            rates(gravity), (start_s, end_s), state, "DOP853", dense_output=True, rtol=1e-12, atol=1e-13
        )

    found = np.full(len(TIMES_S), angle_rad)
    ends_s = violation.time_s if violation else TIMES_S[-1]
    first = run((0.0, -G), RELEASE_S, ends_s, [angle_rad, 0.0])
    during = (TIMES_S >= RELEASE_S) & (ends_s >= TIMES_S)
    found[during] = first.sol(TIMES_S[during])[0]
    if violation:
        gravity, state = (0.0, -G), list(first.y[:, -1])
        if violation.kind == "energy_gain":
            state[1] *= violation.amount
        elif violation.kind == "gravity_scale":
            gravity = (0.0, -G * violation.amount)
        elif violation.kind == "gravity_tilt":
            tilt = math.radians(violation.amount)
            gravity = (-G * math.sin(tilt), -G * math.cos(tilt))
        elif violation.kind == "weightless":
            gravity = (0.0, 0.0)
        later = ends_s < TIMES_S
        found[later] = run(gravity, ends_s, TIMES_S[-1], state).sol(TIMES_S[later])[0]
    return found


@pytest.mark.parametrize("angle_rad", [0.05, 0.8, -1.4, 2.9])
def test_a_pendulum_swings_as_its_equation_says(angle_rad: float) -> None:
    position, _, velocity = moved(bob(angle_rad))
    np.testing.assert_allclose(angles(position), swung(angle_rad), atol=1e-9)
    rate = np.gradient(swung(angle_rad), TIMES_S)
    np.testing.assert_allclose(-velocity[60:, 4], -rate[60:], atol=0.25)
    np.testing.assert_allclose(np.linalg.norm(velocity[:, :3], axis=1), LENGTH_M * abs(velocity[:, 4]))


@pytest.mark.parametrize(
    "violation",
    [
        Violation("energy_gain", 0.9, "bob", amount=1.5),
        Violation("energy_gain", 0.52, "bob", amount=6.0),  # over the top
        Violation("gravity_scale", 0.9, amount=0.25),
        Violation("gravity_scale", 0.9, amount=-1.0),
        Violation("gravity_tilt", 0.9, amount=30.0),
        Violation("weightless", 0.9, "bob"),
    ],
    ids=lambda violation: f"{violation.kind} {violation.amount:g}",
)
def test_a_broken_law_goes_on_from_where_the_pendulum_is(violation: Violation) -> None:
    position = moved(bob(0.9), violation)[0]
    np.testing.assert_allclose(np.cos(angles(position)), np.cos(swung(0.9, violation)), atol=1e-9)
    np.testing.assert_allclose(np.sin(angles(position)), np.sin(swung(0.9, violation)), atol=1e-9)
    before = violation.time_s > TIMES_S
    np.testing.assert_array_equal(position[before], moved(bob(0.9))[0][before])


def test_a_pendulum_returns_after_its_period() -> None:
    period_s = 4.0 * math.sqrt(LENGTH_M / G) * ellipk(math.sin(0.5) ** 2)
    position, _, velocity = moved(bob(1.0), times_s=RELEASE_S + period_s * np.array([0.0, 0.25, 1.0, 5.0]))
    np.testing.assert_allclose(position[[2, 3]], position[[0, 0]], atol=1e-11)
    assert position[1, 2] == pytest.approx(2.0 - LENGTH_M, abs=1e-11)
    speed = math.sqrt(2.0 * G * LENGTH_M * (1.0 - math.cos(1.0)))
    assert abs(velocity[1, 0]) == pytest.approx(speed, rel=1e-11)


def test_before_its_release_a_pendulum_hangs_aside() -> None:
    position, _, velocity = moved(bob(0.7))
    early = TIMES_S <= RELEASE_S
    assert np.ptp(position[early], axis=0).max() == 0.0
    assert not velocity[early].any()


@pytest.mark.parametrize("body", [bob(0.7), slider(0.1), slider(0.8, 0.2)], ids=["bob", "block", "ball"])
def test_a_freeze_holds_and_a_reverse_returns(body: Body) -> None:
    lawful, late = moved(body)[0], TIMES_S >= 1.0
    frozen, _, velocity = moved(body, Violation("freeze", 1.0, body.name))
    assert np.ptp(frozen[late], axis=0).max() == 0.0
    assert not velocity[late].any()
    back = moved(body, Violation("reverse", 1.0, body.name))[0]
    np.testing.assert_allclose(back[late], moved(body, times_s=2.0 - TIMES_S[late])[0], atol=1e-12)
    np.testing.assert_array_equal(back[~late], lawful[~late])


@pytest.mark.parametrize(
    "violation",
    [
        Violation("energy_gain", 1.0, "bob", amount=1.0),
        Violation("gravity_scale", 1.0, amount=1.0),
        Violation("gravity_tilt", 1.0, amount=0.0),
        Violation("uncaused_motion", 1.0, "bob"),
        Violation("gravity_scale", 1.0, "another", amount=0.2),
    ],
)
def test_a_violation_of_no_amount_changes_no_bit(violation: Violation) -> None:
    for lawful, broken in zip(moved(bob(0.7)), moved(bob(0.7), violation), strict=True):
        np.testing.assert_array_equal(lawful, broken)


def test_a_ball_rolls_if_friction_lets_it_and_slips_if_not() -> None:
    t = np.maximum(TIMES_S, 0.0)
    rolling = 0.5 * 5.0 / 7.0 * G * math.sin(TILT) * t**2
    np.testing.assert_allclose(path_m(slider(0.8, 0.2)), rolling, atol=1e-11)
    least = 2.0 / 7.0 * math.tan(TILT)  # k / (1 + k) tan
    np.testing.assert_allclose(path_m(slider(1.001 * least, 0.2)), rolling, atol=1e-11)
    slipping = 0.5 * G * (math.sin(TILT) - 0.05 * math.cos(TILT)) * t**2
    np.testing.assert_allclose(path_m(slider(0.05, 0.2)), slipping, atol=1e-11)
    spin = moved(slider(0.05, 0.2))[2][:, 4]
    np.testing.assert_allclose(spin, 0.05 * G * math.cos(TILT) / (0.4 * 0.2) * t, atol=1e-11)


def test_a_rolling_ball_turns_by_its_path_over_its_radius() -> None:
    _, rotation, velocity = moved(slider(0.8, 0.2), times_s=np.array([1.0]))
    turned = 2.0 * np.arctan2(rotation[0, 2], rotation[0, 0])
    path = path_m(slider(0.8, 0.2), times_s=np.array([1.0]))[0]
    assert math.remainder(turned - path / 0.2, 2.0 * math.pi) == pytest.approx(0.0, abs=1e-10)
    assert velocity[0, 4] * 0.2 == pytest.approx(np.linalg.norm(velocity[0, :3]))


def test_a_block_slides_or_sticks() -> None:
    sliding = 0.5 * G * (math.sin(TILT) - 0.1 * math.cos(TILT)) * np.maximum(TIMES_S, 0.0) ** 2
    np.testing.assert_allclose(path_m(slider(0.1)), sliding, atol=1e-11)
    assert not path_m(slider(1.001 * math.tan(TILT))).any()


def test_a_block_without_friction_starts_to_slide() -> None:
    path = path_m(slider(0.8), Violation("friction_off", 1.0, "thing"))
    assert not path[TIMES_S < 1.0].any()
    expected = 0.5 * G * math.sin(TILT) * (TIMES_S[TIMES_S >= 1.0] - 1.0) ** 2
    np.testing.assert_allclose(path[TIMES_S >= 1.0], expected, atol=1e-11)


def test_a_push_uphill_slows_turns_and_comes_down() -> None:
    push = Violation(
        "uncaused_motion", 0.5, "thing", vector=(-2.0 * math.cos(TILT), 0.0, 2.0 * math.sin(TILT))
    )
    up = G * (math.sin(TILT) + 0.1 * math.cos(TILT))
    stops_s = 0.5 + 2.0 / up
    times_s = np.array([0.5, stops_s, stops_s + 0.3])
    rests = replace(slider(0.1), incline=replace(SLOPE, release_s=9.0))
    down = 0.5 * G * (math.sin(TILT) - 0.1 * math.cos(TILT)) * 0.09
    expected = [0.0, -(2.0**2) / (2.0 * up), -(2.0**2) / (2.0 * up) + down]
    np.testing.assert_allclose(path_m(rests, push, times_s=times_s), expected, atol=1e-11)


def test_a_pushed_ball_slips_until_it_rolls() -> None:
    level = replace(SLOPE, downhill=(1.0, 0.0, 0.0), normal=(0.0, 0.0, 1.0), radius_m=0.2)
    push = Violation("uncaused_motion", 0.0, "thing", vector=(2.0, 0.0, 0.0))
    velocity = moved(replace(slider(0.3), incline=level), push, times_s=np.array([0.0, 5.0]))[2]
    assert velocity[1, 0] == pytest.approx(
        2.0 * 5.0 / 7.0
    )  # the angular momentum about the floor is conserved
    assert velocity[1, 4] * 0.2 == pytest.approx(velocity[1, 0])


def test_it_stops_dead_at_the_end_of_the_slope() -> None:
    position, _, velocity = moved(slider(0.1, length_m=1.0))
    assert path_m(slider(0.1, length_m=1.0)).max() == pytest.approx(1.0, abs=1e-12)
    assert not velocity[-1].any()
    assert np.ptp(position[-20:], axis=0).max() == 0.0


def test_who_loses_gravity_leaves_the_slope() -> None:
    late = TIMES_S >= 1.0
    velocity = moved(slider(0.1), Violation("weightless", 1.0, "thing"))[2][late, :3]
    np.testing.assert_allclose(velocity, np.tile(velocity[0], (len(velocity), 1)), atol=1e-12)
    hovering, _, velocity = moved(slider(0.1), Violation("hover", 1.0, "thing"))
    assert np.ptp(hovering[late, 2]) == 0.0
    assert (velocity[late, 0] > 0.5).all()
    lifted = moved(slider(0.1), Violation("gravity_scale", 1.0, amount=-1.0))[0]
    gap_m = (lifted[late] - np.array([0.0, 0.0, 1.0])) @ np.array(SLOPE.normal)
    np.testing.assert_allclose(gap_m, 0.5 * G * math.cos(TILT) * (TIMES_S[late] - 1.0) ** 2, atol=1e-11)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (replace(bob(0.5), pendulum=None), "has none"),
        (replace(bob(0.5), pendulum=Pendulum((0.0, 0.0, 1.0), 0.0, 0.5)), "of 0 m"),
        (
            replace(bob(0.5), pendulum=Pendulum((0.0, 0.0, 1.0), 1.0, 0.5, (0.0, 0.0, 1.0))),
            "level unit vector",
        ),
        (replace(slider(0.1), incline=None), "has none"),
        (slider(0.1, length_m=0.0), "not positive"),
        (replace(slider(0.1), incline=replace(SLOPE, downhill=(1.0, 0.0, 0.0))), "right angles"),
    ],
)
def test_a_law_that_makes_no_sense_is_refused(body: Body, problem: str) -> None:
    with pytest.raises(WsimError, match=problem):
        moved(body)

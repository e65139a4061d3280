"""Fluids against Torricelli's law, integrated numerically, and nothing is lost."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from wsim.errors import WsimError
from wsim.worlds.physics.simulate import simulate
from wsim.worlds.physics.trajectory import Trajectory
from wsim.worlds.scene import Body, CameraPath, Material, Pour, Scene, Violation

G, AREA_M2, HOLE_M2, DROP_M, START_S, LEVEL_M = 9.81, 0.24, 0.02, 1.25, 0.3, 0.5
TIMES_S = np.linspace(-0.2, 6.0, 311)
BODIES = (
    Body("upper", "box", (0.3, 0.2, LEVEL_M / 2), (0.0, 0.0, DROP_M + LEVEL_M / 2), Material()),
    Body("lower", "cylinder", (0.3, 0.0, 0.01), (0.0, 0.0, 0.01), Material()),
    Body("stream", "cylinder", (0.05, 0.0, DROP_M / 2), (0.0, 0.0, DROP_M / 2), Material()),
)
WORLD = Scene(
    "test", 0, 6.0, BODIES, CameraPath((0.0, -5.0, 1.0), (0.0, 0.0, 1.0)),
    pours=(Pour("upper", "lower", "stream", START_S, HOLE_M2, DROP_M),),
)  # fmt: skip


def volumes(*violations: Violation) -> dict[str, np.ndarray]:
    state = simulate(WORLD.violated(*violations), TIMES_S).state
    return {name: np.asarray(state[f"volume of {name}"]) for name in ("upper", "lower", "stream")}


def level_by_integration(times_s: np.ndarray) -> np.ndarray:
    def rate(_: float, level: np.ndarray) -> np.ndarray:
        return -HOLE_M2 / AREA_M2 * np.sqrt(2.0 * G * np.maximum(level, 0.0))

    since_s = np.clip(times_s - START_S, 0.0, None)
    done = solve_ivp(
        rate, (0.0, 6.0), [LEVEL_M], "DOP853", dense_output=True, rtol=1e-11, atol=1e-13, max_step=0.05
    )
    return np.asarray(np.maximum(done.sol(since_s)[0], 0.0))


def test_the_level_falls_by_torricellis_law() -> None:
    running = TIMES_S < START_S + 3.5  # it is empty after 3.83 s
    expected = AREA_M2 * level_by_integration(TIMES_S[running])
    np.testing.assert_allclose(volumes()["upper"][running], expected, atol=1e-9)


def test_nothing_is_lost() -> None:
    found = volumes()
    total = found["upper"] + found["lower"] + found["stream"]
    np.testing.assert_allclose(total, total[0], rtol=1e-12)
    assert min(volume.min() for volume in found.values()) >= 0.0
    assert found["upper"][-1] == pytest.approx(0.0, abs=1e-12)
    assert found["stream"][-1] == pytest.approx(0.0, abs=1e-12)


def test_what_lands_left_the_hole_a_fall_earlier() -> None:
    landed_s = 2.0

    def lands(left_s: float) -> float:
        speed = math.sqrt(2.0 * G * level_by_integration(np.array([left_s]))[0])
        fall_s = landed_s - left_s
        return speed * fall_s + 0.5 * G * fall_s**2 - DROP_M

    left_s = brentq(lands, START_S, landed_s, xtol=1e-12)
    expected = AREA_M2 * (LEVEL_M - level_by_integration(np.array([left_s]))[0])
    before = math.pi * 0.09 * 0.02
    assert np.interp(landed_s, TIMES_S, volumes()["lower"]) - before == pytest.approx(expected, abs=1e-9)


def top_and_bottom(flight: Trajectory, index: int) -> tuple[np.ndarray, np.ndarray]:
    half = flight.looks.scale[:, index, 2] * BODIES[index].size_m[2]
    return flight.position_m[:, index, 2] + half, flight.position_m[:, index, 2] - half


def test_levels_rise_from_a_floor_that_stays() -> None:
    flight = simulate(WORLD, TIMES_S)
    top, bottom = top_and_bottom(flight, 1)
    np.testing.assert_allclose(bottom, 0.0, atol=1e-12)
    np.testing.assert_allclose(top * math.pi * 0.09, flight.state["volume of lower"], atol=1e-12)
    upper_top, upper_bottom = top_and_bottom(flight, 0)
    np.testing.assert_allclose(upper_bottom, DROP_M, atol=1e-12)
    assert (np.diff(upper_top) <= 1e-15).all()
    assert not flight.alive[-1, 0]


def test_the_stream_is_where_the_fluid_falls_and_holds_what_falls() -> None:
    flight = simulate(WORLD, TIMES_S)
    top, bottom = top_and_bottom(flight, 2)
    alive = flight.alive[:, 2]
    empty_s = START_S + math.sqrt(2.0 * LEVEL_M / G) * AREA_M2 / HOLE_M2
    falls_s = math.sqrt(2.0 * DROP_M / G)
    np.testing.assert_array_equal(alive, (TIMES_S > START_S + 1e-6) & (empty_s + falls_s > TIMES_S))
    head_s = np.array([0.35, 0.4])
    first = simulate(WORLD, head_s)
    speed, t = math.sqrt(2.0 * G * LEVEL_M), head_s - START_S
    np.testing.assert_allclose(top_and_bottom(first, 2)[1], DROP_M - speed * t - 0.5 * G * t**2, atol=1e-12)
    tail = alive & (empty_s < TIMES_S)
    np.testing.assert_allclose(top[tail], DROP_M - 0.5 * G * (TIMES_S[tail] - empty_s) ** 2, atol=1e-9)
    width = flight.looks.scale[:, 2, 0] * 0.05
    drawn = math.pi * width**2 * (top - bottom)
    np.testing.assert_allclose(drawn[alive], flight.state["volume of stream"][alive], rtol=1e-6, atol=1e-9)


def test_fluid_from_nowhere_and_a_level_that_stays() -> None:
    lawful, late = volumes(), TIMES_S >= 2.0
    more = volumes(Violation("fluid_gain", 2.0, "lower", amount=2.0))
    then = np.interp(2.0, TIMES_S, lawful["lower"])
    np.testing.assert_allclose((more["lower"] - lawful["lower"])[late], then, rtol=1e-6)
    above = volumes(Violation("fluid_gain", 2.0, "upper", amount=1.5))
    total = above["upper"] + above["lower"] + above["stream"]
    np.testing.assert_allclose(total[late], total[late][0], rtol=1e-12)
    assert total[late][0] > total[0]
    held = volumes(Violation("freeze", 2.0, "lower"))["lower"]
    assert np.ptp(held[late]) == 0.0
    for broken in (more, above, {"lower": held}):
        np.testing.assert_array_equal(broken["lower"][~late], lawful["lower"][~late])


def test_a_gain_of_nothing_changes_no_bit() -> None:
    same = volumes(Violation("fluid_gain", 2.0, "lower", amount=1.0))
    for name, volume in volumes().items():
        np.testing.assert_array_equal(volume, same[name])


@pytest.mark.parametrize(
    ("world", "problem"),
    [
        (WORLD.without_body("lower"), "'lower' that does not exist"),
        (WORLD.with_body("upper", shape="sphere"), "boxes or cylinders"),
        (WORLD.with_body("stream", shape="box"), "must be a cylinder"),
        (WORLD.replace(pours=(replace(WORLD.pours[0], hole_m2=0.0),)), "above 0"),
        (WORLD.replace(pours=(replace(WORLD.pours[0], drop_m=1.0),)), "not as long"),
        (WORLD.replace(pours=(*WORLD.pours, WORLD.pours[0])), "one hole only"),
    ],
)
def test_a_pour_that_makes_no_sense_is_refused(world: Scene, problem: str) -> None:
    with pytest.raises(WsimError, match=problem):
        simulate(world, TIMES_S)

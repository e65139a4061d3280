"""The families of exact physics keep what their questions need: who meets whom, when, and how often."""

import math

import numpy as np
import pytest

from wsim.errors import WsimError
from wsim.worlds.check import check_scene
from wsim.worlds.families import FAMILIES, make
from wsim.worlds.physics.simulate import simulate
from wsim.worlds.physics.trajectory import Trajectory, WorldEvent
from wsim.worlds.scene import Scene

SEEDS = range(6)
G = 9.81


def happened(scene: Scene, times: int = 25) -> Trajectory:
    return simulate(scene, np.linspace(0.0, scene.duration_s, times))


def hits(scene: Scene, without: str = "floor") -> list[WorldEvent]:
    """Impacts of things on one another."""
    events = happened(scene).events
    return [event for event in events if event.kind == "impact" and without not in event.bodies]


@pytest.mark.parametrize("head_on", [False, True])
def test_two_balls_collide_once_and_part(head_on: bool) -> None:
    for seed in SEEDS:
        scene = make("collision", seed, head_on=head_on)
        found = hits(scene)
        assert [hit.bodies for hit in found] == [("ball", "target")], seed
        assert 0.3 < found[0].time_s / scene.duration_s < 0.52, seed
        masses = [scene.body(name).size_m[0] ** 3 for name in ("ball", "target")]
        x_m_s = happened(scene).velocity[[0, -1], :2, 0]
        assert x_m_s[1] @ masses == pytest.approx(x_m_s[0] @ masses, rel=1e-9), seed
        assert not hits(FAMILIES["collision"].twins(scene).controls["near_miss"]), seed


def test_the_large_and_the_small_ball_land_together() -> None:
    for seed in SEEDS:
        scene = make("galileo", seed)
        first = {e.bodies[0]: e.time_s for e in reversed(happened(scene).events) if e.kind == "impact"}
        assert first["large"] == pytest.approx(first["small"], abs=1e-12)
        slower = FAMILIES["galileo"].twins(scene).violated["lighter_falls_slower"]
        first = {e.bodies[0]: e.time_s for e in reversed(happened(slower).events) if e.kind == "impact"}
        assert first["small"] > first["large"] + 0.1, seed


@pytest.mark.parametrize("duration_s", [3.1, 4.1, 6.0])
def test_however_long_it_falls_the_two_balls_begin_apart(duration_s: float) -> None:
    for seed in range(20):
        check_scene(make("galileo", seed, duration_s=duration_s), 64, 64)


def test_a_pendulum_passes_its_lowest_point_more_than_once() -> None:
    for seed in SEEDS:
        x_m = happened(make("pendulum", seed), 101).position_m[:, 0, 0]
        assert np.count_nonzero(np.diff(np.sign(x_m))) >= 2, seed
        bob, rod = (happened(make("pendulum", seed)).rotation[:, index] for index in (0, 1))
        np.testing.assert_array_equal(bob, rod)


def test_what_is_on_the_ramp_runs_far_but_not_into_the_stop_or_sticks() -> None:
    kinds = set()
    for seed in SEEDS:
        scene = make("incline", seed)
        thing = scene.body("thing")
        assert thing.incline is not None
        path_m = np.linalg.norm(happened(scene).position_m[-1, 0] - np.array(thing.position_m))
        assert 0.5 * thing.incline.length_m < path_m < 0.98 * thing.incline.length_m, seed
        kinds.add(thing.noun)
        stuck = make("incline", seed, sticks=True)
        assert not np.ptp(happened(stuck).position_m[:, 0], axis=0).any()
        slips = FAMILIES["incline"].twins(stuck).violated["friction_off"]
        assert np.ptp(happened(slips).position_m[:, 0], axis=0).any()
    assert kinds == {"ball", "block"}


def test_a_ball_crosses_the_table_at_constant_speed() -> None:
    for seed in SEEDS:
        flight = happened(make("puck", seed))
        np.testing.assert_allclose(np.diff(flight.position_m[:, 0], n=2, axis=0), 0.0, atol=1e-12)
        radius = make("puck", seed).body("ball").size_m[0]
        vx, vy, _ = flight.velocity[0, 0, :3]
        np.testing.assert_allclose(flight.velocity[0, 0, 3:], [-vy / radius, vx / radius, 0.0], atol=1e-12)


@pytest.mark.parametrize("balls", [3, 4, 5])
def test_billiard_balls_meet_and_stay_on_the_table(balls: int) -> None:
    for seed in SEEDS[:1]:
        scene = make("billiards", seed, balls=balls)
        assert len({hit.bodies for hit in hits(scene, "table")}) >= 2, seed
        flight = happened(scene)
        np.testing.assert_allclose(flight.position_m[:, :balls, 2], flight.position_m[0, 0, 2], atol=1e-12)
        twins = FAMILIES["billiards"].twins(scene).violated
        assert happened(twins["duplicate"]).alive[-1].sum() == flight.alive[-1].sum() + 1


def test_the_ball_hits_the_first_and_then_the_second() -> None:
    for seed in SEEDS:
        scene = make("two_hits", seed)
        assert [hit.bodies for hit in hits(scene)] == [("ball", "first"), ("ball", "second")], seed
        velocity = happened(scene).velocity[:, :, 0]
        gave = abs(velocity[-1, 1] / velocity[0, 0]), abs(velocity[-1, 2])
        ratio = scene.body("ball").density_kg_m3 / scene.body("first").density_kg_m3
        restitution = scene.body("ball").restitution ** 2
        assert gave[0] == pytest.approx((1.0 + restitution) * ratio / (1.0 + ratio), rel=1e-9)
        came_back = (restitution - ratio) / (1.0 + ratio) * abs(velocity[0, 0])
        assert gave[1] == pytest.approx(gave[0] * came_back, rel=1e-9)  # the same mass both times


def test_most_of_the_water_runs_down_and_none_is_lost() -> None:
    for seed in SEEDS:
        state = happened(make("pour", seed)).state
        total = sum(np.asarray(volume) for volume in state.values())
        np.testing.assert_allclose(total, total[0], rtol=1e-12)
        upper = np.asarray(state["volume of upper water"])
        assert 0.0 <= upper[-1] < 0.5 * upper[0], seed
        closed = FAMILIES["pour"].twins(make("pour", seed)).controls["closed"]
        assert not happened(closed).state


@pytest.mark.parametrize("restitution", [0.6, 0.75, 0.9])
def test_a_ball_bounces_three_times_as_its_caption_says(restitution: float) -> None:
    for seed in SEEDS:
        scene = make("bounce", seed, restitution=restitution)
        impacts = [event for event in happened(scene).events if event.kind == "impact"]
        assert len(impacts) == 3, seed
        falls_s = math.sqrt(2.0 * (scene.body("ball").position_m[2] - scene.body("ball").size_m[0]) / G)
        assert impacts[0].time_s == pytest.approx(falls_s, abs=1e-12)
        assert "three times" in scene.captions[0]


@pytest.mark.parametrize(
    ("family", "parameters"), [("bounce", {"restitution": 1.2}), ("billiards", {"balls": 6})]
)
def test_a_parameter_out_of_range_is_refused(family: str, parameters: dict[str, float]) -> None:
    with pytest.raises(WsimError):
        make(family, 0, **parameters)

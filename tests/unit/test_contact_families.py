"""Families of contacts, causes and effects: what happens in them is what their stories say."""

import numpy as np
import pytest

from wsim.worlds.families import FAMILIES, make
from wsim.worlds.physics.simulate import simulate
from wsim.worlds.physics.trajectory import Trajectory
from wsim.worlds.scene import Scene

END_S = np.array([0.0, 1.0, 1.5])
SEEDS = (0, 5)


def index(scene: Scene, name: str) -> int:
    return [body.name for body in scene.bodies].index(name)


def upright(scene: Scene, seen: Trajectory, name: str) -> float:
    """The cosine between a body's own axis z and the vertical, at the end."""
    _, x, y, _ = seen.rotation[-1, index(scene, name)]
    return float(1 - 2 * (x * x + y * y))


@pytest.mark.parametrize("seed", SEEDS)
def test_dominoes_fall_in_turn_or_stand(seed: int) -> None:
    scene = make("dominoes", seed)
    seen = simulate(scene, END_S)
    assert all(upright(scene, seen, f"domino {i}") < 0.8 for i in range(4))
    pairs = [("domino 0", "domino 1"), ("domino 1", "domino 2"), ("domino 2", "domino 3")]
    hits_s = [next(e.time_s for e in seen.events if e.bodies == pair) for pair in pairs]
    assert hits_s == sorted(hits_s)
    miss = FAMILIES["dominoes"].twins(scene).controls["near_miss"]
    assert all(upright(miss, simulate(miss, END_S), f"domino {i}") > 0.999 for i in range(4))


def test_a_block_that_is_hit_breaks_and_one_that_is_missed_does_not() -> None:
    scene = make("shatter", 0)
    seen = simulate(scene, END_S)
    assert seen.alive[:, index(scene, "block")].tolist() == [True, False, False]
    assert seen.alive[:, index(scene, "piece 0")].tolist() == [False, True, True]
    assert seen.state["broken"].tolist() == [0.0, 1.0, 1.0]
    miss = FAMILIES["shatter"].twins(scene).controls["near_miss"]
    assert simulate(miss, END_S).alive[:, index(miss, "block")].all()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_ball_goes_through_the_door_that_it_opens(seed: int) -> None:
    scene = make("door", seed)
    seen = simulate(scene, END_S)
    assert seen.position_m[-1, index(scene, "ball"), 1] > 0.3
    assert abs(seen.position_m[-1, index(scene, "door"), 1]) > 0.2
    shut = FAMILIES["door"].twins(scene).controls["empty"]
    assert np.abs(simulate(shut, END_S).velocity[:, index(shut, "door")]).max() < 1e-6


@pytest.mark.parametrize("seed", SEEDS)
def test_a_block_falls_off_the_table_or_stays_on_it(seed: int) -> None:
    scene = make("support", seed)
    height_m = simulate(scene, END_S).position_m[:, index(scene, "block"), 2]
    assert height_m[0] > 0.95 and height_m[-1] < 0.5
    stays = FAMILIES["support"].twins(scene).controls["near_miss"]
    seen = simulate(stays, END_S)
    assert seen.position_m[-1, index(stays, "block"), 2] == pytest.approx(height_m[0], abs=1e-3)
    assert np.abs(seen.velocity[-1, index(stays, "block"), :3]).max() < 1e-2


@pytest.mark.parametrize("bounces", [True, False])
def test_a_barrier_sends_the_ball_back_or_stops_it(bounces: bool) -> None:
    scene = make("barrier", 0, bounces=bounces)
    ball = index(scene, "ball")
    speed = simulate(scene, END_S).velocity[:, ball, 0] / scene.body("ball").velocity_m_s[0]
    restitution = scene.body("ball").restitution
    assert speed[-1] == pytest.approx(-restitution, abs=0.08)


def test_a_thrown_box_comes_to_rest() -> None:
    scene = make("tumble", 0)
    seen = simulate(scene, np.array([0.0, 3.0]))
    assert np.abs(seen.velocity[1, 0]).max() < 0.05
    assert seen.position_m[1, 0, 2] < 0.45


@pytest.mark.parametrize("tall", [False, True])
def test_blocks_of_a_stack_stand_exactly_on_one_another(tall: bool) -> None:
    scene, blocks = make("stack", 0, tall=tall), 3 if tall else 2
    seen = simulate(scene, END_S)
    heights = [seen.position_m[-1, index(scene, f"block {i}"), 2] for i in range(blocks)]
    np.testing.assert_allclose(np.diff(heights), 2 * scene.body("block 0").size_m[2], atol=1e-12)
    assert abs(seen.position_m[-1, index(scene, "gripper"), 0]) > 2.5

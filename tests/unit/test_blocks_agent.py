"""How the agent of a world of blocks moves, against closed forms."""

import math

import numpy as np
import pytest

from wsim.errors import WsimError
from wsim.worlds.blocks import agent
from wsim.worlds.blocks.play import history
from wsim.worlds.scene import Action, Agent, Blocks, CameraPath, Fill, Scene

FLOOR = Fill("stone", (0, 0, 0), (19, 19, 0))
EYES = CameraPath((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), 70.0)


def scene_of(
    *actions: Action,
    fills: tuple[Fill, ...] = (),
    at: tuple[float, float, float] = (5.0, 5.0, 1.0),
    yaw: float = 0.0,
) -> Scene:
    blocks = Blocks((20, 20, 8), (FLOOR, *fills), Agent(at, yaw), actions)
    return Scene("test", 0, 2.0, (), EYES, blocks=blocks)


def feet_at(scene: Scene, time_s: float) -> np.ndarray:
    return history(scene, time_s).feet_at(np.array([time_s]))[0]


def test_it_walks_as_far_as_the_key_is_down() -> None:
    scene = scene_of(Action("forward", 0.1, 0.5), yaw=30.0)
    reach = agent.WALK_PER_S * 0.5
    expected = [5.0 + reach * math.cos(math.radians(30)), 5.0 + reach * math.sin(math.radians(30)), 1.0]
    np.testing.assert_allclose(feet_at(scene, 1.0), expected, atol=1e-9)


@pytest.mark.parametrize(("key", "way"), [("back", (-1, 0)), ("left", (0, 1)), ("right", (0, -1))])
def test_keys_go_their_way(key: str, way: tuple[int, int]) -> None:
    moved = feet_at(scene_of(Action(key, 0.0, 0.2)), 1.0)[:2] - 5.0
    np.testing.assert_allclose(moved, 0.2 * agent.WALK_PER_S * np.array(way), atol=1e-9)


def test_turning_there_and_back_ends_exactly_where_it_began() -> None:
    scene = scene_of(Action("turn_left", 0.1, 0.73), Action("turn_right", 1.0, 0.73), yaw=17.3)
    yaw = history(scene, 2.0).yaw_deg_at(np.array([0.0, 0.9, 1.9]))
    assert yaw[0] == yaw[2]
    assert yaw[1] == pytest.approx(17.3 + 0.73 * agent.TURN_DEG_S)


def test_the_neck_stops_and_comes_back_from_where_it_stopped() -> None:
    scene = scene_of(Action("look_up", 0.0, 2.0), Action("look_down", 2.0, 0.5))
    pitch = history(scene, 3.0).pitch_deg_at(np.array([0.5, 1.9, 2.5]))
    np.testing.assert_allclose(pitch, [30.0, 89.0, 59.0])


def test_a_jump_follows_gravity_and_lands() -> None:
    story = history(scene_of(Action("jump", 0.0)), 2.0)
    speed = math.sqrt(2 * 9.81 * agent.JUMP_HEIGHT)
    times_s = np.arange(0, 240) / 240.0
    expected = 1.0 + speed * times_s - 9.81 / 2 * times_s**2
    np.testing.assert_allclose(story.feet_at(times_s)[:, 2], np.maximum(expected, 1.0), atol=1e-9)
    (landed,) = [event for event in story.events if event.kind == "land"]
    assert landed.time_s == pytest.approx(2 * speed / 9.81, abs=1 / 240)
    assert landed.amount == pytest.approx(speed, abs=9.81 / 240)


def test_it_jumps_onto_a_block_and_stays_there() -> None:
    step = Fill("stone", (7, 0, 1), (12, 19, 1))
    scene = scene_of(Action("jump", 0.0), Action("forward", 0.3, 0.6), fills=(step,))
    np.testing.assert_allclose(feet_at(scene, 2.0), [5.0 + 0.6 * agent.WALK_PER_S, 5.0, 2.0], atol=0.05)


def test_a_wall_stops_it_and_it_slides_along() -> None:
    wall = Fill("stone", (7, 0, 1), (7, 19, 3))
    feet = feet_at(scene_of(Action("forward", 0.0, 1.0), fills=(wall,), yaw=45.0), 1.5)
    assert feet[0] == pytest.approx(7.0 - agent.HALF_WIDTH, abs=1e-9)
    assert feet[1] == pytest.approx(5.0 + agent.WALK_PER_S * math.sin(math.radians(45)), abs=1e-6)


def test_a_ceiling_stops_a_jump() -> None:
    roof = Fill("stone", (0, 0, 3), (19, 19, 3))
    story = history(scene_of(Action("jump", 0.0), fills=(roof,)), 1.0)
    assert story.feet[:, 2].max() == pytest.approx(3.0 - agent.HEIGHT, abs=1e-9)


def test_it_never_overlaps_a_block() -> None:
    rng = np.random.default_rng(3)
    fills = tuple(
        Fill("stone", (int(x), int(y), 1), (int(x), int(y), 1 + int(h)))
        for x, y, h in rng.integers(0, [20, 20, 3], (60, 3))
        if max(abs(x - 5), abs(y - 5)) > 1
    )
    keys = ("forward", "left", "back", "right")
    actions = [Action(key, 0.5 * n, 0.5) for n, key in enumerate(keys)]
    turns = [Action("turn_left", 0.0, 2.0), *(Action("jump", 0.3 * n) for n in range(6))]
    story = history(scene_of(*actions, *turns, fills=fills), 2.0)
    grid = story.grid
    assert len(np.unique(story.feet, axis=0)) > 200
    assert not any(agent.in_blocks(grid, (x, y, z)) for x, y, z in story.feet.tolist())


def test_it_walks_on_outside_the_grid() -> None:
    scene = scene_of(Action("forward", 0.0, 2.0), at=(18.0, 5.0, 1.0))
    np.testing.assert_allclose(feet_at(scene, 2.0), [18.0 + 2 * agent.WALK_PER_S, 5.0, 1.0], atol=1e-9)


def test_the_history_does_not_depend_on_how_far_it_is_followed() -> None:
    scene = scene_of(Action("jump", 0.1), Action("forward", 0.1, 1.0), Action("turn_left", 0.2, 0.5))
    short, long = history(scene, 0.7), history(scene, 1.9)
    np.testing.assert_array_equal(short.feet, long.feet[: len(short.feet)])


def test_an_agent_in_a_block_is_refused() -> None:
    with pytest.raises(WsimError, match="stands in a block"):
        history(scene_of(at=(5.0, 5.0, 0.5)), 1.0)


@pytest.mark.parametrize(
    ("actions", "problem"),
    [
        ((Action("forward", -0.1, 0.5),), "before time zero"),
        ((Action("forward", 0.1, 0.5), Action("forward", 0.3, 0.5)), "while it is down"),
    ],
)
def test_keys_that_cannot_be_pressed_like_that_are_refused(actions: tuple[Action, ...], problem: str) -> None:
    with pytest.raises(WsimError, match=problem):
        history(scene_of(*actions), 1.0)

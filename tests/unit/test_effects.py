"""Causes and effects: by time and by contact, on bodies that stand and on bodies that are simulated."""

import math

import numpy as np
import pytest

from wsim.errors import WsimError
from wsim.worlds.physics import effects
from wsim.worlds.physics.shards import voronoi_pieces
from wsim.worlds.physics.simulate import simulate
from wsim.worlds.physics.trajectory import Trajectory, WorldEvent
from wsim.worlds.scene import (
    NEVER_S,
    Body,
    CameraPath,
    Cause,
    Effect,
    Material,
    Rail,
    Scene,
    Violation,
)

FRAMES_S = np.arange(25) / 16
LIT = (1.0, 0.9, 0.2)
FLOOR = Body("floor", "plane", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), Material(), restitution=1.0)
LAMP = Body("lamp", "sphere", (0.1, 0.0, 0.0), (1.0, 0.0, 1.0), Material(colour=(0.1, 0.1, 0.1)))
LID = Body("lid", "box", (0.3, 0.3, 0.02), (0.0, 0.0, 0.02), Material())
BALL = Body("ball", "sphere", (0.1, 0.0, 0.0), (0.0, 0.0, 0.14), Material(), motion="dynamic")
SWITCH = Cause("time", 0.5, ("ball", "lid"), "switch on")


def scene(*bodies: Body, effects: tuple[Effect, ...] = ()) -> Scene:
    camera = CameraPath((0.0, -5.0, 1.0), (0.0, 0.0, 1.0))
    return Scene("test", 0, 1.5, bodies, camera, effects=effects)


def named(world: Scene, name: str) -> int:
    return [body.name for body in world.bodies].index(name)


def test_a_lamp_is_lit_by_its_cause_and_the_state_says_so() -> None:
    world = scene(LAMP, BALL, LID, effects=(Effect(SWITCH, "recolour", "lamp", delay_s=0.25, vector=LIT),))
    seen = simulate(world, FRAMES_S)
    np.testing.assert_array_equal((seen.colour[:, 0] == LIT).all(axis=1), FRAMES_S >= 0.75)
    np.testing.assert_array_equal(seen.state["switch on"], FRAMES_S >= 0.5)
    assert WorldEvent(0.5, "switch on", ("ball", "lid")) in seen.events


def test_a_move_is_smooth_and_its_velocity_is_that_of_its_path() -> None:
    lift = Effect(SWITCH, "move", "lid", duration_s=0.5, vector=(0.0, 0.0, 0.4))
    times_s = np.arange(0.0, 1.5, 1e-3)
    lid = simulate(scene(LID, BALL, effects=(lift,)), times_s)
    height_m, speed_m_s = lid.position_m[:, 0, 2], lid.velocity[:, 0, 2]
    assert height_m[[0, 500]].tolist() == [0.02, 0.02]
    assert height_m[[750, 1100]] == pytest.approx([0.22, 0.42])
    np.testing.assert_allclose(np.gradient(height_m, times_s), speed_m_s, atol=5e-3)


def test_what_lies_on_a_lid_is_lifted_with_it() -> None:
    lift = Effect(SWITCH, "move", "lid", duration_s=0.5, vector=(0.0, 0.0, 0.4))
    lifted = simulate(scene(LID, BALL, effects=(lift,)), FRAMES_S)
    np.testing.assert_allclose(lifted.position_m[:, 1, 2] - lifted.position_m[:, 0, 2], 0.12, atol=5e-3)


def test_a_turn_is_about_the_bodys_own_origin() -> None:
    turn = Effect(SWITCH, "turn", "lid", duration_s=0.5, vector=(0.0, 0.0, math.pi / 2))
    turned = simulate(scene(LID, LAMP, BALL, effects=(turn,)), np.array([0.5, 0.75, 1.2]))
    half = math.pi / 8
    np.testing.assert_allclose(turned.rotation[1, 0], [math.cos(half), 0.0, 0.0, math.sin(half)])
    np.testing.assert_array_equal(turned.position_m[:, 0], [LID.position_m] * 3)


def test_a_floor_that_disappears_lets_go_and_one_that_appears_catches() -> None:
    away = Effect(SWITCH, "disappear", "lid")
    dropped = simulate(scene(LID, BALL, effects=(away,)), FRAMES_S)
    np.testing.assert_array_equal(dropped.alive[:, 0], FRAMES_S < 0.5)
    assert dropped.position_m[-1, 1, 2] < -3.0
    net = Body("net", "box", (0.3, 0.3, 0.02), (0.0, 0.0, -1.0), Material(), from_s=NEVER_S)
    catch = Effect(Cause("time", 0.6), "appear", "net")
    caught = simulate(scene(LID, BALL, net, effects=(away, catch)), FRAMES_S)
    assert caught.position_m[-1, 1, 2] == pytest.approx(-0.88, abs=2e-3)


def thrown(kind: str = "recolour") -> Scene:
    """A ball falls on a lid, which lights the lamp, or lifts the gate."""
    falling = Body("ball", "sphere", (0.1, 0.0, 0.0), (0.0, 0.0, 1.14), Material(), motion="dynamic")
    cause = Cause("contact", 0.0, ("lid", "ball"), "switch on")
    effect = Effect(cause, kind, "lamp", duration_s=0.3, vector=LIT)  # type: ignore[arg-type]
    return scene(LAMP, LID, falling, effects=(effect,))


def test_a_touch_is_a_cause_at_the_step_at_which_it_happens() -> None:
    seen = simulate(thrown(), FRAMES_S)
    touch_s = math.sqrt(2 / 9.81)
    switched = next(event for event in seen.events if event.kind == "switch on")
    assert touch_s <= switched.time_s <= touch_s + 1 / 480 + 1e-9
    np.testing.assert_array_equal(seen.state["switch on"], switched.time_s <= FRAMES_S)
    np.testing.assert_array_equal((seen.colour[:, 0] == LIT).all(axis=1), switched.time_s <= FRAMES_S)


def test_an_effect_of_a_touch_moves_what_others_then_feel() -> None:
    away = thrown("disappear")
    through = simulate(away.replace(effects=(Effect(away.effects[0].cause, "disappear", "lid"),)), FRAMES_S)
    assert through.position_m[-1, 2, 2] < -1.0


def test_a_touch_that_never_comes_sets_off_nothing() -> None:
    apart = thrown().with_body("lid", position_m=(5.0, 0.0, 0.02))
    seen = simulate(apart, FRAMES_S)
    assert not seen.state["switch on"].any()
    assert (seen.colour[:, 0] == LAMP.material.colour).all()


def test_a_touch_counts_from_its_time_on() -> None:
    cause = Cause("contact", 0.8, ("ball", "lid"), "late")
    seen = simulate(scene(LID, BALL, effects=(Effect(cause, "recolour", "lid", vector=LIT),)), FRAMES_S)
    assert [event.time_s for event in seen.events if event.kind == "late"] == pytest.approx(
        [0.8], abs=1 / 480
    )


def test_first_touches_are_read_from_a_log_of_contacts() -> None:
    log = (
        WorldEvent(0.2, "contact_begin", ("a", "b")),
        WorldEvent(0.4, "contact_end", ("a", "b"), 1.0),
        WorldEvent(0.9, "contact_begin", ("a", "b")),
    )
    asked_s = [0.0, 0.3, 0.5, 1.0]
    touches_s = [effects.first_touch_s(log, Cause("contact", time_s, ("b", "a"))) for time_s in asked_s]
    assert touches_s == [0.2, 0.3, 0.9, 1.0]
    assert effects.first_touch_s(log, Cause("contact", 0.0, ("a", "c"))) is None


@pytest.mark.parametrize(
    ("violation", "lit_from_s", "lit_until_s"),
    [
        (Violation("effect_missing", 0.1, "lamp"), NEVER_S, NEVER_S),
        (Violation("effect_missing", 0.6, "lamp"), 0.5, NEVER_S),
        (Violation("effect_delayed", 0.1, "lamp", amount=0.5), 1.0, NEVER_S),
        (Violation("effect_delayed", 0.1, "lamp", amount=0.0), 0.5, NEVER_S),
        (Violation("effect_elsewhere", 0.1, "lamp", other="lid"), NEVER_S, NEVER_S),
        (Violation("effect_undone", 1.0, "lamp"), 0.5, 1.0),
        (Violation("effect_missing", 0.1, "lid"), 0.5, NEVER_S),
    ],
)
def test_laws_of_cause_and_effect_can_be_broken(
    violation: Violation, lit_from_s: float, lit_until_s: float
) -> None:
    world = scene(LAMP, LID, BALL, effects=(Effect(SWITCH, "recolour", "lamp", vector=LIT),))
    seen = simulate(world.violated(violation), FRAMES_S)
    lit = (lit_from_s <= FRAMES_S) & (lit_until_s > FRAMES_S)
    np.testing.assert_array_equal((seen.colour[:, 0] == LIT).all(axis=1), lit)
    elsewhere = (seen.colour[:, 1] == LIT).all(axis=1)
    assert elsewhere[FRAMES_S >= 0.5].all() == (violation.kind == "effect_elsewhere")
    np.testing.assert_array_equal(seen.state["switch on"], FRAMES_S >= 0.5)


def breaking(amount: float = 2.0) -> Scene:
    """A block that is thrown and turns breaks at 0.25 s."""
    pieces = voronoi_pieces((0.2, 0.2, 0.2), 6, np.random.default_rng(1))
    block = Body(
        "block", "box", (0.2, 0.2, 0.2), (0.0, 0.0, 1.5), Material(), motion="dynamic",
        velocity_m_s=(1.0, 0.0, 0.0), angular_velocity_rad_s=(0.0, 2.0, 0.0),
    )  # fmt: skip
    shards = [
        Body(
            f"shard {i}", "convex", piece.half_extents_m,
            (piece.centre_m[0], piece.centre_m[1], 1.5 + piece.centre_m[2]), Material(),
            motion="dynamic", faces=piece.faces, from_s=NEVER_S,
        )
        for i, piece in enumerate(pieces)
    ]  # fmt: skip
    names = tuple(shard.name for shard in shards)
    effect = Effect(Cause("time", 0.25, (), "broken"), "shatter", "block", amount=amount, others=names)
    return scene(FLOOR, block, *shards, effects=(effect,))


def momentum(seen: Trajectory, volumes: np.ndarray, bodies: slice) -> np.ndarray:
    return np.einsum("b,tbi->ti", volumes, seen.velocity[:, bodies, :3])


def test_pieces_take_the_place_and_the_motion_of_what_broke() -> None:
    pieces = voronoi_pieces((0.2, 0.2, 0.2), 6, np.random.default_rng(1))
    volumes = np.array([piece.volume_m3 for piece in pieces])
    times_s = np.array([0.2, 0.25])
    seen, whole = simulate(breaking(0.0), times_s), simulate(breaking().replace(effects=()), times_s)
    assert seen.alive[0].tolist() == [True, True] + [False] * 6
    assert seen.alive[1].tolist() == [True, False] + [True] * 6
    centre = np.einsum("b,bi->i", volumes, seen.position_m[1, 2:]) / volumes.sum()
    np.testing.assert_allclose(centre, whole.position_m[1, 1], atol=1e-6)
    np.testing.assert_allclose(seen.rotation[1, 2:], np.tile(whole.rotation[1, 1], (6, 1)), atol=1e-9)
    np.testing.assert_allclose(
        momentum(seen, volumes, slice(2, 8))[1] / volumes.sum(), whole.velocity[1, 1, :3], atol=0.02
    )


def test_pieces_fly_apart_and_fall_on_the_floor() -> None:
    seen = simulate(breaking(), np.array([0.25, 0.3, 1.5]))
    centre = seen.position_m[:, 2:].mean(axis=1, keepdims=True)
    spread_m = np.linalg.norm(seen.position_m[:, 2:] - centre, axis=-1).mean(axis=1)
    assert spread_m[1] > spread_m[0] + 0.05
    assert (seen.position_m[2, 2:, 2] > 0.0).all() and (seen.position_m[2, 2:, 2] < 0.25).all()


@pytest.mark.parametrize(
    ("effect", "message"),
    [
        (Effect(SWITCH, "recolour", "moon"), "'moon' that does not exist"),
        (Effect(SWITCH, "move", "ball", vector=(1.0, 0.0, 0.0)), "move of the dynamic body 'ball'"),
        (Effect(Cause("contact", 0.0, ("lamp", "lid")), "recolour", "lamp"), "one is dynamic"),
        (Effect(SWITCH, "shatter", "lid", others=("lamp",)), "pieces that are not dynamic"),
    ],
)
def test_an_effect_that_makes_no_sense_is_refused(effect: Effect, message: str) -> None:
    with pytest.raises(WsimError, match=message):
        simulate(scene(LAMP, LID, BALL, effects=(effect,)), FRAMES_S)


def test_a_rail_with_rotations_turns_on_the_shorter_arc() -> None:
    quarter = math.sqrt(0.5)
    rail = Rail(
        (0.0, 1.0, 2.0),
        ((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (1.0, 0.0, 0.0)),
        rotations=((1.0, 0.0, 0.0, 0.0), (quarter, 0.0, 0.0, quarter), (-1.0, 0.0, 0.0, 0.0)),
    )
    hand = Body("hand", "box", (0.1, 0.1, 0.1), (0.0, 0.0, 0.0), Material(), motion="rail", rail=rail)
    seen = simulate(scene(hand), np.array([-1.0, 0.5, 1.5, 3.0]))
    eighth = [math.cos(math.pi / 8), 0.0, 0.0, math.sin(math.pi / 8)]
    np.testing.assert_allclose(seen.rotation[:3, 0], [[1.0, 0.0, 0.0, 0.0], eighth, eighth], atol=1e-12)
    np.testing.assert_allclose(np.abs(seen.rotation[3, 0]), [1.0, 0.0, 0.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(seen.velocity[:, 0, 5], [0.0, math.pi / 2, -math.pi / 2, 0.0], atol=1e-12)
    both = Rail((0.0,), ((0.0, 0.0, 0.0),), (0.0, 0.0, 1.0), ((1.0, 0.0, 0.0, 0.0),))
    with pytest.raises(WsimError, match="with a spin as well"):
        simulate(scene(hand).with_body("hand", rail=both), FRAMES_S)

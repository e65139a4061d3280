"""Broken laws of simulated bodies: nothing before their time, nothing at no severity, and what they say."""

import dataclasses

import numpy as np
import pytest

from wsim.worlds.physics.shards import voronoi_pieces
from wsim.worlds.physics.simulate import simulate
from wsim.worlds.physics.trajectory import Trajectory
from wsim.worlds.scene import (
    NEVER_S,
    Body,
    CameraPath,
    Cause,
    Effect,
    Hinge,
    Material,
    Scene,
    Violation,
)

G = 9.81
FRAMES_S = np.arange(21) / 16
ONSET_S = 0.5
FLOOR = Body("floor", "plane", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), Material(), restitution=1.0)
WALL = Body("wall", "box", (0.05, 1.0, 0.5), (1.0, 0.0, 0.5), Material())
BALL = Body(
    "ball", "sphere", (0.2, 0.0, 0.0), (-1.0, 0.0, 0.7), Material(), motion="dynamic",
    velocity_m_s=(1.5, 0.0, 0.0), restitution=0.7,
)  # fmt: skip
SLIDER = Body(
    "slider", "box", (0.15, 0.15, 0.1), (-1.0, 0.8, 0.1), Material(), motion="dynamic",
    velocity_m_s=(2.5, 0.0, 0.0),
)  # fmt: skip
SPARE = Body(
    "spare", "sphere", (0.2, 0.0, 0.0), (-1.0, -0.8, 0.7), Material(), motion="dynamic", from_s=NEVER_S
)


def world(*violations: Violation) -> Scene:
    camera = CameraPath((0.0, -5.0, 1.0), (0.0, 0.0, 1.0))
    return Scene("test", 0, 1.25, (FLOOR, WALL, BALL, SLIDER, SPARE), camera, violations=violations)


LAWFUL = simulate(world(), FRAMES_S)


def seen(*violations: Violation, times_s: np.ndarray = FRAMES_S) -> Trajectory:
    return simulate(world(*violations), times_s)


def of(trajectory: Trajectory, name: str, state: str = "position_m") -> np.ndarray:
    index = [body.name for body in world().bodies].index(name)
    return np.asarray(getattr(trajectory, state)[:, index])


def same(one: Trajectory, other: Trajectory, when: np.ndarray) -> bool:
    return all(
        np.array_equal(getattr(one, state)[when], getattr(other, state)[when])
        for state in ("position_m", "rotation", "velocity")
    )


FULL = [
    Violation("vanish", ONSET_S, "ball"),
    Violation("vanish", ONSET_S, "wall"),
    Violation("appear", ONSET_S, "spare"),
    Violation("duplicate", ONSET_S, "ball", other="spare", vector=(0.0, -0.8, 0.0)),
    Violation("resize", ONSET_S, "ball", amount=1.5),
    Violation("teleport", ONSET_S, "ball", vector=(0.3, 0.0, 0.2)),
    Violation("freeze", ONSET_S, "ball"),
    Violation("reverse", ONSET_S, "ball"),
    Violation("creeps_back", ONSET_S, "slider", amount=0.5),
    Violation("gravity_scale", ONSET_S, amount=0.25),
    Violation("gravity_scale", ONSET_S, "ball", amount=0.25),
    Violation("gravity_tilt", ONSET_S, amount=30.0),
    Violation("weightless", ONSET_S, "ball"),
    Violation("hover", ONSET_S, "ball"),
    Violation("energy_gain", ONSET_S, "ball", amount=1.5),
    Violation("super_bounce", ONSET_S, "ball", amount=1.3),
    Violation("friction_off", ONSET_S, "slider", amount=1.0),
    Violation("interpenetrate", ONSET_S, "ball", other="floor", amount=0.25),
    Violation("pass_through", ONSET_S, "ball", other="floor"),
    Violation("uncaused_motion", ONSET_S, "ball", vector=(0.0, 1.0, 0.0)),
]
NO_AMOUNT = {
    "resize": 1.0, "gravity_scale": 1.0, "energy_gain": 1.0, "super_bounce": 0.7, "creeps_back": 0.0,
    "gravity_tilt": 0.0, "friction_off": 0.0, "interpenetrate": 0.0,
}  # fmt: skip
BY_VECTOR = ("teleport", "uncaused_motion")
NONE = [
    dataclasses.replace(v, amount=NO_AMOUNT.get(v.kind, 0.0), vector=(0.0, 0.0, 0.0))
    for v in FULL
    if v.kind in NO_AMOUNT or v.kind in BY_VECTOR
]


@pytest.mark.parametrize("violation", FULL, ids=lambda v: f"{v.kind} {v.body}")
def test_a_broken_law_changes_the_world_from_its_time_on_and_not_before(violation: Violation) -> None:
    broken = seen(violation)
    assert same(broken, LAWFUL, FRAMES_S < ONSET_S)
    assert not same(broken, LAWFUL, FRAMES_S >= ONSET_S) or violation == Violation("vanish", ONSET_S, "wall")


@pytest.mark.parametrize("violation", NONE, ids=lambda v: v.kind)
def test_a_law_that_is_broken_by_nothing_is_kept_bit_by_bit(violation: Violation) -> None:
    assert same(seen(violation), LAWFUL, FRAMES_S >= 0.0)


AFTER = FRAMES_S > ONSET_S


def test_a_frozen_body_stays_in_mid_air_and_stops_others() -> None:
    frozen = seen(Violation("freeze", ONSET_S, "ball"))
    assert np.ptp(of(frozen, "ball")[FRAMES_S >= ONSET_S], axis=0).max() == 0.0
    assert not of(frozen, "ball", "velocity")[FRAMES_S >= ONSET_S].any()
    dropped = Body("nut", "sphere", (0.05, 0.0, 0.0), (0.0, 0.0, 2.0), Material(), motion="dynamic")
    below = dataclasses.replace(BALL, position_m=(0.0, 0.0, 1.0), velocity_m_s=(0.0, 0.0, 0.0))
    pair = world().replace(
        bodies=(below, dropped), effects=(), violations=(Violation("freeze", 0.0, "ball"),)
    )
    held = simulate(pair, np.array([1.5]))
    assert held.position_m[0, 0].tolist() == [0.0, 0.0, 1.0]
    assert held.position_m[0, 1, 2] == pytest.approx(1.25, abs=2e-3)


def test_what_hits_a_frozen_body_bounces_off_as_from_a_wall() -> None:
    block = Body(
        "block", "box", (0.2, 0.2, 0.2), (1.0, 0.0, 0.0), Material(), motion="dynamic", restitution=1.0
    )
    comes = dataclasses.replace(BALL, position_m=(0.0, 0.0, 0.0), restitution=1.0)
    frozen = Violation("freeze", 0.1, "block")
    pair = world(frozen).replace(bodies=(comes, block), gravity_m_s2=(0.0, 0.0, 0.0))
    after = simulate(pair, np.array([1.0])).velocity[0]
    np.testing.assert_allclose(after[0, :3], [-1.5, 0.0, 0.0], atol=1e-4)
    assert not after[1].any()


def test_a_body_that_reverses_goes_back_the_way_it_came() -> None:
    times_s = np.array([0.2, 0.4, ONSET_S, 0.6, 0.8, 1.2])
    back = seen(Violation("reverse", ONSET_S, "ball"), times_s=times_s)
    path, speed = of(back, "ball"), of(back, "ball", "velocity")
    np.testing.assert_allclose(path[[3, 4]], path[[1, 0]], atol=1e-4)
    np.testing.assert_allclose(speed[[3, 4], :3], -speed[[1, 0], :3], atol=0.03)
    np.testing.assert_array_equal(path[5], BALL.position_m)


def test_what_creeps_back_has_lost_its_share_at_the_end() -> None:
    crept = of(seen(Violation("creeps_back", 1.0, "slider", amount=0.5)), "slider")
    lawful = of(LAWFUL, "slider")
    begun, at_onset = lawful[0], lawful[16]
    np.testing.assert_allclose(crept[20], at_onset + 0.5 * (begun - at_onset), atol=1e-6)


def test_gravity_is_scaled_turned_or_gone_in_mid_air() -> None:
    times_s = np.array([0.1, 0.2, 0.3])

    def fall_m_s2(violation: Violation) -> np.ndarray:
        speed = of(seen(violation, times_s=times_s), "ball", "velocity")
        return np.asarray((speed[2, :3] - speed[1, :3]) / 0.1)

    np.testing.assert_allclose(
        fall_m_s2(Violation("gravity_scale", 0.1, amount=0.25)), [0, 0, -G / 4], atol=1e-9
    )
    np.testing.assert_allclose(
        fall_m_s2(Violation("gravity_scale", 0.1, "ball", amount=0.25)), [0, 0, -G / 4], atol=1e-9
    )
    tilted = [-G * np.sin(np.radians(30)), 0, -G * np.cos(np.radians(30))]
    np.testing.assert_allclose(fall_m_s2(Violation("gravity_tilt", 0.1, amount=30.0)), tilted, atol=1e-9)
    np.testing.assert_allclose(fall_m_s2(Violation("weightless", 0.1, "ball")), [0, 0, 0], atol=1e-9)
    hovering = of(seen(Violation("hover", 0.1, "ball"), times_s=times_s), "ball", "velocity")
    np.testing.assert_allclose(hovering[1:, :3], [[1.5, 0, 0]] * 2, atol=1e-9)
    falls = of(seen(Violation("gravity_scale", 0.1, amount=0.25), times_s=times_s), "ball")
    exact_m = 0.7 - G / 2 * 0.1**2 - G * 0.1 * 0.2 - G / 8 * 0.2**2
    assert falls[2, 2] == pytest.approx(exact_m, abs=1e-6)


def test_gravity_on_one_body_leaves_the_others_alone() -> None:
    broken = seen(Violation("weightless", ONSET_S, "ball"))
    np.testing.assert_allclose(of(broken, "slider"), of(LAWFUL, "slider"), atol=1e-6)


def test_a_gain_of_energy_is_a_factor_on_the_velocity() -> None:
    times_s = np.array([0.1])
    gained = of(seen(Violation("energy_gain", 0.1, "ball", amount=1.5), times_s=times_s), "ball", "velocity")
    lawful = of(seen(times_s=times_s), "ball", "velocity")
    np.testing.assert_allclose(gained[0, :3], 1.5 * lawful[0, :3], atol=1e-9)


def test_a_super_bounce_goes_higher_than_it_came() -> None:
    high = of(seen(Violation("super_bounce", 0.1, "ball", amount=1.3)), "ball")
    assert high[:, 2].max() > 0.75


def test_without_friction_a_slider_does_not_stop() -> None:
    slides = of(seen(Violation("friction_off", 0.1, "slider", amount=1.0)), "slider", "velocity")
    assert slides[14, 0] > 1.4 > abs(of(LAWFUL, "slider", "velocity")[14, 0])


def test_what_passes_through_falls_and_what_sinks_in_rests_so_deep() -> None:
    through = of(seen(Violation("pass_through", 0.1, "ball", other="floor")), "ball")
    assert through[-1, 2] < -3.0
    still = dataclasses.replace(BALL, velocity_m_s=(0.0, 0.0, 0.0), restitution=0.0)
    pair = world().replace(bodies=(FLOOR, still, WALL), effects=())
    sunk = simulate(
        pair.violated(Violation("interpenetrate", 0.1, "ball", other="floor", amount=0.25)), FRAMES_S
    )
    assert sunk.position_m[-1, 1, 2] == pytest.approx(0.1, abs=2e-3)


def test_two_that_do_not_touch_still_touch_all_others() -> None:
    through_wall = seen(Violation("pass_through", 0.0, "slider", other="wall"))
    assert (of(through_wall, "slider")[:, 2] > 0.09).all()


def test_what_grows_keeps_its_lowest_point() -> None:
    still = dataclasses.replace(
        BALL, velocity_m_s=(0.0, 0.0, 0.0), position_m=(0.0, 0.0, 0.2), restitution=0.0
    )
    grown = simulate(
        world()
        .replace(bodies=(FLOOR, still), effects=())
        .violated(Violation("resize", 0.5, "ball", amount=1.5)),
        FRAMES_S,
    )
    np.testing.assert_allclose(grown.position_m[FRAMES_S >= 0.5, 1, 2], 0.3, atol=1e-3)


def test_a_duplicate_starts_beside_the_original_and_moves_as_it_does() -> None:
    shift = (0.0, -0.8, 0.0)
    twin = seen(
        Violation("duplicate", 0.1, "ball", other="spare", vector=shift), times_s=np.array([0.1, 0.3])
    )
    np.testing.assert_allclose(of(twin, "spare"), of(twin, "ball") + shift, atol=1e-9)


def broken_block() -> Scene:
    pieces = voronoi_pieces((0.2, 0.2, 0.2), 4, np.random.default_rng(1))
    block = Body("block", "box", (0.2, 0.2, 0.2), (0.0, 0.0, 0.2), Material(), motion="dynamic")
    shards = [
        Body(
            f"shard {i}", "convex", piece.half_extents_m,
            (piece.centre_m[0], piece.centre_m[1], 0.2 + piece.centre_m[2]),
            Material(), motion="dynamic", faces=piece.faces, from_s=NEVER_S,
        )
        for i, piece in enumerate(pieces)
    ]  # fmt: skip
    names = tuple(shard.name for shard in shards)
    breaks = Effect(Cause("time", 0.25), "shatter", "block", amount=2.0, others=names)
    return world().replace(bodies=(FLOOR, block, *shards), effects=(breaks,))


def test_shards_go_back_to_where_they_came_from() -> None:
    times_s = np.array([0.25, 0.5, 0.55, 1.0, 1.25])
    lawful = simulate(broken_block(), times_s)
    back, none = (
        simulate(broken_block().violated(Violation("shards_reassemble", 0.5, "block", amount=share)), times_s)
        for share in (1.0, 0.0)
    )
    assert same(none, lawful, times_s >= 0.0) and same(back, lawful, times_s < 0.5)
    np.testing.assert_allclose(back.position_m[4], back.position_m[0], atol=1e-3)
    np.testing.assert_allclose(np.abs(back.rotation[4]), np.abs(back.rotation[0]), atol=1e-3)
    assert (np.linalg.norm(back.position_m[3] - back.position_m[4], axis=1)[2:] > 0.01).all()


def test_a_door_can_be_moved_by_nobody_frozen_and_reversed() -> None:
    door = Body(
        "door", "box", (0.4, 0.03, 0.8), (0.0, 0.0, 1.0), Material(), motion="dynamic",
        hinge=Hinge((-0.4, 0.0, 1.0), (0.0, 0.0, 1.0)),
    )  # fmt: skip
    still = world().replace(bodies=(FLOOR, door), effects=())
    moved = still.violated(Violation("uncaused_motion", 0.5, "door", vector=(0.0, 0.8, 0.0)))
    speed = simulate(moved, FRAMES_S).velocity[:, 1]
    np.testing.assert_allclose(speed[FRAMES_S > 0.5, 5], 2.0, atol=1e-6)
    assert not speed[FRAMES_S < 0.5].any()
    stopped = simulate(moved.violated(Violation("freeze", 1.0, "door")), FRAMES_S)
    assert not stopped.velocity[FRAMES_S >= 1.0, 1].any()
    back = simulate(moved.violated(Violation("reverse", 1.0, "door")), FRAMES_S)
    np.testing.assert_allclose(back.position_m[20, 1], back.position_m[12, 1], atol=1e-4)

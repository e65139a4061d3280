"""Families about lasting effects: what touches really touches, what misses misses, and causes come first."""

import numpy as np
import pytest

from wsim.worlds.families import make
from wsim.worlds.physics import rotations
from wsim.worlds.physics.simulate import simulate
from wsim.worlds.rendering.bites import bite_radii_m
from wsim.worlds.rendering.camera import cameras_of
from wsim.worlds.scene import Scene

SEEDS = range(6)
TIMES_S = np.linspace(0.0, 1.5, 61)


def at(scene: Scene, *names: str) -> list[np.ndarray]:
    positions = simulate(scene, TIMES_S).position_m
    bodies = [body.name for body in scene.bodies]
    return [positions[:, bodies.index(name)] for name in names]


@pytest.mark.parametrize("touches", [True, False])
@pytest.mark.parametrize("seed", SEEDS)
def test_the_mouth_closes_around_the_apple_without_touching_it(seed: int, touches: bool) -> None:
    scene = make("bite", seed, touches=touches)
    apple, mouth = scene.body("apple"), scene.body("mouth")
    inside = np.random.default_rng(seed).uniform(-1.0, 1.0, (4000, 3)) * apple.size_m[0]
    inside = inside[np.linalg.norm(inside, axis=1) < apple.size_m[0]]
    bitten_m = bite_radii_m(scene, TIMES_S)
    moved, index = simulate(scene, TIMES_S), [body.name for body in scene.bodies].index("mouth")
    hollow = scene.bites[0]
    for frame in range(len(TIMES_S)):
        left = inside
        for bite, radius_m in zip(scene.bites[1:], bitten_m[frame, 1:], strict=True):
            left = left[np.linalg.norm(left - bite.centre_m, axis=1) > radius_m]
        to_head = left + np.array(apple.position_m) - moved.position_m[frame, index]
        local = rotations.rotate(rotations.inverse(moved.rotation[frame, index])[None], to_head)
        in_head = np.linalg.norm(local, axis=1) < mouth.size_m[0] - 2e-3
        in_hollow = np.linalg.norm(local - hollow.centre_m, axis=1) < hollow.radius_m + 2e-3
        assert not (in_head & ~in_hollow).any(), TIMES_S[frame]
    if not touches:
        assert [bite.body for bite in scene.bites] == ["mouth"]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_bite_is_what_lies_in_the_hollow_of_the_mouth(seed: int) -> None:
    scene = make("bite", seed)
    hollow = scene.bites[0]
    for bite in scene.bites[1:]:
        moved = simulate(scene, np.array([bite.time_s]))
        index = [body.name for body in scene.bodies].index("mouth")
        centre = moved.position_m[0, index] + rotations.rotate(
            moved.rotation[:, index], np.array([hollow.centre_m])
        )
        in_apple = centre[0] - scene.body("apple").position_m
        np.testing.assert_allclose(in_apple[:2], bite.centre_m[:2], atol=1e-9)
        assert abs(in_apple[2] - bite.centre_m[2]) < 0.03
        assert bite.radius_m == hollow.radius_m


@pytest.mark.parametrize("seed", SEEDS)
def test_the_rod_touches_the_block_while_it_pushes_and_never_enters_it(seed: int) -> None:
    scene = make("push", seed)
    block, rod = at(scene, "block", "rod")
    gap = np.abs(block - rod)[:, 0] - scene.body("block").size_m[0] - scene.body("rod").size_m[0]
    step = np.abs(np.diff(block[:, 0])) > 1e-4
    moves = np.append(step, False) & np.append(False, step)
    assert (gap > -1e-9).all()
    assert (gap[moves] < 1e-3).all()
    assert moves.any()
    missed = make("push", seed, touches=False)
    block, rod = at(missed, "block", "rod")
    assert np.ptp(block, axis=0).max() == 0.0
    assert (block[:, 1] - rod[:, 1] > missed.body("block").size_m[1] + missed.body("rod").size_m[1]).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_lamp_is_lit_by_the_press_and_by_nothing_else(seed: int) -> None:
    scene = make("switch", seed)
    (effect,) = scene.effects
    pressed_s = effect.cause.time_s
    moved = simulate(scene, np.array([pressed_s - 1e-3, pressed_s]))
    finger, button = (scene.body(name) for name in ("finger", "button"))
    tip = finger.size_m[0] + finger.size_m[2]
    names = [body.name for body in scene.bodies]
    gap = moved.position_m[1, names.index("finger"), 2] - tip - moved.position_m[1, names.index("button"), 2]
    assert gap == pytest.approx(button.size_m[2])
    before, after = moved.colour[:, names.index("lamp")]
    assert tuple(before.tolist()) == scene.body("lamp").material.colour
    assert tuple(after.tolist()) == effect.vector
    assert [event.time_s for event in moved.events if event.kind == "switch on"] == [pressed_s]
    missed = make("switch", seed, touches=False)
    finger_m, button_m = at(missed, "finger", "button")
    assert ((finger_m - button_m)[:, 2] - tip - button.size_m[2]).min() > 0.09
    assert missed.effects == ()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_wet_ball_rolls_without_slipping_and_is_gone_when_its_trail_is_asked_about(seed: int) -> None:
    scene = make("trail", seed)
    ball = scene.body("ball")
    assert ball.rail is not None
    moved = simulate(scene, TIMES_S)
    velocity = moved.velocity[0, 0]
    contact = velocity[:3] + np.cross(velocity[3:], [0.0, 0.0, -ball.size_m[0]])
    np.testing.assert_allclose(contact, 0.0, atol=1e-9)
    gone = 0.8 * scene.duration_s <= TIMES_S
    camera = cameras_of(scene, moved, 480, 832)
    axes, eye = camera.world_from_camera[0, :3, :3], camera.world_from_camera[0, :3, 3]
    local = (moved.position_m[gone, 0] - eye) @ axes
    away_px = np.abs(local[:, 0] / local[:, 2]) * camera.intrinsics[0, 0, 0] - 416.0
    assert (away_px > 0.0).all()
    assert make("trail", seed, wet=False).trails == ()

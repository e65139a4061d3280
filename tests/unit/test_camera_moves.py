"""Cameras that pan, stop, tremble, ride on a body and are cut to; and the fixed arcs of before."""

import hashlib

import numpy as np
import pytest

from wsim.contracts import Camera
from wsim.errors import WsimError
from wsim.worlds.physics.simulate import simulate
from wsim.worlds.physics.trajectory import at_rest
from wsim.worlds.rendering.camera import camera_at, cameras_of, project
from wsim.worlds.rendering.tremor import tremor
from wsim.worlds.scene import Body, CameraPath, Cut, Material, Rail, Scene

ARC = CameraPath((0.0, -3.0, 1.0), (0.2, 0.5, 0.4), 50.0, arc_deg=40.0, dolly_m=(0.0, 0.6, 0.0))
TIMES_S = np.linspace(0.0, 2.0, 9)


def scene_with(camera: CameraPath, *bodies: Body, cuts: tuple[Cut, ...] = (), seed: int = 3) -> Scene:
    return Scene("test", seed, 2.0, bodies, camera, cuts=cuts)


def filmed(scene: Scene, times_s: np.ndarray = TIMES_S) -> Camera:
    return cameras_of(scene, simulate(scene, times_s), 48, 64)


def test_the_poses_of_a_plain_arc_never_change() -> None:
    camera = filmed(scene_with(ARC))
    digest = hashlib.sha256(camera.world_from_camera.tobytes() + camera.intrinsics.tobytes()).hexdigest()
    assert digest.startswith("640e4a330d3b")


def test_progress_is_eased_between_key_points_and_rests_outside() -> None:
    path = CameraPath(
        (0.0, -3.0, 1.0), (0.0, 0.0, 1.0), dolly_m=(1.0, 0.0, 0.0),
        progress=((0.5, 0.0), (1.0, 1.0), (1.5, 1.0), (1.75, 0.2)),
    )  # fmt: skip
    times_s = np.array([-9.0, 0.5, 0.625, 0.75, 1.0, 1.25, 1.5, 1.75, 9.0])
    x_m = camera_at(path, 2.0, times_s, 8, 8).world_from_camera[:, 0, 3]
    quarter = 3 * 0.25**2 - 2 * 0.25**3
    np.testing.assert_allclose(x_m, [0, 0, quarter, 0.5, 1, 1, 1, 0.2, 0.2], atol=1e-12)


def test_a_single_key_point_holds_the_camera() -> None:
    path = CameraPath((0.0, -3.0, 1.0), (0.0, 0.0, 1.0), arc_deg=90.0, progress=((1.0, 0.5),))
    poses = camera_at(path, 2.0, TIMES_S, 8, 8).world_from_camera
    assert (poses == poses[0]).all()
    assert poses[0, 0, 3] == pytest.approx(3.0 * np.sin(np.radians(45.0)))


def test_a_pan_turns_left_about_the_eye_and_keeps_the_horizon_level() -> None:
    path = CameraPath((0.0, -3.0, 1.0), (0.0, 0.0, 0.5), turn_deg=90.0)
    camera = camera_at(path, 2.0, np.array([0.0, 2.0]), 8, 8).world_from_camera
    np.testing.assert_allclose(camera[:, :3, 3], [[0, -3, 1], [0, -3, 1]])
    forward, down = camera[1, :3, 2], camera[1, :3, 1]
    np.testing.assert_allclose(forward * np.sqrt(9.25), [-3, 0, -0.5], atol=1e-9)
    assert camera[1, 2, 0] == 0.0
    assert down[2] < 0


def test_a_tremor_has_the_stated_spread_and_no_frequency_above_five_hertz() -> None:
    times_s = np.arange(0.0, 400.0, 0.02)
    path = CameraPath((0.0, 0.0, 0.0), (0.0, 1.0, 0.0), jitter_m=0.02, jitter_deg=0.5)
    camera = camera_at(path, 2.0, times_s, 8, 8)
    np.testing.assert_allclose(camera.world_from_camera[:, :3, 3].std(axis=0), 0.02, rtol=0.05)
    rotation = camera.world_from_camera[:, :3, :3]
    spread_rad = np.array([rotation[:, 0, 2].std(), rotation[:, 2, 2].std(), rotation[:, 2, 0].std()])
    np.testing.assert_allclose(np.degrees(spread_rad), 0.5, rtol=0.05)
    power = np.abs(np.fft.rfft(tremor(times_s, (0, 0))[:, 0])) ** 2
    above = np.fft.rfftfreq(len(times_s), 0.02) > 5.0
    assert power[above].sum() < 1e-3 * power.sum()


def test_a_tremor_is_the_same_whichever_times_are_asked_for_and_differs_by_seed() -> None:
    path = CameraPath((0.0, 0.0, 0.0), (0.0, 1.0, 0.0), jitter_m=0.02, jitter_deg=0.5)
    whole = filmed(scene_with(path)).world_from_camera
    part = filmed(scene_with(path), TIMES_S[[5, 2]]).world_from_camera
    assert (part == whole[[5, 2]]).all()
    assert (filmed(scene_with(path, seed=4)).world_from_camera[:, :3] != whole[:, :3]).all()


def test_a_camera_rides_on_a_body_that_moves_and_turns() -> None:
    rail = Rail((0.0, 2.0), ((0.0, 0.0, 0.0), (2.0, 0.0, 0.0)), spin_rad_s=(0.0, 0.0, np.pi / 4))
    cart = Body("cart", "box", (0.1, 0.1, 0.1), (0.0, 0.0, 0.0), Material(), motion="rail", rail=rail)
    path = CameraPath((0.0, 0.0, 1.0), (0.0, 1.0, 1.0), follow="cart")
    poses = filmed(scene_with(path, cart), np.array([0.0, 2.0])).world_from_camera
    np.testing.assert_allclose(poses[:, :3, 3], [[0, 0, 1], [2, 0, 1]], atol=1e-9)
    np.testing.assert_allclose(poses[:, :3, 2], [[0, 1, 0], [-1, 0, 0]], atol=1e-9)


def test_from_a_cut_on_the_picture_comes_from_the_other_camera() -> None:
    other = CameraPath((3.0, 0.0, 1.0), (0.0, 0.0, 0.5), 30.0, arc_deg=20.0)
    cuts = (Cut(1.5, ARC), Cut(0.75, other))
    camera = filmed(scene_with(ARC, cuts=cuts))
    first, second = camera_at(ARC, 2.0, TIMES_S, 48, 64), camera_at(other, 2.0, TIMES_S, 48, 64)
    from_second = (TIMES_S >= 0.75) & (TIMES_S < 1.5)
    expected = np.where(from_second[:, None, None], second.world_from_camera, first.world_from_camera)
    assert (camera.world_from_camera == expected).all()
    assert (camera.intrinsics[from_second] == second.intrinsics[0]).all()


def test_the_mounted_target_stays_in_the_middle_of_the_picture() -> None:
    rail = Rail((0.0, 2.0), ((0.0, 0.0, 0.5), (1.0, 2.0, 0.5)), spin_rad_s=(0.4, 0.2, 1.0))
    cart = Body("cart", "sphere", (0.1, 0.0, 0.0), (0.0, 0.0, 0.5), Material(), motion="rail", rail=rail)
    scene = scene_with(CameraPath((0.0, -2.0, 1.0), (0.0, 0.0, 0.0), follow="cart"), cart)
    trajectory = simulate(scene, TIMES_S)
    camera = cameras_of(scene, trajectory, 33, 65)
    for frame in range(len(TIMES_S)):
        pixel, _ = project(trajectory.position_m[frame, :1], camera, frame)
        np.testing.assert_allclose(pixel[0], [32.0, 16.0], atol=1e-6)


def test_cameras_that_cannot_be_are_refused() -> None:
    backwards = CameraPath((0.0, -3.0, 1.0), (0.0, 0.0, 0.5), progress=((1.0, 0.0), (1.0, 1.0)))
    with pytest.raises(WsimError, match="do not increase in time"):
        camera_at(backwards, 1.0, TIMES_S, 8, 8)
    lost = scene_with(CameraPath((0.0, -3.0, 1.0), (0.0, 0.0, 0.5), follow="cart"))
    with pytest.raises(WsimError, match="follows a body 'cart'"):
        cameras_of(lost, at_rest(lost, TIMES_S), 8, 8)

"""Camera paths: poses, intrinsics, and failures that the user can mend."""

import numpy as np
import pytest

from wsim.errors import WsimError
from wsim.worlds.rendering.camera import camera_at, project, unproject
from wsim.worlds.scene import CameraPath

PATH = CameraPath((0.0, -3.0, 1.0), (0.2, 0.5, 0.4), 50.0, arc_deg=90.0, dolly_m=(0.0, 0.6, 0.0))


def test_the_target_stays_in_the_middle_along_arc_and_dolly() -> None:
    times_s = np.linspace(-0.5, 2.5, 7)
    camera = camera_at(PATH, 1.5, times_s, 48, 64)
    for frame, u in enumerate(times_s / 1.5):
        target = np.array(PATH.target_m) + u * np.array(PATH.dolly_m)
        pixels, depth_m = project(target[None], camera, frame)
        np.testing.assert_allclose(pixels[0], [31.5, 23.5], atol=1e-6)
        assert depth_m[0] == pytest.approx(np.linalg.norm(np.subtract(PATH.eye_m, PATH.target_m)))


def test_an_arc_of_a_quarter_turn() -> None:
    path = CameraPath((1.0, 0.0, 0.5), (0.0, 0.0, 0.5), arc_deg=90.0)
    camera = camera_at(path, 2.0, np.array([0.0, 2.0, 4.0]), 8, 8)
    np.testing.assert_allclose(
        camera.world_from_camera[:, :3, 3], [[1, 0, 0.5], [0, 1, 0.5], [-1, 0, 0.5]], atol=1e-9
    )


def test_axes_are_right_down_forward_and_the_horizon_is_level() -> None:
    camera = camera_at(PATH, 1.5, np.linspace(0, 1.5, 4), 8, 8)
    rotation = camera.world_from_camera[:, :3, :3]
    np.testing.assert_allclose(
        rotation.transpose(0, 2, 1) @ rotation, np.broadcast_to(np.eye(3), (4, 3, 3)), atol=1e-9
    )
    np.testing.assert_allclose(np.linalg.det(rotation), 1.0)
    np.testing.assert_allclose(rotation[:, 2, 0], 0.0, atol=1e-12)
    assert (rotation[:, 2, 1] < 0).all()


@pytest.mark.parametrize("size", [(64, 64), (64, 128), (128, 64)])
def test_the_field_of_view_spans_the_shorter_side(size: tuple[int, int]) -> None:
    camera = camera_at(PATH, 1.5, np.zeros(1), *size)
    assert camera.intrinsics[0, 0, 0] == pytest.approx(32.0 / np.tan(np.radians(25.0)))
    assert camera.intrinsics[0, 0, 0] == camera.intrinsics[0, 1, 1]


def test_unprojecting_undoes_projecting() -> None:
    camera = camera_at(PATH, 1.5, np.array([0.7]), 6, 9)
    depth_m = np.random.default_rng(0).uniform(1, 5, (6, 9))
    pixels, depth_again = project(unproject(depth_m, camera, 0).reshape(-1, 3), camera, 0)
    rows, columns = np.indices((6, 9))
    np.testing.assert_allclose(pixels, np.stack([columns.ravel(), rows.ravel()], 1), atol=1e-9)
    np.testing.assert_allclose(depth_again, depth_m.ravel())


def test_a_point_behind_the_camera_says_so() -> None:
    camera = camera_at(PATH, 1.5, np.zeros(1), 8, 8)
    pixels, depth_m = project(np.array([[0.0, -9.0, 1.0]]), camera, 0)
    assert depth_m[0] < 0
    assert np.isfinite(pixels).all()


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        (CameraPath((0.0, 0.0, 1.0), (0.0, 0.0, 1.0)), "stands on the point"),
        (CameraPath((0.0, 0.0, 1.0), (0.0, 0.0, 0.0), fov_deg=180.0), "field of view of 180 degrees"),
        (CameraPath((0.0, 0.0, 1.0), (0.0, 0.0, 0.0), fov_deg=0.0), "field of view of 0 degrees"),
    ],
)
def test_impossible_cameras_are_refused(path: CameraPath, problem: str) -> None:
    with pytest.raises(WsimError, match=problem):
        camera_at(path, 1.0, np.zeros(1), 8, 8)

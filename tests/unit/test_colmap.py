"""An exported film, read back from its files alone, still projects onto its own pixels."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from wsim.contracts import ClipFormat
from wsim.worlds.datasets.colmap import export_colmap
from wsim.worlds.families import make
from wsim.worlds.film import Film
from wsim.worlds.take import Take

CLIP = ClipFormat(5, 48, 64, 4.0)


@pytest.fixture(scope="module")
def film() -> Film:
    return Take(make("room", 3), CLIP).film


@pytest.fixture(scope="module")
def project(film: Film, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("colmap")
    export_colmap(film, folder, points=300)
    return folder


def rows(path: Path) -> list[list[str]]:
    return [line.split() for line in path.read_text().splitlines()]


def matrix_of(w: float, x: float, y: float, z: float) -> np.ndarray:
    """The rotation of a unit quaternion, as COLMAP's documentation has it."""
    return np.array(
        [
            [1 - 2 * y * y - 2 * z * z, 2 * x * y - 2 * z * w, 2 * x * z + 2 * y * w],
            [2 * x * y + 2 * z * w, 1 - 2 * x * x - 2 * z * z, 2 * y * z - 2 * x * w],
            [2 * x * z - 2 * y * w, 2 * y * z + 2 * x * w, 1 - 2 * x * x - 2 * y * y],
        ]
    )


def test_points_project_onto_the_pixels_that_saw_them(project: Path, film: Film) -> None:
    camera = rows(project / "sparse/0/cameras.txt")
    assert [row[:4] for row in camera] == [["1", "PINHOLE", "64", "48"]]
    fx, fy, cx, cy = (float(text) for text in camera[0][4:])
    assert (cx, cy) == (32.0, 24.0)  # the middle of the picture, where COLMAP has it
    lines = (project / "sparse/0/images.txt").read_text().splitlines()
    points = {int(row[0]): row for row in rows(project / "sparse/0/points3D.txt")}
    assert len(lines) == 2 * CLIP.num_frames and len(points) > 200
    seen = 0
    for frame in range(CLIP.num_frames):
        image, *pose, camera_id, name = lines[2 * frame].split()
        assert (image, camera_id, name) == (str(frame + 1), "1", f"{frame:05d}.png")
        rotation = matrix_of(*(float(text) for text in pose[:4]))
        depth_mm = cv2.imread(str(project / "depth" / name), cv2.IMREAD_UNCHANGED)
        assert depth_mm.dtype == np.uint16
        observed = np.array(lines[2 * frame + 1].split(), dtype=float).reshape(-1, 3)
        for place, (x, y, point) in enumerate(observed):
            row = points[int(point)]
            world = np.array(row[1:4], dtype=float)
            in_camera = rotation @ world + np.array(pose[4:], dtype=float)
            u, v = fx * in_camera[0] / in_camera[2] + cx, fy * in_camera[1] / in_camera[2] + cy
            assert abs(u - x) < 1e-3 and abs(v - y) < 1e-3
            assert [str(frame + 1), str(place)] in np.array(row[8:]).reshape(-1, 2).tolist()
            if abs(x % 1 - 0.5) < 1e-6 and abs(y % 1 - 0.5) < 1e-6:  # seen at the centre of a pixel
                assert abs(depth_mm[int(y), int(x)] - 1000 * in_camera[2]) < 1.0
                seen += 1
    assert seen > 100


def test_pictures_depth_and_masks_come_back(project: Path, film: Film) -> None:
    for frame in range(CLIP.num_frames):
        name = f"{frame:05d}.png"
        picture = cv2.imread(str(project / "images" / name))[..., ::-1]
        np.testing.assert_array_equal(picture, film.rgb[frame])
        mask = cv2.imread(str(project / "masks" / name), cv2.IMREAD_UNCHANGED).astype(int)
        np.testing.assert_array_equal(mask - 1, film.render.ids[frame])
        depth_m = cv2.imread(str(project / "depth" / name), cv2.IMREAD_UNCHANGED) / 1000
        np.testing.assert_allclose(depth_m, film.render.depth_m[frame], atol=0.0006)
    named = [line.split("\t")[1] for line in (project / "bodies.txt").read_text().splitlines()]
    assert named == [body.name for body in film.scene.bodies]


def test_points_lie_on_nothing_that_moves(tmp_path: Path) -> None:
    film = Take(make("ball_behind_screen", 1), CLIP).film
    export_colmap(film, tmp_path, points=300)
    ball = [body.name for body in film.scene.bodies].index("ball")
    near = 0
    for row in rows(tmp_path / "sparse/0/points3D.txt"):
        place = np.array(row[1:4], dtype=float)
        gaps = np.linalg.norm(film.trajectory.position_m[:, ball] - place, axis=1)
        near += gaps.min() < film.scene.body("ball").size_m[0] - 1e-3
    assert near == 0


def test_the_sky_has_no_depth_and_no_mask(tmp_path: Path) -> None:
    scene = make("fall", 0).without_body("wall")
    film = Take(scene.replace(captions=("", "", "")), CLIP).film
    assert (film.render.ids == -1).any()
    export_colmap(film, tmp_path)
    for folder in ("depth", "masks"):
        picture = cv2.imread(str(tmp_path / folder / "00000.png"), cv2.IMREAD_UNCHANGED)
        assert (picture[film.render.ids[0] == -1] == 0).all()

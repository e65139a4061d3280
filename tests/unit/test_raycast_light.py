"""Mirrors and shadows against the laws of optics, in what is lawful and in what is not."""

import dataclasses
import math
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

from wsim.worlds.physics.trajectory import at_rest
from wsim.worlds.rendering.camera import project, unproject
from wsim.worlds.rendering.render import LightTruth, Render, light_truth, render
from wsim.worlds.scene import Bite, Body, CameraPath, Material, Part, Scene, Vec3

RED, GREY = Material("solid", (0.8, 0.1, 0.1)), Material("solid", (0.7, 0.7, 0.7))
GLASS = Material("solid", (0.8, 0.85, 0.9), mirror=0.9)
FLOOR = Body("floor", "plane", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), GREY)
UP_TO_X = (math.sqrt(0.5), 0.0, math.sqrt(0.5), 0.0)  # local z towards +x
LIGHT: Vec3 = (0.48, -0.36, 0.8)
SIZE = 192


def mirror_scene(**changes: object) -> Scene:
    """A wall mirror at x = 1.5 that looks towards -x, and a ball before it."""
    pane = Body(
        "mirror", "plane", (2.0, 2.0, 0.0), (1.5, 0.0, 1.0), GLASS, rotation=(0.5**0.5, 0.0, -(0.5**0.5), 0.0)
    )
    ball = Body("ball", "sphere", (0.2, 0.0, 0.0), (0.6, 0.7, 1.1), RED)
    camera = CameraPath((-3.0, -1.5, 1.4), (1.5, 0.0, 1.0), 50.0)
    return Scene("test", 0, 1.0, (pane, ball), camera).replace(**changes)


def seen_in(scene: Scene, **looks: np.ndarray) -> tuple[Render, LightTruth]:
    trajectory = at_rest(scene, np.zeros(1))
    trajectory = dataclasses.replace(trajectory, looks=dataclasses.replace(trajectory.looks, **looks))
    return render(scene, trajectory, SIZE, SIZE), light_truth(scene, trajectory, SIZE, SIZE)


def middle_of(mask: np.ndarray) -> np.ndarray:
    rows, columns = np.nonzero(mask)
    return np.array([columns.mean(), rows.mean()])


def test_the_image_of_a_ball_is_where_the_law_of_reflection_puts_it() -> None:
    seen, light = seen_in(mirror_scene())
    image = np.array([[2 * 1.5 - 0.6, 0.7, 1.1]])
    pixels, depth_m = project(image, seen.camera, 0)
    mask = light.mirror_ids[0] == 1
    np.testing.assert_allclose(middle_of(mask), pixels[0], atol=0.5)
    radius_px = seen.camera.intrinsics[0, 0, 0] * 0.2 / depth_m[0]
    assert np.count_nonzero(mask) == pytest.approx(math.pi * radius_px**2, rel=0.05)
    assert (seen.ids[0][mask] == 0).all()  # what is there is the mirror
    assert (seen.rgb[0][mask][:, 0] > 1.5 * seen.rgb[0][mask][:, 2]).mean() > 0.9


def test_mirror_ids_are_only_given_in_mirrors() -> None:
    seen, light = seen_in(mirror_scene())
    assert set(np.unique(light.mirror_ids[seen.ids != 0])) == {-1}
    dull = mirror_scene(bodies=tuple(dataclasses.replace(b, material=GREY) for b in mirror_scene().bodies))
    assert (seen_in(dull)[1].mirror_ids == -1).all()


def test_an_image_that_lies_is_displaced_as_it_says() -> None:
    scene, shift = mirror_scene(), np.zeros((1, 2, 3))
    shift[0, 1] = (0.2, 0.3, -0.1)
    seen, light = seen_in(scene, mirror_shift_m=shift)
    image = np.array([[3.0 - 0.8, 1.0, 1.0]])
    np.testing.assert_allclose(
        middle_of(light.mirror_ids[0] == 1), project(image, seen.camera, 0)[0][0], atol=0.5
    )
    assert np.array_equal(seen.ids, seen_in(scene)[0].ids)


def test_an_image_that_is_missing_is_missing_from_the_mirror_alone() -> None:
    scene = mirror_scene()
    seen, light = seen_in(scene, mirrored=np.array([[True, False]]))
    assert (light.mirror_ids != 1).all()
    without = seen_in(scene.without_body("ball"))[0]
    beside = seen.amodal[0] & 2 == 0
    assert np.array_equal(seen.ids, seen_in(scene)[0].ids)
    assert np.mean(seen.rgb[0][beside] != without.rgb[0][beside]) < 0.01  # all but the ball's own edge


def test_a_mirror_in_a_mirror_shows_its_own_colour() -> None:
    other = Body("other", "plane", (2.0, 2.0, 0.0), (-3.5, 0.0, 1.0), GLASS, rotation=UP_TO_X)
    scene = mirror_scene()
    seen, light = seen_in(scene.replace(bodies=(*scene.bodies, other)))
    grey = dataclasses.replace(other, material=dataclasses.replace(GLASS, mirror=0.0))
    plain, _ = seen_in(scene.replace(bodies=(*scene.bodies, grey)))
    assert (light.mirror_ids == 2).any()
    assert np.array_equal(seen.rgb, plain.rgb)


def test_a_mirror_ball_shows_the_sky_above_and_the_floor_below() -> None:
    ball = Body("ball", "sphere", (0.5, 0.0, 0.0), (0.0, 0.0, 0.5), GLASS)
    camera = CameraPath((0.0, -4.0, 0.5), (0.0, 0.0, 0.5), 20.0)
    seen, light = seen_in(Scene("test", 0, 1.0, (FLOOR, ball), camera))
    column = light.mirror_ids[0, seen.ids[0, :, SIZE // 2] == 1, SIZE // 2]
    assert column[0] == -1
    assert column[-1] == 0
    assert np.count_nonzero(column == 0) == pytest.approx(len(column) / 2, rel=0.1)


def shadow_scene(*bodies: Body, **changes: object) -> Scene:
    camera = CameraPath((0.0, -0.01, 9.0), (0.0, 0.0, 0.0), 40.0)
    return Scene("test", 0, 1.0, (FLOOR, *bodies), camera, light_direction=LIGHT).replace(**changes)


def shadow_on_floor(scene: Scene, **looks: np.ndarray) -> np.ndarray:
    """Where the floor that is seen lies in shadow, metres, and the area of that."""
    seen, light = seen_in(scene, **looks)
    mask = light.shadow[0] & (seen.ids[0] == 0)
    return unproject(seen.depth_m[0].astype(np.float64), seen.camera, 0)[mask]


BALL = Body("ball", "sphere", (0.3, 0.0, 0.0), (0.4, 0.2, 1.5), RED)
FALLS = 1.5 / 0.8 * np.array(LIGHT[:2])  # by how far a shadow lies from below the ball


def test_a_shadow_lies_along_the_light_and_has_the_size_of_its_projection() -> None:
    points = shadow_on_floor(shadow_scene(BALL))
    np.testing.assert_allclose(points[:, :2].mean(0), np.array([0.4, 0.2]) - FALLS, atol=0.01)
    pixel_m = 9.0 / shot_focal_px()
    assert len(points) * pixel_m**2 == pytest.approx(math.pi * 0.3**2 / 0.8, rel=0.03)


def shot_focal_px() -> float:
    return SIZE / 2 / math.tan(math.radians(20.0))


def test_a_detached_shadow_is_displaced_and_the_body_is_not() -> None:
    shift = np.zeros((1, 2, 3))
    shift[0, 1] = (-0.5, 0.7, 0.0)
    scene = shadow_scene(BALL)
    points = shadow_on_floor(scene, shadow_shift_m=shift)
    np.testing.assert_allclose(points[:, :2].mean(0), np.array([0.4 - 0.5, 0.2 + 0.7]) - FALLS, atol=0.01)
    own = seen_in(scene)[0], seen_in(scene, shadow_shift_m=shift)[0]
    ball = own[0].ids == 1
    inside = (
        ball[:, 1:-1, 1:-1] & ball[:, 2:, 1:-1] & ball[:, :-2, 1:-1] & ball[:, 1:-1, 2:] & ball[:, 1:-1, :-2]
    )
    assert np.array_equal(own[0].rgb[:, 1:-1, 1:-1][inside], own[1].rgb[:, 1:-1, 1:-1][inside])


def test_the_detached_shadow_of_a_thing_on_the_floor_is_whole() -> None:
    crate = Body("crate", "box", (0.3, 0.3, 0.2), (0.0, 0.0, 0.2), RED)
    shift = np.zeros((1, 2, 3))
    shift[0, 1] = (-1.0, -1.0, 0.0)
    points = shadow_on_floor(shadow_scene(crate), shadow_shift_m=shift)
    run = 0.4 / 0.8 * np.array(LIGHT[:2])  # footprint, and the top's shadow beside it
    area_m2 = 0.36 + 0.6 * abs(run[0]) + 0.6 * abs(run[1])
    assert len(points) * (9.0 / shot_focal_px()) ** 2 == pytest.approx(area_m2, rel=0.03)


def test_what_throws_no_shadow_still_shades_itself() -> None:
    table = Body(
        "table", "box", (0.1, 0.1, 0.5), (0.0, 0.0, 0.5), RED,
        parts=(Part("box", (0.6, 0.6, 0.05), (0.0, 0.0, 0.55), RED),),
    )  # fmt: skip
    camera = CameraPath((1.0, -3.0, 0.7), (0.0, 0.0, 0.5), 40.0)
    scene = shadow_scene(table, camera=camera)
    casts = np.array([[True, False]])
    assert len(shadow_on_floor(scene)) > 100
    assert len(shadow_on_floor(scene, casts=casts)) == 0
    one, other = seen_in(scene)[1], seen_in(scene, casts=casts)[1]
    leg = seen_in(scene)[0].ids == 1
    assert one.shadow[leg].any()
    assert np.array_equal(one.shadow[leg], other.shadow[leg])


def test_a_wall_of_no_thickness_throws_no_shadow_and_sky_has_none() -> None:
    sheet = Body("sheet", "plane", (1.0, 1.0, 0.0), (0.0, 0.0, 2.0), RED)
    assert len(shadow_on_floor(shadow_scene(sheet))) == 0
    camera = CameraPath((0.0, -3.0, 0.7), (0.0, 0.0, 2.5), 40.0)
    seen, light = seen_in(shadow_scene(BALL, camera=camera))
    assert (seen.ids == -1).any()
    assert not light.shadow[seen.ids == -1].any()


def test_a_bite_shades_its_own_inside() -> None:
    apple = Body("apple", "sphere", (0.5, 0.0, 0.0), (0.0, 0.0, 0.5), RED)
    scene = Scene(
        "test", 0, 1.0, (apple,), CameraPath((0.0, -3.0, 1.5), (0.0, 0.0, 0.5), 30.0),
        light_direction=(0.9, -0.3, 0.3), bites=(Bite("apple", 0.0, (0.0, -0.45, 0.2), 0.35),),
    )  # fmt: skip
    seen, light = seen_in(scene)
    whole, _ = seen_in(scene.replace(bites=()))
    hole = (seen.ids == 0) & (seen.depth_m > whole.depth_m + 1e-3)
    assert 0.1 < light.shadow[hole].mean() < 0.9
    assert not light.shadow[~hole].any()


def rich_scene() -> Scene:
    """All that there is to draw, at once."""
    faces = tuple((x, y, z, 0.25) for x, y, z in np.vstack([np.eye(3), -np.eye(3)]).tolist())
    scene = mirror_scene()
    more = (
        FLOOR,
        Body("gem", "convex", (0.25, 0.25, 0.25), (0.2, -0.6, 0.25), Material("stripe"), faces=faces),
        Body("egg", "ellipsoid", (0.2, 0.15, 0.3), (-0.5, 0.4, 0.3), Material("noise")),
        Body("pill", "capsule", (0.1, 0.0, 0.2), (0.7, -0.9, 0.3), Material("checker", mirror=0.3)),
    )
    return scene.replace(bodies=(*scene.bodies, *more), bites=(Bite("egg", 0.0, (-0.2, 0.0, 0.1), 0.15),))


def rich_bytes(times_s: tuple[float, ...]) -> tuple[bytes, ...]:
    scene = rich_scene()
    seen = render(scene, at_rest(scene, np.array(times_s)), 40, 56)
    return tuple(getattr(seen, name)[-1].tobytes() for name in ("rgb", "depth_m", "ids", "amodal"))


@pytest.mark.slow
def test_the_same_bytes_in_another_process() -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        others = list(pool.map(rich_bytes, [(0.5,), (0.0, 0.5)]))
    assert others == [rich_bytes((0.5,))] * 2

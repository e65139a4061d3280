"""Shapes, parts, bites, patterns and clothes in pictures, against closed forms."""

import dataclasses
import math

import numba
import numpy as np
import pytest

from wsim.errors import WsimError
from wsim.worlds.physics.trajectory import Trajectory, at_rest
from wsim.worlds.rendering.camera import camera_at, project
from wsim.worlds.rendering.render import Render, render, silhouettes
from wsim.worlds.rendering.strokes import angle
from wsim.worlds.scene import NEVER_S, Bite, Body, CameraPath, HalfSpace, Material, Part, Scene, Shape, Stroke

RED, GREY = Material("solid", (0.8, 0.1, 0.1)), Material("solid", (0.7, 0.7, 0.7))
FRONT = CameraPath((0.0, -40.0, 0.0), (0.0, 0.0, 0.0), 4.0)  # so far that there is hardly any perspective
ON_ITS_SIDE = (math.sqrt(0.5), 0.0, math.sqrt(0.5), 0.0)  # local z along x
TILTED = (0.9, 0.3, -0.1, math.sqrt(1 - 0.91))
CUBE: tuple[HalfSpace, ...] = (
    (1.0, 0.0, 0.0, 0.3), (-1.0, 0.0, 0.0, 0.3), (0.0, 1.0, 0.0, 0.4), (0.0, -1.0, 0.0, 0.4),
    (0.0, 0.0, 1.0, 0.5), (0.0, 0.0, -1.0, 0.5),
)  # fmt: skip


def scene_of(*bodies: Body, camera: CameraPath = FRONT, **changes: object) -> Scene:
    return Scene("test", 0, 1.0, bodies, camera).replace(**changes)


def still(scene: Scene) -> Trajectory:
    return at_rest(scene, np.zeros(1))


def shot(scene: Scene, size: int = 128) -> Render:
    return render(scene, still(scene), size, size, antialias=False)


def metre_px(seen: Render, distance_m: float = 40.0) -> float:
    return float(seen.camera.intrinsics[0, 0, 0]) / distance_m


def body(shape: Shape, size: tuple[float, float, float], material: Material = RED, **changes: object) -> Body:
    one = Body("it", shape, size, (0.0, 0.0, 0.0), material)
    return dataclasses.replace(one, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("it", "area_m2"),
    [
        (body("capsule", (0.3, 0.0, 0.4)), math.pi * 0.3**2 + 4 * 0.3 * 0.4),
        (body("capsule", (0.3, 0.0, 0.4), rotation=ON_ITS_SIDE), math.pi * 0.3**2 + 4 * 0.3 * 0.4),
        (body("ellipsoid", (0.3, 0.2, 0.6)), math.pi * 0.3 * 0.6),
        (body("ellipsoid", (0.3, 0.2, 0.6), rotation=ON_ITS_SIDE), math.pi * 0.3 * 0.6),
        (body("convex", (0.3, 0.4, 0.5), faces=CUBE), 4 * 0.3 * 0.5),
        (body("cylinder", (0.3, 0.0, 0.5), rotation=ON_ITS_SIDE), 4 * 0.3 * 0.5),
    ],
)
def test_the_area_of_a_silhouette(it: Body, area_m2: float) -> None:
    seen = shot(scene_of(it), 500)
    assert np.count_nonzero(seen.ids == 0) / metre_px(seen) ** 2 == pytest.approx(area_m2, rel=0.012)


def test_a_convex_solid_of_six_half_spaces_is_a_box() -> None:
    it = body("convex", (0.3, 0.4, 0.5), faces=CUBE, rotation=TILTED)
    box = body("box", (0.3, 0.4, 0.5), rotation=TILTED)
    one, other = shot(scene_of(it)), shot(scene_of(box))
    assert np.array_equal(one.ids, other.ids)
    np.testing.assert_allclose(one.depth_m, other.depth_m, rtol=1e-6)
    assert np.abs(one.rgb.astype(int) - other.rgb).max() <= 1


def test_a_body_of_parts_is_one_body_with_the_looks_of_each() -> None:
    arm = Part("box", (0.4, 0.1, 0.1), (0.5, 0.0, 0.3), Material("solid", (0.1, 0.2, 0.8)))
    scene = scene_of(body("box", (0.1, 0.1, 0.5), parts=(arm,)))
    seen = shot(scene)
    assert set(np.unique(seen.ids)) == {-1, 0}
    assert set(np.unique(seen.amodal)) == {0, 1}
    centre, arms_end = (
        project(np.array([p]), seen.camera, 0)[0][0] for p in ((0.0, 0.0, 0.0), (0.8, 0.0, 0.3))
    )
    red, blue = (seen.rgb[0, round(y), round(x)].astype(int) for x, y in (centre, arms_end))
    assert red[0] > red[2]
    assert blue[2] > blue[0]


def test_parts_turn_and_grow_with_their_body() -> None:
    knob = Part("sphere", (0.1, 0.0, 0.0), (0.0, 0.0, 0.6), RED)
    scene = scene_of(body("sphere", (0.2, 0.0, 0.0), GREY, parts=(knob,), rotation=ON_ITS_SIDE))
    trajectory = still(scene)
    trajectory.looks.scale[:] = 1.5
    seen = render(scene, trajectory, 128, 128, antialias=False)
    rows, columns = np.nonzero((seen.ids[0] == 0) & (seen.rgb[0, :, :, 0] > 1.1 * seen.rgb[0, :, :, 2]))
    pixels, _ = project(np.array([[0.9, 0.0, 0.0]]), seen.camera, 0)
    np.testing.assert_allclose(pixels[0], [columns.mean(), rows.mean()], atol=0.5)
    assert len(rows) / metre_px(seen) ** 2 == pytest.approx(math.pi * 0.15**2, rel=0.06)


def test_a_ball_that_is_stretched_is_an_ellipsoid() -> None:
    scene = scene_of(body("sphere", (0.4, 0.0, 0.0), rotation=TILTED))
    trajectory = still(scene)
    trajectory.looks.scale[0, 0] = (1.0, 0.5, 1.4)
    egg = scene_of(body("ellipsoid", (0.4, 0.2, 0.56), rotation=TILTED))
    one, other = render(scene, trajectory, 64, 64), render(egg, still(egg), 64, 64)
    assert np.array_equal(one.rgb, other.rgb)
    assert np.array_equal(one.depth_m, other.depth_m)


def test_a_part_in_the_main_colour_follows_it_and_others_keep_theirs() -> None:
    same = Part("sphere", (0.2, 0.0, 0.0), (-0.6, 0.0, 0.0), RED)
    own = Part("sphere", (0.2, 0.0, 0.0), (0.6, 0.0, 0.0), GREY)
    scene = scene_of(body("sphere", (0.2, 0.0, 0.0), parts=(same, own)))
    trajectory = still(scene)
    trajectory.colour[:] = (0.1, 0.1, 0.9)
    seen = render(scene, trajectory, 128, 128)
    places, _ = project(np.array([[-0.6, 0.0, 0.0], [0.0, 0.0, 0.0], [0.6, 0.0, 0.0]]), seen.camera, 0)
    left, middle, right = (seen.rgb[0, round(y), round(x)].astype(int) for x, y in places)
    assert left[2] > 1.5 * left[0]
    assert middle[2] > 1.5 * middle[0]
    assert abs(right[2] - right[0]) < 30


def test_clothes_of_another_body_are_worn_where_one_stands() -> None:
    ball = body("sphere", (0.3, 0.0, 0.0))
    crate = dataclasses.replace(body("box", (0.2, 0.2, 0.4), GREY), name="crate", position_m=(1.0, 0.0, 0.0))
    scene = scene_of(ball, crate)
    trajectory = still(scene)
    trajectory.looks.worn[:] = (1, 0)
    trajectory.colour[:] = trajectory.colour[:, ::-1].copy()
    swapped = scene_of(
        dataclasses.replace(crate, name="it", position_m=ball.position_m),
        dataclasses.replace(ball, name="crate", position_m=crate.position_m),
    )
    one, other = render(scene, trajectory, 64, 64), render(swapped, still(swapped), 64, 64)
    assert np.array_equal(one.rgb, other.rgb)
    assert np.array_equal(one.amodal, other.amodal)


def test_clothes_are_changed_at_their_time_and_may_have_more_parts() -> None:
    knob = Part("sphere", (0.1, 0.0, 0.0), (0.0, 0.0, 0.6), RED)
    plain, rich = body("sphere", (0.3, 0.0, 0.0)), body("convex", (0.3, 0.4, 0.5), faces=CUBE, parts=(knob,))
    scene = scene_of(plain, dataclasses.replace(rich, name="rich", position_m=(0.0, 60.0, 0.0)))
    trajectory = at_rest(scene, np.array([0.0, 0.5, 1.0]))
    trajectory.looks.worn[1, 0] = 1
    seen = render(scene, trajectory, 64, 64)
    alone = scene_of(rich)
    assert np.array_equal(seen.ids[0] == 0, seen.ids[2] == 0)
    assert np.array_equal(seen.ids[1] == 0, shot(alone, 64).ids[0] == 0)


def test_a_bite_shows_the_second_colour_at_the_depth_of_its_ball() -> None:
    apple = body("sphere", (0.5, 0.0, 0.0), Material("solid", (0.8, 0.1, 0.1), (0.1, 0.1, 0.9)))
    scene = scene_of(apple, bites=(Bite("it", 0.5, (0.0, -0.5, 0.0), 0.3),))
    seen = render(scene, at_rest(scene, np.array([0.4, 0.5])), 129, 129, antialias=False)
    assert seen.depth_m[0, 64, 64] == pytest.approx(39.5, abs=1e-4)
    assert seen.depth_m[1, 64, 64] == pytest.approx(39.8, abs=1e-4)  # the far side of the ball, 0.2 into it
    assert seen.rgb[1, 64, 64, 2] > seen.rgb[1, 64, 64, 0]
    changed = np.count_nonzero(seen.depth_m[0] != seen.depth_m[1]) / metre_px(seen) ** 2
    assert changed == pytest.approx(math.pi * 0.3**2 * (1 - 0.3**2 / (4 * 0.5**2)), rel=0.03)


def test_a_bite_right_through_lets_see_what_is_behind() -> None:
    slab = body("box", (0.5, 0.1, 0.5))
    wall = Body("wall", "box", (2.0, 0.1, 2.0), (0.0, 1.0, 0.0), GREY)
    seen = shot(scene_of(slab, wall, bites=(Bite("it", 0.0, (0.0, 0.0, 0.0), 0.3),)), 256)
    hole = np.count_nonzero((seen.ids == 1) & ~(shot(scene_of(slab, wall), 256).ids == 1))
    assert hole / metre_px(seen) ** 2 == pytest.approx(math.pi * (0.3**2 - 0.1**2), rel=0.02)
    assert not (seen.amodal[seen.ids == 1] & 1)[: hole // 2].all()
    assert shot(scene_of(slab, bites=(Bite("it", 0.0, (0.0, 0.0, 0.0), 3.0),))).ids.max() == -1


def test_a_bite_is_taken_out_of_every_part_and_lets_light_through() -> None:
    second = Part("box", (0.5, 0.05, 0.5), (0.0, 0.4, 0.0), RED)
    slab = body("box", (0.5, 0.05, 0.5), parts=(second,))
    seen = shot(scene_of(slab, bites=(Bite("it", 0.0, (0.0, 0.2, 0.0), 0.4),)), 129)
    assert seen.ids[0, 64, 64] == -1
    floor = Body("floor", "plane", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), GREY)
    roof = Body("roof", "box", (0.5, 0.5, 0.05), (0.0, 0.0, 1.0), RED)
    above = CameraPath((0.0, -3.0, 6.0), (0.0, 0.6, 0.0), 30.0)
    scene = scene_of(floor, roof, camera=above, light_direction=(0.0, -0.6, 0.8))
    bitten = scene.replace(bites=(Bite("roof", 0.0, (0.0, 0.0, 0.0), 0.25),))
    spot, _ = project(
        np.array([[0.0, 0.75, 0.0]]), shot(scene).camera, 0
    )  # under the middle, along the light
    x, y = (round(v) for v in spot[0])
    dark, bright = (int(shot(s).rgb[0, y, x].sum()) for s in (scene, bitten))
    assert bright > dark + 150


def test_the_share_and_direction_of_stripes() -> None:
    stripes = Material("stripe", (0.9, 0.9, 0.9), (0.1, 0.1, 0.1), 2.0)
    above = CameraPath((0.0, 0.0, 8.0), (0.0, 0.0, 0.0))
    seen = shot(scene_of(body("plane", (0.0, 0.0, 0.0), stripes), camera=above), 256)
    bright = seen.rgb[0, :, :, 0].astype(float) > 128
    assert (bright == bright[:1]).all()  # they run along y, which is up in this picture
    width_m = 255 * 8.0 / seen.camera.intrinsics[0, 0, 0]
    assert abs(np.count_nonzero(bright[0, 1:] != bright[0, :-1]) - 2.0 * width_m) <= 1
    fine = dataclasses.replace(stripes, cells_per_m=200.0)
    mean = shot(scene_of(body("plane", (0.0, 0.0, 0.0), fine), camera=above), 64).rgb[0, :, :, 0]
    assert np.ptp(mean.astype(int)) <= 14
    both = (np.unique(seen.rgb[0, :, :, 0])[[0, -1]] / 255.0) ** 2.2
    assert (mean.mean() / 255.0) ** 2.2 == pytest.approx(both.mean(), rel=0.08)


FACE_VIEWS: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    # where to look from, and where the mark at (u, v) = (0.2, 0.1) must be on a box of half extent 0.5
    "right": ((40.0, 0.0, 0.0), (0.5, 0.2, 0.1)),
    "left": ((-40.0, 0.0, 0.0), (-0.5, 0.2, 0.1)),
    "back": ((0.0, 40.0, 0.0), (0.2, 0.5, 0.1)),
    "front": ((0.0, -40.0, 0.0), (0.2, -0.5, 0.1)),
    "top": ((0.0, -1e-3, 40.0), (0.2, 0.1, 0.5)),
    "bottom": ((0.0, -1e-3, -40.0), (0.2, 0.1, -0.5)),
}


def blue_spot(scene: Scene) -> tuple[np.ndarray, Render]:
    seen = shot(scene)
    colours = seen.rgb[0].astype(int)
    rows, columns = np.nonzero((colours[:, :, 2] > 1.3 * colours[:, :, 0]) & (seen.ids[0] == 0))
    assert len(rows) > 20
    return np.array([columns.mean(), rows.mean()]), seen


@pytest.mark.parametrize("face", list(FACE_VIEWS))
def test_paint_lies_on_the_face_and_at_the_place_that_it_is_on(face: str) -> None:
    eye, place = FACE_VIEWS[face]
    mark = Stroke("it", (0.0,), ((0.2, 0.1),), 0.1, (0.1, 0.1, 0.9), face=face)  # type: ignore[arg-type]
    camera = CameraPath(eye, (0.0, 0.0, 0.0), 4.0)
    spot, seen = blue_spot(scene_of(body("box", (0.5, 0.5, 0.5), GREY), camera=camera, strokes=(mark,)))
    np.testing.assert_allclose(spot, project(np.array([place]), seen.camera, 0)[0][0], atol=0.5)


@pytest.mark.parametrize("angle_rad", [0.0, 1.0, 2.5, math.pi, 4.0, -1.2])
def test_paint_on_the_side_of_a_cylinder_is_at_its_arc_length(angle_rad: float) -> None:
    radius_m = 0.5
    mark = Stroke("it", (0.0,), ((angle_rad * radius_m, 0.2),), 0.1, (0.1, 0.1, 0.9), face="side")
    eye = (40 * math.cos(angle_rad), 40 * math.sin(angle_rad), 0.0)
    scene = scene_of(
        body("cylinder", (radius_m, 0.0, 0.6), GREY), camera=CameraPath(eye, (0.0, 0.0, 0.0), 4.0)
    )
    spot, seen = blue_spot(scene.replace(strokes=(mark,)))
    place = np.array([[radius_m * math.cos(angle_rad), radius_m * math.sin(angle_rad), 0.2]])
    np.testing.assert_allclose(spot, project(place, seen.camera, 0)[0][0], atol=0.5)
    area_m2 = np.count_nonzero(shot(scene).rgb != seen.rgb) / 3 / metre_px(seen, 39.5) ** 2
    assert area_m2 == pytest.approx(math.pi * 0.1**2, rel=0.16)


def test_angles_without_a_library_are_those_of_one() -> None:
    around = np.linspace(-math.pi, math.pi, 1001)[1:]
    called = numba.njit(lambda x, y: angle(x, y))  # only compiled code can call a kernel
    ours = [called(0.7 * math.cos(a), 0.7 * math.sin(a)) for a in around]
    np.testing.assert_allclose(ours, around, atol=1e-10)
    assert called(0.0, 0.0) == 0.0


def test_silhouettes_in_a_larger_picture_go_on_where_the_picture_ends() -> None:
    scene = scene_of(body("sphere", (0.9, 0.0, 0.0), position_m=(1.2, 0.0, 0.0)))
    seen, path = shot(scene, 64), CameraPath((0.0, -40.0, 0.0), (0.0, 0.0, 0.0), 4.0)
    padded = camera_at(path, 1.0, np.zeros(1), 64, 64)
    padded.intrinsics[:, :2, 2] += 16.0
    bits = silhouettes(scene, still(scene), padded, 96, 96)
    assert np.array_equal(bits[:, 16:80, 16:80], seen.amodal)
    assert np.count_nonzero(bits) > 1.15 * np.count_nonzero(seen.amodal)
    assert np.array_equal(render(scene, still(scene), 96, 96, camera=padded).amodal, bits)


def test_a_camera_for_other_times_is_refused() -> None:
    scene = scene_of(body("sphere", (0.5, 0.0, 0.0)))
    camera = camera_at(FRONT, 1.0, np.zeros(3), 8, 8)
    with pytest.raises(WsimError, match="3 camera poses do not fit 1 times"):
        render(scene, still(scene), 8, 8, camera=camera)


def test_a_bite_out_of_nothing_is_refused() -> None:
    scene = scene_of(body("sphere", (0.5, 0.0, 0.0)), bites=(Bite("that", 0.0, (0.0, 0.0, 0.0), 0.1),))
    with pytest.raises(WsimError, match="a bite is taken out of 'that', which does not exist"):
        shot(scene, 8)


@pytest.mark.parametrize("shape", ["sphere", "box", "cylinder", "capsule", "ellipsoid", "plane", "convex"])
@pytest.mark.parametrize("size", [0.0, 1e-12, 1e9, -1.0])
def test_no_size_makes_the_caster_stumble(shape: Shape, size: float) -> None:
    floor = Body("floor", "plane", (0.0, 0.0, 0.0), (0.0, 0.0, -0.5), Material("checker"))
    faces = ((1.0, 0.0, 0.0, size), (0.0, 0.0, 0.0, size))
    odd = body(
        shape, (size, size, size), Material("noise", mirror=0.5), faces=faces if shape == "convex" else ()
    )
    scene = scene_of(odd, floor, bites=(Bite("it", -NEVER_S, (0.0, 0.0, 0.0), 0.2),))
    trajectory = at_rest(scene, np.zeros(2))
    trajectory.looks.scale[1] = 0.0
    seen = render(scene, trajectory, 16, 16)
    assert set(np.unique(seen.ids)) <= {-1, 0, 1}

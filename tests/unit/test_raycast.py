"""Pictures and pixel truth against closed forms."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from wsim.errors import WsimError
from wsim.worlds.physics.trajectory import at_rest
from wsim.worlds.rendering.camera import project, unproject
from wsim.worlds.rendering.compiled import _supported, source_digest
from wsim.worlds.rendering.render import Render, render
from wsim.worlds.scene import Body, CameraPath, Material, Scene

RED = Material("solid", (0.8, 0.1, 0.1))
GREY = Material("solid", (0.7, 0.7, 0.7))
FLOOR = Body("floor", "plane", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), GREY)
FRONT = CameraPath((0.0, -4.0, 0.0), (0.0, 0.0, 0.0))
ABOVE = CameraPath((0.0, 0.0, 8.0), (0.0, 0.0, 0.0))


def scene_of(*bodies: Body, camera: CameraPath = FRONT, **changes: object) -> Scene:
    return Scene("test", 0, 1.0, bodies, camera).replace(**changes)


def shot(scene: Scene, height: int, width: int, *, antialias: bool = True) -> Render:
    return render(scene, at_rest(scene, np.zeros(1)), height, width, antialias=antialias)


def still_life() -> Scene:
    checker = Material("checker", (0.1, 0.3, 0.8), (0.9, 0.9, 0.9), 8.0, 0.3)
    noise = Material("noise", (0.9, 0.75, 0.1), (0.4, 0.3, 0.05), 9.0)
    return scene_of(
        dataclasses.replace(FLOOR, material=Material("noise", (0.7, 0.65, 0.6), (0.4, 0.4, 0.35), 6.0)),
        Body("ball", "sphere", (0.4, 0.0, 0.0), (-0.6, 0.1, 0.4), RED),
        Body("crate", "box", (0.3, 0.2, 0.3), (0.5, 0.5, 0.3), noise, (0.9689, 0.0, 0.0, 0.2474)),
        Body("can", "cylinder", (0.2, 0.0, 0.3), (0.3, -0.5, 0.3), checker),
        camera=CameraPath((0.0, -3.2, 1.4), (0.0, 0.2, 0.3), arc_deg=40.0),
    )


def test_the_silhouette_of_a_ball() -> None:
    radius_m, distance_m, size = 0.5, 4.0, 256
    seen = shot(scene_of(Body("ball", "sphere", (radius_m, 0.0, 0.0), (0.0, 0.0, 0.0), RED)), size, size)
    focal_px = seen.camera.intrinsics[0, 0, 0]
    radius_px = focal_px * radius_m / np.sqrt(distance_m**2 - radius_m**2)
    rows, columns = np.nonzero(seen.ids[0] == 0)
    assert len(rows) == pytest.approx(np.pi * radius_px**2, rel=0.01)
    assert np.mean(columns) == pytest.approx((size - 1) / 2, abs=1e-9)
    assert np.mean(rows) == pytest.approx((size - 1) / 2, abs=1e-9)
    assert seen.depth_m[0].min() == pytest.approx(distance_m - radius_m, abs=1e-3)


def test_the_depth_of_a_floor_at_every_pixel() -> None:
    seen = shot(scene_of(FLOOR, camera=CameraPath((0.3, -3.0, 1.5), (0.0, 0.5, 1.2), 60.0)), 48, 80)
    pose, intrinsics = seen.camera.world_from_camera[0], seen.camera.intrinsics[0]
    rows, columns = np.indices((48, 80))
    pixels = np.stack([columns, rows, np.ones_like(rows)], axis=-1)
    falls = (pixels @ np.linalg.inv(intrinsics).T @ pose[:3, :3].T)[..., 2]
    with np.errstate(divide="ignore"):
        expected = np.where(falls < 0, -pose[2, 3] / falls, np.inf)
    np.testing.assert_allclose(seen.depth_m[0], expected, rtol=1e-6)
    assert np.array_equal(seen.ids[0] == 0, falls < 0)


def test_a_bounded_plane_ends_where_it_says() -> None:
    sheet = Body("sheet", "plane", (1.0, 0.5, 0.0), (0.0, 0.0, 0.0), GREY)
    seen = shot(scene_of(sheet, camera=ABOVE), 200, 200)
    metre_px = seen.camera.intrinsics[0, 0, 0] / 8.0
    assert np.count_nonzero(seen.ids[0] == 0) == pytest.approx(2.0 * 1.0 * metre_px**2, rel=0.02)


@pytest.mark.parametrize("shape", ["box", "cylinder"])
def test_the_front_of_a_solid(shape: str) -> None:
    size = (0.5, 0.4, 0.6)
    seen = shot(scene_of(Body("it", shape, size, (0.0, 0.0, 0.0), RED)), 128, 128)  # type: ignore[arg-type]
    near = 4.0 - (size[1] if shape == "box" else size[0])
    assert seen.depth_m[0].min() == pytest.approx(near, rel=1e-4)
    metre_px = seen.camera.intrinsics[0, 0, 0] / near
    if shape == "box":  # only its front can be seen
        assert np.count_nonzero(seen.ids[0] == 0) == pytest.approx(1.0 * 1.2 * metre_px**2, rel=0.03)


def test_a_hidden_ball_keeps_its_silhouette_in_the_amodal_bits() -> None:
    ball = Body("ball", "sphere", (0.4, 0.0, 0.0), (0.2, 1.0, 0.1), RED)
    screen = Body("screen", "box", (0.8, 0.05, 0.8), (0.0, 0.0, 0.0), GREY)
    alone, hidden = shot(scene_of(ball), 64, 64), shot(scene_of(ball, screen), 64, 64)
    assert not (hidden.ids == 0).any()
    assert np.array_equal((hidden.amodal & 1) == 1, alone.ids == 0)


def test_the_shadow_of_a_ball_on_the_floor() -> None:
    radius_m, height_m = 0.4, 1.5
    light = np.array([0.6, 0.0, 0.8])
    ball = Body("ball", "sphere", (radius_m, 0.0, 0.0), (0.3, 0.2, height_m), RED)
    scene = scene_of(FLOOR, ball, camera=ABOVE, light_direction=tuple(light.tolist()))
    seen, bare = (shot(s, 256, 256, antialias=False) for s in (scene, scene.without_body("ball")))
    dark = (seen.ids[0] == 0) & (seen.rgb[0].sum(-1) < bare.rgb[0].sum(-1) - 60)
    points = unproject(seen.depth_m[0].astype(np.float64), seen.camera, 0)[dark]
    expected = np.array([0.3, 0.2]) - height_m / light[2] * light[:2]
    np.testing.assert_allclose(points[:, :2].mean(0), expected, atol=0.01)
    texel_m2 = (8.0 / seen.camera.intrinsics[0, 0, 0]) ** 2
    assert len(points) * texel_m2 == pytest.approx(np.pi * radius_m**2 / light[2], rel=0.03)


@pytest.mark.parametrize("cells_per_m", [1.0, 2.0, 3.0])
def test_the_frequency_of_a_checker(cells_per_m: float) -> None:
    board = Material("checker", (0.9, 0.9, 0.9), (0.1, 0.1, 0.1), cells_per_m)
    seen = shot(scene_of(dataclasses.replace(FLOOR, material=board), camera=ABOVE), 256, 256)
    row = seen.rgb[0, 100, :, 0].astype(float) > 128
    width_m = 255 * 8.0 / seen.camera.intrinsics[0, 0, 0]
    assert abs(np.count_nonzero(row[1:] != row[:-1]) - width_m * cells_per_m) <= 1


def test_a_checker_finer_than_a_pixel_is_its_mean_light() -> None:
    fine = Material("checker", (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), 160.0)
    half = Material("solid", (0.7354,) * 3)  # sRGB of linear 0.5
    pictures = [
        shot(scene_of(dataclasses.replace(FLOOR, material=m), camera=ABOVE), 32, 32).rgb.astype(int)
        for m in (fine, half)
    ]
    assert np.abs(pictures[0] - pictures[1]).max() <= 12
    assert abs(pictures[0].mean() - pictures[1].mean()) < 1.0


def test_noise_has_detail_at_every_size_and_never_flickers_at_a_distance() -> None:
    ground = dataclasses.replace(FLOOR, material=Material("noise", (0.9,) * 3, (0.1,) * 3, 3.0))
    near = shot(scene_of(ground, camera=ABOVE), 128, 128).rgb[0, :, :, 0].astype(float)
    assert near.std() > 20
    assert np.abs(np.diff(near, axis=1)).mean() > 4
    far = CameraPath((0.0, 0.0, 60.0), (0.0, 0.0, 0.0))  # more than two cells to a pixel
    assert shot(scene_of(ground, camera=far), 64, 64).rgb[0].astype(float).std((0, 1)).max() < 2


def test_texture_sticks_to_its_body() -> None:
    moved = np.array([3.0, -2.0, 1.0])
    crate = Body("crate", "box", (0.5, 0.4, 0.5), (0.0, 0.0, 0.0), Material("noise", cells_per_m=6.0))
    here = scene_of(crate)
    camera = CameraPath(tuple((FRONT.eye_m + moved).tolist()), tuple(moved.tolist()))
    there = scene_of(dataclasses.replace(crate, position_m=tuple(moved.tolist())), camera=camera)
    box = shot(here, 64, 64), shot(there, 64, 64)
    same = box[0].ids == 0
    assert np.abs(box[0].rgb[same].astype(int) - box[1].rgb[same]).max() <= 1


def test_a_mirrored_world_gives_a_mirrored_picture() -> None:
    rotation = (0.9689, 0.0, 0.0, 0.2474)
    bodies = (
        FLOOR,
        Body("ball", "sphere", (0.3, 0.0, 0.0), (-0.7, 0.2, 0.3), RED),
        Body("crate", "box", (0.3, 0.2, 0.3), (0.5, 0.5, 0.3), GREY, rotation),
    )
    flipped = tuple(
        dataclasses.replace(
            b,
            position_m=(-b.position_m[0], *b.position_m[1:]),
            rotation=(b.rotation[0], b.rotation[1], -b.rotation[2], -b.rotation[3]),
        )
        for b in bodies
    )
    camera = CameraPath((0.0, -3.2, 1.4), (0.0, 0.2, 0.3))
    scene = scene_of(*bodies, camera=camera, light_direction=(0.4, -0.4, 0.8))
    twin = scene_of(*flipped, camera=camera, light_direction=(-0.4, -0.4, 0.8))
    left, right = (shot(s, 96, 96, antialias=False) for s in (scene, twin))
    assert np.array_equal(left.ids, right.ids[:, :, ::-1])
    assert np.mean(left.rgb != right.rgb[:, :, ::-1]) < 1e-3


def test_sky_has_no_depth_and_a_body_has_its_own_bit() -> None:
    seen = render(still_life(), at_rest(still_life(), np.array([0.0, 0.5])), 64, 64)
    assert np.array_equal(seen.ids == -1, np.isinf(seen.depth_m))
    bits = np.where(seen.ids >= 0, seen.amodal >> np.maximum(seen.ids, 0).astype(np.uint64) & 1, 1)
    assert bits.all()
    assert set(np.unique(seen.ids)) == {-1, 0, 1, 2, 3}


def test_the_same_bytes_on_every_run_and_thread() -> None:
    scene = still_life()
    trajectory = at_rest(scene, np.array([0.0, 0.4, 0.8]))
    expected = render(scene, trajectory, 48, 64)
    with ThreadPoolExecutor(4) as pool:
        others = list(pool.map(lambda _: render(scene, trajectory, 48, 64), range(6)))
    for name in ("rgb", "depth_m", "ids", "amodal"):
        assert all(np.array_equal(getattr(expected, name), getattr(other, name)) for other in others)
    later = render(scene, at_rest(scene, np.array([0.4])), 48, 64)
    assert np.array_equal(expected.rgb[1], later.rgb[0])


def test_antialiasing_brings_edges_closer_to_the_truth() -> None:
    scene = scene_of(
        Body("ball", "sphere", (0.8, 0.0, 0.0), (-0.5, 0.0, 0.0), RED),
        Body("crate", "box", (0.5, 0.5, 0.5), (1.0, 0.0, 0.2), GREY, (0.9689, 0.0, 0.0, 0.2474)),
    )
    fine = shot(scene, 512, 512, antialias=False).rgb[0].astype(float)
    truth = (((fine / 255) ** 2.2).reshape(64, 8, 64, 8, 3).mean((1, 3))) ** (1 / 2.2) * 255
    smooth, jagged = (shot(scene, 64, 64, antialias=a).rgb[0] - truth for a in (True, False))
    assert np.sqrt((smooth**2).mean()) < 0.4 * np.sqrt((jagged**2).mean())


def test_antialiasing_leaves_the_truth_alone() -> None:
    smooth, jagged = (shot(still_life(), 64, 64, antialias=a) for a in (True, False))
    for name in ("depth_m", "ids", "amodal"):
        assert np.array_equal(getattr(smooth, name), getattr(jagged, name))


def test_a_square_picture_lies_inside_a_longer_one() -> None:
    square, wide, tall = (shot(still_life(), *size) for size in ((64, 64), (64, 96), (96, 64)))
    assert np.array_equal(square.depth_m, wide.depth_m[:, :, 16:80])
    assert np.array_equal(square.ids, tall.ids[:, 16:80])


def test_what_does_not_exist_is_not_seen_and_throws_no_shadow() -> None:
    scene = still_life()
    trajectory = at_rest(scene, np.zeros(1))
    gone = dataclasses.replace(trajectory, alive=np.array([[True, False, True, True]]))
    seen, without = render(scene, gone, 64, 64), shot(scene.without_body("ball"), 64, 64)
    assert np.array_equal(seen.rgb, without.rgb)
    assert not (seen.amodal & 2).any()


def test_a_body_shows_the_colour_it_has_at_the_time() -> None:
    scene = scene_of(Body("ball", "sphere", (0.5, 0.0, 0.0), (0.0, 0.0, 0.0), RED))
    colour = np.array([[[0.8, 0.1, 0.1]], [[0.1, 0.1, 0.8]]])
    seen = render(scene, dataclasses.replace(at_rest(scene, np.array([0.0, 0.5])), colour=colour), 32, 32)
    assert seen.rgb[0, 16, 16, 0] > seen.rgb[0, 16, 16, 2]
    assert seen.rgb[1, 16, 16, 2] > seen.rgb[1, 16, 16, 0]


def test_a_projected_point_is_seen_at_its_pixel() -> None:
    ball = Body("ball", "sphere", (0.2, 0.0, 0.0), (0.4, 0.3, -0.5), RED)
    seen = shot(scene_of(ball), 128, 128)
    pixels, depth_m = project(np.array([ball.position_m]), seen.camera, 0)
    rows, columns = np.nonzero(seen.ids[0] == 0)
    np.testing.assert_allclose(pixels[0], [columns.mean(), rows.mean()], atol=0.3)
    assert depth_m[0] == pytest.approx(4.3)


def test_too_many_bodies_are_refused() -> None:
    balls = [Body(f"ball {i}", "sphere", (0.1, 0.0, 0.0), (0.0, 0.0, 0.0), RED) for i in range(65)]
    with pytest.raises(WsimError, match="65 bodies are more than the 64"):
        shot(scene_of(*balls), 8, 8)


def test_a_trajectory_of_another_scene_is_refused() -> None:
    with pytest.raises(WsimError, match="the trajectory has 4 bodies and the scene 1"):
        render(scene_of(FLOOR), at_rest(still_life(), np.zeros(1)), 8, 8)


def test_an_empty_picture_is_refused() -> None:
    with pytest.raises(WsimError, match="0x8 pixels is empty"):
        shot(scene_of(FLOOR), 0, 8)


def test_sixty_four_bodies_have_sixty_four_bits() -> None:
    balls = [Body(f"ball {i}", "sphere", (0.3, 0.0, 0.0), (0.0, 0.01 * i, 0.0), RED) for i in range(64)]
    seen = shot(scene_of(*balls), 9, 9)
    assert seen.amodal[0, 4, 4] == np.uint64(2**64 - 1)


def test_compiler_flags_that_numba_does_not_know_are_left_out() -> None:
    assert _supported({"nogil": True, "made_up": True}) == {"nogil": True}


def test_kernels_are_compiled_again_when_any_of_their_sources_changes() -> None:
    from wsim.worlds.rendering import shade, texture

    assert source_digest(shade, texture) != source_digest(shade)

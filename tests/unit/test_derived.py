"""Flow, tracks, shadows and spliced histories: truth derived from a film agrees with the film."""

import dataclasses

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from wsim.contracts import Camera, ClipFormat
from wsim.errors import WsimError
from wsim.worlds.derived import (
    late,
    optical_flow,
    pictures,
    point_tracks,
    sampled_pixels,
    scene_flow_m,
    shadow_of,
    shadows,
    splice,
    still,
)
from wsim.worlds.families import make
from wsim.worlds.film import Film, film
from wsim.worlds.rendering.camera import unproject
from wsim.worlds.rendering.render import render
from wsim.worlds.scene import Body, CameraPath, Material, Rail, Scene, Stroke, Violation

TIMES_S = np.linspace(0.0, 1.5, 7)
CLIP = ClipFormat(13, 32, 32, 8.0)


def body(name: str, at: tuple[float, float, float], radius_m: float = 0.3, rail: Rail | None = None) -> Body:
    return Body(
        name, "sphere", (radius_m, 0.0, 0.0), at, Material("noise", cells_per_m=3.0),
        motion="rail" if rail else "static", rail=rail,
    )  # fmt: skip


IN_FRONT = CameraPath((0.0, -3.0, 0.8), (0.0, 0.0, 0.3))


def rolling(camera: CameraPath = IN_FRONT) -> Scene:
    rail = Rail((-1.0, 3.0), ((-1.5, 0.0, 0.3), (1.5, 0.0, 0.3)), spin_rad_s=(0.0, 2.5, 0.0))
    floor = Body("floor", "plane", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), Material("noise", cells_per_m=2.0))
    post = Body("post", "box", (0.1, 0.1, 0.4), (0.2, -0.6, 0.4), Material())
    return Scene("test", 5, 1.5, (floor, post, body("ball", (0.0, 0.0, 0.3), rail=rail)), camera)


def on_the_pixel(shown: Film, frame: int, pixel: np.ndarray) -> tuple[np.ndarray, int, float]:
    """Colour, id and depth of a picture whose middle pixel has its centre at that place."""
    camera = shown.render.camera
    intrinsics = camera.intrinsics[frame : frame + 1].copy()
    intrinsics[0, :2, 2] += 1.0 - pixel
    there = Camera(camera.world_from_camera[frame : frame + 1], intrinsics)
    one = film(shown.scene, shown.times_s[frame : frame + 1], 3, 3).trajectory
    picture = render(shown.scene, one, 3, 3, camera=there, antialias=False)
    return picture.rgb[0, 1, 1], int(picture.ids[0, 1, 1]), float(picture.depth_m[0, 1, 1])


@pytest.mark.parametrize("family", ["room", "ball_behind_screen"])
def test_flow_leads_to_the_same_surface_in_the_same_colour(family: str) -> None:
    """The other frame is rendered with a pixel's centre on the place: no interpolation is in the way."""
    shown = film(make(family, 3), TIMES_S[:2], 96, 96)
    flow = optical_flow(shown, 0, 1)
    rng = np.random.default_rng(0)
    rows, columns = np.nonzero(flow.visible)
    gaps = []
    plain = film(shown.scene, TIMES_S[:2], 96, 96)
    flat = render(plain.scene, plain.trajectory, 96, 96, antialias=False)
    for k in rng.choice(len(rows), 40, replace=False):
        row, column = int(rows[k]), int(columns[k])
        colour, seen_id, _ = on_the_pixel(shown, 1, np.array([column, row]) + flow.pixels[row, column])
        assert seen_id == shown.render.ids[0, row, column]
        gaps.append(np.abs(colour.astype(int) - flat.rgb[0, row, column]).max())
    # Shading by the angle of view and the filter of the texture change a little with the camera.
    assert np.median(gaps) <= 1
    assert np.percentile(gaps, 90) <= 4


def test_flow_warps_a_picture_of_smooth_surfaces_onto_the_next_within_one_grey_level() -> None:
    """Bilinear warping is exact to a grey level only where the picture is smooth: away from edges, with
    patches of 30 px and more, and for surfaces that do not turn in the light."""
    smooth = Material("noise", (0.7, 0.7, 0.7), (0.5, 0.5, 0.5), cells_per_m=0.4)
    floor = Body("floor", "plane", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), smooth)
    path = CameraPath((0.0, -3.0, 1.5), (0.0, 0.0, 0.3), dolly_m=(0.3, 0.1, 0.0), turn_deg=5.0)
    shown = film(Scene("test", 1, 1.0, (floor,), path), np.array([0.0, 0.25]), 128, 128)
    flow = optical_flow(shown, 0, 1)
    rows, columns = np.indices((128, 128))
    places = [rows + flow.pixels[..., 1], columns + flow.pixels[..., 0]]
    warped = np.stack(
        [
            map_coordinates(shown.rgb[1, ..., c].astype(float), places, order=1, mode="nearest")
            for c in range(3)
        ],
        axis=-1,
    )
    floor_seen = flow.visible & (shown.render.ids[0] == 0) & (shown.render.depth_m[0] < 8.0)
    inner = floor_seen & (np.abs(places[0] - 63.5) < 63) & (np.abs(places[1] - 63.5) < 63)
    assert inner.sum() > 4000
    gap = np.abs(np.rint(warped) - shown.rgb[0])[inner]
    assert (gap <= 1.0).mean() > 0.999  # the two pictures are themselves rounded to grey levels
    assert gap.max() <= 2.0
    assert np.median(np.hypot(*np.moveaxis(flow.pixels[inner], -1, 0))) > 1.0


def test_flow_of_what_stands_still_is_zero_and_all_visible() -> None:
    shown = film(make("fall", 1).without_body("ball"), TIMES_S[:2], 32, 32)
    flow = optical_flow(shown, 0, 1)
    assert np.abs(flow.pixels).max() < 1e-4
    assert flow.visible.all()
    moved = scene_flow_m(shown, 0, 1)
    assert np.nanmax(np.abs(moved)) < 1e-9
    assert (np.isnan(moved).all(axis=-1) == (shown.render.ids[0] < 0)).all()


def test_scene_flow_of_a_ball_without_spin_is_its_displacement() -> None:
    scene = rolling()
    rail = scene.body("ball").rail
    assert rail is not None
    scene = scene.with_body("ball", rail=dataclasses.replace(rail, spin_rad_s=(0.0, 0.0, 0.0)))
    shown = film(scene, np.array([0.2, 0.6]), 48, 48)
    moved = scene_flow_m(shown, 0, 1)[shown.render.ids[0] == 2]
    np.testing.assert_allclose(moved, np.tile([0.3, 0.0, 0.0], (len(moved), 1)), atol=1e-9)


def test_points_behind_a_post_are_hidden_and_come_out_again() -> None:
    shown = film(rolling(), np.linspace(0.0, 1.5, 25), 64, 64)
    rows, columns = np.nonzero(shown.render.ids[0] == 2)
    tracks = point_tracks(shown, 0, rows, columns)
    assert tracks.visible[:, 0].all()
    front = tracks.pixels[tracks.visible[:, 12], 12]
    ids = shown.render.ids[12]
    near = ids[np.round(front[:, 1]).astype(int), np.round(front[:, 0]).astype(int)]
    assert (near == 2).mean() > 0.9  # a rounded place may lie on the other side of an edge
    hidden = ~tracks.visible
    assert 0.1 < hidden.mean() < 0.8
    again = (np.diff(tracks.visible.astype(int), axis=1) == 1).any(axis=1)
    assert again.any()


def test_every_track_shows_its_own_depth_where_it_is_visible() -> None:
    shown = film(rolling(CameraPath((0.0, -3.0, 0.8), (0.0, 0.0, 0.3), arc_deg=30.0)), TIMES_S, 48, 48)
    rows, columns = sampled_pixels(shown, 3, 30, np.random.default_rng(1))
    tracks = point_tracks(shown, 3, rows, columns)
    np.testing.assert_allclose(tracks.pixels[:, 3], np.stack([columns, rows], axis=1), atol=1e-4)
    for k in range(0, 30, 3):
        for frame in (0, 6):
            if tracks.visible[k, frame]:
                _, seen_id, depth_m = on_the_pixel(shown, frame, tracks.pixels[k, frame])
                assert seen_id == tracks.body[k]
                assert depth_m == pytest.approx(tracks.depth_m[k, frame], rel=1e-3)


def test_small_things_get_points_too_and_the_sky_none() -> None:
    shown = film(make("fall", 2), TIMES_S, 64, 64)
    rows, columns = sampled_pixels(shown, 0, 90, np.random.default_rng(0))
    ids = shown.render.ids[0, rows, columns]
    assert (ids >= 0).all()
    assert (ids == 0).sum() >= 9
    assert len(set(zip(rows.tolist(), columns.tolist(), strict=True))) == 90


def test_a_body_that_vanishes_takes_its_points_with_it() -> None:
    scene = rolling().violated(Violation("vanish", 0.5, "ball"))
    shown = film(scene, TIMES_S, 48, 48)
    rows, columns = np.nonzero(shown.render.ids[0] == 2)
    tracks = point_tracks(shown, 0, rows, columns)
    assert not tracks.visible[:, TIMES_S >= 0.5].any()


def test_a_mark_that_leaves_the_view_comes_back_unchanged() -> None:
    """The camera looks away and back; the mark is painted before, and the pixels are the same bytes."""
    stroke = Stroke("board", (-1.0, -0.5), ((-0.2, 0.0), (0.2, 0.1)), 0.06, (0.9, 0.1, 0.2))
    board = Body("board", "box", (0.5, 0.5, 0.05), (0.0, 0.0, 0.05), Material())
    away = CameraPath(
        (0.0, -2.0, 1.2),
        (0.0, 0.0, 0.0),
        turn_deg=120.0,
        progress=((0.2, 0.0), (0.7, 1.0), (0.9, 1.0), (1.4, 0.0)),
    )
    scene = Scene("test", 2, 1.5, (board,), away, strokes=(stroke,))
    shown = film(scene, np.array([0.1, 0.8, 1.45]), 64, 64)
    assert (shown.rgb[2] == shown.rgb[0]).all()
    assert not shown.in_view[1, 0]
    red = (shown.rgb[0].astype(int) @ [2, -1, -1]) > 150
    assert red.sum() > 20


def test_the_shadow_of_a_ball_lies_where_the_sun_puts_it() -> None:
    scene = rolling()
    shown = film(scene, np.array([0.0]), 96, 96)
    dark = shadow_of(shown, "ball")[0]
    assert (shadows(shown)[0] | ~dark).all()
    rows, columns = np.nonzero(dark & (shown.render.ids[0] == 0))
    points = unproject(shown.render.depth_m[0].astype(np.float64), shown.render.camera, 0)[rows, columns]
    sun = np.array(scene.light_direction) / np.linalg.norm(scene.light_direction)
    to_ball = shown.trajectory.position_m[0, 2] - points
    miss = np.linalg.norm(to_ball - (to_ball @ sun)[:, None] * sun, axis=1)
    assert miss.max() < 0.301
    assert len(rows) > 50


def test_a_spliced_film_is_lawful_until_the_cut_and_the_other_after() -> None:
    scene = rolling()
    other = scene.violated(Violation("vanish", 0.0, "ball"))
    lawful, broken = film(scene, TIMES_S, 32, 32), film(other, TIMES_S, 32, 32)
    spliced = splice(lawful, other, 3)
    assert (spliced.rgb[:3] == lawful.rgb[:3]).all()
    assert (spliced.rgb[3:] == broken.rgb[3:]).all()
    assert spliced.trajectory.alive[:, 2].tolist() == [True] * 3 + [False] * 4
    assert len(spliced.visible) == len(spliced.in_view) == len(spliced.render.camera.intrinsics) == 7
    with pytest.raises(WsimError, match="different bodies"):
        splice(lawful, scene.without_body("ball"), 3)
    with pytest.raises(WsimError, match="cannot be cut at frame 7"):
        splice(lawful, other, 7)


def test_a_late_world_is_the_same_world_shifted_in_time() -> None:
    frames = (8, 9, 10)
    variants = late(rolling(), CLIP, frames, latest_s=0.25, earliest_s=0.125)
    assert [shift for shift, _ in variants] == [-0.125, 0.0, 0.125, 0.25]
    assert (variants[1][1] == pictures(rolling(), CLIP, frames)).all()
    assert (variants[3][1] == pictures(rolling(), CLIP, (6, 7, 8))).all()
    assert (variants[0][1] == pictures(rolling(), CLIP, (9, 10, 11))).all()


def test_of_a_late_world_the_camera_is_on_time() -> None:
    path = CameraPath((0.0, -3.0, 0.8), (0.0, 0.0, 0.3), arc_deg=20.0)
    still_world = rolling(path).with_body("ball", motion="static", rail=None)
    frames = (4, 5)
    for _, shown in late(still_world, CLIP, frames, latest_s=0.25):
        assert (shown == pictures(still_world, CLIP, frames)).all()
    moved = late(rolling(path), CLIP, frames, latest_s=0.25)
    assert not (moved[0][1] == moved[2][1]).all()


def test_where_nothing_moves_one_picture_stands_for_all() -> None:
    scene = make("fall", 1).without_body("ball")
    assert (still(scene, CLIP, (3, 4, 5)) == pictures(scene, CLIP, (3, 4, 5))).all()


def test_the_ground_of_a_world_of_blocks_is_followed_too() -> None:
    scene = make("walk", 0)
    shown = film(scene, np.array([0.2, 0.3]), 48, 48)
    flow = optical_flow(shown, 0, 1)
    assert flow.visible.mean() > 0.5
    rows, columns = np.nonzero(flow.visible & (shown.render.ids[0] >= 1000))
    to = np.rint(flow.pixels[rows, columns] + np.stack([columns, rows], axis=1)).astype(int)
    assert (shown.render.ids[1, to[:, 1], to[:, 0]] == shown.render.ids[0, rows, columns]).mean() > 0.9
    assert np.nanmax(np.abs(scene_flow_m(shown, 0, 1))) == 0.0

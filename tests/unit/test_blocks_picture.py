"""Pictures of worlds of blocks, and the truth in every pixel, against closed forms and a slow reference."""

import dataclasses

import numpy as np
import pytest

from wsim.errors import WsimError
from wsim.worlds.blocks import hud
from wsim.worlds.blocks.film import render_blocks
from wsim.worlds.blocks.grid import BLOCK_ID, aimed_at, first_grid
from wsim.worlds.blocks.kinds import KINDS, NUMBER
from wsim.worlds.blocks.textures import tile_of, tile_sums
from wsim.worlds.blocks.truth import visible_cells
from wsim.worlds.film import film
from wsim.worlds.rendering.shade import TONE, TONE_STEPS
from wsim.worlds.scene import Action, Agent, Blocks, Body, CameraPath, Fill, Material, Scene

EYES = CameraPath((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), 70.0)
FLOOR = Fill("grass", (0, 0, 0), (23, 23, 0))
NOW = np.array([0.0])


def scene_of(
    *fills: Fill, player: Agent | None = None, actions: tuple[Action, ...] = (), cell_m: float = 1.0
) -> Scene:
    player = player or Agent((4.5 * cell_m, 12.5 * cell_m, 1.0 * cell_m), 0.0)
    blocks = Blocks((24, 24, 8), (FLOOR, *fills), player, actions, cell_m=cell_m, counters=False)
    return Scene("test", 0, 2.0, (), EYES, blocks=blocks)


WALL = Fill("brick", (10, 0, 1), (10, 23, 6))


@pytest.mark.parametrize("cell_m", [1.0, 0.5])
def test_a_wall_ahead_has_one_depth_and_one_kind(cell_m: float) -> None:
    picture = film(scene_of(WALL, cell_m=cell_m), NOW, 48, 48).render
    wall = picture.ids[0] == BLOCK_ID + NUMBER["brick"]
    assert wall.mean() > 0.4
    np.testing.assert_allclose(picture.depth_m[0][wall], 5.5 * cell_m, rtol=1e-6)


def test_the_ground_goes_on_outside_the_grid_and_ends_at_the_horizon() -> None:
    picture = film(scene_of(), NOW, 64, 64).render
    assert (picture.ids[0, 32:] == BLOCK_ID + NUMBER["grass"]).all()
    assert (picture.ids[0, :32] == -1).all()
    assert np.isinf(picture.depth_m[0, :32]).all()
    rows = (np.arange(32, 64) - 31.5) / (32 / np.tan(np.radians(35)))
    np.testing.assert_allclose(picture.depth_m[0, 32:, 10], 1.62 / rows, rtol=1e-5)


def test_every_pixel_shows_the_block_that_a_slow_walk_finds() -> None:
    rng = np.random.default_rng(5)
    cells = rng.integers(0, (24, 24, 7), (160, 3))
    fills = tuple(
        Fill(KINDS[1 + n % 20], (int(i), int(j), int(k)), (int(i), int(j), int(k)))
        for n, (i, j, k) in enumerate(cells)
        if (abs(i - 4) > 1 or abs(j - 12) > 1) and i + j > 0
    )
    scene = scene_of(*fills)
    picture = film(scene, NOW, 40, 40).render
    assert scene.blocks is not None
    grid, pose = first_grid(scene.blocks), picture.camera.world_from_camera[0]
    x, y, z = pose[:3, 3].tolist()
    wrong = 0
    for row in range(40):
        for column in range(40):
            slope = np.array([column - 19.5, row - 19.5, 0.0]) / picture.camera.intrinsics[0, 0, 0] + [
                0,
                0,
                1,
            ]
            ray = pose[:3, :3] @ slope
            a, b, c = (ray / np.linalg.norm(ray)).tolist()
            found = aimed_at(grid, (x, y, z), (a, b, c), 60.0)
            kind = (
                -1
                if found is None
                else BLOCK_ID
                + int(grid[found[0]] if max(found[0][:2]) < 24 and min(found[0]) >= 0 else grid[0, 0, 0])
            )
            wrong += kind != picture.ids[0, row, column] and found is not None
    assert wrong == 0


def test_the_cell_in_the_middle_is_the_cell_that_is_aimed_at() -> None:
    seen = film(scene_of(WALL, player=Agent((4.5, 12.3, 1.0), 7.0, -3.0)), NOW, 33, 33)
    only_middle = np.where(np.indices((33, 33)).sum(0) == 32, seen.render.ids, -1).astype(np.int16)
    only_middle[:, :16], only_middle[:, 17:] = -1, -1
    middle = dataclasses.replace(seen, render=dataclasses.replace(seen.render, ids=only_middle))
    assert visible_cells(middle, 0).tolist() == [[10, 12, 2]]
    assert [10, 12, 2] in visible_cells(seen, 0).tolist()


def test_no_cell_behind_a_wall_is_visible() -> None:
    cells = visible_cells(film(scene_of(WALL), NOW, 64, 64), 0)
    assert (cells[:, 0] <= 10).all()
    assert [10, 12, 2] in cells.tolist()


def test_the_same_scene_gives_the_same_bytes_whichever_frames_are_asked_for() -> None:
    actions = (Action("forward", 0.0, 0.6), Action("turn_left", 0.1, 0.5), Action("break", 0.3))
    scene = scene_of(Fill("brick", (8, 0, 1), (8, 23, 2)), actions=actions)
    times_s = np.array([0.0, 0.25, 0.5, 0.75])
    all_of_them, one = film(scene, times_s, 48, 64), film(scene, times_s[2:3], 48, 64)
    np.testing.assert_array_equal(all_of_them.rgb[2], one.rgb[0])
    np.testing.assert_array_equal(all_of_them.render.depth_m[2], one.render.depth_m[0])


def test_antialiasing_changes_edges_only_and_no_truth() -> None:
    scene = scene_of(Fill("brick", (10, 11, 1), (10, 14, 3)))
    plain = film(scene, NOW, 64, 64)
    trajectory = plain.trajectory
    rough = render_blocks(scene, trajectory, 64, 64, antialias=False)
    np.testing.assert_array_equal(plain.render.ids, rough.ids)
    np.testing.assert_array_equal(plain.render.depth_m, rough.depth_m)
    changed = (plain.rgb != rough.rgb).any(axis=-1)[0]
    assert 0.005 < changed.mean() < 0.2


def test_the_sun_throws_the_shadow_of_a_block_on_the_grass() -> None:
    post = Fill("stone", (9, 12, 1), (9, 12, 4))
    scene = scene_of(post, player=Agent((4.5, 12.5, 1.0), 0.0, -10.0))
    shaded = film(scene, NOW, 96, 96)
    bare = film(scene_of(player=Agent((4.5, 12.5, 1.0), 0.0, -10.0)), NOW, 96, 96)
    on_grass = (shaded.render.ids == bare.render.ids) & (bare.render.ids > 0)
    darker = (shaded.rgb.astype(int).sum(-1) < 0.8 * bare.rgb.astype(int).sum(-1)) & on_grass
    assert 30 < darker.sum() < 1500


def test_a_distant_tile_is_seen_as_its_mean() -> None:
    sums = tile_sums()
    inner = slice(8, 25, 16)
    for number in (0, 8, 20):
        corners = sums[3 * number, inner, inner]
        total = corners[1, 1] - corners[0, 1] - corners[1, 0] + corners[0, 0]
        np.testing.assert_allclose(total / 256, tile_of(KINDS[number + 1]).mean(axis=(0, 1)), rtol=1e-9)


def test_near_texels_keep_their_colour() -> None:
    lamp = Fill("lamp_on", (6, 12, 2), (6, 12, 2))
    picture = film(scene_of(lamp, player=Agent((5.0, 12.5, 1.0), 0.0)), NOW, 151, 151)
    glow = TONE[np.floor(tile_of("lamp_on") * (TONE_STEPS - 1) + 0.5).astype(int)].reshape(-1, 3)
    seen = picture.rgb[0][picture.render.ids[0] == BLOCK_ID + NUMBER["lamp_on"]]
    nearest = np.abs(seen[:, None].astype(int) - glow[None].astype(int)).max(axis=-1).min(axis=1)
    assert np.quantile(nearest, 0.7) <= 2


def test_bodies_are_drawn_with_the_blocks_and_hidden_by_them() -> None:
    def ball(name: str, x: float) -> Body:
        return Body(name, "sphere", (0.5, 0.0, 0.0), (x, 12.5, 2.6), Material(colour=(1.0, 0.0, 0.0)))

    bodies = (ball("near", 8.0), ball("far", 14.0))
    seen = film(scene_of(WALL).replace(bodies=bodies), NOW, 64, 64)
    assert seen.visible[0, 0] > 0.95 and seen.visible[0, 1] == 0.0
    assert seen.render.ids[0, 32, 32] == 0
    assert seen.render.depth_m[0, 32, 32] == pytest.approx(3.0, abs=0.02)


@pytest.mark.parametrize("size", [(64, 64), (128, 128), (256, 256), (480, 832), (832, 480)])
def test_the_counter_is_read_back(size: tuple[int, int]) -> None:
    for count in (0, 7, 10, 48, 99):
        rgb = np.full((*size, 3), 120, np.uint8)
        plate, place = hud.drawn("brick", count, *size)
        rgb[place] = plate
        assert hud.read_count(rgb) == count


def test_a_blurred_counter_is_read_and_no_counter_is_none() -> None:
    scene = scene_of(player=Agent((4.5, 12.5, 1.0), 0.0, holds="red", count=36))
    assert scene.blocks is not None
    shown = scene.replace(blocks=dataclasses.replace(scene.blocks, counters=True))
    rgb = film(shown, NOW, 128, 128).rgb[0].astype(float)
    soft = sum(np.roll(rgb, shift, axis) for axis in (0, 1) for shift in (-1, 0, 1)) / 6
    assert hud.read_count(np.round(soft).astype(np.uint8)) == 36
    assert hud.read_count(film(scene, NOW, 128, 128).rgb[0]) is None


def test_counter_and_state_agree_at_every_frame() -> None:
    actions = (Action("place", 0.2), Action("look_down", 0.3, 0.2), Action("place", 0.7))
    scene = scene_of(WALL, player=Agent((6.5, 12.5, 1.0), 0.0, holds="red", count=5), actions=actions)
    assert scene.blocks is not None
    scene = scene.replace(blocks=dataclasses.replace(scene.blocks, counters=True))
    seen = film(scene, np.arange(0.0, 1.0, 0.1), 64, 64)
    assert [hud.read_count(rgb) for rgb in seen.rgb] == seen.trajectory.state["counter"].tolist()
    assert seen.trajectory.state["in hand"].tolist() == [5, 5, 4, 4, 4, 4, 4, 3, 3, 3]
    assert (seen.render.ids == hud.HUD_ID).any(axis=(1, 2)).all()


def test_an_impossible_field_of_view_is_refused() -> None:
    scene = scene_of()
    with pytest.raises(WsimError, match="field of view"):
        film(scene.replace(camera=dataclasses.replace(EYES, fov_deg=190.0)), NOW, 16, 16)

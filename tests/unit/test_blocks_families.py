"""The families of worlds of blocks: what is promised of walk, build and lever."""

import numpy as np
import pytest

from wsim.errors import WsimError
from wsim.worlds.blocks import hud
from wsim.worlds.blocks.broken_laws import View, out_of_view
from wsim.worlds.blocks.kinds import NUMBER
from wsim.worlds.blocks.play import history
from wsim.worlds.captions import facts, read_caption
from wsim.worlds.families import FAMILIES, make
from wsim.worlds.film import film
from wsim.worlds.scene import Scene, scene_from_json, scene_to_json

SIZE = 32


def pictures(scene: Scene, frames: int = 13) -> np.ndarray:
    return film(scene, np.linspace(0.0, scene.duration_s, frames), SIZE, SIZE).rgb.astype(int)


@pytest.mark.parametrize("name", ["walk", "build", "lever"])
@pytest.mark.parametrize("seed", [0, 1])
def test_violated_twins_equal_the_lawful_scene_until_their_time_and_differ_after(
    name: str, seed: int
) -> None:
    scene = make(name, seed)
    lawful, times_s = pictures(scene), np.linspace(0.0, scene.duration_s, 13)
    for kind, twin in FAMILIES[name].twins(scene).violated.items():
        broken, onset_s = pictures(twin), twin.violations[-1].time_s
        np.testing.assert_array_equal(broken[times_s < onset_s], lawful[times_s < onset_s], err_msg=kind)
        assert 0.05 < onset_s < scene.duration_s - 0.2
        assert np.abs(broken - lawful).max(axis=(1, 2, 3)).max() > 40, kind


@pytest.mark.parametrize("name", ["walk", "build", "lever"])
def test_captions_are_read_back_to_the_story(name: str) -> None:
    for seed in range(3):
        scene = make(name, seed)
        assert scene.story is not None
        assert all(scene.captions)
        assert read_caption(scene.captions[0]) is not None
        assert facts(scene.story)


@pytest.mark.parametrize("name", ["walk", "build", "lever"])
def test_scenes_survive_json(name: str) -> None:
    scene = make(name, 3)
    assert scene_from_json(scene_to_json(scene)) == scene


def test_walks_never_end_with_the_nose_at_a_wall() -> None:
    for seed in range(5):
        scene = make("walk", seed)
        seen = film(scene, np.linspace(0.0, scene.duration_s, 7), 33, 33).render
        assert seen.depth_m[:, 16, 8:25].min() > 0.9


def test_other_scripts_are_other_walks_in_the_same_landscape() -> None:
    one, other = make("walk", 4), make("walk", 4, script=1.0)
    assert one.blocks is not None and other.blocks is not None
    assert one.blocks.fills == other.blocks.fills and one.blocks.agent == other.blocks.agent
    assert one.blocks.actions != other.blocks.actions
    assert np.abs(pictures(one)[-1] - pictures(other)[-1]).mean() > 5.0


@pytest.mark.parametrize("angle_deg", [100.0, 110.0, 170.0])
def test_what_was_built_is_out_of_view_when_a_law_is_broken(angle_deg: float) -> None:
    for seed in range(6):
        scene = make("build", seed, angle_deg=angle_deg, duration_s=5.5)
        story = history(scene, 5.5)
        assert len(story.edits) == 2
        for twin in FAMILIES["build"].twins(scene).violated.values():
            at = np.array([twin.violations[-1].time_s])
            x, y, z = story.feet_at(at)[0].tolist()
            view = View((x, y, z + 1.62), float(story.yaw_deg_at(at)[0]), float(story.pitch_deg_at(at)[0]))
            assert all(out_of_view(np.array(edit.cell), view, 70.0) for edit in story.edits)


def test_the_player_looks_back_at_exactly_the_same_place() -> None:
    scene = make("build", 2)
    assert scene.blocks is not None
    turns = [action for action in scene.blocks.actions if action.kind.startswith("turn")]
    yaw = history(scene, 4.0).yaw_deg_at(np.array([turns[-2].time_s, 4.0]))
    assert yaw[0] == yaw[1] == 90.0


def test_the_counter_says_how_many_are_left() -> None:
    for seed in range(4):
        scene = make("build", seed)
        seen = film(scene, np.linspace(0.0, scene.duration_s, 8), 64, 64)
        shown = [hud.read_count(rgb) for rgb in seen.rgb]
        assert shown == seen.trajectory.state["in hand"].tolist()
        assert abs(shown[-1] - shown[0]) == 2


def test_an_empty_hand_builds_nothing() -> None:
    for seed in range(6):
        assert not history(FAMILIES["build"].twins(make("build", seed)).controls["near_miss"], 4.0).edits


@pytest.mark.parametrize("effect", ["lamp", "door"])
def test_the_lever_changes_what_is_beside_it_and_the_wall_does_not(effect: str) -> None:
    for seed in range(4):
        scene = make("lever", seed, effect=effect)
        assert scene.blocks is not None
        (lever,) = scene.blocks.levers
        missed = FAMILIES["lever"].twins(scene).controls["near_miss"]
        for played, kind in ((scene, lever.on_kind), (missed, lever.off_kind)):
            story = history(played, 2.0)
            assert {int(story.grid_at(2.0)[cell]) for cell in lever.cells} == {NUMBER[kind]}
        seen = film(scene, np.array([0.0, 2.0]), 64, 64).render.ids
        assert (seen[0] == 1000 + NUMBER[lever.off_kind]).sum() > 110


def test_a_lever_that_is_looked_away_from() -> None:
    scene = make("lever", 3, away_deg=120.0)
    story = history(scene, scene.duration_s)
    twin = FAMILIES["lever"].twins(scene).violated["effect_undone"]
    yaw = story.yaw_deg_at(np.array([twin.violations[-1].time_s]))[0]
    assert abs(yaw - 90.0) == pytest.approx(120.0)


@pytest.mark.parametrize(
    ("name", "parameters", "problem"),
    [
        ("walk", {"script": 0.5}, "no script"),
        ("build", {"angle_deg": 30.0}, "looking away by 30"),
        ("build", {"angle_deg": 180.0}, "too short"),
        ("lever", {"effect": "bridge"}, "no effect"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(
    name: str, parameters: dict[str, object], problem: str
) -> None:
    with pytest.raises(WsimError, match=problem):
        make(name, 0, **parameters)

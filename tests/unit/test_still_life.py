"""A still life is what its caption says, in the picture, and stays so."""

import itertools
import re

import numpy as np
import pytest

from wsim.errors import WsimError
from wsim.perception.colour import lab, lab_of
from wsim.worlds.families import FAMILIES
from wsim.worlds.families.still_life import RELATIONS, still_life, twins
from wsim.worlds.film import Film, film
from wsim.worlds.palette import PALETTE
from wsim.worlds.scene import Scene


def picture(scene: Scene, *times_s: float) -> Film:
    return film(scene, np.array(times_s or (0.0, scene.duration_s)), 64, 64)


def things(shot: Film) -> list[int]:
    return [i for i, body in enumerate(shot.scene.bodies) if body.name.startswith("thing")]


def centre_px(shot: Film, name: str) -> tuple[float, float]:
    """Column and row of the middle of a silhouette at time zero."""
    index = [body.name for body in shot.scene.bodies].index(name)
    rows, columns = np.nonzero((shot.render.amodal[0] >> np.uint64(index)) & np.uint64(1))
    return float(columns.mean()), float(rows.mean())


@pytest.mark.parametrize("seed", range(20))
def test_things_are_large_enough_inside_the_picture_and_hardly_hidden(seed: int) -> None:
    shot = picture(still_life(seed, alike=seed % 5 == 4))
    for i in things(shot):
        silhouettes = (shot.render.amodal >> np.uint64(i)) & np.uint64(1)
        areas_px = silhouettes.sum(axis=(1, 2))
        assert np.sqrt(areas_px.min() / np.pi) >= 6.0
        assert not silhouettes[:, [0, -1]].any() and not silhouettes[:, :, [0, -1]].any()
        assert (np.count_nonzero(shot.render.ids == i, axis=(1, 2)) / areas_px).min() >= 0.4
    assert shot.trajectory.position_m[0] == pytest.approx(shot.trajectory.position_m[-1])


@pytest.mark.parametrize("relation", RELATIONS)
def test_a_relation_is_seen_in_the_picture(relation: str) -> None:
    for seed in range(5):
        scene = still_life(seed, count=2 + seed % 3, relation=relation)
        assert scene.story is not None and scene.story.relations[0].kind == relation
        shot = picture(scene, 0.0)
        for told in scene.story.relations:
            if told.object == "ground":
                continue
            (x, y), (other_x, other_y) = (centre_px(shot, key) for key in (told.subject, told.object))
            seen = {
                "left of": x < other_x - 6, "right of": x > other_x + 6, "in front of": y > other_y + 3,
                "behind": y < other_y - 3, "on": abs(x - other_x) < 3 and y < other_y - 6,
            }  # fmt: skip
            assert seen[told.kind], (seed, told)


def test_colours_are_far_apart_and_those_of_the_caption() -> None:
    names, colours = list(PALETTE), np.stack([lab_of(colour) for colour in PALETTE.values()])
    for seed in range(10):
        shot = picture(still_life(seed, count=4), 0.0)
        looks = [lab(shot.rgb)[shot.render.ids == i].mean(axis=0) for i in things(shot)]
        for look, i in zip(looks, things(shot), strict=True):
            body = shot.scene.bodies[i]
            assert names[int(np.linalg.norm(colours - look, axis=1).argmin())] == body.colour_name
            assert f"{body.colour_name} {body.noun}" in shot.scene.captions[0]
        assert all(np.linalg.norm(a - b) >= 30 for a, b in itertools.combinations(looks, 2))


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_the_caption_counts(count: int) -> None:
    scene = still_life(3, count=count, alike=True)
    number = ("an?", "two", "three", "four")[count - 1]
    told = f"{number} {scene.body('thing 0').colour_name} "
    assert all(re.search(told, caption) for caption in scene.captions)
    assert len([body for body in scene.bodies if body.name.startswith("thing")]) == count
    assert len([body for body in still_life(3, count=count).bodies if body.name[:5] == "thing"]) == count


def test_the_camera_moves_if_it_should() -> None:
    assert still_life(0, camera="still").camera.arc_deg == 0.0
    assert 8.0 <= abs(still_life(0, camera="arc").camera.arc_deg) <= 14.0
    assert len({still_life(seed).camera.arc_deg == 0.0 for seed in range(8)}) == 2


def test_twins_share_everything_but_the_broken_law() -> None:
    for seed in range(4):
        scene = still_life(seed, count=2)
        found = twins(scene)
        assert set(found.violated) == {"recolour", "vanish", "resize", "duplicate", "trade_places"}
        for twin in found.violated.values():
            assert twin.replace(violations=(), bodies=twin.bodies[: len(scene.bodies)]) == scene
            assert all(violation.time_s == scene.duration_s / 2 for violation in twin.violations)
        for sham in found.shams.values():
            assert not sham.violations and sham != scene and sham.story == scene.story
    assert "trade_places" not in twins(still_life(0, count=1)).violated


def test_things_that_trade_places_stand_where_the_other_stood() -> None:
    for relation in RELATIONS:
        scene = still_life(5, count=2, relation=relation)
        before, after = picture(twins(scene).violated["trade_places"]).trajectory.position_m[:, :2]
        np.testing.assert_allclose(after[:, :2], before[::-1, :2], atol=1e-12)
        heights_m = [body.position_m[2] for body in scene.bodies[:2]]
        if relation == "on":
            assert after[0, 2] < heights_m[0] and after[1, 2] > heights_m[1]
        else:
            assert list(after[:, 2]) == heights_m


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"count": 0}, "no 0 things"),
        ({"count": 5}, "no 5 things"),
        ({"relation": "near"}, "no relation 'near'"),
        ({"relation": "on", "count": 1}, "only between things that differ"),
        ({"relation": "on", "alike": True}, "only between things that differ"),
        ({"camera": "drone"}, "no camera 'drone'"),
    ],
)
def test_what_it_cannot_show_is_refused(wrong: dict[str, object], problem: str) -> None:
    with pytest.raises(WsimError, match=problem):
        FAMILIES["still_life"].make(0, **wrong)

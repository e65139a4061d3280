"""What every family of worlds promises, whoever wrote it. A new family is tested by being registered.

The large sizes, the long clips and 2,000 worlds drawn at random are slow:
`python -m pytest -m slow tests/contract/test_families.py`.
"""

import json
import math
import re
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import pytest

from wsim.errors import WsimError
from wsim.worlds.captions import LENGTHS, vocabulary
from wsim.worlds.datasets.plan import lasting
from wsim.worlds.families import FAMILIES, make
from wsim.worlds.families.family import Twins
from wsim.worlds.film import Film, film
from wsim.worlds.palette import PALETTE
from wsim.worlds.scene import Scene, scene_from_json, scene_to_json

FRAMES = 9
FUZZED = 2_000
COVER = -2  # what stands before the whole picture, as a counter does, has no depth of its own
VISIBLE_PX, VISIBLE_LEVELS = 12, 24  # the least that a broken law changes in some picture at 64x64
DIGIT_PX = 2  # by which a wrong counter differs
LEAST_RADIUS_PX = 6.0
GALLERY = Path(__file__).resolve().parents[2] / "docs/gallery"
SMALLER_PX = {"fall": 4.0}  # a long flight needs room

every_family = pytest.mark.parametrize("family", FAMILIES)


def times_of(scene: Scene) -> np.ndarray:
    return np.linspace(0.0, scene.duration_s, FRAMES)


@cache
def lawful(family: str) -> Film:
    scene = make(family, 0)
    return film(scene, times_of(scene), 64, 64)


@cache
def twins(family: str) -> Twins:
    return FAMILIES[family].twins(lawful(family).scene)


@lru_cache(maxsize=2)
def filmed(scene: Scene) -> Film:
    return film(scene, times_of(scene), 64, 64)


def check_pictures(shot: Film) -> None:
    """Every pixel sees a body at some depth, or the sky at none; no picture is of one colour."""
    ids, depth_m = shot.render.ids, shot.render.depth_m
    seen = ids != COVER
    assert (np.isinf(depth_m) == (ids == -1))[seen].all()
    assert (depth_m[seen] > 0).all()
    blocks = shot.scene.blocks is not None
    assert ids.max() < len(shot.scene.bodies) or blocks
    assert min(np.ptp(picture) for picture in shot.rgb) > 20
    for name in ("position_m", "rotation", "velocity", "colour"):
        assert np.isfinite(getattr(shot.trajectory, name)).all(), name


def check_captions(scene: Scene) -> None:
    assert len(scene.captions) == len(LENGTHS) and all(scene.captions)
    words = set(re.findall(r"\w+", " ".join(scene.captions)))
    assert words <= set(vocabulary()), words - set(vocabulary())
    assert len(scene.captions[0]) >= len(scene.captions[1]) >= len(scene.captions[2])


@every_family
def test_its_pictures_are_whole_and_its_captions_in_known_words(family: str) -> None:
    check_pictures(lawful(family))
    check_captions(lawful(family).scene)


@every_family
def test_the_same_seed_gives_the_same_world_and_another_seed_another(family: str) -> None:
    scene = make(family, 1)
    assert scene == make(family, 1) != lawful(family).scene
    assert (scene.family, scene.seed, scene.violations) == (family, 1, ())


@every_family
def test_its_scenes_come_back_from_json(family: str) -> None:
    both = twins(family)
    scenes = [lawful(family).scene, *both.violated.values(), *both.shams.values(), *both.controls.values()]
    for scene in scenes:
        assert scene_from_json(json.loads(json.dumps(scene_to_json(scene)))) == scene


@every_family
def test_a_frame_does_not_depend_on_which_others_are_asked_for(family: str) -> None:
    whole = lawful(family)
    some = [FRAMES - 2, 2]
    again = film(whole.scene, whole.times_s[some], 64, 64)
    np.testing.assert_array_equal(again.rgb, whole.rgb[some])
    for name in ("depth_m", "ids", "amodal"):
        np.testing.assert_array_equal(getattr(again.render, name), getattr(whole.render, name)[some])
    np.testing.assert_array_equal(again.trajectory.position_m, whole.trajectory.position_m[some])
    np.testing.assert_array_equal(again.trajectory.velocity, whole.trajectory.velocity[some])


@every_family
def test_a_wide_picture_is_whole_before_the_world_begins_and_after_it_ends(family: str) -> None:
    scene = lawful(family).scene
    check_pictures(film(scene, np.array([-0.3, scene.duration_s + 0.3]), 54, 96))


@every_family
@pytest.mark.parametrize("how_many", [2, pytest.param(None, marks=pytest.mark.slow)], ids=["some", "all"])
def test_a_violated_twin_is_lawful_until_the_law_is_broken_and_not_afterwards(
    family: str, how_many: int | None
) -> None:
    whole = lawful(family)
    violated = twins(family).violated
    assert violated
    for name, scene in list(violated.items())[:how_many]:
        onset_s = min(violation.time_s for violation in scene.violations)
        assert 0.0 < onset_s < scene.duration_s, name
        broken = filmed(scene)
        check_pictures(broken)
        early = whole.times_s < onset_s - 1e-9
        np.testing.assert_array_equal(broken.rgb[early], whole.rgb[early], err_msg=name)
        np.testing.assert_array_equal(broken.render.ids[early], whole.render.ids[early], err_msg=name)
        changed = np.abs(broken.rgb.astype(int) - whole.rgb).max(axis=-1) > VISIBLE_LEVELS
        least_px = DIGIT_PX if name == "counter_wrong" else VISIBLE_PX
        assert changed.sum(axis=(1, 2)).max() >= least_px, name


@every_family
def test_a_sham_looks_different_and_breaks_no_law(family: str) -> None:
    for name, scene in twins(family).shams.items():
        assert scene.violations == (), name
        assert (filmed(scene).rgb != lawful(family).rgb).any(), name
        check_captions(scene)


@every_family
def test_a_control_is_lawful_and_another_history(family: str) -> None:
    for name, scene in twins(family).controls.items():
        assert scene.violations == (), name
        check_pictures(filmed(scene))
        check_captions(scene)
        assert (filmed(scene).rgb != lawful(family).rgb).any(), name


@every_family
def test_what_the_question_is_about_is_large_enough_to_be_seen(family: str) -> None:
    shot = lawful(family)
    named = {v.body for scene in twins(family).violated.values() for v in scene.violations}
    for index, body in enumerate(shot.scene.bodies):
        if body.name not in named or body.colour_name not in PALETTE or not shot.in_view[:, index].any():
            continue
        areas = np.count_nonzero((shot.render.amodal >> np.uint64(index)) & np.uint64(1), axis=(1, 2))
        assert math.sqrt(areas.max() / math.pi) >= SMALLER_PX.get(family, LEAST_RADIUS_PX), body.name


@every_family
def test_it_is_in_the_gallery(family: str) -> None:
    """`python docs/gallery/make.py` draws it."""
    assert (GALLERY / f"{family}.png").stat().st_size < 150_000
    section = (GALLERY / "README.md").read_text(encoding="utf-8").partition(f"## {family}\n")[2]
    assert section.strip().startswith(FAMILIES[family].shows)


@pytest.mark.slow
@every_family
@pytest.mark.parametrize("size", [(64, 64), (128, 128), (256, 256), (480, 832), (832, 480)])
def test_it_renders_at_every_size(family: str, size: tuple[int, int]) -> None:
    scene = make(family, 3)
    check_pictures(film(scene, np.zeros(1), *size))
    check_pictures(film(scene, times_of(scene)[[0, FRAMES // 2, -1]], *size))


@pytest.mark.slow
@every_family
def test_it_renders_257_frames(family: str) -> None:
    check_pictures(film(lasting(family, 4, 4.0), np.arange(257) / 64.0, 64, 64))


@pytest.mark.slow
@pytest.mark.timeout(1200)  # some families look at many scenes before they accept one
@every_family
def test_worlds_drawn_at_random_can_be_made_and_filmed(family: str) -> None:
    """A share of 2,000 worlds for each family; every seed that fails is named."""
    failed = {}
    for seed in range(100, 100 + math.ceil(FUZZED / len(FAMILIES))):
        try:
            scene = make(family, seed)
            check_pictures(film(scene, times_of(scene)[[0, FRAMES // 2, -1]], 64, 64))
            check_captions(scene)
            for twin in FAMILIES[family].twins(scene).violated.values():
                assert twin.violations
        except (WsimError, AssertionError) as error:
            failed[seed] = str(error).splitlines()[0]
    assert not failed

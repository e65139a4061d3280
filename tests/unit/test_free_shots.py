"""The same things on both sides of a cut, read without a simulator."""

from functools import cache

import numpy as np
import pytest

from wsim.certify.nuisances import NUISANCES
from wsim.contracts import ClipFormat, NeedsHint, Reading, Unmeasurable
from wsim.perception.vivid import vivid_things
from wsim.video import Video
from wsim.worlds.families import FAMILIES, make
from wsim.worlds.take import Take
from wsim_probes.permanence.shots import shots

CLIP = ClipFormat(33, 64, 64, 16.0)
TOLD = {"same_objects": "yes"}
RED, BLUE, GREEN = (200, 30, 30), (30, 60, 210), (30, 170, 60)


@cache
def video(seed: int, twin: str = "") -> Video:
    scene = make("shots", seed, duration_s=CLIP.duration_s)
    return Take(FAMILIES["shots"].twins(scene).violated[twin] if twin else scene, CLIP).video


def read(clip: Video) -> Reading:
    answer = shots().measure_free(clip, TOLD)
    assert isinstance(answer, Reading), answer
    return answer


def shot(seed: int, *things: tuple[tuple[int, int, int], int, int]) -> np.ndarray:
    """Eleven frames of some ground and squares of some colours at some places (row, column)."""
    slabs = np.random.default_rng(seed).integers(100, 200, (8, 8)).astype(np.uint8)
    frames = np.kron(slabs, np.ones((8, 8), np.uint8))[None, ..., None].repeat(11, 0).repeat(3, -1)
    for colour, row, column in things:
        frames[:, row : row + 12, column : column + 12] = colour
    return frames


def film(*parts: np.ndarray) -> Video:
    return Video(np.concatenate(parts), 16.0)


@pytest.mark.parametrize("seed", [500, 504])
def test_the_same_things_in_every_shot_are_lawful(seed: int) -> None:
    answer = read(video(seed))
    assert (answer.verdict, answer.lawful, answer.metrics["right"]) == ("the same", True, 1.0)
    assert answer.metrics["margin"] > 0.5
    assert {spec.name for spec in shots().metrics} <= set(answer.metrics)


def test_another_colour_after_the_cut_is_seen_in_the_shot_that_has_it() -> None:
    answer = read(video(500, "recolour"))
    assert (answer.verdict, answer.lawful, answer.metrics["right"]) == ("another one", False, 0.0)
    assert answer.events[0].frame == 11 and answer.overlays


def test_what_is_elsewhere_or_hidden_is_not_judged() -> None:
    assert shots().measure_free(video(500, "swap"), TOLD) == Unmeasurable("things stand elsewhere")


def test_without_a_word_a_cut_to_something_else_is_lawful() -> None:
    probe = shots()
    assert isinstance(probe, NeedsHint) and probe.needed_hint == "same_objects"
    for twin in ("", "recolour"):
        assert probe.measure_free(video(500, twin), {}) == Unmeasurable("no same_objects given")


def test_from_one_view_one_that_is_gone_and_one_too_many_are_seen() -> None:
    both, alone = shot(0, (RED, 10, 8), (BLUE, 30, 40)), shot(0, (RED, 10, 8))
    elsewhere = shot(1, (RED, 20, 30), (BLUE, 40, 8))
    assert read(film(both, elsewhere, both)).lawful
    assert read(film(both, elsewhere, alone)).verdict == "one is missing"
    assert read(film(alone, shot(1, (RED, 20, 30)), both)).verdict == "one too many"
    other = shot(0, (RED, 10, 8), (GREEN, 30, 40))
    assert read(film(both, elsewhere, other)).verdict == "another one"


def test_from_another_view_one_may_be_out_of_sight() -> None:
    both, alone = shot(0, (RED, 10, 8), (BLUE, 30, 40)), shot(1, (RED, 20, 30))
    assert shots().measure_free(film(both, alone), TOLD) == Unmeasurable("something is out of sight")
    covered = shot(0, (BLUE, 30, 40), (RED, 29, 41))
    said = shots().measure_free(film(both, shot(1, (RED, 20, 30)), covered), TOLD)
    assert said == Unmeasurable("something is out of sight")


def test_where_there_is_no_cut_or_nothing_stands_out_nothing_is_said() -> None:
    bounce = Take(make("bounce", 500), CLIP).video
    assert shots().measure_free(bounce, TOLD) == Unmeasurable("no cut")
    assert shots().measure_free(film(shot(0), shot(1)), TOLD) == Unmeasurable("nothing stands out")


@pytest.mark.parametrize("nuisance", ["h264 crf 35", "noise", "half rate"])
def test_the_way_of_a_video_changes_nothing(nuisance: str) -> None:
    lawful = shots().measure_free(NUISANCES[nuisance](video(500)), TOLD)
    assert isinstance(lawful, Unmeasurable) or lawful.lawful
    assert not read(NUISANCES[nuisance](video(500, "recolour"))).lawful


def test_vivid_things_are_found_by_hue_and_a_vivid_ground_is_none() -> None:
    red, blue = vivid_things(shot(0, (RED, 10, 8), (BLUE, 30, 40))) or []
    assert red.apart_deg(blue) > 60.0
    assert abs(red.share - 144 / 4096) < 0.01 and abs(blue.share - 144 / 4096) < 0.01
    assert vivid_things(np.full((3, 64, 64, 3), RED, np.uint8)) is None
    assert vivid_things(shot(0)) == []

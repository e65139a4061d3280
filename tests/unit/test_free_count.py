"""The ledger of things that are born and die, kept without a simulator."""

from functools import cache

import numpy as np
import pytest

from wsim.certify.nuisances import NUISANCES
from wsim.contracts import ClipFormat, Reading, Unmeasurable
from wsim.video import Video
from wsim.worlds.families import FAMILIES, make
from wsim.worlds.scene import Violation
from wsim.worlds.take import Take
from wsim_probes.permanence.count import Count

CLIP = ClipFormat(33, 64, 64, 16.0)
BALANCED = "all accounted for"


@cache
def crossing(count: int, seed: int, twin: str = "") -> Video:
    scene = make("crossing", seed, count=count, duration_s=CLIP.duration_s)
    return Take(FAMILIES["crossing"].twins(scene).violated[twin] if twin else scene, CLIP).video


def said(clip: Video, **hints: object) -> Reading | Unmeasurable:
    return Count().measure_free(clip, hints)


def read(clip: Video, **hints: object) -> Reading:
    answer = said(clip, **hints)
    assert isinstance(answer, Reading), answer
    return answer


def ground(frames: int) -> np.ndarray:
    """Grey slabs that stay where they are."""
    slabs = np.random.default_rng(0).integers(120, 180, (8, 8)).astype(np.uint8)
    return np.kron(slabs, np.ones((8, 8), np.uint8))[None, ..., None].repeat(frames, 0).repeat(3, -1)


def squares(*lanes: int, frames: int = 33) -> np.ndarray:
    """Squares of several colours that slide to the right, one a lane."""
    film = ground(frames)
    colours = [(200, 30, 30), (30, 60, 210), (30, 170, 60), (220, 210, 40)]
    for index, frame in enumerate(film):
        for lane in lanes:
            frame[4 + 15 * lane : 14 + 15 * lane, 4 + index : 14 + index] = colours[lane]
    return film


@pytest.mark.parametrize(("count", "seed"), [(2, 500), (2, 503), (4, 501)])
def test_as_many_come_out_as_went_in(count: int, seed: int) -> None:
    for hints in ({}, {"objects": count}):
        answer = read(crossing(count, seed), **hints)
        assert (answer.verdict, answer.lawful) == (BALANCED, True)
        assert (answer.metrics["ledger"], answer.metrics["surplus"]) == (1.0, 0.0)
    assert {spec.name for spec in Count().metrics} <= set(answer.metrics)


@pytest.mark.parametrize(("twin", "verdict"), [("vanish", "too few"), ("recolour", "another one")])
def test_what_happens_out_of_sight_is_told_where_the_number_is_known(twin: str, verdict: str) -> None:
    clip = crossing(2, 500, twin)
    assert said(clip) == Unmeasurable("something stays hidden")
    answer = read(clip, objects=2)
    assert (answer.verdict, answer.lawful, answer.metrics["right"]) == (verdict, False, 0.0)
    assert answer.events and answer.metrics["ledger"] < 1.0


def test_twins_that_touch_are_not_counted() -> None:
    for hints in ({}, {"objects": 2}):
        assert isinstance(said(crossing(2, 500, "duplicate"), **hints), Unmeasurable)


def test_deaths_and_births_in_plain_sight_need_no_hint() -> None:
    (gone,) = (Take(make("puck", 504).violated(Violation("vanish", 1.0, "ball")), CLIP).video,)
    assert read(gone).verdict == "disappears"
    film = squares(0, 1, 2)
    assert read(Video(film, 16.0), objects=3).lawful
    film[14:] = squares(0, 2)[14:]
    answer = read(Video(film, 16.0))
    assert [(event.kind, event.frame) for event in answer.events] == [("disappears", 14)]
    assert answer.metrics["surplus"] == 1.0 and "one disappears at 0.88 s" in answer.notes
    born = np.concatenate([squares(0, 2)[:14], squares(0, 1, 2)[14:]])
    assert read(Video(born, 16.0)).verdict == "appears"


def test_more_than_were_told_and_fewer() -> None:
    clip = Video(squares(0, 1, 2), 16.0)
    assert read(clip, objects=2).verdict == "too many"
    assert said(clip, objects=4) == Unmeasurable("not all of them are seen")


def test_things_that_leave_the_picture_are_not_missing() -> None:
    film = squares(0, 2)
    for index, frame in enumerate(film):
        left = 44 + 2 * index
        frame[19:29, left : left + 10] = (30, 60, 210)
    clip = Video(film, 16.0)
    assert read(clip).lawful
    assert said(clip, objects=3) == Unmeasurable("something leaves the picture")


@pytest.mark.parametrize("nuisance", ["h264 crf 35", "noise", "half rate"])
def test_the_way_of_a_video_changes_nothing(nuisance: str) -> None:
    answer = said(NUISANCES[nuisance](crossing(2, 503)), objects=2)
    assert isinstance(answer, Unmeasurable) or answer.lawful


def test_too_many_to_count() -> None:
    film = ground(33)
    for index, frame in enumerate(film):
        for place in range(12):
            row, column = 4 + 20 * (place // 4), 2 + 14 * (place % 4)
            frame[row : row + 6, column + index // 5 : column + index // 5 + 5] = (200, 30, 30)
    assert isinstance(said(Video(film, 16.0)), Unmeasurable)

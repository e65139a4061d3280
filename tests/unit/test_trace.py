"""interaction/trace on development worlds: which parts of a trail must be there in the end."""

import numpy as np
import pytest
from jaxtyping import Bool, UInt8

from wsim.contracts import ClipFormat, Reading, Scenario
from wsim.video import Video
from wsim_probes.interaction.trace import trace
from wsim_probes.posing import take_of

CLIP = ClipFormat(25, 64, 64, 16.0)
PROBE = trace()


@pytest.fixture(scope="module")
def wet() -> Scenario:
    return next(PROBE.scenarios(CLIP, track="video", seed=517, limit=1))


def verdict(scenario: Scenario, video: Video) -> str:
    said = PROBE.measure(scenario, video)
    assert isinstance(said, Reading)
    return said.verdict


def trail(scenario: Scenario) -> tuple[Bool[np.ndarray, "64 64"], UInt8[np.ndarray, "64 64 3"]]:
    """Where it lies in the end, and the floor without it."""
    bare = scenario.alternatives["mark_fades"].video.frames[-1]
    return np.abs(scenario.truth.video.frames[-1].astype(int) - bare).max(axis=-1) > 12, bare


def lost(scenario: Scenario, first: float, last: float) -> Video:
    """The trail loses a part soon after the given frames; places are shares of it, the oldest first."""
    frames, (mine, bare) = scenario.truth.video.frames.copy(), trail(scenario)
    rail = take_of(scenario).scene.body("ball").rail
    assert rail is not None
    (from_m, *_), (to_m, *_) = rail.points_m
    share = np.cumsum(mine.sum(axis=0)) / mine.sum()
    age = share if to_m > from_m else 1.0 - share
    gone = mine & (age > first) & (age <= last)
    frames[8:] = np.where(gone[..., None], bare, frames[8:])
    return Video(frames, CLIP.fps)


def test_half_of_the_questions_are_near_misses_and_set_the_null() -> None:
    asked = [str(one.parameters["ask"]) for one in PROBE.scenarios(CLIP, track="video", seed=517, limit=2)]
    assert asked.count("dry") / len(asked) == PROBE.near_misses


def test_half_of_the_trail_is_given(wet: Scenario) -> None:
    context, (mine, _) = wet.request.context, trail(wet)
    assert context is not None and len(context.indices) == 5
    yet_to_come = np.abs(wet.truth.video.frames[-1].astype(int) - context.frames[-1]).max(axis=-1) > 12
    assert (mine & yet_to_come).sum() / mine.sum() == pytest.approx(0.5, abs=0.15)


@pytest.mark.parametrize("first", [0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8])
def test_no_fifth_of_the_trail_may_be_lost(wet: Scenario, first: float) -> None:
    assert verdict(wet, lost(wet, first, first)) == PROBE.lawful
    assert verdict(wet, lost(wet, first, first + 0.2)) != PROBE.lawful


def test_what_is_drawn_no_further_has_lost_its_newest_part(wet: Scenario) -> None:
    assert verdict(wet, lost(wet, 0.6, 1.0)) == "newest_fades"


def test_a_trail_that_is_a_little_beside_its_place_is_there(wet: Scenario) -> None:
    moved = PROBE.dosed(wet, "mark_moves", 0.06)
    assert moved is not None and verdict(wet, moved) == PROBE.lawful

"""The read-out against alternatives on lawful renders that are not quite the one that it knows.

A world that goes on a few frames late or early, a picture or a thing that is a pixel off, blur, noise and
codecs: the class stays, and how late it was is found. What broke a law does not become lawful by it.
"""

import dataclasses
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from wsim.certify.nuisances import blurred, h264, noisy
from wsim.contracts import ClipFormat, Probe, Reading, Scenario, Unmeasurable
from wsim.perception.alternatives import NONE
from wsim.runs.plan import load_probe
from wsim.video import Video
from wsim.worlds.derived.histories import late
from wsim.worlds.take import Take

SEED = 511
CLIPS = {  # three frames lie within what a family holds
    "permanence/occlude": ClipFormat(25, 64, 64, 16.0),
    "physics/pendulum": ClipFormat(46, 64, 64, 30.0),
    "interaction/move": ClipFormat(25, 64, 64, 16.0),  # at rest in the end: early and late look the same
}
MOVING = ("permanence/occlude", "physics/pendulum")
WAYS: dict[str, Callable[[Video], Video]] = {
    "blurred": blurred,
    "noisy": noisy,
    "crf 23": h264(23),
    "crf 35": h264(35),
}
LOST = "scene lost"


@cache
def question(name: str) -> tuple[Probe, Scenario, Take]:
    probe = load_probe(name)
    clip = CLIPS[name].lasting(probe.min_duration_s)
    scenario = next(probe.scenarios(clip, track="video", seed=SEED, limit=1))
    assert isinstance(scenario.truth, Take)
    return probe, scenario, scenario.truth


@cache
def in_time(name: str) -> dict[int, Video]:
    """The lawful history, up to three frames early (negative) and late, by frames."""
    take = question(name)[2]
    fps = take.clip.fps
    shown = late(take.scene, take.clip, range(take.clip.num_frames), 3 / fps, 3 / fps)
    return {round(late_s * fps): Video(frames, fps) for late_s, frames in shown}


def read(name: str, video: Video) -> Reading | Unmeasurable:
    probe, scenario, _ = question(name)
    return probe.measure(scenario, video)


def lawful(name: str, video: Video) -> Reading:
    reading = read(name, video)
    assert isinstance(reading, Reading) and reading.lawful, reading
    return reading


def moved(video: Video, right_px: int, down_px: int) -> Video:
    """The picture moved; what comes in at the border is the border."""
    reach = max(abs(right_px), abs(down_px))
    wide = np.pad(video.frames, ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode="edge")
    turned = np.roll(wide, (down_px, right_px), axis=(1, 2))
    height, width = video.size
    return Video(turned[:, reach : reach + height, reach : reach + width].copy(), video.fps)


@pytest.mark.parametrize("frames", [-3, -2, -1, 1, 2, 3])
@pytest.mark.parametrize("name", MOVING)
def test_a_history_that_is_early_or_late_is_itself_and_by_how_much_is_found(name: str, frames: int) -> None:
    reading = lawful(name, in_time(name)[frames])
    assert reading.metrics["timing_error"] == pytest.approx(abs(frames) / CLIPS[name].fps, abs=1e-6)
    assert ("late" if frames > 0 else "early") in reading.notes


@pytest.mark.parametrize("frames", [-3, -1, 2])
def test_where_all_is_over_early_and_late_are_the_same(frames: int) -> None:
    assert lawful("interaction/move", in_time("interaction/move")[frames]).metrics["timing_error"] == 0.0


@pytest.mark.parametrize("name", CLIPS)
def test_a_picture_that_is_a_pixel_off_is_itself(name: str) -> None:
    """A pixel of 64 rows: families are rendered over time alone, so much the smoothing holds."""
    truth = question(name)[2].video
    readings = [read(name, moved(truth, *by)) for by in ((1, 0), (-1, 0), (0, 1), (0, -1))]
    assert all(isinstance(reading, Unmeasurable) or reading.lawful for reading in readings), readings
    assert sum(isinstance(reading, Reading) for reading in readings) >= 3


@pytest.mark.parametrize("name", CLIPS)
def test_a_picture_that_is_further_off_shows_no_history_that_must_not_happen(name: str) -> None:
    """The given frames say where the camera stands: elsewhere is the scene lost, not the thing."""
    truth = question(name)[2].video
    for by in ((2, 0), (0, -2)):
        reading = read(name, moved(truth, *by))
        assert isinstance(reading, Unmeasurable) or reading.lawful or reading.verdict == LOST


def aside(off_m: float) -> tuple[Video, float]:
    """The ball rolls further from the camera, or nearer; and by how many rows that is."""
    take = question("permanence/occlude")[2]
    rail = take.scene.body("ball").rail
    assert rail is not None
    points = tuple((x, y + off_m, z) for x, y, z in rail.points_m)
    other = Take(take.scene.with_body("ball", rail=dataclasses.replace(rail, points_m=points)), take.clip)
    ball = [body.name for body in take.scene.bodies].index("ball")
    rows = [np.nonzero(one.film.render.ids[-1] == ball)[0].mean() for one in (take, other)]
    return other.video, abs(float(rows[1] - rows[0]))


@pytest.mark.parametrize("off_m", [-0.15, 0.2])
def test_a_ball_that_comes_out_a_pixel_off_has_come_out(off_m: float) -> None:
    video, off_px = aside(off_m)
    assert 0.7 <= off_px <= 1.5
    assert lawful("permanence/occlude", video).verdict == "kept"


def test_one_that_comes_out_two_pixels_off_is_none_of_these_and_has_not_vanished() -> None:
    """The limit of what is read: that it is there is seen, and that it is not where it belongs."""
    video, off_px = aside(0.3)
    assert 1.5 < off_px <= 2.5
    reading = read("permanence/occlude", video)
    assert isinstance(reading, Reading) and reading.verdict == NONE and "nearest is 'kept'" in reading.notes


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", MOVING)
def test_what_spoils_a_late_clip_changes_neither_its_class_nor_how_late_it_was(name: str, way: str) -> None:
    frame_s = 1 / CLIPS[name].fps
    reading = lawful(name, WAYS[way](in_time(name)[2]))
    assert abs(reading.metrics["timing_error"] - 2 * frame_s) <= frame_s + 1e-6


@pytest.mark.parametrize("way", WAYS)
def test_what_lies_where_it_was_left_lies_there_in_a_spoiled_clip(way: str) -> None:
    lawful("interaction/move", WAYS[way](question("interaction/move")[2].video))


@pytest.mark.parametrize("way", ["noisy", "crf 35", "a pixel off"])
@pytest.mark.parametrize("name", CLIPS)
def test_no_broken_law_becomes_lawful_by_it(name: str, way: str) -> None:
    spoil = WAYS.get(way, lambda video: moved(video, 1, 0))
    for history, twin in question(name)[1].alternatives.items():
        reading = read(name, spoil(twin.video))
        assert isinstance(reading, Unmeasurable) or not reading.lawful, history

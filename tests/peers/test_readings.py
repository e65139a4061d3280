"""Defects of other benchmarks that would live in the reading of a clip; each test is named for one."""

import dataclasses
import math
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from wsim.contracts import ClipFormat, FreeProbe, Reading, Scenario, Unmeasurable
from wsim.metrics.paired import psnr
from wsim.models.resolve import resolve_model
from wsim.registry import plugins
from wsim.runs.execute import execute
from wsim.runs.plan import load_probe
from wsim.video import Video
from wsim.worlds.families import make
from wsim.worlds.take import Take

sys.path.insert(0, str(Path(__file__).parent.parent / "fixtures"))
import wsim_toy as toy

CLIP = ClipFormat(25, 64, 64, 16.0)
OF_EACH_SUITE = (
    "geometry/rigidity",
    "permanence/occlude",
    "interaction/stroke",
    "physics/fall",
    "conditioning/first_frame",
)


def questions(name: str, seed: int = 504) -> list[Scenario]:
    return list(load_probe(name).scenarios(CLIP, track="video", seed=seed, limit=2))


@pytest.mark.parametrize("name", OF_EACH_SUITE)
def test_a_static_video_does_not_score_best(name: str) -> None:
    """Consistency, smoothness and flicker were all highest for a picture that stands still."""
    asked = [scenario for scenario in questions(name) if scenario.alternatives]
    answers = resolve_model("freeze", None).generate([scenario.request for scenario in asked])
    probe = load_probe(name)
    passed = 0
    for scenario, video in zip(asked, answers, strict=True):
        reading = probe.measure(scenario, video)
        passed += isinstance(reading, Reading) and reading.lawful
    nothing_to_happen = sum("empty" in scenario.id for scenario in asked)
    assert passed <= nothing_to_happen


def test_a_thing_that_vanished_is_a_wrong_answer_with_finite_numbers() -> None:
    """The trajectory of an object that was no longer there was NaN, and its error was left out."""
    scenario = next(s for s in questions("permanence/occlude") if "vanished" in s.alternatives)
    reading = load_probe("permanence/occlude").measure(scenario, scenario.alternatives["vanished"].video)
    assert isinstance(reading, Reading) and not reading.lawful
    assert all(math.isfinite(value) for value in reading.metrics.values())


@pytest.mark.parametrize("seed", [501, 504])
def test_left_of_does_not_equal_right_of(seed: int) -> None:
    """Relations were judged by whether both things were there; mirrored pictures scored the same."""
    probe = load_probe("conditioning/caption_attributes")
    asked = probe.scenarios(ClipFormat(9, 64, 64, 8.0), track="text", seed=seed, limit=1)
    told = next(s for s in asked if {"left", "right"} & set((s.request.text or "").split()))
    shown = told.truth.video
    mirrored = Video(np.ascontiguousarray(shown.frames[:, :, ::-1]), shown.fps)
    right, wrong = probe.measure(told, shown), probe.measure(told, mirrored)
    assert isinstance(right, Reading) and right.lawful
    assert isinstance(wrong, Reading) and not wrong.lawful and wrong.verdict == "wrong relation"
    assert probe.metrics[0].name == "right" and (right.metrics["right"], wrong.metrics["right"]) == (1.0, 0.0)
    exchanged = {"left": "right", "right": "left"}
    text = " ".join(exchanged.get(word, word) for word in str(told.request.text).split())
    assert isinstance(probe, FreeProbe)
    for video, lawful in ((shown, False), (mirrored, True)):
        said = probe.measure_free(video, {"text": text})
        assert isinstance(said, Reading) and said.lawful == lawful


READS_ANY_VIDEO = [name for name, plugin in plugins("probes").items() if plugin.defines("measure_free")]


@pytest.mark.parametrize("family", ["bounce", "room"])
@pytest.mark.parametrize("name", READS_ANY_VIDEO)
def test_a_clip_that_is_too_short_does_not_pass_unseen(name: str, family: str) -> None:
    """Clips under two seconds held no pair of frames to compare, and no finding was counted as no fault."""
    probe, lawful = load_probe(name), Take(make(family, 500), CLIP).video
    assert isinstance(probe, FreeProbe)
    for length in (1, 2, 4):
        said = probe.measure_free(Video(lawful.frames[:length], lawful.fps), {"text": "a pink box"})
        assert isinstance(said, Unmeasurable) or not said.lawful, length


def test_differences_of_bytes_do_not_wrap_around() -> None:
    """The squared error of two uint8 arrays was taken in uint8: white against black was 1."""
    black, white = np.zeros((2, 16, 16, 3), np.uint8), np.full((2, 16, 16, 3), 255, np.uint8)
    grey = np.full((2, 16, 16, 3), 16, np.uint8)  # 16 squared is 0 in uint8
    assert psnr(black, white).pooled_db == pytest.approx(0.0)
    assert psnr(black, grey).pooled_db == pytest.approx(20 * math.log10(255 / 16))
    assert psnr(white, black).pooled_db == psnr(black, white).pooled_db


def test_the_words_of_a_verdict_decide_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A judge's "yes, noticeable" was compared with "yes" and counted as no."""
    monkeypatch.setenv("WSIM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)

    @dataclasses.dataclass(frozen=True)
    class Wordy(toy.Rise):
        words: str = ""

        def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
            reading = super().measure(scenario, video)
            if isinstance(reading, Reading):
                return dataclasses.replace(reading, verdict=self.words)
            return reading

    model = toy.Painter(lambda request: 10.0)
    skills = [
        execute(model, toy.plan(model, Wordy(words=words)), tmp_path / str(place)).probes[0].skill
        for place, words in enumerate(("yes", "yes, noticeable", "no"))
    ]
    assert skills[0] == skills[1] == skills[2]
    assert skills[0].value == pytest.approx(0.5)

"""conditioning/first_frame on development worlds: the given scene, another one, and pictures of no test."""

from collections.abc import Callable

import numpy as np
import pytest

from wsim.contracts import ClipFormat, Reading, Scenario, Unmeasurable
from wsim.models import controls
from wsim.video import Video
from wsim_probes.conditioning.first_frame import FirstFrame

CLIP = ClipFormat(25, 64, 64, 16.0)
SEED = 500


@pytest.fixture(scope="module")
def asked() -> list[Scenario]:
    return list(FirstFrame().scenarios(CLIP, track="image", seed=SEED, limit=4))


def read(scenario: Scenario, video: Video) -> Reading:
    said = FirstFrame().measure(scenario, video)
    assert isinstance(said, Reading), said
    return said


@pytest.mark.parametrize("spoil", ["as it is", "h264", "soft and noisy"])
def test_lawful_renders_are_kept(
    asked: list[Scenario], spoil: str, ways: dict[str, Callable[[Video], Video]]
) -> None:
    readings = [read(s, ways[spoil](s.truth.video)) for s in asked]
    assert all(r.lawful for r in readings)
    assert np.mean([r.metrics["adherence"] for r in readings]) > (0.99 if spoil == "as it is" else 0.85)


def test_both_families_are_asked(asked: list[Scenario]) -> None:
    assert [s.parameters["family"] for s in asked[:2]] == ["fall", "ball_behind_screen"]
    assert all(s.request.context and s.request.context.indices == (0,) for s in asked)


def test_a_scene_that_takes_on_a_tint_scores_by_its_dose(asked: list[Scenario]) -> None:
    for scenario in asked:
        clips = [scenario.alternatives[f"tinted={dose}"] for dose in ("1", "0.5", "0.25")]
        scores = [read(scenario, clip.video).metrics["adherence"] for clip in (*clips, scenario.truth)]
        assert scores == sorted(scores) and scores[0] < 0.5 and scores[2] < 0.97


def test_a_thing_of_another_colour_is_not_the_given_one(asked: list[Scenario]) -> None:
    for scenario in asked:
        reading = read(scenario, scenario.alternatives["recoloured"].video)
        assert reading.verdict == "drifts"
        assert reading.metrics["thing"] < 0.5 < reading.metrics["scene"]


def test_another_world_scores_next_to_nothing(asked: list[Scenario]) -> None:
    said = [FirstFrame().measure(s, s.alternatives["other"].video) for s in asked]
    assert all(isinstance(r, Unmeasurable) or not r.lawful for r in said)
    assert np.mean([r.metrics["adherence"] for r in said if isinstance(r, Reading)]) < 0.2


@pytest.mark.parametrize("name", controls.ADVERSARIES)
def test_nothing_that_simulates_nothing_scores(asked: list[Scenario], name: str) -> None:
    videos = getattr(controls, name)().generate([s.request for s in asked])
    said = [FirstFrame().measure(s, video) for s, video in zip(asked, videos, strict=True)]
    scores = [r.metrics["adherence"] if isinstance(r, Reading) else 0.0 for r in said]
    assert np.mean(scores) <= 0.05
    if name in ("freeze", "loop", "reverse", "shuffle"):
        assert set(said) == {Unmeasurable("nothing moves")}
    if name in ("pan", "zoom"):
        assert set(said) == {Unmeasurable("camera moved")}


@pytest.mark.parametrize("clip", [ClipFormat(19, 96, 96, 12.0), ClipFormat(37, 72, 100, 24.0)], ids=str)
def test_any_format_will_do(clip: ClipFormat) -> None:
    for scenario in FirstFrame().scenarios(clip, track="video", seed=SEED, limit=2):
        assert read(scenario, scenario.truth.video).metrics["adherence"] > 0.99

"""permanence/occlude on development worlds: what is lawful, what is broken, and what simulates nothing."""

from collections.abc import Callable

import numpy as np
import pytest

from wsim.contracts import ClipFormat, Reading, Scenario
from wsim.models import controls
from wsim.video import Video
from wsim_probes.permanence.occlude import Occlude

CLIP = ClipFormat(25, 64, 64, 16.0)
SEED = 500


@pytest.fixture(scope="module")
def asked() -> list[Scenario]:
    return list(Occlude().scenarios(CLIP, track="video", seed=SEED, limit=3))


def read(scenario: Scenario, video: Video) -> Reading:
    said = Occlude().measure(scenario, video)
    assert isinstance(said, Reading)
    return said


def test_every_world_is_asked_three_times_in_one_cluster(asked: list[Scenario]) -> None:
    assert len(asked) == 9 and len({s.cluster for s in asked}) == 3
    assert asked[0].id == "permanence/occlude/video/seed=500/world=0000/short"
    assert {s.parameters["hidden_s"] for s in asked if "hidden_s" in s.parameters} == {0.15, 0.3, 0.45, 0.6}
    assert all("ball" not in (s.request.text or "") for s in asked if s.parameters["twin"] == "empty")


@pytest.mark.parametrize("spoil", ["as it is", "h264", "soft and noisy"])
def test_lawful_renders_are_right(
    asked: list[Scenario], spoil: str, ways: dict[str, Callable[[Video], Video]]
) -> None:
    readings = [read(s, ways[spoil](s.truth.video)) for s in asked]
    assert all(r.lawful and r.metrics["right"] == 1.0 for r in readings)
    assert all(r.metrics["margin"] > 0.4 and r.metrics["agree"] == 1.0 for r in readings)


@pytest.mark.parametrize(
    ("history", "verdicts"),
    [
        ("vanished", {"vanished"}),
        ("recoloured", {"recoloured"}),
        ("stopped", {"vanished"}),
        ("frozen", {"frozen", "vanished"}),  # where it was left it may be hidden already
        ("appeared", {"appeared"}),
    ],
)
def test_every_violation_is_read_as_what_it_is(
    asked: list[Scenario], history: str, verdicts: set[str]
) -> None:
    broken = [(s, s.alternatives[history].video) for s in asked if history in s.alternatives]
    readings = [read(s, video) for s, video in broken]
    assert {r.verdict for r in readings} <= verdicts
    assert all(r.metrics["right"] == 0.0 and r.metrics["margin"] < -0.4 and r.events for r in readings)


def later(video: Video, frames: int) -> Video:
    """The same history, so many frames late; the first frame is held."""
    return Video(np.concatenate([video.frames[:1]] * frames + [video.frames])[: len(video)], video.fps)


@pytest.mark.parametrize("late", [1, 2])
def test_a_late_ball_is_kept_and_how_late_is_measured(asked: list[Scenario], late: int) -> None:
    for scenario in (s for s in asked if s.parameters["twin"] == "ball"):
        reading = read(scenario, later(scenario.truth.video, late))
        assert reading.verdict == "kept"
        assert reading.metrics["timing_error"] == pytest.approx(late / 16)


def test_nothing_that_simulates_nothing_beats_the_null(asked: list[Scenario]) -> None:
    right = {name: [read(s, play(name, s)).metrics["right"] for s in asked] for name in controls.ADVERSARIES}
    scores = {name: np.mean(values) for name, values in right.items()}
    null = max(scores[name] for name in controls.NULLS)
    assert null == pytest.approx(1 / 3)
    assert all((score - null) / (1 - null) <= 0.05 for score in scores.values()), scores


def play(name: str, scenario: Scenario) -> Video:
    (video,) = getattr(controls, name)().generate([scenario.request])
    return video


def test_the_lawful_clip_of_another_world_is_not_right(asked: list[Scenario]) -> None:
    pairs = zip(asked, asked[3:] + asked[:3], strict=True)
    assert np.mean([read(s, other.truth.video).metrics["right"] for s, other in pairs]) <= 0.2


def test_a_reading_can_be_looked_at(asked: list[Scenario]) -> None:
    reading = read(asked[0], asked[0].truth.video)
    labels = {overlay.label for overlay in reading.overlays}
    assert "expected" in labels and len(labels) == 2
    assert reading.notes.endswith("came out on time.")


@pytest.mark.parametrize("clip", [ClipFormat(19, 96, 96, 12.0), ClipFormat(37, 72, 100, 24.0)], ids=str)
def test_any_format_will_do(clip: ClipFormat) -> None:
    for scenario in Occlude().scenarios(clip, track="image", seed=SEED, limit=1):
        assert read(scenario, scenario.truth.video).lawful
        for alternative in scenario.alternatives.values():
            assert not read(scenario, alternative.video).lawful

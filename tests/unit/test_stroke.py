"""interaction/stroke on development worlds: paint that stays, paint that does not, and near misses."""

from collections.abc import Callable
from itertools import islice

import numpy as np
import pytest

from wsim.certify.crosstalk import unrelated
from wsim.certify.relations import other_hue
from wsim.contracts import ClipFormat, Reading, Scenario
from wsim.models import controls
from wsim.video import Video
from wsim_probes.interaction.stroke import BrushStroke

CLIP = ClipFormat(25, 64, 64, 16.0)
SEED = 500
FADES = ("faded=0.25", "faded=0.5", "faded=0.75", "faded=1")


@pytest.fixture(scope="module")
def asked() -> list[Scenario]:
    return list(BrushStroke().scenarios(CLIP, track="video", seed=SEED, limit=3))


def of(asked: list[Scenario], twin: str) -> list[Scenario]:
    return [s for s in asked if s.parameters["twin"] == twin]


def read(scenario: Scenario, video: Video) -> Reading:
    said = BrushStroke().measure(scenario, video)
    assert isinstance(said, Reading)
    return said


@pytest.mark.parametrize("spoil", ["as it is", "h264", "soft and noisy"])
def test_lawful_renders_are_right(
    asked: list[Scenario], spoil: str, ways: dict[str, Callable[[Video], Video]]
) -> None:
    readings = [(s, read(s, ways[spoil](s.truth.video))) for s in asked]
    assert all(r.lawful and r.metrics["right"] == 1.0 for _, r in readings)
    assert {r.verdict for s, r in readings if s.parameters["twin"] == "touch"} == {"kept"}
    assert {r.verdict for s, r in readings if s.parameters["twin"] == "miss"} == {"bare"}
    assert all(r.metrics["recall"] > 0.85 and r.metrics["spill"] < 0.1 for _, r in readings)
    assert all(r.metrics["retention"] > 0.9 for _, r in readings)


def test_other_hues_move_nothing() -> None:
    """In this world the tint takes the stroke beyond half of the way to the nearest other history."""
    tinted = next(islice(BrushStroke().scenarios(CLIP, track="video", seed=SEED, limit=4), 6, None))
    assert read(tinted, other_hue(tinted.truth.video)).verdict == "kept"
    assert read(tinted, other_hue(tinted.alternatives["faded=0.25"].video)).verdict == "faded"


@pytest.mark.parametrize("history", FADES)
def test_paint_that_fades_is_not_kept(asked: list[Scenario], history: str) -> None:
    for scenario in of(asked, "touch"):
        reading = read(scenario, scenario.alternatives[history].video)
        assert reading.verdict == "faded" and reading.metrics["right"] == 0.0


def test_the_share_that_is_left_is_measured(asked: list[Scenario]) -> None:
    for scenario in of(asked, "touch"):
        clips = [scenario.truth, *(scenario.alternatives[name] for name in FADES)]
        left = [read(scenario, clip.video).metrics["retention"] for clip in clips]
        assert left == pytest.approx([1.0, 0.75, 0.5, 0.25, 0.0], abs=0.08)


def test_paint_where_nothing_touched_is_seen(asked: list[Scenario]) -> None:
    for scenario in of(asked, "miss"):
        reading = read(scenario, scenario.alternatives["painted"].video)
        assert reading.verdict == "painted" and reading.metrics["spill"] > 0.5


def test_a_stroke_that_is_never_finished_is_not_kept(asked: list[Scenario]) -> None:
    """The brush is gone right after the given frames, and what it had drawn is left."""
    from wsim_probes.interaction.histories import _drawn

    for scenario in of(asked, "touch"):
        (variant,) = _drawn(scenario.truth.scene, CLIP, tuple(range(9, 25)), 0.5, 0.0)  # type: ignore[attr-defined]
        frames = np.concatenate([scenario.truth.video.frames[:9], variant.frames])
        assert read(scenario, Video(frames, 16.0)).verdict == "unfinished"


def test_a_little_late_is_still_right(asked: list[Scenario]) -> None:
    for scenario in asked:
        frames = scenario.truth.video.frames
        late = Video(np.concatenate([frames[:9], frames[8:9], frames[8:9], frames[9:-2]]), 16.0)
        assert read(scenario, late).lawful


def test_nothing_that_simulates_nothing_beats_the_null(asked: list[Scenario]) -> None:
    """Half of the questions ask of a brush that never touched: whoever shows no paint is right there."""
    right = {}
    for name in controls.ADVERSARIES:
        videos = getattr(controls, name)().generate([s.request for s in asked])
        readings = [read(s, video) for s, video in zip(asked, videos, strict=True)]
        right[name] = np.mean([r.metrics["right"] for r in readings])
        if name == "freeze":
            assert {r.verdict for r in readings} == {"frozen"}
    null = max(right[name] for name in controls.NULLS)
    assert null == pytest.approx(0.5)
    assert all((score - null) / (1.0 - null) <= 0.05 for score in right.values()), right


def test_the_end_of_another_world_is_never_right(asked: list[Scenario]) -> None:
    """A bare board after a bare board, but in another room."""
    worlds = [asked[i : i + 2] for i in range(0, len(asked), 2)]
    for here, there in zip(worlds[1:], worlds, strict=False):
        for scenario, other in zip(here, there, strict=True):
            frames = other.truth.video.frames.copy()
            frames[:9] = scenario.truth.video.frames[:9]
            assert not read(scenario, Video(frames, 16.0)).lawful


def test_a_thing_beside_the_board_that_grows_leaves_the_room_what_it_is() -> None:
    """As much of these pictures changes as where the room is another one, but all in one place."""
    for scenario in BrushStroke().scenarios(CLIP, track="video", seed=551, limit=1):
        shown = {name: (question, take) for name, question, take in unrelated(BrushStroke(), scenario)}
        question, grown = shown["resize of a bystander"]
        assert read(question, grown.video).lawful
        assert not read(question, next(iter(question.alternatives.values())).video).lawful


def test_the_twins_tell_each_other_apart(asked: list[Scenario]) -> None:
    """They share everything but the touch."""
    for touch, miss in zip(of(asked, "touch"), of(asked, "miss"), strict=True):
        assert touch.cluster == miss.cluster
        assert read(touch, miss.truth.video).verdict == "faded"
        assert read(miss, touch.truth.video).verdict == "painted"


@pytest.mark.parametrize("clip", [ClipFormat(19, 96, 96, 12.0), ClipFormat(37, 72, 100, 24.0)], ids=str)
def test_any_format_will_do(clip: ClipFormat) -> None:
    for scenario in BrushStroke().scenarios(clip, track="video", seed=SEED, limit=1):
        reading = read(scenario, scenario.truth.video)
        assert reading.lawful and reading.overlays
        for alternative in scenario.alternatives.values():
            assert not read(scenario, alternative.video).lawful

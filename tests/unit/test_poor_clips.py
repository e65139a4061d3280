"""Clips that say too little: whoever reads any video abstains, with a reason that the page explains."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wsim.contracts import ClipFormat, Reading, Request, Scenario, Unmeasurable
from wsim.registry import plugins
from wsim.runs.plan import load_probe
from wsim.runs.unsimulated import Unsimulated, free_half
from wsim.video import Video
from wsim.worlds.families import make
from wsim.worlds.take import Take

PAGE = Path(__file__).resolve().parents[2] / "docs/your-videos.md"
READS_ANY_VIDEO = [name for name, plugin in plugins("probes").items() if plugin.defines("measure_free")]
HINTS: dict[str, Any] = {  # what some probes do not read without
    "text": "a pink box", "horizon": 0.3, "same_objects": "yes",
}  # fmt: skip
FPS = 16.0


@pytest.fixture(scope="module")
def room() -> np.ndarray:
    """A lawful room around which the camera arcs, full of corners: there would be much to read."""
    return Take(make("room", 500), ClipFormat(17, 64, 64, FPS)).video.frames


def said(name: str, frames: np.ndarray) -> Reading | Unmeasurable:
    request = Request(len(frames), frames.shape[1:3], FPS, 0)
    scenario = Scenario("free/clip", "clip", request, Unsimulated(HINTS))
    return free_half(load_probe(name)).measure(scenario, Video(np.ascontiguousarray(frames), FPS))


@pytest.mark.parametrize("name", READS_ANY_VIDEO)
def test_eight_frames_or_less_are_too_few_for_anybody(name: str, room: np.ndarray) -> None:
    for count in range(1, 9):
        assert said(name, room[:count]) == Unmeasurable("too few frames"), count


@pytest.mark.parametrize("name", READS_ANY_VIDEO)
def test_pictures_of_a_few_pixels_are_too_small_for_anybody(name: str, room: np.ndarray) -> None:
    for height, width in ((1, 1), (64, 1), (4, 64), (15, 15)):
        assert said(name, room[:, :height, :width]) == Unmeasurable("picture too small"), (height, width)


@pytest.mark.parametrize("name", READS_ANY_VIDEO)
def test_what_shows_nothing_or_stands_still_is_never_lawful(name: str, room: np.ndarray) -> None:
    """A caption is the one thing that can be found wrong in a picture in which nothing moves."""
    page = PAGE.read_text(encoding="utf-8")
    poor = (np.zeros_like(room), np.full_like(room, 128), room[:1].repeat(len(room), axis=0))
    for frames in poor:
        answer = said(name, frames)
        if isinstance(answer, Reading):
            assert name == "conditioning/caption_attributes" and not answer.lawful
        else:
            assert f"`{answer.reason}`" in page, answer.reason


@pytest.mark.parametrize("name", ["geometry/loop", "geometry/scale_depth"])
def test_what_is_most_basically_wrong_is_named_first(name: str, room: np.ndarray) -> None:
    """Before a hint that is missing, and before what could only be looked for in a picture that moves."""
    poor = {"blank picture": np.zeros_like(room), "static": room[:1].repeat(len(room), axis=0)}
    for reason, frames in poor.items():
        for hints in ({}, HINTS):
            assert load_probe(name).measure_free(Video(frames, FPS), hints) == Unmeasurable(reason)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", READS_ANY_VIDEO)
def test_everybody_who_reads_any_video_is_on_the_page(name: str) -> None:
    assert f"| `{name}` |" in PAGE.read_text(encoding="utf-8")

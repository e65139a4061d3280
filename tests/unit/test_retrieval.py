"""digital/retrieval on development worlds: the sequence that was pressed, seven others, and no keys."""

from collections.abc import Callable

import numpy as np
import pytest

from wsim.contracts import ClipFormat, Reading, Scenario
from wsim.errors import WsimError
from wsim.models import controls
from wsim.video import Video
from wsim_probes.digital.retrieval import SEQUENCES, Retrieval

CLIP = ClipFormat(25, 64, 64, 16.0)


@pytest.fixture(scope="module")
def asked() -> list[Scenario]:
    """Of two worlds: nothing, and three other sequences."""
    return list(Retrieval().scenarios(CLIP, track="action", seed=500, limit=2))


def read(scenario: Scenario, video: Video) -> Reading:
    said = Retrieval().measure(scenario, video)
    assert isinstance(said, Reading)
    return said


def test_sequences_are_asked_in_turn_and_told_as_keys_alone(asked: list[Scenario]) -> None:
    assert [s.parameters["keys"] for s in asked] == list(SEQUENCES)[:4]
    for first, second in zip(asked[::2], asked[1::2], strict=True):
        assert first.request.context is not None and second.request.context is not None
        assert np.array_equal(first.request.context.frames, second.request.context.frames)
        assert first.request.actions is not None and second.request.actions is not None
        assert first.request.actions.dtype == np.float32
        assert not np.array_equal(first.request.actions, second.request.actions)
        assert first.request.text is None


def test_lawful_renders_are_right_as_they_are_and_spoiled(
    asked: list[Scenario], ways: dict[str, Callable[[Video], Video]]
) -> None:
    for scenario in asked[1:3]:
        for spoil in ways.values():
            reading = read(scenario, spoil(scenario.truth.video))
            assert reading.lawful and reading.metrics["kappa"] == 1.0 and not reading.events


def test_whoever_ignores_the_keys_is_at_chance(asked: list[Scenario]) -> None:
    scores = []
    for scenario in asked[2:4]:
        others = {name: read(scenario, take.video) for name, take in scenario.alternatives.items()}
        assert {name: reading.verdict for name, reading in others.items()} == {name: name for name in others}
        scores += [1.0, *(reading.metrics["kappa"] for reading in others.values())]
    assert np.mean(scores) == pytest.approx(0.0)


def test_keys_that_are_heeded_for_half_the_way_are_none_of_them(asked: list[Scenario]) -> None:
    nothing, turned = asked[:2]
    assert Retrieval().dosed(nothing, "halting", 0.5) is None
    videos = [Retrieval().dosed(turned, "halting", severity) for severity in (0.0, 0.25, 1.0)]
    scores = [read(turned, video).metrics["kappa"] for video in videos if video is not None]
    assert scores == [1.0, 0.0, pytest.approx(-1 / 7)]


@pytest.mark.parametrize("name", controls.ADVERSARIES)
def test_nothing_that_simulates_nothing_scores(asked: list[Scenario], name: str) -> None:
    videos = getattr(controls, name)().generate([s.request for s in asked[2:]])
    scores = [read(s, video).metrics["kappa"] for s, video in zip(asked[2:], videos, strict=True)]
    assert max(scores) <= 0.0


def test_an_answer_that_is_too_short_is_refused(asked: list[Scenario]) -> None:
    with pytest.raises(WsimError, match="1 frames"):
        Retrieval().measure(asked[0], Video(np.zeros((1, 64, 64, 3), dtype=np.uint8), 16.0))


def test_a_view_that_never_comes_to_rest_is_none_of_them(asked: list[Scenario]) -> None:
    turns_right = list(Retrieval().scenarios(CLIP, track="action", seed=501, limit=4))[-1]
    assert turns_right.parameters["keys"] == "turn_right"
    (slid,) = controls.pan().generate([turns_right.request])
    assert read(turns_right, slid).verdict == "none of these"
    frames = slid.frames.copy()
    frames[18:] = frames[20]
    assert read(turns_right, Video(frames, slid.fps)).verdict != "none of these"

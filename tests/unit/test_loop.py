"""The loop probe: what comes back into view after looking away must be what was there."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from wsim.contracts import ClipFormat, Reading, Scenario, Unmeasurable
from wsim.errors import WsimError
from wsim.models import controls
from wsim.video import Video
from wsim_probes.geometry.loop import NO_RETURN, Loop

CLIP = ClipFormat(25, 64, 64, 16.0)
PROBE = Loop()


@pytest.fixture(scope="module")
def asked() -> list[Scenario]:
    return list(PROBE.scenarios(CLIP, track="video", seed=500, limit=1))


def read(scenario: Scenario, video: Video) -> Reading:
    said = PROBE.measure(scenario, video)
    assert isinstance(said, Reading)
    return said


def test_what_is_kept_is_read_as_kept(
    asked: list[Scenario], ways: dict[str, Callable[[Video], Video]]
) -> None:
    for way in ("as it is", "h264"):
        said = read(asked[0], ways[way](asked[0].truth.video))
        assert said.lawful and said.verdict == "kept" and said.metrics["return_error"] < 0.03


def test_every_twin_is_told_and_none_is_in_the_given_frames(asked: list[Scenario]) -> None:
    context = asked[0].request.context
    assert context is not None and set(asked[0].alternatives) >= {"reseeded", "recolour", "vanish"}
    for name, twin in asked[0].alternatives.items():
        assert np.array_equal(twin.video.frames[: len(context.indices)], context.frames), name
        said = read(asked[0], twin.video)
        assert not said.lawful and said.events, name


def test_angles_and_waits_are_there_to_draw_curves_over(asked: list[Scenario]) -> None:
    found = {(s.parameters["angle_deg"], s.parameters["wait_s"]) for s in asked}
    assert found == {(60.0, 0.2), (120.0, 0.2), (60.0, 0.5)}


def test_a_camera_that_comes_back_a_little_askew_has_forgotten_nothing(asked: list[Scenario]) -> None:
    frames = asked[0].truth.video.frames.copy()
    askew = np.array([[1.0, 0.0, 3.0], [0.0, 1.0, -1.0]])
    frames[-4:] = [cv2.warpAffine(f, askew, (64, 64), borderMode=cv2.BORDER_REPLICATE) for f in frames[-4:]]
    said = read(asked[0], Video(frames, 16.0))
    assert said.lawful and said.metrics["return_error"] == pytest.approx(0.05, abs=0.02)


@pytest.mark.parametrize("name", ["freeze", "noise", "reverse", "shuffle"])
def test_nothing_that_simulates_nothing_is_right(asked: list[Scenario], name: str) -> None:
    (video,) = getattr(controls, name)().generate([asked[0].request])
    said = PROBE.measure(asked[0], video)
    assert isinstance(said, Unmeasurable) or not said.lawful


def test_without_a_scenario_a_place_seen_again_is_compared(asked: list[Scenario]) -> None:
    kept = PROBE.measure_free(asked[0].truth.video, {})
    changed = PROBE.measure_free(asked[0].alternatives["vanish"].video, {})
    assert isinstance(kept, Reading) and kept.lawful
    assert isinstance(changed, Reading) and not changed.lawful and changed.events


def test_what_never_looks_away_shows_nothing_again(asked: list[Scenario]) -> None:
    frames = asked[0].truth.video.frames
    poor = {NO_RETURN: frames[:12], "static": frames[:1].repeat(25, axis=0), "too few frames": frames[:1]}
    for reason, clip in {**poor, "picture too small": frames[:, :1, :1]}.items():
        assert PROBE.measure_free(Video(clip, 16.0), {}) == Unmeasurable(reason)
    with pytest.raises(WsimError, match="1 frames"):
        PROBE.measure(asked[0], Video(frames[:1], 16.0))

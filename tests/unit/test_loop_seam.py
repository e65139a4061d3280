"""A loop that closes, and those that jump, turn round, stand still or fade at the seam."""

from functools import cache

import numpy as np
import pytest

from wsim.certify.nuisances import NUISANCES
from wsim.contracts import ClipFormat, Reading, Scenario, Unmeasurable
from wsim.models import controls
from wsim.video import Video
from wsim_probes.conditioning.loop_seam import ENDS, LoopSeam, looping
from wsim_probes.conditioning.steps import rounds, seam

CLIP = ClipFormat(25, 64, 64, 16.0)
PROBE = LoopSeam()
KNOWN, PERIOD = 4, 21


@cache
def asked() -> Scenario:
    return next(PROBE.scenarios(CLIP, track="video", seed=504, limit=1))


def shown(frames: np.ndarray) -> Reading | Unmeasurable:
    return PROBE.measure(asked(), Video(frames, CLIP.fps))


def lawful(video: Video) -> bool:
    said = PROBE.measure(asked(), video)
    return isinstance(said, Reading) and said.lawful


def test_what_is_given_at_the_end_is_what_was_given_at_the_beginning() -> None:
    context = asked().request.context
    assert context is not None and context.indices == (0, 1, 2, 3, 21, 22, 23, 24)
    assert np.abs(context.frames[:4].astype(int) - context.frames[4:]).max() <= 1
    assert np.abs(context.frames[0].astype(int) - context.frames[1]).max() > 50


@pytest.mark.parametrize("clip", [ClipFormat(49, 16, 16, 24.0), ClipFormat(17, 16, 16, 8.0)])
def test_the_pendulum_comes_round_at_any_rate(clip: ClipFormat) -> None:
    scenario = next(PROBE.scenarios(clip, track="video", seed=505, limit=1))
    context = scenario.request.context
    assert context is not None
    half = len(context.indices) // 2
    assert np.abs(context.frames[:half].astype(int) - context.frames[half:]).max() <= 1


def test_a_loop_that_closes_is_smooth_and_others_are_not() -> None:
    said = PROBE.measure(asked(), asked().truth.video)
    assert isinstance(said, Reading) and said.lawful and said.metrics["smooth"] > 0.95
    for name, other in asked().alternatives.items():
        wrong = PROBE.measure(asked(), other.video)
        assert isinstance(wrong, Unmeasurable) or wrong.metrics["smooth"] < 0.05, name


def test_the_later_it_comes_round_the_less_smooth_it_is() -> None:
    videos = [PROBE.dosed(asked(), "shifted", severity) for severity in (0.125, 0.25, 0.5, 1.0)]
    said = [PROBE.measure(asked(), video) for video in videos if video is not None]
    marks = [one.metrics["smooth"] for one in said if isinstance(one, Reading)]
    assert len(marks) == 4 and marks == sorted(marks, reverse=True) and marks[0] > 0.5 > marks[2]


def test_a_quarter_of_the_hitch_is_less_smooth_than_none() -> None:
    quarter = PROBE.dosed(asked(), "shifted", 0.25)
    assert quarter is not None
    whole, hitched = (PROBE.measure(asked(), video) for video in (asked().truth.video, quarter))
    assert isinstance(whole, Reading) and isinstance(hitched, Reading)
    assert hitched.metrics["smooth"] < 0.9 and whole.metrics["smooth"] == 1.0


@pytest.mark.parametrize("spoil", ["h264 crf 35", "half rate", "noise", "half size"])
def test_a_spoiled_picture_is_no_seam(spoil: str) -> None:
    assert lawful(NUISANCES[spoil](asked().truth.video))


def test_given_frames_played_to_and_fro_turn_at_the_seam() -> None:
    frames = asked().truth.video.frames.copy()
    for index in range(KNOWN, PERIOD):
        frames[index] = frames[3 - abs(3 - index % 6)]
    said = shown(frames)
    assert isinstance(said, Reading) and not said.lawful and said.metrics["turn"] > 1.0


def test_another_way_round_is_as_good() -> None:
    """Slower at first and faster later: what is made between the seams is not asked."""
    lawful_frames = asked().truth.video.frames
    frames = lawful_frames.copy()
    frames[11:15] = lawful_frames[[10, 11, 13, 14]]
    said = shown(frames)
    assert isinstance(said, Reading) and said.lawful


def test_an_end_that_is_not_the_given_one_is_seen() -> None:
    frames = asked().truth.video.frames.copy()
    frames[PERIOD:] = frames[12]
    said = shown(frames)
    assert isinstance(said, Reading) and said.verdict == ENDS and said.metrics["smooth"] == 0.0


def test_nothing_that_simulates_nothing_closes_the_loop() -> None:
    for name in controls.ADVERSARIES:
        (video,) = getattr(controls, name)().generate([asked().request])
        assert not lawful(video), name
    still = np.repeat(asked().truth.video.frames[:1], CLIP.num_frames, axis=0)
    assert not lawful(Video(still, CLIP.fps)) and not lawful(Video(np.zeros_like(still), CLIP.fps))


def test_a_seam_without_the_thing_is_none() -> None:
    frames = asked().truth.video.frames.copy()
    colour = looping(1, CLIP).body("bob").colour_name
    frames[:] = 128
    everywhere = np.ones(frames.shape[1:3], dtype=bool)
    assert seam(rounds(frames, colour, KNOWN, PERIOD, everywhere), KNOWN - 0.5) is None


def test_a_wall_that_jumps_is_a_seam_and_a_small_thing_that_goes_is_none() -> None:
    frames = asked().truth.video.frames.copy()
    frames[KNOWN:PERIOD] = np.minimum(frames[KNOWN:PERIOD].astype(int) + 5, 255)
    said = shown(frames)
    assert isinstance(said, Reading) and said.verdict == "jumps" and said.metrics["step"] < 1.6
    frames = asked().truth.video.frames.copy()
    frames[KNOWN:PERIOD, 2:9, 2:9] = 60
    said = shown(frames)
    assert isinstance(said, Reading) and said.lawful and said.metrics["flash"] < 0.1

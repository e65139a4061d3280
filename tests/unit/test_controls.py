"""Controls keep what they are given, know nothing but the request, and do what their names say."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wsim.contracts import Context, Model, Privileged, Request, Scenario
from wsim.errors import WsimError
from wsim.models import controls
from wsim.models.controls import ADVERSARIES
from wsim.video import Video


def answer(name: str, request: Request, **options: float) -> np.ndarray:
    (video,) = getattr(controls, name)(**options).generate([request])
    assert (len(video), video.size, video.fps) == (request.num_frames, request.size, request.fps)
    return video.frames


def prefix(frames: np.ndarray, num_frames: int, *, fps: float = 8.0, seed: int = 0) -> Request:
    context = Context(frames, tuple(range(len(frames))))
    return Request(num_frames, frames.shape[1:3], fps, seed, context=context)


SHAPES = st.tuples(st.integers(1, 12), st.tuples(st.integers(1, 9), st.integers(1, 9)))


def build(shape: tuple[int, tuple[int, int]], seed: int, pinned: set[int]) -> Request:
    num_frames, size = shape
    indices = tuple(sorted(index for index in pinned if index < num_frames))
    if not indices:
        return Request(num_frames, size, 8.0, seed, text="a ball")
    frames = np.random.default_rng(seed).integers(0, 256, (len(indices), *size, 3), dtype=np.uint8)
    return Request(num_frames, size, 8.0, seed, context=Context(frames, indices))


@pytest.mark.parametrize("name", ADVERSARIES)
@given(shape=SHAPES, seed=st.integers(0, 2**32), pinned=st.sets(st.integers(0, 11)))
@settings(max_examples=30, deadline=None)
def test_given_frames_come_back_as_given_wherever_they_are_pinned(
    name: str, shape: Any, seed: int, pinned: set[int]
) -> None:
    request = build(shape, seed, pinned)
    frames = answer(name, request)
    if request.context:
        np.testing.assert_array_equal(frames[list(request.context.indices)], request.context.frames)


@pytest.mark.parametrize("name", ADVERSARIES)
@given(shape=SHAPES, seed=st.integers(0, 2**32), pinned=st.sets(st.integers(0, 11)))
@settings(max_examples=15, deadline=None)
def test_equal_requests_give_equal_pixels(name: str, shape: Any, seed: int, pinned: set[int]) -> None:
    request = build(shape, seed, pinned)
    np.testing.assert_array_equal(answer(name, request), answer(name, dataclasses.replace(request)))


@pytest.mark.parametrize("name", ADVERSARIES)
def test_adversaries_cannot_be_shown_the_truth(name: str) -> None:
    control = getattr(controls, name)()
    assert isinstance(control, Model)
    assert not isinstance(control, Privileged)


@pytest.mark.parametrize("name", ADVERSARIES)
def test_pixels_are_never_shared_with_the_request(name: str) -> None:
    given_frames = np.full((2, 4, 4, 3), 7, np.uint8)
    answer(name, prefix(given_frames, 5))[:] = 0
    assert (given_frames == 7).all()


def test_digests_tell_controls_apart_and_do_not_change() -> None:
    digests = {getattr(controls, name)().info.digest for name in ADVERSARIES}
    assert len(digests) == len(ADVERSARIES)
    assert controls.pan().info == controls.pan().info
    assert controls.pan(widths_per_s=0.1).info != controls.pan().info


def numbered(count: int) -> np.ndarray:
    """Frames that carry their own number in every pixel."""
    return np.broadcast_to(np.arange(count, dtype=np.uint8)[:, None, None, None], (count, 2, 2, 3)).copy()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("freeze", [0, 1, 2, 2, 2, 2, 2, 2]),
        ("loop", [0, 1, 2, 0, 1, 2, 0, 1]),
        ("reverse", [0, 1, 2, 1, 0, 1, 2, 1]),
    ],
)
def test_the_order_in_which_given_frames_are_played(name: str, expected: list[int]) -> None:
    assert answer(name, prefix(numbered(3), 8))[:, 0, 0, 0].tolist() == expected


def test_shuffle_plays_every_given_frame_equally_often() -> None:
    played = answer("shuffle", prefix(numbered(4), 400))[4:, 0, 0, 0]
    assert np.bincount(played).tolist() == [99, 99, 99, 99]


def test_freeze_holds_the_latest_of_several_keyframes() -> None:
    context = Context(numbered(2) + 5, (2, 4))
    frames = answer("freeze", Request(7, (2, 2), 8.0, 0, context=context))
    assert frames[:, 0, 0, 0].tolist() == [5, 5, 5, 5, 6, 6, 6]


def test_words_alone_give_a_grey_picture() -> None:
    assert (answer("freeze", Request(3, (2, 2), 8.0, 0, text="a ball")) == 128).all()


def test_blank_is_the_mean_colour_from_the_first_generated_frame_on() -> None:
    frames = answer("blank", prefix(numbered(3), 5))
    assert frames[3:, 0, 0, 0].tolist() == [1, 1]


def test_noise_is_uniform_and_follows_the_seed() -> None:
    one = answer("noise", Request(4, (32, 32), 8.0, 1, text=""))
    two = answer("noise", Request(4, (32, 32), 8.0, 2, text=""))
    assert abs(one.mean() - 127.5) < 3 and one.min() == 0 and one.max() == 255
    assert (one != two).mean() > 0.99


def test_pan_slides_a_ramp_by_speed_times_time_and_repeats_the_edge() -> None:
    width, fps, speed = 40, 8.0, 0.4
    ramp = np.broadcast_to(np.arange(width, dtype=np.uint8)[None, None, :, None], (1, 3, width, 3)).copy()
    frames = answer("pan", prefix(ramp, 6, fps=fps), widths_per_s=speed)
    for index in range(6):
        expected = np.minimum(np.arange(width) + speed * width * index / fps, width - 1)
        np.testing.assert_allclose(frames[index, 1, :, 0], expected, atol=0.5)


def test_zoom_keeps_the_centre_and_stretches_about_it() -> None:
    width, fps, rate = 41, 8.0, 0.5
    ramp = np.broadcast_to(np.arange(width, dtype=np.uint8)[None, None, :, None], (1, 3, width, 3)).copy()
    frames = answer("zoom", prefix(ramp, 9, fps=fps), per_s=rate)
    expected = 20 + np.exp(-rate * 8 / fps) * (np.arange(width) - 20)
    np.testing.assert_allclose(frames[8, 1, :, 0], expected, atol=0.5)


def test_fade_ends_at_the_mean_colour() -> None:
    half = np.zeros((1, 2, 4, 3), np.uint8)
    half[:, :, 2:] = 200
    frames = answer("fade", prefix(half, 5))
    assert frames[2, 0, :, 0].tolist() == [50, 50, 150, 150]
    assert (frames[4] == 100).all()


def test_a_context_of_another_size_is_refused() -> None:
    request = Request(4, (8, 8), 8.0, 0, context=Context(np.zeros((1, 4, 4, 3), np.uint8), (0,)))
    with pytest.raises(WsimError, match="the context is 4x4, the clip asked for 8x8"):
        answer("freeze", request)


@dataclasses.dataclass(frozen=True)
class Played:
    video: Video


def scenario() -> Scenario:
    truth, gone = (Played(Video(np.full((3, 2, 2, 3), v, np.uint8), 8.0)) for v in (1, 2))
    return Scenario("s/p/video/0", "0", Request(3, (2, 2), 8.0, 0), truth, {"vanished": gone})


def test_the_oracle_plays_the_truth_or_the_history_it_is_told_to() -> None:
    assert next(controls.oracle().answer([scenario()])).frames[0, 0, 0, 0] == 1
    assert next(controls.oracle("vanished").answer([scenario()])).frames[0, 0, 0, 0] == 2
    assert controls.oracle("vanished").info.name == "oracle:vanished"
    assert controls.oracle().info.digest is None


def test_the_oracle_refuses_what_it_cannot_play() -> None:
    with pytest.raises(WsimError, match="no history 'melted'") as caught:
        list(controls.oracle("melted").answer([scenario()]))
    assert caught.value.remedy == "its histories are: truth, vanished"
    with pytest.raises(WsimError, match="it plays the truth of a scenario"):
        list(controls.oracle().generate([scenario().request]))
    assert list(controls.oracle().generate([])) == []

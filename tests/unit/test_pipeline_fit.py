"""The clip that a pipeline makes covers the one that is asked for, and gives it back."""

import dataclasses
import inspect

import numpy as np
import pytest

from wsim.contracts import ClipFormat, Context, Request
from wsim.errors import WsimError
from wsim.models.pipelines.fit import fit_to, given, recovered, resized
from wsim.models.pipelines.traits import Traits

OWN = ClipFormat(81, 480, 832, 16.0)


def traits(step: int = 4, pixels: int = 16, rate: bool = False) -> Traits:
    names = ["prompt", "num_frames", "height", "width", *(["frame_rate"] if rate else [])]
    return Traits(
        "Some", dict.fromkeys(names, inspect.Parameter.empty), "first frame", False, OWN, step, pixels
    )


def numbered(count: int, height: int = 4, width: int = 4) -> np.ndarray:
    """Frame k is grey of level k / 255."""
    levels = np.arange(count, dtype=np.float64)[:, None, None, None] / 255.0
    return np.broadcast_to(levels, (count, height, width, 3))


@pytest.mark.parametrize(
    ("asked", "step", "made"),
    [
        (ClipFormat(81, 480, 832, 16.0), 4, ClipFormat(81, 480, 832, 16.0)),
        (ClipFormat(80, 470, 831, 16.0), 4, ClipFormat(81, 480, 832, 16.0)),
        (ClipFormat(82, 480, 832, 16.0), 4, ClipFormat(85, 480, 832, 16.0)),
        (ClipFormat(25, 64, 64, 8.0), 4, ClipFormat(49, 64, 64, 16.0)),
        (ClipFormat(25, 64, 64, 32.0), 6, ClipFormat(13, 64, 64, 16.0)),
        (ClipFormat(1, 1, 1, 16.0), 8, ClipFormat(1, 16, 16, 16.0)),
        (ClipFormat(16, 64, 64, 16.0), 1, ClipFormat(16, 64, 64, 16.0)),
    ],
)
def test_counts_and_sizes_are_rounded_up(asked: ClipFormat, step: int, made: ClipFormat) -> None:
    assert fit_to(asked, traits(step)).made == made


def test_a_pipeline_that_is_told_the_rate_makes_that_rate() -> None:
    fit = fit_to(ClipFormat(25, 64, 64, 10.0), traits(rate=True))
    assert fit.made == ClipFormat(25, 64, 64, 10.0) and fit.exact


@pytest.mark.parametrize("fps", [5.0, 8.0, 12.0, 16.0, 24.0, 30.0])
def test_every_frame_of_the_answer_is_the_nearest_one_in_time(fps: float) -> None:
    fit = fit_to(ClipFormat(23, 4, 4, fps), traits(pixels=4))
    frames = recovered(numbered(fit.made.num_frames), fit)
    assert frames.shape == (23, 4, 4, 3)
    off_s = frames[:, 0, 0, 0] / 16.0 - np.arange(23) / fps
    assert np.abs(off_s).max() <= 0.5 / 16.0 + 1e-9


@pytest.mark.parametrize(("frames", "own", "asked"), [(31, 25.0, 12.0), (23, 29.97, 23.976)])
def test_what_is_asked_of_the_pipeline_covers_the_last_frame(frames: int, own: float, asked: float) -> None:
    """Half a frame is rounded as it was when the length was chosen."""
    some = dataclasses.replace(traits(step=1), own=dataclasses.replace(OWN, fps=own))
    fit = fit_to(ClipFormat(frames, 16, 16, asked), some)
    assert fit.sources()[-1] == fit.made.num_frames - 1


def test_an_exact_fit_changes_no_pixel() -> None:
    fit = fit_to(ClipFormat(9, 16, 32, 16.0), traits())
    pixels = np.random.default_rng(0).integers(0, 256, (9, 16, 32, 3), dtype=np.uint8)
    assert (recovered(pixels / 255.0, fit) == pixels).all()


def test_extra_frames_are_dropped_and_missing_ones_are_an_error() -> None:
    fit = fit_to(ClipFormat(10, 16, 16, 16.0), traits())
    assert len(recovered(numbered(16, 16, 16), fit)) == 10
    with pytest.raises(WsimError, match="gave 9 frames, 10 are needed"):
        recovered(numbered(9, 16, 16), fit)


def test_pixels_that_are_no_numbers_are_an_error() -> None:
    fit = fit_to(ClipFormat(1, 16, 16, 16.0), traits())
    with pytest.raises(WsimError, match="no numbers"):
        recovered(np.full((1, 16, 16, 3), np.nan), fit)


@pytest.mark.parametrize(("low", "high"), [(-1.0, 1.0), (0.0, 255.0)])
def test_pixels_of_another_range_are_an_error(low: float, high: float) -> None:
    fit = fit_to(ClipFormat(1, 16, 16, 16.0), traits())
    made = np.linspace(low, high, 768).reshape(1, 16, 16, 3)
    with pytest.raises(WsimError, match=f"pixels from {low:.3g} to {high:.3g}, not from 0 to 1"):
        recovered(made, fit)
    assert recovered(np.full((1, 16, 16, 3), 1.01), fit).min() == 255  # rounding is no other range


def test_resizing_there_and_back_keeps_smooth_pictures() -> None:
    rows, columns = np.mgrid[0:60, 0:90]
    picture = np.stack([rows * 3, columns * 2, rows + columns], axis=-1)[None].astype(np.uint8)
    back = resized(resized(picture, 64, 96), 60, 90)
    assert np.abs(back.astype(int) - picture).max() <= 3


def asking(clip: ClipFormat, indices: tuple[int, ...]) -> Request:
    frames = np.stack([np.full((clip.height, clip.width, 3), index, np.uint8) for index in indices])
    return Request(clip.num_frames, (clip.height, clip.width), clip.fps, 1, context=Context(frames, indices))


@pytest.mark.parametrize(
    ("fps", "indices", "placed"),
    [
        (16.0, (0, 1, 2), {0: 0, 1: 1, 2: 2}),
        (16.0, (0, 12), {0: 0, 12: 12}),
        (8.0, (0,), {0: 0}),  # the frame after it lies halfway to one that is not known
        (8.0, (0, 1, 2), {0: 0, 1: 0, 2: 1, 3: 2, 4: 2}),
        (32.0, (0, 1, 2, 3, 4), {0: 0, 1: 2, 2: 4}),
        (32.0, (0, 9), {0: 0, 4: 9}),  # the nearest time that the pipeline has
    ],
)
def test_given_frames_keep_their_times(fps: float, indices: tuple[int, ...], placed: dict[int, int]) -> None:
    clip = ClipFormat(25, 16, 16, fps)
    frames = given(asking(clip, indices), fit_to(clip, traits()))
    assert {made: int(frame[0, 0, 0]) for made, frame in frames.items()} == placed
    assert list(frames) == sorted(frames)

"""What can be put together from given frames alone: their median, the last one cleaned or carried on."""

import numpy as np
import pytest

from wsim.contracts import Context, Request
from wsim.models import controls

FPS, SIDE = 16.0, 64
PAPER = np.random.default_rng(0).integers(90, 110, (SIDE, SIDE, 3)).astype(np.uint8)


def answer(name: str, frames: np.ndarray, num_frames: int, indices: tuple[int, ...] = ()) -> np.ndarray:
    at = indices or tuple(range(len(frames)))
    request = Request(num_frames, (SIDE, SIDE), FPS, 0, context=Context(frames, at))
    (video,) = getattr(controls, name)().generate([request])
    return video.frames


def passing(count: int, px_per_frame: int, mark_at: int | None = None) -> np.ndarray:
    """A red square crosses the paper; from frame `mark_at` on a blue mark is left in the corner."""
    frames = np.repeat(PAPER[None], count, axis=0)
    for index in range(count):
        left = 4 + px_per_frame * index
        frames[index, 24:40, left : left + 12] = np.random.default_rng(1).integers(120, 250, (16, 12, 3))
        if mark_at is not None and index >= mark_at:
            frames[index, 50:58, 50:58] = (0, 0, 255)
    return frames


def test_the_median_is_the_place_without_whoever_passed() -> None:
    assert (answer("plate", passing(9, 5), 12)[9:] == PAPER).all()


def test_what_moved_lately_goes_and_what_was_left_before_that_stays() -> None:
    given = passing(9, 3, mark_at=3)
    shown = answer("clean", given, 12)[-1]
    assert (shown[50:58, 50:58] == (0, 0, 255)).all()
    assert (np.delete(shown, np.s_[48:], axis=0) == PAPER[:48]).all()
    new = answer("clean", passing(9, 3, mark_at=6), 12)[-1]  # a mark of the last quarter second is motion
    assert (new[50:58, 50:58] == PAPER[50:58, 50:58]).all()


@pytest.mark.parametrize("fps", [8.0, 32.0])
def test_lately_is_a_quarter_of_a_second_at_any_rate(fps: float) -> None:
    frames = np.repeat(PAPER[None], 20, axis=0)
    first = 20 - 1 - round(0.25 * fps)  # the last frame in which the mark is not there yet, a quarter before
    for start, kept in ((first, True), (first + 1, False)):
        frames[:] = PAPER
        frames[start:, 50:58, 50:58] = (0, 0, 255)
        request = Request(24, (SIDE, SIDE), fps, 0, context=Context(frames, tuple(range(20))))
        (video,) = controls.clean().generate([request])
        assert (video.frames[-1, 50:58, 50:58] == (0, 0, 255)).all() == kept


def test_what_moved_moves_on_and_uncovers_the_place() -> None:
    patches = np.kron(np.random.default_rng(1).integers(120, 250, (4, 4, 3)), np.ones((5, 5, 1)))
    truth = np.repeat(PAPER[None], 10, axis=0)
    for index in range(10):
        truth[index, 22:42, 4 + 3 * index : 24 + 3 * index] = patches
    shown = answer("carry", truth[:6], 10)
    for index in range(6, 10):
        error = np.abs(shown[index].astype(int) - truth[index]).max(axis=-1)
        still = np.abs(truth[5].astype(int) - truth[index]).max(axis=-1)
        assert (error > 40).mean() < 0.6 * (still > 40).mean()


def test_a_view_that_moves_as_a_whole_is_painted_in_at_its_edge() -> None:
    rng = np.random.default_rng(2)
    wide = np.kron(rng.integers(0, 256, (16, 40, 3)), np.ones((4, 4, 1))).astype(np.uint8)
    given = np.stack([wide[:, 2 * index : 2 * index + SIDE] for index in range(5)])
    shown = answer("carry", given, 9)
    expected = wide[:, 16 : 16 + SIDE]
    differs = np.abs(shown[8].astype(int) - expected).max(axis=-1) > 60
    assert differs[:, : SIDE - 12].mean() < 0.15 and (shown[8, :, -4:] > 0).any()


@pytest.mark.parametrize("name", ["plate", "clean", "carry"])
def test_one_frame_is_held(name: str) -> None:
    assert (answer(name, PAPER[None], 5) == PAPER).all()
    (grey,) = getattr(controls, name)().generate([Request(3, (8, 8), FPS, 0, text="a ball")])
    assert (grey.frames == 128).all()


def test_between_key_frames_each_is_cleaned_and_carried_from_those_before_it() -> None:
    frames = passing(4, 4)
    at = (2, 3, 8, 9)
    cleaned = answer("clean", frames, 12, at)
    assert (cleaned[:2] == frames[0]).all()  # before the first one nothing has moved yet
    assert (cleaned[11, 24:40, 16:28] == np.median(frames, axis=0).round()[24:40, 16:28]).all()
    carried = answer("carry", frames, 12, at)
    assert (carried[:2] == frames[0]).all()
    assert (carried[4] != frames[1]).any() and (carried[10] != frames[3]).any()

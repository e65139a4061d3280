"""Frames that are shown twice, and pictures that really stand."""

import numpy as np

from wsim.perception.cadence import repeats


def moving(places: list[int]) -> np.ndarray:
    """A dark square at those columns."""
    frames = np.full((len(places), 32, 64, 3), 200, dtype=np.uint8)
    for frame, x in zip(frames, places, strict=True):
        frame[10:18, x : x + 8] = 40
    return frames


def test_single_repeats_are_found() -> None:
    assert repeats(moving([0, 0, 4, 4, 8, 8, 12])).tolist() == [False, True] * 3 + [False]
    assert repeats(moving([0, 4, 8, 8, 12, 16])).tolist() == [False] * 3 + [True, False, False]


def test_what_stands_does_not_repeat() -> None:
    assert not repeats(moving([0, 4, 8, 8, 8, 8])).any()
    assert not repeats(moving([5] * 6)).any()
    assert not repeats(moving([0, 4, 8, 12, 16])).any()


def test_short_clips_have_no_cadence() -> None:
    assert repeats(moving([3])).tolist() == [False]
    assert repeats(moving([3, 3])).tolist() == [False, False]


def test_noise_hides_no_motion() -> None:
    grain = np.random.default_rng(0).normal(0, 5, (6, 32, 64, 3))
    noisy = (moving([0, 3, 6, 9, 12, 15]) + grain).clip(0, 255).astype(np.uint8)
    assert not repeats(noisy).any()

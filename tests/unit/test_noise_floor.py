"""How far a clip is from its given frames, and what that does to a reading between two histories."""

import numpy as np
import pytest
from jaxtyping import UInt8

from wsim.certify.nuisances import NUISANCES
from wsim.perception.alternatives import Alternatives, Variant
from wsim.perception.noise_floor import noise_floor
from wsim.video import Video

SHARE, BLUR_PX = 0.1, 0.7


def discs(columns: list[int], colour: tuple[int, int, int] = (200, 60, 50)) -> np.ndarray:
    """A disc before a chequered wall, at those columns."""
    y, x = np.mgrid[:64, :64]
    wall = np.where(((x // 8 + y // 8) % 2)[..., None], 150, 170) * np.ones(3)
    frames = [np.where((np.hypot(x - c, y - 32) < 9)[..., None], colour, wall) for c in columns]
    return np.stack(frames).astype(np.uint8)


def floor(shown: UInt8[np.ndarray, "known height width 3"], given: np.ndarray) -> float:
    return noise_floor(shown, given, SHARE, BLUR_PX)


def test_what_is_shown_as_given_has_no_floor() -> None:
    given = discs([10, 20, 30, 40])
    assert floor(given, given) == pytest.approx(0.0, abs=1e-3)
    assert floor(given[:0], given[:0]) == 0.0


def test_a_frame_late_is_no_noise() -> None:
    given = discs([10, 20, 30, 40])
    assert floor(given[[0, 0, 2, 2]], given) == pytest.approx(0.0, abs=1e-3)


def test_stronger_codecs_have_higher_floors() -> None:
    given = discs(list(range(10, 34, 2)))
    floors = [floor(NUISANCES[f"h264 crf {crf}"](Video(given, 16.0)).frames, given) for crf in (23, 35)]
    assert 0.1 < floors[0] < floors[1]


def test_noise_hardly_moves_the_contrast() -> None:
    lawful, other = discs([30, 40]), discs([30, 40], (170, 60, 90))
    question = Alternatives({"lawful": [Variant(0.0, lawful)], "other": [Variant(0.0, other)]}, "lawful")
    between = ((lawful.astype(float) + other) / 2).round().astype(np.uint8)
    grain = np.random.default_rng(0).normal(0, 12, lawful.shape)
    noisy = (lawful + grain).clip(0, 255).astype(np.uint8)
    assert question.read(lawful).contrast == pytest.approx(1.0, abs=1e-3)
    assert question.read(other).contrast == pytest.approx(1.0, abs=1e-3)
    assert question.read(between).contrast == pytest.approx(0.0, abs=0.3)
    assert question.read(noisy).contrast > question.read(noisy).margin


def test_frames_that_do_not_count_change_nothing() -> None:
    lawful, other = discs([30, 40]), discs([20, 50])
    question = Alternatives({"lawful": [Variant(0.0, lawful)], "other": [Variant(0.0, other)]}, "lawful")
    mixed = np.stack([lawful[0], other[1]])
    assert question.read(mixed, np.array([True, False])).name == "lawful"
    assert question.read(mixed, np.array([False, True])).name == "other"

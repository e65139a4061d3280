"""Tracks follow what moves, lose what vanishes, and mean the same at every size."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from wsim.perception.rigidity import MIN_SURVIVAL
from wsim.perception.tracks import (
    PATCH,
    SHORT_SIDE,
    at_tracking_size,
    enlarge,
    enlargement,
    follow,
    from_clip,
    to_clip,
)

Texture = Callable[[int, int], np.ndarray]


@pytest.fixture
def texture() -> Texture:
    """A picture of smooth blobs, `cells` of them along a side."""

    def make(size: int, cells: int) -> np.ndarray:
        noise = np.random.default_rng(3).random((cells, cells, 3)).astype(np.float32)
        return np.clip(255 * cv2.resize(noise, (size, size), interpolation=cv2.INTER_CUBIC), 0, 255).astype(
            np.uint8
        )

    return make


def sliding(picture: np.ndarray, size: int, step: int, count: int) -> np.ndarray:
    """Windows of a picture, each `step` pixels further to the right: the content moves left."""
    return np.stack([picture[:size, step * k : step * k + size] for k in range(count)])


@pytest.mark.parametrize("size", [64, 128, 256])
def test_a_known_shift_is_measured_to_a_fraction_of_a_pixel(texture: Texture, size: int) -> None:
    step = size // 64
    frames = sliding(texture(2 * size, 48), size, step, 9)
    tracks = follow(at_tracking_size(frames))
    assert tracks.survived > 60
    moved = tracks.complete[:, -1] - tracks.complete[:, 0]
    expected = np.array([-8 * step * enlargement(size, size), 0.0])
    assert np.abs(np.median(moved, axis=0) - expected).max() < 0.3
    assert np.median(np.linalg.norm(moved - expected, axis=1)) < 0.6


def test_points_that_leave_the_picture_are_lost_and_only_those(texture: Texture) -> None:
    frames = sliding(texture(256, 48), 128, 4, 12)
    tracks = follow(at_tracking_size(frames))
    scale = enlargement(128, 128)
    at_the_end = tracks.points[:, 0, 0] - 4 * 11 * scale
    assert not tracks.alive[at_the_end < 0, -1].any()
    assert tracks.alive[at_the_end > PATCH, -1].mean() > 0.9
    assert (np.diff(tracks.alive.astype(int), axis=1) <= 0).all()  # what is lost stays lost


def test_noise_cannot_be_followed() -> None:
    frames = np.random.default_rng(0).integers(0, 256, (12, 64, 64, 3), dtype=np.uint8)
    assert follow(at_tracking_size(frames)).survived < 5


def test_blank_frames_have_no_corners() -> None:
    tracks = follow(at_tracking_size(np.full((5, 64, 64, 3), 127, dtype=np.uint8)))
    assert tracks.started == tracks.survived == 0
    assert tracks.survival == 0.0
    assert tracks.complete.shape == (0, 5, 2)


def test_a_cut_ends_every_track(texture: Texture) -> None:
    one, other = texture(64, 24), texture(64, 24)[::-1, ::-1]
    tracks = follow(at_tracking_size(np.stack([one, one, one, other, other])))
    assert tracks.alive[:, 2].mean() > 0.95
    assert tracks.survival < MIN_SURVIVAL


def test_the_number_of_threads_changes_nothing_and_is_put_back(texture: Texture) -> None:
    frames = sliding(texture(128, 48), 64, 1, 6)
    before = cv2.getNumThreads()
    try:
        readings = []
        for threads in (1, 2):
            cv2.setNumThreads(threads)
            readings.append(follow(at_tracking_size(frames)))
            assert cv2.getNumThreads() == threads
    finally:
        cv2.setNumThreads(before)
    assert np.array_equal(readings[0].points, readings[1].points)
    assert np.array_equal(readings[0].alive, readings[1].alive)


@pytest.mark.parametrize(("size", "side"), [(48, 128), (64, 128), (100, 200), (128, 256), (720, 256)])
def test_points_are_followed_at_twice_the_size_and_given_at_the_short_side(size: int, side: int) -> None:
    frames = np.zeros((2, size, 2 * size, 3), dtype=np.uint8)
    frames[:, size // 4 : size // 2, size // 4 : size // 2] = 255
    grey = at_tracking_size(frames)
    assert grey.shape[1:] == (side, 2 * side)
    corners = follow(grey).points[:, 0]
    expected = from_clip(np.array([size / 4 - 0.5, size / 2 - 0.5]), enlargement(size, 2 * size))
    nearest = np.abs(corners[..., None] - expected).min(axis=-1)
    assert len(corners) and nearest.max() < 0.03 * SHORT_SIDE


@pytest.mark.parametrize(("height", "width"), [(64, 64), (90, 160), (720, 1280), (48, 96)])
def test_the_short_side_is_the_unit(height: int, width: int) -> None:
    grey = enlarge(np.zeros((2, height, width, 3), dtype=np.uint8))
    assert min(grey.shape[1:]) == SHORT_SIDE
    assert grey.shape[2] / grey.shape[1] == pytest.approx(width / height, rel=0.01)


def test_pixels_of_the_clip_and_back() -> None:
    points = np.array([[0.0, 0.0], [31.5, 31.5], [63.0, 10.0]])
    scale = enlargement(64, 64)
    assert np.allclose(to_clip(from_clip(points, scale), scale), points)
    assert np.allclose(from_clip(np.array([[31.5, 31.5]]), scale), 255.5)  # the centre stays the centre

"""The rank-4 residual is zero for a rigid world, the noise for a noisy one, and sees what bends."""

from collections.abc import Callable

import numpy as np
import pytest

from wsim.perception.factorisation import MIN_FRAMES, MIN_TRACKS, residuals
from wsim.perception.motion import gain, homography_inliers, median_shift, on_a_line, planar_share

World = Callable[..., np.ndarray]


@pytest.fixture
def world() -> World:
    """Random points before a camera that turns about them: `points[track time 2]`, pixels at 512."""

    def make(seed: int, *, tracks: int = 100, frames: int = 12, turn_deg: float = 25.0) -> np.ndarray:
        rng = np.random.default_rng(seed)
        place = rng.uniform(-1.4, 1.4, (tracks, 3))
        views = []
        for angle in np.deg2rad(turn_deg) * np.linspace(-0.5, 0.5, frames):
            turn = np.array(
                [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
            )
            seen = place @ turn.T + [0.1 * angle, 0.0, 3.6]
            views.append(256 + 480 * seen[:, :2] / seen[:, 2:])
        return np.stack(views, axis=1)

    return make


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("turn_deg", [6.0, 15.0, 35.0])
def test_a_rigid_world_leaves_nothing(world: World, seed: int, turn_deg: float) -> None:
    assert residuals(world(seed, turn_deg=turn_deg)).max() < 0.05


@pytest.mark.parametrize("seed", range(4))
def test_any_projective_cameras_will_do(seed: int) -> None:
    rng = np.random.default_rng(seed)
    place = np.c_[rng.uniform(-1, 1, (80, 3)), np.ones(80)]
    cameras = np.concatenate([rng.normal(size=(12, 3, 3)), rng.normal(size=(12, 3, 1))], axis=2)
    cameras[:, 2] *= 0.12  # keep the points well before every camera
    cameras[:, 2, 3] = 1.0
    seen = np.einsum("tck,nk->ntc", cameras, place)
    points = 100 * seen[..., :2] / seen[..., 2:]
    assert np.percentile(residuals(points), 95) < 0.02 * np.abs(points).mean()


@pytest.mark.parametrize("noise", [0.5, 1.0, 2.0, 4.0])
def test_noise_leaves_its_own_size(world: World, noise: float) -> None:
    points = world(0)
    points = points + np.random.default_rng(1).normal(0, noise, points.shape)
    # 2F measurements a track, less 3 coordinates and its share of the 11F - 15 camera parameters
    freedom = 1 - (3 * 100 + 11 * 12 - 15) / (2 * 12 * 100)
    expected = noise * np.sqrt(2 * freedom)
    assert np.sqrt((residuals(points) ** 2).mean()) == pytest.approx(expected, rel=0.06)


def test_one_group_that_moves_by_itself_is_seen_and_only_it(world: World) -> None:
    points = world(2)
    group = np.arange(100) < 20
    path = 10 * np.sin(np.arange(12) * 2.1)
    points[group, :, 0] += path
    left = residuals(points)
    assert np.percentile(left, 90) > 4.0
    assert np.median(left[~group]) < 0.5
    assert np.median(left[group]) > 4.0


def test_more_bending_leaves_more(world: World) -> None:
    rng = np.random.default_rng(0)
    wobble = rng.normal(size=(100, 12, 2))
    means = [residuals(world(1) + dose * wobble).mean() for dose in (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)]
    assert (np.diff(means) > 0).all()


def test_slide_along_the_epipolar_line_is_seen(world: World) -> None:
    points = world(3)
    # the camera turns about the vertical: epipolar lines are nearly horizontal
    points[:15, :, 0] += 8 * np.sin(2 * np.pi * np.arange(12) / 6)
    assert np.median(residuals(points)[:15]) > 3.0


def test_size_and_place_of_the_picture_do_not_matter(world: World) -> None:
    points = world(0) + np.random.default_rng(1).normal(0, 1, (100, 12, 2))
    again = residuals(7.0 * points + 300.0, tolerance=14.0)
    assert np.allclose(again, 7.0 * residuals(points), rtol=1e-3)


def test_standing_still_leaves_nothing_which_is_why_it_must_be_gated(world: World) -> None:
    still = np.repeat(world(0)[:, :1], 12, axis=1)
    assert residuals(still).max() < 1e-6


@pytest.mark.parametrize(
    "shape", [(MIN_TRACKS - 1, 12, 2), (40, MIN_FRAMES - 1, 2), (0, 12, 2)], ids=["tracks", "frames", "none"]
)
def test_too_little_says_so(shape: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="rank of 4"):
        residuals(np.zeros(shape))


def test_one_place_for_every_point_is_no_error() -> None:
    assert residuals(np.full((20, 8, 2), 5.0)).max() < 1e-6


def test_a_homography_explains_a_pan_and_not_a_world(world: World) -> None:
    points = world(0)
    bend = np.array([[1.05, 0.02, 30.0], [-0.01, 0.97, -12.0], [1e-4, -5e-5, 1.0]])
    mapped = np.c_[points[:, 0], np.ones(100)] @ bend.T
    assert planar_share(points[:, 0], mapped[:, :2] / mapped[:, 2:], threshold=2.0) == 1.0
    assert planar_share(points[:, 0], points[:, -1], threshold=2.0) < 0.5


@pytest.mark.parametrize("case", ["few", "none", "line", "one place"])
def test_no_homography_from_too_little(case: str) -> None:
    line = np.c_[np.arange(50.0), 2 * np.arange(50.0)]
    points = {"few": line[:5], "none": line[:0], "line": line, "one place": np.full((50, 2), 9.0)}[case]
    assert homography_inliers(points, points + 1.0, threshold=2.0) is None
    assert planar_share(points, points + 1.0, threshold=2.0) == 1.0


def test_points_at_random_have_no_homography_in_common() -> None:
    rng = np.random.default_rng(0)
    before, after = rng.uniform(0, 512, (2, 100, 2))
    assert planar_share(before, after, threshold=2.0) < 0.2


def test_the_same_matches_give_the_same_inliers(world: World) -> None:
    points = world(5)
    first = homography_inliers(points[:, 0], points[:, -1], threshold=4.0)
    again = homography_inliers(points[:, 0], points[:, -1], threshold=4.0)
    assert first is not None and np.array_equal(first, again)


def test_gain_is_a_robust_slope() -> None:
    rng = np.random.default_rng(0)
    expected = rng.normal(size=(200, 2)) + np.array([5.0, 0.0])
    for slope in (-1.0, 0.0, 0.4, 1.0, 1.7):
        measured = slope * expected + rng.normal(0, 0.1, expected.shape)
        measured[:60] = rng.uniform(-500, 500, (60, 2))
        assert gain(measured, expected) == pytest.approx(slope, abs=0.15)
    assert gain(expected, np.zeros_like(expected)) == 0.0
    assert gain(expected[:0], expected[:0]) == 0.0


def test_median_shift() -> None:
    before = np.zeros((5, 2))
    assert median_shift(before, before + np.array([3.0, 4.0])) == 5.0
    assert median_shift(before[:0], before[:0]) == 0.0
    assert on_a_line(np.zeros((9, 2)))

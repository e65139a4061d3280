"""The palette finder and the fit of a flight, against closed forms."""

from typing import Any

import numpy as np
import pytest

from wsim.perception.objects import coverage_of, find_objects, follow
from wsim.perception.trajectory_fit import acceleration_noise, fit_flight, tolerance

PALETTE = {
    "red": (0.80, 0.15, 0.15),
    "green": (0.15, 0.60, 0.20),
    "blue": (0.15, 0.30, 0.80),
    "yellow": (0.90, 0.80, 0.10),
    "purple": (0.55, 0.15, 0.70),
    "orange": (0.95, 0.50, 0.05),
}


def disc(
    x: float, y: float, radius: float, colour: str, size: int = 64, shade: float = 1.0, ground: int = 150
) -> np.ndarray:
    """A disc drawn with 8 x 8 samples a pixel on grey."""
    fine = (np.arange(size * 8) + 0.5) / 8 - 0.5
    inside = np.hypot(fine[None] - x, fine[:, None] - y) < radius
    cover = inside.reshape(size, 8, size, 8).mean((1, 3))[..., None]
    picture = ground + cover * (255 * shade * np.array(PALETTE[colour]) - ground)
    return picture.round().clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("colour", PALETTE)
@pytest.mark.parametrize("shade", [1.0, 0.7])
def test_a_disc_is_found_with_its_colour_place_and_size(colour: str, shade: float) -> None:
    frames = np.stack([disc(30.3, 25.7, r, colour, shade=shade) for r in (4, 6, 8)])
    for radius, blobs in zip((4, 6, 8), find_objects(frames, PALETTE), strict=True):
        assert [b.colour for b in blobs] == [colour]
        assert (blobs[0].x, blobs[0].y) == pytest.approx((30.3, 25.7), abs=0.1)
        assert np.sqrt(blobs[0].area_px / np.pi) == pytest.approx(radius, abs=0.7)
        assert not blobs[0].at_border


def test_sub_pixel_motion_is_followed() -> None:
    xs = np.linspace(20, 24, 9)
    frames = np.stack([disc(x, 30, 5, "red") for x in xs])
    track = follow(find_objects(frames, PALETTE), "red")
    seen = np.array([blob.x for blob in track if blob])
    assert np.abs(seen - xs).max() < 0.08


def test_places_hold_at_larger_sizes() -> None:
    (blobs,) = find_objects(disc(100.2, 41.6, 12, "blue", size=160)[None], PALETTE)
    assert (blobs[0].x, blobs[0].y) == pytest.approx((100.2, 41.6), abs=0.1)


def test_two_things_are_two_and_the_largest_comes_first() -> None:
    both = np.minimum(disc(15, 20, 5, "red"), disc(45, 40, 8, "red"))
    (blobs,) = find_objects(both[None], PALETTE)
    assert len(blobs) == 2 and blobs[0].x == pytest.approx(45, abs=0.3)


def test_grey_noise_and_crumbs_are_no_objects() -> None:
    rng = np.random.default_rng(0)
    grey = np.full((3, 64, 64, 3), 140.0) + rng.normal(0, 6, (3, 64, 64, 3))
    assert find_objects(grey.clip(0, 255).astype(np.uint8), PALETTE) == [[], [], []]
    assert find_objects(disc(30, 30, 1.0, "red")[None], PALETTE) == [[]]


def test_a_thing_cut_by_the_border_says_so() -> None:
    (blobs,) = find_objects(disc(1, 30, 6, "green")[None], PALETTE)
    assert blobs[0].at_border


def test_noise_costs_a_fraction_of_a_pixel() -> None:
    rng = np.random.default_rng(1)
    frames = np.stack([disc(30, 30, 5, "orange")] * 20).astype(float) + rng.normal(0, 6, (20, 64, 64, 3))
    track = follow(find_objects(frames.round().clip(0, 255).astype(np.uint8), PALETTE), "orange")
    places = np.array([(b.x, b.y) for b in track if b])
    assert len(places) == 20 and np.abs(places - 30).max() < 0.35


def test_coverage_is_the_share_of_the_colour() -> None:
    frame, ground = disc(30, 30, 6, "blue"), np.full((64, 64, 3), 150, np.uint8)
    cover = coverage_of(frame[None], ground, PALETTE["blue"])[0]
    assert cover.sum() == pytest.approx(np.pi * 36, rel=0.08)
    assert cover[0].max() == 0.0


class TestFlight:
    times = np.arange(16) / 16

    def path(self, gravity: float, tilt: float = 0.0) -> Any:
        t = self.times
        return 0.2 + 0.4 * t + gravity * np.sin(tilt) * t * t / 2, 2 + t - gravity * np.cos(tilt) * t * t / 2

    @pytest.mark.parametrize("gravity", [0.5, 2.45, 9.81, 20.0])
    @pytest.mark.parametrize("tilt", [0.0, 0.5, np.pi])
    def test_a_parabola_is_fitted_exactly(self, gravity: float, tilt: float) -> None:
        flight = fit_flight(self.times, *self.path(gravity, tilt))
        assert flight.magnitude_m_s2 == pytest.approx(gravity)
        assert flight.direction_error_deg == pytest.approx(np.degrees(tilt), abs=1e-4)
        assert flight.residual_m < 1e-12 and flight.cubic_m < 1e-12
        assert flight.velocity_m_s == pytest.approx((0.4, 1.0))

    def test_the_noise_of_the_acceleration_follows_the_theory(self) -> None:
        rng = np.random.default_rng(0)
        x, y = self.path(9.81)
        sigma = 0.01
        fits = [fit_flight(self.times, x, y + rng.normal(0, sigma, 16)) for _ in range(800)]
        spread = np.std([f.acceleration_m_s2[1] for f in fits])
        assert spread == pytest.approx(acceleration_noise(sigma, 16, 1 / 16), rel=0.1)

    def test_changing_acceleration_shows_as_a_cubic(self) -> None:
        t = self.times
        flight = fit_flight(t, 0 * t, -5 * t**3)
        assert flight.cubic_m > 0.03 * flight.span_m and flight.residual_m > 0.015 * flight.span_m

    def test_three_samples_are_refused(self) -> None:
        with pytest.raises(ValueError, match="4 samples"):
            fit_flight(self.times[:3], self.times[:3], self.times[:3])


def test_tolerance_is_one_inside_and_falls_to_the_value_at_the_margin() -> None:
    assert tolerance(0.3, (0.0, 1.0), 0.5) == 1.0
    for sigmoid in ("gaussian", "linear", "long_tail"):
        beyond = [tolerance(1.0 + step, (0.0, 1.0), 0.5, 0.2, sigmoid) for step in (0.1, 0.3, 0.5, 0.9)]
        assert beyond == sorted(beyond, reverse=True)
        assert beyond[2] == pytest.approx(0.2)
    with pytest.raises(ValueError, match="margin"):
        tolerance(0.0, (0.0, 1.0), 0.0)

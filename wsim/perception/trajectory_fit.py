"""Laws fitted to a path: straight across, constant acceleration down.

Accelerations are fitted over the whole flight, never differenced twice: with N frames and a centroid
noise of sigma pixels the fit knows a to sqrt(720 sigma^2 / N^5), one second difference only to
sqrt(6) sigma.

Axis letters: `sample` moments of the flight.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float64

Sigmoid = Literal["gaussian", "linear", "long_tail"]


@dataclass(frozen=True, slots=True)
class Flight:
    """A path fitted by x = x0 + vx t + ax t^2 / 2 and y likewise, metres and seconds, y up.

    Attributes:
        acceleration_m_s2: (ax, ay).
        velocity_m_s: (vx, vy) at the first sample.
        residual_m: root mean square distance of the samples from the fit, both axes.
        cubic_m: how far the best cubic departs from the quadratic at its worst, both axes: acceleration
            that changes along the way.
        span_m: length of the straight line box around the path (its diagonal).
        samples: how many moments were fitted.
    """

    acceleration_m_s2: tuple[float, float]
    velocity_m_s: tuple[float, float]
    residual_m: float
    cubic_m: float
    span_m: float
    samples: int

    @property
    def direction_error_deg(self) -> float:
        """Angle of the acceleration to straight down, 0..180."""
        ax, ay = self.acceleration_m_s2
        return float(np.degrees(np.arctan2(abs(ax), -ay)))

    @property
    def magnitude_m_s2(self) -> float:
        """Size of the acceleration."""
        return float(np.hypot(*self.acceleration_m_s2))


def fit_flight(
    times_s: Float64[np.ndarray, " sample"],
    x_m: Float64[np.ndarray, " sample"],
    y_m: Float64[np.ndarray, " sample"],
) -> Flight:
    """Fit constant acceleration to at least 4 samples.

    Raises:
        ValueError: fewer than 4 samples; a quadratic would fit anything.
    """
    if len(times_s) < 4:
        raise ValueError(f"a flight needs 4 samples, not {len(times_s)}")
    t = times_s - times_s[0]
    path = np.stack([x_m, y_m], axis=1)
    quadratic = np.stack([np.ones_like(t), t, t * t / 2], axis=1)
    coefficients = np.linalg.lstsq(quadratic, path, rcond=None)[0]
    fitted = quadratic @ coefficients
    wiggle = np.zeros(1)
    if len(t) > 4:
        cubic = np.concatenate([quadratic, t[:, None] ** 3], axis=1)
        wiggle = np.linalg.norm(cubic @ np.linalg.lstsq(cubic, path, rcond=None)[0] - fitted, axis=1)
    return Flight(
        acceleration_m_s2=(float(coefficients[2, 0]), float(coefficients[2, 1])),
        velocity_m_s=(float(coefficients[1, 0]), float(coefficients[1, 1])),
        residual_m=float(np.sqrt(((path - fitted) ** 2).sum(axis=1).mean())),
        cubic_m=float(wiggle.max()),
        span_m=float(np.hypot(*np.ptp(path, axis=0))),
        samples=len(t),
    )


def acceleration_noise(sigma: float, samples: int, step: float = 1.0) -> float:
    """Standard deviation of a fitted acceleration: sqrt(720 sigma^2 / N^5) per step squared, for large N.

    Args:
        sigma: noise of one coordinate (px or m).
        samples: evenly spaced moments.
        step: time between them (frames or s).
    """
    return float(np.sqrt(720.0 * sigma**2 / samples**5) / step**2)


def tolerance(
    value: float,
    bounds: tuple[float, float],
    margin: float,
    value_at_margin: float = 0.1,
    sigmoid: Sigmoid = "gaussian",
) -> float:
    """1 inside the bounds, falling smoothly outside; `value_at_margin` at a distance of `margin`.

    As in dm_control (Tunyasuvunakool et al. 2020, rewards.tolerance).

    Example:
        >>> tolerance(0.5, (0.0, 1.0), 1.0), round(tolerance(2.0, (0.0, 1.0), 1.0), 6)
        (1.0, 0.1)
    """
    low, high = bounds
    if low > high or margin <= 0 or not 0 < value_at_margin < 1:
        raise ValueError("needs low <= high, margin > 0 and 0 < value_at_margin < 1")
    beyond = max(low - value, value - high, 0.0) / margin
    if beyond == 0.0:
        return 1.0
    if sigmoid == "gaussian":
        return float(np.exp(np.log(value_at_margin) * beyond**2))
    if sigmoid == "long_tail":
        return float(1.0 / (1.0 + (1.0 / value_at_margin - 1.0) * beyond**2))
    return float(max(0.0, 1.0 - (1.0 - value_at_margin) * beyond))

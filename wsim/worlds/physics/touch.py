"""When bodies that move with constant acceleration first touch, to rounding.

A touch is a falling root: the time at which a gap that was positive becomes zero. Gaps to faces are
quadratic in time; squared distances to points and lines are quartic, bracketed between their extrema.

Axis letters: `face`, `dim` 2 or 3.
"""

import math

import numpy as np
from jaxtyping import Float64
from scipy.optimize import brentq

TOUCHING_M = 1e-9  # bodies closer than this touch
_STILL = 1e-12  # slower approaches (m/s) and smaller accelerations are rounding
_GRAZE_M = 1e-12  # who would sink in less deep passes by


def falling_roots(
    gap_m: Float64[np.ndarray, " face"],
    rate: Float64[np.ndarray, " face"],
    acceleration: Float64[np.ndarray, " face"],
) -> Float64[np.ndarray, " face"]:
    """When gap + rate t + acceleration t^2 / 2 falls through zero, t >= 0; infinite if it never does.

    A gap within `TOUCHING_M` of zero that is closing falls at once. One that is behind (negative) must open
    first.
    """
    bend = np.where(np.abs(acceleration) < _STILL, 0.0, acceleration)
    touching = np.abs(gap_m) <= TOUCHING_M
    with np.errstate(divide="ignore", invalid="ignore"):
        discriminant = rate**2 - np.where(bend == 0.0, 0.0, 2.0 * bend * gap_m)  # a gap may be infinite
        root = np.sqrt(np.maximum(discriminant, 0.0))
        after_a_rise = (-rate - root) / bend
        straight_down = 2.0 * gap_m / (root - rate)
    falls = np.full(gap_m.shape, np.inf)
    rising = (rate > 0.0) & (bend < 0.0) & (discriminant > 0.0)
    falls[rising] = after_a_rise[rising]
    sinking = (rate <= 0.0) & (gap_m > TOUCHING_M) & (discriminant >= 0.0) & (root - rate > _STILL)
    falls[sinking] = straight_down[sinking]
    falls[touching & (rate < -_STILL)] = 0.0
    return falls


def touches(
    offset_m: Float64[np.ndarray, " dim"],
    velocity: Float64[np.ndarray, " dim"],
    acceleration: Float64[np.ndarray, " dim"],
    reach_m: float,
) -> list[float]:
    """When |offset + velocity t + acceleration t^2 / 2| falls through the reach: none, one or two times.

    A pair that touches and is closing, or that stands and is pulled together, touches at once.
    """
    if reach_m <= 0.0:
        return []
    f0 = float(offset_m @ offset_m - reach_m**2)
    f1, f2 = 2.0 * float(offset_m @ velocity), float(velocity @ velocity + offset_m @ acceleration)
    f3, f4 = float(velocity @ acceleration), 0.25 * float(acceleration @ acceleration)
    touching = bool(abs(f0) <= 2.0 * reach_m * TOUCHING_M)
    still = 2.0 * reach_m * _STILL
    if touching and (f1 < -still or (abs(f1) <= still and f2 < -still)):
        return [0.0]
    if f4 < _STILL**2:
        discriminant = f1 * f1 - 4.0 * f2 * f0
        if touching or f0 < 0.0 or f1 >= 0.0 or discriminant <= 8.0 * f2 * reach_m * _GRAZE_M:
            return []
        return [2.0 * f0 / (math.sqrt(discriminant) - f1)]
    graze = 2.0 * float(reach_m) * _GRAZE_M
    return _falling_quartic(np.array([f4, f3, f2, f1, f0]), touching, graze)


def _falling_quartic(
    polynomial: Float64[np.ndarray, " coefficient"], touching: bool, graze: float
) -> list[float]:
    """Positive roots at which a quartic falls to below -graze; between its extrema it is monotone."""
    extrema = np.roots(np.polyder(polynomial))
    real = extrema.real[np.abs(extrema.imag) <= 1e-9 * np.abs(extrema)]
    knots = [0.0, *sorted(real[real > 0.0].tolist())]
    values = np.polyval(polynomial, knots).tolist()
    if touching:
        values[0] = 0.0  # and it opens: a touch has been seen to before
    found = []
    for i in range(len(knots) - 1):
        if values[i] > 0.0 and values[i + 1] < -graze:
            found.append(brentq(lambda t: np.polyval(polynomial, t), knots[i], knots[i + 1], xtol=1e-15))
    return found

"""At which dose half is found: a curve through the shares found at several doses.

The curve is p(d) = floor + (1 - floor) d^s / (d^s + half^s), log-logistic in the dose above the alarms that
are there without any (Finney 1971, Probit Analysis, chapter 7, with the logistic in the place of the normal).

Axis letters: `dose` levels, `half` and `slope` candidates.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from wsim.stats.clusters import LEVEL

_HALVES, _SLOPES = 160, np.geomspace(0.5, 16.0, 31)
_LEAST, _MOST = 0.25, 4.0  # halves looked at, as multiples of the least and the largest dose


class DoseResponse(NamedTuple):
    """A fitted curve.

    Attributes:
        half: dose at which half of what is not found without any is found.
        low, high: profile likelihood interval; 0 below and infinite above where the doses do not bound it.
        slope: steepness; at 1, nine times that dose are needed to find nine of ten.
        floor: share found without a dose.
    """

    half: float
    low: float
    high: float
    slope: float
    floor: float

    def at(self, dose: float) -> float:
        """The share found that the curve expects."""
        if dose <= 0.0:
            return self.floor
        share: float = 1 / (1 + (self.half / dose) ** self.slope)
        return self.floor + (1 - self.floor) * share


def dose_response(
    doses: Sequence[float], found: Sequence[float], clips: int, *, level: float = LEVEL
) -> DoseResponse | None:
    """Fit the curve by maximum likelihood.

    Args:
        doses: from 0 up.
        found: share of clips found at each.
        clips: at each dose, independent of each other.
        level: of the interval.

    Returns:
        The fit; None with fewer than three doses above 0, or when no more is found at any than at 0.
    """
    from scipy.stats import chi2

    floor, above, shares = float(found[0]), np.asarray(doses[1:]), np.asarray(found[1:])
    if len(above) < 3 or floor >= 1.0 or shares.max() <= floor:
        return None
    halves = np.geomspace(_LEAST * above.min(), _MOST * above.max(), _HALVES)
    likelihood = clips * _likelihood(above, shares, floor, halves)
    best = np.unravel_index(int(likelihood.argmax()), likelihood.shape)
    profile = likelihood.max(axis=1)
    allowed = np.flatnonzero(profile >= profile.max() - chi2.ppf(level, 1) / 2)
    return DoseResponse(
        half=float(halves[best[0]]),
        low=0.0 if allowed[0] == 0 else float(halves[allowed[0]]),
        high=math.inf if allowed[-1] == _HALVES - 1 else float(halves[allowed[-1]]),
        slope=float(_SLOPES[best[1]]),
        floor=floor,
    )


def _likelihood(
    doses: Float64[np.ndarray, " dose"],
    shares: Float64[np.ndarray, " dose"],
    floor: float,
    halves: Float64[np.ndarray, " half"],
) -> Float64[np.ndarray, "half slope"]:
    """Log likelihood of one clip a dose under every curve."""
    ratio = (halves[:, None, None] / doses) ** _SLOPES[:, None]
    p = np.clip(floor + (1 - floor) / (1 + ratio), 1e-6, 1 - 1e-6)
    each = shares * np.log(p) + (1 - shares) * np.log(1 - p)
    return np.asarray(each.sum(axis=2))

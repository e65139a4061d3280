"""How long a model remembers: right answers against the time that something was out of sight.

The curve is p(d) = guess + (start - guess) 2^(-d / half_life): what is known at once, forgotten at a
constant rate, guessed when forgotten (exponential forgetting; compare Wixted and Ebbesen 1991). A model
that forgets nothing within the durations asked has no half-life that the data could show: the estimate is
then a lower bound, said to be right-censored.

Axis letters: `clip` answers, `grid` candidate half-lives.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from wsim.stats.clusters import LEVEL

_GRID = 120
_SHORTEST, _LONGEST = 0.1, 32.0  # half-lives looked at, as multiples of the shortest and longest duration
_CENSORED = 4.0  # a half-life beyond so many times the longest duration cannot be told from none
_STARTS = np.linspace(0.0, 1.0, 41)


class Forgetting(NamedTuple):
    """A fitted curve.

    Attributes:
        half_life_s: time in which half of what was known is lost; infinite when nothing is lost.
        low, high: profile likelihood interval, infinite above where the data allow it.
        start: share of right answers at once.
        guess: share of right answers by chance.
        censored: whether the half-life is only bounded from below.
    """

    half_life_s: float
    low: float
    high: float
    start: float
    guess: float
    censored: bool

    def at(self, duration_s: float) -> float:
        """The share of right answers that the curve expects."""
        kept: float = 2.0 ** (-duration_s / self.half_life_s)
        return self.guess + (self.start - self.guess) * kept


def forgetting_curve(
    durations_s: Sequence[float], right: Sequence[float], *, guess: float = 0.0, level: float = LEVEL
) -> Forgetting | None:
    """Fit the curve by maximum likelihood.

    Args:
        durations_s: how long each thing was out of sight, above zero.
        right: 1 for a right answer, 0 for a wrong one; shares count as that much of each.
        guess: chance of a right answer without knowing.
        level: of the interval; it takes the answers as independent, so give one answer a world.

    Returns:
        The fit; None with fewer than two durations, or when the answers are no better than guessing.
    """
    from scipy.stats import chi2

    d, y = np.asarray(durations_s, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if len(np.unique(d)) < 2 or y.mean() <= guess + 1e-9:
        return None
    grid = np.append(np.geomspace(_SHORTEST * d.min(), _LONGEST * d.max(), _GRID), np.inf)
    fits = np.array([_best_start(d, y, guess, half_life) for half_life in grid])
    best = int(fits[:, 0].argmax())
    allowed = grid[fits[:, 0] >= fits[best, 0] - chi2.ppf(level, 1) / 2]
    half_life = float(grid[best])
    return Forgetting(
        half_life_s=half_life if half_life <= _CENSORED * d.max() else math.inf,
        low=float(allowed[0]),
        high=float(allowed[-1]) if allowed[-1] <= _CENSORED * d.max() else math.inf,
        start=float(fits[best, 1]),
        guess=guess,
        censored=bool(allowed[-1] > _CENSORED * d.max()),
    )


def _best_start(
    d: Float64[np.ndarray, " clip"], y: Float64[np.ndarray, " clip"], guess: float, half_life: float
) -> tuple[float, float]:
    """Log likelihood at the best share of answers known at once, and that share."""
    kept = 2.0 ** (-d / half_life)
    starts = guess + (1.0 - guess) * _STARTS
    p = np.clip(guess + (starts[:, None] - guess) * kept, 1e-6, 1 - 1e-6)
    likelihood = (y * np.log(p) + (1 - y) * np.log(1 - p)).sum(axis=1)
    best = int(likelihood.argmax())
    return float(likelihood[best]), float(starts[best])

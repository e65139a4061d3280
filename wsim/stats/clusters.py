"""Means of clustered scores: the world is the unit, not the clip.

Clips of one world resemble each other; counting them one by one makes intervals too narrow (with 24 worlds
of 8 clips and correlation 0.3 the naive 95 % interval covers 72 %). Everything here works on cluster means.

Axis letters: `clip` single observations, `cluster` independent units.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

LEVEL = 0.95
EXACT_FLIPS = 12  # at most 2^12 sign patterns are enumerated
DRAWS = 9_999


class ClusterMean(NamedTuple):
    """A mean and how well it is known.

    `se` is the standard error (NaN-free: infinite when there are fewer than two clusters), `df` the degrees
    of freedom of its t distribution, `n` observations in `clusters` clusters.
    """

    mean: float
    se: float
    df: float
    n: int
    clusters: int

    def half_width(self, level: float = LEVEL) -> float:
        """Half the width of the t interval; infinite when it cannot be known."""
        if not math.isfinite(self.se):
            return math.inf
        return 0.0 if self.se == 0 else t_quantile(0.5 + level / 2, self.df) * self.se

    def interval(self, level: float = LEVEL) -> tuple[float, float] | None:
        """The two-sided t interval, None with fewer than two clusters."""
        half = self.half_width(level)
        return (self.mean - half, self.mean + half) if math.isfinite(half) else None


def t_quantile(probability: float, df: float) -> float:
    """Quantile of Student's t."""
    from scipy.special import stdtrit  # what scipy.stats calls, without its second of imports

    return float(stdtrit(df, probability))


def means_by_cluster(values: Sequence[float], clusters: Sequence[str]) -> dict[str, float]:
    """The mean of the observations of every cluster, clusters in alphabetical order.

    Sorting (and `math.fsum`) makes the result independent of the order in which records arrived.
    """
    members: dict[str, list[float]] = {}
    for value, cluster in zip(values, clusters, strict=True):
        members.setdefault(cluster, []).append(value)
    return {name: math.fsum(members[name]) / len(members[name]) for name in sorted(members)}


def cluster_mean(values: Sequence[float], clusters: Sequence[str]) -> ClusterMean:
    """Mean over clusters of the cluster means, with the standard error of that mean.

    With G clusters of means m_g: se = sd(m_g, ddof 1) / sqrt(G), df = G - 1. The simplest of the
    cluster-robust estimators and the only one that is exact for normal cluster means
    (Cameron and Miller 2015, section VI; Ibragimov and Mueller 2010).

    Raises:
        ValueError: there are no observations.
    """
    means = np.array(list(means_by_cluster(values, clusters).values()), dtype=np.float64)
    if means.size == 0:
        raise ValueError("a mean of nothing")
    return mean_of(means, n=len(values))


def mean_of(means: Float64[np.ndarray, " cluster"], *, n: int | None = None) -> ClusterMean:
    """`ClusterMean` of ready cluster means; `n` observations, by default one a cluster."""
    count = int(means.size)
    mean = math.fsum(means) / count
    se = math.sqrt(math.fsum((means - mean) ** 2) / (count - 1) / count) if count > 1 else math.inf
    return ClusterMean(mean, se, float(max(count - 1, 1)), count if n is None else n, count)


def decimals_for(se: float | None, *, least: int = 0, most: int = 4) -> int:
    """Decimals that a number with this standard error deserves.

    The error keeps one significant digit, two when the first is a 1 (a step from 0.1 to 0.2 doubles it).
    Unknown or zero errors give 3.
    """
    if se is None or not math.isfinite(se) or se <= 0:
        return min(3, most)
    exponent = math.floor(math.log10(se))
    leading = int(se / 10**exponent + 1e-9)
    return min(most, max(least, -exponent + (leading == 1)))


def round_to_error(value: float, se: float | None) -> str:
    """The number as it should be printed: no more digits than its standard error supports.

    >>> round_to_error(0.47213, 0.031), round_to_error(0.47213, 0.0017), round_to_error(0.5, None)
    ('0.47', '0.4721', '0.500')
    """
    return f"{value:.{decimals_for(se)}f}"

"""Statistics of clustered scores: the world is the unit, not the clip.

Clips of one world resemble each other; counting them one by one makes intervals too narrow (with 24 worlds
of 8 clips and correlation 0.3 the naive 95 % interval covers 72 %). Everything here works on cluster means.
Plain numpy; scipy is imported when a quantile of Student's t is needed. `tests/statistics` proves the
coverage by simulation.

Axis letters: `clip` single observations, `cluster` independent units, `test` hypotheses.
"""

import math
from collections.abc import Mapping, Sequence
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
    from scipy.stats import t

    return float(t.ppf(probability, df))


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


def mean_of_independent(parts: Sequence[ClusterMean]) -> ClusterMean:
    """The unweighted mean of independent means, for suites and headlines.

    se = sqrt(sum se_i^2) / k; degrees of freedom after Welch and Satterthwaite:
    df = (sum se_i^2)^2 / sum(se_i^4 / df_i).
    """
    k = len(parts)
    variance = math.fsum(part.se**2 for part in parts)
    quartic = math.fsum(part.se**4 / part.df for part in parts)
    exact = quartic > 0 and math.isfinite(quartic)
    return ClusterMean(
        mean=math.fsum(part.mean for part in parts) / k,
        se=math.sqrt(variance) / k,
        df=variance**2 / quartic if exact else float(sum(part.df for part in parts)),
        n=sum(part.n for part in parts),
        clusters=sum(part.clusters for part in parts),
    )


def paired_differences(
    baseline: Mapping[str, float], other: Mapping[str, float]
) -> Float64[np.ndarray, " cluster"]:
    """`other` minus `baseline` for every cluster that both have, in alphabetical order."""
    shared = sorted(baseline.keys() & other.keys())
    return np.array([other[name] - baseline[name] for name in shared], dtype=np.float64)


def sign_flip_p(differences: Float64[np.ndarray, " cluster"], *, draws: int = DRAWS, seed: int = 0) -> float:
    """Two-sided sign-flip permutation p-value of a mean (or sum) difference of zero.

    Under the null every paired difference is as likely to have the other sign. All sign patterns are
    enumerated up to 2^12 (the observed one is among them); beyond that `draws` random ones are taken and
    p = (1 + hits) / (1 + draws), so that p is never 0 (Phipson and Smyth 2010).
    """
    count = int(differences.size)
    observed = abs(float(differences.sum()))
    if count == 0 or not np.any(differences):
        return 1.0
    slack = 1e-12 * float(np.abs(differences).sum())  # equal sums must count as equal in floating point
    if count <= EXACT_FLIPS:
        patterns = (np.arange(2**count)[:, None] >> np.arange(count)) & 1
        hits = np.abs((1 - 2 * patterns) @ differences) >= observed - slack
        return float(hits.mean())
    rng = np.random.default_rng(np.random.SeedSequence([seed, count]))
    signs = rng.integers(0, 2, size=(draws, count), dtype=np.int8)
    hits = np.abs((1.0 - 2.0 * signs) @ differences) >= observed - slack
    return float((1 + hits.sum()) / (1 + draws))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjustment (1979): the family-wise error over `test` hypotheses stays at alpha.

    p_(i) is multiplied by (m - i) for i = 0 .. m-1 from the smallest, then made monotone and capped at 1.
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted = [0.0] * len(p_values)
    running = 0.0
    for rank, index in enumerate(order):
        running = max(running, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = running
    return adjusted


def detectable_difference(
    difference: ClusterMean, *, alpha: float = 1 - LEVEL, power: float = 0.8
) -> float | None:
    """The smallest true difference that pairs as noisy as these would show with the given power.

    (t_{1 - alpha/2, df} + t_{power, df}) * se (Bloom 1995); None with fewer than two clusters.
    """
    if not math.isfinite(difference.se):
        return None
    factor = t_quantile(1 - alpha / 2, difference.df) + t_quantile(power, difference.df)
    return factor * difference.se


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

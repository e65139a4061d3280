"""Two models, pair by pair: how different, how surely, and how much more it would take to know.

Axis letters: `cluster` independent units, `test` hypotheses, `threshold` levels of a profile.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from wsim.stats.bootstrap import resampled_interval
from wsim.stats.clusters import DRAWS, EXACT_FLIPS, LEVEL, ClusterMean, t_quantile

_MOST_CLUSTERS = 100_000
_CELLS = 1 << 20  # numbers that are held at once


def paired_differences(baseline: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    """`other` minus `baseline` for every cluster that both have, in alphabetical order."""
    return {name: other[name] - baseline[name] for name in sorted(baseline.keys() & other.keys())}


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
    rng, beyond = np.random.default_rng(np.random.SeedSequence([seed, count])), 0
    rows = max(4, _CELLS // count // 4 * 4)  # bytes are drawn by fours, so how many at once changes no draw
    for start in range(0, draws, rows):
        signs = rng.integers(0, 2, size=(min(rows, draws - start), count), dtype=np.int8)
        beyond += int((np.abs((1.0 - 2.0 * signs) @ differences) >= observed - slack).sum())
    return (1 + beyond) / (1 + draws)


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


def clusters_to_settle(
    difference: ClusterMean, *, alpha: float = 1 - LEVEL, power: float = 0.8
) -> int | None:
    """How many clusters a difference as large as the one seen would need to be shown with that power.

    The least G with (t_{1 - alpha/2, G-1} + t_{power, G-1}) sd / sqrt(G) <= |difference|, sd being that of
    the paired differences, and with 2^(1 - G) < alpha: no p of sign flips is smaller. None when nothing can
    be said: fewer than two clusters, a difference of zero, or more than 100,000.
    """
    if not math.isfinite(difference.se) or difference.mean == 0.0:
        return None
    spread = difference.se * math.sqrt(difference.clusters)

    def enough(clusters: int) -> bool:
        df = clusters - 1.0
        factor = t_quantile(1 - alpha / 2, df) + t_quantile(power, df)
        return factor * spread / math.sqrt(clusters) <= abs(difference.mean)

    if not enough(_MOST_CLUSTERS):
        return None
    low = math.floor(1 - math.log2(alpha))  # one more, and all pairs of one sign are enough
    high = _MOST_CLUSTERS  # enough(high) always holds; it is monotone in the number of clusters
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


class Wins(NamedTuple):
    """Pairs that got better, stayed equal and got worse, and P(better) + P(equal) / 2 with its interval."""

    better: int
    equal: int
    worse: int
    probability: float
    low: float
    high: float


def probability_of_improvement(
    differences: Float64[np.ndarray, " cluster"], *, tolerance: float = 1e-9, draws: int = DRAWS
) -> Wins:
    """How often a cluster gets better: the share of paired differences above zero, ties for one half.

    As in Agarwal et al. (NeurIPS 2021), on pairs; percentile bootstrap interval over clusters.

    Raises:
        ValueError: there are no pairs.
    """
    if not differences.size:
        raise ValueError("no pairs")
    score = np.where(differences > tolerance, 1.0, np.where(differences < -tolerance, 0.0, 0.5))
    low, high = resampled_interval(score, lambda sample: sample.mean(axis=-1), draws=draws)
    return Wins(
        int((score == 1.0).sum()), int((score == 0.5).sum()), int((score == 0.0).sum()),
        float(score.mean()), low, high,
    )  # fmt: skip


def performance_profile(
    means: Float64[np.ndarray, " cluster"], thresholds: Float64[np.ndarray, " threshold"]
) -> Float64[np.ndarray, " threshold"]:
    """Share of clusters that score above each threshold (Dolan and More 2002; Agarwal et al. 2021).

    Example:
        >>> performance_profile(np.array([0.2, 0.8]), np.array([0.0, 0.5, 0.9])).tolist()
        [1.0, 0.5, 0.0]
    """
    share: Float64[np.ndarray, " threshold"] = (means[:, None] > thresholds).mean(axis=0)
    return share

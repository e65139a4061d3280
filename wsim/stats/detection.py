"""How well a score tells the lawful from the violated.

Scores are "higher is more lawful" throughout. Ties count one half.

Axis letters: `lawful` and `violated` clips.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from wsim.stats.clusters import LEVEL


def auroc(lawful: Sequence[float], violated: Sequence[float]) -> float:
    """Chance that a lawful clip scores above a violated one: Mann-Whitney U / (n m).

    Raises:
        ValueError: one of the two is empty.

    Example:
        >>> auroc([1.0, 0.8], [0.8, 0.1])
        0.875
    """
    from scipy.stats import rankdata

    n, m = len(lawful), len(violated)
    if not n or not m:
        raise ValueError("needs lawful and violated clips")
    ranks = rankdata(np.concatenate([lawful, violated]))
    return float((ranks[:n].sum() - n * (n + 1) / 2) / (n * m))


def auroc_interval(
    lawful: Mapping[str, float],
    violated: Mapping[str, float],
    *,
    level: float = LEVEL,
    draws: int = 999,
    seed: int = 0,
) -> tuple[float, float]:
    """Percentile bootstrap of the AUROC over worlds: twins of one world are drawn together.

    Args:
        lawful: score of every world's lawful clip.
        violated: score of the violated twin of the same worlds.
        level: of the interval.
        draws: resamples.
        seed: of the resampling.
    """
    shared = sorted(lawful.keys() & violated.keys())
    pairs = np.array([(lawful[name], violated[name]) for name in shared])
    rng = np.random.default_rng(np.random.SeedSequence([seed, len(shared)]))
    found = []
    for _ in range(draws):
        sample = pairs[rng.integers(0, len(pairs), len(pairs))]
        found.append(auroc(sample[:, 0].tolist(), sample[:, 1].tolist()))
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def rank_correlation(doses: Sequence[float], scores: Sequence[float]) -> float:
    """Spearman's rho; 0 when either never changes (a score that ignores the dose shows no response)."""
    from scipy.stats import spearmanr

    if len(set(doses)) < 2 or len(set(scores)) < 2:
        return 0.0
    return float(spearmanr(doses, scores).statistic)


def alarm_threshold(lawful: Sequence[float], alarms: float = 0.05) -> float:
    """The score below which a clip is called violated, so that new lawful clips are at most this often.

    Split conformal: the floor(alarms (n + 1))-th smallest lawful score (Vovk et al. 2005); minus infinity
    when there are too few clips to promise anything.
    """
    rank = math.floor(alarms * (len(lawful) + 1) + 1e-9)
    return sorted(lawful)[rank - 1] if rank >= 1 else -math.inf


def least_detectable(doses: Sequence[float], found: Sequence[float], wanted: float = 0.8) -> float | None:
    """The least severity that is found in at least `wanted` of the clips, interpolated between doses.

    Args:
        doses: increasing severities.
        found: share of clips called violated at each dose.
        wanted: share.

    Returns:
        None when even the highest dose is found too seldom.
    """
    for index, share in enumerate(found):
        if share >= wanted:
            if index == 0:
                return float(doses[0])
            before = found[index - 1]
            part = (wanted - before) / (share - before)
            return float(doses[index - 1] + part * (doses[index] - doses[index - 1]))
    return None


class DPrime(NamedTuple):
    """Sensitivity without the inclination to say yes: z(hit rate) - z(false alarm rate), and its interval."""

    value: float
    low: float
    high: float
    criterion: float


def d_prime(hits: int, signals: int, alarms: int, blanks: int, *, level: float = LEVEL) -> DPrime:
    """Sensitivity of yes-no answers.

    Rates get the log-linear correction (k + 1/2) / (n + 1) (Hautus 1995), so perfect answers stay finite; the
    standard error is that of Gourevitch and Galanter (1967): var = p q / (n phi(z)^2), summed.

    Args:
        hits: times that yes was right.
        signals: times that yes would have been right.
        alarms: times that yes was wrong.
        blanks: times that yes would have been wrong.
        level: of the interval.

    Raises:
        ValueError: nothing was asked on one side.
    """
    from scipy.stats import norm

    if signals < 1 or blanks < 1:
        raise ValueError("needs both signals and blanks")
    rates = [(hits + 0.5) / (signals + 1), (alarms + 0.5) / (blanks + 1)]
    z = [float(norm.ppf(rate)) for rate in rates]
    variance = sum(
        rate * (1 - rate) / (count * float(norm.pdf(score)) ** 2)
        for rate, count, score in zip(rates, (signals, blanks), z, strict=True)
    )
    half = float(norm.ppf(0.5 + level / 2)) * math.sqrt(variance)
    value = z[0] - z[1]
    return DPrime(value, value - half, value + half, -0.5 * (z[0] + z[1]))

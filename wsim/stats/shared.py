"""Means of means whose parts share clusters: suites, headlines, and differences of these.

Several probes may read the same world, and all that read a found video read that one video: what is hard for
one of them is hard for the next. What a cluster adds to the error is therefore summed over all parts before
it is squared. Where parts share no cluster this is the quadrature of independent errors; where they share
all, it is the error of one mean over clusters.

Axis letters: `cluster` independent units of all parts.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from wsim.stats.clusters import ClusterMean, mean_of


class Part(NamedTuple):
    """One term of a sum of means.

    Attributes:
        weight: of the term.
        mean: what is summed; it may differ from the mean of `clusters`, which give its error.
        clusters: the mean of every cluster, by name.
        n: observations in them.
    """

    weight: float
    mean: float
    clusters: Mapping[str, float]
    n: int


def sum_of_means(parts: Sequence[Part]) -> ClusterMean:
    """The weighted sum of means, `n` observations of all parts in so many different clusters.

    With m_pc the mean of cluster c in part p, G_p clusters and v_p = w_p^2 se_p^2:
    se^2 = sum_c (sum_p w_p (m_pc - m_p) / sqrt(G_p (G_p - 1)))^2, as of any statistic that is linear in
    clusters (Liang and Zeger 1986). Degrees of freedom after Satterthwaite (1946), the clusters of a part
    taken as equally variable: (sum_p v_p)^2 / sum_c (sum_p v_p / G_p) (sum_p v_p / (G_p - 1)). That is
    Welch's formula for parts without a common cluster, and G - 1 for parts that have all in common.

    Raises:
        ValueError: there are no parts, or one is without clusters.
    """
    if not parts or not all(part.clusters for part in parts):
        raise ValueError("a sum of nothing")
    names = sorted(set().union(*(part.clusters for part in parts)))
    se, df = _error(parts, names) if min(len(part.clusters) for part in parts) > 1 else (math.inf, 1.0)
    mean = math.fsum(part.weight * part.mean for part in parts)
    return ClusterMean(mean, se, df, sum(part.n for part in parts), len(names))


def _error(parts: Sequence[Part], names: Sequence[str]) -> tuple[float, float]:
    """The standard error and its degrees of freedom."""
    place = {name: index for index, name in enumerate(names)}
    moved, share, share_of_rest = np.zeros((3, len(names)))
    for part in parts:
        at, values = [place[name] for name in part.clusters], np.array(list(part.clusters.values()))
        own, count = mean_of(values), len(values)
        moved[at] += part.weight * (values - own.mean) / math.sqrt(count * (count - 1))
        variance = (part.weight * own.se) ** 2
        share[at] += variance / count
        share_of_rest[at] += variance / (count - 1)
    product = float(share @ share_of_rest)
    df = float(share.sum()) ** 2 / product if product > 0 else len(names) - 1.0
    return math.sqrt(math.fsum(moved**2)), df

"""Errors of numbers that are no means: leave a group of clusters out, compute again, see how much it moves.

The delete-a-group jackknife (Wolter 2007, Introduction to Variance Estimation, chapter 4). Unlike the
bootstrap it never shows a set the same video twice, which a distance between sets takes for a narrower set.
"""

import math
from collections.abc import Callable, Iterable

import numpy as np

from wsim.stats.clusters import ClusterMean

GROUPS = 20


def jackknife(
    statistic: Callable[[frozenset[str]], float], clusters: Iterable[str], *, n: int, groups: int = GROUPS
) -> ClusterMean:
    """A statistic of all clusters with its standard error.

    The interval is for what the statistic is on average at this many samples; a bias that is due to
    their number stays in it.

    Args:
        statistic: of the clusters that are left out; pure.
        clusters: all of them; sorted and dealt out to the groups, so their order does not matter.
        n: observations, to be told beside the number.
        groups: as many as there are clusters, if these are fewer.

    Example:
        >>> values = {"a": 1.0, "b": 2.0, "c": 6.0}
        >>> found = jackknife(lambda out: sum(v for k, v in values.items() if k not in out) /
        ...                   (len(values) - len(out)), values, n=3)
        >>> round(found.mean, 9), round(found.se, 6)  # of a mean it is the usual standard error
        (3.0, 1.527525)
    """
    names = sorted(set(clusters))
    count = min(groups, len(names))
    value = statistic(frozenset())
    if count < 3:
        return ClusterMean(value, math.inf, 1.0, n, len(names))
    moved = np.array([statistic(frozenset(names[place::count])) for place in range(count)])
    variance = (count - 1) / count * math.fsum((moved - moved.mean()) ** 2)
    return ClusterMean(value, math.sqrt(variance), float(count - 1), n, len(names))

"""The scoring law: from the records of one probe to its skill, coverage and strict skill.

Every clip gets s = (m - null) / (ceiling - null), unclipped: clipping clip by clip would pay a coin-flipper.
Scores are averaged within a cluster, then over clusters, and only that mean is clipped to 0..1. Unmeasurable
clips are neither dropped nor zeroed in silence: the conditional skill is over measurable clips, coverage says
how many those were, and strict = skill x coverage is what suites are made of.
"""

import math
from collections import Counter
from collections.abc import Sequence
from statistics import fmean
from typing import NamedTuple

from wsim.runs.manifest import ProbeEntry
from wsim.runs.results import Calibration, Estimate, Record
from wsim.stats import ClusterMean, cluster_mean, means_by_cluster

FEW_CLUSTERS = 10
LOW_COVERAGE = 0.10
CURVE_POINTS = 8  # a parameter with more values than this is grouped into quantiles
NOTHING = Estimate(None, None, None, 0, 0)

Curve = tuple[tuple[float | str, float, int], ...]


def score_of(record: Record, metric: str, calibration: Calibration) -> float:
    """The unclipped score of one measured clip; 0 at the null, 1 at the ceiling, whatever the direction."""
    return (record.metrics[metric] - calibration.null) / (calibration.ceiling - calibration.null)


def strict_scores(
    records: Sequence[Record], metric: str, calibration: Calibration
) -> tuple[list[float], list[str]]:
    """Scores and clusters of all clips that could be asked about; unmeasurable ones score as the null."""
    asked = [record for record in records if record.status in ("ok", "unmeasurable")]
    scores = [score_of(r, metric, calibration) if r.status == "ok" else 0.0 for r in asked]
    return scores, [record.cluster for record in asked]


def coverage_of(records: Sequence[Record]) -> float:
    """Measurable share of the clips that were read; 0 when none were."""
    counts = Counter(record.status for record in records)
    asked = counts["ok"] + counts["unmeasurable"]
    return counts["ok"] / asked if asked else 0.0


def skill_of(records: Sequence[Record], metric: str, calibration: Calibration) -> Estimate:
    """Skill over measurable clips, with its cluster-t interval, clipped to 0..1."""
    ok = [record for record in records if record.status == "ok"]
    if not ok:
        return NOTHING
    scores = [score_of(record, metric, calibration) for record in ok]
    return clipped(cluster_mean(scores, [record.cluster for record in ok]))


class Strict(NamedTuple):
    """Strict skill before clipping: its mean with an error, and the mean of every cluster, by name."""

    mean: ClusterMean
    clusters: dict[str, float]


def strict_mean(records: Sequence[Record], metric: str, calibration: Calibration) -> Strict | None:
    """Unclipped skill x coverage, with the error of per-cluster strict scores; None if nothing was read.

    When clusters are balanced this is exactly the mean of the strict scores.
    """
    scores, clusters = strict_scores(records, metric, calibration)
    ok = [record for record in records if record.status == "ok"]
    if not scores:
        return None
    worlds, spread = means_by_cluster(scores, clusters), cluster_mean(scores, clusters)
    if not ok:
        return Strict(spread._replace(mean=0.0), worlds)
    measured = [score_of(record, metric, calibration) for record in ok]
    skill = cluster_mean(measured, [record.cluster for record in ok]).mean
    return Strict(spread._replace(mean=skill * coverage_of(records)), worlds)


def strict_of(mean: ClusterMean, skill: Estimate, coverage: float) -> Estimate:
    """Strict skill for people: the clipped skill x coverage, with an interval that holds it."""
    around = clipped(mean)
    value = (skill.value or 0.0) * coverage
    return Estimate(
        value=value,
        low=None if around.low is None else min(around.low, value),
        high=None if around.high is None else max(around.high, value),
        n=around.n,
        clusters=around.clusters,
    )


def clipped(mean: ClusterMean, *, low: float = 0.0, high: float = 1.0) -> Estimate:
    """A mean and its interval as an estimate, both clipped."""
    ends = mean.interval()
    return Estimate(
        value=min(max(mean.mean, low), high),
        low=min(max(ends[0], low), high) if ends else None,
        high=min(max(ends[1], low), high) if ends else None,
        n=mean.n,
        clusters=mean.clusters,
    )


def plain(mean: ClusterMean) -> Estimate:
    """A mean and its interval as an estimate, in natural units."""
    return clipped(mean, low=-math.inf, high=math.inf)


def metric_estimates(entry: ProbeEntry, records: Sequence[Record]) -> dict[str, Estimate]:
    """Every declared metric over the measurable clips, in natural units and within its bounds."""
    found = {}
    for spec in entry.metrics:
        ok = [record for record in records if record.status == "ok" and spec.name in record.metrics]
        if ok:
            values = [record.metrics[spec.name] for record in ok]
            mean = cluster_mean(values, [record.cluster for record in ok])
            found[spec.name] = clipped(mean, low=spec.low, high=spec.high)
    return found


def curves_of(records: Sequence[Record]) -> dict[str, Curve]:
    """Share of lawful verdicts against every parameter that varies, over measurable clips."""
    ok = [record for record in records if record.status == "ok"]
    names = sorted({name for record in ok for name in record.parameters})
    curves = {name: _curve(name, [r for r in ok if name in r.parameters]) for name in names}
    return {name: curve for name, curve in curves.items() if len(curve) > 1}


def _curve(name: str, records: Sequence[Record]) -> Curve:
    # Numbers before words; scenario ids make the order of equal values, and so the groups, unique.
    ordered = sorted(
        records,
        key=lambda r: (isinstance(r.parameters[name], str), r.parameters[name], r.scenario),
    )
    groups: dict[float | str, list[Record]] = {}
    for record in ordered:
        groups.setdefault(record.parameters[name], []).append(record)
    numbers = [value for value in groups if not isinstance(value, str)]
    if len(numbers) > CURVE_POINTS and len(numbers) == len(groups):
        groups = _quantiles(name, ordered)
    return tuple((value, fmean(bool(r.lawful) for r in group), len(group)) for value, group in groups.items())


def _quantiles(name: str, ordered: Sequence[Record]) -> dict[float | str, list[Record]]:
    """Groups of equal size, each standing at the mean of its values."""
    groups: dict[float | str, list[Record]] = {}
    for index in range(CURVE_POINTS):
        start = index * len(ordered) // CURVE_POINTS
        group = list(ordered[start : (index + 1) * len(ordered) // CURVE_POINTS])
        if group:
            middle = fmean(float(record.parameters[name]) for record in group)
            groups.setdefault(middle, []).extend(group)
    return groups

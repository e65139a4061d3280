"""Two runs side by side: paired by world, tested by sign flips, corrected over probes.

Runs answer the same scenarios, so the difference is taken world by world and the worlds' own difficulty
cancels. Scores are strict and in units of skill, each run on its own scale (its own ceiling and null).

Axis letters: `cluster` independent units that both runs have.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import Float64

from wsim.runs.comparable import cautions, refuse_strangers
from wsim.runs.folder import RunFolder
from wsim.runs.pairs import Side, cluster_differences, load_side, scenario_pairs
from wsim.runs.results import Comparison, Difference, Estimate, ProbeSummary, RunSummary
from wsim.runs.scoring import FEW_CLUSTERS, NOTHING, plain
from wsim.stats import (
    Part,
    clusters_to_settle,
    detectable_difference,
    holm,
    mean_of,
    sign_flip_p,
    sum_of_means,
)

ALPHA = 0.05
SAME_WITHIN = 0.05  # skill; an interval that lies within is called "same", but of few pairs none is

Call = Literal["better", "worse", "same", "unclear"]
Pairs: TypeAlias = Mapping[str, float]  # a world to its difference


NOTHING_SHARED = "the runs share no scenario that could be read in both, so nothing is compared"


def compare(baseline: RunFolder | Path | str, other: RunFolder | Path | str) -> Comparison:
    """Compare two runs of the same benchmark, track and seed.

    Raises:
        WsimError: they did not answer the same questions; the message names what differs.
    """
    left, right = load_side(baseline), load_side(other)
    refuse_strangers(left.manifest, right.manifest, where=f"{left.path} and {right.path}")
    twins = {probe.name: probe for probe in right.summary.probes}
    shared = [(probe, twins[probe.name]) for probe in left.summary.probes if probe.name in twins]
    found = [_pairs(left, right, *both) for both in shared]
    tests = sum(bool(pairs) for pairs in found)
    rows, parts = [], []
    for (probe, twin), pairs in zip(shared, found, strict=True):
        flags = _row_flags(probe, twin)
        rows.append(_difference(probe.name, probe.strict, twin.strict, pairs, flags, tests))
        if left.manifest.counted(probe.name):
            parts.append((probe.suite, pairs))
    probes = _with_holm(rows)
    warnings = cautions(left.manifest, right.manifest)
    if all(row.difference.value is None for row in rows):
        warnings = [*warnings, NOTHING_SHARED]
    return Comparison(
        baseline=left.summary,
        other=right.summary,
        headline=_headline(left.summary, right.summary, parts),
        probes=tuple(probes),
        warnings=tuple(warnings),
    )


def _pairs(left: Side, right: Side, probe: ProbeSummary, twin: ProbeSummary) -> Pairs:
    """Difference of strict scores for every world, over the scenarios that both runs have read."""
    if probe.status != "ok" or twin.status != "ok":
        return {}
    return cluster_differences(scenario_pairs(left, right, probe.name))


def _row_flags(probe: ProbeSummary, twin: ProbeSummary) -> tuple[str, ...]:
    flags = [
        f"{name}: {side.status}"
        for name, side in (("baseline", probe), ("other", twin))
        if side.status != "ok"
    ]
    return tuple(flags + sorted({*probe.flags, *twin.flags}))


def _difference(
    name: str, baseline: Estimate, other: Estimate, pairs: Pairs, flags: tuple[str, ...], tests: int
) -> Difference:
    """One row; `tests` is how many are adjusted for, the first of them by that factor (Holm)."""
    if not pairs:
        return Difference(name, baseline, other, NOTHING, None, None, None, "unclear", flags)
    differences = np.array(list(pairs.values()), dtype=np.float64)
    mean = mean_of(differences)
    return Difference(
        name=name,
        baseline=baseline,
        other=other,
        difference=plain(mean),
        p_value=sign_flip_p(differences),
        p_holm=None,
        detectable=detectable_difference(mean),
        call="unclear",
        flags=flags,
        settling=clusters_to_settle(mean, alpha=ALPHA / tests),
    )


def _with_holm(rows: Sequence[Difference]) -> list[Difference]:
    """The rows with p-values adjusted over all of them, and the call that follows."""
    tested = [row for row in rows if row.p_value is not None]
    adjusted = dict(
        zip([row.name for row in tested], holm([row.p_value or 0.0 for row in tested]), strict=True)
    )
    return [
        replace(row, p_holm=adjusted[row.name], call=_call(row.difference, adjusted[row.name]))
        if row.name in adjusted
        else row
        for row in rows
    ]


def _call(difference: Estimate, p_value: float) -> Call:
    """In words: a difference that is significant, one that is certainly small, or neither."""
    if difference.value is None:
        return "unclear"
    if p_value < ALPHA:
        return "better" if difference.value > 0 else "worse"
    enough = difference.clusters >= FEW_CLUSTERS  # a few pairs may happen to agree
    if enough and difference.low is not None and difference.high is not None:
        certain = max(abs(difference.low), abs(difference.high)) <= SAME_WITHIN
        return "same" if certain else "unclear"
    return "unclear"


def _headline(left: RunSummary, right: RunSummary, parts: Sequence[tuple[str, Pairs]]) -> Difference:
    """The mean over suites of the mean over probes, tested by flipping worlds, in all probes at once."""
    a, b = left.headline, right.headline
    used = [(suite, pairs) for suite, pairs in parts if pairs]
    if a.value is None or b.value is None or not used:
        return Difference("headline", a, b, NOTHING, None, None, None, "unclear", ("headline withheld",))
    probes = Counter(suite for suite, _ in used)
    terms = [_term(pairs, 1 / (probes[suite] * len(probes))) for suite, pairs in used]
    mean = sum_of_means(terms)
    p_value = sign_flip_p(_by_world(terms))
    estimate = plain(mean)
    call = _call(estimate, p_value)
    return Difference("headline", a, b, estimate, p_value, p_value, detectable_difference(mean), call)


def _term(pairs: Pairs, weight: float) -> Part:
    return Part(weight, math.fsum(pairs.values()) / len(pairs), pairs, len(pairs))


def _by_world(terms: Sequence[Part]) -> Float64[np.ndarray, " cluster"]:
    """What every world adds to the headline's difference, over all probes that read it."""
    added: dict[str, list[float]] = defaultdict(list)
    for term in terms:
        for world, difference in term.clusters.items():
            added[world].append(term.weight * difference / len(term.clusters))
    return np.array([math.fsum(added[world]) for world in sorted(added)])

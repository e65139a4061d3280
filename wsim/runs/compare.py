"""Two runs side by side: paired by world, tested by sign flips, corrected over probes.

Runs answer the same scenarios, so the difference is taken world by world and the worlds' own difficulty
cancels. Scores are strict and in units of skill, each run on its own scale (its own ceiling and null).
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float64

from wsim.runs.comparable import cautions, refuse_strangers
from wsim.runs.folder import RunFolder
from wsim.runs.pairs import Side, cluster_differences, load_side, scenario_pairs
from wsim.runs.results import Comparison, Difference, Estimate, ProbeSummary, RunSummary
from wsim.runs.scoring import NOTHING, plain
from wsim.stats import (
    ClusterMean,
    detectable_difference,
    holm,
    mean_of,
    mean_of_independent,
    sign_flip_p,
)

ALPHA = 0.05
SAME_WITHIN = 0.05  # skill; an interval that lies within is called "same"

Call = Literal["better", "worse", "same", "unclear"]


NOTHING_SHARED = "the runs share no scenario that could be read in both, so nothing is compared"


def compare(baseline: RunFolder | Path | str, other: RunFolder | Path | str) -> Comparison:
    """Compare two runs of the same benchmark, track and seed.

    Raises:
        WsimError: they did not answer the same questions; the message names what differs.
    """
    left, right = load_side(baseline), load_side(other)
    refuse_strangers(left.manifest, right.manifest, where=f"{left.path} and {right.path}")
    rows, parts = [], []
    for probe in left.summary.probes:
        twin = next((p for p in right.summary.probes if p.name == probe.name), None)
        if twin is None:
            continue
        pairs = _pairs(left, right, probe, twin)
        rows.append(_difference(probe.name, probe.strict, twin.strict, pairs, _row_flags(probe, twin)))
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


Pairs = Float64[np.ndarray, " cluster"]


def _pairs(left: Side, right: Side, probe: ProbeSummary, twin: ProbeSummary) -> Pairs:
    """Difference of strict scores for every world, over the scenarios that both runs have read."""
    if probe.status != "ok" or twin.status != "ok":
        return np.array([], dtype=np.float64)
    return cluster_differences(scenario_pairs(left, right, probe.name))


def _row_flags(probe: ProbeSummary, twin: ProbeSummary) -> tuple[str, ...]:
    flags = [
        f"{name}: {side.status}"
        for name, side in (("baseline", probe), ("other", twin))
        if side.status != "ok"
    ]
    return tuple(flags + sorted({*probe.flags, *twin.flags}))


def _difference(
    name: str, baseline: Estimate, other: Estimate, pairs: Pairs, flags: tuple[str, ...]
) -> Difference:
    if pairs.size == 0:
        return Difference(name, baseline, other, NOTHING, None, None, None, "unclear", flags)
    mean = mean_of(pairs)
    return Difference(
        name=name,
        baseline=baseline,
        other=other,
        difference=plain(mean),
        p_value=sign_flip_p(pairs),
        p_holm=None,
        detectable=detectable_difference(mean),
        call="unclear",
        flags=flags,
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
    if difference.low is not None and difference.high is not None:
        certain = max(abs(difference.low), abs(difference.high)) <= SAME_WITHIN
        return "same" if certain else "unclear"
    return "unclear"


def _headline(left: RunSummary, right: RunSummary, parts: Sequence[tuple[str, Pairs]]) -> Difference:
    """The mean over suites of the mean over probes, tested by flipping worlds of all probes at once."""
    a, b = left.headline, right.headline
    used = [(suite, pairs) for suite, pairs in parts if pairs.size]
    if a.value is None or b.value is None or not used:
        return Difference("headline", a, b, NOTHING, None, None, None, "unclear", ("headline withheld",))
    suites = list(dict.fromkeys(suite for suite, _ in used))
    means, weighted = [], []
    for suite in suites:
        members = [pairs for name, pairs in used if name == suite]
        means.append(mean_of_independent([mean_of(pairs) for pairs in members]))
        weighted += [pairs / (pairs.size * len(members) * len(suites)) for pairs in members]
    mean: ClusterMean = mean_of_independent(means)
    p_value = sign_flip_p(np.concatenate(weighted))
    estimate = plain(mean)
    detectable = detectable_difference(mean)
    call = _call(estimate, p_value)
    return Difference("headline", a, b, estimate, p_value, p_value, detectable, call)

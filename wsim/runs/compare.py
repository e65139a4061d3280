"""Two runs side by side: paired by world, tested by sign flips, corrected over probes.

Runs answer the same scenarios, so the difference is taken world by world and the worlds' own difficulty
cancels. Scores are strict and in units of skill, each run on its own scale (its own ceiling and null).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float64

from wsim.errors import WsimError
from wsim.runs.folder import RunFolder
from wsim.runs.manifest import Manifest
from wsim.runs.results import Calibration, Comparison, Difference, Estimate, ProbeSummary, Record, RunSummary
from wsim.runs.scoring import NOTHING, plain, strict_scores
from wsim.runs.summary import current, load_summary
from wsim.stats import (
    ClusterMean,
    detectable_difference,
    holm,
    mean_of,
    mean_of_independent,
    means_by_cluster,
    paired_differences,
    sign_flip_p,
)

ALPHA = 0.05
SAME_WITHIN = 0.05  # skill; an interval that lies within is called "same"

Call = Literal["better", "worse", "same", "unclear"]


def compare(baseline: RunFolder | Path | str, other: RunFolder | Path | str) -> Comparison:
    """Compare two runs of the same benchmark, track and seed.

    Raises:
        WsimError: they did not answer the same questions; the message names what differs.
    """
    left, right = _load(baseline), _load(other)
    _refuse_strangers(left, right)
    rows, parts = [], []
    for probe in left.summary.probes:
        twin = next((p for p in right.summary.probes if p.name == probe.name), None)
        if twin is None:
            continue
        pairs = _pairs(left, right, probe, twin)
        rows.append(_difference(probe.name, probe.strict, twin.strict, pairs, _row_flags(probe, twin)))
        parts.append((probe.suite, pairs))
    probes = _with_holm(rows)
    return Comparison(
        baseline=left.summary,
        other=right.summary,
        headline=_headline(left.summary, right.summary, parts),
        probes=tuple(probes),
        warnings=tuple(_warnings(left.manifest, right.manifest)),
    )


@dataclass(frozen=True)
class _Side:
    path: Path
    manifest: Manifest
    records: Mapping[str, list[Record]]
    calibrations: Mapping[str, Calibration]
    summary: RunSummary


Pairs = Float64[np.ndarray, " cluster"]


def _load(folder: RunFolder | Path | str) -> _Side:
    run = folder if isinstance(folder, RunFolder) else RunFolder(folder)
    manifest = run.manifest
    calibrations = {name: kept for name, (_, kept) in run.calibrations().items()}
    return _Side(run.path, manifest, current(manifest, run.records.read()), calibrations, load_summary(run))


def _refuse_strangers(left: _Side, right: _Side) -> None:
    """Raise for the first thing that makes the two answer different questions."""
    a, b = left.manifest, right.manifest
    facts: list[tuple[str, object, object]] = [
        (f"benchmark {name}", a.benchmark[name], b.benchmark[name]) for name in ("name", "version", "digest")
    ]
    facts += [("track", a.track, b.track), ("seed", a.seed, b.seed)]
    versions = {entry.name: entry.version for entry in b.probes}
    facts += [
        (f"version of probe {e.name}", e.version, versions[e.name]) for e in a.probes if e.name in versions
    ]
    for what, mine, yours in facts:
        if mine != yours:
            raise WsimError(
                f"the runs cannot be compared: {what} is {mine} in one and {yours} in the other",
                where=f"{left.path} and {right.path}",
                remedy="score both with the same benchmark, track and seed; "
                "`wsim measure RUN` brings stored videos to the probes of today",
            )


def _warnings(a: Manifest, b: Manifest) -> list[str]:
    """What differs without making the comparison wrong."""
    found = []
    if a.clip != b.clip:
        found.append(f"clip formats differ: {a.clip} and {b.clip}; each run has the scale of its own format")
    theirs = {entry.name: entry for entry in b.probes}
    for entry in a.probes:
        twin = theirs.get(entry.name)
        if twin is not None and twin.instrument != entry.instrument:
            found.append(f"the source of {entry.name} differs between the runs, at the same version")
    found += [f"run {manifest.run} is partial" for manifest in (a, b) if manifest.partial]
    found += [f"run {m.run} is {m.status}" for m in (a, b) if m.status != "complete"]
    return found


def _pairs(left: _Side, right: _Side, probe: ProbeSummary, twin: ProbeSummary) -> Pairs:
    """Difference of strict scores for every world, over the scenarios that both runs have read."""
    if probe.status != "ok" or twin.status != "ok":
        return np.array([], dtype=np.float64)
    read = [
        {r.scenario: r for r in side.records[probe.name] if r.status in ("ok", "unmeasurable")}
        for side in (left, right)
    ]
    shared = sorted(read[0].keys() & read[1].keys())
    means = []
    for side, records in zip((left, right), read, strict=True):
        spec = side.manifest.probe(probe.name).metrics[0]
        scores, clusters = strict_scores(
            [records[name] for name in shared], spec.name, side.calibrations[probe.name]
        )
        means.append(means_by_cluster(scores, clusters))
    return paired_differences(means[0], means[1])


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

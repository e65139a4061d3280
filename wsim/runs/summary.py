"""From the files of a run to its summary, which is made anew whenever it is read: files get edited."""

import dataclasses
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from wsim.runs.durable import write_whole
from wsim.runs.folder import RunFolder
from wsim.runs.manifest import Manifest, ProbeEntry
from wsim.runs.metrics_file import METRICS_FILE, read_metrics
from wsim.runs.records import latest
from wsim.runs.results import (
    Calibration,
    Estimate,
    ProbeSummary,
    Record,
    RunSummary,
    SuiteSummary,
)
from wsim.runs.scoring import (
    FEW_CLUSTERS,
    LOW_COVERAGE,
    NOTHING,
    clipped,
    coverage_of,
    curves_of,
    metric_estimates,
    skill_of,
    strict_mean,
    strict_of,
)
from wsim.stats import ClusterMean, mean_of_independent

BESIDE = "shown beside its suite, whose mean leaves it out: not every model can be asked"
COARSE_CODEC = (
    "the model's own codec leaves too little to read of lawful renders: the scale is that of the renders"
)


def load_summary(folder: RunFolder | Path | str) -> RunSummary:
    """The summary of a run, computed from its records.

    Raises:
        WsimError: there is no run, it is damaged, or a newer wsim made it.
    """
    run = folder if isinstance(folder, RunFolder) else RunFolder(folder)
    calibrations = {name: kept for name, (_, kept) in run.calibrations().items()}
    manifest, records = run.manifest, run.records.read()
    metrics = read_metrics(run.path / METRICS_FILE, current(manifest, records))
    return dataclasses.replace(summarise(manifest, records, calibrations), metrics=metrics)


def write_summary(folder: RunFolder | Path | str) -> RunSummary:
    """Compute the summary and leave it in the folder as `summary.json`."""
    run = folder if isinstance(folder, RunFolder) else RunFolder(folder)
    summary = load_summary(run)
    write_whole(run.path / "summary.json", json.dumps(summary.to_json(), indent=1, allow_nan=False) + "\n")
    return summary


def summarise(
    manifest: Manifest, records: Iterable[Record], calibrations: Mapping[str, Calibration]
) -> RunSummary:
    """The summary of these records; their order does not matter but for two of the same scenario."""
    kept = current(manifest, records)
    parts = [
        _probe_summary(manifest, entry, kept[entry.name], calibrations.get(entry.name))
        for entry in manifest.probes
        if entry.offered  # one of another track is no part of this one
    ]
    suites, means = [], []
    for name in dict.fromkeys(summary.suite for summary, _ in parts):
        suite, mean = _suite_summary(name, [part for part in parts if part[0].suite == name], manifest)
        suites.append(suite)
        if mean is not None:
            means.append(mean)
    whole = bool(means) and all(suite.complete for suite in suites)
    flat = [record for group in kept.values() for record in group]
    return RunSummary(
        run=manifest.run,
        status="incomplete" if manifest.status == "interrupted" else manifest.status,
        model=manifest.model,
        benchmark=manifest.benchmark,
        track=manifest.track,
        format=str(manifest.clip),
        seed=manifest.seed,
        partial=manifest.partial,
        headline=clipped(mean_of_independent(means)) if whole else _withheld(means),
        suites=tuple(suites),
        counts=counts_of(manifest, flat),
        signature=signature(manifest, [summary for summary, _ in parts]),
        timing=_timing(manifest, flat),
    )


def current(manifest: Manifest, records: Iterable[Record]) -> dict[str, list[Record]]:
    """The records that count, by probe, in the order of their scenario ids.

    The last one of every scenario counts, if the version of the probe that the manifest names made it.
    """
    versions = {entry.name: entry.version for entry in manifest.probes}
    kept: dict[str, list[Record]] = {name: [] for name in versions}
    for record in sorted(latest(records).values(), key=lambda record: record.scenario):
        if versions.get(record.probe) == record.probe_version:
            kept[record.probe].append(record)
    return kept


def answered(entry: ProbeEntry, records: Iterable[Record], calibration: Calibration | None) -> bool:
    """Whether nothing of a probe is left to do: not asked, no instrument, or every scenario was read."""
    if entry.reason is not None or (calibration is not None and not calibration.valid):
        return True
    mine = [r for r in records if r.probe == entry.name and r.probe_version == entry.version and r.scenario]
    counts = Counter(record.status for record in mine)
    read = counts["ok"] + counts["unmeasurable"] + counts["not_applicable"]
    return entry.planned is not None and not counts["error"] and read >= entry.planned


def counts_of(manifest: Manifest, records: Iterable[Record]) -> dict[str, int]:
    """Records by status; `not_applicable` counts probes, of found videos scenarios, as do the others."""
    names = {(entry.name, entry.version) for entry in manifest.probes}
    counts = Counter(r.status for r in records if (r.probe, r.probe_version) in names)
    return {status: counts[status] for status in ("ok", "unmeasurable", "error", "not_applicable")}


def signature(manifest: Manifest, probes: Sequence[ProbeSummary]) -> str:
    """One line that says what a number was made of, to stand beside it wherever it goes."""
    weights = manifest.model["digest"]
    asked = [probe for probe in probes if probe.status != "not_applicable"]
    n, clusters = sum(probe.strict.n for probe in asked), sum(probe.strict.clusters for probe in asked)
    parts = [
        f"wsim/{manifest.wsim.get('version', 'unknown')} {manifest.benchmark['name']}/"
        f"{manifest.benchmark['version']} {manifest.track} {manifest.clip}" + " partial" * manifest.partial,
        f"n={n} c={clusters}",
        f"seed {manifest.seed}",
        f"weights {weights[:8] if weights else 'unknown'}",
        "probes " + " ".join(f"{probe.name}/{probe.version}" for probe in asked),
    ]
    return " | ".join(parts)


def _probe_summary(
    manifest: Manifest, entry: ProbeEntry, records: Sequence[Record], calibration: Calibration | None
) -> tuple[ProbeSummary, ClusterMean | None]:
    """One probe, and its strict mean before clipping, from which suites are made."""
    metric, mean, skill = entry.metrics[0].name, None, NOTHING
    status = _status(entry, records, calibration)
    if status == "ok" and calibration is not None:
        skill = skill_of(records, metric, calibration)
        mean = strict_mean(records, metric, calibration)
    ok = [record for record in records if record.status == "ok"]
    verdicts = Counter(record.verdict or "" for record in ok)
    reasons = Counter(record.reason or "" for record in records if record.status in ("unmeasurable", "error"))
    summary = ProbeSummary(
        name=entry.name,
        suite=entry.name.partition("/")[0],
        version=entry.version,
        question=entry.question,
        track=manifest.track,
        status=status,
        skill=skill,
        strict=strict_of(mean, skill, coverage_of(records)) if mean else NOTHING,
        coverage=coverage_of(records),
        counts=dict(Counter(str(record.status) for record in records)),
        metrics=metric_estimates(entry, records),
        verdicts=dict(sorted(verdicts.items())),
        lawful_verdicts=tuple(sorted({record.verdict or "" for record in ok if record.lawful})),
        reasons=dict(sorted(reasons.items())),
        calibration=calibration,
        flags=_flags(entry, records, mean, calibration) if status == "ok" else (),
        curves=curves_of(records),
        note=_note(entry, status, calibration, records),
    )
    return summary, mean


def _status(
    entry: ProbeEntry, records: Sequence[Record], calibration: Calibration | None
) -> Literal["ok", "not_applicable", "no_instrument", "empty"]:
    if entry.reason is not None or _never_asked(records):
        return "not_applicable"
    if calibration is not None and not calibration.valid:
        return "no_instrument"
    read = any(record.status in ("ok", "unmeasurable") for record in records)
    return "ok" if read and calibration is not None else "empty"


def _never_asked(records: Sequence[Record]) -> bool:
    """Whether nothing that is known of any found video lets the probe be asked: a hint, which users give."""
    return bool(records) and all(record.status == "not_applicable" for record in records)


def _flags(
    entry: ProbeEntry, records: Sequence[Record], mean: ClusterMean | None, scale: Calibration | None
) -> tuple[str, ...]:
    """What keeps a number from being ranked."""
    flags = []
    if scale is not None and scale.unreadable:
        flags.append("coarse codec")
    if mean is None or mean.clusters < FEW_CLUSTERS:
        flags.append("few clusters")
    if coverage_of(records) < LOW_COVERAGE:
        flags.append("low coverage")
    if any(record.status == "error" for record in records):
        flags.append("errors")
    if entry.mixed:
        flags.append("mixed instruments")
    return tuple(flags)


def _note(entry: ProbeEntry, status: str, calibration: Calibration | None, records: Sequence[Record]) -> str:
    if status == "not_applicable":
        return entry.reason or f"{records[0].reason} with any of the videos"
    if status == "no_instrument" and calibration is not None:
        through = " through the model's own codec" if calibration.codec else ""
        control = calibration.null_control
        other = "the bottom of the scale is" if control == "floor" else f"{control} scores"
        return (
            f"lawful renders{through} score {calibration.ceiling:.3g} at {calibration.format}, "
            f"{other} {calibration.null:.3g}: too close to measure anything between them"
        )
    if status == "ok" and entry.beside:
        return BESIDE
    coarse = status == "ok" and calibration is not None and calibration.unreadable
    return COARSE_CODEC if coarse else ""


def _suite_summary(
    name: str, parts: Sequence[tuple[ProbeSummary, ClusterMean | None]], manifest: Manifest
) -> tuple[SuiteSummary, ClusterMean | None]:
    """A suite: the mean over its probes of the clipped strict skill, each with the error of its own.

    Every one must have been read whole. Those beside it are shown only, unless there is nothing else; one
    that nothing which is known of the found videos lets be asked is no part of it.
    """
    asked = [part for part in parts if not _without_a_hint(manifest.probe(part[0].name), part[0])]
    counted = [part for part in asked if not manifest.probe(part[0].name).beside] or asked
    means = [
        mean._replace(mean=probe.strict.value)
        for probe, mean in counted
        if mean is not None and probe.strict.value is not None
    ]
    complete = bool(counted)
    for probe, _ in counted:
        entry = manifest.probe(probe.name)
        read = sum(probe.counts.get(status, 0) for status in ("ok", "unmeasurable", "not_applicable"))
        all_read = entry.planned is not None and read >= entry.planned
        complete = complete and probe.status == "ok" and "errors" not in probe.flags and all_read
    mean = mean_of_independent(means) if means else None
    strict = clipped(mean) if mean else NOTHING
    return SuiteSummary(name, strict, tuple(probe for probe, _ in parts), complete), mean


def _without_a_hint(entry: ProbeEntry, probe: ProbeSummary) -> bool:
    """Whether the user did not say what the probe must be told; it is not the model that cannot answer."""
    return probe.status == "not_applicable" and entry.reason is None


def _withheld(means: Sequence[ClusterMean]) -> Estimate:
    """No value: a part that is missing must not change the total, it withholds it."""
    n, clusters = sum(mean.n for mean in means), sum(mean.clusters for mean in means)
    return Estimate(None, None, None, n, clusters)


def _timing(manifest: Manifest, records: Sequence[Record]) -> dict[str, float]:
    return {
        "generate": round(math.fsum(record.generate_s or 0.0 for record in records), 3),
        "measure": round(math.fsum(record.measure_s or 0.0 for record in records), 3),
        "wall": float(manifest.timing.get("wall", 0.0)),
        "clips": float(sum(record.video is not None for record in records)),
    }

"""From the files of a run to its summary, which is made anew whenever it is read: files get edited."""

import dataclasses
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from wsim.runs.durable import write_whole
from wsim.runs.folder import RunFolder
from wsim.runs.manifest import Manifest, ProbeEntry
from wsim.runs.metrics_file import METRICS_FILE, read_metrics
from wsim.runs.probe_summary import probe_summary
from wsim.runs.records import latest
from wsim.runs.results import Calibration, Estimate, ProbeSummary, Record, RunSummary, SuiteSummary
from wsim.runs.scoring import NOTHING, Strict, clipped
from wsim.stats import Part, sum_of_means

Read: TypeAlias = tuple[ProbeSummary, Strict | None]


def load_summary(folder: RunFolder | Path | str) -> RunSummary:
    """The summary of a run, computed from its records.

    Raises:
        WsimError: there is no run, it is damaged, or a newer wsim made it.
    """
    run = folder if isinstance(folder, RunFolder) else RunFolder(folder)
    calibrations = {name: kept for name, (_, kept) in run.calibrations().items()}
    return summary_of(run, run.manifest, run.records.read(), calibrations)


def write_summary(folder: RunFolder | Path | str) -> RunSummary:
    """Compute the summary and leave it in the folder as `summary.json`."""
    run = folder if isinstance(folder, RunFolder) else RunFolder(folder)
    summary = load_summary(run)
    write_whole(run.path / "summary.json", json.dumps(summary.to_json(), indent=1, allow_nan=False) + "\n")
    return summary


def summary_of(
    run: RunFolder,
    manifest: Manifest,
    records: Iterable[Record],
    calibrations: Mapping[str, Calibration],
) -> RunSummary:
    """The summary of a run whose files have been read, with the metrics that lie beside them.

    Raises:
        WsimError: the file of the metrics is damaged, or a newer wsim made it.
    """
    kept = current(manifest, records)
    metrics = read_metrics(run.path / METRICS_FILE, kept)
    everything = (record for group in kept.values() for record in group)
    return dataclasses.replace(summarise(manifest, everything, calibrations), metrics=metrics)


def summarise(
    manifest: Manifest, records: Iterable[Record], calibrations: Mapping[str, Calibration]
) -> RunSummary:
    """The summary of these records; their order does not matter but for two of the same scenario."""
    kept = current(manifest, records)
    read = [
        probe_summary(manifest, entry, kept[entry.name], calibrations.get(entry.name))
        for entry in manifest.probes
        if entry.offered  # one of another track is no part of this one
    ]
    names = dict.fromkeys(summary.suite for summary, _ in read)
    found = [_suite(name, [one for one in read if one[0].suite == name], manifest) for name in names]
    suites, parts = [suite for suite, _ in found], [own for _, own in found if own]
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
        headline=_headline(parts, whole=all(suite.complete for suite in suites)),
        suites=tuple(suites),
        counts=counts_of(manifest, flat),
        signature=signature(manifest, read),
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


def signature(manifest: Manifest, read: Sequence[Read]) -> str:
    """One line that says what a number was made of, to stand beside it wherever it goes."""
    weights = manifest.model["digest"]
    asked = [probe for probe, _ in read if probe.status != "not_applicable"]
    worlds = {cluster for _, strict in read if strict for cluster in strict.clusters}
    parts = [
        f"wsim/{manifest.wsim.get('version', 'unknown')} {manifest.benchmark['name']}/"
        f"{manifest.benchmark['version']} {manifest.track} {manifest.clip}" + " partial" * manifest.partial,
        f"n={sum(probe.strict.n for probe in asked)} c={len(worlds)}",
        f"seed {manifest.seed}",
        f"weights {weights[:8] if weights else 'unknown'}",
        "probes " + " ".join(f"{probe.name}/{probe.version}" for probe in asked),
    ]
    return " | ".join(parts)


def _suite(name: str, read: Sequence[Read], manifest: Manifest) -> tuple[SuiteSummary, list[Part]]:
    """A suite: the mean over its probes of the clipped strict skill, each with the error of its own.

    Every one must have been read whole. Those beside it are shown only, unless there is nothing else; one
    that nothing which is known of the found videos lets be asked is no part of it.
    """
    asked = [one for one in read if not _without_a_hint(manifest.probe(one[0].name), one[0])]
    counted = [one for one in asked if not manifest.probe(one[0].name).beside] or asked
    scored = [
        (probe.strict.value, strict)
        for probe, strict in counted
        if strict is not None and probe.strict.value is not None
    ]
    parts = [Part(1 / len(scored), value, strict.clusters, strict.mean.n) for value, strict in scored]
    complete = bool(counted) and all(_read_whole(manifest.probe(p.name), p) for p, _ in counted)
    value = clipped(sum_of_means(parts)) if parts else NOTHING
    return SuiteSummary(name, value, tuple(probe for probe, _ in read), complete), parts


def _read_whole(entry: ProbeEntry, probe: ProbeSummary) -> bool:
    """Whether every scenario of a probe was read, and without an error."""
    read = sum(probe.counts.get(status, 0) for status in ("ok", "unmeasurable", "not_applicable"))
    whole = entry.planned is not None and read >= entry.planned
    return whole and probe.status == "ok" and "errors" not in probe.flags


def _headline(suites: Sequence[Sequence[Part]], *, whole: bool) -> Estimate:
    """The mean over suites; no value unless all are whole: a part that is missing withholds the total."""
    parts = [part._replace(weight=part.weight / len(suites)) for own in suites for part in own]
    if parts and whole:
        return clipped(sum_of_means(parts))
    worlds = {cluster for part in parts for cluster in part.clusters}
    return Estimate(None, None, None, sum(part.n for part in parts), len(worlds))


def _without_a_hint(entry: ProbeEntry, probe: ProbeSummary) -> bool:
    """Whether the user did not say what the probe must be told; it is not the model that cannot answer."""
    return probe.status == "not_applicable" and entry.reason is None


def _timing(manifest: Manifest, records: Sequence[Record]) -> dict[str, float]:
    return {
        "generate": round(math.fsum(record.generate_s or 0.0 for record in records), 3),
        "measure": round(math.fsum(record.measure_s or 0.0 for record in records), 3),
        "wall": float(manifest.timing.get("wall", 0.0)),
        "clips": float(sum(record.video is not None for record in records)),
    }

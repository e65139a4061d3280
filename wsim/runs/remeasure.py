"""Measuring stored videos again: a mended probe costs minutes of CPU, not hours of generating."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wsim.contracts import Probe, Scenario
from wsim.errors import WsimError
from wsim.registry import unknown
from wsim.runs import provenance
from wsim.runs.benchmark import Benchmark, ProbeUse
from wsim.runs.execute import work
from wsim.runs.folder import RunFolder
from wsim.runs.manifest import Manifest, ProbeEntry
from wsim.runs.measure import LIMIT_S, Executor, Outcome, measure_one, measurer
from wsim.runs.plan import Plan, PlannedProbe, load_probe
from wsim.runs.results import RunSummary
from wsim.runs.session import OnEvent, Session
from wsim.runs.summary import write_summary
from wsim.video import Video


@dataclass(frozen=True)
class Replayed:
    """A stored video beside its question and what the probe says of it, overlays included."""

    scenario: Scenario
    video: Video
    outcome: Outcome


def remeasure(
    folder: RunFolder | Path | str,
    *,
    only: Sequence[str] = (),
    probes: Mapping[str, Probe] | None = None,
    jobs: int = 1,
    executor: Executor = "serial",
    limit_s: float = LIMIT_S,
    on_event: OnEvent | None = None,
) -> RunSummary:
    """Measure the videos of a run with the probes as they are installed now.

    Args:
        folder: the run.
        only: names of probes; all by default.
        probes: probes by name, for those that are not installed.
        jobs: measuring processes.
        executor: where to measure.
        limit_s: seconds after which a measurement is broken off; not with `serial`.
        on_event: called after every scenario.

    Raises:
        WsimError: no such run or probe; or a ceiling has to go through the model's codec again.
    """
    run = folder if isinstance(folder, RunFolder) else RunFolder(folder)
    _check_names(run, only)
    _refuse_unsimulated(run.manifest)
    with run.writing(), measurer(executor, jobs, limit_s=limit_s) as measure:
        chosen = [e for e in run.manifest.probes if e.reason is None and (not only or e.name in only)]
        loaded = {entry.name: (probes or {}).get(entry.name) or load_probe(entry.name) for entry in chosen}
        manifest = run.manifest
        for entry in chosen:
            manifest = manifest.with_probe(_renewed(entry, loaded[entry.name]))
        manifest = dataclasses.replace(manifest, status="running")
        run.write_manifest(manifest)
        session = Session(
            None, plan_behind(manifest, loaded), run, manifest, on_event or (lambda event: None)
        )
        work(session, measure)
        read_anew = tuple(
            dataclasses.replace(entry, mixed=False) if entry.name in loaded else entry
            for entry in session.manifest.probes
        )
        run.write_manifest(dataclasses.replace(session.manifest, probes=read_anew))
        return write_summary(run)


def replay(
    folder: RunFolder | Path | str,
    probe_name: str,
    *,
    scenarios: Sequence[str] = (),
    probes: Mapping[str, Probe] | None = None,
    answer: Callable[[Scenario], Video] | None = None,
) -> Iterator[Replayed]:
    """Stored videos of one probe, each with a fresh reading; nothing is written. For reports and for people.

    Args:
        folder: the run.
        probe_name: whose scenarios.
        scenarios: their ids; all by default.
        probes: probes by name, for those that are not installed.
        answer: makes the videos that are read, in place of the stored ones.
    """
    run = folder if isinstance(folder, RunFolder) else RunFolder(folder)
    _check_names(run, [probe_name])
    manifest = run.manifest
    probe = (probes or {}).get(probe_name) or load_probe(probe_name)
    plan = plan_behind(manifest, {probe_name: probe})
    store, wanted = run.store(shared=False), set(scenarios)
    for scenario in plan.scenarios(plan.probes[0]):
        if wanted and scenario.id not in wanted:
            continue
        video = answer(scenario) if answer else store.get(manifest.asker.key(scenario))
        if video is not None:
            yield Replayed(scenario, video, measure_one(probe, scenario, video))
        wanted.discard(scenario.id)
        if scenarios and not wanted:
            return


def _check_names(run: RunFolder, names: Sequence[str]) -> None:
    known = [entry.name for entry in run.manifest.probes]
    for name in names:
        if name not in known:
            raise unknown("probe", name, known, where=str(run.path))


def _refuse_unsimulated(manifest: Manifest) -> None:
    """Found videos lie where they lay, and prompts have no scenario that a probe could pose again."""
    if manifest.benchmark.get("unsimulated"):
        raise WsimError(
            "this run has no simulated scenarios to measure again",
            where=f"run {manifest.run}",
            remedy="give its command again with --fresh",
        )


def _renewed(entry: ProbeEntry, probe: Probe) -> ProbeEntry:
    """The entry with the probe of today; mixed until all its readings come from one source again."""
    instrument = provenance.instrument_digest(probe)
    changed = entry.version == probe.version and entry.instrument != instrument
    return dataclasses.replace(
        entry,
        version=probe.version,
        question=probe.question,
        instrument=instrument,
        metrics=tuple(probe.metrics),
        planned=None,
        mixed=entry.mixed or changed,
    )


def plan_behind(manifest: Manifest, probes: Mapping[str, Probe]) -> Plan:
    """The plan behind a manifest, for these probes."""
    entries = [entry for entry in manifest.probes if entry.name in probes]
    name, version = manifest.benchmark["name"], manifest.benchmark["version"]
    uses = tuple(ProbeUse(entry.name, entry.clusters, entry.beside) for entry in entries)
    planned = tuple(PlannedProbe(probes[e.name], e.clusters, e.offered, e.reason, e.beside) for e in entries)
    benchmark = Benchmark(name, version, manifest.seed, manifest.clip, uses)
    return Plan(benchmark, manifest.track, manifest.clip, planned, manifest.partial)

"""Numbers of all videos of a run together: distances from lawful renders, likeness to the words asked for.

The reference of a distance are the lawful renders of the very questions that the run asked, whole clips with
what was given of them. Intervals are over worlds: a jackknife over groups of clusters for distances.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from wsim.contracts import Probe
from wsim.errors import ExitCode, WsimError
from wsim.metrics.features import FeatureExtractor
from wsim.metrics.from_transformers import NotInstalled
from wsim.metrics.networks import NETWORKS
from wsim.metrics.pairs import PAIRS, ReadsPairs
from wsim.runs.crew import CannotTravel, Lost
from wsim.runs.folder import RunFolder
from wsim.runs.looking import Task, look, seen_by
from wsim.runs.manifest import Manifest
from wsim.runs.mean_rows import paired_rows, pairs_unavailable
from wsim.runs.measure import workers
from wsim.runs.metrics_file import METRICS_FILE, write_metrics
from wsim.runs.pairing import look_at_pairs, look_elsewhere
from wsim.runs.plan import load_probe
from wsim.runs.results import Record, RunSummary, SetMetric
from wsim.runs.session import OnEvent, Progress
from wsim.runs.set_rows import rows_of, rows_unavailable
from wsim.runs.sets import generated
from wsim.runs.summary import current, write_summary

LIMIT_S = 86_400.0  # of all clips of one probe; a large network on one core is slow


def measure_sets(
    folder: RunFolder | Path | str,
    *,
    probes: Mapping[str, Probe] | None = None,
    jobs: int = 1,
    device: str = "cpu",
    on_event: OnEvent | None = None,
) -> RunSummary:
    """Compute the distribution and text metrics of a run with every network whose weights are here.

    What was computed before, for this run or another, is not computed again; broken off, it goes on.

    Args:
        folder: the run.
        probes: probes by name, for those that are not installed.
        jobs: processes; no digit depends on it.
        device: of torch.
        on_event: called after every probe.

    Raises:
        WsimError: no such run; it keeps no videos; one of them is damaged; the cache cannot be written to.
    """
    run = folder if isinstance(folder, RunFolder) else RunFolder(folder)
    manifest = run.manifest
    with run.writing():
        kept = current(manifest, run.records.read())
        tasks = _tasks(run, manifest, kept, probes or {})
        networks, absent = _networks(manifest, device)
        readers, unread = _readers(device)
        _look(tasks, networks, readers, jobs, device, on_event or (lambda event: None))
        rows: list[SetMetric] = []
        for name in NETWORKS:
            if name in networks:
                seen = [seen_by(networks[name], task) for task in tasks]
                rows += rows_of(name, networks[name], seen, tasks, manifest)
            else:
                rows += rows_unavailable(name, *absent[name])
        for name in PAIRS:
            if name in readers:
                rows += paired_rows(name, readers[name], tasks, manifest)
            else:
                rows += pairs_unavailable(name, unread[name], PAIRS[name].remedy)
        write_metrics(run.path / METRICS_FILE, rows, kept)
        return write_summary(run)


def _tasks(
    run: RunFolder, manifest: Manifest, kept: Mapping[str, Sequence[Record]], probes: Mapping[str, Probe]
) -> list[Task]:
    asked = {name: tuple(record for record in records if record.scenario) for name, records in kept.items()}
    there = generated(run.store(shared=False), [record for records in asked.values() for record in records])
    if not there:
        raise WsimError(
            "this run keeps no videos to look at",
            where=str(run.path),
            remedy="metrics of sets are of what a model was asked: `wsim score MODEL` keeps every video",
        )
    simulated = not manifest.benchmark.get("unsimulated")
    return [
        Task(
            run.path,
            (probes.get(name) or load_probe(name)) if simulated else None,
            records,
            {record.scenario: there[record.scenario] for record in records if record.scenario in there},
        )
        for name, records in asked.items()
        if records
    ]


def _networks(
    manifest: Manifest, device: str
) -> tuple[dict[str, FeatureExtractor], dict[str, tuple[str, str]]]:
    """Those that can be had, by name; and why the others cannot, with what helps."""
    loaded, absent = {}, {}
    frames = manifest.clip.num_frames
    for name, network in NETWORKS.items():
        if frames < network.least_frames:
            absent[name] = (f"clips of {frames} frames are too short: it needs {network.least_frames}", "")
            continue
        try:
            loaded[name] = network.load(device)
        except NotInstalled as error:
            absent[name] = (error.problem, error.remedy)
        except WsimError as error:
            absent[name] = (error.problem, network.remedy)
    return loaded, absent


def _readers(device: str) -> tuple[dict[str, ReadsPairs], dict[str, str]]:
    """Readers of pairs that can be had, and why the others cannot."""
    loaded, absent = {}, {}
    for name, kind in PAIRS.items():
        try:
            loaded[name] = kind.load(device)
        except WsimError as error:
            absent[name] = error.problem
    return loaded, absent


def _look(
    tasks: Sequence[Task],
    networks: Mapping[str, FeatureExtractor],
    readers: Mapping[str, ReadsPairs],
    jobs: int,
    device: str,
    on_event: OnEvent,
) -> None:
    done, total = 0, sum(len(task.records) for task in tasks)
    if jobs == 1:
        for task in tasks:
            _look_at(task, networks, readers)
            done += len(task.records)
            on_event(Progress(done, total, task.records[0].probe, False, "ok"))
        return
    with workers(jobs, limit_s=LIMIT_S) as crew:
        names = list(networks), list(readers)
        waiting = [(task, crew.submit(look_elsewhere, task, *names, device)) for task in tasks]
        for task, future in waiting:
            try:
                future.result()
            except CannotTravel:  # this probe cannot go to another process
                _look_at(task, networks, readers)
            except Lost as lost:
                raise _died(task, lost) from lost
            done += len(task.records)
            on_event(Progress(done, total, task.records[0].probe, False, "ok"))


def _look_at(task: Task, networks: Mapping[str, FeatureExtractor], readers: Mapping[str, ReadsPairs]) -> None:
    look(task, list(networks.values()))
    look_at_pairs(task, list(readers.values()))


def _died(task: Task, lost: Lost) -> WsimError:
    return WsimError(
        f"a process that looked at videos {lost}",
        where=f"the clips of {task.records[0].probe}",
        remedy="what was seen is kept: give the same command with fewer --jobs",
        exit_code=ExitCode.INCOMPLETE,
    )

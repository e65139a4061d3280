"""Every network looks once at every video of a run and at the lawful render of the same question.

The work of one probe is one task, here or in another process. It leaves features in the cache of all runs and
returns nothing, so it may be broken off at any moment, and who did which task changes no digit.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np

from wsim.contracts import Probe, Scenario
from wsim.errors import ExitCode, WsimError
from wsim.metrics.features import FeatureExtractor
from wsim.metrics.networks import NETWORKS
from wsim.runs.features import PART, Rows, compute, kept, parts
from wsim.runs.folder import RunFolder
from wsim.runs.manifest import Manifest
from wsim.runs.remeasure import plan_behind
from wsim.runs.results import Record
from wsim.runs.sets import Generated, LawfulIndex, comparable, fits
from wsim.runs.store import VideoStore
from wsim.video import Video


@dataclass(frozen=True)
class Task:
    """The videos of one probe.

    Attributes:
        run: its folder.
        probe: that poses the questions again; None where no simulator stands behind them.
        records: that count, of scenarios.
        generated: the stored videos, by scenario.
    """

    run: Path
    probe: Probe | None
    records: tuple[Record, ...]
    generated: dict[str, Generated]


@dataclass(frozen=True)
class Seen:
    """What one network saw of one probe; lawful and generated videos of a scenario share its cluster.

    Attributes:
        lawful: one row a scenario, none where there is no simulator.
        records: of these scenarios.
        generated: one row a video that is there.
        answered: the records of these videos.
    """

    lawful: Rows
    records: tuple[Record, ...]
    generated: Rows
    answered: tuple[Record, ...]


def look(task: Task, networks: Sequence[FeatureExtractor]) -> None:
    """Compute what is not in the cache.

    Raises:
        WsimError: a stored video is damaged; a video cannot be looked at; the cache cannot be written to.
    """
    folder = RunFolder(task.run)
    manifest = folder.manifest
    if task.probe is not None:
        _look_at_lawful(task, task.probe, manifest, networks)
    store = folder.store(shared=False)
    there = [task.generated[record.scenario] for record in _answered(task, manifest)]
    for start in range(0, len(there), PART):
        part = there[start : start + PART]
        compute(networks, [one.pixels for one in part], partial(_stored, store, part))


def look_elsewhere(task: Task, networks: Sequence[str], device: str) -> None:
    """The same in a process that has to load the networks first."""
    look(task, [_loaded(name, device) for name in networks])


def seen_by(network: FeatureExtractor, task: Task) -> Seen:
    """What `look` left in the cache.

    Raises:
        WsimError: it is gone again.
    """
    manifest = RunFolder(task.run).manifest
    index = LawfulIndex(task.probe, manifest).known if task.probe is not None else {}
    records, answered = _asked(task, manifest), _answered(task, manifest)
    return Seen(
        _rows(network, [index[record.scenario].pixels for record in records] if index else []),
        tuple(records) if index else (),
        _rows(network, [task.generated[record.scenario].pixels for record in answered]),
        tuple(answered),
    )


def _look_at_lawful(
    task: Task, probe: Probe, manifest: Manifest, networks: Sequence[FeatureExtractor]
) -> None:
    index = LawfulIndex(probe, manifest)
    if _all_there(task, index, manifest, networks):
        return
    mine = {record.scenario: record for record in task.records}
    plan = plan_behind(manifest, {probe.name: probe})
    posed = (
        scenario
        for scenario in plan.scenarios(plan.probes[0])
        if fits(index.of(scenario), mine.get(scenario.id), manifest)
    )
    for part in _chunks(posed):
        pixels = [index.known[scenario.id].pixels for scenario in part]
        compute(networks, pixels, partial(_rendered, part))
        index.save()
    index.save()


def _all_there(
    task: Task, index: LawfulIndex, manifest: Manifest, networks: Sequence[FeatureExtractor]
) -> bool:
    if any(record.scenario not in index.known for record in task.records):
        return False
    pixels = [index.known[record.scenario].pixels for record in comparable(index, task.records, manifest)]
    return all(kept(network, part) is not None for part in parts(pixels) for network in networks)


def _asked(task: Task, manifest: Manifest) -> list[Record]:
    """The records that are looked at, in the order of the plan, or of their names where there is none."""
    if task.probe is not None:
        return comparable(LawfulIndex(task.probe, manifest), task.records, manifest)
    found = task.generated
    length = manifest.clip.num_frames
    return [r for r in task.records if r.scenario in found and found[r.scenario].frames == length]


def _answered(task: Task, manifest: Manifest) -> list[Record]:
    return [record for record in _asked(task, manifest) if record.scenario in task.generated]


def _rows(network: FeatureExtractor, pixels: Sequence[str]) -> Rows:
    rows = [kept(network, part) for part in parts(pixels)]
    if any(part is None for part in rows):
        raise WsimError(
            "features that were computed a moment ago are gone",
            where="the cache of features",
            remedy="give the same command again, and let nobody empty the cache meanwhile",
            exit_code=ExitCode.INCOMPLETE,
        )
    return np.concatenate([np.zeros((0, network.dim)), *(part for part in rows if part is not None)])


def _rendered(part: Sequence[Scenario]) -> list[Video]:
    return [scenario.truth.video for scenario in part]


def _stored(store: VideoStore, part: Sequence[Generated]) -> list[Video]:
    videos = [store.get(one.key) for one in part]
    whole = [video for video in videos if video is not None]
    if len(whole) < len(part):
        raise WsimError(
            f"{len(part) - len(whole)} stored videos are damaged",
            where=str(store.folder),
            remedy="give the command of the run again: it makes them anew",
            exit_code=ExitCode.INCOMPLETE,
        )
    return whole


def _chunks(scenarios: Iterable[Scenario]) -> Iterator[list[Scenario]]:
    part: list[Scenario] = []
    for scenario in scenarios:
        part.append(scenario)
        if len(part) == PART:
            yield part
            part = []
    if part:
        yield part


@cache
def _loaded(name: str, device: str) -> FeatureExtractor:
    return NETWORKS[name].load(device)

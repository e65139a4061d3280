"""Every generated video beside the lawful render of its own question, read once and kept.

The key of a pair are the digests of the two and the frames that were given, so it is read again only if one
of them, or the code of the metrics, changes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from wsim.contracts import Scenario
from wsim.errors import ExitCode, WsimError
from wsim.metrics.pairs import PAIRS, Frames, ReadsPairs
from wsim.runs import looking
from wsim.runs.features import PART, Rows, keep, kept, one_thread, parts
from wsim.runs.folder import RunFolder
from wsim.runs.looking import Task
from wsim.runs.remeasure import plan_behind
from wsim.runs.results import Record
from wsim.runs.sets import Generated, LawfulIndex, comparable
from wsim.runs.store import VideoStore
from wsim.video import Video


@dataclass(frozen=True, slots=True)
class Pair:
    """A record, the digest of its lawful render, and its video."""

    record: Record
    lawful: str
    video: Generated

    @property
    def key(self) -> str:
        """All that the numbers of the pair depend on, but for their reader."""
        return f"{self.lawful}|{self.video.pixels}|{self.video.given}"


def pairs_of(task: Task) -> list[Pair]:
    """The pairs of one probe in the order of its plan: those of which a picture was given, but not all.

    The lawful renders have to be known already.
    """
    if task.probe is None:
        return []
    manifest = RunFolder(task.run).manifest
    index = LawfulIndex(task.probe, manifest)
    return [
        Pair(record, index.known[record.scenario].pixels, task.generated[record.scenario])
        for record in comparable(index, task.records, manifest)
        if record.scenario in task.generated
        and 0 < len(task.generated[record.scenario].given) < task.generated[record.scenario].frames
    ]


def look_at_pairs(task: Task, readers: Sequence[ReadsPairs]) -> None:
    """Read what is not in the cache.

    Raises:
        WsimError: a stored video is damaged, or the cache cannot be written to.
    """
    pairs = pairs_of(task)
    keys = [pair.key for pair in pairs]
    if all(kept(reader, part) is not None for part in parts(keys) for reader in readers):
        return
    store = RunFolder(task.run).store(shared=False)
    for part, renders in _with_renders(task, pairs):
        keys = [pair.key for pair in part]
        missing = [reader for reader in readers if kept(reader, keys) is None]
        if missing:
            with one_thread():  # one pair of videos is held at a time: they may be large
                both = (_both(store, pair, renders.pop(pair.record.scenario)) for pair in part)
                rows = [[reader.row(*frames) for reader in missing] for frames in both]
            for reader, found in zip(missing, zip(*rows, strict=True), strict=True):
                keep(reader, keys, np.stack(found))


def look_elsewhere(task: Task, networks: Sequence[str], readers: Sequence[str], device: str) -> None:
    """All of one probe in a process that has to load networks and readers first."""
    looking.look_elsewhere(task, networks, device)
    look_at_pairs(task, [_loaded(name, device) for name in readers])


def pair_rows(reader: ReadsPairs, task: Task) -> tuple[list[Record], Rows]:
    """What `look_at_pairs` left in the cache, a row a record.

    Raises:
        WsimError: it is gone again.
    """
    pairs = pairs_of(task)
    rows = [kept(reader, part) for part in parts([pair.key for pair in pairs])]
    if any(part is None for part in rows):
        raise WsimError(
            "readings of pairs that were made a moment ago are gone",
            where="the cache of features",
            remedy="give the same command again, and let nobody empty the cache meanwhile",
            exit_code=ExitCode.INCOMPLETE,
        )
    found = [part for part in rows if part is not None]
    return [pair.record for pair in pairs], np.concatenate(found) if found else np.zeros((0, 0))


@cache
def _loaded(name: str, device: str) -> ReadsPairs:
    return PAIRS[name].load(device)


def _with_renders(task: Task, pairs: Sequence[Pair]) -> Iterator[tuple[list[Pair], dict[str, Scenario]]]:
    """Parts of the pairs with their scenarios, which are rendered only when somebody looks."""
    if task.probe is None:
        return
    waiting = {pair.record.scenario: pair for pair in pairs}
    plan = plan_behind(RunFolder(task.run).manifest, {task.probe.name: task.probe})
    part: dict[str, Scenario] = {}
    for scenario in plan.scenarios(plan.probes[0]):
        if scenario.id in waiting:
            part[scenario.id] = scenario
        if len(part) == PART:
            yield [waiting[name] for name in part], part
            part = {}
    if part:
        yield [waiting[name] for name in part], part


def _both(store: VideoStore, pair: Pair, scenario: Scenario) -> tuple[Frames, Frames]:
    """The frames of both that were not given."""
    video = store.get(pair.video.key)
    if video is None:
        raise WsimError(
            "a stored video is damaged",
            where=str(store.folder),
            remedy="give the command of the run again: it makes it anew",
            exit_code=ExitCode.INCOMPLETE,
        )
    return _made(scenario.truth.video, pair), _made(video, pair)


def _made(video: Video, pair: Pair) -> Frames:
    return np.delete(video.frames, pair.video.given, axis=0)

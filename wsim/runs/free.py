"""A run over videos that answer no scenario: every file is read by the free half of every probe.

A file is a cluster, a stretch of it a scenario (`free/NAME/frame=0`). Nothing is generated and nothing
copied. Nothing was simulated either, so no ceiling is measured: the scale of a metric is its own range.
"""

import dataclasses
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from wsim.contracts import ClipFormat, ModelInfo, Probe, Request, digest_of
from wsim.credentials import remarks_on
from wsim.errors import WsimError
from wsim.runs import provenance
from wsim.runs.benchmark import Benchmark, ProbeUse
from wsim.runs.crew import CannotTravel, Lost
from wsim.runs.folder import RunFolder, now
from wsim.runs.found_file import UNKNOWN, Found, Read, given_up, read_file, surveyed, whole_file
from wsim.runs.hints import Hints
from wsim.runs.manifest import Manifest, RunStatus
from wsim.runs.measure import LIMIT_S, Executor, workers
from wsim.runs.plan import Plan, PlannedProbe
from wsim.runs.results import Record, RunSummary
from wsim.runs.session import OnEvent, Progress
from wsim.runs.summary import answered, counts_of, write_summary
from wsim.runs.unsimulated import own_scale
from wsim.runs.windows import MOST_FRAMES
from wsim.video import Video

FREE = "free:"  # begins the names of such benchmarks
Task: TypeAlias = tuple[Found, Mapping[int, Sequence[Probe]], int]  # what `read_file` is given


class VideoFiles:
    """The videos of a folder as somebody's answer to nothing in particular."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @property
    def info(self) -> ModelInfo:
        """No digest: files come and go."""
        return ModelInfo(
            name=f"videos:{self.directory.resolve().name}",
            adapter="wsim.runs.free/1",
            digest=None,
            accepts=frozenset({"text"}),
            settings={"folder": str(self.directory.resolve())},
        )

    def generate(self, requests: Sequence[Request]) -> Iterator[Video]:
        """Finished videos answer no request.

        Raises:
            WsimError: always.
        """
        raise WsimError(
            "a folder of videos cannot answer a request",
            where=str(self.directory),
            remedy="`wsim probe SUITE videos:DIR` reads it as it is",
        )


def read_folder(
    directory: Path,
    probes: Sequence[Probe],
    folder: RunFolder | Path | str,
    *,
    what: str,
    hints: Mapping[str, Hints] | None = None,
    most: int = MOST_FRAMES,
    jobs: int = 1,
    executor: Executor = "serial",
    limit_s: float = LIMIT_S,
    address: str | None = None,
    on_event: OnEvent | None = None,
) -> RunSummary:
    """Read every video of a folder with every probe, or go on with it.

    Args:
        directory: the videos.
        probes: free halves (`unsimulated.free_half`).
        folder: where the run is kept.
        what: the suite or probe, for the name of the run.
        hints: by file name, relative to `directory`.
        most: frames of one stretch.
        jobs: reading processes, for `executor="processes"`, a file each; the result does not depend on it.
        executor: where files are read.
        limit_s: seconds after which reading a file is broken off; not with `serial`.
        address: of the cluster, for `executor="ray"`.
        on_event: called after every reading.

    Raises:
        WsimError: no videos, hints for a file that is not there, or the folder of the run cannot be used.
    """
    files = surveyed(directory, hints or {}, most)
    run = folder if isinstance(folder, RunFolder) else RunFolder(folder)
    with run.writing():
        clip = run.manifest.clip if run.exists else _commonest(files)
        manifest = run.begin(_manifest(directory, probes, files, what, clip))
        session = _Reading(run, manifest, files, probes, most, on_event or (lambda event: None))
        try:
            session.read(files, executor, jobs, limit_s, address)
        except BaseException as error:
            with suppress(WsimError):
                session.close("interrupted" if isinstance(error, KeyboardInterrupt) else "incomplete")
            raise
        session.close()
        return write_summary(run)


def _of_files_that_are_here(run: RunFolder, files: Sequence[Found]) -> dict[tuple[str, str], Record]:
    """The records of a run, without those of files that were removed, or exchanged for shorter ones."""
    asked = {found.scenario_of(begin) for found in files for begin in found.begins}
    gone = {scenario for _, scenario in run.records.latest()} - asked - {""}
    if gone:
        run.records.forget(gone)
    return run.records.latest()


def _commonest(files: Sequence[Found]) -> ClipFormat:
    """The format that most files have; it stands for all of them in tables, and a note says so."""
    seen = Counter(found.survey.format for found in files if found.survey)
    return seen.most_common(1)[0][0] if seen else UNKNOWN


def _manifest(
    directory: Path, probes: Sequence[Probe], files: Sequence[Found], what: str, clip: ClipFormat
) -> Manifest:
    uses = tuple(ProbeUse(probe.name, len(files)) for probe in probes)
    benchmark = Benchmark(f"{FREE}{what}", 1, 0, clip, uses)
    planned = tuple(PlannedProbe(probe, len(files), True, None) for probe in probes)
    manifest = Plan(benchmark, "text", clip, planned, False).manifest(VideoFiles(directory))
    count = sum(len(found.begins) for found in files)
    entries = tuple(dataclasses.replace(entry, planned=count) for entry in manifest.probes)
    digest = digest_of({"schema": "wsim.free/1", "probes": [probe.name for probe in probes]})
    return dataclasses.replace(
        manifest,
        probes=entries,
        benchmark={**manifest.benchmark, "digest": digest, "unsimulated": True},
        notes=(
            "found videos, each at its own size and rate; scores are on the metrics' own scales",
            *remarks_on(found.path for found in files),
        ),
    )


class _Reading:
    """One call of `read_folder`."""

    def __init__(
        self,
        run: RunFolder,
        manifest: Manifest,
        files: Sequence[Found],
        probes: Sequence[Probe],
        most: int,
        on_event: OnEvent,
    ) -> None:
        self.run, self.manifest, self.probes, self.most = run, manifest, probes, most
        self.on_event, self.records = on_event, _of_files_that_are_here(run, files)
        self.total = len(probes) * sum(len(found.begins) for found in files)
        self.done, self.started = 0, time.monotonic()
        for probe in probes:
            run.keep_calibration(provenance.instrument_digest(probe), own_scale(probe, manifest.clip))

    def read(
        self, files: Sequence[Found], executor: Executor, jobs: int, limit_s: float, address: str | None
    ) -> None:
        """Read what was not read before; lines are kept in the order of the files, wherever they are read."""
        work = ((found, self._left(found)) for found in files)
        asked = ((found, left, self.most) for found, left in work if any(left.values()))
        if executor == "serial":
            for task in asked:
                for read in read_file(*task):
                    self._keep(read)
            return
        with workers(jobs, executor=executor, limit_s=limit_s, address=address) as crew:
            under_way: deque[tuple[Task, Future[list[Read]]]] = deque()
            for task in asked:
                under_way.append((task, crew.submit(whole_file, *task)))
                if len(under_way) > 2 * jobs:
                    self._collect(*under_way.popleft())
            while under_way:
                self._collect(*under_way.popleft())

    def _collect(self, task: Task, future: "Future[list[Read]]") -> None:
        try:
            reads = future.result()
        except CannotTravel:  # a probe that no other process can be given reads here
            reads = whole_file(*task)
        except Lost as lost:
            reads = given_up(*task[:2], lost)
        for read in reads:
            self._keep(read)

    def close(self, status: RunStatus | None = None) -> None:
        """Write the last manifest of this call."""
        scales = {name: kept for name, (_, kept) in self.run.calibrations().items()}
        entries, records = self.manifest.probes, list(self.records.values())
        if status is None:
            whole = all(answered(entry, records, scales.get(entry.name)) for entry in entries)
            status = "complete" if whole else "incomplete"
        wall = self.manifest.timing.get("wall", 0.0) + time.monotonic() - self.started
        planned = sum(entry.planned or 0 for entry in entries)
        self.run.write_manifest(
            dataclasses.replace(
                self.manifest,
                status=status,
                finished=now(),
                timing={"wall": round(wall, 3)},
                counts={"planned": planned, **counts_of(self.manifest, records)},
            )
        )

    def _is_read(self, probe: Probe, found: Found, begin: int) -> bool:
        old = self.records.get((probe.name, found.scenario_of(begin)))
        read = (
            old is not None
            and old.status in ("ok", "unmeasurable", "not_applicable")
            and old.probe_version == probe.version
            and old.request == found.request
        )
        if read and old is not None:
            self.done += 1
            self.on_event(Progress(self.done, self.total, probe.name, True, old.status))
        return read

    def _left(self, found: Found) -> dict[int, list[Probe]]:
        """The probes that have not read a stretch yet."""
        return {
            begin: [probe for probe in self.probes if not self._is_read(probe, found, begin)]
            for begin in found.begins
        }

    def _keep(self, read: Read) -> None:
        record = read.record
        if read.details:
            self.run.log_error(f"{record.probe} {record.scenario}", read.details)
        self.run.records.append(record)
        self.records[(record.probe, record.scenario)] = record
        self.done += 1
        self.on_event(Progress(self.done, self.total, record.probe, False, record.status))

"""Running a plan: ask, store, measure, record, scenario by scenario, so that nothing is lost on the way."""

import dataclasses
import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from wsim.contracts import Event, Model, Reading, RoundTrips, Scenario, Unmeasurable
from wsim.errors import WsimError
from wsim.runs.answers import Answer, Failure, answers
from wsim.runs.calibrate import Codec, calibrated
from wsim.runs.folder import RunFolder, now
from wsim.runs.manifest import Manifest, RunStatus
from wsim.runs.measure import Executor, Measurer, Outcome, measurer
from wsim.runs.plan import Plan, PlannedProbe
from wsim.runs.results import Record, RunSummary, Status
from wsim.runs.summary import answered, counts_of, write_summary

CHUNK = 16  # scenarios that are held in memory, and asked of the model, at a time


@dataclass(frozen=True, slots=True)
class Progress:
    """One scenario further. `total` is an estimate until every probe has been counted.

    `status` is that of its record; `calibrating` stands before a probe's first scenario.
    """

    done: int
    total: int
    probe: str
    cached: bool
    status: Status | str


OnEvent = Callable[[Progress], None]


def execute(
    model: Model,
    plan: Plan,
    folder: RunFolder | Path | str,
    *,
    jobs: int = 1,
    executor: Executor = "serial",
    on_event: OnEvent | None = None,
    argv: Sequence[str] | None = None,
) -> RunSummary:
    """Run a plan, or go on with it: what is measured is not measured again, errors are tried once more.

    Args:
        model: who answers.
        plan: what is asked, from `make_plan`.
        folder: where the run is kept.
        jobs: measuring processes, for `executor="processes"`; the result does not depend on it.
        executor: where videos are measured. They are generated in this process.
        on_event: called after every scenario.
        argv: the command, for the manifest; `sys.argv` by default.

    Raises:
        WsimError: the folder belongs to another run, is in use or cannot be written; the disk is full.
        KeyboardInterrupt: passed on, with everything measured so far on disk.
    """
    run_folder = folder if isinstance(folder, RunFolder) else RunFolder(folder)
    with run_folder.writing():
        manifest = run_folder.begin(plan.manifest(model, argv=argv))
        run = _Run(model, plan, run_folder, manifest, on_event or (lambda event: None))
        try:
            with measurer(executor, jobs) as measure:
                for planned in plan.probes:
                    run.probe(planned, measure)
        except BaseException as error:
            with suppress(WsimError):  # a full disk must not hide what happened first
                run.close("interrupted" if isinstance(error, KeyboardInterrupt) else "incomplete")
            raise
        run.close()
        return write_summary(run_folder)


def record_of(
    planned_probe: tuple[str, int], answer: Answer, outcome: Outcome | None
) -> tuple[Record, Failure | None]:
    """The record of one scenario, and the failure to log if there was one."""
    scenario, video = answer.scenario, answer.video
    said = outcome.said if outcome else answer.failure
    status: Status = "error"
    reason = said.reason if isinstance(said, Unmeasurable | Failure) else None
    if isinstance(said, Reading | Unmeasurable):
        status = "ok" if isinstance(said, Reading) else "unmeasurable"
    record = Record(
        probe=planned_probe[0],
        probe_version=planned_probe[1],
        scenario=scenario.id,
        cluster=scenario.cluster,
        status=status,
        reason=reason,
        parameters=_plain(scenario.parameters),
        request=scenario.request.digest,
        video=video.digest if video else None,
        cached=answer.cached,
        generate_s=None if answer.generate_s is None else round(answer.generate_s, 4),
        measure_s=round(outcome.seconds, 4) if outcome else None,
        at=now(),
    )
    if isinstance(said, Reading):
        record = dataclasses.replace(record, **_reading_fields(said))
    return record, said if isinstance(said, Failure) else None


def _reading_fields(reading: Reading) -> dict[str, Any]:
    return {
        "metrics": {name: float(value) for name, value in reading.metrics.items()},
        "verdict": str(reading.verdict),
        "lawful": bool(reading.lawful),
        "events": tuple(_event(event) for event in reading.events),
        "notes": reading.notes,
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "frame": int(event.frame),
        "kind": event.kind,
        "objects": list(event.objects),
        "severity": float(event.severity),
    }


def _plain(parameters: Mapping[str, float | str]) -> dict[str, float | str]:
    """Parameters as JSON can hold them; one that is not finite says nothing and is left out."""
    plain = {name: value if isinstance(value, str) else float(value) for name, value in parameters.items()}
    return {name: value for name, value in plain.items() if isinstance(value, str) or math.isfinite(value)}


class _Run:
    """One call of `execute`: the manifest so far and the counts."""

    def __init__(
        self, model: Model, plan: Plan, folder: RunFolder, manifest: Manifest, on_event: OnEvent
    ) -> None:
        self.model, self.plan, self.folder, self.on_event = model, plan, folder, on_event
        self.manifest = manifest
        self.asker = manifest.asker
        self.store = folder.store(shared=self.asker.shared)
        self.records = folder.records.latest()
        self.done = 0
        self.expected = {p.probe.name: plan.expected(p) for p in plan.probes}
        self.started = time.monotonic()

    def probe(self, planned: PlannedProbe, measure: Measurer) -> None:
        """Ask one probe's scenarios and record what it says."""
        name, version = planned.probe.name, planned.probe.version
        if not planned.asked:
            if (name, "") not in self.records:
                self._keep(Record(name, version, "", "", "not_applicable", reason=planned.reason, at=now()))
            return
        self._tell(name, cached=False, status="calibrating")
        if not self._calibrate(planned, measure):
            return
        waiting: deque[tuple[Answer, Future[Outcome] | None]] = deque()
        count = 0
        for chunk in _chunks(self.plan.scenarios(planned)):
            count += len(chunk)
            for answer in answers(self.model, self.asker, self._undone(planned, chunk), self.store):
                future = (
                    measure.submit(planned.probe, answer.scenario, answer.video) if answer.video else None
                )
                waiting.append((answer, future))
                while len(waiting) >= measure.backlog:
                    self._take(planned, measure, *waiting.popleft())
        while waiting:
            self._take(planned, measure, *waiting.popleft())
        self.expected[name] = count
        entry = dataclasses.replace(self.manifest.probe(name), planned=count)
        self.manifest = self.manifest.with_probe(entry)
        self.folder.write_manifest(self.manifest)

    def close(self, status: RunStatus | None = None) -> None:
        """Write the last manifest of this call; without a status, complete or incomplete by the records."""
        calibrations = {name: kept for name, (_, kept) in self.folder.calibrations().items()}
        if status is None:
            whole = all(
                answered(entry, self.records.values(), calibrations.get(entry.name))
                for entry in self.manifest.probes
            )
            status = "complete" if whole else "incomplete"
        wall = self.manifest.timing.get("wall", 0.0) + time.monotonic() - self.started
        planned = sum(entry.planned or 0 for entry in self.manifest.probes)
        self.manifest = dataclasses.replace(
            self.manifest,
            status=status,
            finished=now(),
            timing={"wall": round(wall, 3)},
            counts={"planned": planned, **counts_of(self.manifest, self.records.values())},
        )
        self.folder.write_manifest(self.manifest)

    def _calibrate(self, planned: PlannedProbe, measure: Measurer) -> bool:
        """Make sure that there is a scale; False when the probe is no instrument at this format."""
        codec = None
        if isinstance(self.model, RoundTrips):
            codec = Codec(self.asker, self.store, self.model)
        calibration = calibrated(
            planned.probe,
            track=self.plan.track,
            clip=self.plan.clip,
            seed=self.plan.seed,
            folder=self.folder,
            codec=codec,
            measure=measure,
        )
        if not calibration.valid:
            self.expected[planned.probe.name] = 0
        return calibration.valid

    def _undone(self, planned: PlannedProbe, chunk: Sequence[Scenario]) -> list[Scenario]:
        """The scenarios that still have to be measured; a changed question counts as another one."""
        undone = []
        for scenario in chunk:
            old = self.records.get((planned.probe.name, scenario.id))
            if (
                old is not None
                and old.status in ("ok", "unmeasurable")
                and old.probe_version == planned.probe.version
                and old.request == scenario.request.digest
            ):
                self.done += 1
                self._tell(planned.probe.name, cached=True, status=old.status)
            else:
                undone.append(scenario)
        return undone

    def _take(
        self,
        planned: PlannedProbe,
        measure: Measurer,
        answer: Answer,
        future: "Future[Outcome] | None",
    ) -> None:
        """Wait for a measurement and record it."""
        probe, outcome = planned.probe, None
        if future is not None and answer.video is not None:
            outcome = measure.result(future, probe, answer.scenario, answer.video)
        record, failure = record_of((probe.name, probe.version), answer, outcome)
        if failure is not None and failure.details:
            self.folder.log_error(f"{probe.name} {answer.scenario.id}", failure.details)
        self._keep(record)
        self.done += 1
        self._tell(probe.name, cached=answer.cached, status=record.status)

    def _keep(self, record: Record) -> None:
        self.folder.records.append(record)
        self.records[(record.probe, record.scenario)] = record

    def _tell(self, probe: str, *, cached: bool, status: Status | str) -> None:
        total = max(self.done, sum(self.expected.values()))
        self.on_event(Progress(self.done, total, probe, cached, status))


def _chunks(scenarios: Iterator[Scenario]) -> Iterator[list[Scenario]]:
    while chunk := list(islice(scenarios, CHUNK)):
        yield chunk

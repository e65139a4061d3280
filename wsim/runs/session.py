"""The work of a run, scenario by scenario: ask, store, measure, record; nothing is lost on the way."""

import dataclasses
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from wsim.contracts import Model, RoundTrips, Scenario, WorksAhead
from wsim.runs.ahead import Ahead
from wsim.runs.answers import Answer, Failure, answers
from wsim.runs.calibrate import calibrated
from wsim.runs.codec import Codec
from wsim.runs.folder import RunFolder, now
from wsim.runs.manifest import Manifest, RunStatus
from wsim.runs.measure import Measurer
from wsim.runs.plan import Plan, PlannedProbe
from wsim.runs.recording import record_of
from wsim.runs.records import latest, outlined
from wsim.runs.results import Record, Status
from wsim.runs.stages import Lent, Stage, Waiting, full, submitted, without_film
from wsim.runs.storing import THREADS, Storing
from wsim.runs.summary import answered, counts_of

CHUNK = 16  # scenarios that are asked of the model at a time
SCENARIOS_AHEAD = 2 * CHUNK  # posed while the model is busy


@dataclass(frozen=True, slots=True)
class Progress:
    """One scenario further. `total` is an estimate until every probe has been counted.

    `status` is that of its record; `calibrating` stands before a probe's first scenario.
    """

    done: int
    total: int
    probe: str
    cached: bool
    status: Status | Literal["calibrating"]


OnEvent = Callable[[Progress], None]


class Session:
    """One call of `execute` or `remeasure`: the manifest so far, the records and the counts.

    Args:
        model: who answers; None when stored videos are measured again.
        plan: what is asked.
        folder: where, held for writing.
        manifest: as `RunFolder.begin` returned it.
        on_event: told of every scenario.
    """

    def __init__(
        self, model: Model | None, plan: Plan, folder: RunFolder, manifest: Manifest, on_event: OnEvent
    ) -> None:
        self.model, self.plan, self.folder, self.on_event = model, plan, folder, on_event
        self.manifest = manifest
        self.asker = manifest.asker
        self.store = folder.store(shared=self.asker.shared)
        self.records = latest(outlined(record) for record in folder.records)
        self.done = 0
        self.posed: Counter[str] = Counter()
        self.expected = {p.probe.name: plan.expected(p) for p in plan.probes}
        self.started = time.monotonic()

    def run(self, measure: Measurer) -> None:
        """Ask the scenarios of every probe and record what the probes say, in the order of the plan."""
        waiting: deque[Waiting] = deque()
        most = max(SCENARIOS_AHEAD, 2 * self._at_once()) if measure.overlaps else 0
        self.ahead = Ahead(self._stages(measure), most, lambda stage: len(stage.scenarios))
        self.storing = Storing(self.store, THREADS if measure.overlaps else 0)
        with self.storing, self.ahead:
            try:
                for stage in self.ahead:
                    self._enter(stage)
                    for answer in self._answers(stage.planned, stage.scenarios):
                        waiting.append(submitted(stage.planned, answer, measure))
                        self._collect(waiting, measure)
                        self.ahead.serve()
                while waiting:
                    self._take(waiting.popleft(), measure)
            except BaseException:
                measure.close()  # or else the thread ahead would wait for its measurements
                raise

    def _stages(self, measure: Measurer) -> Iterator[Stage]:
        """Everything that comes before a model is asked: the scale of every probe, and its scenarios."""
        for planned in self.plan.probes:
            yield Stage(planned, "begins")
            if planned.asked and self._calibrate(planned, measure):
                for chunk in _chunks(self.plan.scenarios(planned)):
                    if measure.overlaps and not self.asker.privileged:
                        chunk = [without_film(scenario) for scenario in chunk]
                    self._announce(planned, chunk)
                    yield Stage(planned, "asks", chunk)
                yield Stage(planned, "ends")

    def _at_once(self) -> int:
        return self.model.at_once if isinstance(self.model, WorksAhead) else 1

    def _announce(self, planned: PlannedProbe, chunk: Sequence[Scenario]) -> None:
        """Tell a model that can begin before it is asked what there will be to answer."""
        if isinstance(self.model, WorksAhead):
            new = [scenario for scenario in chunk if not self._recorded(planned, scenario)]
            unmade = [scenario for scenario in new if not self.storing.has(self.asker.key(scenario))]
            self.model.expect([scenario.request for scenario in unmade])

    def _enter(self, stage: Stage) -> None:
        """Note how far a probe is."""
        name, version = stage.planned.probe.name, stage.planned.probe.version
        self.posed[name] += len(stage.scenarios)
        if stage.moment == "ends":
            self.expected[name] = self.posed[name]
            entry = dataclasses.replace(self.manifest.probe(name), planned=self.posed[name])
            self.manifest = self.manifest.with_probe(entry)
            self.folder.write_manifest(self.manifest)
        elif stage.moment == "begins" and stage.planned.asked:
            self._tell(name, cached=False, status="calibrating")
        elif stage.moment == "begins" and (name, "") not in self.records:
            reason = stage.planned.reason
            self._keep(Record(name, version, "", "", "not_applicable", reason=reason, at=now()))

    def _collect(self, waiting: deque[Waiting], measure: Measurer) -> None:
        """Record what is measured; wait only when the videos that are held would fill the memory."""
        while waiting and (waiting[0].done or full(waiting, measure)):
            self._take(waiting.popleft(), measure)

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
        if self.manifest.model["round_trips"]:
            model = Lent(self.model, self.ahead) if isinstance(self.model, RoundTrips) else None
            codec = Codec(self.asker, self.store, model)
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

    def _answers(self, planned: PlannedProbe, chunk: Sequence[Scenario]) -> Iterator[Answer]:
        """The videos that are to be measured, one by one, in the order of the plan."""
        if self.model is not None:
            return answers(self.model, self.asker, self._undone(planned, chunk), self.storing)
        return (self._stored(planned, scenario) for scenario in chunk)

    def _stored(self, planned: PlannedProbe, scenario: Scenario) -> Answer:
        old = self.records.get((planned.probe.name, scenario.id))
        video = self.store.get(self.asker.key(scenario))
        missing = Failure("no stored video answers this question; give the original command again")
        cached, generate_s = (old.cached, old.generate_s) if old else (True, None)
        return Answer(scenario, video, None if video else missing, cached, generate_s)

    def _undone(self, planned: PlannedProbe, chunk: Sequence[Scenario]) -> list[Scenario]:
        """The scenarios that still have to be measured; a changed question counts as another one."""
        undone = []
        for scenario in chunk:
            if self._recorded(planned, scenario):
                self.done += 1
                status = self.records[planned.probe.name, scenario.id].status
                self._tell(planned.probe.name, cached=True, status=status)
            else:
                undone.append(scenario)
        return undone

    def _recorded(self, planned: PlannedProbe, scenario: Scenario) -> bool:
        old = self.records.get((planned.probe.name, scenario.id))
        return (
            old is not None
            and old.status in ("ok", "unmeasurable")
            and old.probe_version == planned.probe.version
            and old.request == scenario.request.digest
        )

    def _take(self, taken: Waiting, measure: Measurer) -> None:
        """Wait for a measurement and record it, once its video is stored."""
        probe, answer, outcome = taken.planned.probe, taken.answer, None
        if answer.stored is not None:
            answer.stored.result()
        if taken.future is not None and answer.video is not None:
            outcome = measure.result(taken.future, probe, answer.scenario, answer.video)
        old = self.records.get((probe.name, answer.scenario.id))
        if self.model is None and answer.video is None and old is not None and old.video is None:
            return  # why the model gave no video is known already; do not write over it
        record, failure = record_of((probe.name, probe.version), answer, outcome)
        if failure is not None and failure.details:
            self.folder.log_error(f"{probe.name} {answer.scenario.id}", failure.details)
        self._keep(record)
        self.done += 1
        self._tell(probe.name, cached=answer.cached, status=record.status)

    def _keep(self, record: Record) -> None:
        self.folder.records.append(record)
        self.records[(record.probe, record.scenario)] = outlined(record)

    def _tell(self, probe: str, *, cached: bool, status: Status | Literal["calibrating"]) -> None:
        total = max(self.done, sum(self.expected.values()))
        self.on_event(Progress(self.done, total, probe, cached, status))


def _chunks(scenarios: Iterator[Scenario]) -> Iterator[list[Scenario]]:
    while chunk := list(islice(scenarios, CHUNK)):
        yield chunk

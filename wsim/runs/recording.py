"""From what a probe said to the line that is kept of it."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from wsim.contracts import Event, Reading, Unmeasurable
from wsim.runs.answers import Answer, Failure
from wsim.runs.folder import now
from wsim.runs.measure import Outcome
from wsim.runs.results import Record, Status


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

"""Make a certificate: show a probe every clip, write down what it says, work out the figures."""

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from wsim.certify.certificate import Certificate, source_digest
from wsim.certify.clips import (
    CALIBRATION_SEED,
    CERTIFICATION_SEED,
    FULL,
    QUICK,
    Shown,
    Size,
    certificate_clips,
)
from wsim.certify.doses import Dose, doses_of
from wsim.certify.figures import alarms, response, rival
from wsim.certify.observations import Notebook, Observation
from wsim.contracts import ClipFormat, Probe, Reading, Track, Unmeasurable
from wsim.runs.calibrate import calibrate
from wsim.runs.measure import Measurer, measurer
from wsim.runs.results import Calibration

Told = Callable[[int], None]


def certify(
    probe: Probe,
    *,
    track: Track,
    clip: ClipFormat,
    folder: Path,
    quick: bool = False,
    measure: Measurer | None = None,
    told: Told | None = None,
) -> Certificate:
    """Certify one probe on one track; what was seen before with the same source is not looked at again.

    Args:
        probe: the instrument.
        track: what a model would be told.
        clip: length, size and rate of the clips.
        folder: where observations are kept.
        quick: few worlds, for a first look: the figures are then too rough to certify anything.
        measure: where to measure; in this process by default.
        told: called with the number of clips done.

    Raises:
        WsimError: the probe cannot be calibrated.
    """
    if measure is None:
        with measurer("serial", 1) as serial:
            return certify(
                probe, track=track, clip=clip, folder=folder, quick=quick, measure=serial, told=told
            )
    start = time.perf_counter()
    size, source = (QUICK if quick else FULL), source_digest(probe)
    name = f"{probe.name.replace('/', '-')}-{track}-{clip}-{source[:16]}{'-quick' if quick else ''}"
    notebook = Notebook(folder / f"{name}.jsonl")
    calibration = calibrate(
        probe, track=track, clip=clip, seed=CALIBRATION_SEED, measure=measure, clusters=16
    )
    doses: dict[str, Dose] = {}
    keys = set()
    for one in _looked_at(probe, certificate_clips(probe, track, clip, size), notebook, measure):
        keys.add(one.key)
        if one.condition == "dose":
            doses |= {dose.name: dose for dose in doses_of(probe, one.scenario)}
        if told:
            told(len(keys))
    seen = [one for one in notebook.all() if one.key in keys]
    return _certificate(
        probe, track, clip, quick, calibration, seen, doses, source, time.perf_counter() - start
    )


def _looked_at(
    probe: Probe, shown: Iterator[Shown], notebook: Notebook, measure: Measurer
) -> Iterator[Shown]:
    """Show the probe whatever it has not seen, some clips under way at a time; gives back what is done."""
    while batch := list(islice(shown, max(1, measure.backlog))):
        waiting = []
        for one in batch:
            video = None if one.key in notebook else one.make()
            if video is not None:
                waiting.append((one, video, measure.submit(probe, one.scenario, video)))
        for one, video, future in waiting:
            said = measure.result(future, probe, one.scenario, video).said
            notebook.add(_observation(probe, one, said))
        yield from batch


def _observation(probe: Probe, one: Shown, said: Any) -> Observation:
    blank = Observation(
        one.condition, one.name, one.level, one.scenario.id, one.scenario.cluster, None, False, ""
    )
    if isinstance(said, Reading):
        spec = probe.metrics[0]
        value = float(said.metrics[spec.name])
        return replace(blank, value=value, lawful=said.lawful, verdict=said.verdict)
    if isinstance(said, Unmeasurable):
        return replace(blank, verdict=said.reason)
    return replace(blank, verdict="error", error=str(said))


def _certificate(
    probe: Probe,
    track: Track,
    clip: ClipFormat,
    quick: bool,
    calibration: Calibration,
    seen: Sequence[Observation],
    doses: Mapping[str, Dose],
    source: str,
    seconds: float,
) -> Certificate:
    by: dict[tuple[str, str], list[Observation]] = defaultdict(list)
    for one in seen:
        if not one.error:
            by[(one.condition, one.name)].append(one)
    scale = calibration if calibration.valid else _widest(calibration)
    lawful = by[("lawful", "lawful")]

    def named(condition: str) -> list[str]:
        return sorted(name for kind, name in by if kind == condition)

    return Certificate(
        probe=probe.name,
        version=probe.version,
        track=track,
        clip=str(clip),
        source=source,
        quick=quick,
        seed=CERTIFICATION_SEED,
        ceiling=calibration.ceiling,
        null=calibration.null,
        instrument=calibration.valid,
        lawful=alarms(lawful, scale),
        nuisances={name: alarms(by[("nuisance", name)], scale) for name in named("nuisance")},
        doses={
            name: response(by[("dose", name)], scale, doses[name].unit, doses[name].full, doses[name].graded)
            for name in named("dose")
        },
        adversaries={name: rival(by[("adversary", name)], lawful, scale) for name in named("adversary")},
        foreign={name: rival(by[("foreign", name)], lawful, scale) for name in named("foreign")},
        errors=sum(bool(one.error) for one in seen),
        seconds=round(seconds, 1),
    )


def _widest(calibration: Calibration) -> Calibration:
    """A scale for a probe that is no instrument: its figures must still be finite."""
    gap = calibration.ceiling - calibration.null
    ceiling = calibration.ceiling if math.isfinite(gap) and abs(gap) > 1e-9 else calibration.null + 1.0
    return replace(calibration, ceiling=ceiling)


__all__ = ["FULL", "QUICK", "Size", "certify"]

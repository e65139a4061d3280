"""Make a certificate: show a probe every clip, write down what it says, work out the figures."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from wsim.certify.certificate import Certificate
from wsim.certify.clips import (
    CALIBRATION_SEED,
    CERTIFICATION_SEED,
    FULL,
    QUICK,
    Shown,
    Size,
    certificate_clips,
)
from wsim.certify.crosstalk import kinds_of, reasons_of
from wsim.certify.doses import Dose, dose_metric, doses_of
from wsim.certify.figures import alarms, moved, response, rival, scale_of
from wsim.certify.observations import Key, Notebook, Observation
from wsim.certify.source import observations_digest, source_digest
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
    seed: int = CERTIFICATION_SEED,
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
        seed: of the worlds that it is certified on; another one for a probe that was mended after a look at
            these.
        measure: where to measure; in this process by default.
        told: called with the number of clips done.

    Raises:
        WsimError: the probe cannot be calibrated.
    """
    start = time.perf_counter()
    size, seen_by = (QUICK if quick else FULL), observations_digest(probe)
    name = f"{probe.name.replace('/', '-')}-{track}-{clip}-{seen_by[:16]}"
    notebook = Notebook(folder / f"{name}.jsonl")
    with measurer("serial", 1) if measure is None else nullcontext(measure) as readers:
        calibration = calibrate(
            probe, track=track, clip=clip, seed=CALIBRATION_SEED, measure=readers, clusters=8 if quick else 16
        )
        calibrated_s = time.perf_counter() - start
        shown = certificate_clips(probe, track, clip, size, seed)
        keys, doses, kinds = _inspected(probe, looked_at(probe, shown, notebook, readers), told)
    seen = [one for one in notebook.all() if one.key in keys]
    made = _certificate(probe, track, clip, quick, seed, calibration, seen, doses)
    return replace(
        made,
        kinds=kinds,
        seconds=round(time.perf_counter() - start, 1),
        stages={"calibration": (0.0, round(calibrated_s, 1)), **_stages(seen)},
    )


def _inspected(
    probe: Probe, looked_at: Iterator[Shown], told: Told | None
) -> tuple[set[Key], dict[str, Dose], dict[str, tuple[str, ...]]]:
    """Of the clips that a probe was shown: their keys, the doses among them, and the kinds of fault."""
    keys: set[Key] = set()
    doses: dict[str, Dose] = {}
    kinds: dict[str, tuple[str, ...]] = {}
    for one in looked_at:
        keys.add(one.key)
        if one.condition == "dose":
            doses |= {dose.name: dose for dose in doses_of(probe, one.scenario)}
            kinds |= kinds_of(one.scenario)
        if told:
            told(len(keys))
    return keys, doses, kinds


def looked_at(probe: Probe, shown: Iterator[Shown], notebook: Notebook, measure: Measurer) -> Iterator[Shown]:
    """Show the probe whatever it has not seen, some clips under way at a time; gives back what is done."""
    while batch := list(islice(shown, max(1, measure.backlog))):
        waiting = []
        for one in batch:
            start = time.perf_counter()
            video = None if one.key in notebook else one.make()
            made_s = time.perf_counter() - start
            if video is not None:
                waiting.append((one, video, made_s, measure.submit(probe, one.scenario, video)))
        for one, video, made_s, future in waiting:
            outcome = measure.result(future, probe, one.scenario, video)
            seen = _observation(probe, one, outcome.said)
            notebook.add(replace(seen, made_s=round(made_s, 4), read_s=round(outcome.seconds, 4)))
        yield from batch


def _observation(probe: Probe, one: Shown, said: Any) -> Observation:
    blank = Observation(
        one.condition, one.name, one.level, one.scenario.id, one.scenario.cluster, None, False, ""
    )
    if isinstance(said, Reading):
        spec = probe.metrics[0]
        value, shown = float(said.metrics[spec.name]), dose_metric(probe)
        response = float(said.metrics[shown.name]) * (1.0 if shown.better == "higher" else -1.0)
        return replace(blank, value=value, lawful=said.lawful, verdict=said.verdict, response=response)
    if isinstance(said, Unmeasurable):
        return replace(blank, verdict=said.reason)
    return replace(blank, verdict="error", error=str(said))


def _certificate(
    probe: Probe,
    track: Track,
    clip: ClipFormat,
    quick: bool,
    seed: int,
    calibration: Calibration,
    seen: Sequence[Observation],
    doses: Mapping[str, Dose],
) -> Certificate:
    by: dict[tuple[str, str], list[Observation]] = defaultdict(list)
    for one in seen:
        if not one.error:
            by[(one.condition, one.name)].append(one)
    scale = scale_of(calibration.ceiling, calibration.null)
    lawful = by[("lawful", "lawful")]

    def named(condition: str) -> list[str]:
        return sorted(name for kind, name in by if kind == condition)

    return Certificate(
        probe=probe.name,
        version=probe.version,
        track=track,
        clip=str(clip),
        source=source_digest(probe),
        quick=quick,
        seed=seed,
        ceiling=calibration.ceiling,
        null=calibration.null,
        instrument=calibration.valid,
        lawful=alarms(lawful, scale),
        nuisances={name: alarms(by[("nuisance", name)], scale) for name in named("nuisance")},
        doses={
            name: response(
                _from_none(by[("dose", name)], lawful),
                scale,
                doses[name].unit,
                doses[name].full,
                doses[name].graded,
            )
            for name in named("dose")
        },
        adversaries={name: rival(by[("adversary", name)], lawful, scale) for name in named("adversary")},
        foreign={name: rival(by[("foreign", name)], lawful, scale) for name in named("foreign")},
        errors=sum(bool(one.error) for one in seen),
        seconds=0.0,
        crosstalk={name: alarms(by[("crosstalk", name)], scale) for name in named("crosstalk")},
        reasons=reasons_of(probe),
        metamorphic={name: moved(by[("metamorphic", name)], lawful, scale) for name in named("metamorphic")},
        reversed_time=alarms(backwards, scale) if (backwards := by[("reversed", "backwards")]) else None,
    )


def _from_none(dosed: Sequence[Observation], lawful: Sequence[Observation]) -> list[Observation]:
    """All severities of a dose, the lawful clips of the same questions as severity 0."""
    questions = {one.scenario for one in dosed}
    return [*(replace(one, level=0.0) for one in lawful if one.scenario in questions), *dosed]


def _stages(seen: Sequence[Observation]) -> dict[str, tuple[float, float]]:
    """Seconds that the clips of every kind took, to make and to read, whenever that was."""
    spent: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for one in seen:
        spent[one.condition][0] += one.made_s
        spent[one.condition][1] += one.read_s
    return {name: (round(made, 1), round(read, 1)) for name, (made, read) in spent.items()}


__all__ = ["FULL", "QUICK", "Size", "certify"]

"""One probe of a run: its score, what it said, why it said nothing, and what keeps it from being ranked."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from wsim.runs.manifest import Manifest, ProbeEntry
from wsim.runs.results import Calibration, ProbeSummary, Record
from wsim.runs.scoring import (
    FEW_CLUSTERS,
    LOW_COVERAGE,
    NOTHING,
    Strict,
    coverage_of,
    curves_of,
    metric_estimates,
    skill_of,
    strict_mean,
    strict_of,
)

BESIDE = "shown beside its suite, whose mean leaves it out: not every model can be asked"
COARSE_CODEC = (
    "the model's own codec leaves too little to read of lawful renders: the scale is that of the renders"
)


def probe_summary(
    manifest: Manifest, entry: ProbeEntry, records: Sequence[Record], calibration: Calibration | None
) -> tuple[ProbeSummary, Strict | None]:
    """One probe of a run, and its strict skill before clipping, from which suites are made.

    Args:
        manifest: of the run.
        entry: of the probe.
        records: of the probe, those that count.
        calibration: its scale; None while nobody has measured it.
    """
    metric, strict, skill = entry.metrics[0].name, None, NOTHING
    status = _status(entry, records, calibration)
    if status == "ok" and calibration is not None:
        skill = skill_of(records, metric, calibration)
        strict = strict_mean(records, metric, calibration)
    ok = [record for record in records if record.status == "ok"]
    verdicts = Counter(record.verdict or "" for record in ok)
    reasons = Counter(record.reason or "" for record in records if record.status in ("unmeasurable", "error"))
    summary = ProbeSummary(
        name=entry.name,
        suite=entry.name.partition("/")[0],
        version=entry.version,
        question=entry.question,
        track=manifest.track,
        status=status,
        skill=skill,
        strict=strict_of(strict.mean, skill, coverage_of(records)) if strict else NOTHING,
        coverage=coverage_of(records),
        counts=dict(Counter(str(record.status) for record in records)),
        metrics=metric_estimates(entry, records),
        verdicts=dict(sorted(verdicts.items())),
        lawful_verdicts=tuple(sorted({record.verdict or "" for record in ok if record.lawful})),
        reasons=dict(sorted(reasons.items())),
        calibration=calibration,
        flags=_flags(entry, records, strict, calibration) if status == "ok" else (),
        curves=curves_of(records),
        note=_note(entry, status, calibration, records),
    )
    return summary, strict


def _status(
    entry: ProbeEntry, records: Sequence[Record], calibration: Calibration | None
) -> Literal["ok", "not_applicable", "no_instrument", "empty"]:
    if entry.reason is not None or _never_asked(records):
        return "not_applicable"
    if calibration is not None and not calibration.valid:
        return "no_instrument"
    read = any(record.status in ("ok", "unmeasurable") for record in records)
    return "ok" if read and calibration is not None else "empty"


def _never_asked(records: Sequence[Record]) -> bool:
    """Whether nothing that is known of any found video lets the probe be asked: a hint, which users give."""
    return bool(records) and all(record.status == "not_applicable" for record in records)


def _flags(
    entry: ProbeEntry, records: Sequence[Record], strict: Strict | None, scale: Calibration | None
) -> tuple[str, ...]:
    """What keeps a number from being ranked."""
    flags = []
    if scale is not None and scale.unreadable:
        flags.append("coarse codec")
    if strict is None or strict.mean.clusters < FEW_CLUSTERS:
        flags.append("few clusters")
    if coverage_of(records) < LOW_COVERAGE:
        flags.append("low coverage")
    if any(record.status == "error" for record in records):
        flags.append("errors")
    if entry.mixed:
        flags.append("mixed instruments")
    return tuple(flags)


def _note(entry: ProbeEntry, status: str, calibration: Calibration | None, records: Sequence[Record]) -> str:
    if status == "not_applicable":
        return entry.reason or f"{records[0].reason} with any of the videos"
    if status == "no_instrument" and calibration is not None:
        return _no_scale(calibration)
    if status == "ok" and entry.beside:
        return BESIDE
    coarse = status == "ok" and calibration is not None and calibration.unreadable
    return COARSE_CODEC if coarse else ""


_BOTTOM = {"floor": "the bottom of the scale is", "near misses": "whoever never shows an effect scores"}


def _no_scale(scale: Calibration) -> str:
    """Why the two ends of a scale leave no room between them."""
    through = " through the model's own codec" if scale.codec else ""
    if scale.ceiling == scale.null:  # also where there is no ceiling, as few lawful renders have a reading
        return (
            f"most lawful renders{through} cannot be measured at {scale.format}, or they score "
            f"{scale.null:.3g}, as does whoever simulates nothing: there is no scale"
        )
    control = scale.null_control
    other = _BOTTOM.get(control, f"{control} scores")
    return (
        f"lawful renders{through} score {scale.ceiling:.3g} at {scale.format}, "
        f"{other} {scale.null:.3g}: too close to measure anything between them"
    )

"""From observations to the figures of a certificate.

Scores are on the probe's own scale: 0 at the null, 1 at the ceiling, both calibrated on other seeds. An
unmeasurable clip scores 0, as it does in a run (strict); how many there were is told beside.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from wsim.certify.observations import Observation
from wsim.stats import auroc, cluster_mean, least_detectable, means_by_cluster, rank_correlation

QUARTER = 0.25


@dataclass(frozen=True, slots=True)
class Alarms:
    """How a set of lawful clips was read."""

    clips: int
    coverage: float
    false_alarms: float
    score: float
    verdicts: dict[str, int]

    @property
    def alarmed(self) -> float:
        """Share of all clips, measured or not, that were called unlawful."""
        return self.coverage * self.false_alarms


@dataclass(frozen=True, slots=True)
class Moved:
    """How readings changed when the same was shown in another way.

    Attributes:
        clips: pairs. coverage: share of them that could be measured both ways.
        moved: share of these that were lawful one way and not the other.
        shift: mean absolute change of the score.
    """

    clips: int
    coverage: float
    moved: float
    shift: float


@dataclass(frozen=True, slots=True)
class Response:
    """How the score answers to one violation.

    Attributes:
        unit: of severity, `full` of it being severity 1. graded: whether there is less of it than all.
        severities: with the strict score, coverage and share called unlawful at each.
        spearman: of the mean response and the severity, where it is graded.
        auroc_full, auroc_quarter: lawful worlds against the same worlds violated; the quarter only
            where severity is graded.
        least_detectable: severity at which four of five clips are called unlawful or unmeasurable.
    """

    unit: str
    full: float
    graded: bool
    severities: tuple[float, ...]
    scores: tuple[float, ...]
    coverage: tuple[float, ...]
    found: tuple[float, ...]
    spearman: float | None
    auroc_full: float | None
    auroc_quarter: float | None
    least_detectable: float | None


@dataclass(frozen=True, slots=True)
class Rival:
    """What somebody gets who does not simulate."""

    clips: int
    coverage: float
    strict_skill: float
    auroc: float | None


class Scale(NamedTuple):
    """The two ends of a probe's scale; never the same."""

    ceiling: float
    null: float


def scale_of(ceiling: float, null: float) -> Scale:
    """A scale, also for a probe that is no instrument: its figures must still be finite."""
    gap = ceiling - null
    return Scale(ceiling if math.isfinite(gap) and abs(gap) > 1e-9 else null + 1.0, null)


def strict(seen: Observation, scale: Scale) -> float:
    """The score of a clip; 0 where it was unmeasurable."""
    if seen.value is None:
        return 0.0
    return (seen.value - scale.null) / (scale.ceiling - scale.null)


def alarms(seen: Sequence[Observation], scale: Scale) -> Alarms:
    """Read lawful clips; an alarm is a clip that was measured and called unlawful."""
    measured = [one for one in seen if one.value is not None]
    return Alarms(
        clips=len(seen),
        coverage=_share(one.value is not None for one in seen),
        false_alarms=_share(not one.lawful for one in measured),
        score=_mean(seen, scale),
        verdicts=dict(Counter(one.verdict for one in seen).most_common()),
    )


def moved(seen: Sequence[Observation], lawful: Sequence[Observation], scale: Scale) -> Moved:
    """Compare the readings of the same questions, shown in another way and as they are."""
    plain = {one.scenario: one for one in lawful}
    pairs = [(one, plain[one.scenario]) for one in seen if one.scenario in plain]
    both = [(a, b) for a, b in pairs if a.value is not None and b.value is not None]
    shifts = [abs(strict(a, scale) - strict(b, scale)) for a, b in both]
    return Moved(
        clips=len(pairs),
        coverage=len(both) / len(pairs) if pairs else 0.0,
        moved=_share(a.lawful != b.lawful for a, b in both),
        shift=sum(shifts) / len(shifts) if shifts else 0.0,
    )


def response(seen: Sequence[Observation], scale: Scale, unit: str, full: float, graded: bool) -> Response:
    """Read one violation at all its severities, 0 included."""
    levels = sorted({one.level for one in seen})
    at = {level: [one for one in seen if one.level == level] for level in levels}
    found = [_share(one.value is None or not one.lawful for one in at[level]) for level in levels]
    scores = [_mean(at[level], scale) for level in levels]

    def against(level: float) -> float | None:
        return _auroc(at[levels[0]], at.get(level, []), scale)

    return Response(
        unit=unit,
        full=full,
        graded=graded,
        severities=tuple(levels),
        scores=tuple(scores),
        coverage=tuple(_share(one.value is not None for one in at[level]) for level in levels),
        found=tuple(found),
        spearman=rank_correlation(levels, _responses(at.values()) or scores) if graded else None,
        auroc_full=against(1.0),
        auroc_quarter=against(QUARTER) if graded else None,
        least_detectable=least_detectable(levels[1:], found[1:]) if graded else None,
    )


def _responses(at: Iterable[Sequence[Observation]]) -> list[float]:
    """The mean response at every severity; empty where at one of them nothing could be measured."""
    found = []
    for seen in at:
        shown = [(one.response, one.cluster) for one in seen if one.response is not None]
        if not shown:
            return []
        found.append(cluster_mean([r for r, _ in shown], [cluster for _, cluster in shown]).mean)
    return found


def rival(seen: Sequence[Observation], lawful: Sequence[Observation], scale: Scale) -> Rival:
    """Read one adversary beside the lawful clips of the certificate."""
    return Rival(
        clips=len(seen),
        coverage=_share(one.value is not None for one in seen),
        strict_skill=min(1.0, max(0.0, _mean(seen, scale))),
        auroc=_auroc(lawful, seen, scale),
    )


def _mean(seen: Sequence[Observation], scale: Scale) -> float:
    if not seen:  # nothing but errors; a certificate has finite numbers only
        return 0.0
    return cluster_mean([strict(one, scale) for one in seen], [one.cluster for one in seen]).mean


def _auroc(lawful: Sequence[Observation], others: Sequence[Observation], scale: Scale) -> float | None:
    """World against world: a frozen picture is right where nothing should happen, and nowhere else."""

    def worlds(seen: Sequence[Observation]) -> list[float]:
        scores = [strict(one, scale) for one in seen]
        return list(means_by_cluster(scores, [one.cluster for one in seen]).values())

    return auroc(worlds(lawful), worlds(others)) if lawful and others else None


def _share(flags: Iterable[bool]) -> float:
    values = list(flags)
    return sum(values) / len(values) if values else 0.0

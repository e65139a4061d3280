"""What the pages of certificates show: rows and cells, with figures already in words."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from wsim.certify.bounds import KINDS, MEANINGS, Bound, Kind, worst
from wsim.certify.certificate import (
    MOST_ADVERSARY,
    MOST_CROSS_TALK,
    MOST_FALSE_ALARMS,
    MOST_MOVED,
    Certificate,
)
from wsim.certify.clips import FULL, QUICK
from wsim.certify.figures import Alarms, Response
from wsim.stats import dose_response
from wsim_reports.certificate_figures import bound_bar, dose_figure
from wsim_reports.rounding import NOTHING, number, percent

HEADS: dict[Kind, str] = {kind: kind for kind in KINDS} | {
    "full": "AUROC",
    "quarter": "AUROC, quarter",
    "told apart": "AUROC, adversary",
}
SHARES: tuple[Kind, ...] = ("false alarms", "nuisances", "read", "cross-talk", "moved", "arrow")


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure in words; `state` is `met`, `short` or `none`. `what` says which of its kind it is."""

    text: str
    state: str
    what: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A name, a bar, and further columns."""

    label: str
    figure: Markup
    cells: tuple[Cell, ...]
    words: str = ""


@dataclass(frozen=True, slots=True)
class Dose:
    """A violation: its figure and what is said below."""

    name: str
    figure: Markup
    words: str
    short: bool


def state_of(certificate: Certificate) -> str:
    """`certified`, `provisional`, or `quick` for a first look that certifies nothing."""
    if certificate.quick:
        return "quick"
    return "provisional" if certificate.provisional else "certified"


def cells_of(certificate: Certificate) -> list[Cell]:
    """The worst figure of every kind, in the order of `KINDS`."""
    bounds = certificate.bounds()
    return [cell_of(kind, worst(bounds, kind)) for kind in KINDS]


def cell_of(kind: Kind, bound: Bound | None) -> Cell:
    """One figure; those that fall short carry a mark, not only a colour."""
    if bound is None:
        return Cell(NOTHING, "none")
    if kind == "instrument":
        return Cell("yes" if bound.met else "no !", "met" if bound.met else "short", bound.what)
    if bound.found is None:
        return Cell(f"{NOTHING} !", "short", bound.what)
    value = -bound.found if kind == "dose" else bound.found
    text = percent(value) if kind in SHARES else number(value)
    return Cell(text if bound.met else f"{text} !", "met" if bound.met else "short", bound.what)


def short_of(certificate: Certificate) -> list[str]:
    """Every promise that is not kept, in words."""
    return [
        f"{bound.what}: {number(bound.found)}, bound {number(bound.bound)}"
        for bound in certificate.bounds()
        if not bound.met
    ]


def doses_of(certificate: Certificate) -> list[Dose]:
    """A figure for every violation."""
    broken = {bound.what for bound in certificate.bounds() if not bound.met}
    return [
        Dose(
            name,
            dose_figure(name, seen),
            (f"Rank correlation {number(seen.spearman)}; " if seen.graded else "")
            + f"AUROC {number(seen.auroc_full)} in full"
            + (f", {number(seen.auroc_quarter)} at a quarter" if seen.graded else "")
            + (
                f"; four of five are seen from {number(seen.least_detectable)} on."
                if seen.least_detectable is not None
                else "."
            )
            + _half_found(seen, certificate),
            any(what.endswith((f" {name}", f" {name} in full")) for what in broken),
        )
        for name, seen in certificate.doses.items()
    ]


def _half_found(seen: Response, certificate: Certificate) -> str:
    """At which severity half is found, by a fitted curve; nothing for what is all or nothing."""
    size = QUICK if certificate.quick else FULL
    fit = dose_response(seen.severities, seen.found, size.dose) if seen.graded else None
    if fit is None:
        return ""
    if fit.low == 0.0:
        return f" Half is seen at less than {number(fit.high)}."
    above = f"to {number(fit.high)}" if math.isfinite(fit.high) else "up"
    return f" Half is seen at {number(fit.half)} (95 %: from {number(fit.low)} {above})."


def nuisance_rows(certificate: Certificate) -> list[Row]:
    """Lawful clips as they are, and after all that happens to videos."""
    shown = {"as rendered": certificate.lawful, **certificate.nuisances}
    return [_alarm_row(name, seen, seen.false_alarms, MOST_FALSE_ALARMS) for name, seen in shown.items()]


def crosstalk_rows(certificate: Certificate) -> list[Row]:
    """Lawful answers with a fault of another kind."""
    return [
        _alarm_row(name, seen, seen.alarmed, MOST_CROSS_TALK, certificate.reasons.get(name, ""))
        for name, seen in certificate.crosstalk.items()
    ]


def adversary_rows(certificate: Certificate) -> list[Row]:
    """What is scored without simulating anything."""
    return [
        Row(
            name,
            bound_bar(seen.strict_skill, MOST_ADVERSARY, what=f"strict skill of {name}"),
            tuple(
                _plain(text)
                for text in (number(seen.strict_skill), number(seen.auroc), percent(seen.coverage))
            ),
        )
        for name, seen in certificate.adversaries.items()
    ]


def relation_rows(certificate: Certificate) -> list[Row]:
    """The same, shown in another way."""
    return [
        Row(
            f"{name}: {certificate.reasons[name]}" if name in certificate.reasons else name,
            bound_bar(seen.moved, MOST_MOVED, what=f"moved by {name}"),
            tuple(
                _plain(text)
                for text in (percent(seen.moved), number(seen.shift), percent(seen.coverage), str(seen.clips))
            ),
        )
        for name, seen in certificate.metamorphic.items()
    ]


def matrix(certificates: Sequence[Certificate]) -> list[tuple[str, list[Cell]]]:
    """Which violation fires which probe: rows faults, columns probes.

    A fault that a probe is about is `about`: its share found in full. Any other is its share called
    unlawful, `short` above the bound; empty where the probe was not shown it.
    """
    names = sorted({kind for one in certificates for kinds in one.kinds.values() for kind in kinds})
    names += sorted({name for one in certificates for name in one.crosstalk} - set(names))
    return [(name, [_matrix_cell(one, name) for one in certificates]) for name in names]


def _matrix_cell(certificate: Certificate, name: str) -> Cell:
    doses = [dose for dose, kinds in certificate.kinds.items() if name in kinds and dose in certificate.doses]
    if doses:
        found = min(certificate.doses[dose].found[-1] for dose in doses)
        return Cell(f"{100 * found:.0f}", "about", f"{name}: found in {percent(found)}")
    seen = certificate.crosstalk.get(name)
    if seen is None:
        return Cell("", "none")
    if seen.coverage == 0.0:
        return Cell(NOTHING, "none", f"{name}: no clip could be measured")
    state = "met" if seen.alarmed <= MOST_CROSS_TALK or name in certificate.reasons else "short"
    return Cell(f"{100 * seen.alarmed:.0f}", state, f"{name}: fires in {percent(seen.alarmed)}")


def meanings() -> list[tuple[Kind, str]]:
    """What every column says."""
    return list(MEANINGS.items())


def _alarm_row(name: str, seen: Alarms, share: float, bound: float, reason: str = "") -> Row:
    cells = (percent(share), percent(seen.coverage), str(seen.clips))
    words = ", ".join(f"{verdict} {count}" for verdict, count in seen.verdicts.items())
    figure = bound_bar(share, bound, what=f"false alarms, {name}")
    return Row(name, figure, tuple(map(_plain, cells)), f"{words}. {reason}" if reason else words)


def _plain(text: str) -> Cell:
    return Cell(text, "met")

"""Certificates on a screen: one line a probe, and what falls short."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from wsim.certify.bounds import Bound, Kind, worst
from wsim.cli.numbers import count_of

if TYPE_CHECKING:
    from wsim.certify.certificate import Certificate
    from wsim.certify.many import Job

SHORT = "!"  # beside a figure that misses its bound

NAME, STATE, MET, FIGURE = 22, 12, 6, 8  # columns wide
WIDE = 110

_COLOURS = {"certified": "green", "provisional": "yellow", "quick": "", "stale": "yellow", "none": "dim"}
_FEW: tuple[tuple[str, tuple[Kind, ...]], ...] = (
    ("alarms", ("false alarms", "nuisances")),
    ("dose", ("dose",)),
    ("quarter", ("quarter",)),
    ("rivals", ("adversary",)),
    ("cross", ("cross-talk",)),
)
_ALL: tuple[tuple[str, tuple[Kind, ...]], ...] = (
    ("lawful", ("ceiling",)),
    ("alarms", ("false alarms", "nuisances")),
    ("dose", ("dose",)),
    ("full", ("full",)),
    ("quarter", ("quarter",)),
    ("rivals", ("adversary",)),
    ("apart", ("told apart",)),
    ("cross", ("cross-talk",)),
    ("moved", ("moved",)),
)
_SHARES: tuple[Kind, ...] = ("false alarms", "nuisances", "cross-talk", "moved", "arrow")


def tell(console: Console, certificate: "Certificate") -> None:
    """What a certificate misses, line by line, and where its time went."""
    bounds = certificate.bounds()
    missed = [bound for bound in bounds if not bound.met]
    state = f"{len(missed)} of {len(bounds)} bounds missed" if missed else "every bound met"
    console.print(f"{certificate.probe} ({certificate.track}): {state}, {certificate.seconds:.0f} s")
    for bound in missed:
        console.print(f"  {missing(bound)}", style="yellow", soft_wrap=True)
    spent = sorted(certificate.stages.items(), key=lambda stage: -sum(stage[1]))
    words = ", ".join(f"{name} {made:.0f} + {read:.0f}" for name, (made, read) in spent)
    console.print(f"  seconds to make and to read: {words}", style="dim", soft_wrap=True)


def missing(bound: Bound) -> str:
    """A broken promise in words."""
    seen = "not seen" if bound.found is None else f"{bound.found:.3g}"
    return f"{bound.what}: {seen}, bound {bound.bound:g}"


def table(console: Console, found: "Sequence[tuple[Job, Certificate | None]]") -> None:
    """A line a probe: state, bounds met, the worst figures; beneath it, in words, what falls short.

    A screen of at least `WIDE` columns shows every kind of bound, a narrower one those that tell most.
    """
    columns = _ALL if console.width >= WIDE else _FEW
    bounds = [certificate.bounds() if certificate else [] for _, certificate in found]
    kept = [(head, kinds) for head, kinds in columns if any(_worst(some, kinds) for some in bounds)]
    heads = "".join(f"{head:>{FIGURE}}" for head, _ in kept)
    console.print(Text(f"{'':<{NAME}}{'state':<{STATE}}{'met':>{MET}}{heads}", "dim"))
    suite = ""
    for (job, certificate), some in zip(found, bounds, strict=True):
        of, _, name = job.probe.partition("/")
        if of != suite:
            console.print(Text(of, "bold"))
            suite = of
        label = f"  {name}" if job.richest else f"  {name} {job.track}"
        console.print(_line(label, _state(certificate), some, [kinds for _, kinds in kept]), soft_wrap=True)
        for bound in some:
            if not bound.met:
                console.print(
                    Padding(Text(f"{SHORT} {missing(bound)}", "yellow"), (0, 0, 0, 4), expand=False)
                )
    _print_counts(console, [_state(certificate) for _, certificate in found], bounds)


def _line(label: str, state: str, bounds: Sequence[Bound], columns: "Sequence[tuple[Kind, ...]]") -> Text:
    met = f"{sum(bound.met for bound in bounds)}/{len(bounds)}" if bounds else ""
    line = Text(f"{label:<{NAME}}") + Text(f"{state:<{STATE}}", _COLOURS[state]) + Text(f"{met:>{MET}}")
    for kinds in columns:
        found = _worst(bounds, kinds)
        line.append(f"{cell(found):>{FIGURE}}", "yellow" if found and not found.met else "")
    return line


def _worst(bounds: Sequence[Bound], kinds: "tuple[Kind, ...]") -> Bound | None:
    """The worst figure of some kinds that share a scale; those that fall short first."""
    found = [bound for kind in kinds if (bound := worst(bounds, kind))]
    return max(found, key=lambda bound: (not bound.met, bound.found or 0.0), default=None)


def _print_counts(console: Console, states: Sequence[str], bounds: Sequence[Sequence[Bound]]) -> None:
    counted = ", ".join(f"{states.count(state)} {state}" for state in _COLOURS if state in states)
    console.print()
    console.print(f"{count_of(len(states), 'probe')}: {counted}")
    if any(not bound.met for some in bounds for bound in some):
        note = f"{SHORT} falls short of its bound; figures are the worst of their kind"
        console.print(Text(note, "dim"))


def cell(bound: Bound | None) -> str:
    """A figure, with a mark where it falls short; empty where there is none."""
    if bound is None:
        return ""
    if bound.found is None:
        return f"none{SHORT}"
    value = -bound.found if bound.kind == "dose" else bound.found
    text = f"{value:.0%}" if bound.kind in _SHARES else f"{value:.2f}"
    return f"{text}{' ' if bound.met else SHORT}"


def _state(certificate: "Certificate | None") -> str:
    from wsim.certify.many import is_current, loaded

    if certificate is None:
        return "none"
    if not is_current(certificate, loaded(certificate.probe)):
        return "stale"
    if certificate.quick:
        return "quick"
    return "provisional" if certificate.provisional else "certified"

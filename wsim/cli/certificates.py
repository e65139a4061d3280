"""Certificates on a screen: one line a probe, and what falls short."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from wsim.certify.bounds import Bound, Kind, worst

if TYPE_CHECKING:
    from wsim.certify.certificate import Certificate
    from wsim.certify.many import Job

SHORT = "!"  # beside a figure that misses its bound

_HEADS: dict[Kind, str] = {
    "ceiling": "lawful", "false alarms": "false", "nuisances": "nuis", "dose": "dose", "full": "full",
    "quarter": "1/4", "adversary": "adv", "told apart": "apart", "cross-talk": "cross", "moved": "moved",
    "arrow": "arrow",
}  # fmt: skip
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
    """One line a probe, the worst figure of every kind; then every figure that falls short."""
    bounds = [certificate.bounds() if certificate else [] for _, certificate in found]
    kinds = [k for k in _HEADS if any(bound.kind == k for some in bounds for bound in some)]
    shown = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 1, 0, 0))
    shown.add_column("probe", overflow="fold", min_width=12)
    for kind in kinds:
        shown.add_column(_HEADS[kind], justify="right", no_wrap=True)
    shown.add_column("state", no_wrap=True)
    suite = ""
    for (job, certificate), some in zip(found, bounds, strict=True):
        of, _, name = job.probe.partition("/")
        if of != suite:
            shown.add_row(f"[bold]{of}[/bold]")
            suite = of
        cells = [cell(kind, worst(some, kind)) for kind in kinds]
        shown.add_row(f" {name}" if job.richest else f" {name} {job.track}", *cells, _state(certificate))
    console.print(shown)
    _print_short(console, found)


def _print_short(console: Console, found: "Sequence[tuple[Job, Certificate | None]]") -> None:
    marked = False
    for _, certificate in found:
        short = [bound for bound in certificate.bounds() if not bound.met] if certificate else []
        if certificate and short:
            if not marked:
                console.print(
                    f"{SHORT} falls short of its bound; the worst of its kind is shown:", style="dim"
                )
            marked = True
            console.print(f"{certificate.probe}: {'; '.join(map(missing, short))}", soft_wrap=True)


def cell(kind: Kind, bound: Bound | None) -> str:
    """A figure, with a mark where it falls short; empty where there is none."""
    if bound is None:
        return ""
    if bound.found is None:
        return f"none{SHORT}"
    value = -bound.found if kind == "dose" else bound.found
    text = f"{value:.0%}" if kind in _SHARES else f"{value:.2f}"
    return text if bound.met else f"{text}{SHORT}"


def _state(certificate: "Certificate | None") -> str:
    from wsim.certify.many import is_current, loaded

    if certificate is None:
        return "none"
    if not is_current(certificate, loaded(certificate.probe)):
        return "stale"
    if certificate.quick:
        return "quick"
    return "provisional" if certificate.provisional else "certified"

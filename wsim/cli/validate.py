"""`wsim validate`: what probes can and cannot see."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wsim.cli.arguments import Jobs, Size
from wsim.errors import ExitCode

if TYPE_CHECKING:
    from rich.console import Console

    from wsim.certify.certificate import Certificate
    from wsim.certify.many import Job


def validate(
    what: Annotated[
        list[str] | None,
        typer.Argument(metavar="SUITE[/PROBE]", help="Which probes; by default all that are installed."),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A few worlds each: no proof.")] = False,
    summary: Annotated[
        bool, typer.Option("--summary", help="Only print the table of the certificates that are there.")
    ] = False,
    track: Annotated[
        str | None, typer.Option(metavar="NAME", help="text, image, video or action; by default the richest.")
    ] = None,
    size: Size = "64x64",
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="PATH", help="The folder of certificates.")
    ] = Path("certificates"),
    jobs: Jobs = 1,
) -> None:
    """Certify probes: dose response, false alarms, nuisances, adversaries. The same command goes on."""
    from rich.console import Console

    from wsim.certify.many import CLIP, jobs_for, make_certificates, published
    from wsim.cli.arguments import one_of, parse_clip
    from wsim.cli.probe import probes_of
    from wsim.contracts import TRACKS

    chosen = (
        next((t for t in TRACKS if t == one_of(track, TRACKS, option="--track")), None) if track else None
    )
    names = sorted({name for one in what or [""] for name in (probes_of(one) if one else _all())})
    work = jobs_for(names, chosen, parse_clip(CLIP.num_frames, size, CLIP.fps), quick)
    console = Console(highlight=False)
    found: list[tuple[Job, Certificate | None]] = []
    if summary:
        found += [(job, published(out, job)) for job in work]
    else:
        for job, certificate in make_certificates(work, out, jobs):
            found.append((job, certificate))
            _tell(console, certificate)
    _table(console, found)
    if any(certificate is None or certificate.provisional for _, certificate in found):
        raise typer.Exit(ExitCode.GATE_FAILED)


def _all() -> list[str]:
    from wsim.registry import plugins

    return list(plugins("probes"))


def _tell(console: "Console", certificate: "Certificate") -> None:
    """What a certificate misses, line by line."""
    missed = [bound for bound in certificate.bounds() if not bound.met]
    state = f"{len(missed)} of {len(certificate.bounds())} bounds missed" if missed else "every bound met"
    console.print(f"{certificate.probe} ({certificate.track}): {state}, {certificate.seconds:.0f} s")
    for bound in missed:
        seen = "not seen" if bound.found is None else f"{bound.found:.3g}"
        console.print(f"  {bound.what}: {seen}, bound {bound.bound:g}", style="yellow", soft_wrap=True)


def _table(console: "Console", found: "list[tuple[Job, Certificate | None]]") -> None:
    """One line a probe: the worst figure of every kind."""
    from rich.table import Table

    table = Table(box=None, header_style="dim", pad_edge=False)
    table.add_column("probe", no_wrap=True)
    for column in ("false alarms", "nuisances", "dose", "AUROC", "adversary", "state"):
        table.add_column(column, justify="right" if column != "state" else "left", no_wrap=True)
    for job, certificate in found:
        table.add_row(f"{job.probe} ({job.track})", *_cells(certificate))
    console.print(table)


def _cells(certificate: "Certificate | None") -> list[str]:
    if certificate is None:
        return ["", "", "", "", "", "no certificate"]
    from wsim.certify.many import is_current, loaded

    worst = max((seen.false_alarms for seen in certificate.nuisances.values()), default=0.0)
    dose = max((seen.spearman for seen in certificate.doses.values()), default=0.0)
    auroc = min((seen.auroc_full or 0.0 for seen in certificate.doses.values()), default=0.0)
    rival = max((seen.strict_skill for seen in certificate.adversaries.values()), default=0.0)
    state = "provisional" if certificate.provisional else "certified"
    if not is_current(certificate, loaded(certificate.probe)):
        state = "stale"
    return [
        f"{certificate.lawful.false_alarms:.1%}",
        f"{worst:.1%}",
        f"{dose:+.2f}",
        f"{auroc:.2f}",
        f"{rival:.2f}",
        state + (" (quick)" if certificate.quick else ""),
    ]

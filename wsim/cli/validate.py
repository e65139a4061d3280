"""`wsim validate`: what probes can and cannot see."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wsim.cli.arguments import Jobs, ModelOptions, Size
from wsim.errors import ExitCode

if TYPE_CHECKING:
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
    seed: Annotated[
        int | None, typer.Option(metavar="N", help="Of the worlds; any that no probe was made with.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="PATH",
            help="The folder of certificates; by default certificates/, "
            "and where that is not, for --summary, those that come with wsim.",
        ),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="DIR", help="Write a web page of the certificates.")
    ] = None,
    codec: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="Only add what this model's own codec does to lawful clips."),
    ] = None,
    m: ModelOptions = None,
    jobs: Jobs = 1,
) -> None:
    """Certify probes: dose response, false alarms, nuisances, adversaries. The same command goes on."""
    from rich.console import Console

    from wsim.certify.clips import CERTIFICATION_SEED
    from wsim.certify.codecs import with_codec
    from wsim.certify.many import CLIP, jobs_for, make_certificates, published
    from wsim.cli.arguments import one_of, parse_clip
    from wsim.cli.certificates import table, tell
    from wsim.cli.probe import probes_of
    from wsim.contracts import TRACKS
    from wsim.models.options import split_options

    chosen = (
        next((t for t in TRACKS if t == one_of(track, TRACKS, option="--track")), None) if track else None
    )
    names = sorted({name for one in what or [""] for name in (probes_of(one) if one else _all())})
    clip = parse_clip(CLIP.num_frames, size, CLIP.fps)
    work = jobs_for(names, chosen, clip, quick, CERTIFICATION_SEED if seed is None else seed)
    console, folder = Console(highlight=False), _folder(out, summary)
    found: list[tuple[Job, Certificate | None]] = []
    if summary:
        found += [(job, published(folder, job)) for job in work]
    else:
        options = split_options(m or [])
        make = partial(with_codec, out=folder, model=codec, options=options) if codec else None
        for job, certificate in make_certificates(work, folder, jobs, make):
            found.append((job, certificate))
            tell(console, certificate)
    table(console, found)
    if report is not None:
        _write_page(report, [certificate for _, certificate in found if certificate is not None])
    if any(certificate is None or certificate.provisional for _, certificate in found):
        raise typer.Exit(ExitCode.GATE_FAILED)


def _folder(chosen: Path | None, summary: bool) -> Path:
    """Where certificates are written, or read from: your own, or those that come with wsim."""
    from wsim.certify.many import shipped_folder

    own = chosen or Path("certificates")
    return shipped_folder() if summary and chosen is None and not own.is_dir() else own


def _all() -> list[str]:
    from wsim.registry import plugins

    return list(plugins("probes"))


def _write_page(folder: Path, certificates: "list[Certificate]") -> None:
    from wsim.registry import find

    write = find("certificate_pages", "html").load()
    typer.echo(f"page: {write(certificates, folder)}")

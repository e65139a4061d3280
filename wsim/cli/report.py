"""`wsim report`: runs as a page, tables or data."""

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_NAMES = {"html": "report", "latex": "report.tex", "junit": "report.xml"}


def report(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN...", help="Run folders; the first is the baseline.")
    ],
    format: Annotated[
        str, typer.Option("--format", "-f", metavar="NAME", help="A name of `wsim list reports`.")
    ] = "html",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="PATH", help="Where to write; a folder for html.")
    ] = None,
) -> None:
    """Write a report of one run, or of several side by side."""
    from wsim.registry import find
    from wsim.runs.durable import telling
    from wsim.runs.summary import load_summary

    writer = find("reports", format)
    summaries = [load_summary(run) for run in runs]
    target = output or Path(DEFAULT_NAMES.get(format, f"report.{format}"))
    with telling(target):
        written = writer.load()(summaries, list(runs), target)
    typer.echo(str(written))

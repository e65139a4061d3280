"""`wsim cite`: what to cite for the numbers of a run."""

import re
from pathlib import Path
from typing import Annotated

import typer


def cite(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    signature: Annotated[
        bool, typer.Option("--signature", help="Only the line that says what the numbers were made of.")
    ] = False,
) -> None:
    """Print BibTeX of the methods that a run used, and its signature."""
    from wsim.citations import software_entry, sources_of_metrics, sources_of_run
    from wsim.runs.folder import RunFolder
    from wsim.runs.summary import load_summary

    summary = load_summary(run)
    if signature:
        typer.echo(summary.signature)
        return
    manifest = RunFolder(run).manifest
    asked = [probe.name for probe in summary.probes if probe.status != "not_applicable"]
    sources, missing = sources_of_run(asked)
    numbers = [metric.name for metric in summary.metrics if metric.estimate.value is not None]
    others, unknown = sources_of_metrics(numbers)
    version = str(manifest.wsim.get("version", "unknown"))
    typer.echo(f"% {summary.signature}\n")
    for name in missing:
        typer.echo(f"% the probe {name} is not installed here: its sources are not listed")
    for name in unknown:
        typer.echo(f"% {name} is of another version of wsim: its sources are not listed")
    typer.echo(software_entry(version, manifest.started[:4], summary.signature))
    for source in sorted({*sources, *others}, key=lambda source: source.key):
        typer.echo(f"\n{_on_lines(source.bibtex)}")


def _on_lines(bibtex: str) -> str:
    """One field a line."""
    head, _, fields = bibtex.partition(", ")
    parts = re.sub(r"\}, (?=\w+ = \{)", "},\n  ", fields.removesuffix("}"))
    return f"{head},\n  {parts}\n}}"

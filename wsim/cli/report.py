"""`wsim report`: runs as a page, tables or data."""

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wsim.cli.outputs import apart_from
from wsim.errors import WsimError

if TYPE_CHECKING:
    from wsim.registry import Plugin
    from wsim.runs.results import RunSummary

DEFAULT_NAMES = {
    "html": "report",
    "single": "report.html",
    "latex": "report.tex",
    "junit": "report.xml",
    "hf": "model-card",
    "vbench": "wsim_eval_results.json",
    "tensorboard": "tensorboard",
    "wandb": "wandb-offline",
    "mlflow": "mlflow",
}


def report(
    runs: Annotated[
        list[Path] | None, typer.Argument(metavar="RUN...", help="Run folders; the first is the baseline.")
    ] = None,
    format: Annotated[
        str, typer.Option("--format", "-f", metavar="NAME", help="A name of `wsim list reports`.")
    ] = "html",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="PATH", help="Where to write; a folder for html.")
    ] = None,
    landmark: Annotated[
        list[Path] | None,
        typer.Option(metavar="RUN", help="A run drawn beside the scores to judge them by; may be repeated."),
    ] = None,
    leaderboard: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Instead: a site of all runs in this folder, in ranks."),
    ] = None,
) -> None:
    """Write a report of one run, or of several side by side, or a leaderboard of many."""
    if leaderboard is not None:
        typer.echo(str(_leaderboard(leaderboard, runs or [], output or Path("leaderboard"))))
        return
    if not runs:
        raise WsimError(
            "there is no run to report",
            where="the RUN arguments",
            remedy="give a run folder, or a folder of many with --leaderboard",
        )
    from wsim.registry import find
    from wsim.runs.durable import telling
    from wsim.runs.summary import load_summary

    writer = find("reports", format)
    summaries = [load_summary(run) for run in runs]
    target = apart_from(runs, output or Path(DEFAULT_NAMES.get(format, f"report.{format}")))
    with telling(target):
        written = _written(writer, (summaries, list(runs), target), landmark or [])
    typer.echo(str(written))


def _written(
    writer: "Plugin", given: tuple[list["RunSummary"], list[Path], Path], landmarks: list[Path]
) -> Path:
    """What the writer made, with landmarks if it takes any."""
    write = writer.load()
    if not landmarks:
        return write(*given)  # type: ignore[no-any-return]
    if "landmarks" not in inspect.signature(write).parameters:
        raise WsimError(
            f"the report {writer.name} draws no landmarks",
            where="--landmark",
            remedy=f"give {landmarks[0]} as a RUN, or write --format html, single, md or json",
        )
    return write(*given, landmarks=landmarks)  # type: ignore[no-any-return]


def _leaderboard(folder: Path, runs: list[Path], output: Path) -> Path:
    """A site of the runs in a folder; a run that cannot be read is told and left out."""
    from wsim.registry import find
    from wsim.runs.durable import telling
    from wsim.runs.stored import find_runs, stored_summary

    writer = find("leaderboard_pages", "html").load()
    found, summaries = [], []
    for run in {path.resolve(): path for path in [*find_runs(folder), *runs]}.values():
        try:
            summaries.append(stored_summary(run))
            found.append(run)
        except WsimError as error:
            typer.echo(f"left out: {error}", err=True)
    apart_from(found, output)
    with telling(output):
        written: Path = writer(summaries, found, output)
    return written

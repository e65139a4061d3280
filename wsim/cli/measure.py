"""`wsim measure`: read the stored videos of a run again."""

import json
from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from wsim.cli.arguments import AsJson, Executor, Jobs, ModelOptions, one_of
from wsim.cli.one_clip import read_one
from wsim.cli.sets import read_sets
from wsim.errors import ExitCode


def measure(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    probe: Annotated[
        list[str] | None, typer.Option("--probe", help="Only this probe; may be repeated.")
    ] = None,
    scenario: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Read the one clip of this scenario, and write nothing."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="With --scenario: make the clip anew with the model of the run."),
    ] = None,
    m: ModelOptions = None,
    metrics: Annotated[
        bool,
        typer.Option(
            "--metrics", help="Instead: fvd, kvd and clip of all videos together, from lawful renders."
        ),
    ] = False,
    device: Annotated[str, typer.Option(metavar="NAME", help="Of torch, for --metrics.")] = "cpu",
    jobs: Jobs = 1,
    executor: Executor = "",
    as_json: AsJson = False,
) -> None:
    """Measure the stored videos of a run with the probes of today; no model needed."""
    if scenario is not None:
        read_one(run, scenario, model, m or [], as_json=as_json)
        return
    if metrics:
        read_sets(run, probe or [], jobs=jobs, device=device, as_json=as_json)
        return
    from rich.console import Console

    from wsim.cli.progress import progress
    from wsim.cli.screens import print_run
    from wsim.runs.measure import Executor as Kind
    from wsim.runs.remeasure import remeasure

    name = executor or ("processes" if jobs > 1 else "serial")
    kind = cast(Kind, one_of(name, get_args(Kind), option="--executor"))
    with progress(Console(stderr=True, highlight=False)) as on_event:
        summary = remeasure(run, only=probe or [], jobs=jobs, executor=kind, on_event=on_event)
    if as_json:
        print(json.dumps(summary.to_json(), indent=1, allow_nan=False))
    else:
        print_run(Console(highlight=False), summary, run)
    if summary.status != "complete":
        raise typer.Exit(ExitCode.INCOMPLETE)

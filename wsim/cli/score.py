"""`wsim score`: a benchmark, answered by a model."""

import dataclasses
import json
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast, get_args

import typer

from wsim.cli.arguments import (
    Address,
    AsJson,
    Copies,
    Executor,
    Gpus,
    Jobs,
    Model,
    ModelOptions,
    TimeLimit,
    free_folder,
    one_of,
)
from wsim.contracts import TRACKS, Track
from wsim.contracts import Model as AnyModel
from wsim.errors import ExitCode, WsimError

if TYPE_CHECKING:
    from rich.console import Console

    from wsim.runs.benchmark import Benchmark
    from wsim.runs.measure import Executor as Kind
    from wsim.runs.plan import Plan
    from wsim.runs.plan_report import PlanReport
    from wsim.runs.results import RunSummary

NAMED_IN_DRY_RUN = 12


@dataclasses.dataclass(frozen=True)
class Asking:
    """What `score` and `probe` were told on the command line."""

    track: str | None
    out: Path | None
    limit: int | None
    jobs: int
    executor: str
    fresh: bool
    dry_run: bool
    report: bool
    as_json: bool
    metrics: bool
    limit_s: float | None = None
    address: str | None = None


def score(
    model: Model,
    benchmark: Annotated[
        str, typer.Option(metavar="NAME", help="A name (`wsim list benchmarks`) or a TOML file.")
    ] = "quick",
    track: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="text, image, video or action; by default what most probes fit."),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            "--out", "-o", metavar="PATH|URL", help="The run folder; by default runs/MODEL-BENCHMARK."
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Only the first N worlds of each probe.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Other worlds than the benchmark's own.")
    ] = None,
    jobs: Jobs = 1,
    executor: Executor = "",
    time_limit: TimeLimit = None,
    copies: Copies = 0,
    gpus: Gpus = None,
    address: Address = None,
    m: ModelOptions = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Start over in a new folder instead of going on.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and stop.")] = False,
    report: Annotated[bool, typer.Option(help="Write the web page of the run into its folder.")] = True,
    metrics: Annotated[bool, typer.Option(help="Compute fvd, kvd and clip of all videos, too.")] = True,
    as_json: AsJson = False,
) -> None:
    """Score a model on a benchmark. The same command goes on where an earlier one stopped."""
    from wsim.cli.copies import answering
    from wsim.models.options import split_options
    from wsim.runs.benchmark import load_benchmark

    questions = load_benchmark(benchmark)
    if seed is not None:
        questions = dataclasses.replace(questions, seed=seed)
    options = split_options(m or [])
    with run_folder(out, fresh=fresh) as folder:
        asking = Asking(
            track, folder, limit, jobs, executor, fresh, dry_run, report, as_json, metrics,
            time_limit, address,
        )  # fmt: skip
        with answering(model, options, copies=copies, gpus=gpus, address=address) as answers:
            ask(answers, questions, asking)


@contextmanager
def run_folder(out: str | None, *, fresh: bool) -> Iterator[Path | None]:
    """The run folder of `--out` for the length of the block; behind a URL, a local one that is copied there.

    Raises:
        WsimError: the URL cannot be used, somebody else writes there, or `fresh` is wanted of it.
    """
    from wsim.runs.mirror import mirrored
    from wsim.runs.shared import is_url

    if out is None or not is_url(out):
        yield None if out is None else Path(out)
        return
    if fresh:
        raise WsimError("--fresh finds free folders on this machine", where=out, remedy="give another URL")
    with mirrored(out) as folder:
        yield folder


def ask(model: AnyModel, benchmark: "Benchmark", asking: Asking) -> None:
    """Run a benchmark and print what came of it.

    Raises:
        WsimError: the model cannot enter the track, or the folder cannot be used.
        typer.Exit: something is missing, or somebody pressed Ctrl-C.
    """
    from wsim.runs.folder import RunFolder
    from wsim.runs.plan import make_plan

    track = cast(Track, one_of(asking.track, TRACKS, option="--track")) if asking.track else None
    plan = make_plan(model.info, benchmark, track=track, limit=asking.limit)
    folder = asking.out or Path("runs") / slug(f"{model.info.name}-{benchmark.name}")
    folder = free_folder(folder) if asking.fresh else folder
    if asking.dry_run:
        _print_plan(plan.describe(model, RunFolder(folder)), model, folder, as_json=asking.as_json)
        return
    _run(model, plan, folder, asking)


def _run(model: AnyModel, plan: "Plan", folder: Path, asking: Asking) -> None:
    from wsim.cli.progress import progress
    from wsim.cli.sets import with_sets
    from wsim.runs.execute import execute
    from wsim.runs.measure import LIMIT_S

    _, errors = consoles()
    kind = executor_of(asking)
    asked = f"{plan.benchmark.name}/{plan.benchmark.version}, track {plan.track}, {plan.clip}"
    errors.print(f"asking {model.info.name} {asked}; run folder {folder}", style="dim", soft_wrap=True)
    try:
        with progress(errors) as on_event:
            summary = execute(
                model, plan, folder, jobs=asking.jobs, executor=kind, on_event=on_event,
                limit_s=asking.limit_s or LIMIT_S, address=asking.address,
            )  # fmt: skip
        if asking.metrics:
            summary = with_sets(summary, folder, errors, jobs=asking.jobs)
    except KeyboardInterrupt:
        command = shlex.join(["wsim", *resuming(sys.argv[1:], folder)])
        errors.print(f"interrupted; everything measured is kept. To go on:\n  {command}", soft_wrap=True)
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    tell(summary, folder, asking)


def executor_of(asking: Asking) -> "Kind":
    """Where to measure: by default in so many processes as there are jobs, if these are several.

    Raises:
        WsimError: an unknown executor.
    """
    from wsim.runs.measure import Executor as Kinds

    executor = asking.executor or ("processes" if asking.jobs > 1 else "serial")
    return cast("Kind", one_of(executor, get_args(Kinds), option="--executor"))


def tell(summary: "RunSummary", folder: Path, asking: Asking) -> None:
    """Print a summary and write its page.

    Raises:
        typer.Exit: the run is not complete.
    """
    output, errors = consoles()
    if asking.as_json:
        print(json.dumps(summary.to_json(), indent=1, allow_nan=False))
    else:
        from wsim.cli.screens import print_run

        print_run(output, summary, folder)
    if asking.report:
        from wsim.registry import find

        page = find("reports", "html").load()([summary], [folder], folder / "report")
        (errors if asking.as_json else output).print(f"report     {page}", soft_wrap=True, highlight=False)
    if summary.status != "complete":
        raise typer.Exit(ExitCode.INCOMPLETE)


def consoles() -> tuple["Console", "Console"]:
    """For results, and for everything else."""
    from rich.console import Console

    return Console(highlight=False), Console(stderr=True, highlight=False)


def slug(text: str) -> str:
    """A folder name that needs no quoting."""
    return re.sub(r"[^A-Za-z0-9._+-]+", "-", text).strip("-.")


def resuming(arguments: list[str], folder: Path) -> list[str]:
    """The command that goes on: the same one, in the folder that `--fresh` found."""
    if "--fresh" not in arguments:
        return arguments
    return [*(word for word in arguments if word != "--fresh"), "--out", str(folder)]


def _print_plan(report: "PlanReport", model: AnyModel, folder: Path, *, as_json: bool) -> None:
    """What a run would do: one line a probe."""
    from wsim.cli.numbers import count_of, duration

    if as_json:
        print(json.dumps(report.to_json(), indent=1, allow_nan=False))
        return
    output, _ = consoles()
    head = f"{model.info.name} on {report.benchmark.name}/{report.benchmark.version}"
    output.print(f"{head}, track {report.track}, {report.clip}, seed {report.benchmark.seed}")
    names = max(len(row.probe) for row in report.rows)
    output.print(f"\n{'':<{names}}{'worlds':>8}{'clips':>8}{'stored':>8}{'to make':>9}", style="dim")
    for row in report.rows:
        if row.reason:
            output.print(f"{row.probe:<{names}}  not asked: {row.reason}", soft_wrap=True)
        else:
            numbers = f"{row.clusters:>8}{row.scenarios:>8}{row.stored:>8}{row.to_make:>9}"
            output.print(f"{row.probe:<{names}}{numbers}")
    total = sum(row.to_make for row in report.rows)
    time = f", about {duration(report.seconds)}" if report.seconds is not None else ""
    output.print(
        f"\n{count_of(total, 'video')} to generate{time}; the run would be in {folder}", soft_wrap=True
    )

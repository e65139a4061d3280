"""`wsim probe`: one suite, or one probe."""

from pathlib import Path
from typing import Annotated

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
)
from wsim.cli.score import Asking, ask, run_folder
from wsim.errors import WsimError
from wsim.registry import plugins, unknown


def probe(
    what: Annotated[
        str, typer.Argument(metavar="SUITE[/PROBE]", help="For example permanence, or permanence/occlude.")
    ],
    model: Model,
    clusters: Annotated[
        int, typer.Option("--clusters", "--limit", "-n", min=1, metavar="N", help="Worlds for each probe.")
    ] = 12,
    track: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="text, image, video or action; by default what most probes fit."),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option("--out", "-o", metavar="PATH|URL", help="The run folder; by default under runs/."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Which worlds.")] = 7,
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
    metrics: Annotated[bool, typer.Option(help="Compute fvd, kvd and clip of all videos, too.")] = False,
    as_json: AsJson = False,
    hints: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="What is known of found videos, CSV or JSON; see docs/your-videos.md."
        ),
    ] = None,
) -> None:
    """Ask a model one suite or one probe. The same command goes on where an earlier one stopped.

    With videos:DIR, files that are not called after scenarios are read as they are: no simulator, no prompt.
    """
    from wsim.cli.copies import answering
    from wsim.cli.found import found_videos, read_found
    from wsim.models.options import split_options
    from wsim.runs.benchmark import single

    options = split_options(m or [])
    directory = found_videos(model, options, sure=hints is not None)
    if hints is not None and directory is None:
        raise WsimError(
            "hints are for found videos", where="--hints", remedy="give videos:DIR as the model, or no hints"
        )
    with run_folder(out, fresh=fresh) as folder:
        asking = Asking(
            track, folder, None, jobs, executor, fresh, dry_run, report, as_json, metrics,
            time_limit, address,
        )  # fmt: skip
        if directory is not None:
            read_found(directory, what, hints, asking)
            return
        benchmark = single(probes_of(what), seed=seed, clusters=clusters)
        with answering(model, options, copies=copies, gpus=gpus, address=address) as answers:
            ask(answers, benchmark, asking)


def probes_of(what: str) -> list[str]:
    """The installed probes of a suite, or the one probe of that name.

    Raises:
        WsimError: there is neither.
    """
    installed = plugins("probes")
    names = [name for name in installed if name == what or name.startswith(f"{what}/")]
    if not names:
        suites = {name.partition("/")[0] for name in installed}
        raise unknown("probe", what, [*sorted(suites), *installed], where="the SUITE[/PROBE] argument")
    return names

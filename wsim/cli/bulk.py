"""Data sets: many worlds, in tar files, by all cores."""

import shlex
import sys

import typer

from wsim.cli.asked import Asked
from wsim.errors import ExitCode
from wsim.runs.cores import usable_cores


def write_bulk(asked: Asked, clips: int, jobs: int | None) -> None:
    """Write the shards that are not there yet.

    Raises:
        WsimError: the folder holds something else or cannot be written; the disk is full.
        typer.Exit: interrupted; whole shards are kept, and the command that goes on is printed.
    """
    from rich.console import Console

    from wsim.cli.numbers import count_of
    from wsim.cli.progress import progress
    from wsim.runs.session import Progress
    from wsim.worlds.datasets import DatasetPlan, write_dataset
    from wsim.worlds.families.stage import DEFAULT_DURATION_S

    plan = DatasetPlan(
        asked.families,
        asked.clip(DEFAULT_DURATION_S),
        asked.seed,
        asked.twins,
        asked.detail,
        asked.parameters(),
    )
    errors = Console(stderr=True)
    try:
        with progress(errors) as tell:
            write_dataset(
                plan,
                clips,
                asked.out,
                jobs=jobs or usable_cores(),
                on_shard=lambda done, total: tell(Progress(done, total, asked.out.name, False, "ok")),
            )
    except KeyboardInterrupt:
        command = shlex.join(["wsim", *sys.argv[1:]])
        errors.print(f"interrupted; whole shards are kept. To go on:\n  {command}", soft_wrap=True)
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    typer.echo(f"{count_of(clips, 'world')} in {asked.out}")

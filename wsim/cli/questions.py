"""`wsim questions`: what a benchmark asks, as files, for models that run somewhere else."""

import dataclasses
from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from wsim.cli.arguments import one_of, parse_clip
from wsim.contracts import TRACKS, Track


def questions(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="PATH", help="The folder to write to.")],
    benchmark: Annotated[
        str, typer.Option(metavar="NAME", help="A name (`wsim list benchmarks`) or a TOML file.")
    ] = "quick",
    track: Annotated[
        str, typer.Option(metavar="NAME", help="What the model is given: text, image, video or action.")
    ] = "image",
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Only the first N worlds of each probe.")
    ] = None,
    frames: Annotated[
        int | None, typer.Option(min=2, metavar="N", help="By default the benchmark's.")
    ] = None,
    size: Annotated[str | None, typer.Option(metavar="WxH", help="By default the benchmark's.")] = None,
    fps: Annotated[float | None, typer.Option(metavar="N", help="By default the benchmark's.")] = None,
    names: Annotated[
        str, typer.Option(metavar="NAME", help="What videos are called: scenario, or vbench (PROMPT-0.mp4).")
    ] = "scenario",
) -> None:
    """Write prompts, frames, cameras and actions, to be answered elsewhere and scored with videos:DIR.

    A prompt tells what happens only where the track needs words; else what the frames show, and the camera.
    """
    from wsim.runs.benchmark import load_benchmark
    from wsim.runs.questions import Names, plan_questions, write_questions

    asked = load_benchmark(benchmark)
    own = asked.clip
    clip = parse_clip(frames or own.num_frames, size or f"{own.width}x{own.height}", fps or own.fps)
    chosen = cast(Track, one_of(track, TRACKS, option="--track"))
    called = cast(Names, one_of(names, get_args(Names), option="--names"))
    plan = plan_questions(dataclasses.replace(asked, clip=clip), chosen, limit)
    count = write_questions(plan, out, called)
    typer.echo(f"{count} questions of {asked.name}/{asked.version}, track {track}, {clip}, in {out}")

"""`wsim questions`: what a benchmark asks, as files, for models that run somewhere else."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from wsim.cli.arguments import one_of, parse_clip
from wsim.contracts import TRACKS, Capability, ClipFormat, ModelInfo, Request, Track

if TYPE_CHECKING:
    from wsim.runs.benchmark import Benchmark
    from wsim.runs.plan import Plan

ACCEPTED: dict[Track, frozenset[Capability]] = {
    "text": frozenset({"text", "camera"}),
    "image": frozenset({"text", "camera", "first_frame"}),
    "video": frozenset({"text", "camera", "first_frame", "context", "keyframes"}),
    "action": frozenset({"text", "camera", "first_frame", "context", "keyframes", "actions"}),
}
README = """Answer each NAME.json with a video NAME.mp4 (or .mkv, .webm, .mov, .gif) in one folder:
num_frames frames of size [height, width] at fps. `text` is the prompt; NAME.png, if there is one, is
the first frame; NAME.mkv here holds the given frames, at the frame numbers in `context`.
Then: wsim score videos:THAT_FOLDER --benchmark {benchmark} --track {track} -m track={track}
"""


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
) -> None:
    """Write prompts and first frames, to be answered elsewhere and scored with videos:DIR."""
    from wsim.runs.benchmark import load_benchmark
    from wsim.runs.durable import make_folder, telling

    asked = load_benchmark(benchmark)
    clip = parse_clip(
        frames or asked.clip.num_frames,
        size or f"{asked.clip.width}x{asked.clip.height}",
        fps or asked.clip.fps,
    )
    plan = _plan(asked, cast(Track, one_of(track, TRACKS, option="--track")), clip, limit)
    make_folder(out)
    written: set[str] = set()
    with telling(out):
        (out / "README.txt").write_text(README.format(benchmark=benchmark, track=track), encoding="utf-8")
        for planned in plan.probes:
            for scenario in plan.scenarios(planned):
                name = scenario.cluster if asked.prompts else scenario.id
                if name not in written:
                    _write(out / name.replace("/", "__"), name, scenario.request)
                written.add(name)
    typer.echo(f"{len(written)} questions of {asked.name}/{asked.version}, track {track}, {clip}, in {out}")


def _plan(asked: "Benchmark", track: Track, clip: ClipFormat, limit: int | None) -> "Plan":
    from wsim.runs.plan import make_plan

    somebody = ModelInfo("somebody", "elsewhere/1", None, ACCEPTED[track], formats=(clip,))
    return make_plan(somebody, asked, track=track, limit=limit)


def _write(stem: Path, scenario_id: str, request: Request) -> None:
    """The request, in files that any program can read."""
    from wsim.cli.pictures import write_clip, write_png
    from wsim.video import Video

    told: dict[str, Any] = {
        "scenario": scenario_id,
        "num_frames": request.num_frames,
        "size": list(request.size),
        "fps": request.fps,
        "seed": request.seed,
        "text": request.text,
        "context": list(request.context.indices) if request.context else None,
        "camera": None,
        "actions": None if request.actions is None else request.actions.tolist(),
    }
    if request.camera:
        told["camera"] = {
            "world_from_camera": request.camera.world_from_camera.tolist(),
            "intrinsics": request.camera.intrinsics.tolist(),
        }
    stem.with_name(f"{stem.name}.json").write_text(
        json.dumps(told, indent=1, allow_nan=False) + "\n", encoding="utf-8"
    )
    if request.context:
        if request.context.indices[0] == 0:
            write_png(stem.with_name(f"{stem.name}.png"), request.context.frames[0])
        if len(request.context.indices) > 1:
            write_clip(stem.with_name(f"{stem.name}.mkv"), Video(request.context.frames, request.fps))

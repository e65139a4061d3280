"""What a benchmark asks, as files: for models that run elsewhere, to be scored with `videos:DIR`.

A folder of questions holds for each one NAME.json, NAME.png (the first frame) and NAME.mkv (all given
frames), and for all of them `manifest.csv`: which video answers what, and what was asked for.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from wsim.contracts import ModelInfo, Request, Track
from wsim.models.folder import TOLD
from wsim.models.wire import numbers_of, png
from wsim.runs.benchmark import Benchmark
from wsim.runs.durable import make_folder, telling
from wsim.runs.plan import Plan, make_plan
from wsim.runs.vbench import PromptInfo, write_full_info
from wsim.video import Video, write_lossless

Names: TypeAlias = Literal["scenario", "vbench"]
MOST_LETTERS = 180  # of a prompt in a file name
README = """Answer each NAME.json with one video: num_frames frames of size [height, width] at fps.

`text` is the prompt: what happens where words must say it, else only what the given frames show and what the
camera does. NAME.png, if there is one, is the first frame; NAME.mkv holds all given frames, which belong at
the frame numbers in `context`; `camera` and `actions` have one row a frame.
What each video is to be called is in manifest.csv, column `path` (.mkv, .webm, .mov and .gif will do too).
Then, with manifest.csv copied into the folder of the videos:

  wsim score videos:THAT_FOLDER --benchmark {benchmark} --track {track} --seed {seed}{limit}

Videos of another size or rate, or longer ones, are refused unless you add  -m fit=resample
"""


@dataclass(frozen=True)
class Question:
    """One request, the name of its files, and what its answer is to be called."""

    scenario: str
    stem: str
    path: str
    sample: int
    probe: str
    request: Request


def plan_questions(benchmark: Benchmark, track: Track, limit: int | None) -> Plan:
    """What somebody would be asked who makes whatever a track gives them.

    Raises:
        WsimError: no probe of the benchmark offers the track.
    """
    somebody = ModelInfo("somebody", "elsewhere/1", None, TOLD[track], formats=(benchmark.clip,))
    return make_plan(somebody, benchmark, track=track, limit=limit)


def questions_of(plan: Plan, names: Names = "scenario") -> Iterator[Question]:
    """Every question of a plan once; several probes may read the answer to one prompt."""
    seen: set[str] = set()
    samples: Counter[str] = Counter()
    for planned in plan.probes:
        for scenario in plan.scenarios(planned):
            name = scenario.cluster if plan.benchmark.prompts else scenario.id
            if name in seen:
                continue
            seen.add(name)
            stem = name.replace("/", "__")
            words = " ".join((scenario.request.text or stem).replace("/", " ").split())[:MOST_LETTERS]
            sample = samples[words]
            samples[words] += 1
            path = f"{words}-{sample}.mp4" if names == "vbench" else f"{stem}.mp4"
            yield Question(name, stem, path, sample, planned.probe.name, scenario.request)


def write_questions(plan: Plan, out: Path, names: Names = "scenario") -> int:
    """Write all questions of a plan into a folder and count them.

    Raises:
        WsimError: the folder cannot be written to.
    """
    make_folder(out)
    rows, prompts = [], []
    with telling(out):
        for question in questions_of(plan, names):
            _write(out, question)
            rows.append(_row(question, plan.track))
            prompts.append(question)
        _write_table(out / "manifest.csv", rows)
        if names == "vbench":
            write_full_info(out / f"{plan.benchmark.name}_full_info.json", _by_prompt(prompts))
        limit = f" --limit {max(planned.clusters for planned in plan.probes)}" if plan.partial else ""
        told = README.format(benchmark=plan.benchmark.name, track=plan.track, seed=plan.seed, limit=limit)
        (out / "README.txt").write_text(told, encoding="utf-8")
    return len(rows)


def _row(question: Question, track: Track) -> dict[str, Any]:
    request = question.request
    return {
        "path": question.path,
        "scenario": question.scenario,
        "prompt": request.text,
        "seed": request.seed,
        "sample": question.sample,
        "track": track,
        "num_frames": request.num_frames,
        "height": request.size[0],
        "width": request.size[1],
        "fps": request.fps,
        "question": f"{question.stem}.json",
        "first_frame": f"{question.stem}.png" if _begins(request) else None,
        "context": f"{question.stem}.mkv" if request.context else None,
        "request": request.digest,
    }


def _begins(request: Request) -> bool:
    return request.context is not None and request.context.indices[0] == 0


def _write_table(path: Path, rows: list[dict[str, Any]]) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, list(rows[0]) if rows else ["path"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(buffer.getvalue(), encoding="utf-8", newline="\n")


def _write(out: Path, question: Question) -> None:
    """The request, in files that any program can read."""
    request = question.request
    indices = list(request.context.indices) if request.context else None
    told = {"scenario": question.scenario, **numbers_of(request), "context": indices}
    (out / f"{question.stem}.json").write_text(
        json.dumps(told, indent=1, allow_nan=False) + "\n", encoding="utf-8"
    )
    if request.context:
        if _begins(request):
            (out / f"{question.stem}.png").write_bytes(png(request.context.frames[0]))
        write_lossless(out / f"{question.stem}.mkv", Video(request.context.frames, request.fps))


def _by_prompt(questions: list[Question]) -> list[PromptInfo]:
    """VBench has one entry a prompt, with the probes as its dimensions and one video a sample."""
    found: dict[str, tuple[list[str], list[str]]] = {}
    for question in questions:
        dimensions, videos = found.setdefault(question.request.text or question.stem, ([], []))
        videos.append(question.path)
        if question.probe not in dimensions:
            dimensions.append(question.probe)
    return [PromptInfo(text, tuple(dims), tuple(videos)) for text, (dims, videos) in found.items()]

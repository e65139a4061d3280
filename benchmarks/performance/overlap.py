"""What a run costs beside the model and the probes, and who waits for whom.

    python benchmarks/performance/overlap.py [--generate-s 1] [--clips 40] [--jobs 2]

The model sleeps for every clip, as one that works on a GPU does for this machine, and probes sleep for every
clip that they read, so that a busy machine matters less. Questions, files, records, processes and
their starting are real; two cores are used, if there are more. Printed, each with its bound:

- overhead: the share of a run's time that a bare loop over the same requests and the same model does not
  take, when reading takes no time. 5 %.
- both heavy: the time of a run over the larger of that loop and of nothing but reading its videos in as
  many processes, when each of both takes as long. 1.15.

Scales are found beforehand, as in every run but the first at a format. What that first run takes is
printed as well, beside the time of reading all that it reads.
"""

import argparse
import dataclasses
import os
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

import numpy as np

os.environ.setdefault("OMP_NUM_THREADS", "1")

from wsim.contracts import ClipFormat, Context, MetricSpec, ModelInfo, Reading, Request, Scenario
from wsim.runs.benchmark import single
from wsim.runs.calibrate import CLUSTERS
from wsim.runs.cores import usable_cores
from wsim.runs.execute import execute
from wsim.runs.measure import measurer
from wsim.runs.plan import make_plan
from wsim.video import Video

CLIP = ClipFormat(25, 64, 64, 16.0)
CORES = 2
OVERHEAD, HEAVY = 0.05, 1.15
PROBES = ("slow/one", "slow/two")
READ_FOR_A_SCALE = 6 * CLUSTERS  # the lawful clip and five controls in every world


@cache
def noise(clip):
    """Grey levels that no codec makes small."""
    shape = (clip.num_frames, clip.height, clip.width, 3)
    return np.random.default_rng(0).integers(240, 256, shape, dtype=np.uint8)


@dataclasses.dataclass(frozen=True)
class White:
    """A clip that is black in its first frame, and nearly white, with noise, from then on."""

    clip: ClipFormat

    @property
    def video(self):
        frames = noise(self.clip).copy()
        frames[0] = 0
        return Video(frames, self.clip.fps)


@dataclasses.dataclass(frozen=True)
class Slow:
    """Reads how white the end is, and takes its time."""

    name: str
    read_s: float
    version: int = 1
    question: str = "Does it become white?"
    min_duration_s: float = 0.5
    needs: dict = dataclasses.field(default_factory=lambda: {"video": frozenset({"context"})})
    metrics: tuple = (MetricSpec("white", "1", "higher", 0.0, 1.0, "square of the last grey level"),)

    def scenarios(self, clip, *, track, seed, limit=None):
        for world in range(limit):
            truth = White(clip)
            size = (clip.height, clip.width)
            request = Request(
                clip.num_frames,
                size,
                clip.fps,
                world,
                text=self.name,
                context=Context(truth.video.frames[:1], (0,)),
            )
            name = f"{self.name}/{track}/world={seed + world}"
            yield Scenario(name, f"world={seed + world}", request, truth)

    def measure(self, scenario, video):
        time.sleep(self.read_s)
        return Reading({"white": float((video.frames[-1].mean() / 255) ** 2)}, "white", True)


class Elsewhere:
    """Makes a lawful clip, after so many seconds; no digest, so nothing is cached."""

    def __init__(self, generate_s):
        self.info = ModelInfo("elsewhere", "overlap/2", None, frozenset({"context"}))
        self.generate_s = generate_s

    def generate(self, requests):
        for request in requests:
            time.sleep(self.generate_s)
            yield White(request.format).video


def seconds(work, *arguments):
    """Wall time of a call."""
    start = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - start


def planned(model, read_s, clips):
    """So many questions to a model, of two probes."""
    probes = {name: Slow(name, read_s=read_s) for name in PROBES}
    asked = single(list(probes), seed=500, clusters=clips // len(PROBES), clip=CLIP)
    return make_plan(model.info, asked, probes=probes)


def run(model, read_s, clips, folder, jobs):
    """Score a model."""
    execute(model, planned(model, read_s, clips), folder, executor="processes", jobs=jobs)


def generate(model, clips):
    """Nothing but the model."""
    plan = planned(model, 0.0, clips)
    for probe in plan.probes:
        for _ in model.generate([scenario.request for scenario in plan.scenarios(probe)]):
            pass


def read(read_s, clips, jobs):
    """Nothing but reading."""
    probe = Slow(PROBES[0], read_s=read_s)
    with measurer("processes", jobs) as measure:
        asked = [(scenario, scenario.truth.video) for scenario in scenarios(probe, clips)]
        under_way = [(measure.submit(probe, *one), *one) for one in asked]
        for future, scenario, video in under_way:
            measure.result(future, probe, scenario, video)


def scenarios(probe, clips):
    """Questions of a probe."""
    return probe.scenarios(CLIP, track="video", seed=500, limit=clips)


def compared(arguments, folder):
    """Overhead and heaviness, printed as they are measured."""
    model, clips, jobs = Elsewhere(arguments.generate_s), arguments.clips, arguments.jobs
    read_s = arguments.generate_s * jobs  # as long, all in all, as generating
    print(f"{clips} clips of {CLIP}, {arguments.generate_s:g} s each, {jobs} readers, {usable_cores()} cores")
    first_s = seconds(run, model, read_s, clips, folder / "first", jobs)
    bare_s = told("a bare loop over the model", seconds(generate, model, clips))
    light_s = told(
        "a run whose readings take no time", seconds(run, model, 0.0, clips, folder / "light", jobs)
    )
    read_alone_s = told("reading alone", seconds(read, read_s, clips, jobs))
    heavy_s = told(
        "a run whose readings take as long", seconds(run, model, read_s, clips, folder / "heavy", jobs)
    )
    told("the same, scales not known", first_s)
    told(
        "reading alone, with that for the scales",
        read_alone_s + read_s * len(PROBES) * READ_FOR_A_SCALE / jobs,
    )
    return (light_s - bare_s) / light_s, heavy_s / max(bare_s, read_alone_s)


def told(what, taken_s):
    """Print a time and hand it on."""
    print(f"{what:40}{taken_s:8.1f} s", flush=True)
    return taken_s


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--generate-s", type=float, default=1.0)
    parser.add_argument("--clips", type=int, default=40)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    with tempfile.TemporaryDirectory() as name:
        os.environ["WSIM_CACHE"] = str(Path(name) / "cache")
        overhead, heavy = compared(arguments, Path(name))
    print(
        f"overhead {overhead:.1%} of a run (bound {OVERHEAD:.0%}); both heavy {heavy:.2f} (bound {HEAVY:g})"
    )
    sys.exit(overhead >= OVERHEAD or heavy > HEAVY)


if __name__ == "__main__":
    main()

"""What a generator waits for: a run in turn (serial) beside one in which measuring overlaps (processes).

    python benchmarks/performance/overlap.py [--generate-s 0.5] [--read-s 0.5] [--pose-s 0.1] [--worlds 20]

The model sleeps for every clip, as one that works on a GPU does for this machine, and two probes sleep for
every scene that they pose and clip that they read, so that a busy machine does not matter: what is measured
is who waits for whom. Scales, files and records are real. Printed are the seconds of the run, those from the
first request to the last video, and the share of these in which the generator was at work: 90 % is the bound.
"""

import argparse
import dataclasses
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

os.environ.setdefault("OMP_NUM_THREADS", "1")

from wsim.contracts import ClipFormat, Context, MetricSpec, ModelInfo, Reading, Request, Scenario
from wsim.runs.benchmark import single
from wsim.runs.execute import execute
from wsim.runs.plan import make_plan
from wsim.video import Video

CLIP = ClipFormat(9, 64, 64, 8.0)
LEAST_BUSY = 0.9


@dataclasses.dataclass(frozen=True)
class White:
    """A clip that is black in its first frame, and white from then on."""

    clip: ClipFormat

    @property
    def video(self):
        frames = np.full((self.clip.num_frames, self.clip.height, self.clip.width, 3), 255, np.uint8)
        frames[0] = 0
        return Video(frames, self.clip.fps)


@dataclasses.dataclass(frozen=True)
class Slow:
    """Reads how white the end is, and takes its time."""

    name: str
    pose_s: float
    read_s: float
    version: int = 1
    question: str = "Does it become white?"
    min_duration_s: float = 0.5
    needs: dict = dataclasses.field(default_factory=lambda: {"video": frozenset({"context"})})
    metrics: tuple = (MetricSpec("white", "1", "higher", 0.0, 1.0, "square of the last grey level"),)

    def scenarios(self, clip, *, track, seed, limit=None):
        for world in range(limit):
            time.sleep(self.pose_s)
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
        self.info = ModelInfo("elsewhere", "overlap/1", None, frozenset({"context"}))
        self.generate_s, self.made, self.first_s, self.last_s = generate_s, 0, None, 0.0

    def generate(self, requests):
        for request in requests:
            self.first_s = self.first_s or time.perf_counter()
            time.sleep(self.generate_s)
            self.made, self.last_s = self.made + 1, time.perf_counter()
            yield White(request.format).video


def timed(arguments, executor, folder):
    """Seconds of the run, from the first request to the last video, and at work."""
    os.environ["WSIM_CACHE"] = str(folder / "cache")
    model = Elsewhere(arguments.generate_s)
    probes = {n: Slow(n, arguments.pose_s, arguments.read_s) for n in ("slow/one", "slow/two")}
    asked = single(list(probes), seed=500, clusters=arguments.worlds, clip=CLIP)
    start = time.perf_counter()
    plan = make_plan(model.info, asked, probes=probes)
    execute(model, plan, folder / "run", executor=executor, jobs=arguments.jobs)
    return time.perf_counter() - start, model.last_s - model.first_s, model.made * arguments.generate_s


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--generate-s", type=float, default=0.5)
    parser.add_argument("--read-s", type=float, default=0.5)
    parser.add_argument("--pose-s", type=float, default=0.1)
    parser.add_argument("--worlds", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=4)
    arguments = parser.parse_args()
    spans, shares = {}, {}
    print(f"{'':12}{'run, s':>9}{'generating, s':>15}{'at work':>9}")
    with tempfile.TemporaryDirectory() as name:
        for executor in ("serial", "processes"):
            whole_s, spans[executor], busy_s = timed(arguments, executor, Path(name) / executor)
            shares[executor] = busy_s / spans[executor]
            print(f"{executor:12}{whole_s:9.1f}{spans[executor]:15.1f}{shares[executor]:9.0%}", flush=True)
    print(f"the last video is there {spans['serial'] / spans['processes']:.2f} times as soon")
    sys.exit(shares["processes"] < LEAST_BUSY)


if __name__ == "__main__":
    main()

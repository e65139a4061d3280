"""What a generator waits for: a run in turn (serial) beside one in which measuring overlaps (processes).

    python benchmarks/performance/overlap.py [--generate-s 1.0] [--worlds 6] [--jobs 1] [PROBE ...]

The model needs `--generate-s` seconds of somebody else's time for a clip, as one on a GPU does, and none of
this machine's processor. Probes, worlds, scales and files are real: 128x128, 33 frames, scales measured anew.
What is printed is the time from the first video asked for to the end of the last one, the share of it in
which the generator was at work, and how much longer the whole run took than generating alone. The bound is a
generator that is at work for 90 % of that time, where the machine has processor time to spare.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

from wsim.contracts import ClipFormat, ModelInfo
from wsim.runs.benchmark import single
from wsim.runs.execute import execute
from wsim.runs.plan import make_plan
from wsim.video import Video

CLIP = ClipFormat(33, 128, 128, 16.0)
PROBES = ("interaction/stroke", "physics/fall")
LEAST_BUSY = 0.9


class Elsewhere:
    """Holds the last frame of what it is given, after so many seconds; no digest, so nothing is cached."""

    def __init__(self, generate_s):
        self.info = ModelInfo("elsewhere", "overlap/1", None, frozenset({"context"}))
        self.generate_s, self.busy, self.first_s, self.last_s = generate_s, 0.0, None, 0.0

    def generate(self, requests):
        for request in requests:
            self.first_s = self.first_s or time.perf_counter()
            time.sleep(self.generate_s)
            frames = request.context.frames[[-1] * request.num_frames]
            self.busy += self.generate_s
            self.last_s = time.perf_counter()
            yield Video(frames, request.fps)


def timed(arguments, executor, folder):
    """Whole seconds, seconds between the first request and the last video, and seconds at work."""
    os.environ["WSIM_CACHE"] = str(folder / "cache")
    model = Elsewhere(arguments.generate_s)
    asked = single(arguments.probes, seed=500, clusters=arguments.worlds, clip=CLIP)
    start = time.perf_counter()
    execute(model, make_plan(model.info, asked), folder / "run", executor=executor, jobs=arguments.jobs)
    return time.perf_counter() - start, model.last_s - model.first_s, model.busy


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("probes", nargs="*", default=PROBES)
    parser.add_argument("--generate-s", type=float, default=1.0)
    parser.add_argument("--worlds", type=int, default=6)
    parser.add_argument("--jobs", type=int, default=1)
    arguments = parser.parse_args()
    shares = {}
    print(f"{'':12}{'run, s':>9}{'generating, s':>15}{'at work':>9}{'run / alone':>13}")
    with tempfile.TemporaryDirectory() as name:
        for executor in ("processes", "serial", "processes"):  # the first one compiles, and is not counted
            folder = Path(name) / f"{executor}{len(shares)}{time.monotonic_ns()}"
            whole_s, span_s, busy_s = timed(arguments, executor, folder)
            known, shares[executor] = executor in shares, busy_s / span_s
            if known or executor == "serial":
                row = f"{whole_s:9.1f}{span_s:15.1f}{busy_s / span_s:9.0%}{whole_s / busy_s:13.2f}"
                print(f"{executor:12}{row}", flush=True)
    print(
        f"the generator is idle {1 - shares['processes']:.0%} of the time, against {1 - shares['serial']:.0%}"
    )
    sys.exit(shares["processes"] < LEAST_BUSY)


if __name__ == "__main__":
    main()

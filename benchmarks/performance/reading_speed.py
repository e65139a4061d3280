"""Seconds that every probe takes to read a clip, decoding included: 128x128, 33 frames.

    python benchmarks/performance/reading_speed.py [PROBE ...]

Each probe reads the lawful answers to the questions of two worlds from lossless files: the first reading of
a question, in which the alternatives are rendered, and a second one, as of the next model. Processor time of
one process with one thread, so that a busy machine does not matter; what it took to pose the questions is not
counted. The bound is a mean of 0.5 s over probes and 2 s for the slowest, of the first reading.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import sys
import tempfile
import time
from pathlib import Path

from wsim.certify.many import loaded
from wsim.contracts import TRACKS, ClipFormat
from wsim.registry import plugins
from wsim.video import read_video, write_lossless

CLIP = ClipFormat(33, 128, 128, 16.0)
SEED, WORLDS = 500, 3  # the first world compiles and warms up, and is not counted
MEAN_S, SLOWEST_S = 0.5, 2.0


def seconds(name, folder):
    """Seconds a clip of the first and of the second reading."""
    probe = loaded(name)
    track = [t for t in TRACKS if t in probe.needs][-1]
    first, second, first_world = [], [], None
    for scenario in probe.scenarios(CLIP, track=track, seed=SEED, limit=WORLDS):
        path = Path(folder) / "clip.mkv"
        write_lossless(path, scenario.truth.video)
        taken = []
        for _ in range(2):
            start = time.process_time()
            probe.measure(scenario, read_video(path))
            taken.append(time.process_time() - start)
        first_world = first_world or scenario.cluster
        if scenario.cluster != first_world:
            first.append(taken[0])
            second.append(taken[1])
    return sum(first) / len(first), sum(second) / len(second)


def main():
    names = sys.argv[1:] or list(plugins("probes"))
    found = []
    print(f"{'probe':32}{'first, s':>10}{'again, s':>10}")
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            first, second = seconds(name, folder)
            found.append(first)
            print(f"{name:32}{first:10.3f}{second:10.3f}{'  !' if first > SLOWEST_S else ''}", flush=True)
    mean, slowest = sum(found) / len(found), max(found)
    print(f"mean {mean:.3f} s (bound {MEAN_S}), slowest {slowest:.3f} s (bound {SLOWEST_S})")
    sys.exit(mean > MEAN_S or slowest > SLOWEST_S)


if __name__ == "__main__":
    main()

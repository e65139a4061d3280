"""Whoever starts processes and is killed leaves none behind, whatever they were at."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

SLEEPERS = """
import time
from wsim.runs.measure import workers
with workers(2) as crew:
    waiting = [crew.submit(time.sleep, 600) for _ in range(2)]
    waiting[0].result()
"""
WSIM = [sys.executable, "-c", "from wsim.cli.main import run; run()"]
COMMANDS = {
    "executor": [sys.executable, "-c", SLEEPERS],
    "validate": [*WSIM, "validate", "geometry/epipolar", "physics/inertia", "--jobs", "2", "--quick"],
    "data set": [
        *WSIM,
        "render",
        "collision",
        "--clips",
        "600",
        "--seed",
        "500",
        "--out",
        "d",
        "--jobs",
        "2",
    ],
}


STARTED_S = 0.1  # of processor time: one that only waits takes 0.3 s to start, or less on a fast machine


def workers_of(process: psutil.Process) -> list[psutil.Process]:
    """Its spawned processes; the one that only counts what is shared ends by itself."""
    found = process.children()
    return [child for child in found if any("spawn_main" in word for word in child.cmdline())]


@pytest.mark.parametrize(
    ("what", "how"),
    [("executor", signal.SIGKILL), ("validate", signal.SIGTERM), ("data set", signal.SIGTERM)],
)
def test_workers_end_with_their_parent(what: str, how: signal.Signals, tmp_path: Path) -> None:
    environment = {**os.environ, "WSIM_CACHE": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1"}
    parent = subprocess.Popen(COMMANDS[what], cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)
    try:
        seen, end_s = psutil.Process(parent.pid), time.monotonic() + 120
        workers = workers_of(seen)
        while len(workers) < 2 or min(sum(w.cpu_times()[:2]) for w in workers) < STARTED_S:
            assert parent.poll() is None and time.monotonic() < end_s
            time.sleep(0.05)
            workers = workers_of(seen)
        parent.send_signal(how)
        assert parent.wait(10) == -how
    finally:
        parent.kill()
        parent.wait()
    _, alive = psutil.wait_procs(workers, timeout=60)
    for orphan in alive:
        orphan.kill()
    assert not alive

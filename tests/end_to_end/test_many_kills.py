"""Killed at random, twenty times and more: readers, the driver; a full disk. The records are the same."""

import dataclasses
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from wsim.errors import ExitCode
from wsim.runs.folder import RunFolder
from wsim.runs.summary import load_summary

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200)]
TOY = Path(__file__).parent.parent / "fixtures/wsim_toy.py"
KILLS = int(os.environ.get("WSIM_TEST_KILLS", "20"))  # of readers, and a fifth as many of the driver
LIMIT_S = 1800.0


def command(folder: Path, *options: str) -> list[str]:
    return [sys.executable, str(TOY), str(folder / "out"), "--clusters", "12", *options]


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "WSIM_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"}


def same(run: Path) -> list[str]:
    """The records that count, in order, without times and without where their videos came from."""
    found = []
    for record in RunFolder(run).records.latest().values():
        bare = dataclasses.replace(record, generate_s=None, measure_s=None, at="", cached=False)
        found.append(json.dumps(bare.to_json(), sort_keys=True))
    return sorted(found)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    subprocess.run(command(folder), env=environment(folder), check=True, capture_output=True)
    return folder


def readers(driver: psutil.Process) -> list[psutil.Process]:
    """Processes that read videos for a run, here or on a cluster of this machine."""
    found = []
    for child in driver.children(recursive=True):
        try:
            words = " ".join(child.cmdline())
        except psutil.Error:
            continue
        if "spawn_main" in words or words.startswith("ray::_Hand"):
            found.append(child)
    return found


def killed_at_random(driver: psutil.Process, rng: random.Random, most: int) -> Iterator[None]:
    """Kill one reader after another, at moments of no plan, until the run ends."""
    for _ in range(most):
        time.sleep(rng.uniform(0.05, 1.0))
        victims = readers(driver) if driver.is_running() and driver.status() != "zombie" else []
        if victims:
            rng.choice(victims).kill()
            yield


def disturbed(folder: Path, options: list[str], rng: random.Random) -> tuple[int, int]:
    """Run, and go on with, a run until it is complete; how many readers and drivers were killed."""
    dead_readers = dead_drivers = 0
    helpers: list[psutil.Process] = []  # of Ray: two of them notice after a minute, by their own clock
    end_s = time.monotonic() + LIMIT_S
    while time.monotonic() < end_s:
        running = subprocess.Popen(command(folder, *options), env=environment(folder), stderr=subprocess.PIPE)
        driver = psutil.Process(running.pid)
        while running.poll() is None and time.monotonic() < end_s:
            if dead_readers < KILLS:
                dead_readers += len(list(killed_at_random(driver, rng, 1)))
            if dead_drivers < dead_readers // 5:
                left = readers(driver)
                helpers += driver.children(recursive=True)
                running.send_signal(signal.SIGKILL)
                dead_drivers += 1
                _, alive = psutil.wait_procs(left, timeout=60)
                assert not alive, "readers outlived their driver"
            time.sleep(0.05)
        _, errors = running.communicate()
        if running.returncode == 0 and dead_readers >= KILLS:
            _, alive = psutil.wait_procs(helpers, timeout=180)
            assert not alive, "something of a killed run goes on"
            return dead_readers, dead_drivers
        assert running.returncode in (0, ExitCode.INCOMPLETE, -signal.SIGKILL), errors.decode()
        if running.returncode == 0:  # complete before it was disturbed enough: again, from the beginning
            (folder / "out").rename(folder / f"run{time.monotonic_ns()}")
    raise TimeoutError(f"{dead_readers} readers and {dead_drivers} drivers killed in {LIMIT_S:g} s")


@pytest.mark.parametrize("executor", ["processes", "ray"])
def test_readers_and_drivers_killed_at_random(executor: str, tmp_path: Path, undisturbed: Path) -> None:
    if executor == "ray":
        pytest.importorskip("ray", reason="needs the extra `ray`")
    options = ["--executor", executor, "--jobs", "2", "--read-s", "0.3"]
    dead_readers, dead_drivers = disturbed(tmp_path, options, random.Random(17))
    print(f"{executor}: {dead_readers} readers and {dead_drivers} drivers killed")
    assert dead_readers >= KILLS
    whole, made = load_summary(undisturbed / "out"), [tmp_path / "out", *tmp_path.glob("run*")]
    assert len(same(undisturbed / "out")) == 36
    for run in made:
        assert same(run) == same(undisturbed / "out")
        assert load_summary(run).status == "complete" and load_summary(run).headline == whole.headline


def test_a_full_disk_with_readers_elsewhere(tmp_path: Path, undisturbed: Path) -> None:
    options = ["--executor", "processes", "--jobs", "2"]
    full = subprocess.run(
        command(tmp_path, *options, "--largest-file", "7000"), env=environment(tmp_path), capture_output=True
    )
    assert full.returncode == ExitCode.INCOMPLETE and b"the disk is full" in full.stderr
    assert 5 < len(RunFolder(tmp_path / "out").records.read()) < 36
    subprocess.run(command(tmp_path, *options), env=environment(tmp_path), check=True, capture_output=True)
    assert same(tmp_path / "out") == same(undisturbed / "out")

"""A run of 10,000 scenarios: it finishes, goes on at once, its report opens, the driver stays small."""

import os
import resource
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from wsim.runs.summary import load_summary

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200)]
TOY = Path(__file__).parent.parent / "fixtures/wsim_toy.py"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SCENARIOS = int(os.environ.get("WSIM_TEST_SCENARIOS", "10000"))  # three in every world of the toy
FEW = 99
RESUME_S = 5.0  # processor time, the start of Python included
GROWS = 1.2  # the driver, from a hundred requests to all of them: it holds an outline of every record
PAGE_MB = 30.0


@dataclass(frozen=True)
class Cost:
    """Processor seconds and the largest resident size of a process, megabytes."""

    cpu_s: float
    peak_mb: float


def cost(command: list[str], folder: Path) -> Cost:
    """Run a command to its good end."""
    environment = {**os.environ, "WSIM_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, (folder / "log").read_text()[-2000:]
    assert isinstance(used, resource.struct_rusage)
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def run(folder: Path, name: str, scenarios: int) -> list[str]:
    return [sys.executable, str(TOY), str(folder / name), "--clusters", str(scenarios // 3)]


def test_a_large_run(tmp_path: Path) -> None:
    few = cost(run(tmp_path, "few", FEW), tmp_path)
    many = cost(run(tmp_path, "many", SCENARIOS), tmp_path)
    again = cost(run(tmp_path, "many", SCENARIOS), tmp_path)
    wsim = [sys.executable, "-c", "from wsim.cli.main import run; run()"]
    page = tmp_path / "page"
    report = cost([*wsim, "report", str(tmp_path / "many"), "--format", "html", "-o", str(page)], tmp_path)
    sizes_mb = sorted(path.stat().st_size / 1e6 for path in page.rglob("*.html"))
    print(
        f"{SCENARIOS} scenarios: {many}, gone on {again}, report {report}, pages {sizes_mb} MB; {FEW}: {few}"
    )
    summary = load_summary(tmp_path / "many")
    assert summary.status == "complete" and summary.counts["ok"] == SCENARIOS // 3 * 3
    assert again.cpu_s < RESUME_S
    assert many.peak_mb < GROWS * few.peak_mb
    assert sizes_mb and sizes_mb[-1] < PAGE_MB
    opened(page / "index.html", summary.model["name"])


def opened(page: Path, model: str) -> None:
    """The page comes up in a browser and says whose it is."""
    browsers = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("needs a Chromium")
    with browsers.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        tab = browser.new_page()
        tab.goto(page.as_uri(), wait_until="load", timeout=60_000)
        assert model in tab.inner_text("body")
        browser.close()

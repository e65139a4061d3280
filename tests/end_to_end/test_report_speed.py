"""A report of 1,000 clips and a leaderboard of 200 runs within their bounds, as their benchmark says."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks/performance/report_speed.py"


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no Chromium on this machine")
def test_a_thousand_clips_are_built_opened_and_scrolled_in_time() -> None:
    """It fails when a bound is missed, or when a film is fetched that nobody plays."""
    pytest.importorskip("playwright.sync_api")
    done = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("(bound ") == 3

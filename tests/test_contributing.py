"""The worked examples of CONTRIBUTING.md, run as they stand in a folder of a stranger's."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("stranger")
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        name = re.match(r"# (\w+\.py)\n", block)
        assert name, f"every example names its file: {block[:60]!r}"
        (where / name[1]).write_text(block, encoding="utf-8")
    return where


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(folder)}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("script", ["look_at_my_scene.py", "try_my_probe.py"])
def test_example_script_runs(folder: Path, script: str) -> None:
    done = run(folder, script)
    assert done.returncode == 0, done.stderr


def test_example_model_passes_the_check_and_is_scored(folder: Path) -> None:
    done = run(folder, "-m", "wsim.cli.main", "check", "my_model.py:make")
    assert done.returncode == 0, done.stdout + done.stderr
    done = run(
        folder, "-m", "wsim.cli.main", "probe", "physics/fall", "my_model.py:make",
        "-m", "strength=0.5", "--limit", "2", "--out", "run", "--no-report",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert (folder / "run" / "summary.json").exists()

"""README and CI say the same thing, and what README promises exists."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands() -> list[str]:
    """The lines of README's shell blocks, continuation lines joined."""
    blocks = re.findall(r"```(?:sh|bash|console)\n(.*?)```", README, re.DOTALL)
    return [line for block in blocks for line in block.replace("\\\n", "").splitlines() if line.strip()]


def test_ci_runs_the_test_command_that_readme_prints() -> None:
    tests = [line for line in commands() if "pytest" in line and "venv" in line]
    assert len(tests) == 1, "README prints the test command exactly once"
    assert tests[0] in (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()


def test_the_first_command_scores_the_reference_model() -> None:
    first = commands()[0]
    assert first.startswith("python3 -m venv") and "wsim score reference" in first
    assert "-c constraints/cpu.txt" in first

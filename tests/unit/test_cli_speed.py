"""Cheap commands stay cheap: what they import is what they cost."""

import subprocess
import sys

import pytest

HEAVY = ("torch", "matplotlib", "numba", "mujoco", "cv2", "av", "scipy", "jinja2")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["list"],
        ["list", "probes"],
        ["score", "--help"],
        ["scor"],
        ["list", "nothing"],
    ],
    ids=" ".join,
)
def test_nothing_heavy_is_imported(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom wsim.cli.main import call\n"
        f"code = call({arguments!r})\n"
        f"print('LOADED', code, [name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    expected = 2 if arguments in (["scor"], ["list", "nothing"]) else 0
    assert done.stdout.splitlines()[-1] == f"LOADED {expected} []"

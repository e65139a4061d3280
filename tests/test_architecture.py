"""The house keeps its shape: which room may import which, and what must stay cheap to import."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = {
    "wsim": ROOT / "wsim",
    "wsim_probes": ROOT / "probes/wsim_probes",
    "wsim_reference": ROOT / "reference_model/wsim_reference",
    "wsim_reports": ROOT / "reports/wsim_reports",
    "wsim_benchmarks": ROOT / "benchmarks/wsim_benchmarks",
}
TOP_LEVEL = {
    "pyproject.toml", "README.md", "LICENSE", "CONTRIBUTING.md", "CHANGELOG.md",
    "wsim", "benchmarks", "probes", "reference_model", "reports", "tests", "docs", "constraints",
}  # fmt: skip
HEAVY = ("torch", "matplotlib", "numba", "mujoco", "cv2")


def imported_packages(path: Path) -> set[str]:
    """Top-level names that a file imports anywhere, inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_wsim_and_never_each_other(room: str) -> None:
    allowed = {room, "wsim"}
    for path in ROOMS[room].rglob("*.py"):
        strangers = (imported_packages(path) & set(ROOMS)) - allowed
        assert not strangers, f"{path.relative_to(ROOT)} imports {strangers}"


@pytest.mark.parametrize("room", ROOMS)
def test_every_package_says_that_it_is_typed(room: str) -> None:
    assert (ROOMS[room] / "py.typed").exists()


def test_no_relative_imports() -> None:
    for folder in ROOMS.values():
        for path in folder.rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            relative = [n.lineno for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.level]
            assert not relative, f"{path.relative_to(ROOT)}:{relative}"


def test_the_top_level_is_fixed() -> None:
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a git checkout: an unpacked release has no list of tracked files")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    top = {name.split("/")[0] for name in listed.stdout.splitlines()}
    assert {name for name in top if not name.startswith(".")} <= TOP_LEVEL


@pytest.mark.parametrize(
    "statement",
    [
        "import wsim",
        "from wsim.cli.main import run; import sys; sys.argv = ['wsim', '--help']; run()",
        "from wsim.cli.main import run; import sys; sys.argv = ['wsim', 'list']; run()",
    ],
)
def test_cheap_commands_load_nothing_heavy(statement: str) -> None:
    # The statement may end in SystemExit; the check runs whatever happens.
    code = (
        f"import sys, atexit\nHEAVY = {HEAVY!r}\n"
        "def check():\n"
        "    loaded = [name for name in HEAVY if name in sys.modules]\n"
        "    print('LOADED', loaded)\n"
        "atexit.register(check)\n" + statement
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith("LOADED []"), done.stdout[-200:]


def test_no_pickle_no_shell_no_leftovers() -> None:
    for folder in ROOMS.values():
        for path in folder.rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert "pickle" not in imported_packages(path), path
            assert "shell=True" not in text and "TODO" not in text and "FIXME" not in text, path

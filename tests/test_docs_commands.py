"""Every `wsim` command that README, CONTRIBUTING and the pages print is one that the command line takes."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import typer

from wsim.cli.main import app
from wsim.registry import plugins

ROOT = Path(__file__).resolve().parent.parent
WITHOUT = ("docs/perception.md", "docs/worlds.md")  # they print none
PAGES = [
    page
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md"))
    if (page := path.relative_to(ROOT).as_posix()) not in WITHOUT
]


def blocks(page: str, *languages: str) -> list[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"```(?:{'|'.join(languages)})\n(.*?)```", text, re.DOTALL)


def commands(page: str) -> list[str]:
    """Commands in blocks, and between backticks if they are more than the name of a verb."""
    text = (ROOT / page).read_text(encoding="utf-8")
    outside = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    shells = "\n".join(blocks(page, "sh", "bash", "yaml")).splitlines()
    shells += re.findall(r"^\$ (.*)", "\n".join(blocks(page, "console")), re.MULTILINE)
    lines = [re.sub(r"\s+#.*", "", line) for line in shells]
    found = [
        match[1] for line in lines if (match := re.search(r"(?:^|[ ']|bin/)(wsim [a-z].*?)(?:'?$)", line))
    ]
    return found + re.findall(r"`(wsim [^` ]+ [^`]+)`", outside)


def parse(command: str) -> None:
    """Read the arguments as the command line does, and stop before anything is done.

    Raises:
        typer's own errors: no such verb or option, or a value that does not fit.
    """
    _, verb, *arguments = shlex.split(re.sub(r"\$\{?SLURM_\w+\}?", "8", command))
    group = typer.main.get_command(app)
    with group.make_context("wsim", [verb], resilient_parsing=True) as context:
        chosen = group.get_command(context, verb)  # type: ignore[attr-defined]
        assert chosen is not None, f"there is no verb {verb!r}"
        chosen.make_context(verb, arguments, parent=context)


ALL = [(page, command) for page in PAGES for command in commands(page)]


def test_the_pages_print_commands() -> None:
    assert {page for page, _ in ALL} == set(PAGES) and len(ALL) > 80


@pytest.mark.parametrize(("page", "command"), ALL, ids=[command for _, command in ALL])
def test_a_printed_command_is_taken(page: str, command: str) -> None:
    parse(command)


@pytest.mark.parametrize("wrong", ["wsim scores x", "wsim score x --shard 1/2", "wsim score x --limit none"])
def test_a_wrong_command_would_be_found(wrong: str) -> None:
    with pytest.raises(Exception, match=r"no verb|No such option|valid integer"):
        parse(wrong)


def task(script: str, index: int, folder: Path) -> str:
    """What one task of the array runs, with `srun` replaced by one that only tells."""
    (folder / "srun").write_text('#!/bin/sh\nfor word in "$@"; do printf "%s\\n" "$word"; done\n')
    (folder / "srun").chmod(0o755)
    slurm = {"SLURM_ARRAY_TASK_ID": str(index), "SLURM_CPUS_PER_TASK": "8"}
    own = {"CHECKPOINT": "a b/model", "SCRATCH": str(folder), "PATH": f"{folder}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", script], env={**slurm, **own}, capture_output=True, text=True, check=True
    )
    return shlex.join(done.stdout.splitlines())


def test_the_array_asks_every_suite_once(tmp_path: Path) -> None:
    (script,) = blocks("docs/slurm-and-ci.md", "bash")
    last = int(re.findall(r"--array=0-(\d+)", script)[0])
    ran = [shlex.split(task(script, index, tmp_path)) for index in range(last + 1)]
    assert {words[2] for words in ran} == {name.partition("/")[0] for name in plugins("probes")}
    assert len(ran) == len({words[2] for words in ran}) and {words[3] for words in ran} == {"a b/model"}
    parse(shlex.join(ran[0]))


def test_the_array_asks_what_the_benchmark_asks() -> None:
    from wsim.runs.benchmark import load_benchmark

    (script,) = blocks("docs/slurm-and-ci.md", "bash")
    seed, clusters = (int(re.findall(rf"--{name} (\d+)", script)[0]) for name in ("seed", "clusters"))
    quick = load_benchmark("quick")
    assert seed == quick.seed and {use.clusters for use in quick.uses} == {clusters}


def test_the_workflow_is_yaml_and_gates_on_a_regression() -> None:
    yaml = pytest.importorskip("yaml", reason="comes with huggingface_hub")
    (workflow,) = map(yaml.safe_load, blocks("docs/slurm-and-ci.md", "yaml"))
    runs = [step.get("run", "") for step in workflow["jobs"]["score"]["steps"]]
    assert any("wsim compare" in line and "--fail-on regression" in line for line in runs)
    assert any("--format junit" in line for line in runs)

"""README and CI say the same thing, and what README promises exists."""

import re
from pathlib import Path

from wsim.registry import plugins
from wsim.runs.benchmark import load_benchmark

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


def test_every_probe_stands_in_the_table_of_its_suite() -> None:
    suites = {name.partition("/")[0] for name in plugins("probes")}
    rows = re.findall(r"^\| (\w+) \| .* \| (.*) \|$", README, re.MULTILINE)
    told = [
        f"{suite}/{name.strip(' *')}" for suite, row in rows if suite in suites for name in row.split(",")
    ]
    assert sorted(told) == sorted(plugins("probes"))
    starred = {f"{suite}/{name}" for suite, row in rows for name in re.findall(r"(\w+)\*", row)}
    (others,) = re.findall(r"read any video, as do (.*?)\s+\(\[", README, re.DOTALL)
    named = set(re.split(r",\s+|\s+and\s+", others))
    free = {name for name, plugin in plugins("probes").items() if plugin.defines("measure_free")}
    assert starred <= free and named == {name.partition("/")[2] for name in free - starred}


def test_the_sizes_of_the_benchmarks_are_these() -> None:
    sizes = {name: load_benchmark(name).uses for name in ("quick", "core", "full")}
    worlds = {name: {use.clusters for use in uses} for name, uses in sizes.items()}
    told = re.search(
        r"`quick` asks (\d+) probes about (\d+) worlds each, `core` all (\d+) about (\d+), "
        r"`full` about (\d+)",
        README,
    )
    assert told is not None
    quick, ten, core, more, most = map(int, told.groups())
    assert (quick, core) == (len(sizes["quick"]), len(sizes["core"]))
    assert len(sizes["full"]) == len(sizes["core"]) == len(plugins("probes"))
    assert worlds == {"quick": {ten}, "core": {more}, "full": {most}}

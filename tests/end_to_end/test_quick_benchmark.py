"""The quick benchmark, whole, by every control: `python -m pytest -m slow tests/end_to_end`.

The fast tests hold each probe to the same bounds on development worlds; here the worlds are those that are
scored, and everything runs the way a user runs it.
"""

from pathlib import Path

import pytest

from wsim.models.controls import ADVERSARIES
from wsim.models.resolve import resolve_model
from wsim.runs.benchmark import load_benchmark
from wsim.runs.execute import execute
from wsim.runs.plan import make_plan
from wsim.runs.results import RunSummary

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


def run(name: str, track: str, folder: Path) -> RunSummary:
    model = resolve_model(name)
    plan = make_plan(model.info, load_benchmark("quick"), track=track)  # type: ignore[arg-type]
    return execute(model, plan, folder / "run", jobs=2, executor="processes")


@pytest.mark.parametrize("track", ["video", "image"])
def test_the_oracle_is_at_the_top_of_every_probe(track: str, tmp_path: Path) -> None:
    summary = run("oracle", track, tmp_path)
    asked = [probe for probe in summary.probes if probe.status != "not_applicable"]
    assert {p.name: p.strict.value for p in asked if (p.strict.value or 0.0) < 0.95} == {}


@pytest.mark.parametrize("track", ["video", "image"])
@pytest.mark.parametrize("name", ADVERSARIES)
def test_an_adversary_gets_nothing_anywhere(name: str, track: str, tmp_path: Path) -> None:
    summary = run(name, track, tmp_path)
    asked = [probe for probe in summary.probes if probe.status != "not_applicable"]
    assert {p.name: p.strict.value for p in asked if (p.strict.value or 0.0) > 0.05} == {}
    assert all(probe.status in ("ok", "empty") for probe in asked)

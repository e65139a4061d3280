"""A scored run has fvd, kvd and clip beside its probes, unless they are not wanted or cannot be had."""

import json
import re
from pathlib import Path

import pytest

from wsim.cli.main import call
from wsim.errors import WsimError
from wsim.runs import set_metrics
from wsim.runs.summary import load_summary

TOML = """
name = "small"
version = 1
seed = 500
[clip]
num_frames = 25
height = 64
width = 64
fps = 16.0
[[probe]]
name = "conditioning/first_frame"
clusters = 4
"""
SCORE = ("score", "freeze", "--benchmark", "small.toml", "--out", "run")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WSIM_WEIGHTS_DIR", str(tmp_path / "weights"))
    Path("small.toml").write_text(TOML)


def test_a_scored_run_and_its_report_have_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert call([*SCORE]) == 0
    found = {metric.name: metric for metric in load_summary("run").metrics}
    for name in ("fvd[wsim]", "kvd[wsim]", "clip[wsim]"):
        assert found[name].estimate.value is not None and found[name].estimate.clusters == 4
        assert re.search(r"\|wsim=[0-9a-f]{8}\|", found[name].signature)
    assert "not available" in found["fvd[i3d]"].unavailable and "fetch i3d" in found["fvd[i3d]"].remedy
    page = re.sub(r"<[^>]+>", " ", Path("run/report/index.html").read_text())
    assert "fvd[wsim]" in page and found["fvd[wsim]"].signature in page and "wsim weights fetch i3d" in page

    monkeypatch.setattr(set_metrics, "measure_sets", None)  # the same command again has them already
    assert call([*SCORE]) == 0 and load_summary("run").metrics


def test_they_are_left_out_where_they_are_not_wanted() -> None:
    assert call([*SCORE, "--no-metrics", "--no-report"]) == 0
    assert not load_summary("run").metrics
    assert call([*SCORE, "--no-report"]) == 0 and load_summary("run").metrics


def test_a_run_is_scored_where_they_fail(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise WsimError("the cache [bold] is full", where="here", remedy="make room")

    monkeypatch.setattr(set_metrics, "measure_sets", fail)
    assert call([*SCORE, "--json", "--no-report"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["status"] == "complete" and not load_summary("run").metrics
    assert "fvd, kvd and clip are left out: the cache [bold] is full" in told.err.replace("\n", " ")

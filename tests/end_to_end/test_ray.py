"""The same scores on a Ray cluster, whatever dies there: this machine, with two pretended GPUs."""

import dataclasses
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from wsim.cli.main import call
from wsim.errors import WsimError
from wsim.runs.execute import execute
from wsim.runs.fleet import fleet
from wsim.runs.folder import RunFolder
from wsim.runs.measure import measurer
from wsim.runs.on_ray import cluster
from wsim.runs.results import Record

sys.path.insert(0, str(Path(__file__).parent.parent / "fixtures"))
import wsim_toy as toy
from wsim_toy_faults import Treacherous

pytestmark = pytest.mark.slow
ray = pytest.importorskip("ray", reason="needs the extra `ray`: pip install 'wsim[ray]'")
FIXTURES = Path(toy.__file__).parent
MODEL = f"{FIXTURES / 'wsim_toy_faults.py'}:painter"


@pytest.fixture(scope="module", autouse=True)
def machines() -> Iterator[None]:
    """One cluster for all tests: starting one takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(FIXTURES))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        ray.init(address="local", num_cpus=2, num_gpus=2, include_dashboard=False, log_to_driver=False)
        yield
        ray.shutdown()


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WSIM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # no power is cut here, and it is slow


def timeless(folder: Path) -> list[Record]:
    read = RunFolder(folder).records.read()
    return [dataclasses.replace(r, generate_s=None, measure_s=None, at="", cached=False) for r in read]


def test_probes_on_the_cluster_read_what_they_read_here(tmp_path: Path) -> None:
    model = toy.Painter(lambda request: request.seed % 4 * 5.0)
    probe = toy.Rise(dark_worlds=(2,), breaks_at=(5,))
    here = execute(model, toy.plan(model, probe), tmp_path / "here")
    there = execute(model, toy.plan(model, probe), tmp_path / "there", jobs=2, executor="ray")
    assert timeless(tmp_path / "here") == timeless(tmp_path / "there")
    assert here.headline == there.headline and here.suites == there.suites


def test_what_dies_or_hangs_on_the_cluster_becomes_a_record(tmp_path: Path) -> None:
    model, probe = toy.Painter(), Treacherous(twins=1, deeds={1: "exit", 2: "hang", 3: "raise"})
    plan = toy.plan(model, probe, clusters=5)
    summary = execute(model, plan, tmp_path / "out", executor="ray", limit_s=8.0)
    assert [r.reason for r in RunFolder(tmp_path / "out").records.read()] == [
        None,
        "the instrument failed: its process died, or its machine did, 2 times",
        "the instrument failed: its process took longer than 8 s, 2 times",
        "the instrument failed: MemoryError: no room",
        None,
    ]
    assert summary.status == "incomplete" and summary.counts["ok"] == 2


def test_copies_of_a_model_answer_what_one_answers(tmp_path: Path) -> None:
    with cluster():
        copies = fleet(MODEL, {"step": "9"}, copies=2, gpus=1.0)
        assert copies is not None and copies.at_once == 2
        try:
            plan = toy.plan(copies, clusters=6)
            there = execute(copies, plan, tmp_path / "there", executor="ray", jobs=2)
        finally:
            copies.close()
    from wsim.models.resolve import resolve_model

    alone = resolve_model(MODEL, {"step": "9"})
    assert alone.info == copies.info
    here = execute(alone, toy.plan(alone, clusters=6), tmp_path / "here")
    assert timeless(tmp_path / "here") == timeless(tmp_path / "there") and here.headline == there.headline


def test_a_copy_that_dies_is_replaced_and_its_request_tried_again(tmp_path: Path) -> None:
    options = {"dies_at": "2", "raises_at": "4"}
    copies = fleet(MODEL, options, copies=2, gpus=0.5)
    assert copies is not None
    try:
        summary = execute(copies, toy.plan(copies, toy.Rise(twins=1), clusters=6), tmp_path / "out")
    finally:
        copies.close()
    reasons = [record.reason for record in RunFolder(tmp_path / "out").records.read()]
    assert reasons == [
        None, None, "the model failed: FleetLost: its process died, or its machine did, 2 times",
        None, "the model failed: RuntimeError: out of memory", None,
    ]  # fmt: skip
    assert summary.counts["ok"] == 4
    assert "in generate" in (tmp_path / "out/errors.log").read_text()  # where it was raised, over there


def test_a_codec_and_a_privileged_model() -> None:
    coded = fleet(MODEL, {"codec": "true"}, copies=1, gpus=0.0)
    assert coded is not None
    try:
        video = toy.grey(toy.np.arange(6) * 20)
        assert coded.round_trip(video).digest == video.digest
    finally:
        coded.close()
    assert fleet("oracle", {}, copies=1, gpus=0.0) is None


def test_more_than_the_cluster_has_is_refused() -> None:
    with pytest.raises(WsimError, match=r"3 GPUs are wanted and the cluster has 2"):
        fleet(MODEL, {}, copies=3, gpus=1.0)
    with pytest.raises(WsimError, match=r"9 CPUs are wanted and the cluster has 2"), measurer("ray", 9):
        pass
    with pytest.raises(WsimError, match="unknown model 'nobody'"):
        fleet("nobody", {}, copies=1, gpus=0.0)


def test_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["score", "freeze", "--limit", "1", "--no-report", "--json", "--seed", "500"]
    benchmark = tmp_path / "one.toml"
    benchmark.write_text(
        'name = "one"\nversion = 1\nseed = 500\n[clip]\nnum_frames = 25\nheight = 64\nwidth = 64\n'
        'fps = 16.0\n[[probe]]\nname = "interaction/stroke"\nclusters = 1\n'
    )
    command += ["--benchmark", str(benchmark)]
    found = []
    for out, more in {"here": [], "there": ["--executor", "ray", "--copies", "2", "--gpus", "0"]}.items():
        assert call([*command, "--out", str(tmp_path / out), *more]) == 0
        found.append(json.loads(capsys.readouterr().out))
    assert found[0]["suites"] == found[1]["suites"]
    assert timeless(tmp_path / "here") == timeless(tmp_path / "there")

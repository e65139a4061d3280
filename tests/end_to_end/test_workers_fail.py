"""A measuring worker that dies, hangs or raises is tried again, then recorded; the run goes on."""

import dataclasses
import os
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import MagicMock

import numpy as np
import pytest

from wsim.contracts import ClipFormat
from wsim.errors import WsimError
from wsim.runs import on_ray, processes
from wsim.runs.crew import STARTS, CannotTravel, Gone
from wsim.runs.execute import Progress, execute
from wsim.runs.folder import RunFolder
from wsim.runs.free import read_folder
from wsim.runs.measure import workers
from wsim.runs.on_ray import cluster
from wsim.runs.results import Record
from wsim.runs.unsimulated import free_half
from wsim.video import write_lossless

sys.path.insert(0, str(Path(__file__).parent.parent / "fixtures"))
import wsim_toy as toy
from wsim_toy_faults import CalibrationTrap, Snare, Treacherous, killed_at_first, odd_error

ELSEWHERE = {"executor": "processes", "jobs": 2}


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WSIM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # no power is cut here, and it is slow


def timeless(folder: Path) -> list[Record]:
    read = RunFolder(folder).records.read()
    return [dataclasses.replace(r, generate_s=None, measure_s=None, at="", cached=False) for r in read]


def test_the_dead_the_killed_the_hanging_and_the_raising_become_records(tmp_path: Path) -> None:
    deeds = {1: "exit", 2: "kill", 3: "hang", 4: "raise"}
    model, probe = toy.Painter(), Treacherous(twins=1, deeds=deeds)
    plan = toy.plan(model, probe, clusters=6)
    summary = execute(model, plan, tmp_path / "out", limit_s=8.0, **ELSEWHERE)
    records = {record.cluster: record for record in RunFolder(tmp_path / "out").records.read()}
    assert [r.status for r in records.values()] == ["ok", "error", "error", "error", "error", "ok"]
    assert list(records) == [f"world={world:04d}" for world in range(6)]
    assert {r.cluster: r.reason for r in records.values() if r.reason} == {
        "world=0001": "the instrument failed: its process died with exit code 7, 2 times",
        "world=0002": "the instrument failed: its process was killed by SIGKILL, "
        "perhaps for want of memory, 2 times",
        "world=0003": "the instrument failed: its process took longer than 8 s, 2 times",
        "world=0004": "the instrument failed: MemoryError: no room",
    }
    assert summary.status == "incomplete" and summary.counts["error"] == 4 and len(model.asked) == 6
    mended = toy.plan(model, toy.Rise(twins=1), clusters=6)
    assert execute(model, mended, tmp_path / "out").status == "complete" and len(model.asked) == 6


@pytest.mark.parametrize("deed", ["exit", "hang", "raise"])
def test_what_goes_wrong_once_leaves_no_trace(tmp_path: Path, deed: str) -> None:
    (tmp_path / "marks").mkdir()
    model = toy.Painter(lambda request: request.seed % 3 * 8.0)
    probe = Treacherous(twins=1, deeds={1: deed}, marks=tmp_path / "marks")
    summary = execute(model, toy.plan(model, probe, clusters=3), tmp_path / "out", limit_s=8.0, **ELSEWHERE)
    assert len(list((tmp_path / "marks").iterdir())) == 1 and summary.status == "complete"
    execute(model, toy.plan(model, toy.Rise(twins=1), clusters=3), tmp_path / "serial")
    assert timeless(tmp_path / "out") == timeless(tmp_path / "serial")


def test_an_interrupted_run_leaves_no_process_and_no_thread(tmp_path: Path) -> None:
    model, before = toy.Painter(), threading.active_count()

    def stop(event: Progress) -> None:
        if event.done == 2:
            raise KeyboardInterrupt

    probe, start = Treacherous(deeds={4: "hang"}), time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        execute(model, toy.plan(model, probe), tmp_path / "out", on_event=stop, **ELSEWHERE)
    assert time.monotonic() - start < 60 and threading.active_count() == before
    folder = RunFolder(tmp_path / "out")
    assert folder.manifest.status == "interrupted" and len(folder.records.read()) == 2


def test_a_found_video_that_kills_its_reader_is_an_error_and_the_others_are_read(tmp_path: Path) -> None:
    for name in "abc":
        write_lossless(tmp_path / f"{name}.mkv", toy.grey(np.arange(12) * 20, ClipFormat(12, 16, 16, 8.0)))
    probe = free_half(Snare())
    hints = {"b.mkv": {"count": 13}}
    summary = read_folder(tmp_path, [probe], tmp_path / "out", what="toy", hints=hints, **ELSEWHERE)
    records = RunFolder(tmp_path / "out").records.read()
    assert [record.status for record in records] == ["ok", "error", "ok"] and summary.status == "incomplete"
    assert records[1].reason == "the instrument failed: its process died with exit code 7, 2 times"


def test_a_worker_that_cannot_even_start_stops_the_run(tmp_path: Path) -> None:
    def never() -> None:
        raise WsimError("a measuring process cannot start", where="here", remedy="none")

    with workers(1) as crew:
        crew._start = never
        with pytest.raises(WsimError, match="cannot start"):
            crew.submit(len, "abc").result()


def test_a_worker_that_is_killed_while_it_starts_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "marks").mkdir()
    monkeypatch.setenv("WSIM_TEST_MARKS", str(tmp_path / "marks"))
    monkeypatch.setattr(processes, "_work", killed_at_first)
    with workers(1) as crew:
        assert crew.submit(abs, -9).result() == 9
    assert len(list((tmp_path / "marks").iterdir())) == STARTS - 1


def test_workers_that_are_always_killed_while_they_start_stop_the_run() -> None:
    def never() -> None:
        raise Gone("was killed by SIGKILL, perhaps for want of memory")

    with workers(1) as crew:
        crew._start = never
        with pytest.raises(
            WsimError, match=rf"cannot start: it was killed by SIGKILL.* {STARTS} times"
        ) as told:
            crew.submit(len, "abc").result()
    assert told.value.exit_code == 3


def test_an_actor_that_dies_while_it_starts_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Ray tells it, without Ray."""

    class Died(Exception):
        pass

    def died(_: object) -> None:
        raise Died("the actor died unexpectedly")

    ray = MagicMock(get=died, exceptions=SimpleNamespace(RayActorError=Died))
    monkeypatch.setattr(on_ray, "_ray", lambda: ray)
    with pytest.raises(Gone, match="died, or its machine did"):
        on_ray.RayWorker()


def test_workers_are_replaced_and_the_others_go_on() -> None:
    with workers(2, limit_s=60.0) as crew:
        lost = [crew.submit(os._exit, 3) for _ in range(2)]
        kept = [crew.submit(abs, -number) for number in range(6)]
        assert [future.result() for future in kept] == list(range(6))
        assert [str(future.exception()) == "died with exit code 3" for future in lost] == [True, True]
        assert crew.submit(abs, -9).result() == 9
    assert crew.submit(abs, -9).cancelled()


def test_an_error_that_cannot_be_put_together_again_is_told_as_such() -> None:
    """Its own message would be about an argument that nobody forgot."""
    with workers(1) as crew:
        with pytest.raises(CannotTravel, match="TypeError"):
            crew.submit(odd_error).result()
        assert crew.submit(abs, -9).result() == 9


def test_a_clip_that_is_lost_while_the_scale_is_measured_stops_the_run(tmp_path: Path) -> None:
    """Left out of the mean it would have moved every score."""
    probe = CalibrationTrap(twins=1, at=1)
    with pytest.raises(
        WsimError, match=r"the scale cannot be measured: a process died with exit code 7"
    ) as caught:
        execute(toy.Painter(), toy.plan(toy.Painter(), probe), tmp_path / "out", **ELSEWHERE)
    assert caught.value.exit_code == 3 and not RunFolder(tmp_path / "out").calibrations()


def test_a_reader_that_dies_now_and_then_moves_no_scale(tmp_path: Path) -> None:
    (tmp_path / "marks").mkdir()
    probe = CalibrationTrap(twins=1, at=1, times=3, marks=tmp_path / "marks")
    execute(toy.Painter(), toy.plan(toy.Painter(), probe, clusters=3), tmp_path / "out", **ELSEWHERE)
    assert len(list((tmp_path / "marks").iterdir())) == 3
    execute(toy.Painter(), toy.plan(toy.Painter(), toy.Rise(twins=1), clusters=3), tmp_path / "serial")
    there, here = (RunFolder(tmp_path / name).calibrations() for name in ("out", "serial"))
    assert there["toy/rise"][1] == here["toy/rise"][1]


def test_a_cluster_that_does_not_start_in_time_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    ray = pytest.importorskip("ray", reason="needs the extra `ray`")

    def late(**_: object) -> None:
        raise Exception("The current node timed out during startup.")  # as Ray does

    monkeypatch.setattr(ray, "init", late)
    with (
        pytest.raises(WsimError, match="no Ray cluster can be used: The current node timed out") as caught,
        cluster(),
    ):
        pass
    assert caught.value.exit_code == 3

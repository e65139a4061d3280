"""Records, manifests, locks and folders: append-only, versioned, one writer."""

import dataclasses
import json
import os
import platform
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsim.contracts import ClipFormat, MetricSpec
from wsim.errors import ExitCode, WsimError
from wsim.runs import lock
from wsim.runs.folder import RunFolder
from wsim.runs.lock import locked
from wsim.runs.manifest import Manifest, ProbeEntry, read_manifest
from wsim.runs.records import RecordLog, outlined, record_from_json
from wsim.runs.results import Record

RECORD = Record("toy/a", 1, "toy/a/0", "w0", "ok", metrics={"m": 0.1}, verdict="kept", lawful=True)


@pytest.fixture
def manifest() -> Manifest:
    metric = MetricSpec("m", "1", "higher", 0.0, float("inf"), "")
    entry = ProbeEntry("toy/a", 1, "?", "00", (metric,), 3)
    return Manifest(
        run="r1",
        status="running",
        partial=False,
        benchmark={"name": "b", "version": 1, "digest": "dd" * 32},
        track="video",
        clip=ClipFormat(5, 8, 8, 4.0),
        seed=7,
        model={
            "name": "m", "adapter": "a/1", "digest": None, "accepts": ["context"], "settings": {},
            "privileged": False, "round_trips": False,
        },
        probes=(entry,),
    )  # fmt: skip


@given(
    st.builds(
        dict,
        probe=st.just("toy/a"),
        probe_version=st.integers(1, 9),
        scenario=st.text(min_size=1),
        cluster=st.text(),
        status=st.sampled_from(["ok", "unmeasurable", "error"]),
        metrics=st.dictionaries(st.text(), st.floats(allow_nan=False, allow_infinity=False)),
        notes=st.text(),
        parameters=st.dictionaries(st.text(), st.text()),
    )
)
def test_a_record_survives_its_json(fields: dict[str, Any]) -> None:
    record = Record(**fields)
    assert record_from_json(json.loads(json.dumps(record.to_json(), allow_nan=False))) == record


def test_an_outline_is_all_that_a_run_has_to_know_to_go_on() -> None:
    whole = dataclasses.replace(RECORD, request="ab", video="cd", generate_s=2.0, notes="long", cluster="c")
    outline = outlined(whole)
    for name in ("probe", "probe_version", "scenario", "status", "request", "video", "cached", "generate_s"):
        assert getattr(outline, name) == getattr(whole, name)
    assert not outline.metrics and not outline.notes and not outline.cluster
    assert not hasattr(outline, "__dict__")


def test_the_last_record_of_a_scenario_counts(tmp_path: Path) -> None:
    log = RecordLog(tmp_path / "records.jsonl")
    log.append(dataclasses.replace(RECORD, status="error", metrics={}, reason="no"))
    log.append(RECORD)
    assert len(log.read()) == 2 and log.latest() == {("toy/a", "toy/a/0"): RECORD}


@pytest.mark.parametrize("torn", [b'{"schema":"wsim.rec', b"\0\0\0", b'{"schema":"wsim.record/1"}'])
def test_a_torn_last_line_is_dropped_and_then_cut_off(tmp_path: Path, torn: bytes) -> None:
    log = RecordLog(tmp_path / "records.jsonl")
    log.append(RECORD)
    with log.path.open("ab") as file:
        file.write(torn)
    assert log.read() == [RECORD]
    assert log.repair() == len(torn) and log.repair() == 0
    log.append(RECORD)
    assert log.read() == [RECORD, RECORD]


@pytest.mark.parametrize(
    "damaged",
    [
        b"nonsense\n",
        b'{"schema":"wsim.record/1"}\n',
        b'{"schema":"wsim.record/1","metrics":[]}\n',
        b'{"schema":"wsim.record/1","probe":7}\n',
    ],
)
def test_damage_in_the_middle_is_told(tmp_path: Path, damaged: bytes) -> None:
    log = RecordLog(tmp_path / "records.jsonl")
    log.path.write_bytes(damaged)
    log.append(RECORD)
    with pytest.raises(WsimError, match="line 1 is damaged"):
        log.read()


def test_records_of_a_newer_version_are_not_guessed_at(tmp_path: Path) -> None:
    log = RecordLog(tmp_path / "records.jsonl")
    log.path.write_text(json.dumps({**RECORD.to_json(), "schema": "wsim.record/2"}) + "\n")
    with pytest.raises(WsimError, match="made by a newer wsim"):
        log.read()


def test_nothing_but_finite_numbers_is_written(tmp_path: Path) -> None:
    log = RecordLog(tmp_path / "records.jsonl")
    with pytest.raises(ValueError, match="JSON compliant"):
        log.append(dataclasses.replace(RECORD, metrics={"m": float("nan")}))
    assert not log.path.exists()


@pytest.mark.parametrize(
    ("error", "problem", "code"),
    [
        (OSError(28, "No space left on device"), "disk is full", ExitCode.INCOMPLETE),
        (PermissionError(13, "Permission denied"), "cannot write", ExitCode.USAGE),
    ],
)
def test_write_errors_are_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, problem: str, code: ExitCode
) -> None:
    def refuse(*arguments: object) -> int:
        raise error

    log = RecordLog(tmp_path / "records.jsonl")
    log.append(RECORD)
    monkeypatch.setattr(os, "write", refuse)
    with pytest.raises(WsimError, match=problem) as caught:
        log.append(RECORD)
    assert caught.value.exit_code == code
    monkeypatch.undo()
    assert log.read() == [RECORD]


def test_a_manifest_survives_its_file(tmp_path: Path, manifest: Manifest) -> None:
    folder = RunFolder(tmp_path)
    folder.write_manifest(manifest)
    assert folder.manifest == manifest
    assert json.loads((tmp_path / "manifest.json").read_text())["probes"][0]["metrics"][0]["high"] is None


def test_a_newer_manifest_is_not_guessed_at(tmp_path: Path, manifest: Manifest) -> None:
    content = {**manifest.to_json(), "schema": "wsim.manifest/2", "new_field": 1}
    (tmp_path / "manifest.json").write_text(json.dumps(content))
    with pytest.raises(WsimError, match=r"made by a newer wsim: its schema is wsim.manifest/2"):
        read_manifest(tmp_path / "manifest.json")


def test_a_folder_without_run_says_so(tmp_path: Path) -> None:
    with pytest.raises(WsimError, match="not a run folder"):
        RunFolder(tmp_path).manifest  # noqa: B018


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"seed": 8}, "another seed: 7, not 8"),
        ({"track": "action"}, "another track: video, not action"),
        ({"clip": ClipFormat(9, 8, 8, 4.0)}, "another clip: 5x8x8@4, not 9x8x8@4"),
        ({"benchmark": {"name": "c", "version": 1, "digest": "dd" * 32}}, "another benchmark: b/1"),
        ({"model": {"name": "n"}}, "another model: m "),
    ],
)
def test_a_folder_of_another_run_is_refused_by_name(
    tmp_path: Path, manifest: Manifest, change: dict[str, object], named: str
) -> None:
    folder = RunFolder(tmp_path)
    folder.begin(manifest)
    if "model" in change:
        change = {"model": {**manifest.model, "name": "n"}}
    with pytest.raises(WsimError, match="folder holds a run of") as caught:
        folder.begin(dataclasses.replace(manifest, run="r2", **change))  # type: ignore[arg-type]
    assert named in caught.value.problem
    assert folder.manifest.run == "r1"


def test_going_on_keeps_the_run_and_marks_a_changed_instrument(tmp_path: Path, manifest: Manifest) -> None:
    folder = RunFolder(tmp_path)
    folder.begin(manifest)
    edited = manifest.with_probe(dataclasses.replace(manifest.probes[0], instrument="11"))
    assert not folder.begin(dataclasses.replace(edited, run="r2")).probes[0].mixed  # nothing measured yet
    folder.begin(manifest)
    folder.records.append(RECORD)
    resumed = folder.begin(dataclasses.replace(edited, run="r3"))
    assert resumed.run == "r1" and resumed.probes[0].mixed


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with locked(path):
        with pytest.raises(WsimError, match=f"written by process {os.getpid()}"), locked(path):
            pass
        assert path.exists()
    assert not path.exists()


@pytest.mark.parametrize("content", ["dead", "reused", "empty"])
def test_the_lock_of_the_dead_is_taken_over(tmp_path: Path, content: str) -> None:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    holders = {
        "dead": {"pid": done.pid, "host": platform.node(), "born": "1"},
        "reused": {"pid": os.getpid(), "host": platform.node(), "born": "an earlier process"},
        "empty": "",
    }
    path = tmp_path / "lock"
    path.write_text(json.dumps(holders[content]) if holders[content] else "")
    with locked(path):
        assert json.loads(path.read_text())["pid"] == os.getpid()


def test_a_lock_from_another_machine_is_respected(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text(json.dumps({"pid": 1, "host": "elsewhere", "born": "1"}))
    with pytest.raises(WsimError, match="process 1 on elsewhere"), locked(path):
        pass


@pytest.mark.parametrize("stale", [True, False])
def test_of_two_that_start_at_once_one_gets_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stale: bool
) -> None:
    """Both find the same dead holder, or one looks while the other has not yet written its name."""
    path, taken, refused = tmp_path / "lock", [], []
    if stale:
        path.write_text(json.dumps({"pid": 2**22 + 1, "host": platform.node(), "born": "1"}))
    alive, opened = lock._alive, os.fdopen

    def slowly(work: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *a, **k: (time.sleep(0.05), work(*a, **k))[1]

    monkeypatch.setattr(lock, "_alive", slowly(alive))
    monkeypatch.setattr(os, "fdopen", slowly(opened))

    def start() -> None:
        try:
            lock._take(path)
            taken.append(1)
        except WsimError as error:
            refused.append(error.problem)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 1
    assert refused == [f"the run is being written by process {os.getpid()} on this machine"] * 3


def test_what_is_forgotten_leaves_the_other_lines_as_they_were(tmp_path: Path) -> None:
    log = RecordLog(tmp_path / "records.jsonl")
    for name in ("a", "b", "c", "b"):
        log.append(dataclasses.replace(RECORD, scenario=name))
    first, _, third, _ = log.path.read_bytes().splitlines(keepends=True)
    log.forget({"b"})
    assert log.path.read_bytes() == first + third

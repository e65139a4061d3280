"""A run that is killed, torn or out of disk goes on with the same command and ends the same."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from wsim.contracts import digest_of
from wsim.errors import ExitCode
from wsim.runs.folder import RunFolder
from wsim.runs.summary import load_summary

TOY = Path(__file__).parent.parent / "fixtures/wsim_toy.py"


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    return [sys.executable, str(TOY), str(tmp_path / "out"), "--log", str(tmp_path / "asked.log")]


def environment(cache: Path) -> dict[str, str]:
    return {**os.environ, "WSIM_CACHE": str(cache), "OMP_NUM_THREADS": "1"}


def finish(command: list[str], cache: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=environment(cache), capture_output=True, text=True, check=False)


def asked(log: Path) -> list[str]:
    return log.read_text().split() if log.exists() else []


def stored(folder: Path) -> set[str]:
    """Digests of the requests whose videos are in the run."""
    paths = [path for path in folder.glob("videos/??/*.json") if not path.name.startswith(".")]
    entries = [json.loads(path.read_text()) for path in paths]
    return {digest_of({"schema": "wsim.request/1", **entry["request"]}) for entry in entries}


def timeless(folder: Path) -> set[str]:
    """The records that count, without times and without where their videos came from."""
    found = set()
    for record in RunFolder(folder).records.latest().values():
        bare = dataclasses.replace(record, generate_s=None, measure_s=None, at="", cached=False)
        found.add(json.dumps(bare.to_json(), sort_keys=True))
    return found


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    command = [sys.executable, str(TOY), str(folder / "out"), "--log", str(folder / "asked.log")]
    done = finish(command, folder / "cache")
    assert done.returncode == 0, done.stderr
    assert len(asked(folder / "asked.log")) == 24  # `toy/again` asks what `toy/rise` has asked
    return folder / "out"


def test_killed_again_and_again(tmp_path: Path, command: list[str], uninterrupted: Path) -> None:
    log, kept = tmp_path / "asked.log", set[str]()
    for moment in (1, 3, 5, 8):
        before = len(asked(log))
        process = subprocess.Popen([*command, "--delay-s", "0.05"], env=environment(tmp_path / "cache"))
        while len(asked(log)) < moment + before:
            assert process.poll() is None, "it ended before it could be killed"
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not kept & set(asked(log)[before:]), "a stored video was generated again"
        kept = stored(tmp_path / "out")
        with (tmp_path / "out/records.jsonl").open("ab") as file:
            file.write(b'{"schema":"wsim.record/1","probe":"toy/ri')
    before = len(asked(log))
    done = finish(command, tmp_path / "cache")
    assert done.returncode == 0, done.stderr
    assert not kept & set(asked(log)[before:])
    assert timeless(tmp_path / "out") == timeless(uninterrupted)
    ours, theirs = load_summary(tmp_path / "out"), load_summary(uninterrupted)
    assert ours.headline == theirs.headline and ours.suites == theirs.suites and ours.status == "complete"
    assert len(asked(log)) - 24 <= 4  # at most the one that was under way at each kill
    assert not list((tmp_path / "out").rglob(".*.tmp*"))


def test_a_full_disk_loses_nothing(tmp_path: Path, command: list[str], uninterrupted: Path) -> None:
    # The kernel refuses to let any file grow beyond 7 kB: records.jsonl is the first to get there.
    done = finish([*command, "--largest-file", "7000"], tmp_path / "cache")
    assert done.returncode == ExitCode.INCOMPLETE and "error: the disk is full" in done.stderr
    assert "everything finished so far is kept" in done.stderr or "torn line" in done.stderr
    folder = RunFolder(tmp_path / "out")
    measured = folder.records.read()
    assert 5 < len(measured) < 36 and folder.manifest.status == "incomplete"
    assert finish(command, tmp_path / "cache").returncode == 0
    assert folder.records.read()[: len(measured)] == measured
    assert len(asked(tmp_path / "asked.log")) == 24
    assert timeless(tmp_path / "out") == timeless(uninterrupted)


def test_a_run_that_was_carried_to_another_machine(tmp_path: Path, uninterrupted: Path) -> None:
    import shutil

    shutil.copytree(uninterrupted, tmp_path / "out")
    log = tmp_path / "asked.log"
    done = finish([sys.executable, str(TOY), str(tmp_path / "out"), "--log", str(log)], tmp_path / "cache")
    assert done.returncode == 0 and asked(log) == []


def test_a_folder_written_by_a_newer_wsim_is_left_alone(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "out").mkdir()
    content = '{"schema": "wsim.manifest/9"}'
    (tmp_path / "out/manifest.json").write_text(content)
    done = finish(command, tmp_path / "cache")
    assert done.returncode == ExitCode.USAGE and "made by a newer wsim" in done.stderr
    assert (tmp_path / "out/manifest.json").read_text() == content

"""A run at a URL: written here, copied there, and gone on with on a machine that has never seen it."""

import json
import os
import shutil
import sys
import time
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from wsim.cli.main import call
from wsim.errors import WsimError
from wsim.runs.execute import Progress, execute
from wsim.runs.folder import RunFolder
from wsim.runs.mirror import Mirror, mirrored
from wsim.runs.summary import load_summary

sys.path.insert(0, str(Path(__file__).parent.parent / "fixtures"))
import wsim_toy as toy


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WSIM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # no power is cut here, and it is slow


def interrupted_then_finished(url: str, tmp_path: Path) -> None:
    """Stop a run behind some records, lose the machine, and go on from the URL alone."""
    model = toy.Painter(lambda request: request.seed % 3 * 8.0, digest=None)

    def stop(event: Progress) -> None:
        if event.done == 9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), mirrored(url) as folder:
        execute(model, toy.plan(model), folder, on_event=stop)
    shutil.rmtree(tmp_path / "cache")
    with mirrored(url) as folder:
        assert len(RunFolder(folder).records.read()) == 9
        kept = list(RunFolder(folder).store(shared=False).keys())
        assert len(model.asked) - len(kept) == 9  # of what was read, the videos stay where they are
        summary = execute(model, toy.plan(model), folder)
    assert summary.status == "complete" and len(model.asked) == 24
    whole = toy.Painter(lambda request: request.seed % 3 * 8.0)
    assert summary.headline == execute(whole, toy.plan(whole), tmp_path / "whole").headline
    shutil.rmtree(tmp_path / "cache")
    remote, root = fsspec.core.url_to_fs(url)
    remote.invalidate_cache()
    names = {path.rpartition("/")[2] for path in remote.find(root)}
    assert {"manifest.json", "records.jsonl", "calibration.json", "summary.json"} <= names
    assert not names & {"lock", "writer.json"} and sum(name.endswith(".mkv") for name in names) == 24
    remote.get(root, str(tmp_path / "copy"), recursive=True)
    assert load_summary(tmp_path / "copy").headline == summary.headline


@pytest.mark.parametrize("scheme", ["file", "memory"])
def test_a_run_goes_on_from_its_url(tmp_path: Path, scheme: str) -> None:
    interrupted_then_finished(f"{scheme}://{tmp_path}/there/run", tmp_path)


def test_a_run_goes_on_from_a_bucket(tmp_path: Path, s3: str) -> None:
    interrupted_then_finished(f"{s3}/runs/one", tmp_path)


def test_two_machines_do_not_write_to_one_url(tmp_path: Path) -> None:
    url, place = f"file://{tmp_path}/there", tmp_path / "there"
    place.mkdir()
    holder = {"host": "another", "pid": 1, "at": time.time()}
    (place / "writer.json").write_text(json.dumps(holder))
    with pytest.raises(WsimError, match="written by process 1 on another"), mirrored(url):
        pass
    assert json.loads((place / "writer.json").read_text()) == holder
    (place / "writer.json").write_text(json.dumps({**holder, "at": time.time() - 3600}))
    with mirrored(url):
        assert json.loads((place / "writer.json").read_text())["pid"] == os.getpid()
    assert not (place / "writer.json").exists()


def test_copies_are_made_while_the_run_goes_on(tmp_path: Path) -> None:
    with mirrored(f"file://{tmp_path}/there", every_s=0.02) as folder:
        folder.mkdir(parents=True)
        (folder / "records.jsonl").write_text("one\n")
        end_s = time.monotonic() + 20
        while not (tmp_path / "there/records.jsonl").exists():
            assert time.monotonic() < end_s
            time.sleep(0.01)


class Closed(MemoryFileSystem):
    """A place that lists, and refuses everything else."""

    protocol, store, pseudo_dirs = "closed", {}, [""]

    def _refuse(self, *_: object, **__: object) -> None:
        raise PermissionError("Access Denied")

    pipe_file = put_file = cat_file = get_file = rm_file = _refuse


def test_a_place_without_rights_is_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fsspec.register_implementation("closed", Closed, clobber=True)
    assert call(["score", "freeze", "--limit", "1", "--out", "closed://bucket/run"]) == 3
    told = capsys.readouterr().err
    assert "PermissionError: Access Denied" in told and "check credentials" in told
    assert "closed://bucket/run" in told and len(told.strip().splitlines()) == 3


def test_a_place_that_cannot_be_used_is_told_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(["score", "freeze", "--limit", "1", "--out", "nosuch://place/run"]) == 3
    told = capsys.readouterr().err
    assert "the URL cannot be used" in told and "nosuch://place/run" in told


def on_machine(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WSIM_CACHE", str(tmp_path / name))


def test_a_machine_that_comes_back_takes_over_what_others_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It keeps a local copy of its own: an old one, that must not be written over the newer one."""
    url, model = f"file://{tmp_path}/there", toy.Painter(digest=None)

    def until(count: int) -> None:
        def stop(event: Progress) -> None:
            if event.done == count:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt), mirrored(url) as folder:
            execute(model, toy.plan(model), folder, on_event=stop)

    on_machine("first", tmp_path, monkeypatch)
    until(9)
    unseen = next((tmp_path / "first").rglob("records.jsonl"))
    with unseen.open("a") as file:  # the last that it did before it lost its network
        file.write(unseen.read_text().splitlines()[0] + "\n")
    on_machine("second", tmp_path, monkeypatch)
    until(20)
    on_machine("first", tmp_path, monkeypatch)
    asked = len(model.asked)
    with mirrored(url) as folder:
        assert len(RunFolder(folder).records.latest()) == 20 and len(RunFolder(folder).records.read()) == 21
        assert execute(model, toy.plan(model), folder).status == "complete"
    assert len(model.asked) - asked <= 4
    assert len(RunFolder(tmp_path / "there").records.latest()) == 24


def test_what_was_copied_once_is_not_copied_by_the_next_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, model, put = f"file://{tmp_path}/there", toy.Painter(digest=None), []
    with mirrored(url) as folder:
        execute(model, toy.plan(model, clusters=2), folder)
    local = fsspec.get_filesystem_class("file")
    really = local.put_file

    def noted(self: object, source: str, target: str, **options: object) -> None:
        put.append(source)
        really(self, source, target, **options)

    monkeypatch.setattr(local, "put_file", noted)
    with mirrored(url):
        pass
    assert put == []
    next((tmp_path / "there").rglob("*.mkv")).unlink()  # but what somebody took away is
    with mirrored(url):
        pass
    assert [Path(path).suffix for path in put] == [".mkv"]


def test_videos_come_before_their_descriptions_and_both_before_their_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = Mirror(f"file://{tmp_path}/there")
    local = fsspec.get_filesystem_class("file")
    really, order = local.put_file, []

    def make(name: str) -> None:
        folder = mirror.folder / "videos" / name
        folder.mkdir(parents=True)
        (folder / f"{name}.json").write_text("{}")
        (folder / f"{name}.mkv").write_text("film")
        with (mirror.folder / "records.jsonl").open("a") as file:
            file.write(name + "\n")

    def noted(self: object, source: str, target: str, **options: object) -> None:
        if not order:
            make("bb")  # the run goes on meanwhile
        order.append(Path(target).name)
        really(self, source, target, **options)

    monkeypatch.setattr(local, "put_file", noted)
    make("aa")
    mirror.copy()
    assert order == ["aa.mkv", "aa.json"] and (tmp_path / "there/records.jsonl").read_text() == "aa\n"
    mirror.copy()
    assert order[2:] == ["bb.mkv", "bb.json"] and (tmp_path / "there/records.jsonl").read_text() == "aa\nbb\n"


def test_a_description_whose_video_never_arrived_stops_nobody(tmp_path: Path) -> None:
    url, model = f"file://{tmp_path}/there", toy.Painter(digest=None)
    with mirrored(url) as folder:
        execute(model, toy.plan(model, clusters=2), folder)
    shutil.rmtree(tmp_path / "cache")
    (tmp_path / "there/records.jsonl").write_text("")
    next((tmp_path / "there").rglob("*.mkv")).unlink()
    with mirrored(url) as folder:
        assert len(list(RunFolder(folder).store(shared=False).keys())) == 3
        assert execute(model, toy.plan(model, clusters=2), folder).status == "complete"
    assert len(model.asked) == 5


def test_a_writer_whose_place_was_taken_writes_no_more(tmp_path: Path) -> None:
    """It slept, and was thought dead: what it has made since stays here until it may write again."""
    holder = {"host": "another", "pid": 1, "at": time.time()}
    taken = pytest.raises(WsimError, match="written by process 1 on another")
    with taken, mirrored(f"file://{tmp_path}/there") as folder:
        folder.mkdir(parents=True)
        (folder / "records.jsonl").write_text("mine\n")
        (tmp_path / "there/writer.json").write_text(json.dumps(holder))
    assert not (tmp_path / "there/records.jsonl").exists() and (folder / "records.jsonl").exists()
    assert json.loads((tmp_path / "there/writer.json").read_text()) == holder

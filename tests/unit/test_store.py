"""The video store: exact, verified, shared only between runs of the same weights."""

import dataclasses
import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from wsim.contracts import Context, ModelInfo, Request, Scenario
from wsim.errors import ExitCode, WsimError
from wsim.runs.asker import Asker
from wsim.runs.durable import temporary_name
from wsim.runs.store import VideoStore
from wsim.video import Video, VideoError


@pytest.fixture
def video() -> Video:
    return Video(np.random.default_rng(0).integers(0, 256, (5, 7, 9, 3), dtype=np.uint8), 24000 / 1001)


class Nothing:
    @property
    def video(self) -> Video:
        return Video(np.zeros((5, 7, 9, 3), np.uint8), 8.0)


@pytest.fixture
def scenario() -> Scenario:
    request = Request(5, (7, 9), 8.0, 3, context=Context(np.zeros((1, 7, 9, 3), np.uint8), (0,)))
    return Scenario("toy/a/0", "0", request, Nothing())


INFO = ModelInfo("m", "a/1", "00" * 32, frozenset({"context"}), settings={"steps": 4})


def test_what_is_stored_comes_back_exactly(tmp_path: Path, video: Video) -> None:
    store = VideoStore(tmp_path)
    store.put("ab12", video, {"why": "test"})
    found = store.get("ab12")
    assert found is not None and found.digest == video.digest and found.fps == video.fps
    assert store.pixels("ab12") == video.digest and list(store.keys()) == ["ab12"]
    assert sorted(p.name for p in (tmp_path / "ab").iterdir()) == ["ab12.json", "ab12.mkv"]


def test_a_video_without_description_is_not_there(tmp_path: Path, video: Video) -> None:
    store = VideoStore(tmp_path)
    store.put("ab12", video, {})
    (tmp_path / "ab/ab12.json").unlink()  # as after a crash between the two writes
    assert not store.has("ab12") and store.get("ab12") is None


@pytest.mark.parametrize("damage", ["pixels", "truncated", "description"])
def test_damage_is_noticed_and_set_aside(tmp_path: Path, video: Video, damage: str) -> None:
    store = VideoStore(tmp_path)
    store.put("ab12", video, {})
    path = tmp_path / "ab/ab12.mkv"
    if damage == "pixels":
        other = VideoStore(tmp_path / "other")
        other.put("ab12", Video(255 - video.frames, video.fps), {})
        path.write_bytes((tmp_path / "other/ab/ab12.mkv").read_bytes())
    elif damage == "truncated":
        path.write_bytes(path.read_bytes()[:200])
    else:
        path.with_suffix(".json").write_text("{")
    with pytest.warns(RuntimeWarning, match="damaged and was set aside"):
        assert store.get("ab12") is None
    assert not store.has("ab12")
    store.put("ab12", video, {})
    assert store.get("ab12") is not None


def test_the_shared_cache_is_linked_not_copied(tmp_path: Path, video: Video) -> None:
    first = VideoStore(tmp_path / "a", shared=tmp_path / "cache")
    first.put("ab12", video, {})
    second = VideoStore(tmp_path / "b", shared=tmp_path / "cache")
    assert second.has("ab12") and second.get("ab12") is not None
    files = [tmp_path / folder / "ab/ab12.mkv" for folder in ("a", "b", "cache")]
    assert len({file.stat().st_ino for file in files}) == 1
    for file in files[::2]:
        file.unlink()
    assert VideoStore(tmp_path / "b").get("ab12") is not None  # the run is whole without the cache


def test_an_unusable_cache_is_only_a_warning(tmp_path: Path, video: Video) -> None:
    (tmp_path / "cache").write_text("a file, not a folder")
    store = VideoStore(tmp_path / "a", shared=tmp_path / "cache")
    with pytest.warns(RuntimeWarning, match="cache .* cannot be used"):
        store.put("ab12", video, {})
    assert store.get("ab12") is not None


def test_a_forgotten_video_is_gone_everywhere(tmp_path: Path, video: Video) -> None:
    store = VideoStore(tmp_path / "a", shared=tmp_path / "cache")
    store.put("ab12", video, {})
    store.discard("ab12")
    assert not store.has("ab12")


@pytest.mark.parametrize(
    "change",
    [{"digest": "11" * 32}, {"adapter": "a/2"}, {"settings": {"steps": 5}}],
    ids=lambda change: next(iter(change)),
)
def test_the_key_covers_what_changes_pixels(scenario: Scenario, change: dict[str, object]) -> None:
    other = dataclasses.replace(INFO, **change)
    assert Asker(INFO, False, "r").key(scenario) != Asker(other, False, "r").key(scenario)


def test_the_key_covers_the_request_and_no_name(scenario: Scenario) -> None:
    asker = Asker(INFO, False, "r")
    later = dataclasses.replace(scenario, request=dataclasses.replace(scenario.request, seed=4))
    assert asker.key(scenario) != asker.key(later)
    renamed = Asker(dataclasses.replace(INFO, name="another name"), False, "another run")
    assert asker.key(scenario) == renamed.key(scenario)


def test_without_a_digest_the_key_belongs_to_the_run(scenario: Scenario) -> None:
    unknown = dataclasses.replace(INFO, digest=None)
    one, two = Asker(unknown, False, "run-1"), Asker(unknown, False, "run-2")
    assert not one.shared and one.key(scenario) != two.key(scenario)


def test_a_privileged_answer_belongs_to_its_scenario(scenario: Scenario) -> None:
    asker = Asker(INFO, True, "r")
    twin = dataclasses.replace(scenario, id="toy/a/1")
    assert not asker.shared and asker.key(scenario) != asker.key(twin)


def test_a_full_disk_leaves_no_half_video(
    tmp_path: Path, video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    import wsim.runs.store as module

    def full(path: Path, video: Video) -> None:
        path.write_bytes(b"half")
        raise VideoError("no", where=str(path), remedy="") from OSError(28, "No space left on device")

    monkeypatch.setattr(module, "write_lossless", full)
    with pytest.raises(WsimError, match="disk is full") as caught:
        VideoStore(tmp_path).put("ab12", video, {})
    assert caught.value.exit_code == ExitCode.INCOMPLETE
    assert list((tmp_path / "ab").iterdir()) == []


def test_a_folder_that_cannot_be_written(tmp_path: Path, video: Video) -> None:
    (tmp_path / "videos").write_text("a file, not a folder")
    with pytest.raises(WsimError, match="cannot write") as caught:
        VideoStore(tmp_path / "videos").put("ab12", video, {})
    assert caught.value.exit_code == ExitCode.USAGE and "--out" in caught.value.remedy


def test_a_cached_video_that_the_run_cannot_keep_stops_it(
    tmp_path: Path, video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record without its video would be no whole run."""
    VideoStore(tmp_path / "a", shared=tmp_path / "cache").put("ab12", video, {})

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "link", full)
    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(WsimError, match="the disk is full") as caught:
        VideoStore(tmp_path / "b", shared=tmp_path / "cache").get("ab12")
    assert caught.value.exit_code == 3 and str(tmp_path / "b") in caught.value.where


def test_nobody_writes_to_the_temporary_file_of_another(tmp_path: Path) -> None:
    """In containers on different machines process ids are the same, and a cache may be on a shared disk."""
    names = {temporary_name(tmp_path / "ab12.mkv") for _ in range(20)}
    assert len(names) == 20 and {name.suffix for name in names} == {".mkv"}

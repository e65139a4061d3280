"""A cache at a URL: what one machine made, another finds; trouble with the URL costs time, nothing else."""

import os
import shutil
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest

from wsim.cli import health_machine
from wsim.cli.main import call
from wsim.errors import WsimError
from wsim.runs import features, shared
from wsim.runs.execute import execute
from wsim.runs.shared import SharedCache
from wsim.runs.store import VideoStore, cache_folder, shared_cache

sys.path.insert(0, str(Path(__file__).parent.parent / "fixtures"))
import wsim_toy as toy


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Be on a machine of that name, with nothing in its own cache, before a cache at a URL."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # no power is cut here, and it is slow
    monkeypatch.setattr(shared, "FIRST_PAUSE_S", 0.0)

    def at(name: str, url: str) -> None:
        monkeypatch.setenv("WSIM_CACHE", url)
        monkeypatch.setenv("WSIM_CACHE_LOCAL", str(tmp_path / name))

    return at


class Network:
    """Stands for the signature of what is looked through."""

    name, weights_fingerprint, preprocess_id = "eyes", "ab", "plain"


def found_by_another(url: str, machine: Callable[[str, str], None], tmp_path: Path) -> None:
    rows = np.arange(6.0).reshape(3, 2)
    machine("one", url)
    model = toy.Painter(lambda request: request.seed % 3 * 8.0)
    first = execute(model, toy.plan(model), tmp_path / "first")
    features.keep(Network(), ["a", "b", "c"], rows)
    assert len(model.asked) == 24
    machine("two", url)
    again = toy.Painter(lambda request: request.seed % 3 * 8.0)
    second = execute(again, toy.plan(again), tmp_path / "second")
    assert again.asked == [] and second.headline == first.headline
    assert np.array_equal(features.kept(Network(), ["a", "b", "c"]), rows)
    scales = [sorted(path.name for path in tmp_path.glob(f"{at}/calibrations/*")) for at in ("one", "two")]
    assert scales[0] == scales[1] and len(scales[0]) == 1
    remote, root = fsspec.core.url_to_fs(url)
    remote.invalidate_cache()
    names = [path.rpartition("/")[2] for path in remote.find(root)]
    assert len(names) == 50 and not [name for name in names if name.startswith(".")]


@pytest.mark.parametrize("scheme", ["file", "memory"])
def test_another_machine_finds_videos_scales_and_features(
    scheme: str, machine: Callable[[str, str], None], tmp_path: Path
) -> None:
    found_by_another(f"{scheme}://{tmp_path}/far", machine, tmp_path)


def test_a_cache_in_a_bucket(s3: str, machine: Callable[[str, str], None], tmp_path: Path) -> None:
    found_by_another(f"{s3}/cache", machine, tmp_path)
    machine("three", "s3://no-such-bucket/cache")
    model = toy.Painter()
    with pytest.warns(RuntimeWarning, match=r"s3://no-such-bucket/cache may not be written to: FileNotFound"):
        assert execute(model, toy.plan(model, clusters=2), tmp_path / "third").status == "complete"
    (line,) = health_machine.shared_cache()
    assert "cannot be used" in line.found and "your rights" in line.remedy


class Unreliable:
    """A file system that fails in a way of your choosing, so many times."""

    def __init__(self, real: Any) -> None:
        self._real, self.error, self.times, self.calls = real, OSError(), 0, 0

    def fail(self, error: Exception, times: int = 10**6) -> None:
        self.error, self.times = error, times

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._real, name)
        if name not in ("get_file", "put_file", "rm_file", "pipe_file"):
            return attribute

        def perhaps(*arguments: Any, **named: Any) -> Any:
            self.calls += name.endswith("_file") and name != "rm_file"
            if self.times > 0:
                self.times -= 1
                raise self.error
            return attribute(*arguments, **named)

        return perhaps


@pytest.fixture
def far(tmp_path: Path, machine: Callable[[str, str], None]) -> tuple[SharedCache, Unreliable]:
    machine("one", f"file://{tmp_path}/far")
    cache = shared_cache()
    assert cache is not None
    cache._remote = Unreliable(cache._remote)
    return cache, cache._remote


def test_a_short_break_is_not_noticed(far: tuple[SharedCache, Unreliable], tmp_path: Path) -> None:
    cache, remote = far
    path = cache_folder() / "features/x.f64"
    path.parent.mkdir(parents=True)
    path.write_text("rows")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        remote.fail(ConnectionResetError("reset by peer"), times=2)
        cache.send(path)
        path.unlink()
        remote.fail(TimeoutError("slow"), times=2)
        assert cache.bring(path) and path.read_text() == "rows"


def test_what_could_not_be_sent_is_sent_later_even_by_another_process(
    far: tuple[SharedCache, Unreliable], tmp_path: Path
) -> None:
    cache, remote = far
    store = VideoStore(tmp_path / "run", shared=cache_folder() / "videos", far=cache)
    remote.fail(ConnectionRefusedError("refused"))
    with pytest.warns(RuntimeWarning, match="cannot be reached: ConnectionRefusedError: refused") as told:
        for number, key in enumerate(("aa1", "bb2", "cc3")):
            store.put(key, toy.grey(np.arange(6) * (number + 1)), {})
    assert len(told) == 1 and remote.calls == shared.TRIES  # then it is left alone for a while
    assert not [*(tmp_path / "far").glob("videos/??/*")] and store.get("aa1") is not None
    later = SharedCache(cache.url, cache.folder)
    VideoStore(tmp_path / "run", shared=cache_folder() / "videos", far=later).put(
        "dd4", toy.grey(np.zeros(6)), {}
    )
    assert len(list((tmp_path / "far/videos").glob("??/*"))) == 8
    assert not [path for path in (cache.folder / shared.UNSENT).rglob("*") if path.is_file()]


def test_what_is_forgotten_is_forgotten_at_the_url_too(
    far: tuple[SharedCache, Unreliable], tmp_path: Path
) -> None:
    store = VideoStore(tmp_path / "run", shared=cache_folder() / "videos", far=far[0])
    store.put("aa1", toy.grey(np.zeros(6)), {})
    assert len(list((tmp_path / "far/videos").glob("??/*"))) == 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(2):
            store.discard("aa1")
            assert not store.has("aa1") and not list((tmp_path / "far/videos").glob("??/*"))


def test_missing_rights_are_named_once_and_not_tried_again(
    far: tuple[SharedCache, Unreliable], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cache, remote = far
    remote.fail(PermissionError("Access Denied"))
    model = toy.Painter()
    with pytest.warns(RuntimeWarning) as told:
        assert execute(model, toy.plan(model, clusters=3), tmp_path / "run").status == "complete"
    said = sorted(str(warning.message) for warning in told)
    assert [text.partition(cache.url)[2].partition(";")[0] for text in said] == [
        " may not be read: PermissionError: Access Denied",
        " may not be written to: PermissionError: Access Denied",
    ]
    assert not (cache.folder / shared.UNSENT).exists()
    assert call(["cache", "list"]) == 0 and f"before file://{tmp_path}/far" in capsys.readouterr().out
    (line,) = health_machine.shared_cache()
    assert "PermissionError: Access Denied" in line.found


def test_a_damaged_video_at_the_url_is_made_and_sent_again(
    far: tuple[SharedCache, Unreliable], tmp_path: Path
) -> None:
    cache, _ = far
    for _ in range(2):
        model = toy.Painter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            execute(model, toy.plan(model, clusters=2), tmp_path / "run")
        (film, *_) = sorted((tmp_path / "far/videos").glob("??/*.mkv"))
        if len(model.asked) == 4:
            whole = film.read_bytes()
            film.write_bytes(whole[: len(whole) // 2])
            shutil.rmtree(cache.folder)
            shutil.rmtree(tmp_path / "run")
    assert len(model.asked) == 1 and film.stat().st_size > len(whole) // 2


def test_nothing_half_written_is_ever_shown_under_its_name(
    far: tuple[SharedCache, Unreliable], tmp_path: Path
) -> None:
    cache, remote = far
    path = cache_folder() / "features/x.f64"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"rows")

    def torn(source: str, target: str) -> None:
        Path(target).write_bytes(b"ro")
        raise ConnectionResetError("cut off")

    remote._real = type(
        "Torn",
        (),
        {
            "protocol": "file",
            "put_file": staticmethod(torn),
            "makedirs": staticmethod(os.makedirs),
            "rm_file": staticmethod(os.remove),
        },
    )
    with pytest.warns(RuntimeWarning, match="cut off"):
        cache.send(path)
    assert [found for found in (tmp_path / "far").rglob("*") if found.is_file()] == []


def test_a_scheme_that_nobody_knows(machine: Callable[[str, str], None]) -> None:
    machine("one", "nosuch://place")
    with pytest.raises(WsimError, match="a cache cannot be there") as caught:
        shared_cache()
    assert caught.value.where == "WSIM_CACHE=nosuch://place"
    (line,) = health_machine.shared_cache()
    assert "a cache cannot be there" in line.found


def test_a_dry_run_counts_what_is_at_the_url_and_brings_nothing(
    machine: Callable[[str, str], None], tmp_path: Path
) -> None:
    url, model = f"file://{tmp_path}/far", toy.Painter()
    machine("one", url)
    execute(model, toy.plan(model, clusters=2), tmp_path / "run")
    machine("two", url)
    (row,) = toy.plan(model, clusters=3).describe(model).rows
    assert (row.scenarios, row.stored) == (6, 4)
    assert not (tmp_path / "two").exists()

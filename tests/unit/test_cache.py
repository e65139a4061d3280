"""The cache that runs share: listed, verified, pruned, and nothing outside it touched."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from wsim.cli.main import call
from wsim.errors import WsimError
from wsim.runs import features
from wsim.runs.cache import Entry, entries, problem_of, remove, to_prune
from wsim.runs.store import VideoStore
from wsim.video import Video

DAY_S = 86_400.0


class Network:
    """Stands for the signature of what is looked through."""

    name, weights_fingerprint, preprocess_id = "eyes", "ab", "plain"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three videos, 3, 2 and 1 days old, the last one shared with a run; a calibration; things of others."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("WSIM_CACHE", str(folder))
    for i, key in enumerate(("aa1", "bb2", "cc3")):
        of_a_run = VideoStore(tmp_path / "run", shared=folder / "videos")
        store = of_a_run if key == "cc3" else VideoStore(folder / "videos")
        store.put(key, Video(np.full((3, 8, 8, 3), 50 * i, dtype=np.uint8), 8.0), {})
    for path in [*folder.glob("videos/*/*")]:
        age = {"a": 3, "b": 2, "c": 1}[path.name[0]]
        os.utime(path, (1e9, 1e9 - age * DAY_S))
    for place in ("weights/i3d.bin", "mine/notes.txt"):
        (folder / place).parent.mkdir()
        (folder / place).write_text("not to be touched")
    return folder


def test_everything_that_can_be_made_again_is_listed(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = entries(cache)
    assert [entry.key for entry in found] == ["aa1", "bb2", "cc3"]
    assert [entry.freed_bytes > 0 for entry in found] == [True, True, False]  # the last is in a run too
    assert call(["cache", "list"]) == 0
    said = capsys.readouterr().out
    assert str(cache) in said and "videos        3 of" in said and "also in run folders" in said
    assert "calibrations  nothing" in said


def test_the_old_and_then_the_oldest_go(cache: Path) -> None:
    found = entries(cache)
    aged = to_prune(found, older_than_s=2.5 * DAY_S, keep_bytes=None, now_s=1e9)
    assert [entry.key for entry in aged] == ["aa1"]
    small = to_prune(found, older_than_s=None, keep_bytes=found[2].size_bytes, now_s=1e9)
    assert [entry.key for entry in small] == ["aa1", "bb2"]
    both = to_prune(found, older_than_s=2.5 * DAY_S, keep_bytes=0, now_s=1e9)
    assert [entry.key for entry in both] == ["aa1", "bb2", "cc3"]
    assert to_prune(found, older_than_s=9 * DAY_S, keep_bytes=10**9, now_s=1e9) == []


def test_pruning_leaves_runs_weights_and_strangers_alone(
    cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(["cache", "prune", "--keep", "0B", "--dry-run"]) == 0
    assert "would remove 3" in capsys.readouterr().out and len(entries(cache)) == 3
    assert call(["cache", "prune", "--keep", "0B"]) == 0
    assert "removed 3, which frees" in capsys.readouterr().out and entries(cache) == []
    assert VideoStore(tmp_path / "run").get("cc3") is not None
    assert (cache / "weights/i3d.bin").exists() and (cache / "mine/notes.txt").exists()


def test_nothing_outside_is_removed_through_a_link(cache: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "dd4.json").write_text("{}")
    (cache / "videos/dd").symlink_to(outside, target_is_directory=True)
    (cache / "videos/aa/ee5.json").symlink_to(outside / "dd4.json")
    (cache / "calibrations").symlink_to(outside, target_is_directory=True)
    assert [entry.key for entry in entries(cache)] == ["aa1", "bb2", "cc3"]
    assert call(["cache", "prune", "--older-than", "0s"]) == 0
    assert (outside / "dd4.json").exists()
    forged = Entry("videos", "dd4", (cache / "videos/dd/dd4.json",), 2, 2, 0.0)
    with pytest.raises(WsimError, match="outside the cache"):
        remove(cache, [forged])
    assert (outside / "dd4.json").exists()


def test_damage_is_found_and_named(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["cache", "verify"]) == 0
    assert "3 of 3 whole" in capsys.readouterr().out
    first, second, _ = entries(cache)
    film = next(path for path in first.files if path.suffix == ".mkv")
    film.write_bytes(next(path for path in second.files if path.suffix == ".mkv").read_bytes())
    next(path for path in second.files if path.suffix == ".mkv").unlink()
    (cache / "calibrations").mkdir()
    (cache / "calibrations/ff.json").write_text("{")
    problems = {entry.key: problem_of(entry) for entry in entries(cache)}
    assert "pixels are not the ones" in problems["aa1"] and "incomplete" in problems["bb2"]
    assert problems["cc3"] == "" and "calibrations cannot be read" in problems["ff"]
    assert call(["cache", "verify"]) == 4
    assert "1 of 4 whole" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "nothing says what may go"),
        (["--keep", "much"], "what is 'much'?"),
        (["--older-than", "3y"], "3y"),
    ],
)
def test_what_is_not_understood_is_told(
    given: list[str], said: str, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(["cache", "prune", *given]) == 2
    assert said in capsys.readouterr().err and len(entries(cache)) == 3


def test_a_video_that_was_made_again_is_whole_beside_the_damaged_one(cache: Path) -> None:
    store, film = VideoStore(cache / "videos"), Video(np.zeros((3, 8, 8, 3), dtype=np.uint8), 8.0)
    store.path("aa1").write_bytes(b"nothing")
    with pytest.warns(RuntimeWarning, match="set aside"):
        assert store.get("aa1") is None
    damaged = next(entry for entry in entries(cache) if entry.key == "aa1")
    assert "incomplete" in problem_of(damaged)
    store.put("aa1", film, {})
    mended = next(entry for entry in entries(cache) if entry.key == "aa1")
    assert problem_of(mended) == "" and len(mended.files) == 4  # pruning takes them all


def test_what_a_run_takes_away_meanwhile_is_passed_over(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    walk = os.walk

    def and_gone(*arguments: object, **options: object) -> Iterator[object]:
        for place, folders, names in walk(*arguments, **options):
            yield place, folders, [*names, "gone.json"]

    monkeypatch.setattr(os, "walk", and_gone)
    assert [entry.key for entry in entries(cache)] == ["aa1", "bb2", "cc3"]


def test_features_are_in_the_cache_too(cache: Path) -> None:
    features.keep(Network(), ["a", "b"], np.arange(6.0).reshape(2, 3))
    kept = next(entry for entry in entries(cache) if entry.kind == "features")
    assert problem_of(kept) == "" and kept.size_bytes == 32 + 6 * 8
    kept.files[0].write_bytes(b"x" + kept.files[0].read_bytes()[1:])
    assert "not the ones that were stored" in problem_of(kept)
    remove(cache, [kept])
    assert features.kept(Network(), ["a", "b"]) is None


def test_a_large_cache_is_pruned_at_once() -> None:
    many = [Entry("videos", str(i), (), 1, 1, float(i)) for i in range(20_000)]
    start_s = time.process_time()
    gone = to_prune(many, older_than_s=6_000.0, keep_bytes=4_000, now_s=20_000.0)
    assert len(gone) == 16_000 and time.process_time() - start_s < 5.0

"""Data sets: whole shards, the same bytes however they are made, and the same clips on the fly."""

import shutil
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

import numpy as np
import pytest
from torch.utils.data import DataLoader

from wsim.contracts import ClipFormat
from wsim.errors import ExitCode, WsimError
from wsim.worlds import stream
from wsim.worlds.datasets import DatasetPlan, chosen_families, read_shards, shards, write_dataset
from wsim.worlds.families import FAMILIES, make
from wsim.worlds.take import Take
from wsim.worlds.truth import record_parts

TINY = ClipFormat(3, 16, 24, 2.0)
PLAN = DatasetPlan(("fall", "ball_behind_screen"), TINY, seed=7, twins=True)


def written(folder: Path, plan: DatasetPlan = PLAN, jobs: int = 1) -> Path:
    write_dataset(plan, 4, folder, jobs=jobs, worlds_per_shard=2)
    return folder


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("dataset"))


@pytest.fixture
def copy(dataset: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(dataset, tmp_path / "copy"))


def test_a_data_set_holds_every_world_and_its_twins_in_order(dataset: Path) -> None:
    records = list(read_shards(dataset))
    expected = []
    for family, seed in (("fall", 7), ("ball_behind_screen", 7), ("fall", 8), ("ball_behind_screen", 8)):
        scene = make(family, seed)
        expected += [("", scene), *FAMILIES[family].twins(scene).violated.items()]
    assert [(record.twin, record.scene) for record in records] == expected
    for record in (records[0], records[-1]):
        take = Take(record.scene, TINY)
        assert record.video.digest == take.video.digest and record.clip == TINY
        np.testing.assert_array_equal(record.film.render.depth_m, take.film.render.depth_m)


def test_two_processes_write_what_one_writes(dataset: Path, tmp_path: Path) -> None:
    assert content(written(tmp_path / "two", jobs=2)) == content(dataset)


def test_the_same_command_goes_on_and_redoes_only_what_is_missing(dataset: Path, copy: Path) -> None:
    done: list[tuple[int, int]] = []
    kept = (copy / "00000.tar").stat()
    (copy / "00001.tar").unlink()
    (copy / ".00001.77.tmp.tar").write_bytes(b"half a shard of a process that was killed")
    write_dataset(PLAN, 4, copy, worlds_per_shard=2, on_shard=lambda *told: done.append(told))
    assert done == [(2, 4), (4, 4)]
    assert content(copy) == content(dataset)
    assert (copy / "00000.tar").stat().st_mtime_ns == kept.st_mtime_ns


@pytest.mark.parametrize(
    ("other", "clips", "difference"),
    [
        (DatasetPlan(PLAN.families, TINY, seed=8, twins=True), 4, "its seed is 7, not 8"),
        (DatasetPlan(PLAN.families, TINY, seed=7), 4, "its twins is true, not false"),
        (PLAN, 5, "its clips is 4, not 5"),
        (DatasetPlan(("fall",), TINY, seed=7, twins=True), 4, "its families is"),
    ],
)
def test_another_command_into_the_same_folder_is_refused(
    dataset: Path, other: DatasetPlan, clips: int, difference: str
) -> None:
    before = content(dataset)
    with pytest.raises(WsimError, match=difference):
        write_dataset(other, clips, dataset, worlds_per_shard=2)
    assert content(dataset) == before


def test_tar_files_of_unknown_origin_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "00000.tar").write_bytes(b"mine")
    with pytest.raises(WsimError, match="no manifest"):
        written(tmp_path)
    assert content(tmp_path) == {"00000.tar": b"mine"}


def test_a_data_set_that_lacks_shards_is_read_only_when_that_is_said(copy: Path) -> None:
    (copy / "00000.tar").unlink()
    with pytest.raises(WsimError, match="1 of 2 shards are missing"):
        next(read_shards(copy))
    assert next(read_shards(copy, unfinished=True)).scene.seed == 8


@pytest.mark.parametrize("size", [0, 700, 5000])
def test_a_torn_shard_is_refused(copy: Path, size: int) -> None:
    torn = copy / "00000.tar"
    torn.write_bytes(torn.read_bytes()[:size])
    with pytest.raises(WsimError, match=r"damaged|no whole truth record"):
        list(read_shards(copy))


def test_no_data_set_is_no_data_set(tmp_path: Path) -> None:
    with pytest.raises(WsimError, match="no manifest of a data set"):
        next(read_shards(tmp_path))


def test_light_shards_are_small_and_hold_pictures_captions_and_events(tmp_path: Path) -> None:
    plan = DatasetPlan(("fall",), TINY, detail="light")
    record = next(read_shards(written(tmp_path, plan)))
    take = Take(make("fall", 0), TINY)
    assert record.truth is None and record.video.digest == take.video.digest
    assert record.events == take.trajectory.events and record.scene.captions == take.scene.captions


def test_a_disk_that_fills_up_keeps_whole_shards(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    second = (copy / "00001.tar").read_bytes()
    (copy / "00001.tar").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(shards, "_write_tar", full)
        with pytest.raises(WsimError, match="the disk is full") as caught:
            written(copy)
    assert caught.value.exit_code == ExitCode.INCOMPLETE
    assert sorted(content(copy)) == ["00000.tar", "manifest.json"]
    assert content(written(copy))["00001.tar"] == second


def test_errors_travel_between_processes() -> None:
    error = WsimError("p", where="w", remedy="r", exit_code=ExitCode.INCOMPLETE)
    again = ForkingPickler.loads(ForkingPickler.dumps(error))
    assert (str(again), again.exit_code) == (str(error), error.exit_code)


def test_the_stream_is_the_data_set(dataset: Path) -> None:
    items = list(stream(PLAN.families, TINY, seed=7, twins=True, detail="full", clips=4))
    records = list(read_shards(dataset))
    assert len(items) == len(records)
    for item, record in zip(items, records, strict=True):
        assert (item["family"], item["seed"], item["twin"]) == (
            record.scene.family,
            record.scene.seed,
            record.twin,
        )
        assert item["captions"] == record.scene.captions
        assert item["lawful"] == (not record.twin)
        np.testing.assert_array_equal(item["frames"].numpy(), record.video.frames)
        np.testing.assert_array_equal(item["depth_m"].numpy(), record.film.render.depth_m)
        np.testing.assert_array_equal(item["ids"].numpy(), record.film.render.ids)
        np.testing.assert_array_equal(item["amodal"].numpy().view(np.uint64), record.film.render.amodal)


def numbers(*args: object, **kwargs: object) -> list[int]:
    return [item["number"] for item in stream(["fall"], TINY, *args, **kwargs)]  # type: ignore[arg-type]


def test_a_stream_goes_on_from_a_position_and_is_shared_among_ranks() -> None:
    assert numbers(start=2, clips=5) == [2, 3, 4]
    assert numbers(clips=7, block=2, rank=0, ranks=2) == [0, 1, 4, 5]
    assert numbers(clips=7, block=2, rank=1, ranks=2) == [2, 3, 6]


@pytest.mark.parametrize("workers", [0, 2])
def test_batches_come_in_order_whatever_the_number_of_workers(workers: int) -> None:
    clips = stream(["fall"], TINY, clips=6, block=2)
    batches = list(DataLoader(clips, batch_size=2, num_workers=workers))
    assert [batch["number"].tolist() for batch in batches] == [[0, 1], [2, 3], [4, 5]]
    assert batches[0]["frames"].shape == (2, 3, 16, 24, 3)


@pytest.mark.parametrize("wrong", [{"start": -1}, {"block": 0}, {"rank": 2, "ranks": 2}, {"clips": -1}])
def test_a_stream_of_impossible_numbers_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(WsimError, match="make no stream"):
        stream("fall", TINY, **wrong)  # type: ignore[arg-type]


def test_worlds_last_as_long_as_the_clips_that_are_wanted() -> None:
    long = ClipFormat(49, 16, 16, 16.0)
    assert DatasetPlan(("fall",), TINY).world(3) == make("fall", 3)
    assert DatasetPlan(("fall",), long).world(3) == make("fall", 3, duration_s=3.0)
    assert DatasetPlan(("fall",), long, parameters={"duration_s": 2.0}).world(3).duration_s == 2.0


def test_families_are_named_in_several_ways() -> None:
    assert chosen_families("all") == tuple(FAMILIES)
    assert chosen_families("fall,room") == chosen_families(["fall", "room"]) == ("fall", "room")
    for wrong in ("fal", "fall,fall", ()):
        with pytest.raises(WsimError):
            chosen_families(wrong)


def test_a_clip_of_a_data_set_is_small() -> None:
    parts = record_parts(Take(make("ball_behind_screen", 0), ClipFormat(25, 64, 64, 16.0)))
    assert sum(len(data) for data in parts.values()) < 250_000

"""Truth records come back bit for bit, and damaged ones are refused."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wsim.contracts import ClipFormat
from wsim.errors import WsimError
from wsim.worlds.families import make
from wsim.worlds.scene import Violation
from wsim.worlds.take import Take
from wsim.worlds.truth import load_take_record, save_take


@pytest.fixture
def take() -> Take:
    scene = make("fall", 5).violated(Violation("freeze", 0.8, "ball"))
    return Take(scene, ClipFormat(9, 32, 48, 8.0))


def assert_same(one: Any, other: Any) -> None:
    """Equal in every field, down to the bits and types of arrays."""
    assert type(one) is type(other)
    if isinstance(one, np.ndarray):
        assert one.dtype == other.dtype and one.shape == other.shape
        assert one.tobytes() == other.tobytes()
    elif dataclasses.is_dataclass(one):
        for field in dataclasses.fields(one):
            assert_same(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, dict):
        assert list(one) == list(other)
        for name in one:
            assert_same(one[name], other[name])
    else:
        assert one == other


def test_a_record_comes_back_bit_for_bit(take: Take, tmp_path: Path) -> None:
    save_take(take, tmp_path / "new" / "folder")
    record = load_take_record(tmp_path / "new" / "folder")
    assert record.video.digest == take.video.digest
    assert (record.clip, record.film.scene) == (take.clip, take.scene)
    assert record.events == record.film.trajectory.events == take.trajectory.events
    assert_same(take.film, record.film)
    assert "in_frame" in vars(record.film)  # read, not counted again
    np.testing.assert_array_equal(record.film.in_frame, take.film.in_frame)


def test_the_same_take_gives_the_same_bytes(take: Take, tmp_path: Path) -> None:
    for name in ("a", "b"):
        save_take(Take(take.scene, take.clip), tmp_path / name)
    for file in ("clip.mkv", "truth.npz", "scene.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


@pytest.mark.parametrize("file", ["clip.mkv", "truth.npz", "scene.json"])
@pytest.mark.parametrize("damage", ["missing", "torn"])
def test_a_damaged_record_is_refused(take: Take, tmp_path: Path, file: str, damage: str) -> None:
    save_take(take, tmp_path)
    if damage == "missing":
        (tmp_path / file).unlink()
    else:
        (tmp_path / file).write_bytes((tmp_path / file).read_bytes()[:200])
    with pytest.raises(WsimError):
        load_take_record(tmp_path)


def test_a_record_of_another_format_is_refused(take: Take, tmp_path: Path) -> None:
    save_take(take, tmp_path)
    text = (tmp_path / "scene.json").read_text()
    (tmp_path / "scene.json").write_text(text.replace("wsim.truth/2", "wsim.truth/9"))
    with pytest.raises(WsimError, match=r"wsim\.truth/9"):
        load_take_record(tmp_path)


def test_a_light_record_has_pictures_captions_and_events_and_says_what_it_lacks(
    take: Take, tmp_path: Path
) -> None:
    save_take(take, tmp_path, detail="light", twin="freeze")
    assert not (tmp_path / "truth.npz").exists()
    record = load_take_record(tmp_path)
    assert (record.video.digest, record.events) == (take.video.digest, take.trajectory.events)
    assert (record.scene.captions, record.twin) == (take.scene.captions, "freeze")
    with pytest.raises(WsimError, match="light record"):
        _ = record.film


def test_arrays_are_read_by_numpy_alone(take: Take, tmp_path: Path) -> None:
    save_take(take, tmp_path)
    with np.load(tmp_path / "truth.npz") as arrays:
        np.testing.assert_array_equal(arrays["render/depth_m"], take.film.render.depth_m)
        np.testing.assert_array_equal(arrays["trajectory/position_m"], take.trajectory.position_m)

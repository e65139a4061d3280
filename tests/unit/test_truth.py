"""Truth records come back bit for bit, and damaged ones are refused."""

from pathlib import Path

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


def test_a_record_comes_back_bit_for_bit(take: Take, tmp_path: Path) -> None:
    save_take(take, tmp_path / "new" / "folder")
    record = load_take_record(tmp_path / "new" / "folder")
    assert record.video.digest == take.video.digest
    assert (record.clip, record.film.scene) == (take.clip, take.scene)
    assert record.film.trajectory.events == take.trajectory.events
    for part in ("trajectory", "render"):
        for name, value in vars(getattr(take.film, part)).items():
            if isinstance(value, np.ndarray):
                again = getattr(getattr(record.film, part), name)
                assert again.dtype == value.dtype
                np.testing.assert_array_equal(again, value)
    np.testing.assert_array_equal(record.film.visible, take.film.visible)
    np.testing.assert_array_equal(record.film.in_view, take.film.in_view)
    camera = record.film.render.camera
    np.testing.assert_array_equal(camera.world_from_camera, take.camera.world_from_camera)


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
    (tmp_path / "scene.json").write_text(text.replace("wsim.truth/1", "wsim.truth/9"))
    with pytest.raises(WsimError, match=r"wsim\.truth/9"):
        load_take_record(tmp_path)

"""Point tracks that come with a video: read as those of the pixels are, and refused where they do not fit."""

import zipfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from wsim.contracts import ClipFormat, FreeProbe, Reading, Unmeasurable
from wsim.errors import WsimError
from wsim.perception.external import PointTracks, read_tracks
from wsim.perception.given_tracks import MISFIT, given_tracks, in_window
from wsim.runs.free import read_folder
from wsim.runs.hints import read_hints
from wsim.runs.records import RecordLog
from wsim.runs.unsimulated import free_half
from wsim.video import Video, write_lossless
from wsim.worlds.derived import point_tracks
from wsim.worlds.families import make
from wsim.worlds.scene import Violation
from wsim.worlds.take import Take
from wsim_probes.geometry.epipolar import Epipolar
from wsim_probes.geometry.rigidity import Rigidity
from wsim_probes.geometry.rotation import Rotation
from wsim_probes.geometry.stickiness import Stickiness

CLIP = ClipFormat(25, 64, 64, 16.0)
FROM = (0, 8, 16)  # frames at which points begin, as trackers of everything do


@cache
def filmed(camera: str, *violations: Violation) -> Take:
    return Take(make("room", 503, camera=camera).violated(*violations), CLIP)


@cache
def tracks(camera: str, *violations: Violation) -> tuple[np.ndarray, np.ndarray]:
    """Where the simulator says that a grid of points of every fourth frame is in all frames."""
    rows, columns = (grid.ravel() for grid in np.mgrid[2:62:5, 2:62:5])
    found = [point_tracks(filmed(camera, *violations).film, frame, rows, columns) for frame in FROM]
    points = np.concatenate([one.pixels for one in found])
    return points, np.concatenate([one.visible for one in found])


def saved(path: Path, points: np.ndarray, visible: np.ndarray) -> dict[str, str]:
    np.savez_compressed(path, points=points, visible=visible)
    return {"tracks": str(path)}


def read(probe: FreeProbe, video: Video, hints: dict[str, str]) -> Reading:
    said = probe.measure_free(video, hints)
    assert isinstance(said, Reading), said
    return said


@pytest.mark.parametrize(
    ("probe", "camera", "score"),
    [
        (Rigidity(), "arc", "rigid"),
        (Epipolar(), "arc", "agreement"),
        (Stickiness(), "arc", "stuck"),
        (Rotation(), "pan", "turned"),
    ],
)
def test_right_tracks_are_read_as_the_pixels_are(
    probe: FreeProbe, camera: str, score: str, tmp_path: Path
) -> None:
    video = filmed(camera).video
    seen, told = (read(probe, video, h) for h in ({}, saved(tmp_path / "t.npz", *tracks(camera))))
    assert seen.lawful and told.lawful and told.verdict == seen.verdict
    assert told.metrics[score] > seen.metrics[score] - 0.05


def test_tracks_of_a_room_that_wobbles_are_read_as_warped(tmp_path: Path) -> None:
    wobble = Violation("wobble", 0.0, amount=0.2)
    hints = saved(tmp_path / "t.npz", *tracks("arc", wobble))
    for probe in (Rigidity(), Epipolar()):
        assert not read(probe, filmed("arc", wobble).video, hints).lawful


def test_a_point_is_followed_until_it_is_not_seen_and_may_have_left_the_picture() -> None:
    points = np.zeros((3, 4, 2)) + np.arange(4)[None, :, None]
    points[0] += 30.0  # stays in the middle, and is not seen in the third frame
    points[1] = [[60.0, 30.0], [62.0, 30.0], [99.0, 99.0], [99.0, 99.0]]  # leaves to the right
    visible = np.array([[1, 1, 0, 1], [1, 1, 0, 0], [0, 1, 1, 1]], dtype=bool)
    found = in_window(PointTracks(points, visible), (0, 1, 2, 3), (64, 64))
    np.testing.assert_array_equal(found.alive, [[1, 1, 0, 0], [1, 1, 0, 0]])
    np.testing.assert_array_equal(found.gone, [False, True])
    np.testing.assert_allclose(found.points[0, :, 0], (np.array([30, 31, 31, 31]) + 0.5) * 8 - 0.5)
    assert (found.started, found.expected, found.survived) == (2, 1, 0)


def test_tracks_that_do_not_fit_are_refused_and_never_unpickled(tmp_path: Path) -> None:
    points, visible = tracks("arc")
    video, path = filmed("arc").video, tmp_path / "t.npz"
    wrong = {
        "a frame less": {"points": points[:, :24], "visible": visible[:, :24]},
        "not visible": {"points": points},
        "none at all": {"x": points},
        "of no point": {"points": points[:0], "visible": visible[:0]},
        "of another size": {"points": 4 * points, "visible": visible},
        "not finite": {"points": np.full_like(points, np.nan), "visible": visible},
        "in words": {"points": points.astype("U8"), "visible": visible},
        "objects": {"points": points.astype(object), "visible": visible},
    }
    for name, arrays in wrong.items():
        np.savez_compressed(path, **arrays)
        assert given_tracks(video, {"tracks": str(path)}) == Unmeasurable(MISFIT), name
    for content in (b"", b"no zip", saved_bytes(path, points, visible)[:900]):
        path.write_bytes(content)
        for probe in (Rigidity(), Epipolar(), Stickiness(), Rotation()):
            assert probe.measure_free(video, {"tracks": str(path)}) == Unmeasurable(MISFIT)


def saved_bytes(path: Path, points: np.ndarray, visible: np.ndarray) -> bytes:
    saved(path, points, visible)
    return path.read_bytes()


def test_a_small_file_that_would_fill_the_memory_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wsim.perception.external._MOST_BYTES", 10_000)
    path = tmp_path / "t.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("points.npy", bytes(20_000))
    with pytest.raises(WsimError, match="hold 20000 bytes, 10000 at most are read"):
        read_tracks(path, 25)


def test_tracks_of_a_whole_file_are_read_at_the_stretch_that_is_measured(tmp_path: Path) -> None:
    points, visible = tracks("arc")
    video, hints = filmed("arc").video, saved(tmp_path / "t.npz", 2 * points + 0.5, visible)
    found = given_tracks(Video(video.frames[5:20], 16.0), {**hints, "part": [5, 25, 0.5]})
    assert not isinstance(found, Unmeasurable) and found is not None
    np.testing.assert_allclose(found.points, points[:, 5:20])


def test_the_hint_reaches_the_probes_and_other_tracks_are_read_again(tmp_path: Path) -> None:
    write_lossless(tmp_path / "room.mkv", filmed("arc").video)
    points, visible = tracks("arc")
    (tmp_path / "hints.csv").write_text("file,tracks\nroom.mkv,t.npz\n")
    with pytest.raises(WsimError, match="'tracks' names no file"):
        read_hints(tmp_path / "hints.csv")
    said = []
    for given in (points, points[:, :24]):
        saved(tmp_path / "t.npz", given, visible[:, : given.shape[1]])
        hints = read_hints(tmp_path / "hints.csv")
        read_folder(tmp_path, [free_half(Rigidity())], tmp_path / "run", what="geometry", hints=hints)
        (record,) = RecordLog(tmp_path / "run/records.jsonl").latest().values()
        said.append((record.status, record.verdict or record.reason))
    assert said == [("ok", "rigid"), ("unmeasurable", MISFIT)]

"""Things that move in any video, their shadows, and masks and tracks from files."""

from pathlib import Path

import numpy as np
import pytest

from wsim.contracts import ClipFormat
from wsim.errors import WsimError
from wsim.perception.external import read_masks, read_tracks
from wsim.perception.identities import identities, unexplained_ends
from wsim.perception.movers import find_movers
from wsim.perception.shadows import find_shadows
from wsim.worlds.families import make
from wsim.worlds.scene import Violation
from wsim.worlds.take import Take

CLIP = ClipFormat(25, 64, 64, 16.0)
SEEDS = range(500, 506)


def take(family: str, seed: int, *violations: Violation) -> Take:
    return Take(make(family, seed).violated(*violations), CLIP)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_ball_is_found_without_a_palette(seed: int) -> None:
    lawful = take("ball_behind_screen", seed)
    found = find_movers(lawful.video.frames)
    assert found is not None
    assert not found.camera_moved
    (ball,) = identities(found.blobs)
    truth = lawful.film.render.ids == [b.name for b in lawful.scene.bodies].index("ball")
    gaps = []
    for blob in ball.blobs:
        rows, columns = np.nonzero(truth[blob.frame])
        if len(rows) > 60:
            gaps.append(np.hypot(blob.x - columns.mean(), blob.y - rows.mean()))
    assert len(gaps) > 10
    assert np.median(gaps) < 1.0
    assert unexplained_ends([ball], 25) == ([], [])


def test_a_ball_that_vanishes_in_full_view_is_an_unexplained_end() -> None:
    for seed in SEEDS:
        found = find_movers(take("fall", seed, Violation("vanish", 0.5, "ball")).video.frames)
        assert found is not None
        (ball,) = [i for i in identities(found.blobs) if len(i.blobs) > 3]
        births, deaths = unexplained_ends([ball], 25)
        assert (births, [frame for frame, _ in deaths]) == ([], [8]), seed


def test_where_the_camera_circles_a_room_nothing_can_be_told() -> None:
    for seed in SEEDS[:3]:
        assert find_movers(take("room", seed).video.frames) is None


def test_too_few_frames_say_nothing() -> None:
    frames = take("fall", 500).video.frames
    assert find_movers(frames[:3]) is None


def test_a_still_clip_has_no_movers() -> None:
    found = find_movers(np.repeat(take("fall", 500).video.frames[:1], 10, axis=0))
    assert found is not None
    assert [blob for here in found.blobs for blob in here] == []


def test_the_shadow_of_a_falling_ball_comes_closer() -> None:
    seen = take("fall", 501)
    found = find_movers(seen.video.frames)
    assert found is not None
    shadows = find_shadows(seen.video.frames, found.background, found.masks)
    gaps = [shadows[i][0].y - found.blobs[i][0].y for i in range(25) if shadows[i] and found.blobs[i]]
    assert len(gaps) > 10
    assert min(gaps) > 0  # below the ball


def test_masks_from_a_file_become_blobs(tmp_path: Path) -> None:
    masks = np.zeros((2, 3, 8, 10), dtype=bool)
    masks[0, :, 2:4, 3:6] = True
    masks[1, 2, 7, 9] = True
    path = tmp_path / "masks.npz"
    np.savez(path, masks=masks, names=np.array(["cup", "ball"]))
    blobs = read_masks(path, 3, (8, 10))
    assert [[b.colour for b in here] for here in blobs] == [["cup"], ["cup"], ["cup", "ball"]]
    assert (blobs[0][0].x, blobs[0][0].y, blobs[0][0].area_px, blobs[0][0].at_border) == (
        4.0,
        2.5,
        6.0,
        False,
    )
    assert blobs[2][1].at_border


def test_tracks_from_a_file(tmp_path: Path) -> None:
    points = np.zeros((2, 3, 2))
    points[1, 1] = np.nan
    visible = np.array([[True, True, True], [True, False, True]])
    path = tmp_path / "tracks.npz"
    np.savez(path, points=points, visible=visible)
    assert read_tracks(path, 3).visible.sum() == 5
    np.savez(path, points=points, visible=np.ones((2, 3), dtype=bool))
    with pytest.raises(WsimError, match="no finite position"):
        read_tracks(path, 3)


@pytest.mark.parametrize(
    ("arrays", "problem"),
    [
        ({"masks": np.zeros((1, 4, 8, 10), bool)}, "the clip needs"),
        ({"other": np.zeros(3)}, "the shape is none"),
        ({"masks": np.full((1, 3, 8, 10), 7, np.uint8)}, "other values"),
        ({"masks": np.array([object()])}, "cannot be read"),
    ],
)
def test_masks_that_do_not_fit_are_refused(tmp_path: Path, arrays: dict, problem: str) -> None:
    path = tmp_path / "masks.npz"
    np.savez(path, **arrays)
    with pytest.raises(WsimError, match=problem):
        read_masks(path, 3, (8, 10))


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    for name, content in (("empty.npz", b""), ("text.npz", b"hello")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(WsimError, match="cannot be read"):
            read_masks(tmp_path / name, 3, (8, 10))
    with pytest.raises(WsimError, match="cannot be read"):
        read_tracks(tmp_path / "absent.npz", 3)

"""Video files: exact where they are measured, whole or refused."""

from pathlib import Path

import numpy as np
import pytest

from wsim.errors import WsimError
from wsim.video import Video, VideoError, read_times, read_video, write_lossless, write_preview


@pytest.fixture
def clip() -> Video:
    rng = np.random.default_rng(3)
    return Video(rng.integers(0, 256, (9, 22, 34, 3), dtype=np.uint8), 16.0)


def test_lossless_round_trip_is_exact(clip: Video, tmp_path: Path) -> None:
    write_lossless(tmp_path / "a.mkv", clip)
    back = read_video(tmp_path / "a.mkv")
    assert np.array_equal(back.frames, clip.frames) and back.fps == clip.fps
    assert back.digest == clip.digest


def test_same_pixels_make_the_same_bytes(clip: Video, tmp_path: Path) -> None:
    for name in ("a.mkv", "b.mkv"):
        write_lossless(tmp_path / name, clip)
    assert (tmp_path / "a.mkv").read_bytes() == (tmp_path / "b.mkv").read_bytes()


def test_digest_is_of_pixels_shape_and_rate(clip: Video) -> None:
    assert Video(clip.frames.copy(), 16.0).digest == clip.digest
    assert Video(clip.frames, 8.0).digest != clip.digest
    assert Video(clip.frames.reshape(9, 34, 22, 3), 16.0).digest != clip.digest
    changed = clip.frames.copy()
    changed[4, 3, 2, 1] ^= 1
    assert Video(changed, 16.0).digest != clip.digest


def test_preview_of_odd_size_is_padded_and_near(tmp_path: Path) -> None:
    ramp = np.linspace(40, 200, 33)[None, None, :, None] * np.ones((5, 21, 1, 3))
    video = Video(ramp.astype(np.uint8), 16.0)
    write_preview(tmp_path / "a.mp4", video)
    back = read_video(tmp_path / "a.mp4")
    assert back.frames.shape == (5, 22, 34, 3)
    assert np.abs(back.frames[:, :21, :33].astype(int) - video.frames).mean() < 3


def test_times_follow_the_rate(clip: Video, tmp_path: Path) -> None:
    write_preview(tmp_path / "a.mp4", clip)
    np.testing.assert_allclose(read_times(tmp_path / "a.mp4"), np.arange(9) / 16)


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.6, 0.98])
def test_truncated_file_is_refused(clip: Video, tmp_path: Path, keep: float) -> None:
    # Some decoders return fewer frames, or none, without any error.
    write_preview(tmp_path / "a.mp4", clip)
    data = (tmp_path / "a.mp4").read_bytes()
    (tmp_path / "a.mp4").write_bytes(data[: int(len(data) * keep)])
    with pytest.raises(VideoError) as caught:
        read_video(tmp_path / "a.mp4")
    assert str(tmp_path / "a.mp4") in str(caught.value)


def test_missing_file_and_text_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(VideoError):
        read_video(tmp_path / "none.mp4")
    (tmp_path / "text.mp4").write_text("not a video")
    with pytest.raises(VideoError):
        read_video(tmp_path / "text.mp4")


@pytest.mark.filterwarnings("ignore")
def test_writing_into_a_missing_folder_says_where(clip: Video, tmp_path: Path) -> None:
    with pytest.raises(VideoError) as caught:
        write_lossless(tmp_path / "no" / "a.mkv", clip)
    assert str(tmp_path / "no" / "a.mkv") in str(caught.value)


@pytest.mark.parametrize("fps", [0.0, -1.0, float("nan"), float("inf")])
def test_frame_rate_must_be_positive(fps: float) -> None:
    with pytest.raises(WsimError):
        Video(np.zeros((1, 2, 2, 3), np.uint8), fps)

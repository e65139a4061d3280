"""`videos:DIR` finds files by scenario, never resamples, and names the file when something is wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from wsim.contracts import ClipFormat, Privileged, Request, Scenario
from wsim.errors import ExitCode, WsimError
from wsim.models.folder import FolderOfVideos, MissingVideo
from wsim.models.resolve import resolve_model
from wsim.video import Video, write_lossless, write_preview

SIZE = (16, 24)


@dataclass
class Guarded:
    """A truth that nobody may look at once the scenario is made (type checks of the tests do while it is)."""

    open: bool = True

    @property
    def video(self) -> Video:
        if self.open:
            return clip(0)
        raise AssertionError("the folder looked at the truth")


def scenario(name: str, *, num_frames: int = 5, size: tuple[int, int] = SIZE, fps: float = 16.0) -> Scenario:
    truth = Guarded()
    made = Scenario(f"s/p/video/{name}", name, Request(num_frames, size, fps, 0), truth)
    truth.open = False
    return made


def clip(value: int, *, num_frames: int = 5, size: tuple[int, int] = SIZE, fps: float = 16.0) -> Video:
    return Video(np.full((num_frames, *size, 3), value, np.uint8), fps)


def test_flat_and_nested_names_are_found(tmp_path: Path) -> None:
    write_lossless(tmp_path / "s__p__video__a=1.0.mkv", clip(10))
    (tmp_path / "s/p/video").mkdir(parents=True)
    write_lossless(tmp_path / "s/p/video/b=2.0.mkv", clip(20))
    model = FolderOfVideos(tmp_path)
    assert isinstance(model, Privileged)
    videos = list(model.answer([scenario("b=2.0"), scenario("a=1.0")]))
    assert [int(video.frames[0, 0, 0, 0]) for video in videos] == [20, 10]
    assert model.info.formats == (ClipFormat(5, *SIZE, 16.0),)


def test_an_exact_file_is_preferred_to_its_preview(tmp_path: Path) -> None:
    write_preview(tmp_path / "s__p__video__a.mp4", clip(99))
    write_lossless(tmp_path / "s__p__video__a.mkv", clip(10))
    assert (next(FolderOfVideos(tmp_path).answer([scenario("a")])).frames == 10).all()


@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".mov", ".gif"])
def test_every_container_is_read(tmp_path: Path, suffix: str) -> None:
    import av

    path = tmp_path / f"s__p__video__a{suffix}"
    codec, pixels = {".webm": ("libvpx", "yuv420p"), ".gif": ("gif", "rgb8")}.get(suffix, ("h264", "yuv420p"))
    with av.open(str(path), "w") as sink:
        stream = sink.add_stream(codec, rate=10)
        stream.height, stream.width, stream.pix_fmt = *SIZE, pixels
        for frame in clip(128).frames:
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24").reformat(format=pixels)
            sink.mux(stream.encode(picture))
        sink.mux(stream.encode())
    video = next(FolderOfVideos(tmp_path).answer([scenario("a", fps=10.0)]))
    assert abs(int(video.frames[2, 8, 8, 1]) - 128) < 24


def test_a_missing_video_is_named_and_the_others_can_still_be_read(tmp_path: Path) -> None:
    write_lossless(tmp_path / "s__p__video__a.mkv", clip(10))
    model = FolderOfVideos(tmp_path)
    with pytest.raises(MissingVideo, match=r"no video called s__p__video__gone\.mp4") as caught:
        list(model.answer([scenario("gone")]))
    assert caught.value.exit_code == ExitCode.INCOMPLETE
    assert len(list(model.answer([scenario("a")]))) == 1


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        (scenario("a", size=(32, 48)), "wrong size: s__p__video__a.mkv has 24x16, 48x32 was asked for"),
        (scenario("a", num_frames=9), "wrong length: s__p__video__a.mkv has 5 frames, 9 was asked for"),
        (scenario("a", fps=24.0), "wrong rate: s__p__video__a.mkv has 16 fps, 24 was asked for"),
    ],
)
def test_another_format_is_an_error_with_got_and_wanted(
    tmp_path: Path, wanted: Scenario, problem: str
) -> None:
    write_lossless(tmp_path / "s__p__video__a.mkv", clip(10))
    with pytest.raises(WsimError) as caught:
        list(FolderOfVideos(tmp_path).answer([wanted]))
    assert caught.value.problem == problem


def damage_truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def damage_text(path: Path) -> None:
    path.write_text("this is no video")


@pytest.mark.parametrize("damage", [damage_truncate, damage_text])
def test_a_damaged_file_is_an_error_and_does_not_decide_the_format(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (5, *SIZE, 3), dtype=np.uint8)
    for name in "ab":
        write_preview(tmp_path / f"s__p__video__{name}.mp4", Video(noise, 16.0))
    damage(tmp_path / "s__p__video__a.mp4")
    model = FolderOfVideos(tmp_path)
    assert model.info.formats == (ClipFormat(5, *SIZE, 16.0),)
    with pytest.raises(WsimError, match=r"decode|truncated") as caught:
        list(model.answer([scenario("a")]))
    assert caught.value.where.endswith("s__p__video__a.mp4")


def test_an_empty_folder_says_how_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(WsimError, match="holds no videos"):
        _ = FolderOfVideos(tmp_path).info


def test_the_track_is_an_option(tmp_path: Path) -> None:
    write_lossless(tmp_path / "s__p__video__a.mkv", clip(10))
    assert resolve_model(f"videos:{tmp_path}").info.tracks == ("text", "image", "video")
    assert resolve_model(f"videos:{tmp_path}", {"track": "image"}).info.tracks == ("text", "image")
    with pytest.raises(WsimError, match="cannot be 'sound'"):
        resolve_model(f"videos:{tmp_path}", {"track": "sound"})


def test_requests_without_a_scenario_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WsimError, match="cannot answer a new request"):
        FolderOfVideos(tmp_path).generate([scenario("a").request])

"""Training on own clips: what is read of a folder, what is refused, and a run from a folder to a model."""

import errno
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path, PurePath

import numpy as np
import psutil
import pytest

from wsim import Request, Video, WsimError
from wsim.video import write_lossless
from wsim_reference.config import PRESETS, AutoencoderConfig, TransformerConfig
from wsim_reference.model import ReferenceModel
from wsim_reference.sampler import SamplerSettings
from wsim_reference.train import own
from wsim_reference.train.command import main, parse
from wsim_reference.train.table import read_table

TINY = PRESETS["nano"].replace(
    height=16,
    width=16,
    sizes=((16, 16), (16, 32)),
    lengths=(5, 9),
    autoencoder=AutoencoderConfig(channels=4, quarter_width=8, eighth_width=16, chunk_width=16),
    transformer=TransformerConfig(width=32, depth=1, heads=1, text_tokens=6, conditioned=True),
)


def picture(count: int, height: int, width: int, grey: int) -> np.ndarray:
    """A bar that moves to the right over grey."""
    frames = np.full((count, height, width, 3), grey, np.uint8)
    for t, frame in enumerate(frames):
        frame[:, t * width // count : t * width // count + 2] = (255, 0, 0)
    return frames


def folder_of(place: Path, count: int = 6) -> Path:
    """Small videos and npz files, and their table."""
    place.mkdir()
    rows = []
    for i in range(count):
        frames, name = picture(19, 18, 36 if i % 2 else 18, 40 * i), f"clip{i}.{'npz' if i % 3 else 'mkv'}"
        if i % 3:
            lens = np.tile([[20.0, 0, 8.5], [0, 20.0, 8.5], [0, 0, 1]], (19, 1, 1))
            camera = {"world_from_camera": np.tile(np.eye(4), (19, 1, 1)), "intrinsics": lens}
            np.savez(place / name, frames=frames, fps=16.0, actions=np.ones((19, 12)), **camera)
        else:
            write_lossless(place / name, Video(frames, 16.0))
        rows.append(f"{name},a red bar number {i} moves")
    (place / "captions.csv").write_text("file,caption\n" + "\n".join(rows) + "\n")
    return place


def test_videos_become_clips_of_the_sizes_and_lengths_of_the_model(tmp_path: Path) -> None:
    training, validation = own.stage(tmp_path / "kept", folder_of(tmp_path / "mine"), TINY, 100, 100)
    assert len(validation) == 2  # one video of six is held out: 19 frames are two clips of nine
    assert {clip.bucket.num_frames for clip in training.items} == {9}
    assert {(clip.format.height, clip.format.width) for clip in training.items} == {(16, 16), (16, 32)}
    assert {(clip.format.height, clip.format.width) for clip in validation.items} == {(16, 16)}
    held_out = {clip.captions for clip in validation.items}
    assert len(held_out) == 1 and not held_out & {clip.captions for clip in training.items}
    assert {clip.actions is not None for clip in training.items} == {True, False}
    assert all(clip.family == "own" and not clip.mirrors for clip in training.items)
    words = own.vocabulary_of(training)
    assert "bar" in words.words and len(words.unknown("a zebra")) == 1


def test_what_was_read_is_read_again_only_when_it_changes(tmp_path: Path) -> None:
    mine, kept = folder_of(tmp_path / "mine"), tmp_path / "kept"
    first = own.stage(kept, mine, TINY, 100, 100)[0]
    again = own.stage(kept, mine, TINY, 100, 100)[0]
    assert np.array_equal(first.clip(0), again.clip(0)) and len(list(kept.iterdir())) == 1
    table = mine / "captions.csv"
    table.write_text(table.read_text().replace("number 0", "number nought"))
    own.stage(kept, mine, TINY, 100, 100)
    assert len(list(kept.iterdir())) == 2


def test_a_fast_wide_video_is_thinned_and_its_middle_kept(tmp_path: Path) -> None:
    frames = np.zeros((20, 32, 128, 3), np.uint8)
    frames[:, :, 32:96] = np.arange(20, dtype=np.uint8)[:, None, None, None] + 100
    file = tmp_path / "a.npz"
    lens = np.tile([[40.0, 0, 63.5], [0, 40.0, 15.5], [0, 0, 1]], (20, 1, 1))
    np.savez(file, frames=frames, fps=32.0, world_from_camera=np.tile(np.eye(4), (20, 1, 1)), intrinsics=lens)
    rows = own.Row(file, ("a", "a", "a", "a"))
    (clip,) = own.clips_of(rows, TINY.replace(sizes=((16, 32),), lengths=(9,)))
    assert (clip.format.num_frames, clip.format.height, clip.format.width, clip.format.fps) == (9, 16, 32, 16)
    assert clip.frames[:, 8, 16, 0].tolist() == list(range(100, 118, 2)) and clip.frames.min() == 100
    assert clip.camera is not None
    np.testing.assert_allclose(clip.camera.intrinsics[0], [[20, 0, 15.5], [0, 20, 7.5], [0, 0, 1]])


@pytest.mark.parametrize(("fps", "kept"), [(24.0, 12.0), (23.976, 11.988), (40.0, 40 / 3), (8.0, 8.0)])
def test_a_rate_becomes_the_nearest_that_whole_frames_give(tmp_path: Path, fps: float, kept: float) -> None:
    np.savez(tmp_path / "a.npz", frames=picture(40, 16, 16, 0), fps=fps)
    first = next(own.clips_of(own.Row(tmp_path / "a.npz", ("a", "a", "a", "a")), TINY))
    assert first.format.fps == pytest.approx(kept)


def test_a_video_stays_held_out_when_others_are_added(tmp_path: Path) -> None:
    rows = [own.Row(tmp_path / f"{i // 9}/{i % 9}.mkv", ("a", "a", "a", "a")) for i in range(400)]
    held_out: set[Path] = set()
    for count in range(40, 401, 90):
        held, others = own._split(rows[:count], tmp_path)
        assert held_out <= {row.file for row in held} and not {row.file for row in others} & held_out
        held_out = {row.file for row in held}
    assert len(held_out) == pytest.approx(40, abs=15)
    assert [len(part) for part in own._split(rows[:2], tmp_path)] == [1, 1]


def test_no_more_videos_are_read_than_are_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, calls = own._read, []
    monkeypatch.setattr(own, "_read", lambda row: (calls.append(row), read(row))[1])
    training, validation = own.stage(tmp_path / "kept", folder_of(tmp_path / "mine"), TINY, 3, 1)
    assert (len(training), len(validation), len(calls)) == (3, 1, 3)  # a video gives two clips


def test_a_disk_that_is_full_at_the_end_of_reading_is_no_end(tmp_path: Path) -> None:
    mine, kept = folder_of(tmp_path / "mine", 3), tmp_path / "kept"
    with pytest.MonkeyPatch.context() as patched, pytest.raises(WsimError, match="full"):
        patched.setattr(Path, "replace", full_for("count", Path.replace))
        own.stage(kept, mine, TINY, 100, 100)
    assert len(own.stage(kept, mine, TINY, 100, 100)[0]) == 4


def test_a_long_table_is_read_in_one_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compared, equal = [], PurePath.__eq__
    for i in range(60):
        (tmp_path / f"{i}.mkv").touch()
    table("file,caption\n" + "".join(f"{i}.mkv,a\n" for i in range(60)))(tmp_path)
    monkeypatch.setattr(PurePath, "__eq__", lambda a, b: (compared.append(a), equal(a, b))[1])
    rows = read_table(tmp_path)
    monkeypatch.undo()
    assert len(rows) == 60 and len(compared) < 300


def test_jsonl_tables_may_have_shorter_captions(tmp_path: Path) -> None:
    mine = folder_of(tmp_path / "mine", 3)
    (mine / "captions.csv").unlink()
    first = {"file": "clip0.mkv", "caption": "a b c", "short": "a", "setting": "c"}
    records = [first, {"file": "clip1.npz", "caption": "d"}]
    (mine / "captions.jsonl").write_text("\n".join(map(json.dumps, records)))
    assert [row.captions for row in read_table(mine)] == [("a b c", "a b c", "a", "c"), ("d", "d", "d", "d")]


def full_for(name: str, replace: Callable[[Path, Path], Path]) -> Callable[[Path, Path], Path]:
    """Moves into place, but of one file, which finds no room."""

    def moved(partial: Path, path: Path) -> Path:
        if Path(path).name == name:
            raise OSError(errno.ENOSPC, "No space left on device")
        return replace(partial, path)

    return moved


def table(text: str) -> Callable[[Path], object]:
    return lambda mine: (mine / "captions.csv").write_text(text)


def told(**changes: object) -> Callable[[Path], object]:
    said = {"frames": np.zeros((9, 8, 8, 3), np.uint8), "fps": 16.0} | changes
    return lambda mine: np.savez(mine / "clip1.npz", **said)  # type: ignore[arg-type]


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "no table": (lambda mine: (mine / "captions.csv").unlink(), "nothing says what is to be seen"),
    "two tables": (lambda mine: (mine / "captions.jsonl").write_text("{}"), "two tables"),
    "no caption": (table("file,caption\nclip0.mkv,\n"), "has no caption"),
    "no column": (table("name,text\nclip0.mkv,a\n"), "has no file"),
    "no file": (table("file,caption\nclip9.mkv,a\n"), "no file 'clip9.mkv'"),
    "outside": (table("file,caption\n../secret.mkv,a\n"), "outside the folder"),
    "no clip": (table("file,caption\ncaptions.csv,a\n"), "'captions.csv' is no clip"),
    "twice": (table("file,caption\nclip0.mkv,a\nclip0.mkv,b\n"), "two captions"),
    "too few": (table("file,caption\nclip0.mkv,a\n"), "1 clips are too few"),
    "no text": (lambda mine: (mine / "captions.csv").write_bytes(b"file,caption\n\xff,a"), "cannot be read"),
    "damaged video": (lambda mine: (mine / "clip0.mkv").write_bytes(b"no video"), "clip0.mkv cannot be"),
    "damaged npz": (lambda mine: (mine / "clip1.npz").write_bytes(b"PK\x03\x04"), "clip1.npz cannot be"),
    "no frames": (lambda mine: np.savez(mine / "clip1.npz", fps=16.0), "no frames and fps"),
    "floats": (lambda mine: np.savez(mine / "clip1.npz", frames=np.zeros((9, 8, 8, 3)), fps=8.0), "float64"),
    "actions": (
        lambda mine: np.savez(
            mine / "clip1.npz", frames=np.zeros((9, 8, 8, 3), np.uint8), fps=8.0, actions=np.zeros((9, 3))
        ),
        "3 columns, and the model takes 12",
    ),
    "no number of actions": (told(actions=np.full((9, 12), np.nan)), "not all finite"),
    "words for actions": (told(actions=np.full((9, 12), "w")), "not all finite"),
    "no rate": (told(fps=np.nan), "nan a second"),
    "endless rate": (told(fps=np.inf), "inf a second"),
    "no pixels": (told(frames=np.zeros((9, 0, 8, 3), np.uint8)), "0, 8, 3"),
    "flat camera": (
        told(world_from_camera=np.zeros((9, 4, 4)), intrinsics=np.zeros((9, 3, 3))), "no rigid transforms"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_folders_are_refused(tmp_path: Path, name: str) -> None:
    spoil, message = BAD[name]
    mine = folder_of(tmp_path / "mine", 3)
    spoil(mine)
    with pytest.raises(WsimError, match=message) as refused:
        own.stage(tmp_path / "kept", mine, TINY, 100, 100)
    assert len(str(refused.value).splitlines()) == 3


def test_videos_that_are_too_short_are_refused(tmp_path: Path) -> None:
    long = TINY.replace(num_frames=25, lengths=(25,))
    with pytest.raises(WsimError, match=r"lasts 1\.56 s"):
        own.stage(tmp_path / "kept", folder_of(tmp_path / "mine"), long, 100, 100)


def test_the_command_refuses_in_three_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["--config", "nano", "--out", str(tmp_path / "out"), "--max-seconds", "1"]
    with pytest.raises(SystemExit) as stopped:
        main([*command, "--data", str(tmp_path / "nowhere")])
    assert stopped.value.code == 2
    assert capsys.readouterr().err.startswith("error: there is no such folder\n  in ")
    settings = parse([*command, "--data", "mine", "--prepared", "kept"])
    assert (settings.own, settings.data) == (Path("mine"), Path("kept"))
    said = "python -m wsim_reference.train --config nano --out DIR --data CLIPS --max-seconds 1"
    assert settings.command == said


def test_the_command_makes_a_model_of_a_folder_though_it_is_killed_on_the_way(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "wsim_reference.train", "--config", "nano", "--max-seconds", "2"]
    command += ["--data", str(folder_of(tmp_path / "mine")), "--out", str(tmp_path / "out")]
    first = subprocess.Popen(command)
    while not (tmp_path / "out" / "autoencoder.state.safetensors").exists():
        assert first.poll() is None
        time.sleep(0.05)
    second = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert second.returncode == 2 and "the run is being written by process" in second.stderr
    workers = psutil.Process(first.pid).children(recursive=True)
    first.kill()
    assert psutil.wait_procs(workers, timeout=60)[1] == []  # nobody goes on by himself
    subprocess.run(command, check=True, timeout=600)
    folder = tmp_path / "out" / "weights" / "16x"
    model = ReferenceModel(folder, SamplerSettings(steps=2), "cpu")
    (video,) = model.generate([Request(9, (32, 48), 16.0, 0, "a red bar moves")])
    assert video.frames.shape == (9, 32, 48, 3)
    card = (folder / "MODEL_CARD.md").read_text()
    assert "10 clips of the user's own" in card and "| own | 2 |" in card
    assert (
        "\n    python -m wsim_reference.train --config nano --out DIR --data CLIPS --max-seconds 2\n" in card
    )
    assert "image to video" in card and "text: one or two" not in card


def test_torchrun_starts_the_same_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m"]
    command += ["wsim_reference.train", "--config", "nano", "--max-seconds", "2"]
    command += ["--data", str(folder_of(tmp_path / "mine")), "--out", str(tmp_path / "out")]
    subprocess.run(command, check=True, timeout=600, env=os.environ | {"GLOO_SOCKET_IFNAME": "lo"})
    head = json.loads((tmp_path / "out" / "weights" / "16x" / "config.json").read_text())
    assert head["train"]["processes"] == 2

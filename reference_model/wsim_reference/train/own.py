"""Own clips: a folder of videos and a table of captions, cut and resized to what the model is trained on.

A picture is scaled to cover the nearest shape among the sizes of the model, and its middle is kept. A rate
that is a multiple of the model's is thinned to it. A long video gives several clips, one after another.
"""

import hashlib
import itertools
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from jaxtyping import UInt8

from wsim.contracts import Camera, ClipFormat, Json, digest_of
from wsim.errors import WsimError
from wsim.runs.durable import write_whole
from wsim.video import VideoError, read_video
from wsim_reference.asked import camera_problem
from wsim_reference.config import ModelConfig
from wsim_reference.frames import Frames
from wsim_reference.text import Vocabulary, split_words
from wsim_reference.train.compact import pack
from wsim_reference.train.data import Clip, Clips, open_clips, write_shard
from wsim_reference.train.table import Row, read_table

Resized = UInt8[np.ndarray, "time rows columns 3"]

HELD_OUT = 0.1  # of the videos, at least one
MOST_WORDS = 4096
_SHARD = 32


def stage(
    folder: Path, own: Path, config: ModelConfig, clips: int, validation_clips: int
) -> tuple[Clips, Clips]:
    """The clips for training and for validation, read from `own` unless they are in `folder` already.

    Args:
        folder: where they are kept as the training reads them.
        own: the user's folder, with `captions.csv` or `captions.jsonl`.
        config: its sizes, lengths and rate are those of the clips.
        clips: at most so many for training; `validation_clips` likewise.
        validation_clips: of videos that no training clip comes from.

    Raises:
        WsimError: no table, no such file, a file that is no video, or too few that are long enough.
    """
    rows = read_table(own)
    stamps: list[Json] = [
        [row.file.name, row.file.stat().st_size, row.file.stat().st_mtime_ns, *row.captions] for row in rows
    ]
    formats = f"{config.clip} {config.sizes} {config.lengths} {clips} {validation_clips}"
    folder = folder / f"own-{digest_of([formats, stamps])[:8]}"
    held_out, others = _split(rows, own)
    plans = (
        ("training", others, config, clips),
        ("validation", held_out, config.replace(sizes=(), lengths=(config.num_frames,)), validation_clips),
    )
    training, validation = (_kept(folder / name, part, own, sizes, most) for name, part, sizes, most in plans)
    return training, validation


def vocabulary_of(clips: Clips) -> Vocabulary:
    """The words of the captions, the commonest ones if they are very many."""
    counts: dict[str, int] = {}
    for word in (word for texts in clips.captions for text in texts for word in split_words(text)):
        counts[word] = counts.get(word, 0) + 1
    often = sorted(counts, key=lambda word: (-counts[word], word))[:MOST_WORDS]
    return Vocabulary(tuple(sorted(often)))


def _split(rows: Sequence[Row], own: Path) -> tuple[list[Row], list[Row]]:
    """Videos that are held out and the others, at least one of each.

    A number that follows from its name says where a video belongs, so it stays there when others are added.
    """

    def place(row: Row) -> float:
        name = row.file.relative_to(own).as_posix()
        return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") / 2**64

    many = sum(place(row) < HELD_OUT for row in rows)
    many = min(max(1, many), len(rows) - 1)
    order = sorted(rows, key=place)
    return order[:many], order[many:]


def _kept(folder: Path, rows: Sequence[Row], own: Path, config: ModelConfig, most: int) -> Clips:
    """Clips on disk, in shards of one format."""
    done = folder / "count"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        clips = list(itertools.islice((clip for row in rows for clip in clips_of(row, config)), most))
        _check_enough(clips, rows, own, config)
        parts = [
            part.items[start : start + _SHARD]
            for part in Clips(clips).by_bucket().values()
            for start in range(0, len(part), _SHARD)
        ]
        for number, part in enumerate(parts):
            write_shard(folder / f"{number:05}", part)
        write_whole(done, f"{len(parts)}")
    return open_clips(folder, range(int(done.read_text(encoding="utf-8"))), most)


def _check_enough(clips: Sequence[Clip], rows: Sequence[Row], own: Path, config: ModelConfig) -> None:
    if not any(clip.format.num_frames == config.num_frames for clip in clips):
        seconds = config.num_frames / config.fps
        raise WsimError(
            f"none of {len(rows)} videos, of which some are held out, lasts {seconds:.2f} s",
            where=str(own),
            remedy=f"give at least two videos of {config.num_frames} frames at {config.fps:g} a second",
        )


def clips_of(row: Row, config: ModelConfig) -> Iterator[Clip]:
    """The clips of a video, one after another: the longest that it has room for, then of what is left.

    Raises:
        WsimError: it is no video.
    """
    video, fps, camera, actions = _read(row)
    kinds = config.transformer.action_kinds
    if actions is not None and actions.shape[1] != kinds:
        raise _no_video(row.file, f"its actions have {actions.shape[1]} columns, and the model takes {kinds}")
    stride = _stride(fps, config.fps)
    shown = video[::stride]
    sizes = dict.fromkeys([(config.height, config.width), *config.sizes])
    shape = np.log(video.shape[1] / video.shape[2])
    height, width = min(sizes, key=lambda size: abs(np.log(size[0] / size[1]) - shape))
    lengths = sorted({config.num_frames, *(n for n in config.lengths if n > 1)}, reverse=True)
    lengths = [n for n in lengths if n <= config.num_frames]
    start = 0
    while fitting := [n for n in lengths if start + n <= len(shown)]:
        part = slice(start, start + fitting[0])
        yield Clip(
            ClipFormat(fitting[0], height, width, fps / stride),
            "own",
            row.captions,
            pack(resized(shown[part], height, width)),
            _seen(camera, video.shape[1:3], (height, width), stride, part),
            None if actions is None else _held(actions, stride)[part],
            mirrors=False,  # nobody has said that left and right may change places
        )
        start += fitting[0]


def _stride(fps: float, wanted_fps: float) -> int:
    """Every how many frames the rate is nearest to the one that is wanted."""
    fewer = max(1, math.floor(fps / wanted_fps))
    return min((fewer, fewer + 1), key=lambda stride: abs(fps / stride - wanted_fps))


def resized(frames: Frames, height: int, width: int) -> Resized:
    """Scaled to cover that size, and the middle of it."""
    import cv2

    scale = max(height / frames.shape[1], width / frames.shape[2])
    covering = max(width, round(frames.shape[2] * scale)), max(height, round(frames.shape[1] * scale))
    x, y = (covering[0] - width) // 2, (covering[1] - height) // 2
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    scaled = [cv2.resize(frame, covering, interpolation=way) for frame in frames]
    return np.stack([frame[y : y + height, x : x + width] for frame in scaled])


def _seen(
    camera: Camera | None, before: tuple[int, int], size: tuple[int, int], stride: int, part: slice
) -> Camera | None:
    """The camera of a clip that was thinned, scaled and cut."""
    if camera is None:
        return None
    scale = max(size[0] / before[0], size[1] / before[1])
    lens = camera.intrinsics[::stride][part].copy()
    lens[:, :2, :2] *= scale
    middles = [((b - 1) / 2, (s - 1) / 2) for b, s in zip(before[::-1], size[::-1], strict=True)]
    for axis, (old, new) in enumerate(middles):
        lens[:, axis, 2] = (lens[:, axis, 2] - old) * scale + new
    return Camera(camera.world_from_camera[::stride][part], lens)


def _held(actions: np.ndarray, stride: int) -> np.ndarray:
    """What is pressed between the frames that are kept: anything pressed in one of those left out."""
    starts = np.arange(0, len(actions), stride)
    return np.maximum.reduceat(actions, starts, axis=0)


def _read(row: Row) -> tuple[Frames, float, Camera | None, np.ndarray | None]:
    """Frames, rate, and what an npz file may say besides."""
    if row.file.suffix == ".npz":
        return _read_npz(row)
    try:
        video = read_video(row.file)
    except VideoError as error:
        raise _no_video(row.file, error.problem) from error
    return video.frames, video.fps, None, None


def _read_npz(row: Row) -> tuple[Frames, float, Camera | None, np.ndarray | None]:
    try:
        with np.load(row.file, allow_pickle=False) as data:
            arrays = {name: data[name] for name in data.files}
        frames, fps = arrays["frames"], float(arrays["fps"])
    except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise _no_video(row.file, f"it has no frames and fps: {error}") from error
    pictures = frames.dtype == np.uint8 and frames.ndim == 4 and frames.shape[3] == 3 and frames.size > 0
    if not (pictures and 0 < fps < math.inf):
        raise _no_video(row.file, f"its frames are {frames.dtype}{list(frames.shape)} at {fps:g} a second")
    camera = None
    if "world_from_camera" in arrays:
        camera = Camera(arrays["world_from_camera"], arrays.get("intrinsics", np.zeros(0)))
        if problem := camera_problem(camera, len(frames)):
            raise _no_video(row.file, problem)
    actions = arrays.get("actions")
    if actions is not None and (actions.ndim != 2 or len(actions) != len(frames)):
        raise _no_video(row.file, f"its actions have the shape {actions.shape}")
    if actions is not None and not (actions.dtype.kind in "biuf" and np.isfinite(actions).all()):
        raise _no_video(row.file, "its actions are not all finite numbers")
    return frames, fps, camera, None if actions is None else actions.astype(np.float64)


def _no_video(path: Path, problem: str) -> WsimError:
    return WsimError(
        f"{path.name} cannot be trained on: {problem}",
        where=str(path),
        remedy="give a video file, or an npz with frames uint8[time height width 3] and fps; "
        "camera and actions are for every frame",
    )

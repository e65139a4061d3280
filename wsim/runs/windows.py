"""Reading videos of any length in bounded memory: a few stretches of neighbouring frames, spread evenly.

Things are followed from frame to frame, so frames are never skipped inside a stretch. Pictures whose short
side is above 512 are made smaller; nothing that is measured needs more.

Axis letters: `time` frames, `height` and `width` pixels.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8

from wsim.contracts import ClipFormat
from wsim.errors import WsimError
from wsim.perception.tracks import SHORT_SIDE, one_thread
from wsim.video import Video, VideoError, decode_video

SUFFIXES = (".mp4", ".mkv", ".webm", ".mov", ".gif", ".avi", ".m4v")
MOST_FRAMES = 240  # of one stretch: 10 s at 24 frames a second, at most 340 MB
STRETCHES = 3
_UNEVEN = 1.6  # longest over usual time between frames
_WHOLE = 0.9  # of the declared length: containers round


class Unreadable(Exception):
    """A file that says nothing; the message is a short stable reason."""


@dataclass(frozen=True)
class Survey:
    """What a container says of its video, before anything is decoded."""

    frames: int
    fps: float
    height: int = 1
    width: int = 1

    @property
    def format(self) -> ClipFormat:
        """As a clip."""
        return ClipFormat(self.frames, self.height, self.width, round(self.fps, 3))


@dataclass(frozen=True)
class Stretch:
    """Some neighbouring frames of a file.

    Attributes:
        video: the frames.
        first: the frame of the file that the stretch begins with.
        total: frames in the file.
        scale: size over the size in the file.
    """

    video: Video
    first: int
    total: int
    scale: float


def survey(path: Path) -> Survey:
    """Count the frames of a file and check that they are evenly spaced in time.

    Raises:
        Unreadable: an empty file, no video, fewer frames than declared, or frames at varying intervals.
    """
    import av

    try:
        if path.stat().st_size == 0:
            raise Unreadable("empty file")
        with av.open(str(path)) as source:
            if not source.streams.video:
                raise Unreadable("not a video")
            stream = source.streams.video[0]
            rate = float(stream.average_rate or stream.guessed_rate or 0)
            height, width = max(stream.height, 1), max(stream.width, 1)
            declared_s = _declared_s(source)
            packets = [packet.pts for packet in source.demux(stream) if packet.size]
    except (av.error.FFmpegError, OSError) as error:
        raise Unreadable("not a video") from error
    if not packets or not rate > 0:
        raise Unreadable("not a video")
    times = np.sort([pts for pts in packets if pts is not None])
    steps = np.diff(times)
    if len(steps) > 1 and steps.max() > _UNEVEN * max(float(np.median(steps)), 1.0):
        raise Unreadable("variable frame rate")
    if len(packets) < _WHOLE * declared_s * rate - 1:
        raise Unreadable("truncated video")
    return Survey(len(packets), rate, height, width)


def _declared_s(source: Any) -> float:
    """How long the container says that its pictures last; 0 where it does not say. Sound may last longer."""
    stream = source.streams.video[0]
    if stream.duration:
        return float(stream.duration * stream.time_base)
    return float(source.duration or 0) / 1e6 if len(source.streams) == 1 else 0.0


def starts(found: Survey, *, most: int = MOST_FRAMES, event_s: float | None = None) -> tuple[int, ...]:
    """The first frames of the stretches that are read: all of a short file, else a few, or one event's.

    Example:
        >>> starts(Survey(100, 24.0)), starts(Survey(1000, 24.0), most=200)
        ((0,), (0, 400, 800))
    """
    last = found.frames - most
    if last <= 0:
        return (0,)
    if event_s is not None:
        return (int(np.clip(round(event_s * found.fps) - most // 2, 0, last)),)
    return tuple(int(start) for start in np.linspace(0, last, STRETCHES).round())


def stretches(
    path: Path, found: Survey, begins: Sequence[int], *, most: int = MOST_FRAMES
) -> Iterator[Stretch]:
    """Read the wanted stretches in order, one in memory at a time (two where they overlap).

    Raises:
        Unreadable: the file is damaged or truncated before the end of what is wanted.
    """
    held: dict[int, list[UInt8[np.ndarray, "height width 3"]]] = {}
    waiting, scale, rate = list(begins), 1.0, found.fps
    try:
        for index, (frame, rate) in enumerate(decode_video(path)):
            held |= {begin: [] for begin in waiting if begin == index}
            small, scale = _reduced(frame)
            for begin, frames in held.items():
                if index < begin + most:
                    frames.append(small)
            for begin in [b for b in held if index + 1 == b + most]:
                waiting.remove(begin)
                yield _stretch(held.pop(begin), begin, found, rate, scale)
            if not waiting:
                return
    except WsimError as error:
        raise Unreadable(_reason(error)) from error
    for begin in waiting:
        if not held.get(begin):
            raise Unreadable("truncated video")
        yield _stretch(held[begin], begin, found, rate, scale)


def _stretch(
    frames: list[UInt8[np.ndarray, "height width 3"]], begin: int, found: Survey, rate: float, scale: float
) -> Stretch:
    if len({frame.shape for frame in frames}) > 1:
        raise Unreadable("size changes")
    return Stretch(Video(np.stack(frames), rate or found.fps), begin, found.frames, scale)


def _reason(error: WsimError) -> str:
    if isinstance(error, VideoError) and "truncated" in error.problem:
        return "truncated video"
    return "damaged video"


def _reduced(
    frame: UInt8[np.ndarray, "height width 3"],
) -> tuple[UInt8[np.ndarray, "rows columns 3"], float]:
    import cv2

    height, width = frame.shape[:2]
    scale = SHORT_SIDE / min(height, width)
    if scale >= 1.0:
        return frame, 1.0
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    with one_thread():
        return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), dtype=np.uint8), scale

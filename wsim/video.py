"""`Video`, and reading and writing of video files.

Axis letters: `time` frames, `height` and `width` pixels, 3 sRGB channels.
What is measured is stored with FFV1 (exact); what people look at with H.264.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from io import BytesIO
from pathlib import Path

import numpy as np
from jaxtyping import Float64, UInt8

from wsim.errors import WsimError

Frames = UInt8[np.ndarray, "time height width 3"]


class VideoError(WsimError):
    """A video file that cannot be read whole, or cannot be written."""


@dataclass(frozen=True)
class Video:
    """A clip in memory.

    Attributes:
        frames: `uint8[time height width 3]`, sRGB.
        fps: frames per second at which the clip is meant to be seen.
    """

    frames: Frames
    fps: float

    def __post_init__(self) -> None:
        frames = self.frames
        if frames.ndim != 4 or frames.shape[-1] != 3 or frames.dtype != np.uint8:
            raise WsimError(
                f"a video must be uint8[time height width 3], not {frames.dtype}{list(frames.shape)}",
                where="Video(frames=...)",
                remedy="convert the frames to uint8 RGB first, for example `(255 * x.clip(0, 1)).round()`",
            )
        if not (np.isfinite(self.fps) and self.fps > 0):
            raise WsimError(
                f"frame rate must be a positive number, not {self.fps!r}",
                where="Video(fps=...)",
                remedy="give the frames per second at which the clip is meant to be seen",
            )

    def __len__(self) -> int:
        return int(self.frames.shape[0])

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return int(self.frames.shape[1]), int(self.frames.shape[2])

    @cached_property
    def digest(self) -> str:
        """SHA-256 over shape, frame rate and pixels; never over a file."""
        head = f"wsim.pixels/1|{self.frames.shape}|{float(self.fps)!r}|".encode()
        return hashlib.sha256(head + np.ascontiguousarray(self.frames).tobytes()).hexdigest()


def write_lossless(path: Path | BytesIO, video: Video) -> None:
    """Write FFV1 in Matroska: reading it back gives the same pixels, and the same bytes every time."""
    _encode(path, video, codec="ffv1", pix_fmt="bgr0", options={"level": "3"}, container={})


def write_preview(
    path: Path, video: Video, *, quality_crf: int = 18, preset: str = "medium", repeatable: bool = False
) -> None:
    """Write H.264 4:2:0 for browsers. Odd sizes are padded by repeating the last row or column.

    Args:
        path: of the file.
        video: at its own size.
        quality_crf: of x264, 0 to 51, the lower the better.
        preset: of x264, how long it may search: `veryfast` takes half as long as `medium`.
        repeatable: the same bytes whenever the same video is written. It takes a quarter more of them: x264's
            macroblock tree, which is left out, comes out otherwise now and then, on one thread too.
    """
    height, width = video.size
    frames = np.pad(video.frames, ((0, 0), (0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    _encode(
        path,
        Video(frames, video.fps),
        codec="libx264",
        pix_fmt="yuv420p",
        options={
            "crf": str(quality_crf),
            "preset": preset,
            **({"x264-params": "mbtree=0"} if repeatable else {}),
        },
        container={"movflags": "+faststart"},
    )


def _encode(
    path: Path | BytesIO,
    video: Video,
    *,
    codec: str,
    pix_fmt: str,
    options: dict[str, str],
    container: dict[str, str],
) -> None:
    import av
    from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

    height, width = video.size
    limited_709, colours = pix_fmt == "yuv420p", VideoReformatter()  # one for all: each starts threads
    try:
        named = isinstance(path, Path)  # a format goes by the name; what lies in memory has none
        place, kind = (str(path), None) if named else (path, "matroska")
        with av.open(place, "w", format=kind, options={"fflags": "+bitexact", **container}) as sink:
            stream = sink.add_stream(codec, rate=Fraction(video.fps).limit_denominator(1001), options=options)
            stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
            context = stream.codec_context
            context.thread_count = 1  # x264's output depends on the number of threads
            context.flags |= int(av.codec.context.Flags.bitexact)
            if limited_709:
                context.colorspace = context.color_primaries = context.color_trc = context.color_range = 1
            for frame in video.frames:
                picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
                if limited_709:
                    picture = colours.reformat(
                        picture,
                        format=pix_fmt,
                        dst_colorspace=Colorspace.ITU709,
                        dst_color_range=ColorRange.MPEG,
                    )
                for packet in stream.encode(picture):
                    sink.mux(packet)
            for packet in stream.encode():
                sink.mux(packet)
    except av.error.FFmpegError as error:
        raise VideoError(
            f"cannot write a {width}x{height} {codec} video: {error}",
            where=_name(path),
            remedy="check that the folder is writable and the disk is not full",
        ) from error


def read_video(path: Path | BytesIO) -> Video:
    """Read a whole video file, from disk or from memory.

    Raises:
        VideoError: the file is missing, damaged, truncated, or holds no video. A file that decodes to
            fewer frames than its container declares counts as truncated: decoders pass over it silently.
    """
    frames, fps = [], 0.0
    for frame, rate in decode_video(path):
        frames.append(frame)
        fps = rate
    return Video(np.stack(frames), fps)


def read_times(path: Path) -> Float64[np.ndarray, " time"]:
    """Presentation times in seconds of every frame, for files of variable frame rate."""
    import av

    with av.open(str(path)) as source:
        stream = source.streams.video[0]
        return np.array([float(f.pts * f.time_base) for f in source.decode(stream) if f.pts is not None])


def decode_video(path: Path | BytesIO) -> Iterator[tuple[UInt8[np.ndarray, "height width 3"], float]]:
    """Every frame of a file with the frame rate, one at a time.

    Raises:
        VideoError: as `read_video`; what is wrong with the end is known only there.
    """
    import av
    from av.video.reformatter import VideoReformatter

    count, colours = 0, VideoReformatter()
    try:
        with av.open(str(path) if isinstance(path, Path) else path) as source:
            if not source.streams.video:
                raise VideoError("no video stream", where=_name(path), remedy="give a video file")
            stream = source.streams.video[0]
            stream.thread_type = "AUTO"
            stream.codec_context.options = {"err_detect": "explode"}
            declared = stream.frames
            rate = float(stream.average_rate or stream.guessed_rate or 0)
            for picture in source.decode(stream):
                count += 1
                yield colours.reformat(picture, format="rgb24").to_ndarray(), rate
    except (av.error.FFmpegError, OSError) as error:
        raise VideoError(
            f"cannot decode the video after {count} frames: {error}",
            where=_name(path),
            remedy="the file is missing, damaged or not a video; write it again",
        ) from error
    if count == 0 or (declared and declared != count):
        raise VideoError(
            f"the video is truncated: {count} of {declared or 'an unknown number of'} frames decode",
            where=_name(path),
            remedy="write the file again; a half-written video is never scored",
        )


def _name(path: Path | BytesIO) -> str:
    return str(path) if isinstance(path, Path) else "a video in memory"

"""What happens to videos on their way, and must not be taken for a broken law: codecs, blur, noise, scaling.

Axis letters: `time` frames, `height` and `width` pixels.
"""

import tempfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter

from wsim.perception.tracks import one_thread
from wsim.video import Video, read_video, write_preview

Nuisance = Callable[[Video], Video]

_BLUR = 1 / 64  # of the height: one pixel at 64 rows
_NOISE = 5.0  # grey levels


def h264(crf: int) -> Nuisance:
    """Through H.264 and back."""

    def coded(video: Video) -> Video:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "clip.mp4"
            write_preview(path, video, quality_crf=crf)
            frames = read_video(path).frames
        height, width = video.size
        return Video(frames[: len(video), :height, :width], video.fps)

    return coded


def blurred(video: Video) -> Video:
    """Softer by a pixel of a picture of 64 rows."""
    sigma = _BLUR * video.size[0]
    soft = gaussian_filter(video.frames.astype(np.float32), (0.0, sigma, sigma, 0.0))
    return Video(soft.round().clip(0, 255).astype(np.uint8), video.fps)


def noisy(video: Video) -> Video:
    """Normal noise of 5 grey levels, seeded by the pixels."""
    rng = np.random.default_rng(zlib.crc32(video.frames.tobytes()))
    grain = rng.normal(0.0, _NOISE, video.frames.shape)
    return Video((video.frames + grain).round().clip(0, 255).astype(np.uint8), video.fps)


def half_size(video: Video) -> Video:
    """Shrunk to half and enlarged again."""
    height, width = video.size
    small = (max(1, width // 2), max(1, height // 2))
    with one_thread():
        frames = [
            cv2.resize(
                cv2.resize(f, small, interpolation=cv2.INTER_AREA),
                (width, height),
                interpolation=cv2.INTER_CUBIC,
            )
            for f in video.frames
        ]
    return Video(np.stack(frames).astype(np.uint8), video.fps)


def half_rate(video: Video) -> Video:
    """Every second frame shown twice, as a converter of frame rates does."""
    return Video(video.frames[np.arange(len(video)) // 2 * 2], video.fps)


def brighter(video: Video) -> Video:
    """A tenth more light."""
    return Video((video.frames * 1.1).round().clip(0, 255).astype(np.uint8), video.fps)


NUISANCES: Mapping[str, Nuisance] = {
    "h264 crf 23": h264(23),
    "h264 crf 35": h264(35),
    "blur": blurred,
    "noise": noisy,
    "half size": half_size,
    "half rate": half_rate,
    "brighter": brighter,
}

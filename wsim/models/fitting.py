"""Holding a finished video to the clip that was asked for, or bringing it to it.

Axis letters: `time` frames, `height` and `width` pixels.
"""

from typing import Literal, TypeAlias

import numpy as np

from wsim.contracts import ClipFormat
from wsim.errors import WsimError
from wsim.video import Video

Fit: TypeAlias = Literal["refuse", "resample"]

FPS_TOLERANCE = 0.01  # containers round: GIF counts hundredths of a second, 23.976 is 24000/1001
ASPECT_TOLERANCE = 0.03  # sizes are rounded to multiples of 8, 16 or 32
TIME_TOLERANCE = 0.5  # of a frame: how much too short a video may be


def fitted(video: Video, clip: ClipFormat, *, name: str, where: str, fit: Fit = "refuse") -> Video:
    """The video at the clip's own size, length and rate.

    Args:
        video: as it was delivered.
        clip: what was asked for.
        name: of the video, for the error.
        where: its path or address.
        fit: `refuse` takes nothing but what was asked for; `resample` scales pictures of the same shape,
            takes the frame that is nearest in time, and drops what comes after the end.

    Raises:
        WsimError: what differs and may not, with got and wanted.
    """
    if fit == "refuse":
        _hold(video, clip, name, where)
        return Video(video.frames, clip.fps)
    return _resized(_retimed(video, clip, name, where), clip, name, where)


def _hold(video: Video, clip: ClipFormat, name: str, where: str) -> None:
    (height, width), length = video.size, len(video)
    same_size = (height, width) == (clip.height, clip.width)
    checks = (
        ("size", f"{width}x{height}", f"{clip.width}x{clip.height}", same_size),
        ("length", f"{length} frames", f"{clip.num_frames}", length == clip.num_frames),
        ("rate", f"{video.fps:g} fps", f"{clip.fps:g}", _same_rate(video.fps, clip.fps)),
    )
    for quantity, got, wanted, fits in checks:
        if not fits:
            raise WsimError(
                f"wrong {quantity}: {name} has {got}, {wanted} was asked for",
                where=where,
                remedy="make the video again as asked, or resample what lasts long enough: -m fit=resample",
            )


def _retimed(video: Video, clip: ClipFormat, name: str, where: str) -> Video:
    """The frames nearest to the times that were asked for, from the beginning on."""
    times = np.arange(clip.num_frames) * video.fps / clip.fps
    if _same_rate(video.fps, clip.fps):
        times = np.arange(clip.num_frames, dtype=np.float64)
    if times[-1] > len(video) - 1 + TIME_TOLERANCE:
        got, wanted = (len(video) - 1) / video.fps, clip.duration_s
        raise WsimError(
            f"too short: {name} lasts {got:.3g} s, {wanted:.3g} s were asked for",
            where=where,
            remedy="make a longer video; what comes after the end of the clip is dropped",
        )
    nearest = np.minimum(np.floor(times + 0.5).astype(int), len(video) - 1)
    return Video(video.frames[nearest], clip.fps)


def _resized(video: Video, clip: ClipFormat, name: str, where: str) -> Video:
    height, width = video.size
    if (height, width) == (clip.height, clip.width):
        return video
    if abs(np.log(width / height * clip.height / clip.width)) > ASPECT_TOLERANCE:
        raise WsimError(
            f"wrong shape: {name} is {width}x{height}, {clip.width}x{clip.height} was asked for",
            where=where,
            remedy="crop or pad it yourself: that would change what is seen; only the same shape is scaled",
        )
    import cv2

    shrinks = width * height > clip.width * clip.height
    how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    frames = [cv2.resize(frame, (clip.width, clip.height), interpolation=how) for frame in video.frames]
    return Video(np.stack(frames).astype(np.uint8), clip.fps)


def _same_rate(got: float, wanted: float) -> bool:
    return abs(got - wanted) <= FPS_TOLERANCE * wanted

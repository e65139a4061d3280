"""Video files from elsewhere, looked at before they are unpacked: a small file can hold a huge picture."""

from io import BytesIO

import numpy as np

from wsim.contracts import ClipFormat
from wsim.errors import WsimError
from wsim.video import Video, VideoError, decode_video

SLACK = 8  # times the frames and pixels asked for that are still unpacked
FEWEST_FRAMES, FEWEST_PIXELS = 256, 1 << 20  # that are unpacked however little was asked for
_BYTES_PER_PIXEL = 4  # no codec needs more than the bare pixels and a little


def largest_bytes(clip: ClipFormat) -> int:
    """How large a file may be that answers a request for a clip."""
    frames, pixels = _most(clip)
    return 1 << 20 | frames * pixels * _BYTES_PER_PIXEL


def decode_received(data: bytes, clip: ClipFormat, *, where: str) -> Video:
    """The video in a file that somebody sent: Matroska, WebM or MP4.

    Args:
        data: the file.
        clip: what was asked for; bounds what is unpacked, but need not be met.
        where: it came from, for the error.

    Raises:
        WsimError: another container (playlists could name files of this machine), far too many frames or
            pixels, or a file that cannot be read whole.
    """
    if not (data[:4] == b"\x1aE\xdf\xa3" or data[4:8] == b"ftyp"):
        raise _refused("what came is neither Matroska, WebM nor MP4", where)
    most_frames, most_pixels = _most(clip)
    _check_header(data, most_pixels, where)
    frames, fps = [], clip.fps
    try:
        for frame, rate in decode_video(BytesIO(data)):
            frames.append(frame)
            fps = rate or fps
            if len(frames) > most_frames or frame.shape[0] * frame.shape[1] > most_pixels:
                raise _refused(f"far more than the {clip} that was asked for", where)
            if frame.shape != frames[0].shape:
                raise _refused("the size changes within the video", where)
    except VideoError as error:
        raise WsimError(error.problem, where=where, remedy="the file was damaged or cut off") from error
    return Video(np.stack(frames), fps)


def _check_header(data: bytes, most_pixels: int, where: str) -> None:
    import av

    try:
        with av.open(BytesIO(data)) as source:
            sizes = [stream.height * stream.width for stream in source.streams.video]
    except (av.error.FFmpegError, OSError) as error:
        raise _refused(f"what came is no video: {error}", where) from error
    if not sizes or max(sizes) > most_pixels:
        raise _refused("what came has no pictures, or far too large ones", where)


def _most(clip: ClipFormat) -> tuple[int, int]:
    pixels = SLACK * clip.height * clip.width
    return max(FEWEST_FRAMES, SLACK * clip.num_frames), max(FEWEST_PIXELS, pixels)


def _refused(problem: str, where: str) -> WsimError:
    return WsimError(problem, where=where, remedy="send the clip that was asked for as .mkv, .webm or .mp4")

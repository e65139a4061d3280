"""Pictures and clips as files, for the verbs that read or write them.

Axis letters: `time` frames, `height` and `width` pixels.
"""

from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from wsim.errors import WsimError
from wsim.video import Frames, Video, write_lossless, write_preview

GAP = 4
SHEET_COLUMNS = 8


def write_png(path: Path, picture: UInt8[np.ndarray, "height width 3"]) -> None:
    """Write sRGB.

    Raises:
        WsimError: the place cannot be written to.
    """
    import cv2

    encoded, data = cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]))
    assert encoded
    path.write_bytes(data.tobytes())


def read_picture(path: Path) -> UInt8[np.ndarray, "height width 3"]:
    """Read a picture as sRGB.

    Raises:
        WsimError: it is missing or no picture.
    """
    import cv2

    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise WsimError(
            f"cannot read the picture: {error.strerror}", where=str(path), remedy="give a PNG"
        ) from error
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if picture is None:
        raise WsimError("not a picture", where=str(path), remedy="give a PNG or a JPEG")
    return np.ascontiguousarray(picture[..., ::-1])


def write_clip(path: Path, video: Video) -> None:
    """Exact when the name ends in `.mkv`, otherwise H.264 for browsers.

    Raises:
        WsimError: the place cannot be written to, or the suffix is another.
    """
    if path.suffix not in (".mkv", ".mp4"):
        raise WsimError(
            f"cannot write {path.suffix or 'a file without suffix'!r}",
            where=str(path),
            remedy="end it in .mkv or .mp4",
        )
    (write_lossless if path.suffix == ".mkv" else write_preview)(path, video)


def contact_sheet(clips: list[Frames]) -> UInt8[np.ndarray, "rows columns 3"]:
    """One row a clip, eight frames of it from the first to the last."""
    rows = []
    for frames in clips:
        chosen = np.linspace(0, len(frames) - 1, SHEET_COLUMNS).round().astype(int)
        padded = [np.pad(frames[i], ((GAP, 0), (GAP, 0), (0, 0)), constant_values=255) for i in chosen]
        rows.append(np.concatenate(padded, axis=1))
    return np.concatenate(rows, axis=0)

"""Masks and tracks that someone else's model made, read from a file: SAM 2, CoTracker and their kin.

`masks` file: an npz with `masks` `bool[object time height width]` (or uint8 0/1) and, if wanted, `names`.
`tracks` file: an npz with `points` `float[track time 2]` (x, y in pixels of the clip, the centre of the first
one at 0, 0) and `visible` `bool[track time]`. Nothing in it is ever unpickled, and nothing else is read.

Axis letters: `object` things, `track` points, `time` frames, `height` and `width` pixels.
"""

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64

from wsim.errors import WsimError
from wsim.perception.objects import Blob

_MASKS, _TRACKS = "masks", "tracks"
_MOST_BYTES = 2**30  # of all arrays that are read, unpacked: a small zip can be a terabyte of zeros


@dataclass(frozen=True)
class PointTracks:
    """Points over time; where one is not visible its position means nothing."""

    points: Float64[np.ndarray, "track time 2"]
    visible: Bool[np.ndarray, "track time"]


def read_masks(path: Path, frames: int, size: tuple[int, int]) -> list[list[Blob]]:
    """Blobs of every frame from a file of masks.

    Args:
        path: the npz file.
        frames: of the clip that the masks belong to.
        size: (height, width) of that clip.

    Raises:
        WsimError: no such file, no masks in it, or masks of another length or size.
    """
    arrays = _arrays(path, ("masks", "names"))
    masks = arrays.get("masks")
    if masks is None or masks.ndim != 4 or masks.shape[1:] != (frames, *size):
        raise _misfit(path, _MASKS, masks, f"[object, {frames}, {size[0]}, {size[1]}]")
    if masks.dtype != np.bool_ and not np.isin(np.unique(masks), (0, 1)).all():
        raise WsimError(
            "masks hold other values than 0 and 1", where=str(path), remedy="threshold them first"
        )
    names = arrays.get("names", np.array([f"object {k}" for k in range(len(masks))]))
    blobs: list[list[Blob]] = [[] for _ in range(frames)]
    for name, film in zip(names.tolist(), masks.astype(bool), strict=False):
        for frame, mask in enumerate(film):
            if mask.any():
                blobs[frame].append(_blob(mask, frame, str(name)))
    return blobs


def read_tracks(path: Path, frames: int) -> PointTracks:
    """Point tracks from a file.

    Raises:
        WsimError: no such file, no tracks in it, tracks of another length, or positions that are not finite.
    """
    arrays = _arrays(path, ("points", "visible"))
    points, visible = arrays.get("points"), arrays.get("visible")
    if points is None or points.dtype.kind not in "fiu" or points.shape[1:] != (frames, 2):
        raise _misfit(path, _TRACKS, points, f"[track, {frames}, 2]")
    if visible is None or visible.shape != points.shape[:2]:
        raise _misfit(path, "visible", visible, f"[{points.shape[0]}, {frames}]")
    seen = visible.astype(bool)
    if not np.isfinite(points[seen]).all():
        raise WsimError(
            "a visible point has no finite position", where=str(path), remedy="mark it as not visible"
        )
    return PointTracks(points.astype(np.float64), seen)


def _arrays(path: Path, wanted: tuple[str, ...]) -> dict[str, Any]:
    """Those of the wanted arrays that are there, none of which is looked at before its size is known."""
    try:
        with zipfile.ZipFile(path) as file:
            parts = [part for part in file.infolist() if part.filename.removesuffix(".npy") in wanted]
        if (size := sum(part.file_size for part in parts)) > _MOST_BYTES:
            raise ValueError(f"its arrays hold {size} bytes, {_MOST_BYTES} at most are read")
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in wanted if name in file}
    except (OSError, EOFError, ValueError, TypeError, MemoryError, zipfile.BadZipFile, zlib.error) as error:
        raise WsimError(
            f"cannot be read as an npz file: {error}",
            where=str(path),
            remedy="write it with numpy.savez_compressed, arrays of numbers only",
        ) from error


def _misfit(path: Path, what: str, found: Any, wanted: str) -> WsimError:
    shape = "none" if found is None else str(list(found.shape))
    return WsimError(
        f"{what}: the shape is {shape}, the clip needs {wanted}",
        where=str(path),
        remedy="make them from the very frames that are measured",
    )


def _blob(mask: Bool[np.ndarray, "height width"], frame: int, name: str) -> Blob:
    rows, columns = np.nonzero(mask)
    box = (int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
    border = box[0] == 0 or box[1] == 0 or box[2] == mask.shape[1] or box[3] == mask.shape[0]
    return Blob(frame, name, float(columns.mean()), float(rows.mean()), float(len(rows)), box, border)

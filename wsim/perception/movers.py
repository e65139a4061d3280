"""Things that move, in any video: what departs from the background, told apart by its colour.

No palette is known here. The background is the median of the frames, laid over one another first when the
camera moves; what differs from it by much more than noise is a thing. Things of like colour share a name,
so that `identities` can join them as it joins objects of the palette.

Axis letters: `time` frames, `height` and `width` pixels.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, UInt8
from scipy.ndimage import binary_opening, label

from wsim.perception.alignment import align
from wsim.perception.colour import lab
from wsim.perception.objects import Blob
from wsim.perception.soft import soften
from wsim.perception.tracks import at_tracking_size, follow

_LEAST_LAB = 12.0  # difference from the background, however quiet the picture
_TIMES_NOISE = 6.0
_LEAST_SHARE = 0.0015  # of the picture: smaller things are dropped
# "Things" that cover more of the picture are a background that was not understood; parallax looks like that.
_LARGEST_SHARE, _LARGEST_SHARE_MOVING = 0.4, 0.12
_SAME_COLOUR_LAB = 25.0
_SAMPLES = 15  # frames that make the background
_SAME_LAB = 5.0
_TRACKED, _LEAST_TRACKS, _STILL_PX = 7, 12, 6.0  # frames, tracks, and how far they may stray at 512


@dataclass(frozen=True)
class Movers:
    """What moves, and before what.

    Attributes:
        blobs: of every frame; `colour` is a name like `thing 0` shared by things of like colour.
        masks: where they are.
        background: the scene without them, as seen in the first frame.
        camera_moved: whether the frames had to be laid over one another.
    """

    blobs: list[list[Blob]]
    masks: Bool[np.ndarray, "time height width"]
    background: UInt8[np.ndarray, "height width 3"]
    camera_moved: bool


def find_movers(frames: UInt8[np.ndarray, "time height width 3"]) -> Movers | None:
    """Find what moves.

    Returns:
        The movers (perhaps none), or None where there is no background to tell them from: fewer than four
        frames, a camera whose motion no homography explains, or a picture most of which moves.
    """
    if len(frames) < 4:
        return None
    laid = _laid_over(frames)
    if laid is None:
        return None
    over, valid, moved = laid
    background = _median(over, valid)
    gaps = _departures(over, background, valid)
    noise = float(np.median(gaps[valid])) if valid.any() else 0.0
    masks = (gaps > max(_LEAST_LAB, _TIMES_NOISE * noise)) & valid
    masks = np.stack([binary_opening(mask, np.ones((2, 2))) for mask in masks])
    if np.median(masks.mean(axis=(1, 2))) > (_LARGEST_SHARE_MOVING if moved else _LARGEST_SHARE):
        return None
    names: list[np.ndarray] = []
    blobs = [
        _blobs(mask, lab(frame), index, names)
        for index, (mask, frame) in enumerate(zip(masks, over, strict=True))
    ]
    return Movers(blobs, masks, background, moved)


def _laid_over(
    frames: UInt8[np.ndarray, "time height width 3"],
) -> tuple[UInt8[np.ndarray, "time height width 3"], Bool[np.ndarray, "time height width"], bool] | None:
    """All frames as seen from the first; as they are when the camera stands still."""
    height, width = frames.shape[1:3]
    everywhere = np.ones(frames.shape[:3], dtype=bool)
    if stands_still(frames):
        return frames, everywhere, False
    over, valid = frames.copy(), everywhere
    for index in range(1, len(frames)):
        found = align(frames[0], frames[index])
        if found is None or found.correlation < 0.5:
            return None
        over[index], valid[index] = found.apply(frames[index]), found.inside(height, width)
    return over, valid, True


def stands_still(frames: UInt8[np.ndarray, "time height width 3"]) -> bool:
    """Whether most corners stay where they are; in a picture without corners, most of it."""
    steps = np.linspace(0, len(frames) - 1, min(_TRACKED, len(frames))).round().astype(int)
    tracks = follow(at_tracking_size(frames[np.unique(steps)])).complete
    if len(tracks) >= _LEAST_TRACKS:
        moved = np.linalg.norm(tracks - tracks[:, :1], axis=-1).max(axis=1)
        return bool(np.mean(moved < _STILL_PX) > 0.5)
    sigma = 0.016 * frames.shape[1]
    soft = soften(lab(frames[np.unique(steps)]), sigma)
    same = np.linalg.norm(soft - soft[:1], axis=-1) < _SAME_LAB
    return bool((same.mean(axis=(1, 2)) > 1.0 - _LARGEST_SHARE).all())


def _median(
    frames: UInt8[np.ndarray, "time height width 3"], valid: Bool[np.ndarray, "time height width"]
) -> UInt8[np.ndarray, "height width 3"]:
    chosen = np.unique(np.linspace(0, len(frames) - 1, min(_SAMPLES, len(frames))).round().astype(int))
    stack = np.where(valid[chosen, ..., None], frames[chosen], np.nan).astype(np.float32)
    stack[0] = frames[0]  # seen everywhere: no pixel is without a background
    return np.nanmedian(stack, axis=0).round().astype(np.uint8)


def _departures(
    frames: UInt8[np.ndarray, "time height width 3"],
    background: UInt8[np.ndarray, "height width 3"],
    valid: Bool[np.ndarray, "time height width"],
) -> Float32[np.ndarray, "time height width"]:
    """LAB distance from the background; lightness counts half, so that shadows are no things."""
    sigma = 0.008 * frames.shape[1]
    weight = np.array([0.5, 1.0, 1.0], dtype=np.float32)
    gap = soften((lab(frames) - lab(background)) * weight, sigma)
    return np.asarray(np.where(valid, np.linalg.norm(gap, axis=-1), 0.0), dtype=np.float32)


def _blobs(
    mask: Bool[np.ndarray, "height width"],
    colours: Float32[np.ndarray, "height width 3"],
    frame: int,
    names: list[Float32[np.ndarray, "3"]],
) -> list[Blob]:
    labels, count = label(mask)
    height, width = mask.shape
    found = []
    for number in range(1, count + 1):
        rows, columns = np.nonzero(labels == number)
        if len(rows) < _LEAST_SHARE * mask.size:
            continue
        colour = np.median(colours[rows, columns], axis=0)
        box = (int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
        border = box[0] == 0 or box[1] == 0 or box[2] == width or box[3] == height
        name = f"thing {_name(colour, names)}"
        found.append(
            Blob(frame, name, float(columns.mean()), float(rows.mean()), float(len(rows)), box, border)
        )
    return sorted(found, key=lambda blob: -blob.area_px)


def _name(colour: Float32[np.ndarray, "3"], names: list[Float32[np.ndarray, "3"]]) -> int:
    """The first colour that is like it; else a new one. Lightness counts half."""
    weight = np.array([0.5, 1.0, 1.0], dtype=np.float32)
    for index, known in enumerate(names):
        if np.linalg.norm((colour - known) * weight) < _SAME_COLOUR_LAB:
            return index
    names.append(colour)
    return len(names) - 1

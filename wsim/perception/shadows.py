"""Shadows on a plain ground: where it is darker than it should be, in its own hue.

Axis letters: `time` frames, `height` and `width` pixels.
"""

import numpy as np
from jaxtyping import Bool, UInt8
from scipy.ndimage import binary_opening, label

from wsim.perception.colour import lab
from wsim.perception.objects import Blob
from wsim.perception.soft import soften

_DARKER = (0.35, 0.9)  # of the lightness of the ground: darker than that is a thing, lighter is noise
_SAME_HUE_LAB = 14.0
_LEAST_SHARE = 0.002  # of the picture


def find_shadows(
    frames: UInt8[np.ndarray, "time height width 3"],
    ground: UInt8[np.ndarray, "height width 3"],
    things: Bool[np.ndarray, "time height width"],
) -> list[list[Blob]]:
    """Dark patches of every frame, largest first.

    Args:
        frames: the clip, from a camera that stands still.
        ground: the scene without moving things and their shadows.
        things: where the things themselves are; they are no shadows.
    """
    sigma = 0.008 * frames.shape[1]
    bright = soften(lab(ground), sigma)
    found = []
    for index, frame in enumerate(frames):
        seen = soften(lab(frame), sigma)
        ratio = seen[..., 0] / np.maximum(bright[..., 0], 1.0)
        same_hue = np.linalg.norm(seen[..., 1:] - bright[..., 1:], axis=-1) < _SAME_HUE_LAB
        dark = (ratio > _DARKER[0]) & (ratio < _DARKER[1]) & same_hue & ~things[index]
        found.append(_blobs(binary_opening(dark, np.ones((2, 2))), index))
    return found


def _blobs(dark: Bool[np.ndarray, "height width"], frame: int) -> list[Blob]:
    labels, count = label(dark)
    height, width = dark.shape
    blobs = []
    for number in range(1, count + 1):
        rows, columns = np.nonzero(labels == number)
        if len(rows) < _LEAST_SHARE * dark.size:
            continue
        box = (int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
        border = box[0] == 0 or box[1] == 0 or box[2] == width or box[3] == height
        x, y, area = float(columns.mean()), float(rows.mean()), float(len(rows))
        blobs.append(Blob(frame, "shadow", x, y, area, box, border))
    return sorted(blobs, key=lambda blob: -blob.area_px)

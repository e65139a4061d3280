"""Soft pictures: a Gaussian over rows and columns, frame by frame.

Axis letters: `...` any leading axes, `height` and `width` pixels.
"""

import cv2
import numpy as np
from jaxtyping import Float32, Num

_REACH = 4.0  # standard deviations


def soften(
    pictures: Num[np.ndarray, "... height width channel"], sigma_px: float
) -> Float32[np.ndarray, "... height width channel"]:
    """Smooth every picture alike; what lies outside is the inside, mirrored at the edge.

    Args:
        pictures: of up to four channels.
        sigma_px: standard deviation, pixels; 0 leaves them as they are.
    """
    reach_px = int(_REACH * sigma_px + 0.5)
    if reach_px < 1:
        return np.array(pictures, dtype=np.float32, order="C")
    side, out = 2 * reach_px + 1, np.empty(pictures.shape, dtype=np.float32)
    every = (array.reshape(-1, *pictures.shape[-3:]) for array in (pictures, out))
    for picture, to in zip(*every, strict=True):
        sharp = np.ascontiguousarray(picture, dtype=np.float32)
        cv2.GaussianBlur(sharp, (side, side), sigma_px, dst=to, borderType=cv2.BORDER_REFLECT)
    return out

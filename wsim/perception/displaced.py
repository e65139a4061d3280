"""How far the parts of a picture that is expected are displaced in the one that is seen.

Where a world is known, the exact picture of any moment can be rendered and the corners of it be looked for in
the frame that should show the same. Nothing has to be followed through time, so errors do not add up.

Axis letters: `height` and `width` pixels.
"""

import cv2
import numpy as np
from jaxtyping import UInt8

from wsim.perception.tracks import Tracks, at_tracking_size, follow, one_thread

_SOFT = 1 / 64  # of the short side: what is generated is softer than what is rendered
_FLAT = 1.0  # grey levels: standard deviation of a picture that shows nothing

Picture = UInt8[np.ndarray, "height width 3"]


def displaced(expected: Picture, seen: Picture) -> Tracks:
    """Corners of the expected picture and where they are in the seen one, at a short side of 512.

    Both are made equally soft, and the seen one is given the brightness and contrast of the other.
    """
    sigma = _SOFT * min(expected.shape[:2])
    with one_thread():
        soft = [cv2.GaussianBlur(picture, (0, 0), sigma) for picture in (expected, seen)]
    pair = at_tracking_size(np.stack(soft))
    here, there = pair.astype(np.float64)
    contrast = here.std() / max(float(there.std()), _FLAT)
    there = (there - there.mean()) * contrast + here.mean()
    return follow(np.stack([pair[0], there.round().clip(0, 255).astype(np.uint8)]))

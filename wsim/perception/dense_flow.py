"""Dense optical flow: DIS (Kroeger et al., ECCV 2016), on frames enlarged to a common size.

Axis letters: `time` frames, `height` and `width` pixels of the clip.
"""

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from wsim.perception.tracks import one_thread

_SHORT_SIDE = 256  # DIS works on patches of 8 px; a 64 px frame has too few of them


def dense_flow(
    before: UInt8[np.ndarray, "height width 3"], after: UInt8[np.ndarray, "height width 3"]
) -> Float32[np.ndarray, "height width 2"]:
    """How far every pixel moves, (right, down), in pixels of the clip."""
    height, width = before.shape[:2]
    scale = max(1.0, _SHORT_SIDE / min(height, width))
    size = (round(width * scale), round(height * scale))
    with one_thread():
        big = [
            cv2.resize(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), size, interpolation=cv2.INTER_CUBIC)
            for frame in (before, after)
        ]
        engine = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        flow = engine.calc(big[0], big[1], None)
        small = cv2.resize(flow, (width, height), interpolation=cv2.INTER_AREA)
    factors = np.array([width / size[0], height / size[1]], dtype=np.float32)
    return np.asarray(small * factors, dtype=np.float32)

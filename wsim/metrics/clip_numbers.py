"""Numbers of single videos, of their pixels alone: flicker and smoothness, in the place of features.

Axis letters: `clip`, `time` frames, `height` and `width` pixels.
"""

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from wsim.metrics.flicker import flicker
from wsim.metrics.smoothness import smoothness

COLUMNS = ("flicker", "smoothness")


class ClipNumbers:
    """Implements `FeatureExtractor`: a column a number, NaN where a video has no reading."""

    name, preprocess_id, dim = "pixels", "none", len(COLUMNS)
    weights_fingerprint = f"dis{cv2.__version__}"  # the flow is that of OpenCV

    def forward(self, clips: UInt8[np.ndarray, "clip time height width 3"]) -> Float32[np.ndarray, "clip 2"]:
        """Flicker of the whole picture in grey levels, and smoothness in 0..1.

        Raises:
            WsimError: fewer than three frames.
        """
        found = [(flicker(clip).everywhere, smoothness(clip)) for clip in clips]
        return np.array([[np.nan if v is None else v for v in row] for row in found], dtype=np.float32)

"""CLIP as a network that looks at clips: the mean of the embeddings of their frames, and likeness to words.

Axis letters: `clip`, `text`, `time` frames, `height` and `width` pixels, `dim` of the common space.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32, Float64, UInt8

from wsim.metrics.clip import ClipTowers

NAME = "clip"


class ClipFrames:
    """Implements `FeatureExtractor` and `ReadsWords`.

    Args:
        towers: of `load_clip`.
    """

    name, preprocess_id = NAME, "bicubic-crop"

    def __init__(self, towers: ClipTowers) -> None:
        self.weights_fingerprint = towers.name
        self._towers = towers

    @property
    def dim(self) -> int:
        """Of the common space."""
        return int(self._towers.texts(["a"])[0].shape[1])

    def forward(
        self, clips: UInt8[np.ndarray, "clip time height width 3"]
    ) -> Float32[np.ndarray, "clip dim"]:
        """The mean over frames of embeddings of length 1, so shorter than 1 where frames differ."""
        return np.stack([self._towers.images(clip).mean(axis=0) for clip in clips])

    def likeness(
        self, features: Float64[np.ndarray, "clip dim"], texts: Sequence[str]
    ) -> Float64[np.ndarray, "clip text"]:
        """CLIPSIM (GODIVA, Wu et al., 2021) of every clip and text: 100 cos, mean over frames; -100..100."""
        words, _ = self._towers.texts(texts)
        return np.asarray(100.0 * features @ words.astype(np.float64).T)

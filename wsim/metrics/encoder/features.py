"""Clips and captions through the in-domain encoder: features for distances, likeness of a clip and its words.

Numbers of this encoder have names of their own, `fvd[wsim]`, `kvd[wsim]` and `clip[wsim]`: they are on other
scales than those of I3D and CLIP, and are not to be compared with them. The encoder has seen nothing but
wsim's own worlds; it is of use for videos of these.

Axis letters: `clip`, `time` frames, `height` and `width` pixels, `real` and `fake` videos.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float32, Float64, UInt8
from torch import Tensor
from torch.nn import functional

import wsim
from wsim.errors import WsimError
from wsim.metrics.encoder.shipped import read_weights
from wsim.metrics.encoder.towers import FRAMES, SIDE_PX, Encoder, Pixels
from wsim.metrics.encoder.words import Words
from wsim.metrics.features import FeatureSet, signature_of
from wsim.metrics.frechet import frechet_distance
from wsim.metrics.fvd import Distance
from wsim.metrics.kernel import Discrepancy, kvd
from wsim.precision import float32_inference

NAME = "wsim"
PREPROCESSING = f"even{FRAMES}-aa{SIDE_PX}"
_AT_ONCE = 32  # clips


class InDomain:
    """Implements `FeatureExtractor`.

    Args:
        encoder: the networks.
        words: that they know.
        digest: of their weights.
        device: of torch.
    """

    name, preprocess_id = NAME, PREPROCESSING

    def __init__(self, encoder: Encoder, words: Words, digest: str, *, device: str = "cpu") -> None:
        self.encoder, self.words, self.digest = encoder.to(device).eval(), words, digest
        self.dim = encoder.size.dim
        self.weights_fingerprint = digest[:8]
        self._device = torch.device(device)

    def forward(
        self, clips: UInt8[np.ndarray, "clip time height width 3"]
    ) -> Float32[np.ndarray, "clip dim"]:
        """Features of clips of one size and length.

        Raises:
            WsimError: fewer than two frames.
        """
        rows = []
        with float32_inference():
            for start in range(0, len(clips), _AT_ONCE):
                seen = encoder_input(torch.from_numpy(np.ascontiguousarray(clips[start : start + _AT_ONCE])))
                rows.append(self.encoder.video(seen.to(self._device)).cpu())
        return np.asarray(torch.cat(rows).numpy())

    def likeness(
        self, features: Float64[np.ndarray, "clip dim"], texts: Sequence[str]
    ) -> Float64[np.ndarray, "clip text"]:
        """`clip[wsim]` of every clip and every text: 100 times the cosine, -100..100."""
        with float32_inference():
            given = torch.from_numpy(features.astype(np.float32)).to(self._device)
            seen = self.encoder.clips(given).cpu().numpy().astype(np.float64)
            rows = []
            for start in range(0, len(texts), 4 * _AT_ONCE):
                ids = torch.from_numpy(self.words.batch(texts[start : start + 4 * _AT_ONCE]))
                rows.append(self.encoder.texts(ids.to(self._device)).cpu())
        read = torch.cat(rows).numpy().astype(np.float64)
        return np.asarray(100.0 * seen @ read.T)


def load_in_domain(path: Path | None = None, *, device: str = "cpu") -> InDomain:
    """The encoder that comes with wsim, or one that somebody trained.

    Raises:
        WsimError: the weights are missing, damaged or altered.
    """
    return InDomain(*read_weights(path), device=device)


def encoder_input(clips: UInt8[Tensor, "clip time height width 3"]) -> Pixels:
    """As many frames as the encoder looks at, evenly over the clip, squashed to its size, in whole levels.

    Raises:
        WsimError: fewer than two frames.
    """
    time, height, width = clips.shape[1:4]
    if time < 2:
        raise WsimError(
            "a single frame is no clip", where="the in-domain encoder", remedy="give at least two frames"
        )
    chosen = clips[:, torch.linspace(0, time - 1, FRAMES).round().long()]
    if (height, width) == (SIDE_PX, SIDE_PX):
        return chosen
    images = chosen.flatten(0, 1).permute(0, 3, 1, 2).to(torch.float32)
    small = functional.interpolate(
        images, size=(SIDE_PX, SIDE_PX), mode="bilinear", align_corners=False, antialias=True
    )
    levels = small.round().clamp(0.0, 255.0).to(torch.uint8).permute(0, 2, 3, 1)
    return levels.reshape(len(clips), FRAMES, SIDE_PX, SIDE_PX, 3)


@dataclass(frozen=True, slots=True)
class KernelDistance:
    """`kvd[wsim]`: its value and standard error, and what produced it."""

    found: Discrepancy
    signature: str


def fvd_in_domain(real: FeatureSet, fake: FeatureSet) -> Distance:
    """`fvd[wsim]` of features of the in-domain encoder.

    Raises:
        WsimError: features of another network; sets that differ in length; fewer than two videos in a set.
    """
    signature = _signature("fvd", real, fake, "ddof1")
    least = min(len(real.values), len(fake.values))
    return Distance(frechet_distance(real.values, fake.values), signature, least)


def kvd_in_domain(real: FeatureSet, fake: FeatureSet) -> KernelDistance:
    """`kvd[wsim]` of features of the in-domain encoder.

    Raises:
        WsimError: as for `fvd_in_domain`.
    """
    signature = _signature("kvd", real, fake)
    return KernelDistance(kvd(real.values, fake.values), signature)


def clip_signature(network: InDomain) -> str:
    """What makes `clip[wsim]`."""
    return f"clip[{NAME}]|{NAME}={network.weights_fingerprint}|rs={PREPROCESSING}|fp32|wsim{wsim.__version__}"


def _signature(metric: str, real: FeatureSet, fake: FeatureSet, *more: str) -> str:
    signature = signature_of(f"{metric}[{NAME}]", real, fake, *more)
    network = real.extractor[0]
    if network != NAME:
        raise WsimError(
            f"features of {network} do not make {metric}[{NAME}]",
            where=f"{metric}[{NAME}]",
            remedy="take the features with load_in_domain()",
        )
    return signature

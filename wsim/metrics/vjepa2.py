"""V-JEPA 2 (Assran et al., 2025) as a network that looks at clips: what it was taught is what happens next.

JEDi (Luo et al., ICLR 2025) takes its kernel distance between features of V-JEPA, the predecessor, pooled by
a probe that was trained on another data set. Here it is V-JEPA 2 and the mean of its tokens, under a name of
its own, `jedi[vjepa2]`: not to be compared with published values of JEDi.

Weights are the user's: a folder, or a repository at a full revision; only safetensors are read.

Axis letters: `clip`, `time` frames, `height` and `width` pixels, `seen` frames, `dim` features.
"""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float32, UInt8
from safetensors import SafetensorError
from torch import Tensor
from torch.nn import functional

from wsim.errors import ExitCode, WsimError
from wsim.metrics.clip import place_of
from wsim.metrics.from_transformers import from_transformers
from wsim.precision import float32_inference

NAME, FRAMES = "vjepa2", 16  # frames that JEDi shows
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_CLIPS_AT_ONCE = 4


class VJepa2:
    """Implements `FeatureExtractor`.

    Args:
        model: a `VJEPA2Model` of transformers.
        fingerprint: whose weights these are.
        device: of torch.
    """

    name = NAME

    def __init__(self, model: Any, fingerprint: str, *, device: str = "cpu") -> None:
        self.weights_fingerprint = fingerprint
        self.dim = int(model.config.hidden_size)
        self._side = int(model.config.crop_size)
        self.preprocess_id = f"even{FRAMES}-aa{self._side}"
        self._model, self._device = model.to(device).eval(), torch.device(device)

    def forward(
        self, clips: UInt8[np.ndarray, "clip time height width 3"]
    ) -> Float32[np.ndarray, "clip dim"]:
        """The mean of the encoder's tokens.

        Raises:
            WsimError: fewer than two frames.
        """
        rows = []
        with float32_inference():
            for start in range(0, len(clips), _CLIPS_AT_ONCE):
                part = torch.from_numpy(np.ascontiguousarray(clips[start : start + _CLIPS_AT_ONCE]))
                given = jepa_input(part.to(self._device), self._side)
                rows.append(self._model.get_vision_features(given).mean(dim=1).float().cpu())
        return np.asarray(torch.cat(rows).numpy())


def jepa_input(
    clips: UInt8[Tensor, "clip time height width 3"], side: int
) -> Float32[Tensor, "clip seen 3 side side"]:
    """Sixteen frames evenly over the clip, squashed to a square with antialiasing, scaled as ImageNet is.

    Raises:
        WsimError: fewer than two frames.
    """
    count, time = clips.shape[:2]
    if time < 2:
        raise WsimError(
            "a single frame is no clip", where="V-JEPA 2", remedy="give clips of at least two frames"
        )
    chosen = clips[:, torch.linspace(0, time - 1, FRAMES).round().long()]
    images = chosen.flatten(0, 1).permute(0, 3, 1, 2).to(torch.float32) / 255.0
    small = functional.interpolate(
        images, size=(side, side), mode="bilinear", align_corners=False, antialias=True
    )
    mean, std = (torch.tensor(v, device=clips.device)[:, None, None] for v in (_MEAN, _STD))
    scaled: Tensor = ((small - mean) / std).reshape(count, FRAMES, 3, side, side)
    return scaled


def load_vjepa2(source: str, *, device: str = "cpu") -> VJepa2:
    """V-JEPA 2 from a folder, or from `REPOSITORY@REVISION` with all 40 digits of the revision.

    Raises:
        WsimError: transformers cannot be used or is too old; no weights there, not all of them, or none in
            safetensors; a revision that may move.
    """
    (jepa,) = from_transformers("VJEPA2Model", what="V-JEPA 2", since="4.53")
    place, revision = place_of(source, "load_vjepa2")
    try:
        model, told = jepa.from_pretrained(
            place, revision=revision, local_files_only=revision is None, use_safetensors=True,
            output_loading_info=True,
        )  # fmt: skip
    except (OSError, ValueError, SafetensorError) as error:
        raise _not_available(source, str(error).partition("\n")[0]) from error
    if told["missing_keys"]:  # transformers fills them with random numbers
        raise _not_available(source, f"{len(told['missing_keys'])} of its tensors are missing")
    return VJepa2(model, source if revision else _fingerprint(Path(place)), device=device)


def _fingerprint(folder: Path) -> str:
    """Of weights without an address: the folder, and eight digits of a digest of its weights."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return f"{folder.name}:{digest.hexdigest()[:8]}"


def _not_available(source: str, why: str) -> WsimError:
    return WsimError(
        f"the weights of V-JEPA 2 are not available: {why}",
        where=source,
        remedy="give a folder with config.json and model.safetensors",
        exit_code=ExitCode.INCOMPLETE,
    )

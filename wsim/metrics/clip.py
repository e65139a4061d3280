"""How well a video fits words, by CLIP (Radford et al., ICML 2021): four numbers that are often confused.

* clipscore: 2.5 max(cos, 0) a frame, the text after "A photo depicts " (Hessel et al., EMNLP 2021).
* clipsim: 100 cos, mean over frames (GODIVA, Wu et al., 2021).
* clip_mean_frame: 100 cos of the text and the mean of the frames' embeddings.
* clip_temporal: 100 cos of neighbouring frames. A frozen video has 100: it says nothing without motion.

Weights are the user's: a folder, or a repository at a full revision; only safetensors are read.

Axis letters: `frame`, `text`, `height` and `width` pixels, `dim` of the common space.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float32, UInt8
from safetensors import SafetensorError
from torch import Tensor
from torch.nn import functional

from wsim.errors import ExitCode, WsimError
from wsim.metrics.from_transformers import from_transformers
from wsim.precision import float32_inference

PREFIX = "A photo depicts "
_MEAN, _STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
_BATCH_FRAMES = 32
_REVISION = re.compile(r"[\w.-]+(/[\w.-]+)?@[0-9a-f]{40}")
Frames = UInt8[np.ndarray, "frame height width 3"]
Embeddings = Float32[np.ndarray, "item dim"]


@dataclass(frozen=True, slots=True)
class Fit:
    """How a video fits a text; every number under its own name.

    Attributes:
        clipscore: 0..2.5.
        clipsim: -100..100.
        clip_mean_frame: -100..100.
        clip_temporal: -100..100, or None for a single frame.
        truncated: the text was longer than CLIP reads; what was cut off had no say.
        signature: what made the numbers.
    """

    clipscore: float
    clipsim: float
    clip_mean_frame: float
    clip_temporal: float | None
    truncated: bool
    signature: str


class ClipTowers:
    """Frames and texts in one space.

    Args:
        model: a `CLIPModel` of transformers.
        tokenizer: its tokenizer.
        name: whose weights these are; part of every signature.
        device: of torch.
    """

    def __init__(self, model: Any, tokenizer: Any, name: str, *, device: str = "cpu") -> None:
        self.name = name
        self._model, self._tokenizer = model.to(device).eval(), tokenizer
        self._device = torch.device(device)
        self._side = int(model.config.vision_config.image_size)
        self._most_tokens = int(model.config.text_config.max_position_embeddings)

    def images(self, frames: Frames) -> Embeddings:
        """Embeddings of frames, of length 1."""
        rows = []
        with float32_inference():
            for start in range(0, len(frames), _BATCH_FRAMES):
                batch = torch.from_numpy(np.ascontiguousarray(frames[start : start + _BATCH_FRAMES]))
                seen = self._model.vision_model(pixel_values=clip_input(batch.to(self._device), self._side))
                rows.append(self._model.visual_projection(seen.pooler_output))
        return _unit(torch.cat(rows))

    def texts(self, texts: Sequence[str]) -> tuple[Embeddings, list[bool]]:
        """Embeddings of texts, of length 1, and which of them were cut."""
        lengths = [len(ids) for ids in self._tokenizer(list(texts))["input_ids"]]
        given = self._tokenizer(
            list(texts), padding=True, truncation=True, max_length=self._most_tokens, return_tensors="pt"
        )
        with float32_inference():
            read = self._model.text_model(
                input_ids=given["input_ids"].to(self._device),
                attention_mask=given["attention_mask"].to(self._device),
            )
            projected = self._model.text_projection(read.pooler_output)
        return _unit(projected), [length > self._most_tokens for length in lengths]


def load_clip(source: str, *, device: str = "cpu") -> ClipTowers:
    """CLIP from a folder, or from `REPOSITORY@REVISION` with all 40 digits of the revision.

    Raises:
        WsimError: transformers cannot be used; no weights there, or none in safetensors; a revision that may
            move.
    """
    clip, tokens = from_transformers("CLIPModel", "CLIPTokenizerFast", what="CLIP", since="4.51")
    place, revision = place_of(source, "load_clip")
    options = {"revision": revision, "local_files_only": revision is None}
    try:
        model = clip.from_pretrained(place, use_safetensors=True, **options)
        tokenizer = tokens.from_pretrained(place, **options)
    except (OSError, ValueError, SafetensorError) as error:
        raise _not_available(source, str(error).partition("\n")[0]) from error
    words, wanted = len(tokenizer), int(model.config.text_config.vocab_size)
    if words != wanted:  # without files transformers makes up an empty tokenizer, and says nothing
        raise _not_available(source, f"a tokenizer of {words} words for a network of {wanted}")
    name = _name_of(Path(place), model) if revision is None else source
    return ClipTowers(model, tokenizer, name, device=device)


def fit(towers: ClipTowers, frames: Frames, text: str) -> Fit:
    """All numbers of one video and one text.

    Raises:
        WsimError: no frames, or an empty text.
    """
    if not len(frames) or not text.strip():
        raise WsimError(
            "no frames" if not len(frames) else "an empty text",
            where="a metric of text",
            remedy="give at least one frame, and the words that the video was made from",
        )
    seen = towers.images(frames).astype(np.float64)
    (plain, prefixed), cut = towers.texts([text, PREFIX + text])
    mean = seen.mean(axis=0)
    neighbours = (seen[1:] * seen[:-1]).sum(axis=1)
    return Fit(
        clipscore=float(2.5 * np.maximum(seen @ prefixed, 0.0).mean()),
        clipsim=float(100.0 * (seen @ plain).mean()),
        clip_mean_frame=float(100.0 * (mean @ plain) / max(float(np.linalg.norm(mean)), 1e-12)),
        clip_temporal=float(100.0 * neighbours.mean()) if len(seen) > 1 else None,
        truncated=any(cut),
        signature=f"clip={towers.name}|rs=bicubic-crop|fp32",
    )


def clip_input(frames: UInt8[Tensor, "frame height width 3"], side: int) -> Float32[Tensor, "frame 3 _ _"]:
    """As CLIP was trained: short side by antialiased bicubic, whole levels, the middle, mean and spread."""
    images = frames.permute(0, 3, 1, 2).to(torch.float32)
    height, width = images.shape[2:]
    size = (side, side * width // height) if height <= width else (side * height // width, side)
    small = functional.interpolate(images, size=size, mode="bicubic", align_corners=False, antialias=True)
    top, left = (size[0] - side) // 2, (size[1] - side) // 2
    levels = small.round().clamp(0.0, 255.0)[..., top : top + side, left : left + side]
    mean, std = (torch.tensor(v, device=frames.device)[:, None, None] for v in (_MEAN, _STD))
    scaled: Tensor = (levels / 255.0 - mean) / std
    return scaled


def place_of(source: str, where: str) -> tuple[str, str | None]:
    """A folder and None, or a repository and its revision.

    Raises:
        WsimError: neither; `where` says who was asked.
    """
    if Path(source).is_dir():
        return source, None
    if not _REVISION.fullmatch(source):
        raise WsimError(
            f"{source!r} is neither a folder nor REPOSITORY@REVISION",
            where=where,
            remedy="give all 40 digits of the revision: a branch can change under a number",
        )
    place, _, revision = source.partition("@")
    return place, revision


def _not_available(source: str, why: str) -> WsimError:
    return WsimError(
        f"the weights of CLIP are not available: {why}",
        where=source,
        remedy="give a folder with config.json, model.safetensors and the tokenizer",
        exit_code=ExitCode.INCOMPLETE,
    )


def _unit(rows: Float32[Tensor, "item dim"]) -> Embeddings:
    return np.asarray(functional.normalize(rows, dim=1).cpu().numpy())


def _name_of(folder: Path, model: Any) -> str:
    """Of weights without an address: the folder, and eight digits of a digest of every tensor."""
    import hashlib

    digest = hashlib.sha256()
    for name, values in sorted(model.state_dict().items()):
        digest.update(name.encode() + values.cpu().numpy().tobytes())
    return f"{folder.name}:{digest.hexdigest()[:8]}"

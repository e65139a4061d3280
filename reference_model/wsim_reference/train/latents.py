"""Encoded clips on disk, and their captions as word ids."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from jaxtyping import Float, Int
from torch import Tensor

from wsim_reference.autoencoder import Autoencoder
from wsim_reference.generator import to_clip
from wsim_reference.text import Vocabulary
from wsim_reference.train.data import SHARD_CLIPS, Clips
from wsim_reference.train.processes import Group


@dataclass(frozen=True)
class Latents:
    """A split as the transformer sees it: latents (not yet standardised) and three captions each."""

    latents: Float[Tensor, "clip latent channel row column"]
    words: Int[Tensor, "clip 3 word"]


@torch.no_grad()
def encode_clips(autoencoder: Autoencoder, clips: Clips, folder: Path, group: Group, device: str) -> Tensor:
    """Latents of every clip, float16. The shards are shared out over the group and kept on disk."""
    folder.mkdir(parents=True, exist_ok=True)
    shards = range(len(clips.frames))
    for shard in list(shards)[group.rank :: group.size]:
        path = folder / f"{shard:05}.safetensors"
        if not path.exists():
            numbers = range(shard * SHARD_CLIPS, min(len(clips), (shard + 1) * SHARD_CLIPS))
            encoded = [_encode(autoencoder, np.asarray(clips.clip(i)), device) for i in numbers]
            partial = path.with_suffix(".partial")
            partial.write_bytes(safetensors.torch.save({"latents": torch.cat(encoded)}))
            partial.replace(path)
    group.wait()
    loaded = [safetensors.torch.load_file(folder / f"{shard:05}.safetensors") for shard in shards]
    return torch.cat([shard["latents"] for shard in loaded])


def _encode(autoencoder: Autoencoder, frames: np.ndarray, device: str) -> Tensor:
    with torch.autocast(device, torch.bfloat16):
        return autoencoder.encode(to_clip(frames).to(device)).half().cpu()


def encode_captions(clips: Clips, vocabulary: Vocabulary, length: int) -> Int[Tensor, "clip 3 word"]:
    """Ids of the full, medium and short caption of every clip."""
    return torch.tensor([[vocabulary.encode(text, length) for text in texts] for texts in clips.captions])


def channel_statistics(latents: Tensor) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of every channel over clips, time and space."""
    by_channel = latents.double().transpose(0, 2).flatten(1)
    mean, std = by_channel.mean(1), by_channel.std(1)
    return tuple(mean.tolist()), tuple(std.tolist())

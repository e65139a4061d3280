"""The model in use: text to video, continuation of a prefix, and the round trip through the codec."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from wsim.errors import WsimError
from wsim_reference.checkpoint import Checkpoint, load
from wsim_reference.config import PIXELS_PER_CELL, latents_of, longest_prefix
from wsim_reference.flow import resolution_shift
from wsim_reference.sampler import SamplerSettings, sample

Frames = UInt8[np.ndarray, "time height width 3"]
Prefix = UInt8[np.ndarray, "known height width 3"]


class Generator:
    """Text and a prefix of frames to a clip.

    One clip is sampled at a time, on one thread, from noise that depends on its seed alone: the result does
    not depend on what else was asked for, and repeats bit for bit on the same machine.
    """

    def __init__(
        self, checkpoint: Checkpoint, settings: SamplerSettings | None = None, device: str = "cpu"
    ) -> None:
        self.config = checkpoint.config
        self.vocabulary = checkpoint.vocabulary
        self.settings = settings or SamplerSettings()
        self.device = torch.device(device)
        self.autoencoder = checkpoint.autoencoder.to(self.device)
        self.transformer = checkpoint.transformer.to(self.device)
        self._mean = torch.tensor(self.config.latent_mean, device=self.device)[:, None, None]
        self._std = torch.tensor(self.config.latent_std, device=self.device)[:, None, None]

    @classmethod
    def from_folder(
        cls, folder: Path, settings: SamplerSettings | None = None, device: str = "cpu"
    ) -> "Generator":
        """Load and verify the checkpoint in `folder`."""
        return cls(load(folder), settings, device)

    def text_to_video(self, text: str | None, seed: int) -> Frames:
        """A clip at the size the model was trained on."""
        return self._generate(text, seed, None)

    def continue_video(self, prefix: Prefix, text: str | None, seed: int) -> Frames:
        """A clip that begins with `prefix`, whose first `1 + 4k` frames are used.

        The known frames come back as the autoencoder renders them, not as they were given: the result is
        wholly the model's own picture, with no cut between two renderers where the prefix ends.
        """
        usable = min(longest_prefix(len(prefix)), self.config.num_frames)
        size = (self.config.height, self.config.width)
        if prefix.shape[1:3] != size or usable < 1:
            raise WsimError(
                f"the prefix is {list(prefix.shape)}, the model makes clips of {self.config.clip}",
                where="Generator.continue_video",
                remedy=f"give at least one frame of {size[0]}x{size[1]} pixels",
            )
        return self._generate(text, seed, prefix[:usable])

    def round_trip(self, frames: Frames) -> Frames:
        """Encode and decode: the best that the model could show. Any length, any size.

        Clips that do not fit the codec are padded by repeating the last frame, row and column, and cut.
        """
        time, height, width = frames.shape[:3]
        padded = longest_prefix(time + 3), -(-height // PIXELS_PER_CELL), -(-width // PIXELS_PER_CELL)
        extra = (padded[0] - time, padded[1] * PIXELS_PER_CELL - height, padded[2] * PIXELS_PER_CELL - width)
        whole = np.pad(frames, [(0, n) for n in extra] + [(0, 0)], mode="edge")
        with single_thread(), torch.inference_mode():
            decoded = self._decode(self._encode(whole))
        return decoded[:time, :height, :width]

    def _generate(self, text: str | None, seed: int, prefix: Prefix | None) -> Frames:
        with single_thread(), torch.inference_mode():
            context = None if prefix is None else self._encode(prefix)
            length = self.config.transformer.text_tokens
            ids = torch.tensor(
                [self.vocabulary.encode(text, length), self.vocabulary.encode(None, length)],
                device=self.device,
            )
            latents = sample(
                self.transformer,
                self.noise(seed),
                ids[:1],
                ids[1:],
                settings=self.settings,
                shift=resolution_shift(self.config.video_tokens),
                context=context,
            )
            return self._decode(latents)

    def noise(self, seed: int) -> Float[Tensor, "1 latent channel row column"]:
        """Standard normal noise of a clip. Drawn on the CPU, so that a GPU starts from the same."""
        folded = int.from_bytes(hashlib.sha256(f"wsim_reference/{seed}".encode()).digest()[:8], "little")
        generator = torch.Generator().manual_seed(folded >> 1)
        return torch.randn(1, *self.config.latent_shape, generator=generator).to(self.device)

    def _encode(self, frames: Frames) -> Float[Tensor, "1 latent channel row column"]:
        latents_of(len(frames))
        latents = self.autoencoder.encode(to_clip(frames).to(self.device))
        return (latents - self._mean) / self._std

    def _decode(self, latents: Float[Tensor, "1 latent channel row column"]) -> Frames:
        return to_frames(self.autoencoder.decode(latents * self._std + self._mean))


def to_clip(frames: Frames) -> Float[Tensor, "1 time rgb height width"]:
    """`uint8` frames to a batch of one clip in [-1, 1]."""
    clip = torch.from_numpy(np.array(frames)).permute(0, 3, 1, 2)  # a copy: frames may be read-only
    return clip[None].float() / 127.5 - 1


def to_frames(clip: Float[Tensor, "1 time rgb height width"]) -> Frames:
    """The inverse of `to_clip`, rounded to the nearest level."""
    levels = ((clip[0].float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    return np.ascontiguousarray(levels.permute(0, 2, 3, 1).cpu().numpy())


@contextmanager
def single_thread() -> Iterator[None]:
    """One torch thread inside, the previous number again outside.

    Sums in a different order give different last bits, and a small model is no faster on more threads.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)

"""The video compression network: 8x in height and width, 4x in time.

Every group of four frames (a *chunk*) is encoded by itself, so any aligned part of a clip has the same
latents whatever surrounds it, and a prefix can be pinned exactly. A single picture is a chunk in which the
picture stands still four times. The decoder sees the neighbouring chunks, which hides the seams.

All convolutions run at a quarter of the resolution or less (patchified input, as in LTX-Video,
arXiv 2501.00103, and DC-AE, arXiv 2410.10733), which is what makes it cheap enough to train on a CPU.

Most of the work is done for every frame by itself; only in the middle are the four frames of a chunk one.

Axis letters: `batch`, `time` in frames of the clip, `chunk`, `frame` (4 in a chunk), `rgb`, `height width` in
pixels, `channel row column` of latent cells.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from wsim_reference.config import FRAMES_PER_CHUNK, AutoencoderConfig

Clip = Float[Tensor, "batch time rgb height width"]
Frames = Float[Tensor, "batch time feature row column"]
Chunks = Float[Tensor, "batch chunk frame feature row column"]
Latents = Float[Tensor, "batch chunk channel row column"]


def to_chunks(frames: Frames) -> Chunks:
    """Frames `1 + 4k` to `1 + k` chunks: the first frame stands still for four, then four by four."""
    first = frames[:, :1, None].expand(-1, -1, FRAMES_PER_CHUNK, -1, -1, -1)
    batch, time, *features = frames.shape
    rest = frames[:, 1:].reshape(batch, (time - 1) // FRAMES_PER_CHUNK, FRAMES_PER_CHUNK, *features)
    return torch.cat([first, rest], dim=1)


def from_chunks(chunks: Chunks) -> Frames:
    """The inverse of `to_chunks`; of the first chunk only one frame is kept."""
    return torch.cat([chunks[:, 0, :1], chunks[:, 1:].flatten(1, 2)], dim=1)


def _channels_last(features: Tensor) -> Tensor:
    return features.contiguous(memory_format=torch.channels_last)  # the fast layout for CPU convolutions


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions beside a skip; starts close to the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(8, width)
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.normal_(self.second.weight, std=1e-3)
        nn.init.zeros_(self.second.bias)  # type: ignore[arg-type]

    def forward(self, features: Tensor) -> Tensor:
        """`[frame, width, row, column]` to the same."""
        update: Tensor = self.second(F.silu(self.first(F.silu(self.norm(features)))))
        return features + update


class Encoder(nn.Module):
    """Chunks to latents whose channels have root mean square 1 in every cell."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        quarter, eighth, chunk = config.quarter_width, config.eighth_width, config.chunk_width
        self.pixels_in = nn.Conv2d(3 * 4 * 4, quarter, 3, padding=1)
        self.quarter = nn.Sequential(*[ResidualBlock(quarter) for _ in range(2)])
        self.to_eighth = nn.Conv2d(4 * quarter, eighth, 1)
        self.to_chunk = nn.Conv2d(FRAMES_PER_CHUNK * eighth, chunk, 1)
        self.chunk = nn.Sequential(*[ResidualBlock(chunk) for _ in range(2)])
        self.latent_out = nn.Conv2d(chunk, config.channels, 1)

    def forward(self, clip: Clip) -> Latents:
        """Encode every chunk by itself; pixels in [-1, 1]."""
        latents: Tensor = self.latents(to_chunks(self.frames(clip)))
        return latents

    def frames(self, clip: Clip) -> Frames:
        """Features of every frame by itself, at an eighth of the resolution."""
        features = _channels_last(F.pixel_unshuffle(clip.flatten(0, 1), 4))
        features = self.quarter(self.pixels_in(features))
        features = self.to_eighth(F.pixel_unshuffle(features, 2))
        each: Tensor = features.reshape(*clip.shape[:2], *features.shape[1:])
        return each

    def latents(self, chunks: Chunks) -> Latents:
        """One latent for the features of four frames."""
        features = self.to_chunk(_channels_last(chunks.flatten(0, 1).flatten(1, 2)))
        latents = self.latent_out(self.chunk(features)).float()
        normed: Tensor = latents * torch.rsqrt(latents.square().mean(1, keepdim=True) + 1e-4)
        return normed.reshape(*chunks.shape[:2], *normed.shape[1:])


class Decoder(nn.Module):
    """Latents to pixels."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        quarter, eighth, chunk = config.quarter_width, config.eighth_width, config.chunk_width
        self.latent_in = nn.Conv2d(config.channels, chunk, 3, padding=1)
        self.before = nn.Sequential(*[ResidualBlock(chunk) for _ in range(2)])
        self.neighbours = nn.Conv2d(3 * chunk, chunk, 1)
        self.after = ResidualBlock(chunk)
        self.to_frames = nn.Conv2d(chunk, FRAMES_PER_CHUNK * eighth, 1)
        self.eighth = ResidualBlock(eighth)
        self.to_quarter = nn.Conv2d(eighth, 4 * quarter, 1)
        self.quarter = nn.Sequential(*[ResidualBlock(quarter) for _ in range(3)])
        self.pixels_out = nn.Conv2d(quarter, 3 * 4 * 4, 3, padding=1)
        nn.init.zeros_(self.neighbours.weight)
        nn.init.zeros_(self.neighbours.bias)  # type: ignore[arg-type]
        with torch.no_grad():
            self.pixels_out.weight *= 0.3

    def forward(self, latents: Latents) -> Clip:
        """Decode a clip; every chunk also sees the one before and the one after."""
        batch, count = latents.shape[:2]
        features = self.before(self.latent_in(_channels_last(latents.flatten(0, 1))))
        chunks = F.pad(features.unflatten(0, (batch, count)), (0, 0, 0, 0, 0, 0, 1, 1))
        around = torch.cat([chunks[:, :-2], chunks[:, 1:-1], chunks[:, 2:]], dim=2).flatten(0, 1)
        features = self.after(features + self.neighbours(_channels_last(around)))
        chunks = self.to_frames(features).unflatten(0, (batch, count)).unflatten(2, (FRAMES_PER_CHUNK, -1))
        frames = from_chunks(chunks)
        features = self.to_quarter(self.eighth(_channels_last(frames.flatten(0, 1))))
        features = self.quarter(_channels_last(F.pixel_shuffle(features, 2)))
        pixels = F.pixel_shuffle(self.pixels_out(features), 4)
        return pixels.reshape(*frames.shape[:2], *pixels.shape[1:])


class Autoencoder(nn.Module):
    """Encoder and decoder. Latents are bounded by their norm instead of a KL term, so nothing collapses."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)

    def encode(self, clip: Clip) -> Latents:
        """A clip of `1 + 4k` frames in [-1, 1] to `1 + k` latents."""
        latents: Tensor = self.encoder(clip)
        return latents

    def encode_chunks(self, frames: Float[Tensor, "batch time rgb height width"]) -> Latents:
        """`4k` frames, which are no clip, to `k` latents; a picture comes four times."""
        features = self.encoder.frames(frames)
        batch, count, *each = features.shape
        chunks = features.reshape(batch, count // FRAMES_PER_CHUNK, FRAMES_PER_CHUNK, *each)
        latents: Tensor = self.encoder.latents(chunks)
        return latents

    def encode_with_pictures(self, clip: Clip, pictures: Sequence[int]) -> Latents:
        """The latents of a clip and, behind them, of some of its frames as pictures."""
        features = self.encoder.frames(clip)
        still = features[:, list(pictures), None].expand(-1, -1, FRAMES_PER_CHUNK, -1, -1, -1)
        latents: Tensor = self.encoder.latents(torch.cat([to_chunks(features), still], dim=1))
        return latents

    def decode(self, latents: Latents) -> Clip:
        """The inverse, as well as the network knows it; pixels may leave [-1, 1] a little."""
        clip: Tensor = self.decoder(latents)
        return clip

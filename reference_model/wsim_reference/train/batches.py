"""One training batch: which clips, which of their latents, what is told, and how noisy everything is.

Axis letters: `batch`, `latent` (those of the clip that are shown, then key frames), `channel row column`.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from wsim_reference.conditions import Conditions
from wsim_reference.config import ModelConfig
from wsim_reference.flow import resolution_shift
from wsim_reference.mixture import NoiseMixture, context_levels, draw_levels
from wsim_reference.spans import GAP_LATENTS
from wsim_reference.train.draws import Draws
from wsim_reference.train.latents import Encoded

CAPTION_SHARES = (0.40, 0.15, 0.10, 0.35)  # full, medium, short, setting
NOTHING_TOLD = 0.05  # for guidance: neither words nor camera nor actions
WITHOUT_WORDS, WITHOUT_CAMERA, WITHOUT_ACTIONS = 0.10, 0.50, 0.10  # of the others
WITH_KEY_FRAMES = 0.25  # of the batches; they show 1 to all of the key frames
WITH_GAP = 0.10  # of the batches of long clips; they show the first picture and not what follows it
STILL = 0.25  # a loss counts 1 / (STILL + motion): else moving cameras are all that is learned from


@dataclass(frozen=True)
class Batch:
    """Standardised latents with noise to add, and how much each counts; what is given does not."""

    clean: Float[Tensor, "batch latent channel row column"]
    noise: Float[Tensor, "batch latent channel row column"]
    level: Float[Tensor, "batch latent"]
    weight: Float[Tensor, "batch latent"]
    told: Conditions

    def to(self, device: torch.device) -> "Batch":
        """The same on another device."""
        return Batch(**{name: value.to(device) for name, value in vars(self).items()})


def draw_batch(
    parts: Sequence[Encoded],
    config: ModelConfig,
    mixture: NoiseMixture,
    tokens: int,
    draws: Draws,
) -> Batch:
    """A batch of one bucket with about so many tokens. Every clip is equally likely to be in a batch.

    Args:
        parts: the clips by bucket.
        config: with the statistics of the latents.
        mixture: of noise levels.
        tokens: of video, in the batch.
        draws: decide everything; of what is common, which bucket, and which latents are shown.
    """
    sizes = [video_tokens(part, config) for part in parts]
    shares = torch.tensor([float(len(part) * size) for part, size in zip(parts, sizes, strict=True)])
    generator = draws.own
    chosen = int(torch.multinomial(shares, 1, generator=draws.common))
    part, batch = parts[chosen], max(1, round(tokens / sizes[chosen]))
    clips = torch.randint(len(part), (batch,), generator=generator)
    mirrored = torch.rand(batch, generator=generator) < 0.5
    shown, keys = draw_latents(part.count, part.latents.shape[2] - part.count, draws.common)

    latents = part.latents[mirrored.long(), clips][:, [*shown, *keys]]
    told = part.rows(clips, mirrored).latents([*shown, *keys])
    captions = part.captions[mirrored.long(), clips]
    level, known = draw_levels(batch, len(shown), mixture, resolution_shift(sizes[chosen]), generator)
    given = context_levels(batch, mixture, generator)
    if len(shown) < part.count:  # after a gap the first picture is what the clip goes on from
        level[:, :1] = torch.where(known[:, :1], level[:, :1], given)
        known[:, 0] = True
    clean = standardise(latents, config)
    counts = torch.cat([~known, torch.zeros(batch, len(keys), dtype=torch.bool)], dim=1)
    return Batch(
        clean=clean,
        noise=torch.randn(latents.shape, generator=generator),
        level=torch.cat([level, given.expand(batch, len(keys))], dim=1),
        weight=counts / (STILL + motion_of(clean[:, : len(shown)])),
        told=draw_told(told, captions, generator),
    )


def video_tokens(part: Encoded, config: ModelConfig) -> int:
    """Tokens of a clip of that bucket, without key frames and words."""
    bucket = part.bucket
    form = dataclasses.replace(
        config.clip, num_frames=bucket.num_frames, height=bucket.height, width=bucket.width
    )
    return config.video_tokens(form)


def draw_latents(count: int, pictures: int, generator: torch.Generator) -> tuple[list[int], list[int]]:
    """Which latents of the clips and which key frames a batch shows.

    Args:
        count: latents of the clips.
        pictures: key frames that there are behind them.
        generator: of random numbers.
    """
    gap, keys = torch.rand(2, generator=generator).tolist()
    shown = list(range(count))
    if gap < WITH_GAP and count >= 6:
        left_out = 1 + int(torch.randint(min(GAP_LATENTS, count - 4), (), generator=generator))
        shown = [0, *range(1 + left_out, count)]
    if keys >= WITH_KEY_FRAMES or not pictures:
        return shown, []
    many = 1 + int(torch.randint(pictures, (), generator=generator))
    order = torch.randperm(pictures, generator=generator)[:many]
    return shown, [count + int(key) for key in order]


def draw_told(told: Conditions, captions: Tensor, generator: torch.Generator) -> Conditions:
    """One of its captions each; words, camera and actions withheld now and then."""
    batch = len(captions)
    which = torch.multinomial(torch.tensor(CAPTION_SHARES), batch, replacement=True, generator=generator)
    draws = torch.rand(4, batch, generator=generator)
    nothing = draws[0] < NOTHING_TOLD
    told = dataclasses.replace(told, words=captions[torch.arange(batch), which])
    return told.without(
        words=nothing | (draws[1] < WITHOUT_WORDS),
        camera=nothing | (draws[2] < WITHOUT_CAMERA),
        actions=nothing | (draws[3] < WITHOUT_ACTIONS),
    )


def motion_of(clean: Float[Tensor, "batch latent channel row column"]) -> Float[Tensor, "batch 1"]:
    """How much of the picture changes from latent to latent: 0 nothing, 1 as much as between two clips.

    Where it cannot be seen, in a clip of fewer than two groups of frames, it is a half.
    """
    chunks = clean[:, 1:]
    if chunks.shape[1] < 2:
        return torch.full((len(clean), 1), 0.5)
    change: Tensor = chunks.diff(dim=1).square().mean(dim=(1, 2, 3, 4)) / 2
    return change[:, None]


def standardise(latents: Tensor, config: ModelConfig) -> Tensor:
    """Zero mean and unit variance in every channel; float32."""
    mean, std = (torch.tensor(values)[:, None, None] for values in (config.latent_mean, config.latent_std))
    return (latents.float() - mean) / std

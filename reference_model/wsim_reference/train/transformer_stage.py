"""Training of the transformer on encoded clips."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from wsim_reference.autoencoder import Autoencoder
from wsim_reference.config import ModelConfig
from wsim_reference.dit import DiffusionTransformer
from wsim_reference.flow import draw_levels, flow_loss, resolution_shift
from wsim_reference.generator import to_frames
from wsim_reference.sampler import SamplerSettings, sample
from wsim_reference.text import NULL, PADDING
from wsim_reference.train.data import Clips
from wsim_reference.train.evaluate import velocity_error, write_grid
from wsim_reference.train.latents import Latents
from wsim_reference.train.loop import Stage
from wsim_reference.train.settings import TrainSettings

CAPTION_SHARES = (0.60, 0.25, 0.15)  # full, medium, short
WITHOUT_TEXT = 0.10  # for guidance
SHOWN = 8  # clips in the pictures


def draw_words(captions: Int[Tensor, "clip 3 word"], generator: torch.Generator) -> Int[Tensor, "clip word"]:
    """One of the three captions each, or none."""
    batch, _, length = captions.shape
    shares = torch.tensor(CAPTION_SHARES)
    which = torch.multinomial(shares, batch, replacement=True, generator=generator)
    words = captions[torch.arange(batch), which]
    null = torch.tensor([NULL] + [PADDING] * (length - 1))
    dropped = torch.rand(batch, 1, generator=generator) < WITHOUT_TEXT
    return torch.where(dropped, null, words)


def standardise(latents: Tensor, config: ModelConfig) -> Tensor:
    """Zero mean and unit variance in every channel."""
    mean, std = (torch.tensor(values)[:, None, None] for values in (config.latent_mean, config.latent_std))
    return (latents.float() - mean) / std


def make_stage(
    transformer: DiffusionTransformer,
    autoencoder: Autoencoder,
    train: Latents,
    check: Latents,
    truth: Clips,
    settings: TrainSettings,
) -> Stage:
    """Everything that the training loop needs. `settings.model` carries the statistics of the latents."""
    device = torch.device(settings.device)
    shift = resolution_shift(settings.model.video_tokens)
    batch = settings.transformer.batch

    def loss(generator: torch.Generator) -> Tensor:
        chosen = torch.randint(len(train.latents), (batch,), generator=generator)
        clean = standardise(train.latents[chosen], settings.model)
        words = draw_words(train.words[chosen], generator)
        level, counts = draw_levels(batch, clean.shape[1], settings.mixture, shift, generator)
        noise = torch.randn(clean.shape, generator=generator)
        inputs = [value.to(device) for value in (clean, noise, level, counts, words)]
        with torch.autocast(device.type, torch.bfloat16):
            return flow_loss(transformer, *inputs)

    def evaluate(step: int) -> dict[str, Any]:
        clean = standardise(check.latents, settings.model)
        with torch.autocast(device.type, torch.bfloat16):
            numbers = velocity_error(transformer, clean, check.words[:, 0])
        write_pictures(transformer, autoencoder, clean, check.words[:, 0], truth, settings, step)
        return numbers

    return Stage(
        name="transformer",
        model=transformer,
        settings=settings.transformer,
        loss=loss,
        evaluate=evaluate,
        adam_only=("patch_in", "patch_out", "words", "word_position", "span", "level.0", "modulation"),
        seed=settings.seed,
        save_every_s=settings.save_every_s,
        evaluate_every_s=settings.evaluate_every_s,
    )


@torch.no_grad()
def write_pictures(
    transformer: DiffusionTransformer,
    autoencoder: Autoencoder,
    clean: Float[Tensor, "clip latent channel row column"],
    words: Int[Tensor, "clip word"],
    truth: Clips,
    settings: TrainSettings,
    step: int,
) -> None:
    """Text to video alone, and for every clip: the truth, its first frame continued, half of it continued."""
    count = min(SHOWN, len(clean))
    clean, words = clean[:count], words[:count]
    null = torch.tensor([NULL] + [PADDING] * (words.shape[1] - 1)).expand_as(words)
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(7))
    mean, std = (
        torch.tensor(v)[:, None, None] for v in (settings.model.latent_mean, settings.model.latent_std)
    )
    shift = resolution_shift(settings.model.video_tokens)

    def clips_from(known: int) -> list[np.ndarray]:
        context = clean[:, :known] if known else None
        sampling = SamplerSettings(steps=16)
        with torch.autocast(settings.device, torch.bfloat16):
            latents = sample(transformer, noise, words, null, settings=sampling, shift=shift, context=context)
            decoded = autoencoder.decode(latents * std + mean)
        return [to_frames(clip[None]) for clip in decoded]

    write_grid(settings.out / f"text-{step:06}.png", clips_from(0))
    first, half = clips_from(1), clips_from((clean.shape[1] + 1) // 2)
    rows = [row for i in range(count) for row in (np.asarray(truth.clip(i)), first[i], half[i])]
    write_grid(settings.out / f"continued-{step:06}.png", rows)

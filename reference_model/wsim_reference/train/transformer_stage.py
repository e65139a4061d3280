"""Training of the transformer on encoded clips."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from wsim.precision import mixed
from wsim_reference import sampler
from wsim_reference.autoencoder import Autoencoder
from wsim_reference.conditions import Conditions
from wsim_reference.config import ModelConfig
from wsim_reference.dit import DiffusionTransformer
from wsim_reference.flow import flow_loss, resolution_shift
from wsim_reference.frames import to_frames
from wsim_reference.train.batches import draw_batch, standardise
from wsim_reference.train.data import Clips
from wsim_reference.train.draws import Draws
from wsim_reference.train.evaluate import velocity_error, write_grid
from wsim_reference.train.latents import Encoded
from wsim_reference.train.loop import Stage
from wsim_reference.train.settings import TrainSettings

SHOWN = 8  # clips in the pictures
Latents = Float[Tensor, "clip latent channel row column"]

# Embeddings, first and last layers, and modulation: matrices that Adam takes all the same.
ADAM_ONLY = (
    "patch_in", "patch_out", "words", "word_position", "span", "level.0", "modulation",
    "camera.0", "actions.0", "clip.0",
)  # fmt: skip


def make_stage(
    transformer: DiffusionTransformer,
    autoencoder: Autoencoder,
    train: Sequence[Encoded],
    check: Encoded,
    truth: Clips,
    settings: TrainSettings,
) -> Stage:
    """Everything that the training loop needs. `settings.model` carries the statistics of the latents."""
    device = torch.device(settings.device)
    config = settings.model
    tokens = settings.transformer.batch * config.video_tokens(config.clip)

    def loss(draws: Draws, _: float) -> Tensor:
        batch = draw_batch(train, config, settings.mixture, tokens, draws).to(device)
        with mixed(device):
            return flow_loss(transformer, batch.clean, batch.noise, batch.level, batch.weight, batch.told)

    def evaluate(step: int) -> dict[str, Any]:
        clean, told = held_out(check, config)
        clean, told = clean.to(device), told.to(device)
        with mixed(device):
            numbers = velocity_error(transformer, clean, told)
        write_pictures(transformer, autoencoder, clean, told, truth, settings, step)
        return numbers

    return Stage(
        name="transformer",
        model=transformer,
        settings=settings.transformer,
        loss=loss,
        evaluate=evaluate,
        adam_only=ADAM_ONLY,
        seed=settings.seed,
        save_every_s=settings.save_every_s,
        evaluate_every_s=settings.evaluate_every_s,
    )


def held_out(check: Encoded, config: ModelConfig) -> tuple[Latents, Conditions]:
    """Standardised latents of the validation clips without key frames, and all that is known of them."""
    shown = list(range(check.count))
    clips = torch.arange(len(check))
    told = check.rows(clips, torch.zeros(len(check), dtype=torch.bool)).latents(shown)
    return standardise(check.latents[0][:, shown], config), told


def flops_a_step(transformer: DiffusionTransformer, settings: TrainSettings) -> float:
    """Floating-point operations of a step of all processes, for clips of the model's own format.

    6 a parameter and token, and 12 a token, layer, number of its width and token that it attends to
    (Chowdhery et al., PaLM, arXiv 2204.02311, appendix B).
    """
    config = settings.model
    tokens = config.video_tokens(config.clip) + config.transformer.text_tokens
    layers = sum(value.numel() for value in transformer.blocks.parameters())
    attention = 12 * config.transformer.depth * config.transformer.width * tokens
    return float(settings.processes * settings.transformer.batch * tokens * (6 * layers + attention))


@torch.no_grad()
def write_pictures(
    transformer: DiffusionTransformer,
    autoencoder: Autoencoder,
    clean: Latents,
    told: Conditions,
    truth: Clips,
    settings: TrainSettings,
    step: int,
) -> None:
    """What is told alone, and for every clip: the truth, its first frame continued, both ends filled in."""
    config = settings.model
    rows = torch.arange(min(SHOWN, len(clean)))
    clean, told = clean[rows], told.rows(rows)
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(7)).to(clean)
    mean, std = (
        torch.tensor(values, device=clean.device)[:, None, None]
        for values in (config.latent_mean, config.latent_std)
    )

    def clips_from(*known: int) -> list[np.ndarray]:
        level = torch.zeros(clean.shape[1], device=clean.device)
        level[list(known)] = 1.0
        with mixed(settings.device):
            latents = sampler.sample(
                transformer,
                noise,
                told,
                settings=sampler.SamplerSettings(steps=16),
                shift=resolution_shift(config.video_tokens(config.clip)),
                context=sampler.Context(clean, level),
            )
            decoded = autoencoder.decode(latents * std + mean)
        return [to_frames(clip[None]) for clip in decoded]

    write_grid(settings.out / f"text-{step:06}.png", clips_from())
    first, ends = clips_from(0), clips_from(0, clean.shape[1] - 1)
    rows_shown = [row for i in rows.tolist() for row in (truth.clip(i), first[i], ends[i])]
    write_grid(settings.out / f"continued-{step:06}.png", rows_shown)

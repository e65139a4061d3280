"""Training of the autoencoder on short crops of the clips."""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from wsim.precision import mixed
from wsim_reference.autoencoder import Autoencoder
from wsim_reference.train.data import Clips
from wsim_reference.train.draws import Draws
from wsim_reference.train.evaluate import reconstruct, reconstruction, write_grid
from wsim_reference.train.loop import Stage
from wsim_reference.train.settings import TrainSettings

EVALUATED_CLIPS = 24
LATENT_NOISE = 0.15  # the decoder learns to forgive what the transformer will get wrong,
LEAST_NOISE = 0.05  # and as the rate falls, to show what the latents hold
LEAST_ERROR = 2e-5  # mean square, of values in [-1, 1]


def draw_crops(clips: Clips, batch: int, length: int, generator: torch.Generator) -> Tensor:
    """Random clips, random starts, half of them mirrored: `[batch, length, 3, height, width]` in [-1, 1]."""
    crops = []
    for number in torch.randint(len(clips), (batch,), generator=generator).tolist():
        frames = clips.clip(number)
        start = int(torch.randint(len(frames) - length + 1, (), generator=generator))
        mirrored = bool(torch.rand((), generator=generator) < 0.5)
        crop = frames[start : start + length]
        crops.append(np.array(crop[:, :, ::-1] if mirrored else crop))
    stacked = torch.from_numpy(np.stack(crops)).permute(0, 1, 4, 2, 3)
    return stacked.float() / 127.5 - 1


def motion_weight(clip: Tensor) -> Tensor:
    """Up to ten times the weight where a clip differs from its own mean over time; mean 1 in every clip.

    A ball is one pixel in a hundred, and all that its clip is about.
    """
    change = (clip - clip.mean(dim=1, keepdim=True)).abs().amax(dim=2, keepdim=True)
    weight = 1 + 9 * (change / 0.5).clamp(max=1)
    return weight / weight.mean(dim=(1, 2, 3, 4), keepdim=True)


def reconstruction_loss(shown: Tensor, truth: Tensor) -> Tensor:
    """Logarithm of the squared error, of all pixels and weighted by motion, and the L1 of spatial gradients.

    The logarithm is what PSNR is made of. It lets a plain clip, of which little is wrong any more, count as
    much as one that is full of detail; the gradients keep edges sharp.

    Args:
        shown: clips `[batch, time, rgb, height, width]`.
        truth: the same.
    """
    error = shown.float() - truth
    edges = error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean()
    alike, moving = (_log_mean_square(error, weight) for weight in (None, motion_weight(truth)))
    return 0.1 * (alike + moving) + 0.5 * edges


def _log_mean_square(error: Tensor, weight: Tensor | None) -> Tensor:
    """Of every clip, and the mean over clips; 53 dB are as good as all."""
    square = error.square() if weight is None else weight * error.square()
    return (square.mean(dim=(1, 2, 3, 4)) + LEAST_ERROR).log().mean()


def _half_size(pictures: Tensor) -> Tensor:
    """Means of 2x2 over the last two axes."""
    small = F.avg_pool2d(pictures.flatten(0, -4), 2)
    return small.reshape(*pictures.shape[:-2], *small.shape[-2:])


def autoencoder_loss(autoencoder: Autoencoder, crops: Tensor, draws: Draws, share: float = 1.0) -> Tensor:
    """The loss of one batch; latent noise falls with the share of its peak that the learning rate has.

    In a quarter of the steps half-size latents must give half-size pictures, which keeps the latents smooth
    and easy to model (EQ-VAE, arXiv 2502.09509).
    """
    latents = autoencoder.encode(crops)
    most = max(share * LATENT_NOISE, LEAST_NOISE)
    strength = most * torch.rand(len(crops), 1, 1, 1, 1, generator=draws.own)
    noise = torch.randn(latents.shape, generator=draws.own)
    latents = latents + (strength * noise).to(latents.device)
    if torch.rand((), generator=draws.common) < 0.25:
        latents, crops = _half_size(latents), _half_size(crops)
    return reconstruction_loss(autoencoder.decode(latents), crops)


def make_stage(autoencoder: Autoencoder, train: Clips, check: Clips, settings: TrainSettings) -> Stage:
    """Everything that the training loop needs."""
    device = torch.device(settings.device)

    def loss(draws: Draws, share: float) -> Tensor:
        crops = draw_crops(train, settings.autoencoder.batch, settings.crop_frames, draws.own).to(device)
        with mixed(device):
            return autoencoder_loss(autoencoder, crops, draws, share)

    def evaluate(step: int) -> dict[str, Any]:
        with mixed(device):
            numbers = reconstruction(autoencoder, check, EVALUATED_CLIPS)
            truths = [np.asarray(check.clip(i)) for i in range(min(4, len(check)))]
            rows = [row for truth in truths for row in (truth, reconstruct(autoencoder, truth))]
        write_grid(settings.out / f"autoencoder-{step:06}.png", rows)
        return numbers

    return Stage(
        name="autoencoder",
        model=autoencoder,
        settings=settings.autoencoder,
        loss=loss,
        evaluate=evaluate,
        adam_only=("pixels_in", "pixels_out", "latent_in", "latent_out"),
        seed=settings.seed,
        save_every_s=settings.save_every_s,
        evaluate_every_s=settings.evaluate_every_s,
    )

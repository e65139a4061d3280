"""From noise to latents: Euler steps along the flow, with guidance and pinned context."""

from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Float, Int
from torch import Tensor

from wsim_reference.flow import Network, clean_estimate, shift_levels

Latents = Float[Tensor, "batch latent channel row column"]
Words = Int[Tensor, "batch word"]


@dataclass(frozen=True, slots=True)
class SamplerSettings:
    """How a clip is sampled.

    Attributes:
        steps: Euler steps.
        guidance: how far to go from the estimate without words to the one with words; 1 is no guidance.
        guided_from: guidance acts between these two noise levels only: earlier it narrows the choice of
            scenes, later it only saturates colours (Kynkaanniemi et al., arXiv 2404.07724).
        guided_until: see `guided_from`.
    """

    steps: int = 20
    guidance: float = 2.0
    guided_from: float = 0.05
    guided_until: float = 0.9


def level_grid(steps: int, shift: float) -> Float[Tensor, " steps_and_one"]:
    """Noise levels from 0 to 1, both included, denser near noise for larger clips."""
    return shift_levels(torch.linspace(0, 1, steps + 1), shift)


def sample(
    network: Network,
    noise: Latents,
    words: Words,
    null_words: Words,
    *,
    settings: SamplerSettings,
    shift: float,
    context: Float[Tensor, "batch known channel row column"] | None = None,
) -> Latents:
    """Draw clean latents.

    Args:
        network: the transformer.
        noise: standard normal; its shape is the shape of the clip.
        words: the prompt.
        null_words: the empty prompt, for guidance.
        settings: steps and guidance.
        shift: of the grid of levels, as in training.
        context: clean latents of the beginning of the clip. They are pinned: at every step they stand at
            level 1, and they come back unchanged.

    Returns:
        Standardised latents of the whole clip.
    """
    known = 0 if context is None else context.shape[1]
    latents = noise.clone()
    if context is not None:
        latents[:, :known] = context
    grid = level_grid(settings.steps, shift).tolist()
    for now, after in pairwise(grid):
        level = torch.full(latents.shape[:2], now, device=latents.device)
        level[:, :known] = 1.0
        guided = settings.guided_from < now < settings.guided_until
        strength = settings.guidance if guided else 1.0
        estimate = _guided_estimate(network, latents, level, words, null_words, strength)
        # On the last step `after` is 1 and this is the estimate itself, with no division by zero.
        share = (after - now) / (1 - now)
        latents[:, known:] += share * (estimate - latents)[:, known:]
    return latents


def _guided_estimate(
    network: Network, noisy: Latents, level: Tensor, words: Words, null_words: Words, strength: float
) -> Latents:
    """Classifier-free guidance (Ho and Salimans, arXiv 2207.12598) on the clean estimate."""
    if strength == 1.0:
        return clean_estimate(network, noisy, level, words)
    both = clean_estimate(
        network, torch.cat([noisy, noisy]), torch.cat([level, level]), torch.cat([words, null_words])
    )
    with_words, without = both.chunk(2)
    return without + strength * (with_words - without)

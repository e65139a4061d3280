"""From noise to latents: Euler steps along the flow, with guidance and pinned context."""

from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from wsim_reference.conditions import Conditions, stacked
from wsim_reference.flow import Network, clean_estimate, interpolate, shift_levels

Latents = Float[Tensor, "batch latent channel row column"]


@dataclass(frozen=True, slots=True)
class SamplerSettings:
    """How a clip is sampled.

    Attributes:
        steps: Euler steps.
        guidance: how far to go from the estimate that is told nothing to the one that is told; 1 is none.
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


@dataclass(frozen=True)
class Context:
    """What is known of the clips that are sampled.

    Attributes:
        latents: clean where they are known, anything elsewhere.
        level: at which noise level each one stands all the time: 1 is exact, less is to be doubted, and
            0 is not known. It comes back unchanged all the same.
    """

    latents: Latents
    level: Float[Tensor, " latent"]

    @property
    def known(self) -> Bool[Tensor, " latent"]:
        """Which ones are not made."""
        return self.level > 0


def sample(
    network: Network,
    noise: Latents,
    told: Conditions,
    *,
    settings: SamplerSettings,
    shift: float,
    context: Context | None = None,
) -> Latents:
    """Draw clean latents.

    Args:
        network: the transformer.
        noise: standard normal; its shape is the shape of the clips, key frames included.
        told: what is known of the clips.
        settings: steps and guidance.
        shift: of the grid of levels, as in training.
        context: latents that are given.

    Returns:
        Standardised latents of the whole clips.
    """
    if context is None:
        context = Context(torch.zeros_like(noise), noise.new_zeros(noise.shape[1]))
    free, batch = ~context.known, len(noise)
    doubted = interpolate(context.latents, noise, context.level.expand(batch, -1))
    shown = torch.where((context.level < 1)[:, None, None, None], doubted, context.latents)
    latents = torch.where(free[:, None, None, None], noise, shown)
    for now, after in pairwise(level_grid(settings.steps, shift).tolist()):
        level = torch.where(free, now, context.level).expand(batch, -1)
        guided = settings.guided_from < now < settings.guided_until
        strength = settings.guidance if guided else 1.0
        estimate = _guided_estimate(network, latents, level, told, strength)
        # On the last step `after` is 1 and this is the estimate itself, with no division by zero.
        share = (after - now) / (1 - now)
        latents[:, free] += share * (estimate - latents)[:, free]
    return torch.where(free[:, None, None, None], latents, context.latents)


def _guided_estimate(
    network: Network, noisy: Latents, level: Tensor, told: Conditions, strength: float
) -> Latents:
    """Classifier-free guidance (Ho and Salimans, arXiv 2207.12598) on the clean estimate."""
    if strength == 1.0:
        return clean_estimate(network, noisy, level, told)
    both = clean_estimate(
        network, torch.cat([noisy, noisy]), torch.cat([level, level]), stacked([told, told.untold()])
    )
    with_told, without = both.chunk(2)
    return without + strength * (with_told - without)

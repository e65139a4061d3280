"""Noise levels in training: which latents of a clip are known, and how noisy the others are.

One network learns all tasks from which frames carry no noise: text to video (none), image to video (the
first), extension forwards and backwards (a prefix, a suffix), in-filling (both ends), any other subset, and
free levels for every frame (Diffusion Forcing, arXiv 2407.01392).

Axis letters: `batch`, `latent` frames of the clip.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from wsim_reference.flow import shift_levels

Levels = Float[Tensor, "batch latent"]
Known = Bool[Tensor, "batch latent"]


@dataclass(frozen=True, slots=True)
class NoiseMixture:
    """How noise levels are drawn.

    Attributes:
        shared: chance that all frames have one level, and none is known.
        independent: chance that every frame has its own.
        first, prefix, suffix, ends: of the rest, the chances that the first latent is known, some first
            ones, some last ones, some at both ends; else every latent is known with a chance of a half.
        exact_context: chance that known frames carry no noise at all; else a level in 0.85 to 1, which
            makes the model forgive imperfect context.
        mean: of the logit of the level; its standard deviation is 1.
    """

    shared: float = 0.35
    independent: float = 0.15
    first: float = 0.30
    prefix: float = 0.45
    suffix: float = 0.10
    ends: float = 0.08
    exact_context: float = 0.5
    mean: float = -0.2


def draw_levels(
    batch: int, latents: int, mixture: NoiseMixture, shift: float, generator: torch.Generator
) -> tuple[Levels, Known]:
    """Noise levels, and which latents are known: the loss does not count these.

    A clip of a single latent has no context. Every clip has at least one latent to predict.
    """
    kind = torch.rand(batch, 1, generator=generator)
    level = _noisy((batch, 1), mixture, shift, generator).expand(batch, latents)
    own = (kind >= mixture.shared) & (kind < mixture.shared + mixture.independent)
    level = torch.where(own, _noisy((batch, latents), mixture, shift, generator), level)

    known = draw_known(batch, latents, mixture, generator)
    known &= kind >= mixture.shared + mixture.independent
    return torch.where(known, context_levels(batch, mixture, generator), level), known


def context_levels(batch: int, mixture: NoiseMixture, generator: torch.Generator) -> Float[Tensor, "batch 1"]:
    """The level of all known latents of a clip: 1, or a little less."""
    nearly = 1 - 0.15 * torch.rand(batch, 1, generator=generator)
    exact = torch.rand(batch, 1, generator=generator) < mixture.exact_context
    return torch.where(exact, 1.0, nearly)


def draw_known(batch: int, latents: int, mixture: NoiseMixture, generator: torch.Generator) -> Known:
    """Which latents are known when some are: never all of them, and none of a single one."""
    if latents == 1:
        return torch.zeros(batch, 1, dtype=torch.bool)
    place = torch.arange(latents)

    def some(most: int) -> Tensor:
        """1 to `most`, but less than all."""
        drawn = 1 + (torch.rand(batch, 1, generator=generator) * most).floor()
        return drawn.clamp(max=latents - 1)

    front, back = some(latents - 1), some(latents - 1)
    before, after = some(max(1, (latents - 1) // 2)), some(max(1, (latents - 1) // 2))
    after = torch.minimum(after, latents - 1 - before)
    scattered = torch.rand(batch, latents, generator=generator) < 0.5
    free = (torch.rand(batch, 1, generator=generator) * latents).floor()

    kinds = torch.stack([
        (place < 1).expand(batch, -1),
        place < front,
        place >= latents - back,
        (place < before) | (place >= latents - after),
        scattered & (place != free),
    ])  # fmt: skip
    shares = torch.tensor([mixture.first, mixture.prefix, mixture.suffix, mixture.ends])
    which = torch.rand(batch, 1, generator=generator) >= shares.cumsum(0)
    return kinds[which.sum(1), torch.arange(batch)]


def _noisy(shape: tuple[int, int], mixture: NoiseMixture, shift: float, generator: torch.Generator) -> Tensor:
    """Logit-normal levels (arXiv 2403.03206, equation 19), moved by the size of the clip."""
    logits = torch.randn(*shape, generator=generator) + mixture.mean
    return shift_levels(torch.sigmoid(logits), shift)

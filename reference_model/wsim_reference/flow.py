"""Rectified flow on latents: what the network is trained to do.

A noisy latent lies on the straight line `z_t = t x + (1 - t) noise` (Liu et al., arXiv 2209.03003); `t = 1`
is clean. The network output F passes a fixed skip, as in EDM (Karras et al., arXiv 2206.00364, section 5),
so that the estimate of the clean latent is exact at `t = 1` whatever the network says:

    x_hat = c_skip z_t + c_out F,   c_skip = t / (t^2 + (1-t)^2),   c_out = (1-t) / sqrt(t^2 + (1-t)^2)

for latents of unit variance: c_skip z_t is the best linear estimate of x and c_out its standard error. The
loss is taken on the velocity `v = (x_hat - z_t) / (1 - t)`.

Axis letters: `batch`, `latent` frames, `channel row column` of the latent cells, `word`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

Latents = Float[Tensor, "batch latent channel row column"]
Levels = Float[Tensor, "batch latent"]
Words = Int[Tensor, "batch word"]
Network: TypeAlias = Callable[[Tensor, Tensor, Tensor], Tensor]

SMALLEST_GAP = 0.05  # the loss weight 1 / (1-t)^2 is held here, else nearly clean frames are all it sees


@dataclass(frozen=True, slots=True)
class NoiseMixture:
    """How noise levels are drawn in training.

    Attributes:
        shared: chance that all frames have one level (text to video).
        independent: chance that every frame has its own (Diffusion Forcing).
        first_frame: of the rest, the chance that just the first frame is known; else a longer prefix.
        exact_context: chance that known frames carry no noise at all; else a level in 0.85 to 1, which
            makes the model forgive imperfect context.
        mean: of the logit of the level; its standard deviation is 1.
    """

    shared: float = 0.45
    independent: float = 0.10
    first_frame: float = 0.40
    exact_context: float = 0.6
    mean: float = -0.2


def _spread(level: Levels) -> Float[Tensor, "batch latent 1 1 1"]:
    return level[..., None, None, None]


def interpolate(clean: Latents, noise: Latents, level: Levels) -> Latents:
    """The noisy latents on the straight line from noise to clean."""
    return _spread(level) * clean + (1 - _spread(level)) * noise


def preconditioning(level: Tensor) -> tuple[Tensor, Tensor]:
    """(c_skip, c_out) of the module docstring."""
    energy = level.square() + (1 - level).square()
    return level / energy, (1 - level) * energy.rsqrt()


def clean_estimate(network: Network, noisy: Latents, level: Levels, words: Words) -> Latents:
    """What the network believes the clean latents to be."""
    skip, out = preconditioning(_spread(level))
    return skip * noisy + out * network(noisy, level, words)


def velocity(estimate: Latents, noisy: Latents, level: Levels) -> Latents:
    """Direction of the straight line from `noisy` to the estimate, per unit of level."""
    return (estimate - noisy) / (1 - _spread(level)).clamp(min=SMALLEST_GAP)


def shift_levels(level: Tensor, shift: float) -> Tensor:
    """Move levels towards noise for larger clips (Esser et al., arXiv 2403.03206, equation 23)."""
    return level / (level + shift * (1 - level))


def resolution_shift(video_tokens: int) -> float:
    """The shift for a clip of that many tokens; 1 at 80 tokens."""
    return float((video_tokens / 80) ** 0.5)


def draw_levels(
    batch: int, latents: int, mixture: NoiseMixture, shift: float, generator: torch.Generator
) -> tuple[Levels, Bool[Tensor, "batch latent"]]:
    """Noise levels and which frames the loss counts (frames given as context do not)."""

    def uniform(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator)

    def noisy_levels(*shape: int) -> Tensor:
        logits = torch.randn(*shape, generator=generator) + mixture.mean
        return shift_levels(torch.sigmoid(logits), shift)

    kind = uniform(batch, 1)
    level = noisy_levels(batch, 1).expand(batch, latents)
    own = (kind >= mixture.shared) & (kind < mixture.shared + mixture.independent)
    level = torch.where(own, noisy_levels(batch, latents), level)

    longer = 2 + (uniform(batch, 1) * (latents - 2)).floor()  # 2 to latents - 1 known latents
    known = torch.where(uniform(batch, 1) < mixture.first_frame, 1.0, longer)
    known = torch.where(kind >= mixture.shared + mixture.independent, known, 0.0)
    is_context = torch.arange(latents) < known
    nearly = 1 - 0.15 * uniform(batch, 1)
    context_level = torch.where(uniform(batch, 1) < mixture.exact_context, 1.0, nearly)
    return torch.where(is_context, context_level, level), ~is_context


def flow_loss(
    network: Network,
    clean: Latents,
    noise: Latents,
    level: Levels,
    counts: Bool[Tensor, "batch latent"],
    words: Words,
) -> Float[Tensor, ""]:
    """Mean squared error of the velocity over the frames that count.

    The target is the velocity towards the true clean latents under the same held gap: exactly
    `clean - noise` wherever `1 - t` is above the gap.
    """
    noisy = interpolate(clean, noise, level)
    estimate = clean_estimate(network, noisy, level, words)
    error = velocity(estimate, noisy, level) - velocity(clean, noisy, level)
    per_frame = error.square().mean(dim=(2, 3, 4))
    return (per_frame * counts).sum() / counts.sum().clamp(min=1)

"""Rectified flow on latents: what the network is trained to do.

A noisy latent lies on the straight line `z_t = t x + (1 - t) noise` (Liu et al., arXiv 2209.03003); `t = 1`
is clean. The network output F passes a fixed skip, as in EDM (Karras et al., arXiv 2206.00364, section 5),
so that the estimate of the clean latent is exact at `t = 1` whatever the network says:

    x_hat = c_skip z_t + c_out F,   c_skip = t / (t^2 + (1-t)^2),   c_out = (1-t) / sqrt(t^2 + (1-t)^2)

for latents of unit variance: c_skip z_t is the best linear estimate of x and c_out its standard error. The
loss is taken on the velocity `v = (x_hat - z_t) / (1 - t)`.

Axis letters: `batch`, `latent` frames, `channel row column` of the latent cells.
"""

from collections.abc import Callable
from typing import TypeAlias

from jaxtyping import Float
from torch import Tensor

from wsim_reference.conditions import Conditions

Latents = Float[Tensor, "batch latent channel row column"]
Levels = Float[Tensor, "batch latent"]
Network: TypeAlias = Callable[[Tensor, Tensor, Conditions], Tensor]

SMALLEST_WEIGHT = 1e-6  # of a whole batch, of which nothing may be left to predict
SMALLEST_GAP = 0.05  # the loss weight 1 / (1-t)^2 is held here, else nearly clean frames are all it sees


def _spread(level: Levels) -> Float[Tensor, "batch latent 1 1 1"]:
    return level[..., None, None, None]


def interpolate(clean: Latents, noise: Latents, level: Levels) -> Latents:
    """The noisy latents on the straight line from noise to clean."""
    return _spread(level) * clean + (1 - _spread(level)) * noise


def preconditioning(level: Tensor) -> tuple[Tensor, Tensor]:
    """(c_skip, c_out) of the module docstring."""
    energy = level.square() + (1 - level).square()
    return level / energy, (1 - level) * energy.rsqrt()


def clean_estimate(network: Network, noisy: Latents, level: Levels, told: Conditions) -> Latents:
    """What the network believes the clean latents to be."""
    skip, out = preconditioning(_spread(level))
    return skip * noisy + out * network(noisy, level, told)


def velocity(estimate: Latents, noisy: Latents, level: Levels) -> Latents:
    """Direction of the straight line from `noisy` to the estimate, per unit of level."""
    return (estimate - noisy) / (1 - _spread(level)).clamp(min=SMALLEST_GAP)


def shift_levels(level: Tensor, shift: float) -> Tensor:
    """Move levels towards noise for larger clips (Esser et al., arXiv 2403.03206, equation 23)."""
    return level / (level + shift * (1 - level))


def resolution_shift(video_tokens: int) -> float:
    """The shift for a clip of that many tokens; 1 at 80 tokens."""
    return float((video_tokens / 80) ** 0.5)


def flow_loss(
    network: Network,
    clean: Latents,
    noise: Latents,
    level: Levels,
    weight: Float[Tensor, "batch latent"],
    told: Conditions,
) -> Float[Tensor, ""]:
    """Weighted mean of the squared error of the velocity; frames of weight 0 are given, and do not count.

    The target is the velocity towards the true clean latents under the same held gap: exactly
    `clean - noise` wherever `1 - t` is above the gap.
    """
    noisy = interpolate(clean, noise, level)
    estimate = clean_estimate(network, noisy, level, told)
    error = velocity(estimate, noisy, level) - velocity(clean, noisy, level)
    per_frame = error.square().mean(dim=(2, 3, 4))
    return (per_frame * weight).sum() / weight.sum().clamp(min=SMALLEST_WEIGHT)

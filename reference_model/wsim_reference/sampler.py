"""From noise to latents: Euler steps along the flow, with guidance and pinned context."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from wsim_reference.conditions import Conditions, stacked
from wsim_reference.flow import Network, clean_estimate, shift_levels

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


@dataclass(frozen=True)
class Begin:
    """Where sampling begins, if not in noise alone.

    Attributes:
        level: the noise level to which the latents of the context are brought (SDEdit, Meng et al., arXiv
            2108.01073): 0 forgets them, and close to 1 hardly anything changes.
        kept: cells that are as in the context all the way, at the noise of each step (RePaint, Lugmayr et
            al., arXiv 2201.09865, without its resampling); None keeps none.
    """

    level: float = 0.0
    kept: Bool[Tensor, "latent row column"] | None = None

    def among(self, latents: Sequence[int]) -> "Begin":
        """The same for some of the latents."""
        return self if self.kept is None else Begin(self.level, self.kept[list(latents)])

    def hold(self, latents: Latents, clean: Latents, noise: Latents, level: float) -> Latents:
        """The latents with those cells put back, at a noise level."""
        if self.kept is None:
            return latents
        known = level * clean + (1 - level) * noise
        return torch.where(self.kept[None, :, None], known, latents)


def sample(
    network: Network,
    noise: Latents,
    told: Conditions,
    *,
    settings: SamplerSettings,
    shift: float,
    context: Context | None = None,
    begin: Begin | None = None,
) -> Latents:
    """Draw clean latents.

    Args:
        network: the transformer.
        noise: standard normal; its shape is the shape of the clips, key frames included.
        told: what is known of the clips.
        settings: steps and guidance.
        shift: of the grid of levels, as in training.
        context: latents that are given.
        begin: what is kept of the latents that are not; nothing unless said.

    Returns:
        Standardised latents of the whole clips.
    """
    if context is None:
        context = Context(torch.zeros_like(noise), noise.new_zeros(noise.shape[1]))
    begin = begin or Begin()
    free, batch = (~context.known)[:, None, None, None], len(noise)
    shown = torch.where(free, begin.level, context.level[:, None, None, None])
    noisy = shown * context.latents + (1 - shown) * noise
    latents = torch.where(shown < 1, noisy, context.latents)
    for now, after in pairwise(_levels_from(begin.level, settings.steps, shift)):
        latents = torch.where(free, begin.hold(latents, context.latents, noise, now), latents)
        level = torch.where(context.known, context.level, now).expand(batch, -1)
        guided = settings.guided_from < now < settings.guided_until
        strength = settings.guidance if guided else 1.0
        estimate = _guided_estimate(network, latents, level, told, strength)
        # On the last step `after` is 1 and this is the estimate itself, with no division by zero.
        share = (after - now) / (1 - now)
        latents = torch.where(free, latents + share * (estimate - latents), latents)
    return torch.where(free, begin.hold(latents, context.latents, noise, 1.0), context.latents)


def _levels_from(begin: float, steps: int, shift: float) -> list[float]:
    """The grid of levels from where sampling begins: as fine as the whole, so that fewer steps are left."""
    return [begin, *(level for level in level_grid(steps, shift).tolist() if level > begin)]


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

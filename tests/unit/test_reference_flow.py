"""The objective and the sampler against what is known in closed form."""

import pytest
import torch
from torch import Tensor

from wsim_reference.flow import (
    NoiseMixture,
    clean_estimate,
    draw_levels,
    flow_loss,
    interpolate,
    preconditioning,
    resolution_shift,
    shift_levels,
    velocity,
)
from wsim_reference.sampler import SamplerSettings, level_grid, sample

WORDS = torch.zeros(1, 3, dtype=torch.int64)


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


class Oracle:
    """The network whose clean estimate is exact for data of mean `centre` and deviation `spread`.

    For Gaussian data E[x | z_t] is linear: centre + t s^2 / (t^2 s^2 + (1-t)^2) (z - t centre).
    """

    def __init__(self, centre: Tensor, spread: float) -> None:
        self.centre, self.variance = centre, spread**2

    def __call__(self, noisy: Tensor, level: Tensor, words: Tensor) -> Tensor:
        t = level[..., None, None, None]
        gain = t * self.variance / (t**2 * self.variance + (1 - t) ** 2)
        estimate = self.centre + gain * (noisy - t * self.centre)
        skip, out = preconditioning(t)
        return (estimate - skip * noisy) / out.clamp(min=1e-12)


def test_preconditioning_is_exact_when_clean_and_all_network_when_noise() -> None:
    skip, out = preconditioning(torch.tensor([0.0, 1.0]))
    assert skip.tolist() == [0.0, 1.0] and out.tolist() == [1.0, 0.0]


@pytest.mark.parametrize("t", [0.1, 0.37, 0.5, 0.9])
def test_the_skip_is_the_best_linear_estimate_for_unit_variance(t: float) -> None:
    # z = t x + (1-t) e: cov(x, z) / var(z), and the deviation that is left over.
    skip, out = preconditioning(torch.tensor(t))
    variance = t**2 + (1 - t) ** 2
    assert float(skip) == pytest.approx(t / variance)
    assert float(out) ** 2 == pytest.approx(1 - t**2 / variance, rel=1e-4)


def test_the_network_target_has_unit_variance_at_every_level() -> None:
    clean, noise = normal(1, 1, 16, 64, 64, seed=1), normal(1, 1, 16, 64, 64, seed=2)
    for t in (0.05, 0.5, 0.95):
        level = torch.full((1, 1), t)
        skip, out = preconditioning(torch.tensor(t))
        target = (clean - skip * interpolate(clean, noise, level)) / out
        assert float(target.std()) == pytest.approx(1, abs=0.02)


def test_velocity_towards_the_truth_is_clean_minus_noise() -> None:
    clean, noise = normal(2, 3, 4, 2, 2, seed=1), normal(2, 3, 4, 2, 2, seed=2)
    level = torch.rand(2, 3, generator=torch.Generator().manual_seed(3)) * 0.9
    torch.testing.assert_close(
        velocity(clean, interpolate(clean, noise, level), level), clean - noise, rtol=1e-4, atol=1e-4
    )


def test_a_network_that_knows_the_answer_has_no_loss_and_context_does_not_count() -> None:
    clean, noise = normal(2, 4, 3, 2, 2, seed=1), normal(2, 4, 3, 2, 2, seed=2)
    level = torch.full((2, 4), 0.4)
    counts = torch.tensor([[False, True, True, True]] * 2)
    right = Oracle(clean, 0.0)
    words = WORDS.expand(2, -1)
    assert float(flow_loss(right, clean, noise, level, counts, words)) < 1e-9
    wrong_first = clean.clone()
    wrong_first[:, 0] += 100
    assert float(flow_loss(Oracle(wrong_first, 0.0), clean, noise, level, counts, words)) < 1e-9
    assert float(flow_loss(Oracle(wrong_first, 0.0), clean, noise, level, ~counts, words)) > 1


def test_a_clean_frame_is_returned_whatever_the_network_says() -> None:
    clean = normal(1, 2, 3, 2, 2)
    level = torch.tensor([[1.0, 0.5]])
    estimate = clean_estimate(lambda z, t, w: normal(*z.shape, seed=9), clean, level, WORDS)
    assert torch.equal(estimate[:, 0], clean[:, 0]) and not torch.equal(estimate[:, 1], clean[:, 1])


def test_noise_mixture_gives_contexts_that_are_prefixes() -> None:
    mixture = NoiseMixture(shared=0.0, independent=0.0, first_frame=0.5)
    level, counts = draw_levels(500, 7, mixture, 1.0, torch.Generator().manual_seed(0))
    known = (~counts).sum(1)
    assert torch.equal(~counts, torch.arange(7) < known[:, None])  # a prefix, no holes
    assert set(known.tolist()) == {1, 2, 3, 4, 5, 6}
    assert 200 < int((known == 1).sum()) < 300
    assert float(level[~counts].min()) >= 0.85 and float(level[counts].max()) < 1


def test_noise_mixture_shares() -> None:
    level, counts = draw_levels(4000, 7, NoiseMixture(), 1.0, torch.Generator().manual_seed(0))
    free = counts.all(1)
    shared = free & (level == level[:, :1]).all(1)
    assert float(free.float().mean()) == pytest.approx(0.55, abs=0.03)
    assert float(shared.float().mean()) == pytest.approx(0.45, abs=0.03)


def test_shift_keeps_the_ends_and_moves_towards_noise() -> None:
    grid = level_grid(10, 2.0)
    assert float(grid[0]) == 0 and float(grid[-1]) == 1
    assert bool((grid.diff() > 0).all())
    assert float(shift_levels(torch.tensor(0.5), 2.0)) < 0.5
    assert resolution_shift(80) == 1


@pytest.mark.parametrize("steps", [1, 3, 20])
def test_one_possible_answer_is_reached_in_any_number_of_steps(steps: int) -> None:
    answer = normal(1, 3, 2, 2, 2, seed=5)
    found = sample(
        Oracle(answer, 0.0), normal(1, 3, 2, 2, 2), WORDS, WORDS, settings=SamplerSettings(steps), shift=1.2
    )
    torch.testing.assert_close(found, answer, rtol=1e-4, atol=1e-4)


def test_the_flow_carries_a_normal_to_a_normal() -> None:
    # The exact flow from N(0, 1) to N(m, s^2) is x = m + s noise.
    centre, noise = torch.full((1, 1, 1, 4, 4), 2.0), normal(1, 1, 1, 4, 4)
    settings = SamplerSettings(steps=400, guidance=1.0)
    found = sample(Oracle(centre, 0.5), noise, WORDS, WORDS, settings=settings, shift=1.0)
    torch.testing.assert_close(found, centre + 0.5 * noise, rtol=0, atol=0.02)


def test_context_is_pinned_exactly() -> None:
    context = normal(1, 2, 2, 2, 2, seed=4)
    seen: list[Tensor] = []

    def network(noisy: Tensor, level: Tensor, words: Tensor) -> Tensor:
        seen.append(noisy[:1, :2].clone())
        assert bool((level[:, :2] == 1).all()) and bool((level[:, 2:] < 1).all())
        return noisy

    found = sample(
        network, normal(1, 5, 2, 2, 2), WORDS, WORDS, settings=SamplerSettings(), shift=1.0, context=context
    )
    assert torch.equal(found[:, :2], context)
    assert len(seen) == 20 and all(torch.equal(part, context) for part in seen)


def test_guidance_goes_beyond_the_prompt_and_only_in_its_interval() -> None:
    calls: list[int] = []

    def network(noisy: Tensor, level: Tensor, words: Tensor) -> Tensor:
        calls.append(len(noisy))
        return words[:, :1, None, None, None].float().expand_as(noisy)

    zero = torch.zeros(1, 1, 1, 1, 1)
    settings = SamplerSettings(steps=2, guidance=3.0, guided_from=0.0, guided_until=0.9)
    found = sample(network, zero, WORDS + 1, WORDS, settings=settings, shift=1.0)
    assert calls == [1, 2]  # the first step is at level 0, outside the open interval
    skip, out = preconditioning(torch.tensor(0.5))
    assert float(found) == pytest.approx(float(skip * 0.5 + 3 * out), rel=1e-5)

"""The objective and the sampler against what is known in closed form."""

import pytest
import torch
from torch import Tensor

from wsim_reference.conditions import Conditions, plain
from wsim_reference.flow import (
    clean_estimate,
    flow_loss,
    interpolate,
    preconditioning,
    resolution_shift,
    shift_levels,
    velocity,
)
from wsim_reference.mixture import NoiseMixture, context_levels, draw_known, draw_levels
from wsim_reference.sampler import Context, SamplerSettings, level_grid, sample
from wsim_reference.spans import clip_spans


def said(latents: int, batch: int = 1, word: int = 7) -> Conditions:
    """Words alone, for a clip of so many latents."""
    return plain(torch.full((batch, 3), word), clip_spans(4 * latents - 3))


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


class Oracle:
    """The network whose clean estimate is exact for data of mean `centre` and deviation `spread`.

    For Gaussian data E[x | z_t] is linear: centre + t s^2 / (t^2 s^2 + (1-t)^2) (z - t centre).
    """

    def __init__(self, centre: Tensor, spread: float) -> None:
        self.centre, self.variance = centre, spread**2

    def __call__(self, noisy: Tensor, level: Tensor, told: Conditions) -> Tensor:
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
    weight = torch.tensor([[0.0, 1.0, 1.0, 1.0]] * 2)
    right = Oracle(clean, 0.0)
    words = said(4, 2)
    assert float(flow_loss(right, clean, noise, level, weight, words)) < 1e-9
    wrong_first = clean.clone()
    wrong_first[:, 0] += 100
    assert float(flow_loss(Oracle(wrong_first, 0.0), clean, noise, level, weight, words)) < 1e-9
    assert float(flow_loss(Oracle(wrong_first, 0.0), clean, noise, level, 1 - weight, words)) > 1
    late = clean.clone()
    late[1, 1:] += 1
    less = weight * torch.tensor([[3.0], [1.0]])
    both = [float(flow_loss(Oracle(late, 0.0), clean, noise, level, w, words)) for w in (weight, less)]
    assert both[1] == pytest.approx(both[0] / 2)


def test_a_clean_frame_is_returned_whatever_the_network_says() -> None:
    clean = normal(1, 2, 3, 2, 2)
    level = torch.tensor([[1.0, 0.5]])
    estimate = clean_estimate(lambda z, t, w: normal(*z.shape, seed=9), clean, level, said(2))
    assert torch.equal(estimate[:, 0], clean[:, 0]) and not torch.equal(estimate[:, 1], clean[:, 1])


def only(kind: str) -> NoiseMixture:
    """Every clip has context, of one kind."""
    chances = dict.fromkeys(("first", "prefix", "suffix", "ends"), 0.0)
    return NoiseMixture(shared=0.0, independent=0.0, **{**chances, kind: 1.0} if kind else chances)


@pytest.mark.parametrize("kind", ["first", "prefix", "suffix", "ends", ""])
def test_every_kind_of_context_is_what_it_says(kind: str) -> None:
    level, known = draw_levels(400, 7, only(kind), 1.0, torch.Generator().manual_seed(0))
    assert not bool(known.all(1).any())  # something is left to predict
    count, place = known.sum(1, keepdim=True), torch.arange(7)
    if kind == "first":
        assert torch.equal(known, (place < 1).expand(400, -1))
    elif kind == "prefix":
        assert torch.equal(known, place < count) and set(count.flatten().tolist()) == {1, 2, 3, 4, 5, 6}
    elif kind == "suffix":
        assert torch.equal(known, place >= 7 - count) and int(count.max()) == 6
    elif kind == "ends":
        assert bool((known[:, 0] & known[:, -1]).all()) and int((known.diff(dim=1) != 0).sum(1).max()) == 2
    else:
        assert 2.5 < float(count.float().mean()) < 3.5 and bool(known.any(0).all())
    if kind:
        assert float(level[known].min()) >= 0.85
        assert bool((torch.where(known, level, 9).amin(1) == torch.where(known, level, 0).amax(1)).all())
    assert float(level[~known].max()) < 1


@pytest.mark.parametrize("latents", [1, 2, 3])
def test_the_shortest_clips_have_something_to_predict(latents: int) -> None:
    for kind in ("first", "prefix", "suffix", "ends", ""):
        known = draw_known(50, latents, only(kind), torch.Generator().manual_seed(1))
        assert known.shape == (50, latents) and not bool(known.all(1).any())
        assert latents > 1 or not bool(known.any())


def test_context_is_exact_as_often_as_it_says() -> None:
    level = context_levels(2000, NoiseMixture(exact_context=0.5), torch.Generator().manual_seed(0))
    assert float((level == 1).float().mean()) == pytest.approx(0.5, abs=0.04)
    assert 0.85 <= float(level.min()) < 0.9


def test_noise_mixture_shares() -> None:
    mixture = NoiseMixture(shared=0.45, independent=0.2)
    level, known = draw_levels(4000, 7, mixture, 1.0, torch.Generator().manual_seed(0))
    free = ~known.any(1)
    shared = free & (level == level[:, :1]).all(1)
    assert float(free.float().mean()) == pytest.approx(0.65, abs=0.03)
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
        Oracle(answer, 0.0), normal(1, 3, 2, 2, 2), said(3), settings=SamplerSettings(steps), shift=1.2
    )
    torch.testing.assert_close(found, answer, rtol=1e-4, atol=1e-4)


def test_the_flow_carries_a_normal_to_a_normal() -> None:
    # The exact flow from N(0, 1) to N(m, s^2) is x = m + s noise.
    centre, noise = torch.full((1, 1, 1, 4, 4), 2.0), normal(1, 1, 1, 4, 4)
    settings = SamplerSettings(steps=400, guidance=1.0)
    found = sample(Oracle(centre, 0.5), noise, said(1), settings=settings, shift=1.0)
    torch.testing.assert_close(found, centre + 0.5 * noise, rtol=0, atol=0.02)


def test_context_is_pinned_exactly_wherever_it_is() -> None:
    clean = normal(1, 5, 2, 2, 2, seed=4)
    level = torch.tensor([1.0, 0.0, 0.0, 1.0, 0.0])
    known = level > 0
    seen: list[Tensor] = []

    def network(noisy: Tensor, level: Tensor, told: Conditions) -> Tensor:
        seen.append(noisy[:1, known].clone())
        assert bool((level[:, known] == 1).all()) and bool((level[:, ~known] < 1).all())
        return noisy

    found = sample(
        network,
        normal(1, 5, 2, 2, 2),
        said(5),
        settings=SamplerSettings(),
        shift=1.0,
        context=Context(clean, level),
    )
    assert torch.equal(found[:, known], clean[:, known]) and not torch.equal(found[:, 1], clean[:, 1])
    assert len(seen) == 20 and all(torch.equal(part, clean[:, known]) for part in seen)


def test_doubted_context_is_shown_with_its_noise_and_given_back_without() -> None:
    clean, noise = normal(1, 3, 2, 2, 2, seed=4), normal(1, 3, 2, 2, 2)

    def network(noisy: Tensor, level: Tensor, told: Conditions) -> Tensor:
        torch.testing.assert_close(noisy[:1, 0], 0.97 * clean[:, 0] + 0.03 * noise[:, 0])
        assert bool((level[:, 0] == 0.97).all())
        return noisy

    context = Context(clean, torch.tensor([0.97, 0.0, 0.0]))
    found = sample(network, noise, said(3), settings=SamplerSettings(3), shift=1.0, context=context)
    assert torch.equal(found[:, 0], clean[:, 0])


def test_guidance_goes_beyond_the_prompt_and_only_in_its_interval() -> None:
    calls: list[int] = []

    def network(noisy: Tensor, level: Tensor, told: Conditions) -> Tensor:
        calls.append(len(noisy))
        return told.words[:, :1, None, None, None].float().expand_as(noisy)

    zero = torch.zeros(1, 1, 1, 1, 1)
    settings = SamplerSettings(steps=2, guidance=3.0, guided_from=0.0, guided_until=0.9)
    found = sample(network, zero, said(1, word=5), settings=settings, shift=1.0)
    assert calls == [1, 2]  # the first step is at level 0, outside the open interval
    skip, out = preconditioning(torch.tensor(0.5))
    # At level 0 the estimate is what the network says: 5; halfway there the latent is 2.5. The words are 5,
    # the null token is 1: guidance of 3 goes to 1 + 3 (5 - 1).
    assert float(found) == pytest.approx(float(skip * 2.5 + 13 * out), rel=1e-5)

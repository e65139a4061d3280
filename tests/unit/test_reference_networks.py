"""The autoencoder and the transformer: shapes, inverses, and what may depend on what."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from wsim import WsimError
from wsim_reference.autoencoder import Autoencoder, from_chunks, to_chunks
from wsim_reference.conditions import Conditions, conditions_of, plain, stacked
from wsim_reference.config import PRESETS, config_from_json, latents_of, longest_prefix
from wsim_reference.dit import DiffusionTransformer, attention, patchify, unpatchify
from wsim_reference.frames import to_frames
from wsim_reference.rotary import positions, rotary_angles, rotate
from wsim_reference.signals import CAMERA_NUMBERS, action_numbers_of
from wsim_reference.spans import clip_spans, middle

NANO = PRESETS["nano"]
SPANS = clip_spans(9)
ACTION_NUMBERS = action_numbers_of(NANO.transformer.action_kinds)


def stirred(network: nn.Module) -> nn.Module:
    """Random weights everywhere, so that nothing is hidden by a zero initialisation."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for value in network.parameters():
            value += 0.05 * torch.randn(value.shape, generator=generator)
    return network.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def autoencoder() -> Autoencoder:
    torch.manual_seed(0)
    network = stirred(Autoencoder(NANO.autoencoder))
    assert isinstance(network, Autoencoder)
    return network


@pytest.fixture(scope="module")
def transformer() -> DiffusionTransformer:
    torch.manual_seed(0)
    network = stirred(DiffusionTransformer(NANO.transformer, NANO.autoencoder.channels))
    assert isinstance(network, DiffusionTransformer)
    return network


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("frames", [1, 5, 25])
def test_chunks_and_back(frames: int) -> None:
    clip = normal(2, frames, 3, 8, 8)
    chunks = to_chunks(clip)
    assert chunks.shape == (2, latents_of(frames), 4, 3, 8, 8)
    assert torch.equal(chunks[:, 0, 0], chunks[:, 0, 3])  # a picture stands still
    assert torch.equal(from_chunks(chunks), clip)


def test_lengths_that_are_not_one_and_fours_are_refused_with_the_neighbours() -> None:
    with pytest.raises(WsimError, match="1 \\+ 4k") as error:
        latents_of(24)
    assert "21 or 25" in str(error.value)
    assert [longest_prefix(n) for n in (1, 4, 5, 8, 9)] == [1, 1, 5, 5, 9]


def test_latents_are_normed_and_clips_keep_their_shape(autoencoder: Autoencoder) -> None:
    clip = normal(2, 9, 3, 32, 48).clamp(-1, 1)
    latents = autoencoder.encode(clip)
    assert latents.shape == (2, 3, NANO.autoencoder.channels, 4, 6)
    torch.testing.assert_close(latents.square().mean(2), torch.ones(2, 3, 4, 6), rtol=0, atol=0.02)
    assert autoencoder.decode(latents).shape == clip.shape


def test_a_prefix_is_encoded_as_in_the_whole_clip(autoencoder: Autoencoder) -> None:
    clip = normal(1, 9, 3, 32, 32)
    torch.testing.assert_close(autoencoder.encode(clip[:, :5]), autoencoder.encode(clip)[:, :2])


def test_pictures_and_loose_chunks_are_encoded_as_clips_of_their_own(autoencoder: Autoencoder) -> None:
    clip = normal(1, 9, 3, 32, 32)
    pictures = [autoencoder.encode(clip[:, i : i + 1]) for i in (8, 3)]
    expected = torch.cat([autoencoder.encode(clip), *pictures], dim=1)
    torch.testing.assert_close(autoencoder.encode_with_pictures(clip, [8, 3]), expected)
    assert autoencoder.encode_with_pictures(clip, []).shape == expected[:, :3].shape
    loose = torch.cat([clip[:, 5:9], clip[:, 8:9].expand(-1, 4, -1, -1, -1)], dim=1)
    torch.testing.assert_close(autoencoder.encode_chunks(loose), expected[:, [2, 3]])


def test_the_decoder_sees_its_neighbours_and_no_further(autoencoder: Autoencoder) -> None:
    latents = normal(1, 4, NANO.autoencoder.channels, 4, 4)
    changed = latents.clone()
    changed[:, 3] += 1
    moved = (autoencoder.decode(changed) - autoencoder.decode(latents)).abs().amax((0, 2, 3, 4))
    assert float(moved[:5].max()) == 0 and float(moved[5:9].min()) > 0 and float(moved[9:].min()) > 0


def test_patches_and_back() -> None:
    latents = normal(2, 3, 5, 4, 6)
    tokens = patchify(latents, 2)
    assert tokens.shape == (2, 3, 6, 20)
    assert torch.equal(unpatchify(tokens, 2, rows=4), latents)
    assert torch.equal(tokens[0, 0, 0].view(5, 2, 2), latents[0, 0, :, :2, :2])  # one token, one square


def test_positions_are_frames_and_cells_from_the_centre() -> None:
    frame = torch.tensor([[middle(span) for span in clip_spans(9)]])
    places = positions(frame, 4, 4, 2).reshape(3, 2, 2, 3)
    assert places[:, 0, 0, 0].tolist() == [0.0, 1.25, 3.25]  # frames 0, 2.5, 6.5, in pairs of frames
    assert places[0, :, 0, 1].tolist() == [-1.0, 1.0] and places[0, 0, :, 2].tolist() == [-1.0, 1.0]


def test_wider_and_longer_clips_leave_the_places_of_the_smaller_where_they_are() -> None:
    small = positions(torch.tensor([[0.0, 2.5]]), 4, 4, 2).reshape(2, 2, 2, 3)
    large = positions(torch.tensor([[0.0, 2.5, 6.5]]), 4, 8, 2).reshape(3, 2, 4, 3)
    assert torch.equal(large[:2, :, 1:3], small)


def test_a_key_frame_stands_at_its_own_time_in_every_clip_of_a_batch() -> None:
    places = positions(torch.tensor([[0.0, 2.5, 7.0], [0.0, 2.5, 3.0]]), 2, 2, 2)
    assert places[:, 2, 0].tolist() == [3.5, 1.5]  # pairs of frames


def test_rotary_products_depend_on_the_difference_alone() -> None:
    query, key = normal(1, 64, seed=1), normal(1, 64, seed=2)

    def product(a: list[float], b: list[float]) -> float:
        turned = []
        for head, place in ((query, a), (key, b)):
            angles = rotary_angles(torch.tensor([[place]]), 64)[0]
            assert angles.shape == (1, 32)
            turned.append(rotate(head, (angles.cos(), angles.sin())))
        return float((turned[0] * turned[1]).sum())

    near = product([1.0, 2.0, 3.0], [0.0, 0.5, 1.0])
    assert product([6.0, -1.0, 4.0], [5.0, -2.5, 2.0]) == pytest.approx(near, abs=1e-3)
    assert product([6.0, -1.0, 4.0], [4.0, -2.5, 2.0]) != pytest.approx(near, abs=1e-2)


def told(words: Tensor, **numbers: Tensor) -> Conditions:
    """Three latents about which all kinds of numbers are known."""
    one = conditions_of(
        words[0].tolist(),
        SPANS,
        np.array([0.0, -1.0, -1.0, -1.5], np.float32),
        ACTION_NUMBERS,
        normal(3, CAMERA_NUMBERS, seed=5).numpy(),
        normal(3, ACTION_NUMBERS, seed=6).numpy(),
    )
    many = replace(stacked([one] * len(words)), words=words)
    return replace(many, **numbers)


def test_attention_in_training_is_that_of_sampling() -> None:
    query, key, value = (normal(2, 3, 50, 16, seed=seed) for seed in range(3))
    with torch.no_grad():
        fused = attention(query, key, value)
    torch.testing.assert_close(attention(query, key, value), fused, rtol=1e-5, atol=1e-5)


def test_a_fresh_transformer_says_nothing() -> None:
    network = DiffusionTransformer(NANO.transformer, NANO.autoencoder.channels)
    words = torch.ones(1, 12, dtype=torch.int64)
    out = network(normal(1, 3, 8, 4, 4), torch.full((1, 3), 0.5), told(words))
    assert out.shape == (1, 3, 8, 4, 4) and not bool(out.any())


def test_output_depends_on_levels_frames_and_all_that_is_told(transformer: DiffusionTransformer) -> None:
    noisy, level = normal(1, 3, 8, 4, 4), torch.full((1, 3), 0.5)
    words = torch.arange(12)[None]
    known = told(words)
    base = transformer(noisy, level, known)
    changed = noisy.clone()
    changed[:, 0] += 1
    others = [
        transformer(noisy, level.index_fill(1, torch.tensor([2]), 0.9), known),
        transformer(changed, level, known),
        transformer(noisy, level, told(words + 20)),
        transformer(noisy, level, told(words, camera=known.camera + 1)),
        transformer(noisy, level, told(words, actions=known.actions.roll(1, 1))),
        transformer(noisy, level, told(words, clip=known.clip + 1)),
        transformer(noisy, level, told(words, frame=known.frame * 2)),
        transformer(noisy, level, told(words, span=known.span.roll(1, 1))),
        transformer(noisy, level, known.untold()),
    ]
    for other in others:
        assert bool(((other - base).abs().amax((0, 2, 3, 4)) > 1e-5).all())


def test_a_network_that_is_not_conditioned_reads_words_and_times_only() -> None:
    torch.manual_seed(0)
    config = replace(NANO.transformer, conditioned=False)
    network = stirred(DiffusionTransformer(config, NANO.autoencoder.channels))
    noisy, level = normal(1, 3, 8, 4, 4), torch.full((1, 3), 0.5)
    words = torch.arange(12)[None]
    assert torch.equal(network(noisy, level, told(words)), network(noisy, level, plain(words, SPANS)))


@pytest.mark.parametrize(("latents", "rows", "columns"), [(1, 2, 2), (3, 2, 8), (5, 6, 4)])
def test_any_size_and_length_goes_in_and_comes_out(
    transformer: DiffusionTransformer, latents: int, rows: int, columns: int
) -> None:
    noisy = normal(1, latents, 8, rows, columns)
    words = plain(torch.ones(1, 12, dtype=torch.int64), clip_spans(4 * latents - 3))
    known = replace(words, actions=torch.zeros(1, latents, ACTION_NUMBERS))
    out = transformer(noisy, torch.full((1, latents), 0.5), known)
    assert out.shape == noisy.shape and bool(out.isfinite().all())


def test_clips_of_a_batch_do_not_see_each_other(transformer: DiffusionTransformer) -> None:
    noisy, level = normal(2, 3, 8, 4, 4), torch.tensor([[0.1, 0.5, 0.9], [1.0, 0.2, 0.3]])
    known = told(torch.stack([torch.arange(12), torch.arange(12) + 9]))
    known = replace(known, frame=torch.tensor([[0.0, 2.5, 6.5], [0.0, 2.5, 7.0]]))
    both = transformer(noisy, level, known)
    alone = transformer(noisy[1:], level[1:], known.rows(torch.tensor([1])))
    torch.testing.assert_close(both[1:], alone, rtol=1e-4, atol=1e-5)


def test_the_order_of_key_frames_does_not_matter(transformer: DiffusionTransformer) -> None:
    noisy, level = normal(1, 5, 8, 4, 4), torch.tensor([[0.3, 0.3, 0.3, 1.0, 1.0]])
    spans = [*SPANS, (3, 3), (7, 7)]
    known = conditions_of([1] * 12, spans, np.zeros(4, np.float32), ACTION_NUMBERS)
    order = [0, 1, 2, 4, 3]
    one = transformer(noisy, level, known)
    other = transformer(noisy[:, order], level[:, order], known.latents(order))
    torch.testing.assert_close(one[:, :3], other[:, :3], rtol=1e-4, atol=1e-5)


def test_a_gradient_reaches_every_parameter() -> None:
    torch.manual_seed(0)
    network = stirred(DiffusionTransformer(NANO.transformer, NANO.autoencoder.channels))
    network.requires_grad_(True)
    words = torch.arange(24).reshape(2, 12)
    out = network(normal(2, 3, 8, 4, 4), torch.rand(2, 3), told(words))
    out.square().mean().backward()
    for name, value in network.named_parameters():
        assert value.grad is not None and bool(value.grad.any()), name


def test_configuration_round_trip_and_unknown_fields() -> None:
    config = NANO.replace(latent_mean=(0.5, 1.0), latent_std=(2.0, 3.0))
    assert config_from_json(json.loads(json.dumps(config.to_json())), "here") == config
    with pytest.raises(WsimError, match="does not fit this version") as error:
        config_from_json({**config.to_json(), "colour": 1}, "weights/config.json")
    assert "weights/config.json" in str(error.value) and "colour" in str(error.value)


def test_configurations_from_before_are_read_as_they_were() -> None:
    data = PRESETS["S"].to_json()
    for name in ("sizes", "lengths", "rates"):
        del data[name]
    for name in ("conditioned", "action_kinds"):
        del data["transformer"][name]
    config = config_from_json(data, "here")
    assert not config.transformer.conditioned and config.sizes == () and config.longest == config.num_frames


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_pixels_that_are_no_numbers_are_an_error(bad: float) -> None:
    clip = torch.zeros(1, 2, 3, 4, 4)
    assert (to_frames(clip) == 128).all()
    clip[0, 1, 2, 3, 3] = bad
    with pytest.raises(WsimError, match="pixels that are no numbers"):
        to_frames(clip)

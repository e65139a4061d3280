"""The autoencoder and the transformer: shapes, inverses, and what may depend on what."""

import pytest
import torch
from torch import Tensor, nn

from wsim import WsimError
from wsim_reference.autoencoder import Autoencoder, from_chunks, to_chunks
from wsim_reference.config import PRESETS, config_from_json, latents_of, longest_prefix
from wsim_reference.dit import DiffusionTransformer, patchify, positions, rotary_angles, rotate, unpatchify

NANO = PRESETS["nano"]


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
    places = positions(3, 4, 4, 2).reshape(3, 2, 2, 3)
    assert places[:, 0, 0, 0].tolist() == [0.0, 1.25, 3.25]  # frames 0, 2.5, 6.5, in pairs of frames
    assert places[0, :, 0, 1].tolist() == [-1.0, 1.0] and places[0, 0, :, 2].tolist() == [-1.0, 1.0]


def test_rotary_products_depend_on_the_difference_alone() -> None:
    query, key = normal(1, 64, seed=1), normal(1, 64, seed=2)

    def product(a: list[float], b: list[float]) -> float:
        turned = []
        for head, place in ((query, a), (key, b)):
            angles = rotary_angles(torch.tensor([place]), 64)
            assert angles.shape == (1, 32)
            turned.append(rotate(head, (angles.cos(), angles.sin())))
        return float((turned[0] * turned[1]).sum())

    near = product([1.0, 2.0, 3.0], [0.0, 0.5, 1.0])
    assert product([6.0, -1.0, 4.0], [5.0, -2.5, 2.0]) == pytest.approx(near, abs=1e-3)
    assert product([6.0, -1.0, 4.0], [4.0, -2.5, 2.0]) != pytest.approx(near, abs=1e-2)


def test_a_fresh_transformer_says_nothing() -> None:
    network = DiffusionTransformer(NANO.transformer, NANO.autoencoder.channels)
    out = network(normal(1, 3, 8, 4, 4), torch.full((1, 3), 0.5), torch.ones(1, 12, dtype=torch.int64))
    assert out.shape == (1, 3, 8, 4, 4) and not bool(out.any())


def test_output_depends_on_words_levels_and_every_frame(transformer: DiffusionTransformer) -> None:
    noisy, level = normal(1, 3, 8, 4, 4), torch.full((1, 3), 0.5)
    words = torch.arange(12)[None]
    base = transformer(noisy, level, words)
    other_words = transformer(noisy, level, words + 20)
    other_level = transformer(noisy, level.index_fill(1, torch.tensor([2]), 0.9), words)
    changed = noisy.clone()
    changed[:, 0] += 1
    other_frame = transformer(changed, level, words)
    for other in (other_words, other_level, other_frame):
        assert bool(((other - base).abs().amax((0, 2, 3, 4)) > 1e-5).all())


def test_clips_of_a_batch_do_not_see_each_other(transformer: DiffusionTransformer) -> None:
    noisy, level = normal(2, 3, 8, 4, 4), torch.tensor([[0.1, 0.5, 0.9], [1.0, 0.2, 0.3]])
    words = torch.stack([torch.arange(12), torch.arange(12) + 9])
    both = transformer(noisy, level, words)
    alone = transformer(noisy[1:], level[1:], words[1:])
    torch.testing.assert_close(both[1:], alone, rtol=1e-4, atol=1e-5)


def test_configuration_round_trip_and_unknown_fields() -> None:
    config = NANO.replace(latent_mean=(0.5, 1.0), latent_std=(2.0, 3.0))
    assert config_from_json(config.to_json(), "here") == config
    with pytest.raises(WsimError, match="does not fit this version") as error:
        config_from_json({**config.to_json(), "colour": 1}, "weights/config.json")
    assert "weights/config.json" in str(error.value) and "colour" in str(error.value)

"""What networks are computed with, on a machine whose habits are others."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from wsim.metrics.encoder.features import InDomain
from wsim.metrics.encoder.towers import Encoder, Size
from wsim.metrics.encoder.words import Words
from wsim.metrics.lpips import _LAYERS, Lpips
from wsim.metrics.precision import float32_inference


def habits() -> tuple[bool, bool, bool]:
    cudnn = torch.backends.cudnn
    return cudnn.enabled, cudnn.allow_tf32, torch.is_grad_enabled()


def test_convolutions_keep_cudnn_and_lose_tf32() -> None:
    before = habits()
    with float32_inference():
        assert habits() == (before[0], False, False)
    assert habits() == before and before[0]


def test_networks_are_computed_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, convolve = [], functional.conv2d

    def spy(*given: object, **options: object) -> torch.Tensor:
        seen.append(habits())
        return convolve(*given, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(functional, "conv2d", spy)
    rng = np.random.default_rng(500)
    frames = rng.integers(0, 256, (2, 31, 31, 3), dtype=np.uint8)
    trunk = {f"features.{p}.weight": torch.zeros(o, i, s, s) for p, o, i, s in _LAYERS}
    trunk |= {f"features.{p}.bias": torch.zeros(o) for p, o, _, _ in _LAYERS}
    heads = {f"lin{n}.model.1.weight": torch.zeros(1, layer[1], 1, 1) for n, layer in enumerate(_LAYERS)}
    Lpips(trunk, heads, "seeded").between(frames, frames)
    assert seen and set(seen) == {(True, False, False)}
    network = InDomain(Encoder(Size(words=9)), Words(("a", "b", "c", "d", "e")), "0" * 64)
    network.encoder.video.register_forward_hook(lambda *given: seen.append(habits()))
    network.forward(frames[None])
    network.likeness(np.zeros((1, network.dim)), ["a b"])
    assert set(seen) == {(True, False, False)}

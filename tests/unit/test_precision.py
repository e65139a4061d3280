"""What networks are computed with, on a machine whose habits are others."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from torch.nn import functional

from wsim.metrics.encoder.features import InDomain
from wsim.metrics.encoder.towers import Encoder, Size
from wsim.metrics.encoder.words import Words
from wsim.metrics.lpips import _LAYERS, Lpips
from wsim.precision import _switches, float32_inference


def habits() -> tuple[object, ...]:
    exact = all(getattr(place, name) == value for place, name, value in _switches())
    return torch.backends.cudnn.enabled, exact, torch.is_grad_enabled()


@pytest.mark.parametrize("wanted", ["highest", "high", "medium"])
def test_products_and_convolutions_lose_tf32_and_get_it_back(wanted: str) -> None:
    before = [getattr(place, name) for place, name, _ in _switches()]
    torch.set_float32_matmul_precision(wanted)
    try:
        set_by_user = [getattr(place, name) for place, name, _ in _switches()]
        with float32_inference():
            assert habits() == (True, True, False)
        assert [getattr(place, name) for place, name, _ in _switches()] == set_by_user
        assert torch.get_float32_matmul_precision() == wanted
        assert torch.backends.cudnn.enabled and torch.is_grad_enabled()
    finally:
        torch.set_float32_matmul_precision("highest")
        for (place, name, _), value in zip(_switches(), before, strict=True):
            setattr(place, name, value)


@pytest.mark.skipif(
    not hasattr(torch.backends.cuda.matmul, "fp32_precision"), reason="this torch has one way to ask for TF32"
)
def test_whoever_asked_for_tf32_by_the_newer_way_is_not_in_the_way() -> None:
    """With the older switches torch refused: "different TF32 flags"."""
    script = (
        "import torch\n"
        "torch.backends.fp32_precision = 'tf32'\n"
        "from wsim.precision import float32_inference\n"
        "with float32_inference():\n"
        "    print(torch.backends.cuda.matmul.fp32_precision, torch.backends.cudnn.conv.fp32_precision)\n"
        "print(torch.backends.cuda.matmul.fp32_precision)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["ieee", "ieee", "tf32"]


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
    assert seen and set(seen) == {(True, True, False)}
    network = InDomain(Encoder(Size(words=9)), Words(("a", "b", "c", "d", "e")), "0" * 64)
    network.encoder.video.register_forward_hook(lambda *given: seen.append(habits()))
    network.forward(frames[None])
    network.likeness(np.zeros((1, network.dim)), ["a b"])
    assert set(seen) == {(True, True, False)}

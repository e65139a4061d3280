"""V-JEPA 2 behind the protocol of extractors, on a tiny network with random weights saved to a folder."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from wsim.errors import WsimError
from wsim.metrics.features import FeatureExtractor, features_of
from wsim.metrics.networks import NETWORKS
from wsim.metrics.vjepa2 import FRAMES, jepa_input, load_vjepa2
from wsim.video import Video

transformers = pytest.importorskip("transformers", "4.53", reason="V-JEPA 2 came with transformers 4.53")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    config = transformers.VJEPA2Config(
        crop_size=32, hidden_size=48, num_attention_heads=2, num_hidden_layers=2, frames_per_clip=16,
        pred_hidden_size=48, pred_num_attention_heads=2, pred_num_hidden_layers=1, pred_num_mask_tokens=1,
    )  # fmt: skip
    path = tmp_path_factory.mktemp("weights") / "vjepa2"
    transformers.VJEPA2Model(config).save_pretrained(path)
    return path


def clips(count: int, time: int = 9) -> np.ndarray:
    return np.random.default_rng(500).integers(0, 256, (count, time, 20, 28, 3), dtype=np.uint8)


def test_it_is_an_extractor_and_sees_what_transformers_sees(folder: Path) -> None:
    network = load_vjepa2(str(folder))
    assert isinstance(network, FeatureExtractor)
    assert (network.name, network.dim, network.preprocess_id) == ("vjepa2", 48, "even16-aa32")
    given = clips(5)
    found = network.forward(given)
    model = transformers.VJEPA2Model.from_pretrained(folder).eval()
    with torch.inference_mode():
        states = model(pixel_values_videos=jepa_input(torch.from_numpy(given), 32), skip_predictor=True)
    expected = states.last_hidden_state.mean(dim=1).numpy()
    assert np.allclose(found, expected, atol=1e-5) and found.std(axis=0).max() > 0
    videos = [Video(clip, 8.0) for clip in given]
    assert np.allclose(features_of(network, videos).values, expected, atol=1e-5)


def test_frames_are_spread_over_the_clip_and_scaled_as_imagenet() -> None:
    levels = np.arange(31, dtype=np.uint8)[None, :, None, None, None] * 8
    given = jepa_input(torch.from_numpy(np.broadcast_to(levels, (1, 31, 6, 8, 3)).copy()), 4)
    assert given.shape == (1, FRAMES, 3, 4, 4)
    back = given[0, :, 0, 0, 0] * 0.229 + 0.485
    assert torch.allclose(back, torch.arange(FRAMES) * 16 / 255, atol=1e-5)
    with pytest.raises(WsimError, match="single frame"):
        jepa_input(torch.zeros(1, 1, 6, 8, 3, dtype=torch.uint8), 4)


def test_weights_go_by_their_digest_and_holes_are_not_filled(folder: Path, tmp_path: Path) -> None:
    first = hashlib.sha256(hashlib.sha256((folder / "model.safetensors").read_bytes()).digest())
    assert load_vjepa2(str(folder)).weights_fingerprint == f"vjepa2:{first.hexdigest()[:8]}"
    (tmp_path / "config.json").write_text((folder / "config.json").read_text())
    with pytest.raises(WsimError, match="V-JEPA 2 are not available"):
        load_vjepa2(str(tmp_path))
    tensors = load_file(folder / "model.safetensors")
    tensors.pop(next(name for name in tensors if name.startswith("encoder")))
    save_file(tensors, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(WsimError, match="1 of its tensors are missing"):
        load_vjepa2(str(tmp_path))
    (tmp_path / "model.safetensors").write_bytes(b"version https://git-lfs.github.com/spec/v1\noid a\n")
    with pytest.raises(WsimError, match="V-JEPA 2 are not available: Error while deserializing"):
        load_vjepa2(str(tmp_path))
    with pytest.raises(WsimError, match="neither a folder nor REPOSITORY@REVISION"):
        load_vjepa2("somebody/vjepa2@main")


def test_it_is_found_by_environment_and_by_place(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = NETWORKS["vjepa2"]
    monkeypatch.delenv("WSIM_VJEPA2", raising=False)
    monkeypatch.setenv("WSIM_WEIGHTS_DIR", str(tmp_path))
    with pytest.raises(WsimError, match="V-JEPA 2 are not here"):
        network.load("cpu")
    monkeypatch.setenv("WSIM_VJEPA2", str(folder))
    assert network.load("cpu").dim == 48
    monkeypatch.delenv("WSIM_VJEPA2")
    monkeypatch.setenv("WSIM_WEIGHTS_DIR", str(folder.parent))
    assert network.load("cpu").dim == 48


def test_both_estimators_of_jedi_rise_with_the_difference() -> None:
    rng = np.random.default_rng(501)
    real, near, far = (rng.normal(mean, 1.0, (60, 6)) for mean in (0.0, 0.0, 1.0))
    sets = [(rows, np.arange(60) + 60 * place) for place, rows in enumerate((real, near, far))]
    biased, unbiased = (NETWORKS["vjepa2"].distances[name] for name in ("jedi", "jedi_u"))
    for distance in (biased, unbiased):
        assert distance.of(sets[0], sets[2]) > 3 * abs(distance.of(sets[0], sets[1]))
    assert biased.of(sets[0], sets[1]) > unbiased.of(sets[0], sets[1])  # the diagonal that is kept only adds

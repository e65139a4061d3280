"""Metrics of text: definitions by hand on towers that are known, and real towers where transformers is."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from wsim.errors import WsimError
from wsim.metrics.clip import ClipTowers, clip_input, fit, load_clip


class Vision(torch.nn.Module):
    def forward(self, pixel_values: torch.Tensor) -> SimpleNamespace:
        return SimpleNamespace(pooler_output=pixel_values.mean(dim=(2, 3)))


class Text(torch.nn.Module):
    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> SimpleNamespace:
        sums = (input_ids * attention_mask).sum(dim=1)
        return SimpleNamespace(pooler_output=torch.stack([sums, 0 * sums, 0 * sums], dim=1).float())


class Colours(torch.nn.Module):
    """An image is its mean colour; a text is red."""

    def __init__(self) -> None:
        super().__init__()
        self.vision_model, self.text_model = Vision(), Text()
        self.visual_projection = self.text_projection = torch.nn.Identity()
        self.config = SimpleNamespace(
            vision_config=SimpleNamespace(image_size=16),
            text_config=SimpleNamespace(max_position_embeddings=8),
        )


class Words:
    """A token a word."""

    def __call__(self, texts: list[str], *, max_length: int = 10**6, **options: object) -> dict:
        ids = [[1] * min(len(text.split()), max_length) for text in texts]
        if "return_tensors" not in options:
            return {"input_ids": ids}
        longest = max(map(len, ids))
        tensor = torch.tensor([row + [0] * (longest - len(row)) for row in ids])
        return {"input_ids": tensor, "attention_mask": (tensor > 0).long()}


@pytest.fixture
def towers() -> ClipTowers:
    return ClipTowers(Colours(), Words(), "colours:0")


def plain(*colours: tuple[int, int, int]) -> np.ndarray:
    return np.stack([np.full((20, 30, 3), colour, np.uint8) for colour in colours])


def test_every_number_is_what_its_name_says(towers: ClipTowers) -> None:
    frames = plain((255, 0, 0), (0, 255, 0), (255, 255, 255))
    seen = towers.images(frames).astype(np.float64)
    assert np.linalg.norm(seen, axis=1) == pytest.approx(1.0)
    found = fit(towers, frames, "red thing")
    assert found.clipsim == pytest.approx(100 * seen[:, 0].mean())
    assert found.clipscore == pytest.approx(2.5 * np.maximum(seen[:, 0], 0).mean())
    assert found.clipscore > 2.5 * seen[:, 0].mean()  # green is worse than nothing, and is cut at 0
    mean = seen.mean(axis=0)
    assert found.clip_mean_frame == pytest.approx(100 * mean[0] / np.linalg.norm(mean))
    assert found.clip_temporal == pytest.approx(100 * np.mean([seen[0] @ seen[1], seen[1] @ seen[2]]))
    assert found.signature == "clip=colours:0|rs=bicubic-crop|fp32"


def test_a_frozen_video_and_a_single_frame(towers: ClipTowers) -> None:
    assert fit(towers, plain((9, 9, 9)).repeat(4, 0), "grey").clip_temporal == pytest.approx(100.0)
    assert fit(towers, plain((9, 9, 9)), "grey").clip_temporal is None


def test_a_text_that_is_cut_says_so(towers: ClipTowers) -> None:
    assert not fit(towers, plain((9, 9, 9)), "one two three").truncated
    assert fit(towers, plain((9, 9, 9)), "one two three four five six seven eight nine").truncated


def test_pixels_are_prepared_as_clip_was_trained() -> None:
    frames = torch.zeros(1, 20, 60, 3, dtype=torch.uint8)
    frames[:, :, :10] = 255  # cropped away: the middle third of the width stays
    found = clip_input(frames, 16)
    assert found.shape == (1, 3, 16, 16)
    assert found[0, :, 3, 3].tolist() == pytest.approx([-1.792, -1.752, -1.480], abs=1e-3)
    assert (found - found[:, :, :1, :1]).abs().max() == 0


def test_the_long_side_is_that_of_the_processor_of_clip() -> None:
    """Twice as wide is twice as wide: 447 of 448 columns would move the middle by half a pixel."""
    clip = np.zeros((1, 55, 110, 3), np.uint8)
    clip[..., 55:, :] = 255
    found = clip_input(torch.from_numpy(clip), 224)[0, 0, 100]
    assert (found + found.flip(0) - found.min() - found.max()).abs().max() < 0.02  # a level of 255


def test_mistakes_are_told(towers: ClipTowers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WsimError, match="no frames"):
        fit(towers, plain((0, 0, 0))[:0], "red")
    with pytest.raises(WsimError, match="an empty text"):
        fit(towers, plain((0, 0, 0)), "  ")
    monkeypatch.setitem(__import__("sys").modules, "transformers", None)
    with pytest.raises(WsimError, match="transformers is not available"):
        load_clip(str(tmp_path))


def test_real_towers_from_a_folder(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers", exc_type=ImportError)
    with pytest.raises(WsimError, match="weights of CLIP are not available"):
        load_clip(str(tmp_path))
    small = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = transformers.CLIPConfig(
        text_config={**small, "vocab_size": 64, "bos_token_id": 62, "eos_token_id": 63, "pad_token_id": 63},
        vision_config={**small, "image_size": 32, "patch_size": 8},
        projection_dim=16,
    )
    torch.manual_seed(0)
    model = transformers.CLIPModel(config).eval()
    model.save_pretrained(tmp_path)
    whole = (tmp_path / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(b"version https://git-lfs.github.com/spec/v1\noid a\n")
    with pytest.raises(WsimError, match="CLIP are not available: Error while deserializing"):
        load_clip(str(tmp_path))
    (tmp_path / "model.safetensors").write_bytes(whole)
    with pytest.raises(WsimError, match=r"not available: (a tokenizer of|Can't load tokenizer)"):
        load_clip(str(tmp_path))
    letters = "abcdefghijklmnopqrstuvwxyz01234"
    vocabulary = {token: i for i, token in enumerate([*letters, *(f"{c}</w>" for c in letters)])}
    vocabulary |= {"<|startoftext|>": 62, "<|endoftext|>": 63}
    (tmp_path / "vocab.json").write_text(json.dumps(vocabulary))
    (tmp_path / "merges.txt").write_text("#version: 0.2\n")
    tokenizer = transformers.CLIPTokenizerFast.from_pretrained(tmp_path)
    towers = load_clip(str(tmp_path))
    frames = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    given = clip_input(torch.from_numpy(frames), 32)
    with torch.inference_mode():
        both = model(**tokenizer(["a ball"], return_tensors="pt"), pixel_values=given)
    assert towers.images(frames) == pytest.approx(both.image_embeds.numpy(), abs=1e-5)
    assert towers.texts(["a ball"])[0] == pytest.approx(both.text_embeds.numpy(), abs=1e-5)
    assert towers.texts(["a ball", "z" * 200])[1] == [False, True]
    assert load_clip(str(tmp_path)).name == towers.name
    with pytest.raises(WsimError, match="neither a folder nor"):
        load_clip("openai/clip-vit-base-patch32@main")

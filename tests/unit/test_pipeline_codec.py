"""Ceilings of a pipeline go through its own autoencoder: small random ones of every kind."""

import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wsim.contracts import RoundTrips
from wsim.models.pipelines.codec import has_codec
from wsim.models.resolve import resolve_model
from wsim.video import Video

if importlib.util.find_spec("diffusers") is None:
    pytest.skip("needs the extra `diffusers`", allow_module_level=True)

os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")
sys.path.insert(0, str(Path(__file__).parent.parent / "fixtures"))
import tiny_pipelines
import tiny_pipelines_more

FAMILIES = {**tiny_pipelines.FAMILIES, **tiny_pipelines_more.FAMILIES}
SMALL = {"steps": "1", "size": "32x32", "frames": "9", "fps": "8"}
KINDS = ["wan", "cogvideox", "ltx", "mochi", "animatediff", "stable_video"]
MORE = [pytest.param(name, marks=pytest.mark.slow) for name in ("hunyuan_video", "cosmos", "ltx_condition")]


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    home, models = tmp_path_factory.mktemp("codecs"), {}

    def model(family: str) -> Any:
        if family not in models:
            folder = tiny_pipelines.save(FAMILIES[family], home / family)
            models[family] = resolve_model(str(folder), SMALL)
        return models[family]

    return model


@pytest.fixture(autouse=True)
def guarded(monkeypatch: pytest.MonkeyPatch) -> None:
    from diffusers.pipelines.cosmos import pipeline_cosmos_text2world

    monkeypatch.setattr(pipeline_cosmos_text2world, "CosmosSafetyChecker", tiny_pipelines_more.Guard)


def clip(frames: int, height: int, width: int, *, seed: int = 500) -> Video:
    rng = np.random.default_rng(seed)
    return Video(rng.integers(0, 255, (frames, height, width, 3), dtype=np.uint8), 8.0)


@pytest.mark.parametrize("family", [*KINDS, *MORE])
def test_every_kind_of_autoencoder_gives_back_what_it_is_shown(
    family: str, loaded: Callable[[str], Any]
) -> None:
    model = loaded(family)
    assert isinstance(model, RoundTrips)
    for video in (clip(9, 32, 32), clip(8, 30, 34)):  # the second fits no pipeline here
        back = model.round_trip(video)
        assert (len(back), back.size, back.fps) == (len(video), video.size, video.fps)
        assert back.digest == model.round_trip(video).digest
    assert back.digest != model.round_trip(clip(8, 30, 34, seed=501)).digest


def test_it_is_the_pipelines_own_autoencoder(loaded: Callable[[str], Any]) -> None:
    import torch

    model = loaded("wan")
    vae, video = model._pipeline.vae, Video(clip(9, 32, 32).frames, model._traits.own.fps)
    shown = torch.from_numpy(video.frames).permute(3, 0, 1, 2)[None].float() / 127.5 - 1
    with torch.no_grad():
        decoded = vae.decode(vae.encode(shown).latent_dist.mode()).sample[0]
    expected = (decoded.permute(1, 2, 3, 0) / 2 + 0.5).clamp(0, 1).mul(255).round().byte().numpy()
    assert np.abs(model.round_trip(video).frames.astype(int) - expected.astype(int)).max() <= 1


def test_frames_stand_where_they_stood(loaded: Callable[[str], Any]) -> None:
    """An autoencoder of single frames: another last frame changes the last frame alone."""
    model, video = loaded("animatediff"), clip(4, 32, 32)
    frames = video.frames.copy()
    frames[3] = 255 - frames[3]
    one, other = (model.round_trip(shown).frames for shown in (video, Video(frames, video.fps)))
    assert np.abs(one[:3].astype(int) - other[:3].astype(int)).max() <= 1 and (one[3] != other[3]).any()


def test_random_numbers_are_left_as_they_were(loaded: Callable[[str], Any]) -> None:
    import torch

    before = torch.random.get_rng_state()
    loaded("ltx").round_trip(clip(9, 32, 32))
    assert (torch.random.get_rng_state() == before).all()


def test_a_pipeline_without_an_autoencoder_has_no_codec() -> None:
    class Bare:
        vae = None

    class Half:
        class vae:  # as pipelines name it
            decode = staticmethod(lambda latents: latents)

    assert not has_codec(Bare()) and not has_codec(Half()) and not has_codec(object())

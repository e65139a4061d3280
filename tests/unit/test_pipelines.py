"""Small random pipelines of every family: saved, named on the command line, asked, and recovered as asked."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wsim.contracts import ClipFormat, Context, Request
from wsim.errors import WsimError
from wsim.models.resolve import resolve_model

if importlib.util.find_spec("diffusers") is None:
    pytest.skip("needs the extra `diffusers`", allow_module_level=True)

os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")
sys.path.insert(0, str(Path(__file__).parent.parent / "fixtures"))
import tiny_pipelines
import tiny_pipelines_more

FAMILIES = {**tiny_pipelines.FAMILIES, **tiny_pipelines_more.FAMILIES}
SMALL = {"steps": "2", "size": "32x32", "frames": "9", "fps": "8"}
WORDS, PICTURE = frozenset({"text"}), frozenset({"text", "first_frame"})
VIDEO, PINNED = PICTURE | {"context"}, PICTURE | {"context", "keyframes"}
# name: what is accepted, the track, frames * k + 1, pixels a step
KNOWN: dict[str, tuple[frozenset[str], str, int, int]] = {
    "wan": (WORDS, "text", 4, 16),
    "wan_image": (PICTURE, "image", 4, 16),
    "wan22": (WORDS, "text", 4, 16),
    "wan22_image": (PICTURE, "image", 4, 16),
    "wan22_small": (PICTURE, "image", 4, 16),
    "wan_video": (VIDEO, "image video", 4, 16),
    "wan_vace": (PINNED, "text image video", 4, 16),
    "cogvideox": (WORDS, "text", 4, 16),
    "cogvideox_image": (PICTURE, "image", 4, 16),
    "cogvideox_video": (VIDEO, "image video", 4, 16),
    "ltx": (WORDS, "text", 4, 32),
    "ltx_image": (PICTURE, "image", 4, 32),
    "ltx_condition": (PINNED, "text image video", 4, 32),
    "mochi": (WORDS, "text", 6, 16),
    "hunyuan_video": (WORDS, "text", 4, 16),
    "animatediff": (WORDS, "text", 1, 16),
    "animatediff_video": (VIDEO, "image video", 1, 16),
    "stable_video": (frozenset({"first_frame"}), "image", 1, 16),
    "cosmos": (WORDS, "text", 4, 16),
    "cosmos_video": (VIDEO, "image video", 4, 16),
}


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    home = tmp_path_factory.mktemp("pipelines")

    def folder(family: str) -> Path:
        place = home / family
        return place if place.exists() else tiny_pipelines.save(FAMILIES[family], place)

    return folder


@pytest.fixture(autouse=True)
def guarded(monkeypatch: pytest.MonkeyPatch) -> None:
    from diffusers.pipelines.cosmos import pipeline_cosmos_text2world, pipeline_cosmos_video2world

    for module in (pipeline_cosmos_text2world, pipeline_cosmos_video2world):
        monkeypatch.setattr(module, "CosmosSafetyChecker", tiny_pipelines_more.Guard)


def ask(accepts: frozenset[str], clip: ClipFormat, *, seed: int = 3, level: int = 90) -> Request:
    """The richest request that is accepted; `level` is the grey of what is given."""
    indices = tuple(range(6)) if "context" in accepts else (0,) if "first_frame" in accepts else ()
    frames = np.full((len(indices), clip.height, clip.width, 3), level, np.uint8)
    context = Context(frames, indices) if indices else None
    size = (clip.height, clip.width)
    return Request(clip.num_frames, size, clip.fps, seed, text="a red ball rolls", context=context)


QUICK = {
    "wan",
    "wan_image",
    "wan22_small",
    "wan_vace",
    "wan_video",
    "cogvideox_image",
    "ltx_condition",
    "mochi",
    "cosmos_video",
}
OF_EVERY_KIND = [
    family if family in QUICK else pytest.param(family, marks=pytest.mark.slow) for family in KNOWN
]


@pytest.mark.parametrize("family", OF_EVERY_KIND)
def test_every_family_is_read_asked_and_recovered(family: str, saved: Callable[[str], Path]) -> None:
    accepts, tracks, frame_step, pixel_step = KNOWN[family]
    model = resolve_model(str(saved(family)), SMALL)
    info = model.info
    assert info.accepts == accepts and info.tracks == tuple(tracks.split())
    assert info.formats == (ClipFormat(9, 32, 32, 8.0),) and len(info.digest or "") == 64
    clip = ClipFormat(8, 30, 34, 8.0)  # no pipeline here makes that size, and few that length
    request = ask(accepts, clip)
    (video,) = model.generate([request])
    assert (len(video), video.size, video.fps) == (8, (30, 34), 8.0)
    assert video.frames.std() > 0
    traits: Any = model._traits  # type: ignore[attr-defined]
    assert (traits.frame_step, traits.pixel_step) == (frame_step, pixel_step)


@pytest.mark.parametrize("family", ["wan", "cogvideox_image", "ltx_condition"])
def test_seeds_decide_and_batches_do_not(family: str, saved: Callable[[str], Path]) -> None:
    import torch

    model = resolve_model(str(saved(family)), SMALL)
    one, other = (ask(model.info.accepts, ClipFormat(9, 32, 32, 8.0), seed=seed) for seed in (1, 2))
    before = torch.random.get_rng_state()
    first, second = (video.frames for video in model.generate([one, other]))
    (again,) = resolve_model(str(saved(family)), SMALL).generate([other])
    assert (again.frames == second).all() and (first != second).any()
    assert (torch.random.get_rng_state() == before).all()


@pytest.mark.parametrize(
    "family", ["wan22_image", "wan_video", "wan_vace", "cogvideox_image", "ltx_condition", "cosmos_video"]
)
def test_what_is_given_matters(family: str, saved: Callable[[str], Path]) -> None:
    model = resolve_model(str(saved(family)), SMALL)
    clip = ClipFormat(9, 32, 32, 8.0)
    dark, light = (ask(model.info.accepts, clip, level=level) for level in (20, 230))
    one, other = (video.frames for video in model.generate([dark, light]))
    assert (one != other).any()


def test_every_network_of_a_pipeline_is_part_of_its_digest(
    saved: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(saved("wan22"), tmp_path / "other")
    networks = [
        folder / name / "diffusion_pytorch_model.safetensors" for name in ("transformer", "transformer_2")
    ]
    assert networks[0].read_bytes() != networks[1].read_bytes()
    shutil.copyfile(*networks)
    digests = {resolve_model(str(place), SMALL).info.digest for place in (saved("wan22"), folder)}
    assert len(digests) == 2


def test_image_to_video_without_a_picture_says_so(saved: Callable[[str], Path]) -> None:
    model = resolve_model(str(saved("cogvideox_image")), SMALL)
    with pytest.raises(WsimError, match="starts from a picture"):
        list(model.generate([Request(9, (32, 32), 8.0, 1, text="a ball")]))


def test_frames_that_cannot_be_used_are_refused(saved: Callable[[str], Path]) -> None:
    clip = ClipFormat(9, 32, 32, 8.0)
    for family, given in (("wan", VIDEO), ("ltx_image", VIDEO)):
        model = resolve_model(str(saved(family)), SMALL)
        with pytest.raises(WsimError, match="cannot be given the frames"):
            list(model.generate([ask(given, clip)]))


def test_keyframes_reach_the_frames_they_belong_to(saved: Callable[[str], Path]) -> None:
    """Another last frame changes the clip; the same request does not."""
    model = resolve_model(str(saved("ltx_condition")), SMALL)
    videos = []
    for level in (20, 230, 230):
        frames = np.stack([np.full((32, 32, 3), 90, np.uint8), np.full((32, 32, 3), level, np.uint8)])
        request = Request(9, (32, 32), 8.0, 1, text="a ball", context=Context(frames, (0, 8)))
        videos.extend(video.frames for video in model.generate([request]))
    assert (videos[0] != videos[1]).any() and (videos[1] == videos[2]).all()

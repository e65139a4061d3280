"""The weights that ship: they are whole, they make clips, and they know their worlds a little."""

import json
from pathlib import Path

import numpy as np
import pytest

import wsim_reference
from wsim import ClipFormat, Context, Request, Video
from wsim.contracts import Model, RoundTrips
from wsim.worlds.families import make
from wsim.worlds.take import Take
from wsim_reference.model import ReferenceModel, load

CLIP = ClipFormat(25, 64, 64, 16.0)
WEIGHTS = Path(wsim_reference.__file__).parent / "weights/base"


@pytest.fixture(scope="module")
def model() -> ReferenceModel:
    return load()


def ask(seed: int, text: str | None, context: Context | None = None) -> Request:
    return Request(25, (64, 64), 16.0, seed, text, context)


def psnr_db(shown: np.ndarray, truth: np.ndarray) -> float:
    error = ((shown.astype(float) - truth.astype(float)) ** 2).mean()
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


def test_the_files_are_small_and_listed() -> None:
    head = json.loads((WEIGHTS / "config.json").read_text())
    on_disk = {path.name: path.stat().st_size for path in WEIGHTS.iterdir()}
    assert set(on_disk) == set(head["files"]) | {"config.json", "MODEL_CARD.md"}
    assert max(on_disk.values()) < 16_000_000 and sum(on_disk.values()) <= 14_000_000
    for name, entry in head["files"].items():
        assert on_disk[name] == entry["bytes"]


def test_the_card_quotes_the_measured_figures() -> None:
    head = json.loads((WEIGHTS / "config.json").read_text())
    card = (WEIGHTS / "MODEL_CARD.md").read_text()
    for name in ("psnr_db", "psnr_moving_db", "psnr_continued_from_9_db"):
        assert f"{head['metrics'][name]:.1f} dB" in card
    assert f"{head['metrics']['v_loss']:.3f}" in card
    for stage in ("autoencoder", "transformer"):
        assert f"{head['train'][stage]['steps']:,} steps" in card


def test_it_is_a_model_of_the_three_tracks(model: ReferenceModel) -> None:
    assert isinstance(model, Model) and isinstance(model, RoundTrips)
    assert model.info.formats == (CLIP,) and model.info.tracks == ("text", "image", "video")
    assert model.info.digest and len(model.info.digest) == 64


def test_text_to_video_repeats_bit_for_bit(model: ReferenceModel) -> None:
    asked = ask(11, "a red ball is dropped and bounces on a grey floor.")
    first, second = (next(model.generate([asked])) for _ in range(2))
    assert first.frames.shape == (25, 64, 64, 3) and first.digest == second.digest
    assert next(model.generate([ask(12, asked.text)])).digest != first.digest


def test_prompts_from_elsewhere_still_give_a_clip(model: ReferenceModel) -> None:
    for text in (None, "Two astronauts playing chess, 8k, cinematic!"):
        assert len(next(model.generate([ask(1, text)]))) == 25


@pytest.mark.parametrize("family", ["room", "ball_behind_screen", "brush_stroke", "fall"])
def test_the_codec_keeps_the_picture(model: ReferenceModel, family: str) -> None:
    video = Take(make(family, 77), CLIP).video
    back = model.round_trip(video)
    mean_picture = np.broadcast_to(video.frames.mean((0, 1, 2)), video.frames.shape)
    assert psnr_db(back.frames, video.frames) > psnr_db(mean_picture, video.frames) + 5
    assert back.fps == video.fps


def test_a_continuation_belongs_to_its_prefix(model: ReferenceModel) -> None:
    # Nearer to what really followed than to what followed in any other of these worlds.
    takes = [Take(make("fall", seed), CLIP) for seed in (71, 72, 73)]
    for i, take in enumerate(takes):
        prefix = Context(take.video.frames[:9], tuple(range(9)))
        video = next(model.generate([ask(i, take.caption("full"), prefix)]))
        scores = [psnr_db(video.frames[9:], other.video.frames[9:]) for other in takes]
        assert int(np.argmax(scores)) == i
        codec = model.round_trip(Video(take.video.frames[:9], 16.0))
        assert psnr_db(video.frames[:5], codec.frames[:5]) > 30  # the prefix as the codec shows it

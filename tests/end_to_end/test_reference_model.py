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
WEIGHTS = Path(wsim_reference.__file__).parent / "weights"
LADDER = ("1x", "4x", "16x")


@pytest.fixture(scope="module")
def model() -> ReferenceModel:
    return load()


def ask(seed: int, text: str | None, context: Context | None = None) -> Request:
    return Request(25, (64, 64), 16.0, seed, text, context)


def psnr_db(shown: np.ndarray, truth: np.ndarray) -> float:
    error = ((shown.astype(float) - truth.astype(float)) ** 2).mean()
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


def test_the_files_are_small_and_listed() -> None:
    everything = [path for path in WEIGHTS.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in everything) <= 30_000_000
    assert max(path.stat().st_size for path in everything) < 16_000_000
    assert {path.parent.name for path in everything} == set(LADDER)
    for name in LADDER:
        head = json.loads((WEIGHTS / name / "config.json").read_text())
        here = {file: entry for file, entry in head["files"].items() if "in" not in entry}
        words = {"abilities.json", "abilities.md"} if name == "16x" else set()
        on_disk = {path.name: path.stat().st_size for path in (WEIGHTS / name).iterdir()}
        assert set(on_disk) == set(here) | {"config.json", "MODEL_CARD.md"} | words
        assert all(on_disk[file] == entry["bytes"] for file, entry in here.items())


def test_the_checkpoints_of_the_ladder_differ_in_their_compute_alone() -> None:
    infos = [load(name).info for name in LADDER]
    flops = [float(str(info.settings["train_flops"])) for info in infos]
    assert 2.5 < flops[1] / flops[0] < 6 and 2.5 < flops[2] / flops[1] < 6
    assert len({info.codec for info in infos}) == 1 and infos[0].codec is not None
    assert len({info.digest for info in infos}) == 3 and len({info.formats for info in infos}) == 1


@pytest.mark.parametrize("name", LADDER)
def test_the_card_quotes_the_measured_figures(name: str) -> None:
    head = json.loads((WEIGHTS / name / "config.json").read_text())
    card = (WEIGHTS / name / "MODEL_CARD.md").read_text()
    measured = head["metrics"]
    assert f"{measured['psnr_db']:.1f} overall, {measured['psnr_moving_db']:.1f} of the pixels" in card
    assert f"| {measured['psnr_continued_from_9_db']:.1f} |" in card
    assert f"| {measured['v_loss']:.3f} |" in card
    for stage in ("autoencoder", "transformer"):
        assert f"| {stage} | {head['train'][stage]['steps']:,} |" in card


def test_it_is_a_model_of_all_tracks(model: ReferenceModel) -> None:
    assert isinstance(model, Model) and isinstance(model, RoundTrips)
    assert model.info.formats[0] == CLIP and model.info.tracks == ("text", "image", "video", "action")
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

"""The numbers of the in-domain encoder: weights that cannot be altered, features, trials, doses."""

from pathlib import Path

import numpy as np
import pytest
import safetensors
import safetensors.torch
import torch

from wsim.cli.weights import list_
from wsim.errors import WsimError
from wsim.metrics.encoder import shipped
from wsim.metrics.encoder.clips import example_of
from wsim.metrics.encoder.doses import _rise, unlawful, without
from wsim.metrics.encoder.evaluate import main, markdown
from wsim.metrics.encoder.features import InDomain, encoder_input, fvd_in_domain, kvd_in_domain
from wsim.metrics.encoder.shipped import read_weights, write_weights
from wsim.metrics.encoder.spoiling import blurred
from wsim.metrics.encoder.towers import FRAMES, SIDE_PX, Encoder, Size, Told
from wsim.metrics.encoder.trials import Figure, attributes, retrieval, wrong_captions
from wsim.metrics.encoder.words import Words
from wsim.metrics.features import FeatureExtractor, FeatureSet, features_of
from wsim.video import Video
from wsim.worlds.captions import vocabulary
from wsim.worlds.families import make

SMALL = Size(words=Words(vocabulary()).size, width=32, video_layers=1, text_layers=1, dim=16)


@pytest.fixture(scope="module")
def examples():
    """Two still lives and two scenes in which something happens."""
    scenes = [make("still_life", 500, count=3), make("still_life", 501, alike=True, count=2)]
    scenes += [make("puck", 502), make("bounce", 503)]
    return [example_of(scene, np.random.default_rng(scene.seed)) for scene in scenes]


@pytest.fixture
def network() -> InDomain:
    torch.manual_seed(0)
    return InDomain(Encoder(SMALL), Words(vocabulary()), "0" * 64)


def test_weights_are_read_back_and_altered_ones_are_refused(tmp_path: Path, network: InDomain) -> None:
    path = write_weights(tmp_path / "weights.safetensors", network.encoder, network.words, {"steps": 0})
    again = InDomain(*read_weights(path))
    clips = np.random.default_rng(0).integers(0, 256, (2, FRAMES, SIDE_PX, SIDE_PX, 3), dtype=np.uint8)
    assert np.allclose(network.forward(clips), again.forward(clips), atol=0.05)
    tensors = safetensors.torch.load_file(path)
    with safetensors.safe_open(path, "pt") as file:
        metadata = file.metadata()
    tensors["log_scale"] += 1.0
    safetensors.torch.save_file(tensors, path, metadata)
    with pytest.raises(WsimError, match="digest differs"):
        read_weights(path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(WsimError, match="cannot be read"):
        read_weights(path)
    with pytest.raises(WsimError, match=r"fvd\[wsim\]"):
        read_weights(tmp_path / "none.safetensors")


def test_it_is_an_extractor_and_its_numbers_have_their_own_names(network: InDomain) -> None:
    assert isinstance(network, FeatureExtractor)
    rng = np.random.default_rng(0)
    videos = [Video(rng.integers(0, 256, (13, 32, 48, 3), dtype=np.uint8), 8.0) for _ in range(6)]
    real, fake = features_of(network, videos[:3]), features_of(network, videos[3:])
    distance, kernel = fvd_in_domain(real, fake), kvd_in_domain(real, fake)
    assert distance.signature.startswith("fvd[wsim]|wsim=00000000|rs=even12-aa64|T13@8|real3|gen3")
    assert kernel.signature.startswith("kvd[wsim]|") and distance.samples == 3
    assert fvd_in_domain(real, real).value == pytest.approx(0.0, abs=1e-9)
    other = FeatureSet(np.zeros((2, 400)), ("i3d", "seeded", "tf1-squash224"), 13, 8.0)
    with pytest.raises(WsimError, match="features of i3d"):
        fvd_in_domain(other, other)


def test_frames_are_taken_evenly_and_squashed() -> None:
    clips = np.zeros((1, 25, 128, 96, 3), np.uint8)
    clips[0] += np.arange(25, dtype=np.uint8)[:, None, None, None]
    seen = encoder_input(torch.from_numpy(clips))
    assert seen.shape == (1, FRAMES, SIDE_PX, SIDE_PX, 3)
    assert seen[0, :, 5, 5, 0].tolist() == np.linspace(0, 24, FRAMES).round().astype(int).tolist()
    with pytest.raises(WsimError, match="single frame"):
        encoder_input(torch.zeros(1, 1, 64, 64, 3, dtype=torch.uint8))


class _Knowing(InDomain):
    """Stands for a perfect encoder: likeness is 1 where the text is true of the clip."""

    def __init__(self, examples, clever: bool) -> None:
        self.truths = [{telling.true for telling in example.tellings} for example in examples]
        self.clever = clever

    def likeness(self, features, texts):
        rows = [[float(text in truth) for text in texts] for truth in self.truths[: len(features)]]
        return np.array(rows) if self.clever else -np.array(rows)


def test_trials_give_the_clever_all_and_the_perverse_nothing(examples, monkeypatch) -> None:
    monkeypatch.setattr("wsim.metrics.encoder.trials.AMONG", 4)
    features = np.zeros((4, 16))
    for clever in (True, False):
        knowing = _Knowing(examples, clever)
        first, _ = retrieval(knowing, features, examples)
        assert first.value == float(clever) and first.without == 0.25
        figures = {figure.name: figure for figure in wrong_captions(knowing, features, examples)}
        assert {f.value for f in figures.values()} == {float(clever)}
        assert {"wrong colour", "wrong number", "wrong relation", "wrong event"} <= set(figures)


def test_attributes_are_counted_against_what_the_caption_tells(examples, network, monkeypatch) -> None:
    counts = torch.from_numpy(np.stack([example.counts for example in examples]))
    nouns = torch.from_numpy(np.stack([example.nouns for example in examples])).clamp(min=0)
    one_hot = torch.nn.functional.one_hot

    def told(features):
        return Told(torch.zeros(4, 6, 4, 3), one_hot(counts, 5).float(), one_hot(nouns, 7).float())

    monkeypatch.setattr(network.encoder, "told", told)
    figures = list(attributes(network, np.zeros((4, 16)), examples))
    assert [figure.value for figure in figures] == [1.0, 1.0, 1.0]
    counts[:] = 0  # it sees nothing
    blind = list(attributes(network, np.zeros((4, 16)), examples))
    assert blind[0].value == 0.0 and blind[1].value == 1.0 and blind[2].value == 0.0
    assert blind[2].n == 1  # the still life of things alike


def test_doses_do_what_they_say(examples) -> None:
    clips = np.stack([example.frames for example in examples])
    assert (blurred(clips, 0.0) == clips).all()
    soft = [np.abs(np.diff(blurred(clips, s).astype(float), axis=3)).mean() for s in (0.5, 1.0, 2.5)]
    assert soft == sorted(soft, reverse=True)
    life = make("still_life", 506, count=4)
    assert [b.name for b in without(life, 3).bodies if b.name.startswith("thing")] == ["thing 3"]
    assert unlawful(life).violations and not life.violations


def test_a_rise_is_monotone_only_if_every_step_is() -> None:
    rng = np.random.default_rng(0)
    real = rng.normal(size=(32, 4))
    up = [rng.normal(size=(32, 4)) + shift for shift in (0.0, 2.0, 4.0)]
    rising, falling = (_rise("x", (0.0, 1.0, 2.0), real, sets) for sets in (up, [up[0], up[2], up[1]]))
    assert rising.monotone and rising.rising == 1.0
    assert not falling.monotone and falling.rising == 0.0
    text = markdown("sig", [Figure("a", 0.5, 0.4, 0.6, 9, 0.9, 0.1)], [falling])
    assert "falls short by 0.400" in text and "does not rise with every degree of x" in text


def test_the_list_of_weights_says_whether_the_encoder_is_here(
    tmp_path: Path, network: InDomain, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shipped, "files", lambda package: tmp_path)
    list_()
    assert "`python -m wsim.metrics.encoder.train --help` trains it" in capsys.readouterr().out
    write_weights(tmp_path / shipped.NAME, network.encoder, network.words, {})
    list_()
    assert f"comes with wsim, digest {read_weights()[2][:8]}" in capsys.readouterr().out


def test_fewer_scenes_than_a_group_are_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--out", str(tmp_path), "--clips", "63"])
    assert ended.value.code == 2 and "63 held-out scenes are too few" in capsys.readouterr().err

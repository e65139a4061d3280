"""The in-domain encoder: words, tellings, learning that resumes, weights that cannot be altered, numbers."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors
import safetensors.torch
import torch

from wsim.cli.weights import list_
from wsim.errors import WsimError
from wsim.metrics.encoder import shipped
from wsim.metrics.encoder import train as training
from wsim.metrics.encoder.batches import Library, batch_of, draw
from wsim.metrics.encoder.clips import HELD_OUT_SEEDS, TRAINING_SEEDS, choice_of, example_of, scene_of
from wsim.metrics.encoder.doses import _rise, blurred, unlawful, without
from wsim.metrics.encoder.evaluate import markdown
from wsim.metrics.encoder.features import InDomain, encoder_input, fvd_in_domain, kvd_in_domain
from wsim.metrics.encoder.losses import contrast, loss_of, places_loss
from wsim.metrics.encoder.shipped import read_weights, write_weights
from wsim.metrics.encoder.tellings import mirrored, telling
from wsim.metrics.encoder.towers import COLOURS, FRAMES, SIDE_PX, Encoder, Size, Told
from wsim.metrics.encoder.trials import Figure, attributes, retrieval, wrong_captions
from wsim.metrics.encoder.words import MOST_TOKENS, PADDING, UNKNOWN, Words
from wsim.metrics.features import FeatureExtractor, features_of
from wsim.metrics.i3d_features import seeded_i3d
from wsim.video import Video
from wsim.worlds.captions import read_caption, vocabulary
from wsim.worlds.families import FAMILIES, make
from wsim.worlds.palette import PALETTE

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


def test_colours_are_those_of_the_palette() -> None:
    assert tuple(PALETTE) == COLOURS


def test_every_word_of_a_caption_is_known_and_none_is_cut() -> None:
    words = Words(vocabulary())
    for family in ("still_life", "room", "walk", "crossing", "trail", "pendulum", "collision", "pour"):
        for text in make(family, 504).captions:
            ids = words.ids(text)
            assert UNKNOWN not in ids and len(ids) < MOST_TOKENS, text
    batch = words.batch(["a red ball", "a ball quixotically"])
    assert batch.shape == (2, 4) and batch[1, 3] == UNKNOWN and PADDING not in batch
    assert len(words.ids("ball " * 500)) == MOST_TOKENS


def test_wrong_captions_differ_from_the_true_one_in_facts_and_in_little_else(examples) -> None:
    kinds = set()
    for example in examples:
        for told in example.tellings:
            true = read_caption(told.true).story
            for kind, text in told.wrong.items():
                kinds.add(kind)
                assert read_caption(text).story != true
                assert len(set(text.split()) ^ set(told.true.split())) <= 8, (told.true, text)
    assert kinds == {"colour", "number", "relation", "event"}


def test_a_mirror_turns_left_and_right_and_back() -> None:
    text = "a red ball to the left of a box rolls from left to right. the camera turns clockwise."
    turned = mirrored(text)
    assert "right of a box rolls from right to left" in turned and "anticlockwise" in turned
    assert mirrored(turned) == text


def test_the_mirrored_caption_is_the_caption_of_the_mirrored_relation() -> None:
    story = make("still_life", 505, count=2, relation="left of").story
    other = replace(story, relations=(replace(story.relations[0], kind="right of"), *story.relations[1:]))
    ours, theirs = (telling(s, "medium", np.random.default_rng(0)).true for s in (story, other))
    assert "left of" in ours and mirrored(ours).replace("arcs to the", "") == theirs.replace(
        "arcs to the", ""
    )


def test_places_are_where_the_colours_are(examples) -> None:
    example = examples[0]
    index = int(np.argmax(example.counts))
    share, x, y = example.places[0, index]
    colour = np.array([round(255 * channel) for channel in PALETTE[COLOURS[index]]])
    row, column = round((y + 1) / 2 * SIDE_PX - 0.5), round((x + 1) / 2 * SIDE_PX - 0.5)
    seen = example.frames[0, row - 1 : row + 2, column - 1 : column + 2].astype(float).mean(axis=(0, 1))
    names = list(PALETTE)
    hue = seen / seen.max()
    nearest = min(names, key=lambda name: np.abs(np.array(PALETTE[name]) / max(PALETTE[name]) - hue).sum())
    assert share > 0.005 and nearest == COLOURS[index], (seen, colour)


def test_training_and_held_out_worlds_are_no_benchmark_worlds() -> None:
    seeds = [scene_of(number, first).seed for first in (TRAINING_SEEDS, HELD_OUT_SEEDS) for number in (0, 3)]
    assert min(seeds) >= 1_000_000 and len(set(seeds)) == 4


def test_four_rounds_show_every_family() -> None:
    shown = {choice_of(number)[0] for number in range(4 * 45)}
    assert shown == set(FAMILIES)


def test_a_mirrored_clip_has_its_places_mirrored(examples) -> None:
    texts = [example.tellings[0].true for example in examples]
    flips = np.array([True, False, True, False])
    batch = batch_of(examples, flips, texts, Words(vocabulary()))
    assert (batch.pixels[0].numpy() == examples[0].frames[:, :, ::-1]).all()
    assert np.allclose(batch.places[0, :, :, 1], -examples[0].places[:, :, 1])
    assert np.allclose(batch.places[1], examples[1].places)
    assert bool(torch.equal(batch.belongs, torch.eye(4, dtype=torch.bool)))


def test_contrast_is_least_for_the_right_assignment_and_forgives_equal_captions() -> None:
    belongs = torch.eye(3, 5, dtype=torch.bool)
    right, wrong = torch.zeros(3, 5), torch.zeros(3, 5)
    right[belongs] = 9.0
    wrong[0, 3] = 9.0  # a wrong caption of the first clip
    assert contrast(right, belongs) < 0.01 < contrast(torch.zeros(3, 5), belongs) < contrast(wrong, belongs)
    same = torch.ones(2, 2, dtype=torch.bool)
    assert contrast(torch.zeros(2, 2), same).item() == pytest.approx(0.0)


def test_places_of_colours_that_are_not_there_do_not_count() -> None:
    places = torch.zeros(1, FRAMES, 6, 3)
    places[:, :, 0] = torch.tensor([0.1, 0.5, -0.5])
    told = torch.zeros(1, 6, 4, 3)
    told[..., 0], told[:, 0, :, 0] = -9.0, 9.0
    told[:, 0, :, 1:] = torch.tensor([0.5, -0.5])
    told[:, 3, :, 1] = 99.0  # nobody asks where a colour is that is not there
    empty = torch.zeros(1, 6, 5), torch.zeros(1, 6, 7)
    assert places_loss(Told(told, *empty), places).item() < 0.01
    told[:, 0, :, 1] = -0.5
    assert places_loss(Told(told, *empty), places).item() > 0.1


def test_padding_has_no_say(network: InDomain) -> None:
    features = np.zeros((1, 16))
    alone = network.likeness(features, ["a red ball"])
    beside = network.likeness(
        features, ["a red ball", "a blue box is to the left of a red ball. nothing moves."]
    )
    assert alone[0, 0] == pytest.approx(beside[0, 0], abs=1e-4)


def test_it_learns_what_it_is_shown(examples) -> None:
    torch.manual_seed(0)
    encoder, words = Encoder(SMALL), Words(vocabulary())
    optimiser = torch.optim.AdamW(encoder.parameters(), 3e-3)
    batch, losses = draw(examples, words, 4, np.random.default_rng(0)), []
    for _ in range(24):
        parts = loss_of(encoder, batch)
        torch.stack(list(parts.values())).sum().backward()
        optimiser.step()
        optimiser.zero_grad()
        losses.append({name: float(part.detach()) for name, part in parts.items()})
    for name in losses[0]:
        assert np.mean([loss[name] for loss in losses[-4:]]) < 0.8 * losses[0][name], name


@pytest.fixture
def shards(tmp_path: Path, examples, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one shard of four clips, and training small enough for a test."""
    from wsim.metrics.encoder import clips

    monkeypatch.setattr(clips, "SHARD_CLIPS", 4)
    monkeypatch.setattr(clips, "scene_of", lambda number, first: make("still_life", 500 + number, count=2))
    monkeypatch.setattr(training, "BATCH", 4)
    monkeypatch.setattr(training, "_SAVE_SECONDS", 0.0)
    clips.render_shards(tmp_path / "clips", 1)
    return tmp_path


def test_shards_come_back_as_they_were_written(shards: Path) -> None:
    library = Library(shards / "clips")
    assert library.refresh() == 4
    again = example_of(make("still_life", 501, count=2), np.random.default_rng([TRAINING_SEEDS, 1]))
    read = library.examples[1]
    assert (read.frames == again.frames).all() and read.tellings == again.tellings
    assert np.allclose(read.places, again.places, atol=1e-4) and (read.counts == again.counts).all()


def test_training_goes_on_where_it_stopped(shards: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(10_000))
    monkeypatch.setattr(training.time, "process_time", lambda: float(next(ticks)))  # a second for every look
    monkeypatch.setattr(training, "rate_at", lambda step, fraction: 1e-3)
    settings = training.Settings(shards, 4.0, clips=4, size=SMALL)

    def wait() -> None:
        raise AssertionError("there are enough clips")

    once = training.train(replace(settings, out=_beside(shards), max_seconds=8.0), wait)
    training.train(settings, wait)
    twice = training.train(replace(settings, max_seconds=8.0), wait)
    assert read_weights(once)[2] == read_weights(twice)[2]
    with safetensors.safe_open(twice, "pt") as file:
        assert json.loads(file.metadata()["facts"])["steps"] == 8


def _beside(shards: Path) -> Path:
    other = shards / "other"
    other.mkdir()
    (other / "clips").symlink_to(shards / "clips")
    return other


def test_a_state_of_other_networks_is_refused(shards: Path) -> None:
    settings = training.Settings(shards, 0.001, clips=4, size=SMALL)
    training.train(settings, lambda: None)
    with pytest.raises(WsimError, match="other networks"):
        training.train(replace(settings, size=replace(SMALL, dim=8)), lambda: None)


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
    other = features_of(seeded_i3d(), videos[:2])
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

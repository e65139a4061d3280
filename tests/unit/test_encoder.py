"""What the in-domain encoder learns from, and that it learns: words, tellings, places, losses, going on."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors
import safetensors.torch
import torch
from torch.nn import functional

from wsim.errors import WsimError
from wsim.metrics.encoder import library as libraries
from wsim.metrics.encoder import shards as files
from wsim.metrics.encoder import train as training
from wsim.metrics.encoder.clips import HELD_OUT_SEEDS, TRAINING_SEEDS, choice_of, example_of, scene_of
from wsim.metrics.encoder.features import InDomain
from wsim.metrics.encoder.library import Library
from wsim.metrics.encoder.losses import contrast, places_loss
from wsim.metrics.encoder.shipped import read_weights
from wsim.metrics.encoder.tellings import mirrored, telling
from wsim.metrics.encoder.towers import COLOURS, FRAMES, SIDE_PX, Encoder, Size, Told, _patches
from wsim.metrics.encoder.words import MOST_TOKENS, PADDING, UNKNOWN, Words
from wsim.metrics.networks import NETWORKS
from wsim.worlds.captions import read_caption, vocabulary
from wsim.worlds.families import FAMILIES, make
from wsim.worlds.palette import PALETTE

SMALL = Size(words=Words(vocabulary()).size, width=32, video_layers=1, text_layers=1, dim=16, points=2)


@pytest.fixture(scope="module")
def examples():
    """Two still lives and two scenes in which something happens."""
    scenes = [make("still_life", 500, count=3), make("still_life", 501, alike=True, count=2)]
    scenes += [make("puck", 502), make("bounce", 503)]
    return [example_of(scene, np.random.default_rng(scene.seed)) for scene in scenes]


def test_pixels_of_a_patch_are_in_the_order_of_published_weights() -> None:
    pixels = torch.randint(0, 256, (2, FRAMES, SIDE_PX, SIDE_PX, 3), dtype=torch.uint8)
    groups = pixels.permute(0, 1, 4, 2, 3).reshape(8, 9, SIDE_PX, SIDE_PX)
    patches = _patches(pixels)
    assert torch.equal(patches, functional.pixel_unshuffle(groups, 4))
    assert patches.is_contiguous(memory_format=torch.channels_last)


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


def test_the_command_that_is_told_where_there_are_no_weights_can_be_given() -> None:
    command = NETWORKS["wsim"].remedy.partition("wsim.metrics.encoder.train ")[2].partition(";")[0]
    assert training.parse(command.split()).max_seconds > 0


def test_training_and_held_out_worlds_are_no_benchmark_worlds() -> None:
    seeds = [scene_of(number, first).seed for first in (TRAINING_SEEDS, HELD_OUT_SEEDS) for number in (0, 3)]
    assert min(seeds) >= 1_000_000 and len(set(seeds)) == 4


def test_four_rounds_show_every_family() -> None:
    shown = {choice_of(number)[0] for number in range(4 * 45)}
    assert shown == set(FAMILIES)


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


@pytest.fixture
def shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four clips, four still lives of things alike, and training small enough for a test."""
    from wsim.metrics.encoder import clips

    monkeypatch.setattr(files, "SHARD_CLIPS", 4)
    monkeypatch.setattr(training, "SHARD_CLIPS", 4)
    monkeypatch.setattr(clips, "scene_of", lambda number, first: make("still_life", 500 + number, count=2))
    monkeypatch.setattr(clips, "_ALIKE_SEEDS", 550)
    monkeypatch.setattr(training, "BATCH", 4)
    monkeypatch.setattr(training, "_SAVE_SECONDS", 0.0)
    libraries.render_library(tmp_path, 1)
    return tmp_path


def test_shards_come_back_as_they_were_written(shards: Path) -> None:
    library = Library(shards)
    assert library.reaches(1) and library.sizes() == {"clips": 4, "alike": 4, "broken": 0}
    again = example_of(make("still_life", 501, count=2), np.random.default_rng([TRAINING_SEEDS, 1]))
    read = library.clips[1]
    assert (read.frames == again.frames).all() and read.tellings == again.tellings
    assert np.allclose(read.places, again.places, atol=1e-4) and (read.counts == again.counts).all()
    assert [int(example.counts.max()) for example in library.alike] == [2, 3, 4, 2]


def test_a_step_waits_for_the_clips_that_it_draws_from(shards: Path) -> None:
    library = Library(shards)
    assert not library.reaches(2) and library.shards == 1
    assert training.shards_at(0, 12) == 3
    assert [training.shards_at(step, 1000) for step in (0, 7, 8, 10_000)] == [8, 8, 9, 250]


def test_broken_worlds_go_with_the_clips_that_they_break() -> None:
    parts = [part for shard in range(8) for part in libraries._parts(shard)]
    assert parts.count(("alike", 0)) == parts.count(("alike", 1)) == 1
    for name, shard in parts:
        if name == "broken":
            assert parts.index(("clips", 2 * shard + 1)) < parts.index((name, shard))
    numbers = [libraries.broken_clip(number) for number in range(80)]
    assert len(set(numbers)) == 80 and max(numbers) == 159
    assert {number % 2 for number in numbers} == {0, 1}


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
    for name in ("clips", "alike"):
        (other / name).symlink_to(shards / name)
    return other


def test_a_state_of_other_networks_is_refused(shards: Path) -> None:
    settings = training.Settings(shards, 0.001, clips=4, size=SMALL)
    training.train(settings, lambda: None)
    with pytest.raises(WsimError, match="other networks"):
        training.train(replace(settings, size=replace(SMALL, dim=8)), lambda: None)


def test_training_begins_from_earlier_weights_as_they_were(shards: Path) -> None:
    first = training.Settings(shards, 0.001, clips=4, size=replace(SMALL, points=0))
    path = training.train(first, lambda: None)
    earlier, words, _ = read_weights(path)
    learner = training._beginner(replace(first, size=SMALL, start=path), words)
    clips = torch.randint(0, 256, (2, FRAMES, SIDE_PX, SIDE_PX, 3), dtype=torch.uint8)
    with torch.inference_mode():  # the points have no say yet
        assert torch.allclose(learner.encoder.video(clips), earlier.video(clips), atol=1e-5)
    with pytest.raises(WsimError, match="other networks"):
        training._beginner(replace(first, size=replace(SMALL, width=16), start=path), words)

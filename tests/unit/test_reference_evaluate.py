"""The table of abilities: what is read from pixels, and rows for everything that a checkpoint can do."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from wsim import Camera, ClipFormat
from wsim.worlds.captions.vocabulary import vocabulary
from wsim.worlds.families.shapes import SOLIDS, solid
from wsim.worlds.families.still_life import still_life
from wsim.worlds.palette import PALETTE
from wsim.worlds.take import Take
from wsim_reference import checkpoint
from wsim_reference.config import PRESETS
from wsim_reference.evaluate.__main__ import main
from wsim_reference.evaluate.all import ALWAYS, CONDITIONED, SOURCED, abilities_of, write_table
from wsim_reference.evaluate.attributes import kept, one_thing, two_things
from wsim_reference.evaluate.readings import jump, looks, shows_colours, shows_count
from wsim_reference.evaluate.row import Row, row_of, table
from wsim_reference.evaluate.things import looks_of, shown, told
from wsim_reference.evaluate.words import colour
from wsim_reference.generator import Generator
from wsim_reference.sampler import SamplerSettings
from wsim_reference.text import Vocabulary
from wsim_reference.train.compact import pack
from wsim_reference.train.data import Clip

WORDS = Vocabulary(vocabulary())


def generator_of(place: Path, conditioned: bool) -> Generator:
    """An untrained model that makes nine frames of 32x32."""
    torch.manual_seed(0)
    nano = PRESETS["nano"]
    config = nano.replace(
        latent_mean=(0.0,) * 8,
        latent_std=(1.0,) * 8,
        transformer=replace(nano.transformer, vocabulary=WORDS.size, conditioned=conditioned),
    )
    weights = {part: network.state_dict() for part, network in checkpoint.build(config).items()}
    checkpoint.save(place, config, WORDS, weights, {})
    return Generator.from_folder(place, SamplerSettings(steps=1))


def drawn(count: int, name: str = "red", number: int = 1) -> np.ndarray:
    """Discs of a palette colour on grey, side by side, that move down a little."""
    y, x = np.mgrid[:32, :32]
    frames = np.full((count, 32, 32, 3), 128, np.uint8)
    for t, frame in enumerate(frames):
        for i in range(number):
            away = np.stack([x - 8 - 16 * i, y - 14 - t // 3])
            frame[(away**2).sum(0) <= 25] = np.round(255 * np.array(PALETTE[name]))
    return frames


def clip(name: str) -> Clip:
    poses = np.tile(np.eye(4), (9, 1, 1))
    poses[:, 0, 3] = 0.1 * np.arange(9)
    camera = Camera(poses, np.tile([[30.0, 0, 15.5], [0, 30.0, 15.5], [0, 0, 1]], (9, 1, 1)))
    text = f"a {name} ball falls"
    form = ClipFormat(9, 32, 32, 16.0)
    return Clip(form, "fall", (text, text, text, text), pack(drawn(9, name)), camera, np.ones((9, 12)))


def test_jumps_are_steps_between_frames_and_from_the_last_to_the_first() -> None:
    frames = np.zeros((3, 8, 8, 3), np.uint8)
    frames[1:] = 10
    frames[2] = 40
    assert [jump(frames, at) for at in (1, 2, 0)] == [10, 30, 40]


def test_colours_shapes_and_numbers_of_things_are_read_from_lawful_renders() -> None:
    form = ClipFormat(1, 64, 64, 16.0)
    for seed in range(500, 506):
        scene = still_life(seed, 2, "left of", camera="still")
        first = scene.body("thing 0")
        other = next(shape for shape in SOLIDS if shape != first.shape)
        changed = {
            "shape": scene.replace(
                bodies=(solid(first.name, other, first.position_m[:2], first.colour_name), *scene.bodies[1:])
            ),
            "missing": scene.without_body("thing 0"),
        }
        looks = looks_of(scene, form, lambda frames: frames)
        assert shown(Take(scene, form).video.frames[0], looks) == told(scene)
        for name, wrong in changed.items():
            assert shown(Take(wrong, form).video.frames[0], looks) != told(scene), (seed, name)


def test_colours_and_numbers_are_read() -> None:
    one, two = looks(drawn(9)), looks(drawn(9, "blue", 2))
    assert shows_colours(one, {"red"}) == 1 and shows_colours(one, {"blue"}) == 0
    assert shows_colours(one, {"red", "blue"}) == 0 and shows_colours(looks(drawn(9) * 0), set()) == 1
    assert (shows_count(two, "blue", 2), shows_count(two, "blue", 1), shows_count(one, "blue", 1)) == (
        1,
        0,
        0,
    )


def test_a_row_is_the_mean_of_what_is_known() -> None:
    row = row_of("a", "b", "c", [(1.0, np.nan, np.nan), (3.0, 2.0, np.nan)])
    assert (row.model, row.trivial, row.lawful, row.clips) == (2.0, 2.0, None, 2)
    nobody = row_of("a", "b", "c", [])
    assert (nobody.model, nobody.clips) == (None, 0) and "| no clip |" in table([nobody])
    assert "| 2.00 | 2.00 (c) | - | 2 |" in table([row])


def test_every_ability_has_a_row_with_its_trivial_number(tmp_path: Path) -> None:
    generator = generator_of(tmp_path / "w", conditioned=True)
    rows = abilities_of(generator, [clip("red"), clip("blue")], worlds=False)
    assert len({row.ability for row in rows}) == len(rows) == len(ALWAYS) + len(SOURCED) + len(CONDITIONED)
    for row in rows:
        assert row.clips == 2 and row.model is not None and row.trivial is not None, row
        assert np.isfinite(row.model)
    named = {row.ability: row for row in rows}
    frozen = named["image to video"]
    assert frozen.trivial is not None and frozen.model is not None and frozen.trivial > frozen.model
    write_table(tmp_path / "out", rows)
    assert len(json.loads((tmp_path / "out/abilities.json").read_text())) == len(rows)
    assert (tmp_path / "out/abilities.md").read_text() == table(rows)


def test_a_model_of_words_and_prefixes_is_asked_for_no_more(tmp_path: Path) -> None:
    generator = generator_of(tmp_path / "w", conditioned=False)
    rows = abilities_of(generator, [clip("red"), clip("blue")], worlds=False)
    assert len(rows) == len(ALWAYS) + len(SOURCED)


def test_words_are_held_against_the_caption_before(tmp_path: Path) -> None:
    row = colour(generator_of(tmp_path / "w", conditioned=False), 2)
    assert isinstance(row, Row) and row.clips == 2 and row.model == 0  # untrained: grey noise
    for ask in (one_thing, two_things, kept):
        assert ask(generator_of(tmp_path / "w", conditioned=False), 2).model == 0


def test_the_command_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "nowhere"), "--out", str(tmp_path)]) == 2
    assert "there is no reference checkpoint" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([str(tmp_path), "--out", str(tmp_path), "--clips", "1"])

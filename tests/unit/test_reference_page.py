"""What docs/reference-model.md shows is so: its examples run, and make what they say they make."""

import re
import shlex
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from wsim.worlds.captions.vocabulary import vocabulary
from wsim_reference import checkpoint
from wsim_reference.config import PRESETS
from wsim_reference.evaluate.__main__ import main as evaluate
from wsim_reference.text import Vocabulary
from wsim_reference.train.command import parse
from wsim_reference.train.table import read_table

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "reference-model.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def untrained(folder: Path) -> None:
    """A checkpoint with the formats of a full one and hardly any weights."""
    torch.manual_seed(0)
    nano, words = PRESETS["nano"], Vocabulary(vocabulary())
    config = replace(
        PRESETS["S"],
        autoencoder=nano.autoencoder,
        transformer=replace(nano.transformer, vocabulary=words.size, text_tokens=48),
        latent_mean=(0.0,) * 8,
        latent_std=(1.0,) * 8,
    )
    weights = {part: network.state_dict() for part, network in checkpoint.build(config).items()}
    checkpoint.save(folder, config, words, weights, {})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """All names that the examples define, and the folder in which they ran."""
    place, names = tmp_path_factory.mktemp("page"), dict[str, Any]()
    untrained(place / "16x")  # a folder of that name goes before what ships
    with chdir(place):
        for example in EXAMPLES:
            exec(compile(example, "docs/reference-model.md", "exec"), names)
    yield names | {"place": place}


@pytest.mark.parametrize(
    ("name", "frames", "height", "width"),
    [
        ("ball", 25, 64, 64), ("wide", 25, 48, 96), ("long", 65, 64, 64), ("bounce", 25, 64, 64),
        ("moving", 25, 64, 64), ("through", 25, 64, 64), ("after", 25, 64, 64), ("before", 25, 64, 64),
        ("joined", 25, 64, 64), ("endless", 17, 64, 64), ("again", 9, 64, 64), ("blue", 25, 64, 64),
        ("cleaned", 25, 64, 64), ("past", 25, 64, 64), ("walk", 25, 64, 64), ("shots", 25, 64, 64),
    ],
)  # fmt: skip
def test_examples_make_what_they_say(
    made: dict[str, Any], name: str, frames: int, height: int, width: int
) -> None:
    assert made[name].shape == (frames, height, width, 3)


def test_the_expansion_is_the_one_that_is_printed(made: dict[str, Any]) -> None:
    assert f"# {made['expand']('red ball', seed=0)}\n" in PAGE


def test_the_clip_is_on_disk(made: dict[str, Any]) -> None:
    assert (made["place"] / "walk.mp4").stat().st_size > 0


TRAINED = re.findall(r"^python -m wsim_reference\.train (.*)$", PAGE, re.MULTILINE)
EVALUATED = re.findall(r"^python -m wsim_reference\.evaluate (.*)$", PAGE, re.MULTILINE)


def test_the_commands_are_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = [parse(shlex.split(line)) for line in TRAINED]
    assert [one.own for one in settings] == [None, Path("my-clips")]
    (line,) = EVALUATED
    with chdir(tmp_path):
        assert evaluate(shlex.split(line)) == 2  # understood, but there is no such checkpoint here
    assert "there is no reference checkpoint" in capsys.readouterr().err


def test_the_table_of_clips_is_one(tmp_path: Path) -> None:
    (table,) = re.findall(r"```csv\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "kitchen").mkdir()
    for name in ("001.mp4", "002.mp4"):
        (tmp_path / "kitchen" / name).touch()
    (tmp_path / "captions.csv").write_text(table)
    assert [row.captions[0] for row in read_table(tmp_path)][1] == "a hand lifts a cup, and puts it down"


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)]+)\)", PAGE))
def test_links_lead_somewhere(target: str) -> None:
    place, _, anchor = target.partition("#")
    text = (DOCS / place).read_text(encoding="utf-8") if place else PAGE
    headings = [
        re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-") for line in text.splitlines()
    ]
    assert not anchor or anchor in headings

"""All rows of the table of abilities."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from wsim_reference.config import ModelConfig
from wsim_reference.evaluate import attributes, given, told, words
from wsim_reference.evaluate.row import Row, table
from wsim_reference.generator import Generator
from wsim_reference.train.data import Clip
from wsim_reference.train.plan import Bucket, plan_clip
from wsim_reference.train.staging import film_clip

OfClips: TypeAlias = Callable[[Generator, Sequence[Clip]], Row]
OfWords: TypeAlias = Callable[[Generator, int], Row]

# What every checkpoint can be asked for, and what only one can that is told of more than words.
ALWAYS: tuple[OfClips, ...] = (
    given.reconstructed, given.image_to_video, given.first_frame, given.extended, given.seam,
)  # fmt: skip
CONDITIONED: tuple[OfClips, ...] = (
    given.backwards, given.connected, given.keyed, given.looped, told.camera, told.actions, told.shots,
)  # fmt: skip
SOURCED: tuple[OfClips, ...] = (given.edited, given.painted_in)
FROM_WORDS: tuple[OfWords, ...] = (
    words.colour, words.count, words.expanded, attributes.one_thing, attributes.two_things, attributes.kept,
)  # fmt: skip
OTHER_FORMATS: tuple[OfWords, ...] = (words.picture, words.larger, words.rolled_out)


def abilities_of(generator: Generator, clips: Sequence[Clip], worlds: bool = True) -> list[Row]:
    """Every ability that the checkpoint has.

    Args:
        generator: the checkpoint.
        clips: that no training has seen, all of the model's own format; as many clips are asked from words.
        worlds: whether it was trained on wsim's worlds: other captions are not read.
    """
    free = generator.config.transformer.conditioned
    of_clips = [*ALWAYS, *SOURCED, *(CONDITIONED if free else ())]
    of_words = [*FROM_WORDS, *(OTHER_FORMATS if free else ())] if worlds else []
    rows = [read(generator, clips) for read in of_clips]
    return rows + [ask(generator, len(clips)) for ask in of_words]


def held_out_clips(config: ModelConfig, count: int) -> list[Clip]:
    """Clips of worlds that no training has seen, in the model's own format."""
    home = Bucket(config.num_frames, config.height, config.width)
    one_rate = replace(config, rates=())
    return [film_clip(plan_clip(number, home, one_rate, True), True) for number in range(count)]


def write_table(folder: Path, rows: Sequence[Row]) -> None:
    """`abilities.md` for people and `abilities.json` for programs."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "abilities.md").write_text(table(rows), encoding="utf-8")
    text = json.dumps([row.to_json() for row in rows], indent=1, allow_nan=False)
    (folder / "abilities.json").write_text(text + "\n", encoding="utf-8")

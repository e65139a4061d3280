"""Are the things of a caption there? Read by the finder of palette colours, from words alone."""

import dataclasses
from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from wsim.contracts import ClipFormat
from wsim.worlds.families.still_life import still_life
from wsim.worlds.palette import PALETTE
from wsim.worlds.scene import Body, Scene
from wsim.worlds.take import Take
from wsim_reference import abilities
from wsim_reference.abilities import Prompt
from wsim_reference.evaluate.readings import looks, shows_colours, shows_count
from wsim_reference.evaluate.row import Row, row_of
from wsim_reference.expand import expand
from wsim_reference.frames import Frames
from wsim_reference.generator import Generator
from wsim_reference.train.settings import VALIDATION_SEEDS

MOST_LONG = 3  # times the longest clip of the training: how long a rollout is looked at
Maker: TypeAlias = Callable[[Generator, Scene, int], Frames]


def colour(generator: Generator, clips: int) -> Row:
    """The colour of one thing, and no other colour."""
    return _colours(generator, clips, "text to video", _video)


def picture(generator: Generator, clips: int) -> Row:
    """The same of single pictures."""
    return _colours(generator, clips, "text to image", _picture)


def larger(generator: Generator, clips: int) -> Row:
    """The same of clips half as large again as those of the training."""
    return _colours(generator, clips, "other sizes", _larger)


def rolled_out(generator: Generator, clips: int) -> Row:
    """The same at the end of clips three times as long as any of the training."""
    return _colours(generator, clips, "rollout, the last frames", _end_of_long)


def expanded(generator: Generator, clips: int) -> Row:
    """The same of a short prompt that is made a full one, against the short one as it stands."""

    def one(seed: int) -> tuple[float, float, float]:
        name = list(PALETTE)[seed % len(PALETTE)]
        shown = [_asked(generator, text, seed) for text in (expand(f"{name} ball", seed), f"{name} ball")]
        full, short = (shows_colours(looks(frames), {name}) for frames in shown)
        return full, short, np.nan

    return row_of("prompt expansion", "share in the right colour", "short prompt", map(one, range(clips)))


def count(generator: Generator, clips: int) -> Row:
    """One or two things of a colour."""

    def one(seed: int) -> tuple[float, float, float]:
        many = 1 + seed % 2
        scene = _still(seed, many, generator.config.clip)
        name, seen = _thing(scene).colour_name, looks(_video(generator, scene, seed))
        right, wrong = (shows_count(seen, name, n) for n in (many, 3 - many))
        return right, wrong, shows_count(looks(_lawful(scene, generator)), name, many)

    return row_of(
        "text: one or two", "share with the right number", "the other number", map(one, range(clips))
    )


def _colours(generator: Generator, clips: int, ability: str, make: Maker) -> Row:
    """Against what is shown of the caption before it: what a model gets right that does not listen."""
    shown, asked, lawful = [], [], []
    for seed in range(clips):
        scene = _still(seed, 1, generator.config.clip)
        asked.append({_thing(scene).colour_name})
        shown.append(looks(make(generator, scene, seed)))
        lawful.append(shows_colours(looks(_lawful(scene, generator)), asked[-1]))
    triples = [
        (shows_colours(seen, asked[i]), shows_colours(seen, asked[i - 1]), lawful[i])
        for i, seen in enumerate(shown)
    ]
    return row_of(ability, "share in the right colour", "another caption", triples)


def _video(generator: Generator, scene: Scene, seed: int) -> Frames:
    return _asked(generator, scene.captions[0], seed)


def _asked(generator: Generator, text: str, seed: int, clip: ClipFormat | None = None) -> Frames:
    return abilities.text_to_video(generator, Prompt(text, seed), clip)


def _picture(generator: Generator, scene: Scene, seed: int) -> Frames:
    home = generator.config
    return abilities.text_to_image(generator, Prompt(scene.captions[0], seed), home.height, home.width)


def _larger(generator: Generator, scene: Scene, seed: int) -> Frames:
    home = generator.config.clip
    sides = {name: round(1.5 * getattr(home, name) / 16) * 16 for name in ("height", "width")}
    return _asked(generator, scene.captions[0], seed, dataclasses.replace(home, **sides))


def _end_of_long(generator: Generator, scene: Scene, seed: int) -> Frames:
    home = generator.config.clip
    long = dataclasses.replace(home, num_frames=MOST_LONG * (generator.config.longest - 1) + 1)
    return _asked(generator, scene.captions[0], seed, long)[-home.num_frames :]


def _lawful(scene: Scene, generator: Generator) -> Frames:
    return generator.round_trip(Take(scene, generator.config.clip).video.frames)


def _still(seed: int, many: int, clip: ClipFormat) -> Scene:
    """Things alike in a world that no training has seen."""
    long_s = max(1.0, clip.duration_s)
    return still_life(VALIDATION_SEEDS + seed, many, alike=True, camera="still", duration_s=long_s)


def _thing(scene: Scene) -> Body:
    return scene.body("thing 0")

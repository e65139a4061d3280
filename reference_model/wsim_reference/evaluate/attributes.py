"""Colour, shape and number together, from words and after given frames."""

from collections.abc import Callable

import numpy as np

from wsim.worlds.families.still_life import still_life
from wsim.worlds.scene import Scene
from wsim.worlds.take import Take
from wsim_reference import abilities
from wsim_reference.abilities import Prompt
from wsim_reference.evaluate.row import Row, row_of
from wsim_reference.evaluate.things import Looks, looks_of, shown, told
from wsim_reference.frames import Frames
from wsim_reference.generator import Generator
from wsim_reference.train.settings import VALIDATION_SEEDS

MEASURE = "share right in colour, shape and number"


def one_thing(generator: Generator, clips: int) -> Row:
    """A single thing, as its caption says; trivially, what is shown of the caption before it."""
    return _from_words(generator, clips, "text: one thing", 1)


def two_things(generator: Generator, clips: int) -> Row:
    """The same of two things that differ."""
    return _from_words(generator, clips, "text: two things", 2)


def kept(generator: Generator, clips: int) -> Row:
    """Are the things of the given frames still there at the end of a continuation, as they were?"""

    def made(scene: Scene, seed: int) -> Frames:
        truth = Take(scene, generator.config.clip).video.frames
        known = 1 + 4 * ((len(truth) - 1) // 8)
        prompt = Prompt(scene.captions[0], seed)
        return abilities.extend_forwards(generator, truth[:known], len(truth) - known, prompt)[known:]

    return _rows(generator, clips, "things kept", made, lambda seed: 1 + seed % 2)


def _from_words(generator: Generator, clips: int, ability: str, count: int) -> Row:
    def made(scene: Scene, seed: int) -> Frames:
        return abilities.text_to_video(generator, Prompt(scene.captions[0], seed))

    return _rows(generator, clips, ability, made, lambda seed: count)


def _rows(
    generator: Generator,
    clips: int,
    ability: str,
    made: Callable[[Scene, int], Frames],
    count: Callable[[int], int],
) -> Row:
    """Every clip against its own caption, and against the next one's."""
    home = generator.config.clip
    scenes = [_still(seed, count(seed), home.duration_s) for seed in range(clips)]
    looks = [looks_of(scene, home, generator.round_trip) for scene in scenes]
    triples = []
    for seed, scene in enumerate(scenes):
        frames, other = made(scene, seed), (seed + 1) % clips
        lawful = generator.round_trip(Take(scene, home).video.frames)
        right, chance = _right(frames, scene, looks[seed]), _right(frames, scenes[other], looks[other])
        triples.append((right, chance if clips > 1 else np.nan, _right(lawful, scene, looks[seed])))
    return row_of(ability, MEASURE, "another caption", triples)


def _right(frames: Frames, scene: Scene, looks: Looks) -> float:
    """1 if two of three pictures (first, middle, last) show just the things of the scene, else 0."""
    chosen = frames[np.linspace(0, len(frames) - 1, 3).round().astype(int)]
    return float(sum(shown(picture, looks) == told(scene) for picture in chosen) >= 2)


def _still(seed: int, count: int, duration_s: float) -> Scene:
    """Things that differ, in a world that no training has seen."""
    long_s = max(1.0, duration_s)
    return still_life(
        VALIDATION_SEEDS + seed, count, "left of" if count > 1 else None, camera="still", duration_s=long_s
    )

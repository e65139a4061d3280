"""What the encoder learns from: clips of all families, their tellings, and what is where.

Axis letters: `clip`, `time`, `height` and `width` pixels, `colour` of the palette, `body`.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int64, UInt8

from wsim.contracts import ClipFormat
from wsim.metrics.encoder import shards
from wsim.metrics.encoder.tellings import Telling, telling
from wsim.metrics.encoder.towers import COLOURS, FRAMES, MOST_COUNT, NOUNS, SIDE_PX
from wsim.runs.durable import make_folder
from wsim.worlds.captions import Length
from wsim.worlds.families import FAMILIES, make
from wsim.worlds.scene import Scene
from wsim.worlds.take import Take

TRAINING_SEEDS = 1_000_000  # worlds below this seed belong to benchmarks
HELD_OUT_SEEDS = 3_000_000
_ALIKE_SEEDS = 2_000_000
_STILL_LIVES = 10  # a round, beside one of every other family: they tell most of colours, numbers and places
_COSTLY = ("shatter", "dominoes", "support", "tumble", "billiards", "barrier", "cups", "walk", "door")
_SELDOM = 4  # what takes long to simulate comes once in so many rounds
_TOLD: tuple[Length, ...] = ("full", "full", "full", "medium", "medium", "short")


@dataclass(frozen=True)
class Example:
    """One clip and all that is known of it.

    Attributes:
        frames: the pictures.
        tellings: captions, each with wrong ones beside it.
        places: of every palette colour its share of the picture, and x and y of its middle (-1..1).
        counts: how many things of a colour the story tells.
        nouns: what they are, by index in `NOUNS`; -1 where there are none or several kinds.
        family: of the world.
        seed: of the world.
    """

    frames: UInt8[np.ndarray, "time height width 3"]
    tellings: tuple[Telling, ...]
    places: Float32[np.ndarray, "time colour 3"]
    counts: Int64[np.ndarray, " colour"]
    nouns: Int64[np.ndarray, " colour"]
    family: str
    seed: int


def scene_of(number: int, first_seed: int) -> Scene:
    """The scene of a number."""
    family, parameters = choice_of(number)
    return make(family, first_seed + number, **parameters)


def choice_of(number: int) -> tuple[str, dict[str, bool | int]]:
    """Family and parameters: the families in turn, still lives more often, half of them of things alike."""
    turn, place = divmod(number, _round_length())
    if place < _STILL_LIVES:
        return "still_life", {"alike": True, "count": 1 + number // 2 % 4} if place % 2 else {}
    names = [name for name in FAMILIES if name not in ("still_life", *_COSTLY)]
    seldom = [name for i, name in enumerate(_COSTLY) if i % _SELDOM == turn % _SELDOM]
    choices = [*names, *seldom]
    return choices[(place - _STILL_LIVES) % len(choices)], {}


def _round_length() -> int:
    return _STILL_LIVES + len(FAMILIES) - 1 - len(_COSTLY) + -(-len(_COSTLY) // _SELDOM)


def filmed(scene: Scene) -> Take:
    """The whole of a scene in `FRAMES` frames."""
    return Take(scene, ClipFormat(FRAMES, SIDE_PX, SIDE_PX, (FRAMES - 1) / scene.duration_s))


def example_of(scene: Scene, rng: np.random.Generator, tellings: tuple[Length, ...] = _TOLD) -> Example:
    """Render a scene and write down what is known of it."""
    take, story = filmed(scene), scene.story
    assert story is not None  # of every family: tests/contract/test_families.py
    counts, nouns = np.zeros(len(COLOURS), np.int64), np.full(len(COLOURS), -1)
    for index, colour in enumerate(COLOURS):
        things = [thing for thing in story.things if thing.colour == colour]
        counts[index] = min(MOST_COUNT, sum(thing.count for thing in things))
        kinds = {thing.noun if thing.noun in NOUNS else NOUNS[-1] for thing in things}
        nouns[index] = NOUNS.index(kinds.pop()) if len(kinds) == 1 else -1
    told = tuple(telling(story, length, rng) for length in tellings)
    return Example(take.video.frames, told, _places(take), counts, nouns, scene.family, scene.seed)


def _places(take: Take) -> Float32[np.ndarray, "time colour 3"]:
    """Where the colours are; in worlds of blocks, which have no bodies, nowhere."""
    found = np.zeros((FRAMES, len(COLOURS), 3), np.float32)
    if take.scene.blocks is not None:
        return found
    worn = np.array([*(_colour_index(body.colour_name) for body in take.scene.bodies), -1])
    colour_of_pixel = worn[take.film.render.ids]  # the sky is body -1: the last entry
    axis = (np.arange(SIDE_PX) + 0.5) / SIDE_PX * 2.0 - 1.0
    for index in range(len(COLOURS)):
        mask = (colour_of_pixel == index).astype(np.float32)
        pixels = mask.sum(axis=(1, 2))
        there = np.maximum(pixels, 1.0)
        found[:, index, 0] = pixels / SIDE_PX**2
        found[:, index, 1] = (mask.sum(axis=1) @ axis) / there
        found[:, index, 2] = (mask.sum(axis=2) @ axis) / there
    return found


def _colour_index(name: str) -> int:
    return COLOURS.index(name) if name in COLOURS else -1


def render_shards(folder: Path, count: int, first_seed: int = TRAINING_SEEDS) -> None:
    """Write the first shards of clips, those that are not there yet.

    Raises:
        WsimError: the folder cannot be written to, or the disk is full.
    """
    make_folder(folder)
    for shard in range(count):
        if not shards.is_there(folder, shard):
            shards.write(folder, shard, lambda number: kept_clip(number, first_seed))


def kept_clip(number: int, first_seed: int = TRAINING_SEEDS) -> shards.Kept:
    """Of scenes of all families, what a shard keeps of the one with a number."""
    rng = np.random.default_rng([first_seed, number])
    return _kept(example_of(scene_of(number, first_seed), rng))


def kept_alike(number: int) -> shards.Kept:
    """Of still lives of two, three or four things alike, what a shard keeps of the one with a number."""
    scene = make("still_life", _ALIKE_SEEDS + number, alike=True, count=2 + number % 3)
    return _kept(example_of(scene, np.random.default_rng([_ALIKE_SEEDS, number])))


def _kept(example: Example) -> shards.Kept:
    return example.frames, {
        "family": example.family,
        "seed": example.seed,
        "tellings": [asdict(telling) for telling in example.tellings],
        "places": example.places.round(4).tolist(),
        "counts": example.counts.tolist(),
        "nouns": example.nouns.tolist(),
    }


def read_shard(folder: Path, shard: int) -> Iterator[Example]:
    """The examples of a shard."""
    for frames, record in shards.read(folder, shard):
        yield Example(
            frames,
            tuple(Telling(each["true"], each["wrong"]) for each in record["tellings"]),
            np.array(record["places"], np.float32),
            np.array(record["counts"]),
            np.array(record["nouns"]),
            record["family"],
            record["seed"],
        )

"""Which clip is which: size, length, rate, world and moment of clip N follow from N alone.

Staging can therefore be killed and resumed, grown to more clips, and shared out over machines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from wsim.contracts import ClipFormat
from wsim.errors import WsimError
from wsim.worlds.check import check_scene
from wsim.worlds.datasets.plan import lasting
from wsim.worlds.scene import Scene
from wsim_reference.config import ModelConfig
from wsim_reference.train.settings import TRAINING_SEEDS, VALIDATION_SEEDS
from wsim_reference.train.worlds import draw_world

HOME_SIZE, HOME_RATE = 0.75, 0.75  # shares of the clips that have the size and the rate of the model
HOME_LENGTH, PICTURES = 0.6, 0.1  # shares that have its length, and that are single pictures
_ATTEMPTS = 8
_NEXT_SEED = 10_000_000  # a world that cannot be made gives way to one of a seed that no other clip has

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Bucket:
    """Clips that can be stacked: equal length and size."""

    num_frames: int
    height: int
    width: int


@dataclass(frozen=True)
class ClipPlan:
    """One clip: which world, and which part of it is filmed how."""

    scene: Scene
    clip: ClipFormat
    start_s: float


def bucket_shares(config: ModelConfig) -> dict[Bucket, float]:
    """All lengths at all sizes of a model, with their shares of the clips."""
    sizes = _shares(config.sizes, (config.height, config.width), HOME_SIZE)
    lengths = _shares([n for n in config.lengths if n > 1], config.num_frames, HOME_LENGTH / (1 - PICTURES))
    if 1 in config.lengths and config.num_frames > 1:
        lengths = {n: (1 - PICTURES) * share for n, share in lengths.items()} | {1: PICTURES}
    return {
        Bucket(length, height, width): share * size_share
        for length, share in lengths.items()
        for (height, width), size_share in sizes.items()
    }


def _shares(values: Sequence[Item], home: Item, home_share: float) -> dict[Item, float]:
    """`home_share` for `home`, equal shares of the rest for the others."""
    others = [value for value in values if value != home]
    if not others:
        return {home: 1.0}
    return {home: home_share} | dict.fromkeys(others, (1 - home_share) / len(others))


def bucket_schedule(shares: dict[Bucket, float], shards: int) -> list[Bucket]:
    """The bucket of every shard: at every place the one that is furthest behind its share.

    The first shards do not depend on how many there are in all.
    """
    counts = dict.fromkeys(shares, 0)
    schedule = []
    for place in range(shards):
        chosen = max(shares, key=lambda bucket: shares[bucket] * (place + 1) - counts[bucket])
        counts[chosen] += 1
        schedule.append(chosen)
    return schedule


def plan_clip(number: int, bucket: Bucket, config: ModelConfig, validation: bool) -> ClipPlan:
    """The plan of clip `number`, whose shard is of `bucket`.

    A clip shorter than those of the model begins at any moment of its world; others begin at time zero,
    where their captions begin.

    Raises:
        WsimError: no world could be made in several attempts.
    """
    seed = (VALIDATION_SEEDS if validation else TRAINING_SEEDS) + number
    rng = np.random.default_rng(np.random.SeedSequence([seed, 1]))
    rates = _shares(config.rates, config.fps, 1.0 if validation else HOME_RATE)
    drawn_fps = float(rng.choice(list(rates), p=list(rates.values())))
    where = float(rng.random()) if bucket.num_frames < config.num_frames else 0.0
    for attempt in range(_ATTEMPTS):
        world = draw_world(rng)
        fps = config.fps if attempt else drawn_fps
        clip = ClipFormat(bucket.num_frames, bucket.height, bucket.width, fps)
        try:
            scene = lasting(world.family, seed + attempt * _NEXT_SEED, clip.duration_s, **world.options)
            check_scene(scene, clip.height, clip.width)
        except WsimError:
            continue  # some worlds cannot last so long, or are hard to draw with these options
        return ClipPlan(scene, clip, where * (scene.duration_s - clip.duration_s))
    raise WsimError(
        f"no world could be made for clip {number} of {bucket}",
        where="wsim_reference.train.plan",
        remedy="use shorter lengths or higher rates in the configuration",
    )

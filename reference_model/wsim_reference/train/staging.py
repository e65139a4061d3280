"""Training clips are rendered once: what is missing of a split, in processes, shard by shard."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool

from wsim.contracts import digest_of
from wsim.errors import WsimError
from wsim.runs.parent import end_with_parent
from wsim.worlds.blocks.keys import action_matrix
from wsim.worlds.captions import setting
from wsim.worlds.film import Film, film
from wsim.worlds.scene import Scene
from wsim_reference.config import ModelConfig
from wsim_reference.train import worlds
from wsim_reference.train.compact import pack
from wsim_reference.train.data import Clip, Clips, open_clips, write_shard
from wsim_reference.train.plan import Bucket, ClipPlan, bucket_schedule, bucket_shares, plan_clip

Shard: TypeAlias = tuple[int, Bucket]  # its number, and what its clips are like


def stage(
    folder: Path, config: ModelConfig, clips: int, shard_clips: int, validation: bool, processes: int
) -> Clips:
    """Render what is not there yet and open everything.

    Args:
        folder: of the data; may be shared between runs.
        config: sizes, lengths and rates of the model. Validation clips have its own format only.
        clips: how many; whole shards are rendered.
        shard_clips: clips in a shard, all of one length and size.
        validation: which split.
        processes: that render.
    """
    home = Bucket(config.num_frames, config.height, config.width)
    shares = {home: 1.0} if validation else bucket_shares(config)
    schedule = bucket_schedule(shares, -(-clips // shard_clips))
    formats = f"{config.clip} {shares} {config.rates} {shard_clips}"
    version = digest_of([formats, worlds.version()])[:8]
    folder = folder / f"{'validation' if validation else 'training'}-{version}"
    folder.mkdir(parents=True, exist_ok=True)
    missing = [(i, b) for i, b in enumerate(schedule) if not (folder / f"{i:05}.json").exists()]
    if missing:
        work = partial(
            render_shard, folder=folder, config=config, shard_clips=shard_clips, validation=validation
        )
        _render(work, missing, processes)
    return open_clips(folder, range(len(schedule)), clips)


def _render(work: Callable[[Shard], None], missing: Sequence[Shard], processes: int) -> None:
    """In processes of their own.

    Raises:
        WsimError: one of them was killed.
    """
    pool = ProcessPoolExecutor(processes, get_context("spawn"), initializer=_be_polite)
    try:
        for _ in pool.map(work, missing):
            pass
    except BrokenProcessPool as error:
        raise WsimError(
            "a process that renders clips died, probably for want of memory",
            where="wsim_reference.train.staging",
            remedy="give the same command again, on a machine with more memory a core; whole shards are kept",
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _be_polite() -> None:
    end_with_parent()
    os.environ["OMP_NUM_THREADS"] = "1"
    os.environ["NUMBA_NUM_THREADS"] = "1"


def render_shard(shard: Shard, folder: Path, config: ModelConfig, shard_clips: int, validation: bool) -> None:
    """Render a shard and write it."""
    number, bucket = shard
    numbers = range(number * shard_clips, (number + 1) * shard_clips)
    plans = (plan_clip(clip, bucket, config, validation) for clip in numbers)
    write_shard(folder / f"{number:05}", (film_clip(plan, validation) for plan in plans))


def film_clip(plan: ClipPlan, validation: bool) -> Clip:
    """Simulate and render a clip."""
    scene, clip = plan.scene, plan.clip
    shown = film(scene, plan.start_s + clip.times_s(), clip.height, clip.width)
    blocks = scene.blocks
    actions = None
    if blocks is not None:  # one frame more, because a single time has no interval
        times_s = plan.start_s + np.arange(clip.num_frames + 1) / clip.fps
        actions = action_matrix(scene, times_s)[:-1]
    return Clip(
        format=clip,
        family=scene.family,
        captions=(*scene.captions, setting_of(scene, from_start=plan.start_s == 0.0)),
        packed=pack(shown.rgb),
        camera=shown.render.camera,
        actions=actions,
        mirrors=blocks is None or not blocks.counters,
        moving=_moving(shown) if validation else None,
    )


def setting_of(scene: Scene, *, from_start: bool) -> str:
    """What is there and what the camera does, as probes say it beside frames that settle the question."""
    if scene.story is None:
        return ""
    every = {thing.key: thing.count for thing in scene.story.things}
    return setting(scene.story, scene.seed, every, from_start=from_start)


def _moving(shown: Film) -> Bool[np.ndarray, "time height width"]:
    """The pixels of bodies that move; worlds of blocks have no bodies."""
    moves = [index for index, body in enumerate(shown.scene.bodies) if body.motion != "static"]
    return np.isin(shown.render.ids, moves)

"""Training clips: which worlds, rendered to shards of frames on disk.

A shard is `NNNNN.npy` (`uint8[clip time height width 3]`) with `NNNNN.json` (captions and origin). Which
clip is where depends on its number alone, so staging can be killed and resumed, and two machines make the
same data.
"""

import json
import multiprocessing
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, UInt8

from wsim.contracts import ClipFormat, digest_of
from wsim_reference.train.settings import TRAINING_SEEDS, VALIDATION_SEEDS

SHARD_CLIPS = 32
FAMILIES = ("room", "ball_behind_screen", "brush_stroke", "fall")
LENGTHS: tuple[Literal["full", "medium", "short"], ...] = ("full", "medium", "short")


@dataclass(frozen=True, slots=True)
class ClipPlan:
    """One clip: a family of worlds, the seed of the world, and its options."""

    family: str
    seed: int
    options: dict[str, float | bool]


def plan_clip(number: int, validation: bool) -> ClipPlan:
    """The families in turn; a fifth of the balls are absent and a quarter of the brushes do not touch."""
    family = FAMILIES[number % len(FAMILIES)]
    seed = (VALIDATION_SEEDS if validation else TRAINING_SEEDS) + number
    rng = np.random.default_rng(np.random.SeedSequence([seed, 1]))
    options: dict[str, float | bool] = {}
    if family == "ball_behind_screen":
        options = {"hidden_s": float(rng.uniform(0.15, 0.6)), "empty": bool(rng.random() < 0.2)}
    if family == "brush_stroke":
        options = {"touches": bool(rng.random() < 0.75)}
    return ClipPlan(family, seed, options)


@dataclass(frozen=True)
class Clips:
    """All clips of a split.

    Attributes:
        frames: one array a shard, mapped from disk.
        captions: for every clip its full, medium and short caption.
        moving: of validation clips, the pixels of bodies that move; None for training clips.
    """

    frames: list[UInt8[np.ndarray, "in_shard time height width 3"]]
    captions: list[tuple[str, str, str]]
    moving: Bool[np.ndarray, "clip time height width"] | None = None

    def __len__(self) -> int:
        return len(self.captions)

    def clip(self, number: int) -> UInt8[np.ndarray, "time height width 3"]:
        """The frames of one clip."""
        shard, place = divmod(number, SHARD_CLIPS)
        frames: np.ndarray = self.frames[shard][place]
        return frames


def stage(folder: Path, clip: ClipFormat, clips: int, validation: bool, processes: int) -> Clips:
    """Render what is not there yet and open everything."""
    name = "validation" if validation else "training"
    folder = folder / f"{name}-{digest_of(str(clip))[:8]}"
    folder.mkdir(parents=True, exist_ok=True)
    shards = list(range(-(-clips // SHARD_CLIPS)))
    missing = [shard for shard in shards if not (folder / f"{shard:05}.json").exists()]
    if missing:
        work = partial(render_shard, folder=folder, clip=clip, validation=validation)
        with multiprocessing.get_context("spawn").Pool(processes, initializer=_be_polite) as pool:
            for _ in pool.imap_unordered(work, missing):
                pass
    return open_clips(folder, shards, clips)


def _be_polite() -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    os.environ["NUMBA_NUM_THREADS"] = "1"


def open_clips(folder: Path, shards: Sequence[int], clips: int) -> Clips:
    """Map the shards; no pixels are read yet."""
    records: list[dict[str, Any]] = []
    for shard in shards:
        records += json.loads((folder / f"{shard:05}.json").read_text(encoding="utf-8"))
    frames = [np.load(folder / f"{shard:05}.npy", mmap_mode="r") for shard in shards]
    masks = [folder / f"{shard:05}.moving.npy" for shard in shards]
    moving = np.concatenate([np.load(mask) for mask in masks])[:clips] if masks[0].exists() else None
    captions = [(r["captions"][0], r["captions"][1], r["captions"][2]) for r in records[:clips]]
    return Clips(frames, captions, moving)


def render_shard(shard: int, folder: Path, clip: ClipFormat, validation: bool) -> int:
    """Render `SHARD_CLIPS` clips; the JSON file comes last and says that the shard is whole."""
    from wsim.worlds.families import make
    from wsim.worlds.take import Take

    frames, records, masks = [], [], []
    for number in range(shard * SHARD_CLIPS, (shard + 1) * SHARD_CLIPS):
        plan = plan_clip(number, validation)
        scene = make(plan.family, plan.seed, **plan.options)
        take = Take(scene, clip)
        frames.append(take.video.frames)
        records.append({**asdict(plan), "captions": [take.caption(length) for length in LENGTHS]})
        if validation:
            moves = np.array([body.motion != "static" for body in scene.bodies] + [False])
            masks.append(moves[take.film.render.ids])  # the sky is body -1: the False at the end
    _write_array(folder / f"{shard:05}.npy", np.stack(frames))
    if masks:
        _write_array(folder / f"{shard:05}.moving.npy", np.stack(masks))
    (folder / f"{shard:05}.json").write_text(json.dumps(records), encoding="utf-8")
    return shard


def _write_array(path: Path, array: np.ndarray) -> None:
    partial_path = path.with_suffix(".partial")
    with partial_path.open("wb") as file:
        np.save(file, array)
    partial_path.replace(path)

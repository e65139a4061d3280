"""Training clips on disk: rendered once, packed, and read from there ever after.

A shard is `NNNNN.frames` (the packed clips one after another), `NNNNN.safetensors` (camera, actions, and for
validation the pixels that move) and `NNNNN.json` (what each clip is), which comes last and says that the
shard is whole.
"""

import json
import multiprocessing
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import safetensors.numpy
from jaxtyping import Bool, Float64, UInt8

from wsim.contracts import Camera, ClipFormat, digest_of
from wsim.runs.durable import temporary_name
from wsim.runs.parent import end_with_parent
from wsim.worlds.blocks.keys import action_matrix
from wsim.worlds.captions import setting
from wsim.worlds.film import Film, film
from wsim.worlds.scene import Scene
from wsim_reference.config import ModelConfig
from wsim_reference.train.compact import pack, unpack
from wsim_reference.train.plan import Bucket, ClipPlan, bucket_schedule, bucket_shares, plan_clip

Frames = UInt8[np.ndarray, "time height width 3"]
Captions: TypeAlias = tuple[str, str, str, str]


@dataclass(frozen=True)
class Clip:
    """One clip and what is known of it.

    Attributes:
        captions: full, medium, short, and the setting alone, without anything that happens.
        packed: see `compact.pack`; may lie on disk.
        camera: of every frame, where it is known.
        actions: what is pressed in every frame, of a world that is played; else None.
        mirrors: whether its mirror image is a clip of another such world; digits in the picture forbid it.
        moving: the pixels of bodies that move, of validation clips.
    """

    format: ClipFormat
    family: str
    captions: Captions
    packed: UInt8[np.ndarray, " byte"]
    camera: Camera | None = None
    actions: Float64[np.ndarray, "time kind"] | None = None
    mirrors: bool = True
    moving: Bool[np.ndarray, "time height width"] | None = None

    @property
    def bucket(self) -> Bucket:
        """Length and size."""
        return Bucket(self.format.num_frames, self.format.height, self.format.width)

    @property
    def frames(self) -> Frames:
        """The pixels, unpacked anew."""
        return unpack(self.packed, (self.format.num_frames, self.format.height, self.format.width, 3))


@dataclass(frozen=True)
class Clips:
    """The clips of a split, or some of them."""

    items: Sequence[Clip]

    def __len__(self) -> int:
        return len(self.items)

    def clip(self, number: int) -> Frames:
        """The frames of one clip."""
        return self.items[number].frames

    @property
    def captions(self) -> list[Captions]:
        """Of every clip, as `Clip` has them."""
        return [item.captions for item in self.items]

    @property
    def moving(self) -> list[Bool[np.ndarray, "time height width"]] | None:
        """Of every clip the pixels of bodies that move; None where they were not kept."""
        masks = [item.moving for item in self.items if item.moving is not None]
        return masks if masks and len(masks) == len(self.items) else None

    def by_bucket(self) -> "dict[Bucket, Clips]":
        """The clips that can be stacked, together."""
        found: dict[Bucket, list[Clip]] = {}
        for item in self.items:
            found.setdefault(item.bucket, []).append(item)
        return {bucket: Clips(items) for bucket, items in found.items()}

    def of_one_size(self, at_least: int) -> "Clips":
        """Those with `at_least` so many frames that have the size that most of them have."""
        long = [one for one in self.items if one.format.num_frames >= at_least]
        sizes = Counter((one.format.height, one.format.width) for one in long)
        most = max(sizes, key=lambda size: sizes[size])
        return Clips([one for one in long if (one.format.height, one.format.width) == most])


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
    formats = f"{config.clip} {list(shares)} {config.rates} {shard_clips} with settings"
    folder = folder / f"{'validation' if validation else 'training'}-{digest_of(formats)[:8]}"
    folder.mkdir(parents=True, exist_ok=True)
    missing = [(i, b) for i, b in enumerate(schedule) if not (folder / f"{i:05}.json").exists()]
    if missing:
        work = partial(
            render_shard, folder=folder, config=config, shard_clips=shard_clips, validation=validation
        )
        with multiprocessing.get_context("spawn").Pool(processes, initializer=_be_polite) as pool:
            for _ in pool.imap_unordered(work, missing):
                pass
    return open_clips(folder, range(len(schedule)), clips)


def _be_polite() -> None:
    end_with_parent()
    os.environ["OMP_NUM_THREADS"] = "1"
    os.environ["NUMBA_NUM_THREADS"] = "1"


def render_shard(
    shard: tuple[int, Bucket], folder: Path, config: ModelConfig, shard_clips: int, validation: bool
) -> None:
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


def write_shard(path: Path, clips: Iterable[Clip]) -> None:
    """Three files; the last one says that all are whole."""
    items = list(clips)
    arrays, records = {}, []
    for i, item in enumerate(items):
        if item.camera is not None:
            arrays[f"{i}.poses"], arrays[f"{i}.lens"] = item.camera.world_from_camera, item.camera.intrinsics
        if item.actions is not None:
            arrays[f"{i}.actions"] = item.actions
        if item.moving is not None:
            arrays[f"{i}.moving"] = np.packbits(item.moving)
        record = {"family": item.family, "captions": item.captions, "mirrors": item.mirrors}
        records.append({**record, "bytes": len(item.packed), "format": asdict(item.format)})
    contents = {
        ".frames": np.concatenate([item.packed for item in items]).tobytes(),
        ".safetensors": safetensors.numpy.save(arrays),
        ".json": json.dumps(records).encode(),
    }
    for suffix, data in contents.items():
        whole = path.with_suffix(suffix)
        partial_path = temporary_name(whole)  # of this process: another run may make the same shard
        try:
            partial_path.write_bytes(data)
            partial_path.replace(whole)
        finally:
            partial_path.unlink(missing_ok=True)


def open_clips(folder: Path, shards: Sequence[int], clips: int) -> Clips:
    """Map the shards; no pixels are read yet."""
    items = [item for shard in shards for item in _open_shard(folder / f"{shard:05}")]
    return Clips(items[:clips])


def _open_shard(path: Path) -> list[Clip]:
    records = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    packed = np.memmap(path.with_suffix(".frames"), np.uint8, mode="r")
    arrays = safetensors.numpy.load_file(path.with_suffix(".safetensors"))
    ends = np.cumsum([record["bytes"] for record in records])
    return [
        _clip(record, np.asarray(packed[end - record["bytes"] : end]), arrays, str(i))
        for i, (record, end) in enumerate(zip(records, ends.tolist(), strict=True))
    ]


def _clip(record: dict[str, Any], packed: np.ndarray, arrays: dict[str, np.ndarray], name: str) -> Clip:
    form = ClipFormat(**record["format"])
    shape = (form.num_frames, form.height, form.width)
    bits = arrays.get(f"{name}.moving")
    full, medium, short, place = record["captions"]
    return Clip(
        format=form,
        family=record["family"],
        captions=(full, medium, short, place),
        packed=packed,
        camera=Camera(arrays[f"{name}.poses"], arrays[f"{name}.lens"]) if f"{name}.poses" in arrays else None,
        actions=arrays.get(f"{name}.actions"),
        mirrors=record["mirrors"],
        moving=None if bits is None else np.unpackbits(bits, count=int(np.prod(shape))).reshape(shape) > 0,
    )

"""Training clips on disk: rendered once, packed, and read from there ever after.

A shard is `NNNNN.frames` (the packed clips one after another), `NNNNN.safetensors` (camera, actions, and for
validation the pixels that move) and `NNNNN.json` (what each clip is), which comes last and says that the
shard is whole.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import safetensors.numpy
from jaxtyping import Bool, Float64, UInt8

from wsim.contracts import Camera, ClipFormat
from wsim.runs.durable import temporary_name
from wsim_reference.train.compact import unpack
from wsim_reference.train.plan import Bucket

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

"""Clips in files on disk, so many to a file: `NNNNN.npy` (frames) with `NNNNN.json` (the rest), written last.

A shard without the latter is not there. What is in it depends on its number alone, so rendering can be killed
and gone on with at any time, and training can go on with what there is.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import UInt8

from wsim.runs.durable import publish, telling, temporary_name, write_whole

SHARD_CLIPS = 64

Frames: TypeAlias = UInt8[np.ndarray, "time height width 3"]
Kept: TypeAlias = tuple[Frames, dict[str, Any]]


def is_there(folder: Path, shard: int) -> bool:
    """Whether a shard has been written."""
    return (folder / f"{shard:05}.json").exists()


def write(folder: Path, shard: int, made: Callable[[int], Kept]) -> None:
    """Write what is `made` for each of the numbers of a shard.

    Raises:
        WsimError: the disk is full or cannot be written to.
    """
    kept = [made(number) for number in range(shard * SHARD_CLIPS, (shard + 1) * SHARD_CLIPS)]
    path = folder / f"{shard:05}.npy"
    temporary = temporary_name(path)
    with telling(path):
        with temporary.open("wb") as file:
            np.save(file, np.stack([frames for frames, _ in kept]))
        publish(temporary, path)
    write_whole(path.with_suffix(".json"), json.dumps([record for _, record in kept]))


def read(folder: Path, shard: int) -> Iterator[Kept]:
    """What is in a shard; frames stay on disk until they are looked at."""
    frames = np.load(folder / f"{shard:05}.npy", mmap_mode="r")
    records = json.loads((folder / f"{shard:05}.json").read_text(encoding="utf-8"))
    yield from zip(frames, records, strict=True)

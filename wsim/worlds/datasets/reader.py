"""Reading a data set back, without rendering anything."""

import itertools
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from wsim.errors import WsimError
from wsim.worlds.datasets.manifest import read_manifest
from wsim.worlds.datasets.shards import shard_numbers, shard_path
from wsim.worlds.truth import Part, TakeRecord, read_parts


def read_shards(folder: Path, *, unfinished: bool = False) -> Iterator[TakeRecord]:
    """The clips of a data set in the order of their numbers, each lawful one before its twins.

    Args:
        folder: what `wsim render --clips` wrote.
        unfinished: read what there is; otherwise a data set that lacks shards is refused.

    Raises:
        WsimError: no data set, one that lacks shards, or a damaged one.
    """
    manifest = read_manifest(folder)
    clips, worlds_per_shard = cast(int, manifest["clips"]), cast(int, manifest["worlds_per_shard"])
    paths = [shard_path(folder, shard) for shard in range(len(shard_numbers(clips, worlds_per_shard)))]
    there = [path for path in paths if path.exists()]
    if len(there) < len(paths) and not unfinished:
        raise WsimError(
            f"{len(paths) - len(there)} of {len(paths)} shards are missing",
            where=str(folder),
            remedy="finish it with the command that began it, or read it with unfinished=True",
        )
    for path in there:
        yield from read_shard(path)


def read_shard(path: Path) -> Iterator[TakeRecord]:
    """The clips of one file.

    Raises:
        WsimError: the file is damaged.
    """
    try:
        with tarfile.open(path) as tar:
            for key, entries in itertools.groupby(tar, key=lambda entry: entry.name.partition(".")[0]):
                parts: dict[Part, bytes] = {}
                for entry in entries:
                    file = tar.extractfile(entry)
                    parts[cast(Part, entry.name.partition(".")[2])] = file.read() if file else b""
                yield read_parts(parts, f"{path}, clip {key}")
    except (tarfile.TarError, OSError) as error:
        raise WsimError(
            f"the shard is damaged: {error}",
            where=str(path),
            remedy="remove it and give the command that wrote it again",
        ) from error

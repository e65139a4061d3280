"""A data set on disk: tar files of clips in the order of their numbers, each there whole or not at all.

    manifest.json    what the data set is
    00000.tar        KEY.mkv, KEY.npz and KEY.json of every clip (`wsim.worlds.truth`), for WebDataset too

A shard follows from the plan and its own number alone: the same command goes on where it stopped, and any
number of processes writes the same bytes.
"""

import io
import signal
import tarfile
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import IO

from wsim.errors import ExitCode, WsimError
from wsim.runs.durable import TEMPORARY, make_folder, publish, telling, temporary_name
from wsim.runs.lock import locked
from wsim.runs.parent import end_with_parent
from wsim.worlds.datasets.manifest import begin_manifest
from wsim.worlds.datasets.plan import DatasetPlan
from wsim.worlds.truth import record_parts

WORLDS_PER_SHARD = 32


def write_dataset(
    plan: DatasetPlan,
    clips: int,
    folder: Path,
    *,
    jobs: int = 1,
    worlds_per_shard: int = WORLDS_PER_SHARD,
    on_shard: Callable[[int, int], None] | None = None,
) -> None:
    """Write the shards that are not there yet.

    Args:
        plan: what the clips are.
        clips: how many lawful clips; their twins, if the plan has them, come on top.
        folder: where to; it is made if need be.
        jobs: processes; what is written does not depend on it.
        worlds_per_shard: lawful clips a shard.
        on_shard: told how many worlds are done, and of how many, at the start and after every shard.

    Raises:
        WsimError: the folder holds something else, is in use or cannot be written; the disk is full; a world
            cannot be made. Whole shards are kept.
    """
    make_folder(folder)
    with locked(folder / "lock"):
        begin_manifest(folder, {**plan.describe(), "clips": clips, "worlds_per_shard": worlds_per_shard})
        for stale in folder.glob(f".*{TEMPORARY}.tar"):  # of a process that was killed
            stale.unlink()
        missing, done = [], 0
        for shard, numbers in enumerate(shard_numbers(clips, worlds_per_shard)):
            if shard_path(folder, shard).exists():
                done += len(numbers)
            else:
                missing.append((shard_path(folder, shard), numbers))
        tell = on_shard or (lambda done, total: None)
        tell(done, clips)
        for numbers in _written(plan, missing, jobs):
            done += len(numbers)
            tell(done, clips)


def shard_numbers(clips: int, worlds_per_shard: int) -> list[range]:
    """The numbers of the worlds in every shard."""
    return [range(start, min(clips, start + worlds_per_shard)) for start in range(0, clips, worlds_per_shard)]


def shard_path(folder: Path, shard: int) -> Path:
    """The file of a shard."""
    return folder / f"{shard:05d}.tar"


def write_shard(plan: DatasetPlan, path: Path, numbers: range) -> range:
    """Render some worlds into one file, which has its name only when it is whole.

    Raises:
        WsimError: the disk is full or cannot be written to; a world cannot be made.
    """
    temporary = temporary_name(path)
    with telling(path):
        try:
            with temporary.open("wb") as file:
                _write_tar(plan, file, numbers)
            publish(temporary, path)
        finally:
            with suppress(OSError):
                temporary.unlink()
    return numbers


def _write_tar(plan: DatasetPlan, file: IO[bytes], numbers: range) -> None:
    with tarfile.open(None, "w", file, format=tarfile.USTAR_FORMAT) as tar:
        for number in numbers:
            for sample in plan.samples(number):
                parts = record_parts(sample.take, detail=plan.detail, twin=sample.twin)
                for suffix, data in parts.items():
                    # A bare header, without owner and date: equal clips are equal bytes.
                    entry = tarfile.TarInfo(f"{sample.key}.{suffix}")
                    entry.size = len(data)
                    tar.addfile(entry, io.BytesIO(data))


def _written(plan: DatasetPlan, missing: list[tuple[Path, range]], jobs: int) -> Iterator[range]:
    """Write shards here or in processes, and say which worlds each held."""
    if jobs == 1 or len(missing) < 2:
        for path, numbers in missing:
            yield write_shard(plan, path, numbers)
        return
    pool = ProcessPoolExecutor(min(jobs, len(missing)), get_context("spawn"), initializer=_wait_for_work)
    try:
        waiting = iter(missing)
        running = {pool.submit(_write_interruptibly, plan, *shard) for shard in islice(waiting, jobs)}
        while running:  # none is queued, so nothing is begun after an interruption
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()
            begun = islice(waiting, len(done))
            running |= {pool.submit(_write_interruptibly, plan, *shard) for shard in begun}
    except BrokenProcessPool as error:
        raise WsimError(
            "a rendering process died, probably for want of memory",
            where=str(missing[0][0].parent),
            remedy="give the same command with fewer --jobs; whole shards are kept",
            exit_code=ExitCode.INCOMPLETE,
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _wait_for_work() -> None:
    """Ctrl-C reaches the whole process group; one that waits for work leaves it to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()


def _write_interruptibly(plan: DatasetPlan, path: Path, numbers: range) -> range:
    with _interruptible():
        return write_shard(plan, path, numbers)


@contextmanager
def _interruptible() -> Iterator[None]:
    """A shard that is being rendered is dropped at Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)

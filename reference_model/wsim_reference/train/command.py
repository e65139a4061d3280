"""Train the reference model: `python -m wsim_reference.train --config S --out DIR --max-seconds 2700`.

Time is that of training alone: rendering comes before, encoding between, and measuring after it. The same
command goes on where it was stopped.
"""

import argparse
import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from pathlib import Path

from wsim.errors import WsimError
from wsim.runs.parent import end_with_parent
from wsim_reference.config import PRESETS
from wsim_reference.train.settings import AUTOENCODER_SHARE, TrainSettings, preset


def parse(arguments: list[str] | None = None) -> TrainSettings:
    """The settings of a command line."""
    parser = argparse.ArgumentParser(prog="python -m wsim_reference.train", description=__doc__)
    parser.add_argument("--config", choices=sorted(PRESETS), default="S", help="size of the model")
    parser.add_argument("--out", type=Path, required=True, help="logs, states and the checkpoint")
    parser.add_argument("--data", type=Path, help="a folder of clips and captions, instead of wsim's worlds")
    parser.add_argument("--prepared", type=Path, help="where clips are kept ready; OUT/data unless given")
    parser.add_argument("--max-seconds", type=float, required=True, help="training time")
    parser.add_argument(
        "--autoencoder-share",
        type=float,
        default=AUTOENCODER_SHARE,
        help="of that time; the rest is the transformer's",
    )
    parser.add_argument("--processes", type=int, default=2, help="one thread each")
    parser.add_argument("--clips", type=int, help="distinct training clips")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    given = parser.parse_args(arguments)
    if not 0 < given.autoencoder_share < 1:
        parser.error("--autoencoder-share must lie between 0 and 1")
    prepared = given.prepared or given.out / "data"
    settings = preset(given.config, given.out, prepared, given.max_seconds, given.autoencoder_share)
    settings = replace(
        settings, processes=given.processes, seed=given.seed, device=given.device, own=given.data
    )
    return replace(settings, clips=given.clips) if given.clips else settings


def main(arguments: list[str] | None = None) -> None:
    """Stage the data, then train in a group of processes."""
    os.environ["OMP_NUM_THREADS"] = "1"
    settings = parse(arguments)
    raise SystemExit(reported(lambda: _train(settings)))


def reported(work: Callable[[], int]) -> int:
    """The exit code of some work; what the user can mend is said in three lines."""
    try:
        return work()
    except WsimError as error:
        print(error, file=sys.stderr)
        return int(error.exit_code)
    except OSError as error:
        problem = WsimError(
            f"a file cannot be written or read: {error.strerror or error}",
            where=str(error.filename or "the folder of the run"),
            remedy="make room or mend the permissions, and give the same command again: it goes on",
        )
        print(problem, file=sys.stderr)
        return int(problem.exit_code)


def _train(settings: TrainSettings) -> int:
    settings.out.mkdir(parents=True, exist_ok=True)
    from wsim_reference.train import run

    run.staged(settings, settings.processes)
    rendezvous = settings.out / f"rendezvous-{os.getpid()}"
    context = multiprocessing.get_context("spawn")
    workers = [
        context.Process(target=member, args=(rank, settings, rendezvous))
        for rank in range(settings.processes)
    ]
    for process in workers:
        process.start()
    code = _all_or_none(workers)
    rendezvous.unlink(missing_ok=True)
    return code


def member(rank: int, settings: TrainSettings, rendezvous: Path) -> None:
    """One process of the group; not in `__main__`, where a spawned process could not find it."""
    from wsim_reference.train import run

    end_with_parent()

    def work() -> int:
        run.worker(rank, settings, rendezvous)
        return 0

    if code := reported(work):
        os._exit(code)  # no good-bye to the others, who may wait for this one


def _all_or_none(workers: Sequence[SpawnProcess]) -> int:
    """The exit code of all; where one fails the others are ended, for they would wait for it in vain."""
    running = list(workers)
    while running:
        wait([process.sentinel for process in running])
        running = [process for process in running if process.exitcode is None]
        if failed := [abs(process.exitcode) for process in workers if process.exitcode]:
            for process in running:
                process.terminate()
                process.join()
            return max(failed)
    return 0

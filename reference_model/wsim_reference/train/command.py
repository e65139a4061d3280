"""Train the reference model: `python -m wsim_reference.train --config S --out DIR --max-seconds 2700`.

Time is that of training alone: rendering comes before, encoding between, and measuring after it. The same
command goes on where it was stopped.
"""

import argparse
import math
import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import TYPE_CHECKING

from wsim.errors import WsimError
from wsim.runs.cores import usable_cores
from wsim.runs.lock import locked
from wsim.runs.parent import end_with_parent
from wsim_reference.config import PRESETS
from wsim_reference.train.settings import (
    AUTOENCODER_SHARE,
    TRAINING_SEEDS,
    VALIDATION_SEEDS,
    TrainSettings,
    preset,
)

if TYPE_CHECKING:
    from wsim_reference.train.processes import Seat

LOCK = "train.lock"


def parse(arguments: list[str] | None = None) -> TrainSettings:
    """The settings of a command line."""
    parser = argparse.ArgumentParser(prog="python -m wsim_reference.train", description=__doc__)
    parser.add_argument("--config", choices=sorted(PRESETS), default="S", help="size of the model")
    parser.add_argument("--out", type=Path, required=True, help="logs, states and the checkpoint")
    parser.add_argument("--data", type=Path, help="a folder of clips and captions, instead of wsim's worlds")
    parser.add_argument("--prepared", type=Path, help="where clips are kept ready; OUT/data unless given")
    parser.add_argument("--max-seconds", type=_seconds, required=True, help="training time")
    parser.add_argument(
        "--autoencoder-share",
        type=float,
        help=f"of that time, the rest is the transformer's; {AUTOENCODER_SHARE:g}, or 0 where it is given",
    )
    begin = parser.add_mutually_exclusive_group()
    begin.add_argument("--start", type=Path, help="a checkpoint whose transformer is trained further")
    begin.add_argument("--codec", type=Path, help="a checkpoint whose autoencoder is taken")
    parser.add_argument("--processes", type=_count, help="one thread each; 2 on the CPU, 1 on a GPU")
    parser.add_argument("--clips", type=_count, help="distinct training clips")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    given = parser.parse_args(arguments)
    asked = given.autoencoder_share
    if asked is not None and not 0 < asked < 1:
        parser.error("--autoencoder-share must lie between 0 and 1")
    if asked is not None and given.start:
        parser.error("--autoencoder-share goes with --codec: a transformer that goes on knows its own codec")
    prepared = given.prepared or given.out / "data"
    start = given.start or given.codec
    share = asked or (0.0 if start else AUTOENCODER_SHARE)
    settings = preset(given.config, given.out, prepared, given.max_seconds, share)
    processes = given.processes or (2 if given.device == "cpu" else 1)
    settings = replace(
        settings,
        processes=processes,
        seed=given.seed,
        device=given.device,
        own=given.data,
        command=_command_of(parser, given),
        start=start,
        goes_on=given.start is not None,
        codec_goes_on=given.codec is not None and asked is not None,
    )
    if settings.codec_goes_on:  # the full rate would undo some of what it has learned
        gentle = settings.autoencoder.learning_rate / 2
        settings = replace(settings, autoencoder=replace(settings.autoencoder, learning_rate=gentle))
    return replace(settings, clips=given.clips) if given.clips else settings


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is no time to train for")
    return value


def _count(text: str) -> int:
    value = int(text)
    if not 0 < value <= VALIDATION_SEEDS - TRAINING_SEEDS:  # further on are the worlds of the validation
        raise argparse.ArgumentTypeError(f"{text} is not between 1 and {VALIDATION_SEEDS - TRAINING_SEEDS}")
    return value


def _command_of(parser: argparse.ArgumentParser, given: argparse.Namespace) -> str:
    """The options that were given, but with names for folders: it is to hold on every machine."""
    places = {"out": "DIR", "data": "CLIPS", "start": "CHECKPOINT", "codec": "CHECKPOINT"}
    words = ["python -m wsim_reference.train"]
    for name, value in vars(given).items():
        if name == "config" or (name != "prepared" and value != parser.get_default(name)):
            shown = places.get(name, f"{value:g}" if isinstance(value, float) else str(value))
            words.append(f"--{name.replace('_', '-')} {shown}")
    return " ".join(words)


def main(arguments: list[str] | None = None) -> None:
    """Train in a group of processes: those that `torchrun` has started, or else in some of its own."""
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
    from wsim_reference.train import run
    from wsim_reference.train.processes import Seat, check_device, launched_seat

    check_device(settings.device)
    settings.out.mkdir(parents=True, exist_ok=True)
    if seat := launched_seat():
        with locked(settings.out / LOCK) if seat.rank == 0 else nullcontext():
            return _worked(seat, settings)
    with locked(settings.out / LOCK):
        run.staged(settings, usable_cores())  # before there are processes that would have to be ended
        rendezvous = settings.out / f"rendezvous-{os.getpid()}"
        meeting = rendezvous.resolve().as_uri()
        context = multiprocessing.get_context("spawn")
        seats = [Seat(rank, settings.processes, rank, meeting) for rank in range(settings.processes)]
        workers = [context.Process(target=member, args=(seat, settings)) for seat in seats]
        try:
            for process in workers:
                process.start()
            return _all_or_none(workers)
        finally:
            rendezvous.unlink(missing_ok=True)


def member(seat: "Seat", settings: TrainSettings) -> None:
    """One process of the group; not in `__main__`, where a spawned process could not find it."""
    end_with_parent()
    if code := reported(lambda: _worked(seat, settings)):
        os._exit(code)  # no good-bye to the others, who may wait for this one


def _worked(seat: "Seat", settings: TrainSettings) -> int:
    from wsim_reference.train import run

    run.worker(seat, settings)
    return 0


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

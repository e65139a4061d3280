"""Train the reference model: `python -m wsim_reference.train --config S --out DIR --max-seconds 2700`.

The same command goes on where it was stopped.
"""

import argparse
import multiprocessing
import os
from dataclasses import replace
from pathlib import Path

from wsim_reference.config import PRESETS
from wsim_reference.train.settings import TrainSettings, preset


def parse(arguments: list[str] | None = None) -> TrainSettings:
    """The settings of a command line."""
    parser = argparse.ArgumentParser(prog="python -m wsim_reference.train", description=__doc__)
    parser.add_argument("--config", choices=sorted(PRESETS), default="S", help="size of the model")
    parser.add_argument("--out", type=Path, required=True, help="logs, states and the checkpoint")
    parser.add_argument("--data", type=Path, help="rendered clips; OUT/data unless given")
    parser.add_argument("--max-seconds", type=float, required=True, help="training time, without rendering")
    parser.add_argument("--processes", type=int, default=2, help="one thread each")
    parser.add_argument("--clips", type=int, help="distinct training clips")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    given = parser.parse_args(arguments)
    settings = preset(given.config, given.out, given.data or given.out / "data", given.max_seconds)
    settings = replace(settings, processes=given.processes, seed=given.seed, device=given.device)
    return replace(settings, clips=given.clips) if given.clips else settings


def main(arguments: list[str] | None = None) -> None:
    """Stage the data, then train in a group of processes."""
    os.environ["OMP_NUM_THREADS"] = "1"
    settings = parse(arguments)
    settings.out.mkdir(parents=True, exist_ok=True)
    from wsim_reference.train import run

    run.staged(settings, settings.processes)
    rendezvous = settings.out / f"rendezvous-{os.getpid()}"
    context = multiprocessing.get_context("spawn")
    workers = [
        context.Process(target=run.worker, args=(rank, settings, rendezvous))
        for rank in range(settings.processes)
    ]
    for process in workers:
        process.start()
    for process in workers:
        process.join()
    rendezvous.unlink(missing_ok=True)
    raise SystemExit(max(abs(process.exitcode or 0) for process in workers))


if __name__ == "__main__":
    main()

"""The table of abilities of a checkpoint: `python -m wsim_reference.evaluate CHECKPOINT --out DIR`."""

import argparse
import sys
from pathlib import Path

from wsim.errors import WsimError
from wsim_reference.evaluate.all import abilities_of, held_out_clips, write_table
from wsim_reference.evaluate.row import table
from wsim_reference.generator import Generator
from wsim_reference.model import find_weights
from wsim_reference.sampler import SamplerSettings
from wsim_reference.train.processes import check_device


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the table, and write it to a folder."""
    parser = argparse.ArgumentParser(prog="python -m wsim_reference.evaluate", description=__doc__)
    parser.add_argument("checkpoint", help="a folder, or the name of a checkpoint that ships")
    parser.add_argument("--out", type=Path, required=True, help="where the table goes")
    parser.add_argument("--clips", type=int, default=8, help="clips for every ability, 2 at least")
    parser.add_argument("--steps", type=int, default=20, help="Euler steps for a clip")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    asked = parser.parse_args(arguments)
    if asked.clips < 2 or asked.steps < 1:
        parser.error("give at least 2 clips and 1 step")
    try:
        check_device(asked.device)
        settings = SamplerSettings(steps=asked.steps)
        generator = Generator.from_folder(find_weights(asked.checkpoint), settings, asked.device)
    except WsimError as error:
        print(error, file=sys.stderr)
        return int(error.exit_code)
    rows = abilities_of(generator, held_out_clips(generator.config, asked.clips))
    write_table(asked.out, rows)
    print(table(rows), end="")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

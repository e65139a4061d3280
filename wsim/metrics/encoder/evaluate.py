"""Try the encoder: `python -m wsim.metrics.encoder.evaluate --out DIR [--weights FILE]`.

Renders scenes that it never saw and writes `encoder.json` and `encoder.md`: what was asked, what was found,
and what falls short.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from wsim.errors import WsimError
from wsim.metrics.encoder.clips import HELD_OUT_SEEDS, read_shard, render_shards
from wsim.metrics.encoder.doses import Rise, features, rises
from wsim.metrics.encoder.features import InDomain, clip_signature, load_in_domain
from wsim.metrics.encoder.shards import SHARD_CLIPS
from wsim.metrics.encoder.trials import AMONG, Figure, attributes, retrieval, wrong_captions
from wsim.runs.durable import make_folder, write_whole

CLIPS, DOSED = 768, 256


def tried(network: InDomain, data: Path, clips: int, dosed: int) -> tuple[list[Figure], list[Rise]]:
    """All figures.

    Args:
        network: the encoder.
        data: where held-out clips are kept, or go.
        clips: of held-out scenes.
        dosed: clips at every dose of a corruption.
    """
    count = -(-clips // SHARD_CLIPS)
    render_shards(data, count, HELD_OUT_SEEDS)
    examples = [example for shard in range(count) for example in read_shard(data, shard)][:clips]
    seen = features(network, np.stack([example.frames for example in examples]))
    trials = (retrieval, attributes, wrong_captions)
    figures = [figure for trial in trials for figure in trial(network, seen, examples)]
    return figures, list(rises(network, dosed))


def markdown(signature: str, figures: Sequence[Figure], found: Sequence[Rise]) -> str:
    """The tables for people."""
    lines = [
        "# The in-domain encoder on scenes that it never saw", "", f"`{signature}`", "",
        "| what | found | 95 % interval | n | without looking | asked | |", "|---|---|---|---|---|---|---|",
        *(_row(figure) for figure in figures), "",
        "`fvd[wsim]` against the degree of corruption; `rising` is the share of resamples of the clips in",
        "which every degree is further away than the one before.", "",
        "| corruption | degrees | fvd[wsim] | n | rising | |", "|---|---|---|---|---|---|",
        *(_rise_row(rise) for rise in found), "",
    ]  # fmt: skip
    return "\n".join([*lines, *_short(figures, found), ""])


def _row(figure: Figure) -> str:
    without = "" if figure.without is None else f"{figure.without:.3f}"
    target = "" if figure.target is None else f"{figure.target:.2f}"
    interval = f"{figure.low:.3f} to {figure.high:.3f}"
    cells = (figure.name, f"{figure.value:.3f}", interval, figure.n, without, target, _word(figure.reached))
    return f"| {' | '.join(map(str, cells))} |"


def _rise_row(rise: Rise) -> str:
    doses = ", ".join(f"{dose:g}" for dose in rise.doses)
    values = ", ".join(f"{value:.2f}" for value in rise.values)
    return (
        f"| {rise.name} | {doses} | {values} | {rise.samples} | {rise.rising:.2f} | {_word(rise.monotone)} |"
    )


def _word(reached: bool | None) -> str:
    return {True: "reached", False: "falls short", None: ""}[reached]


def _short(figures: Sequence[Figure], found: Sequence[Rise]) -> Iterator[str]:
    for figure in figures:
        if figure.reached is False and figure.target is not None:
            yield f"* {figure.name} falls short by {figure.target - figure.value:.3f}."
    for rise in found:
        if not rise.monotone:
            yield f"* fvd[wsim] does not rise with every degree of {rise.name}."


def main(arguments: list[str] | None = None) -> None:
    """Try, print and write."""
    parser = argparse.ArgumentParser(prog="python -m wsim.metrics.encoder.evaluate", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="held-out clips and both tables")
    parser.add_argument("--weights", type=Path, help="what `train` wrote; those of wsim unless given")
    parser.add_argument("--clips", type=int, default=CLIPS, help="held-out scenes")
    parser.add_argument("--dosed", type=int, default=DOSED, help="clips at every degree of a corruption")
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        if given.clips < AMONG:
            raise WsimError(
                f"{given.clips} held-out scenes are too few", where="--clips", remedy=f"give at least {AMONG}"
            )
        out, network = make_folder(given.out), load_in_domain(given.weights)
        figures, found = tried(network, out / "held_out", given.clips, given.dosed)
    except WsimError as error:
        print(error, file=sys.stderr)
        raise SystemExit(int(error.exit_code)) from error
    _write(out, network, figures, found)


def _write(out: Path, network: InDomain, figures: Sequence[Figure], found: Sequence[Rise]) -> None:
    signature = clip_signature(network)
    record = {
        "signature": signature,
        "digest": network.digest,
        "figures": [{**asdict(figure), "reached": figure.reached} for figure in figures],
        "rises": [{**asdict(rise), "monotone": rise.monotone} for rise in found],
    }
    write_whole(out / "encoder.json", json.dumps(record, indent=1, allow_nan=False) + "\n")
    write_whole(out / "encoder.md", markdown(signature, figures, found))
    print(markdown(signature, figures, found))


if __name__ == "__main__":
    main()

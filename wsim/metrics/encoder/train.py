"""Train the encoder: `python -m wsim.metrics.encoder.train --out DIR --max-seconds 3200`.

One process renders what is to be learned from while another learns. The same command goes on where it was
stopped; with more seconds it goes on after it was done.
"""

import argparse
import json
import multiprocessing
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from wsim.errors import WsimError
from wsim.metrics.encoder.batches import draw
from wsim.metrics.encoder.judges import Learner
from wsim.metrics.encoder.library import Library, render_library
from wsim.metrics.encoder.losses import loss_of
from wsim.metrics.encoder.shards import SHARD_CLIPS
from wsim.metrics.encoder.shipped import begin_from, write_weights
from wsim.metrics.encoder.state import restore, save
from wsim.metrics.encoder.towers import Encoder, Size
from wsim.metrics.encoder.words import Words
from wsim.optimiser import MuonAdam
from wsim.runs.durable import make_folder
from wsim.runs.lock import locked
from wsim.worlds.captions import vocabulary

BATCH, CLIPS = 32, 320 * SHARD_CLIPS
_PEAK_RATE, _LEAST_RATE, _WARMUP_STEPS, _COOLDOWN = 1e-3, 0.02, 100, 0.4
# Embeddings, first and last layers: matrices that Adam takes all the same.
_ADAM_ONLY = (
    "words", "place", "queries", "stem.0", "maps", "text_out", "clip_out.2", "heads", "judges",
)  # fmt: skip
_AVERAGE = 0.998  # decay of the averaged weights, which are what is written
_FIRST_SHARDS, _STEPS_A_SHARD = 8, 8  # what may be drawn from grows with the steps, not with time
_POINTS = 24
_LOG_STEPS, _SAVE_SECONDS = 25, 60.0


@dataclass(frozen=True, slots=True)
class Settings:
    """A training run.

    Attributes:
        out: clips, state, log and, at the end, the weights.
        max_seconds: of processor time spent learning; what other programs take does not count.
        clips: to be rendered.
        size: of the networks; None for the usual one over all words of captions.
        seed: of the first weights and of all that is drawn.
        start: weights of an earlier training to begin from; None to begin anew.
    """

    out: Path
    max_seconds: float
    clips: int = CLIPS
    size: Size | None = None
    seed: int = 0
    start: Path | None = None


def rate_at(step: int, fraction: float) -> float:
    """Linear warm-up, a plateau, a linear fall to 2 percent (WSD, arXiv 2404.06395)."""
    fall = max(_LEAST_RATE, min(1.0, (1.0 - fraction) / _COOLDOWN))
    return _PEAK_RATE * min(1.0, (step + 1) / _WARMUP_STEPS) * fall


def shards_at(step: int, clips: int) -> int:
    """How many shards of clips a step draws from."""
    return min(-(-clips // SHARD_CLIPS), _FIRST_SHARDS + step // _STEPS_A_SHARD)


def train(settings: Settings, wait: Callable[[], None]) -> Path:
    """Learn until the time is used up, then write the averaged weights.

    Args:
        settings: of the run.
        wait: called while clips that the next step draws from are not there; it may raise.

    Raises:
        WsimError: the folder is in use, or its state is of other networks, or `start` is.
    """
    words, library = Words(vocabulary()), Library(settings.out)
    learner = _beginner(settings, words)
    optimiser, state = MuonAdam(learner, _ADAM_ONLY, _AVERAGE), settings.out / "state.safetensors"
    seconds = restore(state, optimiser)
    saved = time.monotonic()
    while seconds < settings.max_seconds:
        step = optimiser.steps
        while not library.reaches(shards_at(step, settings.clips)):
            wait()
        began = time.process_time()
        rate = rate_at(step, seconds / settings.max_seconds)
        parts = _learn(learner, optimiser, library, words, rate, np.random.default_rng([settings.seed, step]))
        seconds += time.process_time() - began
        if optimiser.steps % _LOG_STEPS == 0:
            _log(settings.out, {"step": optimiser.steps, "seconds": round(seconds, 1), "rate": round(rate, 6),
                                "clips": len(library.clips), **parts})  # fmt: skip
        if time.monotonic() - saved > _SAVE_SECONDS:
            save(state, optimiser, seconds)
            saved = time.monotonic()
    save(state, optimiser, seconds)
    optimiser.load_average()
    facts = {
        "recipe": 3,
        "steps": optimiser.steps,
        "batch": BATCH,
        "core_seconds": round(seconds),
        **library.sizes(),
    }
    return write_weights(settings.out / "encoder.safetensors", learner.encoder, words, facts)


def _beginner(settings: Settings, words: Words) -> Learner:
    """Networks as they are before the first step."""
    torch.manual_seed(settings.seed)
    learner = Learner(Encoder(settings.size or Size(words.size, points=_POINTS)))
    if settings.start is not None:
        begin_from(learner.encoder, words, settings.start)
    return learner


def _learn(
    learner: Learner,
    optimiser: MuonAdam,
    library: Library,
    words: Words,
    rate: float,
    rng: np.random.Generator,
) -> dict[str, float]:
    """One step; the parts of its loss."""
    parts = loss_of(learner, draw(library, words, BATCH, rng))
    loss = torch.stack(list(parts.values())).sum()
    if not bool(loss.isfinite()):
        raise WsimError("the loss is not finite", where="training", remedy="train with a lower rate")
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(learner.parameters(), 1.0)
    optimiser.step(rate)
    return {name: round(float(part.detach()), 4) for name, part in parts.items()}


def _log(folder: Path, entry: dict[str, float]) -> None:
    with (folder / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"time": round(time.time()), **entry}) + "\n")


def parse(arguments: list[str] | None = None) -> Settings:
    """The settings of a command line."""
    parser = argparse.ArgumentParser(prog="python -m wsim.metrics.encoder.train", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="clips, state, log and weights")
    parser.add_argument("--max-seconds", type=float, required=True, help="processor time spent learning")
    parser.add_argument("--clips", type=int, default=CLIPS, help="to be rendered")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=Path, help="weights to begin from; anew unless given")
    given = parser.parse_args(arguments)
    return Settings(given.out, given.max_seconds, given.clips, seed=given.seed, start=given.start)


def main(arguments: list[str] | None = None) -> None:
    """Render and learn, one process each."""
    settings = parse(arguments)
    torch.set_num_threads(1)
    try:
        _run(settings)
    except WsimError as error:
        print(error, file=sys.stderr)
        raise SystemExit(int(error.exit_code)) from error


def _run(settings: Settings) -> None:
    make_folder(settings.out)
    with locked(settings.out / "lock"):
        renderer = multiprocessing.get_context("spawn").Process(
            target=render_library,
            args=(settings.out, -(-settings.clips // SHARD_CLIPS)),
            daemon=True,
        )
        renderer.start()

        def wait() -> None:
            if renderer.exitcode:
                raise WsimError(
                    "rendering ended before there were enough clips",
                    where=str(settings.out),
                    remedy="see above for why, then give the same command again",
                )
            time.sleep(1.0)

        try:
            print(train(settings, wait))
        finally:
            renderer.terminate()
            renderer.join()


if __name__ == "__main__":
    main()

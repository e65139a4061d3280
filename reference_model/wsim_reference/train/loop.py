"""The training loop that both networks share: it resumes, logs, evaluates and stops on time."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
from torch import Tensor, nn

from wsim.errors import WsimError
from wsim.optimiser import MuonAdam
from wsim_reference.train.draws import Draws, draws_of
from wsim_reference.train.log import log
from wsim_reference.train.processes import Group
from wsim_reference.train.settings import StageSettings

LOG_EVERY = 50  # steps


@dataclass
class Progress:
    """Where a stage is. `seconds` and `core_seconds` count training only, over all restarts."""

    step: int = 0
    seconds: float = 0.0
    core_seconds: float = 0.0

    def fraction(self, settings: StageSettings) -> float:
        """How much of the budget is used."""
        return max(self.seconds / settings.seconds, self.step / settings.steps)


@dataclass
class Stage:
    """One network and how its loss is computed.

    Attributes:
        loss: draws a batch with the given random numbers and returns its loss; it is told the share of the
            peak that the learning rate has.
        evaluate: looks at the network with averaged weights; numbers for the log. May write pictures.
        adam_only: see `MuonAdam`.
    """

    name: str
    model: nn.Module
    settings: StageSettings
    loss: Callable[[Draws, float], Tensor]
    evaluate: Callable[[int], dict[str, Any]]
    adam_only: tuple[str, ...]
    seed: int
    save_every_s: float
    evaluate_every_s: float


def learning_rate(settings: StageSettings, step: int, fraction: float) -> float:
    """Linear warm-up, a plateau, and a linear fall to 2 percent (WSD, arXiv 2404.06395)."""
    rise = min(1.0, (step + 1) / settings.warmup)
    fall = min(1.0, max(0.02, (1 - fraction) / settings.cooldown))
    return settings.learning_rate * rise * fall


def state_of(stage: Stage, folder: Path) -> Path:
    """The file that a stage goes on from."""
    return folder / f"{stage.name}.state.safetensors"


def train(stage: Stage, group: Group, folder: Path, until: float = 1.0) -> Progress:
    """Train until the budget is used, then leave the averaged weights in the network.

    Args:
        stage: what is trained.
        group: the processes that do.
        folder: of the run.
        until: the part of the budget after which to stop for now; the state is saved.
    """
    optimiser = MuonAdam(stage.model, stage.adam_only, stage.settings.ema, group)
    path = state_of(stage, folder)
    progress = _restore(path, optimiser)
    if group.agree(float(progress.step)) != progress.step:
        raise WsimError(
            "the processes of the group do not go on from the same step",
            where=str(path),
            remedy="give a folder that all machines see as --out, and the same command again",
        )
    saved = evaluated = time.monotonic()
    losses: list[float] = []
    while (fraction := group.agree(progress.fraction(stage.settings))) < until:
        rate = learning_rate(stage.settings, progress.step, fraction)
        losses.append(_step(stage, optimiser, group, progress, rate))
        if not group.leads:
            continue
        if progress.step % LOG_EVERY == 0:
            log(folder, {"stage": stage.name, **_numbers(progress, losses, rate)})
            losses.clear()
        if time.monotonic() - saved > stage.save_every_s:
            _save(path, optimiser, progress)
            saved = time.monotonic()
        if time.monotonic() - evaluated > stage.evaluate_every_s:
            with optimiser.averaged():
                log(folder, {"stage": stage.name, "step": progress.step, **stage.evaluate(progress.step)})
            evaluated = time.monotonic()
    if group.leads:
        _save(path, optimiser, progress)
    optimiser.load_average()
    return progress


def _step(stage: Stage, optimiser: MuonAdam, group: Group, progress: Progress, rate: float) -> float:
    start, core = time.monotonic(), time.process_time()
    share = rate / stage.settings.learning_rate
    loss = stage.loss(draws_of(stage.seed, stage.name, progress.step, group.rank), share)
    loss.backward()  # type: ignore[no-untyped-call]
    group.average_gradients(stage.model.parameters())
    optimiser.step(rate)
    value = float(loss.detach())  # waits for a GPU, which has only been told what to do
    progress.step += 1
    progress.seconds += time.monotonic() - start
    progress.core_seconds += time.process_time() - core
    return value


def _numbers(progress: Progress, losses: list[float], rate: float) -> dict[str, Any]:
    return {
        "step": progress.step,
        "seconds": round(progress.seconds, 1),
        "core_seconds_a_step": round(progress.core_seconds / progress.step, 4),
        "loss": round(sum(losses) / max(1, len(losses)), 5),
        "learning_rate": rate,
    }


def _save(path: Path, optimiser: MuonAdam, progress: Progress) -> None:
    """One file, replaced in one move: a kill leaves the old state or the new one, never half."""
    metadata = {"progress": json.dumps([progress.step, progress.seconds, progress.core_seconds])}
    tensors = {name: value.detach().contiguous() for name, value in optimiser.state().items()}
    partial = path.with_suffix(".partial")
    try:
        partial.write_bytes(safetensors.torch.save(tensors, metadata))
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)  # what was saved before is untouched
        kept = "the state that was saved before is whole" if path.exists() else "none was saved before"
        raise WsimError(
            f"the training state cannot be written at step {progress.step}: {error.strerror}; {kept}",
            where=str(path),
            remedy="make room on the disk and give the same command again: it goes on from what was saved",
        ) from error


def _restore(path: Path, optimiser: MuonAdam) -> Progress:
    if not path.exists():
        return Progress()
    with safetensors.safe_open(path, framework="pt") as file:
        progress = Progress(*json.loads(file.metadata()["progress"]))
        state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    if {k: v.shape for k, v in state.items()} != {k: v.shape for k, v in optimiser.state().items()}:
        raise WsimError(
            "the saved training state is of another network: its sizes or its vocabulary differ",
            where=str(path),
            remedy="use the settings and clips that it began with, or delete it to begin this stage anew",
        )
    optimiser.load_state(state, progress.step)
    return progress

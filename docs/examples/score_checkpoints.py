"""Scores a network while it is trained, and draws the scores in TensorBoard beside the loss."""

import hashlib
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from wsim import Model, WsimError
from wsim.contracts import Probe
from wsim.registry import find
from wsim.runs.benchmark import Benchmark, load_benchmark
from wsim.runs.execute import execute
from wsim.runs.plan import make_plan
from wsim.runs.results import RunSummary


@dataclass
class ScoreCheckpoints:
    """Call it with the network and the step after every step of training.

    Every step that is scored has a run folder of its own: a training that is begun again goes on with its
    runs, and `wsim compare` pairs any two of them.

    Attributes:
        folder: of the runs (`step-00005000`, ...) and of the logs (`tensorboard`).
        wrap: makes a `wsim.Model` of the network, one that `wsim check` has found sound. It says
            `settings={"train_step": step}` and `digest=digest_of_weights(network)`.
        benchmark: a name, a TOML file, or a benchmark of your own.
        limit: worlds of each probe; a few while training, None for the checkpoint that is published.
        every: steps between two scores.
        probes: probes that are not installed, by name.
    """

    folder: Path | str
    wrap: Callable[[torch.nn.Module, int], Model]
    benchmark: str | Benchmark = "quick"
    limit: int | None = 2
    every: int = 5000
    probes: Mapping[str, Probe] | None = None

    def __call__(self, network: torch.nn.Module, step: int) -> RunSummary | None:
        """Score the network if it is time to, and leave its mode and all random numbers as they were.

        What wsim cannot do (a full disk, a folder of another training) is a warning, and training goes on.
        """
        if step % self.every:
            return None
        training = network.training
        network.eval()
        try:
            with torch.inference_mode(), torch.random.fork_rng():
                return self._score(self.wrap(network, step), step)
        except WsimError as error:
            warnings.warn(f"step {step} was not scored: {error}", stacklevel=2)
            return None
        finally:
            network.train(training)

    def _score(self, model: Model, step: int) -> RunSummary:
        if model.info.settings.get("train_step") != step:
            raise WsimError(
                "the model does not say at which step it is",
                where="ModelInfo.settings",
                remedy='let wrap(network, step) put {"train_step": step} into them',
            )
        named = isinstance(self.benchmark, str)
        benchmark = load_benchmark(self.benchmark) if named else self.benchmark
        plan = make_plan(model.info, benchmark, limit=self.limit, probes=self.probes)
        run = Path(self.folder) / f"step-{step:08d}"
        summary = execute(model, plan, run)
        find("reports", "tensorboard").load()([summary], [run], Path(self.folder) / "tensorboard")
        return summary


def digest_of_weights(network: torch.nn.Module) -> str:
    """SHA-256 over names, types, shapes and values: other weights are never answered from the cache."""
    digest = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        digest.update(f"{name}|{tensor.dtype}|{tuple(tensor.shape)}|".encode())
        values = tensor.detach().cpu().contiguous().reshape(-1)
        digest.update(values.view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()

"""What training remembers: averaged weights, and a state on disk from which it goes on.

A kill leaves the old state or the new one, never half of one.
"""

import json
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from wsim.errors import WsimError
from wsim.runs.durable import publish, telling, temporary_name

_DECAY = 0.998
_MOMENTS = ("exp_avg", "exp_avg_sq", "step")


class Average:
    """An exponential moving average of weights; young ones are forgotten sooner."""

    def __init__(self, network: nn.Module) -> None:
        self.values = {name: value.detach().clone() for name, value in network.named_parameters()}

    @torch.no_grad()
    def follow(self, network: nn.Module, step: int) -> None:
        """Move towards the weights after a step."""
        decay = min(_DECAY, (1 + step) / (10 + step))
        for name, value in network.named_parameters():
            self.values[name].lerp_(value, 1 - decay)

    @torch.no_grad()
    def into(self, network: nn.Module) -> None:
        """Replace the weights by their average."""
        for name, value in network.named_parameters():
            value.copy_(self.values[name])


def save(
    path: Path,
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    average: Average,
    step: int,
    seconds: float,
) -> None:
    """Write everything that is needed to go on.

    Raises:
        WsimError: the disk is full or cannot be written to.
    """
    tensors = {name: value.contiguous() for name, value in _state(network, optimiser, average).items()}
    temporary = temporary_name(path)
    with telling(path):
        progress = {"progress": json.dumps([step, seconds])}
        temporary.write_bytes(safetensors.torch.save(tensors, progress))
        publish(temporary, path)


def restore(
    path: Path, network: nn.Module, optimiser: torch.optim.Optimizer, average: Average
) -> tuple[int, float]:
    """Steps and seconds so far, with everything put back; zeros where there is no state.

    Raises:
        WsimError: the state is of another network.
    """
    if not path.exists():
        return 0, 0.0
    with safetensors.safe_open(path, framework="pt") as file:
        step, seconds = json.loads(file.metadata()["progress"])
        found = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    for weight in network.parameters():
        optimiser.state[weight] = _no_moments(weight)
    state = _state(network, optimiser, average)
    if {name: value.shape for name, value in state.items()} != {n: v.shape for n, v in found.items()}:
        raise WsimError(
            "the saved state is of other networks: their sizes or words differ",
            where=str(path),
            remedy="give another --out, or delete it to begin anew",
        )
    with torch.no_grad():
        for name, value in state.items():
            value.copy_(found[name])
    return int(step), float(seconds)


def _state(network: nn.Module, optimiser: torch.optim.Optimizer, average: Average) -> dict[str, Tensor]:
    state = {f"average/{name}": value for name, value in average.values.items()}
    for name, weight in network.named_parameters():
        state[f"weight/{name}"] = weight.detach()
        moments: dict[str, Any] = optimiser.state[weight] or _no_moments(weight)
        state |= {f"{moment}/{name}": moments[moment] for moment in _MOMENTS}
    return state


def _no_moments(value: Tensor) -> dict[str, Tensor]:
    return {
        "step": torch.tensor(0.0),
        "exp_avg": torch.zeros_like(value),
        "exp_avg_sq": torch.zeros_like(value),
    }

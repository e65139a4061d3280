"""The state that training goes on from. A kill leaves the old one or the new one, never half of one."""

import json
from pathlib import Path

import safetensors
import safetensors.torch

from wsim.errors import WsimError
from wsim.optimiser import MuonAdam
from wsim.runs.durable import publish, telling, temporary_name


def save(path: Path, optimiser: MuonAdam, seconds: float) -> None:
    """Write everything that is needed to go on.

    Raises:
        WsimError: the disk is full or cannot be written to.
    """
    tensors = {name: value.detach().contiguous() for name, value in optimiser.state().items()}
    temporary = temporary_name(path)
    with telling(path):
        progress = {"progress": json.dumps([optimiser.steps, seconds])}
        temporary.write_bytes(safetensors.torch.save(tensors, progress))
        publish(temporary, path)


def restore(path: Path, optimiser: MuonAdam) -> float:
    """Seconds so far, with weights, their average and moments put back; zero where there is no state.

    Raises:
        WsimError: the state is of another network.
    """
    if not path.exists():
        return 0.0
    with safetensors.safe_open(path, framework="pt") as file:
        steps, seconds = json.loads(file.metadata()["progress"])
        found = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    if {n: v.shape for n, v in optimiser.state().items()} != {n: v.shape for n, v in found.items()}:
        raise WsimError(
            "the saved state is of other networks: their sizes or words differ",
            where=str(path),
            remedy="give another --out, or delete it to begin anew",
        )
    optimiser.load_state(found, steps)
    return float(seconds)

"""Muon for matrices, Adam for the rest, and an exponential moving average of the weights."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from wsim.precision import fast_dtype


@runtime_checkable
class Group(Protocol):
    """Processes that train the same network."""

    @property
    def rank(self) -> int:
        """Of this process."""

    @property
    def size(self) -> int:
        """How many there are."""

    def add(self, tensors: Sequence[Tensor]) -> None:
        """Replace every tensor by its sum over the group."""


@dataclass(frozen=True, slots=True)
class Alone:
    """A group of one."""

    rank: int = 0
    size: int = 1

    def add(self, tensors: Sequence[Tensor]) -> None:
        """A sum of one."""


def newton_schulz(matrix: Tensor, steps: int = 5) -> Tensor:
    """The nearest semi-orthogonal matrix, roughly: singular values end up between 0.7 and 1.2.

    Quintic iteration of Jordan et al., "Muon: an optimizer for hidden layers" (2024), in the numbers that are
    fast here.
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    tall = matrix.size(0) > matrix.size(1)
    x = (matrix.T if tall else matrix).to(fast_dtype(matrix.device))
    x = x / (x.norm() + 1e-7)
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    result: Tensor = (x.T if tall else x).float()
    return result


class MuonAdam:
    """One optimiser for a whole network.

    Hidden matrices and convolutions get the orthogonalised momentum, scaled by 0.2 sqrt(max side) so that
    its size matches Adam's (Moonlight, arXiv 2502.16982, equation 4); one learning rate then serves both.

    Args:
        model: the network.
        adam_only: parts of the names of parameters that Adam takes although they are matrices:
            embeddings, first and last layers, modulation.
        ema: decay of the average; it starts lower, so that the first steps are forgotten.
        group: processes that hold the same network and gradients; each orthogonalises some of the matrices.
    """

    def __init__(
        self, model: nn.Module, adam_only: tuple[str, ...], ema: float, group: Group | None = None
    ) -> None:
        self.parameters = dict(model.named_parameters())
        self.matrices = {
            name
            for name, value in self.parameters.items()
            if value.ndim >= 2 and min(value.shape[0], value[0].numel()) >= 32
            if not any(part in name for part in adam_only)
        }
        self.momentum = {name: torch.zeros_like(value) for name, value in self.parameters.items()}
        self.square = {
            name: torch.zeros_like(value)
            for name, value in self.parameters.items()
            if name not in self.matrices
        }
        self.average = {name: value.detach().clone() for name, value in self.parameters.items()}
        self.ema = ema
        self.group = group or Alone()
        self.steps = 0

    @torch.no_grad()
    def step(self, learning_rate: float) -> None:
        """Apply and forget the gradients, then update the average."""
        self.steps += 1
        updates = self._orthogonal()
        for name, value in self.parameters.items():
            if name in updates:
                value.mul_(1 - learning_rate * 0.01).add_(updates[name], alpha=-learning_rate)
            elif value.grad is not None:
                self._adam(name, value, value.grad, learning_rate)
        decay = min(self.ema, (1 + self.steps) / (10 + self.steps))
        for name, value in self.parameters.items():
            value.grad = None
            self.average[name].lerp_(value, 1 - decay)

    def _orthogonal(self) -> dict[str, Tensor]:
        """Updates of the matrices: a quarter of a step on a CPU, so processes share them out."""
        updates = {}
        with_gradient = [(n, v.grad) for n, v in self.parameters.items() if n in self.matrices]
        by_size = sorted(with_gradient, key=lambda item: -self.parameters[item[0]].numel())
        for number, (name, gradient) in enumerate(by_size):
            if gradient is None:
                continue
            momentum = self.momentum[name].lerp_(gradient, 0.05)
            updates[name] = torch.zeros_like(gradient)
            if number % self.group.size == self.group.rank:
                nesterov = gradient.lerp(momentum, 0.95).flatten(1)
                update = newton_schulz(nesterov) * (0.2 * max(nesterov.shape) ** 0.5)
                updates[name].copy_(update.view_as(gradient))
        self.group.add(list(updates.values()))
        return updates

    def _adam(self, name: str, value: Tensor, gradient: Tensor, learning_rate: float) -> None:
        momentum = self.momentum[name].lerp_(gradient, 0.1)
        square = self.square[name].lerp_(gradient.square(), 0.01)
        mean = momentum / (1 - 0.9**self.steps)
        scale = (square / (1 - 0.99**self.steps)).sqrt() + 1e-8
        value.add_(mean / scale, alpha=-learning_rate)

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """The network carries the averaged weights inside."""
        kept = {name: value.detach().clone() for name, value in self.parameters.items()}
        self._assign(self.average)
        try:
            yield
        finally:
            self._assign(kept)

    def load_average(self) -> None:
        """Replace the weights of the network by the averaged ones, for good."""
        self._assign(self.average)

    @torch.no_grad()
    def _assign(self, values: Mapping[str, Tensor]) -> None:
        for name, value in self.parameters.items():
            value.copy_(values[name])

    def state(self) -> dict[str, Tensor]:
        """All tensors that are needed to go on, the weights too."""
        groups: dict[str, Mapping[str, Tensor]] = {
            "weight": self.parameters,
            "momentum": self.momentum,
            "square": self.square,
            "average": self.average,
        }
        return {f"{group}/{name}": value for group, part in groups.items() for name, value in part.items()}

    def load_state(self, state: Mapping[str, Tensor], steps: int) -> None:
        """The inverse of `state`."""
        with torch.no_grad():
            for name, value in self.state().items():
                value.copy_(state[name])
        self.steps = steps

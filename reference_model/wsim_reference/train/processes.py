"""A group of training processes on one machine: averaged gradients over gloo, one thread each.

Several one-thread processes beat one process with several threads on a shared machine by far: threads of
one operation wait for each other at every layer, processes once a step.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as distributed
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Group:
    """This process among `size`; a group of one needs no connection."""

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process writes files."""
        return self.rank == 0

    def average_gradients(self, parameters: Iterable[Tensor]) -> None:
        """Replace every gradient by its mean over the group, in one message."""
        if self.size == 1:
            return
        gradients = [p.grad for p in parameters if p.grad is not None]
        self.add(gradients)
        for gradient in gradients:
            gradient /= self.size

    def add(self, tensors: Sequence[Tensor]) -> None:
        """Replace every tensor by its sum over the group, in one message."""
        if self.size == 1 or not tensors:
            return
        flat = torch.cat([tensor.flatten() for tensor in tensors])
        distributed.all_reduce(flat)
        for tensor, part in zip(tensors, torch.split(flat, [t.numel() for t in tensors]), strict=True):
            tensor.copy_(part.view_as(tensor))

    def agree(self, value: float) -> float:
        """The value of the leader: clocks differ, but all must stop at the same step."""
        if self.size == 1:
            return value
        message = torch.tensor([value], dtype=torch.float64)
        distributed.broadcast(message, 0)
        return message.item()

    def wait(self) -> None:
        """Until all are here."""
        if self.size > 1:
            distributed.barrier()


def join(rank: int, size: int, rendezvous: Path) -> Group:
    """Enter the group; `rendezvous` is a file that does not exist before the first one comes."""
    torch.set_num_threads(1)
    if size > 1:
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
        distributed.init_process_group(
            "gloo",
            init_method=f"file://{rendezvous.resolve()}",
            rank=rank,
            world_size=size,
            timeout=timedelta(hours=1),
        )
    return Group(rank, size)


def leave(group: Group) -> None:
    """Close the connection."""
    if group.size > 1:
        distributed.destroy_process_group()

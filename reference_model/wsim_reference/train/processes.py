"""A group of training processes: averaged gradients, one thread each.

Several one-thread processes beat one process with several threads on a shared machine by far: threads of
one operation wait for each other at every layer, processes once a step.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as distributed
from torch import Tensor

from wsim.errors import WsimError

LAUNCHED = "env://"  # by torchrun: a GPU for each process
PATIENCE = timedelta(hours=6)  # the leader renders all clips, and measures, while the others wait


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


@dataclass(frozen=True, slots=True)
class Seat:
    """The place of a process in a group that is about to meet.

    Attributes:
        rank: of the process; the one of rank 0 leads.
        size: of the group.
        local_rank: among the processes of this machine, which share its GPUs out by it.
        meeting: URL that the group meets at; a `file://` must not exist before the first one comes.
    """

    rank: int
    size: int
    local_rank: int
    meeting: str

    def device(self, kind: str) -> str:
        """The device of this process: a GPU of its own while there are enough of them."""
        return f"cuda:{self.local_rank % max(1, torch.cuda.device_count())}" if kind == "cuda" else kind


def check_device(kind: str) -> None:
    """Refuse a kind of device that this machine lacks, before anything is made ready for it.

    Raises:
        WsimError: there is no GPU.
    """
    if kind == "cuda" and not torch.cuda.is_available():
        raise WsimError(
            "torch finds no GPU here",
            where="--device cuda",
            remedy="leave --device out to use the CPU, or install a torch that knows this GPU",
        )


def launched_seat() -> Seat | None:
    """The seat that `torchrun` gave this process; None where it did not start it."""
    if not distributed.is_torchelastic_launched():
        return None
    rank, size, local = (int(os.environ[name]) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"))
    return Seat(rank, size, local, LAUNCHED)


def join(seat: Seat, kind: str = "cpu") -> Group:
    """Enter the group. GPUs of their own talk through NCCL, all else through gloo."""
    torch.set_num_threads(1)
    if kind == "cuda":
        torch.cuda.set_device(seat.device(kind))
    if seat.size > 1:
        if seat.meeting.startswith("file:"):
            os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")  # all are on this machine
        own = kind == "cuda" and seat.meeting == LAUNCHED
        distributed.init_process_group(
            "cpu:gloo,cuda:nccl" if own else "gloo",
            init_method=seat.meeting,
            rank=seat.rank,
            world_size=seat.size,
            timeout=PATIENCE,
        )
    return Group(seat.rank, seat.size)


def leave(group: Group) -> None:
    """Close the connection."""
    if group.size > 1:
        distributed.destroy_process_group()

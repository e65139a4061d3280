"""Frames of bytes to clips of numbers and back, and the one thread on which a clip is made."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from wsim.errors import WsimError

Frames = UInt8[np.ndarray, "time height width 3"]


def to_clip(frames: Frames) -> Float[Tensor, "1 time rgb height width"]:
    """`uint8` frames to a batch of one clip in [-1, 1]."""
    clip = torch.from_numpy(np.array(frames)).permute(0, 3, 1, 2)  # a copy: frames may be read-only
    return clip[None].float() / 127.5 - 1


def to_frames(clip: Float[Tensor, "1 time rgb height width"]) -> Frames:
    """The inverse of `to_clip`, rounded to the nearest level.

    Raises:
        WsimError: the numbers are none: damaged weights.
    """
    if not clip.isfinite().all():
        raise WsimError(
            "the network gave pixels that are no numbers",
            where="the reference model",
            remedy="the weights are damaged, or training diverged: take an earlier checkpoint",
        )
    levels = ((clip[0].float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    return np.ascontiguousarray(levels.permute(0, 2, 3, 1).cpu().numpy())


@contextmanager
def single_thread() -> Iterator[None]:
    """One torch thread inside, the previous number again outside.

    Sums in a different order give different last bits, and a small model is no faster on more threads.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)

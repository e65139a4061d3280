"""Networks computed in float32, as their signatures say, on any device."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def float32_inference() -> Iterator[None]:
    """Without gradients, and without TF32.

    Ten bits of mantissa, the habit of newer GPUs for convolutions, would move features by parts in a
    thousand, and features are kept for whoever asks next, on whatever device. `flags` turns off cuDNN itself
    unless told not to, which costs many times the time.
    """
    cudnn = torch.backends.cudnn
    with torch.inference_mode(), cudnn.flags(enabled=cudnn.enabled, allow_tf32=False):
        yield

"""Networks computed in float32, as their signatures say, on any device."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch


@contextmanager
def float32_inference() -> Iterator[None]:
    """Without gradients, and without TF32.

    Ten bits of mantissa, the habit of newer GPUs for convolutions and of many training scripts for products
    of matrices, would move features by parts in a thousand, and features are kept for whoever asks next, on
    whatever device.
    """
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode())
        for place, name, exact in _switches():
            stack.callback(setattr, place, name, getattr(place, name))
            setattr(place, name, exact)
        yield


def _switches() -> list[tuple[Any, str, Any]]:
    """Where TF32 is turned off: torch from 2.9 has a setting for each operator, and refuses to have both."""
    cudnn: Any = torch.backends.cudnn
    matmul = torch.backends.cuda.matmul
    if hasattr(matmul, "fp32_precision"):
        return [(place, "fp32_precision", "ieee") for place in (matmul, cudnn.conv, cudnn.rnn)]
    return [(matmul, "allow_tf32", False), (cudnn, "allow_tf32", False)]

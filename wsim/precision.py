"""In which numbers networks compute: exactly float32, or bfloat16 where that is multiplied fast."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from typing import Any

import torch


@contextmanager
def float32_inference() -> Iterator[None]:
    """Without gradients, and without TF32: for features, whose signatures say float32.

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


@cache
def fast_dtype(device: str | torch.device) -> torch.dtype:
    """Bfloat16 on a GPU or a CPU that multiplies it; float32 where it would be emulated and far slower."""
    fast = torch.device(device).type != "cpu" or _multiplies_bfloat16()
    return torch.bfloat16 if fast else torch.float32


def mixed(device: str | torch.device, dtype: torch.dtype | None = None) -> AbstractContextManager[object]:
    """Autocast to the fast numbers, or to those that are given; nothing where these are float32."""
    dtype = dtype or fast_dtype(device)
    return torch.autocast(torch.device(device).type, torch.bfloat16, enabled=dtype == torch.bfloat16)


def _switches() -> list[tuple[Any, str, Any]]:
    """Where TF32 is turned off: torch from 2.9 has a setting for each operator, and refuses to have both."""
    cudnn: Any = torch.backends.cudnn
    matmul = torch.backends.cuda.matmul
    if hasattr(matmul, "fp32_precision"):
        return [(place, "fp32_precision", "ieee") for place in (matmul, cudnn.conv, cudnn.rnn)]
    return [(matmul, "allow_tf32", False), (cudnn, "allow_tf32", False)]


def _multiplies_bfloat16() -> bool:
    """Of this CPU. Older versions of torch do not tell it from AVX-512 at large, which is nearly as good."""
    told: Mapping[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    if "avx512_bf16" in told:
        return bool(told["avx512_bf16"] or told.get("amx_bf16"))
    return torch.backends.cpu.get_cpu_capability().startswith("AVX512")

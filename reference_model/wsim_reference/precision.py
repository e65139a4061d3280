"""In which numbers a network is trained and sampled: bfloat16 where the processor has it, else float32."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import torch


@cache
def fast_dtype(device: str | torch.device) -> torch.dtype:
    """Bfloat16 on a GPU or a CPU that multiplies it; float32 where it would be emulated and far slower."""
    fast = torch.device(device).type != "cpu" or _multiplies_bfloat16()
    return torch.bfloat16 if fast else torch.float32


def mixed(device: str | torch.device, dtype: torch.dtype | None = None) -> AbstractContextManager[object]:
    """Autocast to the fast numbers, or to those that are given; nothing where these are float32."""
    dtype = dtype or fast_dtype(device)
    return torch.autocast(torch.device(device).type, torch.bfloat16, enabled=dtype == torch.bfloat16)


def _multiplies_bfloat16() -> bool:
    """Of this CPU. Older versions of torch do not tell it from AVX-512 at large, which is nearly as good."""
    told: Mapping[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    if "avx512_bf16" in told:
        return bool(told["avx512_bf16"] or told.get("amx_bf16"))
    return torch.backends.cpu.get_cpu_capability().startswith("AVX512")

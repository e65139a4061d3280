"""In which numbers a network is trained: bfloat16 where the processor has it, else float32."""

from contextlib import AbstractContextManager

import torch


def fast_dtype(device: str | torch.device) -> torch.dtype:
    """Bfloat16 on a GPU or a CPU with AVX-512; float32 where it would be emulated and far slower."""
    kind = torch.device(device).type
    fast = kind != "cpu" or torch.backends.cpu.get_cpu_capability().startswith("AVX512")
    return torch.bfloat16 if fast else torch.float32


def mixed(device: str | torch.device) -> AbstractContextManager[object]:
    """Autocast to the fast numbers; nothing where float32 is as fast."""
    return torch.autocast(
        torch.device(device).type, torch.bfloat16, enabled=fast_dtype(device) == torch.bfloat16
    )

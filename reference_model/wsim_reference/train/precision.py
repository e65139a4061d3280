"""In which numbers a network is trained: bfloat16 where the processor has it, else float32."""

from contextlib import AbstractContextManager

import torch


def mixed(device: str | torch.device) -> AbstractContextManager[object]:
    """Autocast to bfloat16 on a GPU or a CPU with AVX-512; without either it is emulated and far slower."""
    kind = torch.device(device).type
    fast = kind != "cpu" or torch.backends.cpu.get_cpu_capability().startswith("AVX512")
    return torch.autocast(kind, torch.bfloat16, enabled=fast)

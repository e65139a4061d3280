"""The log of a run: JSON lines, and the same numbers for TensorBoard where that is installed."""

import json
import time
from functools import cache
from pathlib import Path
from typing import Any


def log(folder: Path, entry: dict[str, Any]) -> None:
    """Append one line. Numbers of an entry with a `step` also go to `folder/tensorboard`."""
    now = round(time.time(), 1)
    with (folder / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"time": now, **entry}) + "\n")
    if "step" in entry and (writer := _events(folder / "tensorboard")) is not None:
        for name, value in entry.items():
            if name != "step" and isinstance(value, (int, float)):
                writer.add_scalar(f"{entry['stage']}/{name}", value, entry["step"], now)
        writer.flush()


@cache
def _events(folder: Path) -> Any:
    """The open event file of a run, or None without the package."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder))

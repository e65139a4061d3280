"""Where a report may be written: anywhere but over what a run is made of."""

from collections.abc import Sequence
from pathlib import Path

from wsim.errors import WsimError

OF_A_RUN = {
    "manifest.json", "records.jsonl", "calibration.json", "metrics.json", "summary.json", "errors.log",
    "videos", "lock",
}  # fmt: skip


def apart_from(runs: Sequence[Path], output: Path) -> Path:
    """The output, unless it is a run folder, or a file or folder that belongs to one; `RUN/report` is free.

    Raises:
        WsimError: a report there would be mixed with a run, or written over a part of it.
    """
    for run in runs:
        place, target = run.resolve(), output.resolve()
        inside = target.relative_to(place).parts if target.is_relative_to(place) else ("elsewhere",)
        if not inside or inside[0] in OF_A_RUN:
            raise WsimError(
                "a report would be written over a run",
                where=str(output),
                remedy=f"give another place with -o, such as {run / 'report'}",
            )
    return output

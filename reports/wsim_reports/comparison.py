"""Paired comparisons of several runs against the first one."""

from collections.abc import Sequence
from pathlib import Path

from wsim.errors import WsimError
from wsim.runs.results import Comparison, RunSummary


def against_first(runs: Sequence[RunSummary], folders: Sequence[Path]) -> list[Comparison | str]:
    """Each run but the first against the first; one sentence where two runs cannot be compared."""
    from wsim.runs.compare import compare  # needs scipy: only for more than one run

    found: list[Comparison | str] = []
    for run, folder in zip(runs[1:], folders[1:], strict=True):
        try:
            found.append(compare(folders[0], folder))
        except WsimError as error:
            found.append(f"{run.model['name']} cannot be compared: {error.problem}. {error.remedy}")
    return found

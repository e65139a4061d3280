"""Checkpoints at a sixteenth and at a quarter of the compute, from one run.

A network in the middle of its plateau is worse than one that was trained as long and then cooled down, so a
snapshot on the way would flatter the end. Every rung therefore leaves the run at four fifths of its own
budget, goes on by itself with a rate that falls to 2 percent, and is as good as a whole run of that budget
(WSD, Hu et al., arXiv 2404.06395, section 4.3). Averaged weights alone would lack the gain of small steps.
The branches cost 6 percent of the budget on top.
"""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from wsim_reference.train.loop import Progress, Stage, state_of, train
from wsim_reference.train.processes import Group
from wsim_reference.train.settings import COOLDOWN, RUNGS, TOP


def climb(stage: Stage, group: Group, folder: Path, finish: Callable[[str, Progress], None]) -> None:
    """Train a stage to the end of its budget, with a branch for every rung.

    Args:
        stage: the run; its budget is that of the top.
        group: the processes that train.
        folder: of the run.
        finish: called by every process with the name of a rung and what it took, all shared steps counted,
            while the network carries its averaged weights. The top comes last. A run that is resumed
            finishes again the rungs that it had.
    """
    for name, share in RUNGS.items():
        train(stage, group, folder, until=(1 - COOLDOWN) * share)
        branch = branch_of(stage, name, share)
        start = state_of(branch, folder)
        if group.leads and not start.exists():
            partial = start.with_suffix(".partial")
            shutil.copyfile(state_of(stage, folder), partial)
            partial.replace(start)
        group.wait()
        finish(name, train(branch, group, folder))
    finish(TOP, train(stage, group, folder))


def branch_of(stage: Stage, name: str, share: float) -> Stage:
    """The stage as a run of a share of the budget, at the moment when it begins to cool down."""
    settings = stage.settings
    steps = max(1, round(share * settings.steps))
    shorter = replace(settings, seconds=share * settings.seconds, steps=steps, cooldown=COOLDOWN)
    return replace(stage, name=f"{stage.name}-{name}", settings=shorter)

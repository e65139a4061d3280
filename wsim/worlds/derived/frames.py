"""Trajectories cut and joined along time.

Axis letters: `time`.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Int64

from wsim.worlds.physics.trajectory import Looks, Trajectory


def at_frames(trajectory: Trajectory, frames: Int64[np.ndarray, " time"]) -> Trajectory:
    """The states of some frames, in any order and as often as asked for; events and trails stay."""
    return _over_time(lambda array: array[frames], trajectory)


def joined(first: Trajectory, second: Trajectory) -> Trajectory:
    """One after the other: events of the first up to its last state, then those of the second.

    Both must have the same bodies and states; wardrobe and trails are those of the second.
    """
    both = _over_time(lambda a, b: np.concatenate([a, b]), first, second)
    last_s = float(first.times_s.max(initial=-np.inf))
    events = tuple(event for event in first.events if event.time_s <= last_s)
    events += tuple(event for event in second.events if event.time_s > last_s)
    looks = dataclasses.replace(both.looks, wardrobe=second.looks.wardrobe)
    return dataclasses.replace(both, looks=looks, events=events, trails=second.trails)


def _over_time(combine: Callable[..., Any], *trajectories: Trajectory) -> Trajectory:
    looks = dataclasses.replace(
        trajectories[0].looks, **_combined(combine, *(trajectory.looks for trajectory in trajectories))
    )
    names = trajectories[0].state
    state = {name: combine(*(trajectory.state[name] for trajectory in trajectories)) for name in names}
    # All at once: a record whose arrays are of two lengths is none.
    return dataclasses.replace(trajectories[0], looks=looks, state=state, **_combined(combine, *trajectories))


def _combined(combine: Callable[..., Any], *records: Trajectory | Looks) -> dict[str, Any]:
    """Every array, combined along its first axis, which is time."""
    names = [field.name for field in dataclasses.fields(records[0])]
    arrays = [name for name in names if isinstance(getattr(records[0], name), np.ndarray)]
    return {name: combine(*(getattr(record, name) for record in records)) for name in arrays}

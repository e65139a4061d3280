"""What happened in a world of blocks: where the agent was at every step, and which cells changed when.

Steps are 1/240 s long and begin at time zero whatever frames are asked for. Turning is exact at any time;
between steps the agent moves on a straight line.

Axis letters: `time`, `step`.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from wsim.worlds.blocks import agent
from wsim.worlds.blocks.grid import Grid
from wsim.worlds.physics.trajectory import WorldEvent
from wsim.worlds.scene import Action, Cell

STEPS_PER_S = 240


@dataclass(frozen=True, slots=True)
class Edit:
    """A cell that changed from one kind to another (numbers of kinds), and why."""

    time_s: float
    cell: Cell
    old: int
    new: int
    cause: str


@dataclass(frozen=True, slots=True)
class Hand:
    """What is in the hand from `time_s` on; `shown` is the number that the picture says."""

    time_s: float
    kind: str
    count: int
    shown: int


@dataclass(frozen=True, slots=True)
class Turned:
    """A lever that is on or off from `time_s` on."""

    time_s: float
    name: str
    on: bool


@dataclass(frozen=True)
class History:
    """Everything that happens until the last step, units of cells.

    Attributes:
        grid: the kinds at time zero; read only.
        feet: between the feet at every step.
        actions: those that took effect, a law that is broken aside.
        edits, hands, levers, events: in order of time; `hands` and `levers` begin with what is so at zero.
    """

    grid: Grid
    feet: Float64[np.ndarray, "step 3"]
    yaw_start_deg: float
    pitch_start_deg: float
    actions: tuple[Action, ...]
    edits: tuple[Edit, ...]
    hands: tuple[Hand, ...]
    levers: tuple[Turned, ...]
    events: tuple[WorldEvent, ...]

    def feet_at(self, times_s: Float64[np.ndarray, " time"]) -> Float64[np.ndarray, "time 3"]:
        """Between the feet, cells."""
        step_s = np.arange(len(self.feet)) / STEPS_PER_S
        return np.stack([np.interp(times_s, step_s, self.feet[:, axis]) for axis in range(3)], axis=-1)

    def yaw_deg_at(self, times_s: Float64[np.ndarray, " time"]) -> Float64[np.ndarray, " time"]:
        """Heading, counter-clockwise from +x."""
        return agent.yaw_deg(self.yaw_start_deg, self.actions, times_s)

    def pitch_deg_at(self, times_s: Float64[np.ndarray, " time"]) -> Float64[np.ndarray, " time"]:
        """How far up the agent looks."""
        return agent.pitch_deg(self.pitch_start_deg, self.actions, times_s)

    def hand_at(self, time_s: float) -> Hand:
        """What is in the hand."""
        return [hand for hand in self.hands if hand.time_s <= max(time_s, 0.0)][-1]

    def lever_at(self, name: str, time_s: float) -> bool:
        """Whether a lever is on."""
        return [turn.on for turn in self.levers if turn.name == name and turn.time_s <= max(time_s, 0.0)][-1]

    def grid_at(self, time_s: float) -> Grid:
        """The kinds at a time, a copy."""
        grid = self.grid.copy()
        for edit in self.edits:
            if edit.time_s <= time_s:
                grid[edit.cell] = edit.new
        return grid

"""Worlds of blocks, as data: a grid, an agent, what it does, and what its doing sets off."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from wsim.worlds.scene.body import Vec3

Cell: TypeAlias = tuple[int, int, int]
ActionKind: TypeAlias = Literal[
    "forward", "back", "left", "right", "turn_left", "turn_right", "look_up", "look_down", "jump",
    "place", "break", "use",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fill:
    """All cells from `low` to `high`, both included, are of one kind; `air` digs. Later fills win."""

    kind: str
    low: Cell
    high: Cell


@dataclass(frozen=True, slots=True)
class Agent:
    """Who sees and acts: where the feet stand, where the eyes look, what is in the hand and how many."""

    position_m: Vec3
    yaw_deg: float
    pitch_deg: float = 0.0
    holds: str = "brick"
    count: int = 0


@dataclass(frozen=True, slots=True)
class Action:
    """A key pressed from `time_s` for `duration_s`; `place`, `break`, `use` and `jump` happen once."""

    kind: ActionKind
    time_s: float
    duration_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Lever:
    """A cell that can be used. Using it changes `cells` between `off_kind` and `on_kind`: a door, a lamp."""

    name: str
    cell: Cell
    cells: tuple[Cell, ...]
    off_kind: str
    on_kind: str
    on: bool = False


@dataclass(frozen=True, slots=True)
class Blocks:
    """A grid of unit cells of `cell_m` metres, with an agent who plays a list of actions.

    `counters`: whether the inventory is drawn into the picture as digits.
    """

    shape: Cell
    fills: tuple[Fill, ...]
    agent: Agent
    actions: tuple[Action, ...] = ()
    levers: tuple[Lever, ...] = ()
    cell_m: float = 1.0
    counters: bool = True

"""Landscapes of blocks: level grass with hills all round, trees, a house, a pond, and coloured blocks.

Cells, x to the right and y ahead of an agent that stands near the middle and looks along +y.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from wsim.worlds.blocks import agent
from wsim.worlds.blocks.grid import Grid, aimed_at
from wsim.worlds.families import stage
from wsim.worlds.palette import PALETTE
from wsim.worlds.scene import Agent, Blocks, CameraPath, Cell, Fill, Vec3

SHAPE: Cell = (56, 56, 24)
GROUND = 3  # the feet of whoever stands on the grass
MIDDLE = 28
FOV_DEG = 70.0
EYES = CameraPath((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), FOV_DEG)  # an agent has only its field of view

_HILLS_FROM, _HILLS_TO = 18.0, 22.0  # where their middles lie, from that of the grid


@dataclass
class Landscape:
    """What is built so far; `taken` are discs (x, y, radius) where nothing else may stand."""

    rng: np.random.Generator
    fills: list[Fill] = field(default_factory=list)
    taken: list[tuple[float, float, float]] = field(default_factory=list)
    crates: list[tuple[str, Cell]] = field(default_factory=list)

    def fill(self, kind: str, low: Cell, high: Cell) -> None:
        """Fill a box, cut off at the border of the grid."""
        inner = (
            [max(0, place) for place in low],
            [min(size - 1, place) for size, place in zip(SHAPE, high, strict=True)],
        )
        if all(a <= b for a, b in zip(*inner, strict=True)):
            self.fills.append(
                Fill(kind, (inner[0][0], inner[0][1], inner[0][2]), (inner[1][0], inner[1][1], inner[1][2]))
            )

    def is_free(self, x: float, y: float, radius: float) -> bool:
        """Whether a disc touches nothing that is taken."""
        return all(math.dist((x, y), disc[:2]) > radius + disc[2] for disc in self.taken)

    def spot(self, low: float, high: float, radius: float) -> tuple[int, int] | None:
        """A free place for a disc, so far from the middle of the grid; taken from then on."""
        for _ in range(30):
            angle, distance = stage.between(self.rng, 0.0, math.tau), stage.between(self.rng, low, high)
            x = math.floor(MIDDLE + distance * math.cos(angle))
            y = math.floor(MIDDLE + distance * math.sin(angle))
            if self.is_free(float(x), float(y), radius):
                self.taken.append((float(x), float(y), radius))
                return x, y
        return None


def landscape(rng: np.random.Generator, clear: float = 4.0) -> Landscape:
    """A whole one; nothing stands within `clear` cells of the middle."""
    land = Landscape(rng, taken=[(float(MIDDLE), float(MIDDLE), clear)])
    for kind, level in (("stone", 0), ("dirt", 1), ("grass", 2)):
        land.fill(kind, (0, 0, level), (SHAPE[0] - 1, SHAPE[1] - 1, level))
    for turn in range(7):
        _hill(land, math.tau * (turn + stage.between(rng, -0.3, 0.3)) / 7)
    _house(land)
    if rng.random() < 0.8:
        _pond(land)
    for _ in range(4):
        _crate(land)
    for _ in range(8):
        _tree(land)
    return land


def world(land: Landscape, player: Agent) -> Blocks:
    """The blocks of a landscape, and who is in it."""
    return Blocks(SHAPE, tuple(land.fills), player)


def _hill(land: Landscape, angle: float) -> None:
    """Round terraces, the highest of stone or snow."""
    rng = land.rng
    distance = stage.between(rng, _HILLS_FROM, _HILLS_TO)
    x, y = MIDDLE + distance * math.cos(angle), MIDDLE + distance * math.sin(angle)
    radius, layers = stage.between(rng, 4.5, 7.5), 2 + int(rng.integers(5))
    land.taken.append((x, y, radius + 1.0))
    kinds = ["grass"] * layers
    if layers > 4:
        kinds[-2:] = ["stone", "snow"]
    for layer, kind in enumerate(kinds):
        reach = radius * math.sqrt(1.0 - layer / (layers + 0.5))
        for row in range(math.ceil(-reach), math.floor(reach) + 1):
            half = math.sqrt(reach**2 - row**2)
            low = (round(x - half), round(y) + row, GROUND + layer)
            land.fill("dirt" if kind == "grass" else kind, low, (round(x + half), low[1], low[2]))
            land.fill(kind, low, (round(x + half), low[1], low[2]))


def _house(land: Landscape) -> None:
    """Four walls with windows, a doorway towards the middle, and a stepped roof."""
    rng = land.rng
    side = int(rng.integers(4))
    off, aside = int(rng.integers(10, 13)), int(rng.integers(-3, 4))
    x, y = [(aside, off), (off, aside), (aside, -off), (-off, aside)][side]
    x, y = MIDDLE + x, MIDDLE + y
    land.taken.append((float(x), float(y), 5.5))
    wall, roof = stage.pick(
        rng, [("brick", "wood"), ("wood", "stone"), ("stone", "brick"), ("wood", "brick")]
    )
    low, high, top = (x - 3, y - 2), (x + 3, y + 3), GROUND + 3
    land.fill(wall, (*low, GROUND), (*high, top))
    land.fill("air", (low[0] + 1, low[1] + 1, GROUND), (high[0] - 1, high[1] - 1, top))
    land.fill("wood", (low[0] + 1, low[1] + 1, GROUND - 1), (high[0] - 1, high[1] - 1, GROUND - 1))
    for i in (x - 2, x + 2):
        land.fill("air", (i, low[1], GROUND + 1), (i, low[1], GROUND + 2))
        land.fill("air", (i, high[1], GROUND + 1), (i, high[1], GROUND + 2))
    for i in (low[0], high[0]):
        land.fill("air", (i, y, GROUND + 1), (i, y + 1, GROUND + 2))
    door = [(x, low[1]), (low[0], y), (x, high[1]), (high[0], y)][side]
    land.fill("air", (*door, GROUND), (*door, GROUND + 1))
    for step in range(4):
        land.fill(
            roof,
            (low[0] - 1 + step, low[1] - 1, top + 1 + step),
            (high[0] + 1 - step, high[1] + 1, top + 1 + step),
        )


def _pond(land: Landscape) -> None:
    place = land.spot(7.0, 13.0, 3.5)
    if place is not None:
        x, y = place
        land.fill("sand", (x - 3, y - 2, GROUND - 1), (x + 3, y + 2, GROUND - 1))
        land.fill("sand", (x - 2, y - 3, GROUND - 1), (x + 2, y + 3, GROUND - 1))
        land.fill("water", (x - 2, y - 1, GROUND - 1), (x + 2, y + 1, GROUND - 1))
        land.fill("water", (x - 1, y - 2, GROUND - 1), (x + 1, y + 2, GROUND - 1))


def _crate(land: Landscape) -> None:
    """One or two coloured blocks on one another, each colour once."""
    left = [colour for colour in PALETTE if colour not in [name for name, _ in land.crates]]
    place = land.spot(5.0, 10.0, 1.2)
    if place is not None:
        colour, high = stage.pick(land.rng, left), int(land.rng.integers(2))
        land.crates.append((colour, (*place, GROUND)))
        land.fill(colour, (*place, GROUND), (*place, GROUND + high))


def _tree(land: Landscape) -> None:
    place = land.spot(6.5, 17.0, 2.4)
    if place is not None:
        x, y = place
        top = GROUND + 3 + int(land.rng.integers(2))
        land.fill("leaves", (x - 2, y - 1, top - 1), (x + 2, y + 1, top))
        land.fill("leaves", (x - 1, y - 2, top - 1), (x + 1, y + 2, top))
        land.fill("leaves", (x - 1, y, top + 1), (x + 1, y, top + 1))
        land.fill("leaves", (x, y - 1, top + 1), (x, y + 1, top + 1))
        land.fill("trunk", (x, y, GROUND), (x, y, top))


def eye_of(player: Agent) -> Vec3:
    """In cells of a metre."""
    x, y, z = player.position_m
    return (x, y, z + agent.EYE_HEIGHT)


def aim(player: Agent, point: Vec3) -> tuple[float, float]:
    """The yaw and the pitch, degrees, that bring a point into the middle of the picture."""
    x, y, z = (a - b for a, b in zip(point, eye_of(player), strict=True))
    return math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y)))


def is_seen(grid: Grid, player: Agent, cell: Cell, half_angle_deg: float) -> bool:
    """Whether the middle of a block lies in a square picture so wide and nothing stands before it."""
    yaw, pitch = aim(player, (cell[0] + 0.5, cell[1] + 0.5, cell[2] + 0.5))
    beside = (yaw - player.yaw_deg + 180.0) % 360.0 - 180.0
    if max(abs(beside), abs(pitch - player.pitch_deg)) > half_angle_deg:
        return False
    found = aimed_at(grid, eye_of(player), agent.gaze(yaw, pitch), 40.0)
    return found is not None and found[0] == cell

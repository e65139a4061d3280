"""The grid of a world of blocks: how it is filled, what lies outside it, and which block a ray meets.

Cell (i, j, k) spans i..i+1, j..j+1, k..k+1, in units of cells; world coordinates are `cell_m` times that.
Outside the grid, on all four sides, the column of cell (0, 0) goes on for ever; below there is stone and
above there is air.

Axis letters: `x`, `y`, `z`.
"""

import math
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from jaxtyping import UInt8

from wsim.errors import WsimError
from wsim.worlds.blocks.kinds import AIR, KINDS, LEVER_KINDS, NUMBER
from wsim.worlds.scene import Blocks, Cell, Vec3

BLOCK_ID = 1000  # added to a kind's number in the ids of a picture
MAX_CELLS = 2**22
OUTSIDE = 255  # air outside the grid, in the renderer's walls

Grid: TypeAlias = UInt8[np.ndarray, "x y z"]


@lru_cache(maxsize=4)
def first_grid(blocks: Blocks) -> Grid:
    """The numbers of all kinds at time zero, levers and what they change included; not to be written to.

    Raises:
        WsimError: an unknown kind, a cell outside the grid, or a grid that is empty or too large.
    """
    if min(blocks.shape) < 1 or math.prod(blocks.shape) > MAX_CELLS:
        raise WsimError(
            f"a grid of {blocks.shape} cells is empty or too large",
            where="Blocks(shape=...)",
            remedy=f"give at least one cell each way and at most {MAX_CELLS} in all",
        )
    grid = np.zeros(blocks.shape, np.uint8)
    for fill in blocks.fills:
        check_cell(blocks, fill.low, "Fill(low=...)")
        check_cell(blocks, fill.high, "Fill(high=...)")
        box = tuple(slice(low, high + 1) for low, high in zip(fill.low, fill.high, strict=True))
        grid[box] = number_of(fill.kind, "Fill(kind=...)")
    for lever in blocks.levers:
        where = f"Lever({lever.name!r})"
        for cell in (lever.cell, *lever.cells):
            check_cell(blocks, cell, where)
        kinds = number_of(lever.off_kind, where), number_of(lever.on_kind, where)
        grid[lever.cell] = NUMBER[LEVER_KINDS[lever.on]]
        for cell in lever.cells:
            grid[cell] = kinds[lever.on]
    grid.setflags(write=False)
    return grid


def number_of(kind: str, where: str) -> int:
    """The number of a kind.

    Raises:
        WsimError: there is no such kind.
    """
    if kind not in NUMBER:
        raise WsimError(
            f"unknown kind of block {kind!r}", where=where, remedy=f"kinds are {', '.join(KINDS)}"
        )
    return NUMBER[kind]


def check_cell(blocks: Blocks, cell: Cell, where: str) -> None:
    """Refuse a cell outside the grid.

    Raises:
        WsimError: it lies outside.
    """
    if not all(0 <= place < size for place, size in zip(cell, blocks.shape, strict=True)):
        raise WsimError(
            f"cell {cell} lies outside a grid of {blocks.shape} cells",
            where=where,
            remedy="count cells from 0 and stay below the shape",
        )


def kind_at(grid: Grid, cell: Cell) -> int:
    """The number of the kind in any cell, outside the grid too."""
    i, j, k = cell
    if k < 0:
        return NUMBER["stone"]
    if k >= grid.shape[2]:
        return AIR
    if 0 <= i < grid.shape[0] and 0 <= j < grid.shape[1]:
        return int(grid[i, j, k])
    return int(grid[0, 0, k])


def inside(grid: Grid, cell: Cell) -> bool:
    """Whether a cell belongs to the grid."""
    return all(0 <= place < size for place, size in zip(cell, grid.shape, strict=True))


def walls_of(grid: Grid) -> tuple[UInt8[np.ndarray, "x+2 y+2 _"], int]:
    """The grid as the renderer walks it, and the height of the ground outside, cells.

    The air above the highest block is cut off. One more cell on every side says what lies outside: the kind
    of a block, or `OUTSIDE` where there is air.
    """
    tops = np.flatnonzero(grid.any(axis=(0, 1)))
    height = int(tops[-1]) + 1 if len(tops) else 1
    low = grid[:, :, :height]
    walls = np.empty((grid.shape[0] + 2, grid.shape[1] + 2, height + 2), np.uint8)
    walls[:, :, 1:-1] = low[0, 0]
    walls[:, :, 0], walls[:, :, -1] = NUMBER["stone"], AIR
    walls[walls == AIR] = OUTSIDE
    walls[1:-1, 1:-1, 1:-1] = low
    solid = np.flatnonzero(low[0, 0] != AIR)
    return walls, int(solid[-1]) + 1 if len(solid) else 0


def surface_cells(grid: Grid) -> list[Cell]:
    """The solid cells that have air on one of their sides, in order."""
    walls = walls_of(grid)[0] % OUTSIDE != AIR
    core = walls[1:-1, 1:-1, 1:-1]
    bare = np.zeros_like(core)
    for axis in range(3):
        for step in (-1, 1):
            bare |= ~np.roll(walls, step, axis)[1:-1, 1:-1, 1:-1]
    return [(int(i), int(j), int(k)) for i, j, k in np.argwhere(core & bare)]


def aimed_at(grid: Grid, origin: Vec3, direction: Vec3, reach: float) -> tuple[Cell, Cell] | None:
    """The first solid cell on a ray, and the empty cell before it; None when none is near enough.

    Args:
        grid: what there is.
        origin: in cells; it lies in air.
        direction: of unit length.
        reach: in cells, to where the ray enters the block.

    Source: Amanatides and Woo, "A fast voxel traversal algorithm for ray tracing", Eurographics 1987.
    """
    cell = [math.floor(place) for place in origin]
    step = [1 if part > 0.0 else -1 for part in direction]
    per_cell = [abs(1.0 / part) if part else math.inf for part in direction]
    to_border = [
        (cell[axis] + (step[axis] > 0) - origin[axis]) / direction[axis] if direction[axis] else math.inf
        for axis in range(3)
    ]
    while True:
        axis = to_border.index(min(to_border))
        if to_border[axis] > reach:
            return None
        before = (cell[0], cell[1], cell[2])
        cell[axis] += step[axis]
        to_border[axis] += per_cell[axis]
        after = (cell[0], cell[1], cell[2])
        if kind_at(grid, after) != AIR:
            return after, before

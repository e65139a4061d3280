"""Broken laws in worlds of blocks: what they change, and when.

block_changes    the cell `vector` becomes `other`; an amount of 0 changes nothing
reseeded         `amount` of the blocks of the landscape whose surface lies out of view become other kinds
action_ignored   the first `amount` actions at or after `time_s` do nothing
counter_wrong    `amount` is added to the number that the picture shows
effect_missing, effect_delayed, effect_elsewhere, effect_undone    as elsewhere; `body` names a lever
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int64

from wsim.errors import WsimError
from wsim.worlds.blocks.grid import Grid, check_cell, number_of, surface_cells
from wsim.worlds.blocks.keys import blocks_of
from wsim.worlds.blocks.kinds import KINDS, NATURAL, NUMBER
from wsim.worlds.scene import Action, Blocks, Cell, Lever, Scene, Vec3, Violation

_OF_WORLD = ("block_changes", "reseeded", "action_ignored", "counter_wrong")
_OF_LEVER = ("effect_missing", "effect_delayed", "effect_elsewhere", "effect_undone")
WIDEST = 2.0  # pictures up to so many times as wide as high, or as high as wide
_HALF_DIAGONAL = 0.87  # of a cell: what is that far out of view is so with all its corners


@dataclass(frozen=True, slots=True)
class View:
    """Where the agent looks from, in cells, and where to."""

    eye: Vec3
    yaw_deg: float
    pitch_deg: float


def is_of_blocks(scene: Scene, violation: Violation) -> bool:
    """Whether a broken law is about the blocks and not about a body."""
    names = {lever.name for lever in blocks_of(scene).levers}
    return violation.kind in _OF_WORLD or (violation.kind in _OF_LEVER and violation.body in names)


def of_blocks(scene: Scene) -> tuple[Violation, ...]:
    """The broken laws that are about the blocks."""
    return tuple(v for v in scene.violations if is_of_blocks(scene, v))


def check(scene: Scene) -> None:
    """Refuse what makes no sense.

    Raises:
        WsimError: a cell outside the grid, an unknown kind or lever, or a share beyond 0..1.
    """
    blocks = blocks_of(scene)
    names = [lever.name for lever in blocks.levers]
    for violation in of_blocks(scene):
        where = f"the violation {violation.kind} of {scene.family} {scene.seed}"
        if violation.kind == "block_changes":
            check_cell(blocks, _cell(violation), where)
            number_of(violation.other, where)
        if violation.kind == "reseeded" and not 0.0 <= violation.amount <= 1.0:
            raise WsimError(
                f"a share of {violation.amount:g} cannot be", where=where, remedy="give an amount of 0 to 1"
            )
        if violation.kind == "effect_elsewhere" and violation.other not in names:
            raise WsimError(
                f"there is no lever {violation.other!r}", where=where, remedy=f"name one of {names}"
            )


def heeded(violations: Sequence[Violation], actions: Sequence[Action]) -> tuple[Action, ...]:
    """The actions that take effect, in order of time."""
    left = sorted(actions, key=lambda action: action.time_s)
    for violation in violations:
        if violation.kind == "action_ignored":
            later = [action for action in left if action.time_s >= violation.time_s]
            ignored = later[: round(violation.amount)]
            left = [action for action in left if action not in ignored]
    return tuple(left)


def effect_of(
    violations: Sequence[Violation], blocks: Blocks, lever: Lever, time_s: float
) -> tuple[tuple[Cell, ...], float] | None:
    """Which cells a lever changes that is used at a time, and how many seconds later; None: no effect."""
    cells, delay_s = lever.cells, 0.0
    for violation in violations:
        if violation.body != lever.name or time_s < violation.time_s:
            continue
        if violation.kind == "effect_missing" and violation.amount > 0.0:
            return None
        if violation.kind == "effect_delayed":
            delay_s += violation.amount
        if violation.kind == "effect_elsewhere":
            cells = next(other.cells for other in blocks.levers if other.name == violation.other)
    return cells, delay_s


def changed_cells(
    scene: Scene, violation: Violation, grid: Grid, first: Grid, view: View
) -> Iterator[tuple[Cell, int]]:
    """The cells that become something else at the moment when a law is broken, and what they become."""
    if violation.amount <= 0.0:
        return
    if violation.kind == "block_changes":
        yield _cell(violation), NUMBER[violation.other]
    elif violation.kind == "effect_undone":
        for lever in blocks_of(scene).levers:
            if lever.name == violation.body:
                yield from ((cell, int(first[cell])) for cell in lever.cells)
    elif violation.kind == "reseeded":
        yield from _reseeded(scene, violation, grid, view)


def _cell(violation: Violation) -> Cell:
    x, y, z = (round(place) for place in violation.vector)
    return (x, y, z)


def _reseeded(scene: Scene, violation: Violation, grid: Grid, view: View) -> Iterator[tuple[Cell, int]]:
    """More of them for a larger share, the same ones first."""
    natural = {NUMBER[kind] for kind in NATURAL}
    surface = surface_cells(grid)
    hidden = out_of_view(np.array(surface).reshape(-1, 3), view, scene.camera.fov_deg).tolist()
    unseen = [cell for cell, away in zip(surface, hidden, strict=True) if away and int(grid[cell]) in natural]
    rng = np.random.default_rng(np.random.SeedSequence([scene.seed, len(KINDS)]))
    order = rng.permutation(len(unseen))
    steps = rng.integers(1, len(NATURAL), len(unseen))
    for index in order[: round(violation.amount * len(unseen))]:
        cell = unseen[index]
        old = NATURAL.index(KINDS[grid[cell]])
        yield cell, NUMBER[NATURAL[(old + int(steps[index])) % len(NATURAL)]]


def out_of_view(cells: Int64[np.ndarray, "... 3"], view: View, fov_deg: float) -> Bool[np.ndarray, "..."]:
    """Whether no part of a cell lies in a picture, be it square or `WIDEST` times as wide or as high."""
    yaw, pitch = math.radians(view.yaw_deg), math.radians(view.pitch_deg)
    x, y, z = (cells[..., axis] + 0.5 - view.eye[axis] for axis in range(3))
    level, aside = x * math.cos(yaw) + y * math.sin(yaw), y * math.cos(yaw) - x * math.sin(yaw)
    ahead = level * math.cos(pitch) + z * math.sin(pitch)
    above = z * math.cos(pitch) - level * math.sin(pitch)
    slope = math.tan(math.radians(fov_deg) / 2) * WIDEST
    margin = _HALF_DIAGONAL * math.hypot(1.0, slope)
    return np.asarray((abs(aside) > ahead * slope + margin) | (abs(above) > ahead * slope + margin))

"""Sizes and shapes that cannot be, and cells outside the grid of a world of blocks.

Axis letters: `face` half-spaces (unit normal, offset).
"""

import itertools
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from jaxtyping import Float64

from wsim.worlds.checks.numbers import LARGEST_M
from wsim.worlds.checks.problem import Problem
from wsim.worlds.scene import Blocks, Body, HalfSpace, Part, Scene, Vec3

_SIDES = {  # which of the three sizes a shape has; the others mean nothing
    "sphere": (0,), "box": (0, 1, 2), "cylinder": (0, 2), "capsule": (0, 2), "ellipsoid": (0, 1, 2),
    "convex": (0, 1, 2), "plane": (0, 1),
}  # fmt: skip
_PARALLEL = 1e-9
_ROUNDING_M = 1e-6


def shape_problems(scene: Scene) -> Iterator[Problem]:
    """Of every primitive of every body, and of the grid of blocks."""
    for index, body in enumerate(scene.bodies):
        field = f"bodies[{index}]"
        yield from _of_primitive(body, f"the body {body.name!r}", field)
        for number, part in enumerate(body.parts):
            yield from _of_primitive(part, f"part {number} of {body.name!r}", f"{field}.parts[{number}]")
    if scene.blocks is not None:
        yield from _of_blocks(scene.blocks)


def _of_primitive(primitive: Body | Part, named: str, field: str) -> Iterator[Problem]:
    shape = primitive.shape
    if shape not in _SIDES:
        yield Problem(f"{named} has no known shape: {shape!r}", f"{field}.shape", f"use {', '.join(_SIDES)}")
        return
    sizes = [primitive.size_m[axis] for axis in _SIDES[shape]]
    endless = shape == "plane" and sizes == [0.0, 0.0]
    if not endless and not all(0.0 < size <= LARGEST_M for size in sizes):
        yield Problem(
            f"{named}, a {shape}, cannot have the size {primitive.size_m}",
            f"{field}.size_m",
            f"give half sizes above 0 and up to {LARGEST_M:g} m",
        )
    elif shape == "convex" and (problem := _not_a_solid(primitive.faces, primitive.size_m)):
        yield Problem(
            f"{named} {problem}", f"{field}.faces", "give unit normals that point out and enclose the solid"
        )


@lru_cache(maxsize=1024)
def _not_a_solid(faces: tuple[HalfSpace, ...], size_m: Vec3) -> str:
    """Why the half-spaces do not make a solid within its half extents; empty when they do."""
    from wsim.errors import WsimError
    from wsim.worlds.physics.solids import corners

    planes = np.array(faces, dtype=np.float64).reshape(-1, 4)
    if not np.isfinite(planes).all() or (np.abs(np.linalg.norm(planes[:, :3], axis=1) - 1.0) > 1e-6).any():
        return "has a face whose normal is no unit vector"
    if not _bounded(planes):
        return f"is not closed by its {len(planes)} faces"
    try:
        reach = np.abs(corners(planes)).max(axis=0)
    except WsimError:
        return "has no inside"
    if (reach > np.array(size_m) + _ROUNDING_M).any():
        return f"reaches {', '.join(f'{side:g}' for side in reach)} m, beyond its half extents"
    return ""


def _bounded(planes: Float64[np.ndarray, "face 4"]) -> bool:
    """Whether no direction leads away for ever: no d with n . d <= 0 for all normals n.

    Such directions make a cone. If there is one at all then one lies along two of the faces, unless the
    normals do not even span space.
    """
    normals = planes[:, :3]
    if len(normals) < 4 or np.linalg.matrix_rank(normals, tol=_PARALLEL) < 3:
        return False
    first, second = np.array(list(itertools.combinations(range(len(normals)), 2))).T
    along = np.cross(normals[first], normals[second])
    length = np.linalg.norm(along, axis=1)
    along = along[length > _PARALLEL] / length[length > _PARALLEL, None]
    rises = np.concatenate([along, -along]) @ normals.T
    return not (rises <= _PARALLEL).all(axis=1).any()


def _of_blocks(blocks: Blocks) -> Iterator[Problem]:
    if min(blocks.shape) < 1 or not 0.0 < blocks.cell_m <= LARGEST_M:
        yield Problem(
            f"a grid of {blocks.shape} cells of {blocks.cell_m:g} m holds nothing",
            "blocks.shape, cell_m",
            "give at least one cell each way, of more than 0 m",
        )
    yield from _outside(blocks)
    for index, fill in enumerate(blocks.fills):
        (a, b, c), (x, y, z) = fill.low, fill.high
        if a > x or b > y or c > z:
            yield Problem(
                f"a fill from {fill.low} to {fill.high} is empty",
                f"blocks.fills[{index}]",
                "put the low corner first",
            )
    for index, action in enumerate(blocks.actions):
        if not (np.isfinite(action.time_s) and 0.0 <= action.duration_s < np.inf):
            yield Problem(
                f"the key {action.kind!r} cannot be held at {action.time_s:g} s for {action.duration_s:g} s",
                f"blocks.actions[{index}]",
                "give a finite time and a duration of 0 or more",
            )


def _outside(blocks: Blocks) -> Iterator[Problem]:
    """Cells beyond the grid."""
    cells = [(f"fills[{i}]", cell) for i, fill in enumerate(blocks.fills) for cell in (fill.low, fill.high)]
    for index, lever in enumerate(blocks.levers):
        cells += [(f"levers[{index}]", cell) for cell in (lever.cell, *lever.cells)]
    places = np.array([cell for _, cell in cells]).reshape(-1, 3)
    beyond = (places < 0).any(axis=1) | (places >= np.array(blocks.shape)).any(axis=1)
    for index in np.flatnonzero(beyond).tolist():
        field, cell = cells[index]
        yield Problem(
            f"the cell {cell} lies outside the grid",
            f"blocks.{field}",
            f"choose cells from (0, 0, 0) up to below {blocks.shape}",
        )

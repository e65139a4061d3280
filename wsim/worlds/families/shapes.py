"""Solid things of about the same size (ball, box, cylinder, cone, capsule), and a table to put them on."""

import dataclasses
import math

import numpy as np

from wsim.worlds.families import stage
from wsim.worlds.palette import NEUTRALS, PALETTE
from wsim.worlds.scene import Body, HalfSpace, Material, Part, Shape, Vec3

SOLIDS: tuple[Shape, ...] = ("sphere", "box", "cylinder", "convex", "capsule")
NOUNS: dict[Shape, str] = {
    "sphere": "ball", "box": "box", "cylinder": "cylinder", "convex": "cone", "capsule": "capsule",
}  # fmt: skip
_SIZES: dict[Shape, Vec3] = {
    "sphere": (0.155, 0.0, 0.0), "box": (0.125, 0.125, 0.125), "cylinder": (0.13, 0.0, 0.14),
    "convex": (0.18, 0.18, 0.19), "capsule": (0.115, 0.0, 0.09),
}  # fmt: skip
_SIDES = 24
_TABLE_HALF_M: Vec3 = (1.15, 0.62, 0.04)
_TABLE_HEIGHT_M = 0.7


def solid(name: str, shape: Shape, place_m: tuple[float, float], colour_name: str) -> Body:
    """A thing in a palette colour, some 0.15 m in radius, that stands at height zero.

    Args:
        name: of the body.
        shape: one of `SOLIDS`; `convex` is a cone with 24 sides.
        place_m: where on the ground.
        colour_name: of the palette.
    """
    size = _SIZES[shape]
    height_m = {"sphere": size[0], "capsule": size[0] + size[2]}.get(shape, size[2])
    return Body(
        name, shape, size, (*place_m, height_m), Material(colour=PALETTE[colour_name], specular=0.25),
        noun=NOUNS[shape], colour_name=colour_name, faces=cone(size[0], size[2]) if shape == "convex" else (),
    )  # fmt: skip


def cone(radius_m: float, half_height_m: float) -> tuple[HalfSpace, ...]:
    """Half-spaces of an upright cone around the origin: its sides, which meet at the tip, and its base."""
    slant = math.hypot(2 * half_height_m, radius_m)
    out, up = 2 * half_height_m / slant, radius_m / slant
    angles = [2 * math.pi * side / _SIDES for side in range(_SIDES)]
    sides = [(out * math.cos(a), out * math.sin(a), up, up * half_height_m) for a in angles]
    return (*sides, (0.0, 0.0, -1.0, half_height_m))


def table(rng: np.random.Generator, colour_name: str, wall_name: str) -> tuple[Body, Body, Body]:
    """A table with four legs, its top at height zero, on a floor before a wall; all in neutrals."""
    half_x, half_y, half_z = _TABLE_HALF_M
    material = stage.rough(NEUTRALS[colour_name], 4.0, 0.15)
    leg_half_m = (_TABLE_HEIGHT_M - 2 * half_z) / 2
    legs = tuple(
        Part("box", (0.04, 0.04, leg_half_m), (x, y, -half_z - leg_half_m), material)
        for x in (-half_x + 0.06, half_x - 0.06)
        for y in (-half_y + 0.06, half_y - 0.06)
    )
    top = Body(
        "table", "box", _TABLE_HALF_M, (0.0, 0.0, -half_z), material, noun="table", colour_name=colour_name,
        parts=legs,
    )  # fmt: skip
    floor_name = next(name for name in ("grey", "beige", "brown") if name not in (colour_name, wall_name))
    floor = stage.floor(rng, stage.rough(NEUTRALS[floor_name], 2.5, 0.15), floor_name)
    wall = stage.back_wall(rng, 1.6, stage.rough(NEUTRALS[wall_name], 1.2, 0.1), wall_name)
    return top, _lowered(floor), _lowered(wall)


def _lowered(body: Body) -> Body:
    x, y, z = body.position_m
    return dataclasses.replace(body, position_m=(x, y, z - _TABLE_HEIGHT_M))

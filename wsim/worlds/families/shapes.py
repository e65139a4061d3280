"""Solid things that stand on the ground, of about the same size: ball, box, cylinder, cone, capsule."""

import math

from wsim.worlds.palette import PALETTE
from wsim.worlds.scene import Body, HalfSpace, Material, Shape, Vec3

SOLIDS: tuple[Shape, ...] = ("sphere", "box", "cylinder", "convex", "capsule")
NOUNS: dict[Shape, str] = {
    "sphere": "ball", "box": "box", "cylinder": "cylinder", "convex": "cone", "capsule": "capsule",
}  # fmt: skip
_SIZES: dict[Shape, Vec3] = {
    "sphere": (0.155, 0.0, 0.0), "box": (0.125, 0.125, 0.125), "cylinder": (0.13, 0.0, 0.14),
    "convex": (0.18, 0.18, 0.19), "capsule": (0.115, 0.0, 0.09),
}  # fmt: skip
_SIDES = 24


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

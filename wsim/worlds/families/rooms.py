"""Textured rooms and the still things in them, for families in which only the camera moves."""

import math
from collections.abc import Sequence

import numpy as np

from wsim.worlds.families import stage
from wsim.worlds.palette import NEUTRALS, PALETTE, darker, paler
from wsim.worlds.scene import Body, Material, Quat, Shape, Thing, Vec3

DISC_M = 1.45  # things stand on a disc of this radius around the origin
HALF_HALL_M = 4.6  # of a hall: a camera within 4 m of its middle sees nothing but the inside

_HALF_WIDTH_M, _BACK_M, _FRONT_M, _HEIGHT_M = 2.5, 2.3, -3.2, 3.2
_HALL_HEIGHT_M = 4.4
_FACING_AWAY: Quat = (0.0, 0.0, math.sqrt(0.5), math.sqrt(0.5))  # local z towards +y, local y up
_NOUNS: dict[Shape, str] = {"box": "box", "cylinder": "cylinder", "sphere": "ball"}


def stage_room(rng: np.random.Generator) -> list[Body]:
    """A floor and three walls; the fourth side, where the camera stands, is open."""
    half_depth, middle_y = (_BACK_M - _FRONT_M) / 2, (_BACK_M + _FRONT_M) / 2
    back_size = (_HALF_WIDTH_M, _HEIGHT_M / 2, 0.0)
    side_size = (half_depth, _HEIGHT_M / 2, 0.0)
    pieces: list[tuple[str, Vec3, Vec3, Quat]] = [
        ("floor", (_HALF_WIDTH_M, half_depth, 0.0), (0.0, middle_y, 0.0), stage.turned(0.0)),
        ("back wall", back_size, (0.0, _BACK_M, _HEIGHT_M / 2), stage.FACING_CAMERA),
        ("left wall", side_size, (-_HALF_WIDTH_M, middle_y, _HEIGHT_M / 2), stage.FACING_RIGHT),
        ("right wall", side_size, (_HALF_WIDTH_M, middle_y, _HEIGHT_M / 2), stage.FACING_LEFT),
    ]
    return _plastered(rng, pieces)


def hall(rng: np.random.Generator) -> list[Body]:
    """A floor and four walls around it, square, wide enough for a camera to go round inside."""
    half, middle_z = HALF_HALL_M, _HALL_HEIGHT_M / 2
    wall = (half, _HALL_HEIGHT_M / 2, 0.0)
    pieces: list[tuple[str, Vec3, Vec3, Quat]] = [
        ("floor", (half, half, 0.0), (0.0, 0.0, 0.0), stage.turned(0.0)),
        ("back wall", wall, (0.0, half, middle_z), stage.FACING_CAMERA),
        ("left wall", wall, (-half, 0.0, middle_z), stage.FACING_RIGHT),
        ("right wall", wall, (half, 0.0, middle_z), stage.FACING_LEFT),
        ("front wall", wall, (0.0, -half, middle_z), _FACING_AWAY),
    ]
    return _plastered(rng, pieces)


def surroundings(bodies: Sequence[Body]) -> tuple[Thing, Thing]:
    """Floor and walls, for the story of a room."""
    walls = [body for body in bodies if body.noun == "wall"]
    (floor,) = (body for body in bodies if body.noun == "floor")
    return (
        Thing("floor", "floor", floor.colour_name),
        Thing("walls", "wall", walls[0].colour_name, len(walls)),
    )


def _plastered(rng: np.random.Generator, pieces: list[tuple[str, Vec3, Vec3, Quat]]) -> list[Body]:
    floor_name, wall_name = stage.pick(
        rng, [("grey", "beige"), ("brown", "grey"), ("beige", "brown"), ("brown", "beige"), ("beige", "grey")]
    )
    bodies = []
    for name, size, position, rotation in pieces:
        is_floor = name == "floor"
        colour_name = floor_name if is_floor else wall_name
        bodies.append(
            Body(
                name,
                "plane",
                size,
                position,
                _plaster(rng, NEUTRALS[colour_name]),
                rotation=rotation,
                noun="floor" if is_floor else "wall",
                colour_name=colour_name,
            )
        )
    return bodies


def _plaster(rng: np.random.Generator, colour: Vec3) -> Material:
    """Patches of four pixels or so at the far wall: corners to follow at 64x64."""
    cells_per_m = stage.between(rng, 2.6, 3.6)
    return Material("noise", paler(colour, 0.25), darker(colour, stage.between(rng, 0.4, 0.55)), cells_per_m)


def things(layout: np.random.Generator, material: np.random.Generator) -> list[Body]:
    """Five to seven things on the floor that do not touch each other, each in a colour of its own.

    A seventh takes a colour again, with another shape.
    """
    colours, shapes = list(PALETTE), list(_NOUNS)
    material.shuffle(colours)
    chosen = [stage.pick(material, shapes) for _ in colours]
    looks = list(zip(colours, chosen, strict=True))
    looks.append((colours[0], shapes[(shapes.index(chosen[0]) + 1) % len(shapes)]))
    placed: list[Body] = []
    for x_m, y_m, radius_m in _places(layout, 5 + int(layout.integers(3))):
        colour_name, shape = looks[len(placed)]
        tall = radius_m if shape == "sphere" else stage.between(layout, 0.8, 1.5) * radius_m
        kind = stage.pick(material, ["checker", "noise"])
        pattern = patterned(kind, colour_name, stage.between(material, 4.5, 6.5))
        yaw_rad = stage.between(layout, 0.0, math.pi)
        placed.append(
            thing(f"thing {len(placed)}", shape, (x_m, y_m), radius_m, tall, colour_name, pattern, yaw_rad)
        )
    return placed


def thing(
    name: str,
    shape: Shape,
    place_m: tuple[float, float],
    radius_m: float,
    tall_m: float,
    colour_name: str,
    material: Material,
    yaw_rad: float = 0.0,
) -> Body:
    """A ball, box or cylinder that stands on the floor within `radius_m`; `tall_m` is half its height."""
    size: dict[Shape, Vec3] = {
        "sphere": (radius_m, 0.0, 0.0),
        "cylinder": (0.9 * radius_m, 0.0, tall_m),
        "box": (0.75 * radius_m, 0.75 * radius_m, tall_m),
    }
    return Body(
        name, shape, size[shape], (*place_m, tall_m), material,
        rotation=stage.turned(yaw_rad), noun=_NOUNS[shape], colour_name=colour_name,
    )  # fmt: skip


def patterned(kind: str, colour_name: str, cells_per_m: float) -> Material:
    """Checker or noise in two tones of a palette colour."""
    colour = PALETTE[colour_name]
    if kind == "checker":
        return Material("checker", colour, darker(colour, 0.4), cells_per_m, 0.1)
    return Material("noise", paler(colour, 0.15), darker(colour, 0.35), cells_per_m, 0.1)


def _places(rng: np.random.Generator, count: int) -> list[tuple[float, float, float]]:
    """Centres and radii on the floor, by rejection, within a disc that the camera sees from all sides."""
    places: list[tuple[float, float, float]] = []
    while len(places) < count:
        x_m, y_m = stage.between(rng, -DISC_M, DISC_M), stage.between(rng, -DISC_M, DISC_M)
        radius_m = stage.between(rng, 0.23, 0.32) + 0.03 * (y_m + DISC_M)  # larger at the back
        apart = all(math.dist((x_m, y_m), p[:2]) > radius_m + p[2] + 0.16 for p in places)
        if apart and math.hypot(x_m, y_m) < DISC_M:
            places.append((x_m, y_m, radius_m))
    return places

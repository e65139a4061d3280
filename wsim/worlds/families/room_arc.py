"""A textured room full of things, while the camera goes round it on an arc."""

import math

import numpy as np

from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.family import Twins
from wsim.worlds.palette import NEUTRALS, PALETTE, darker, paler
from wsim.worlds.scene import Body, CameraPath, Material, Quat, Scene, Shape, Vec3, Violation

FAMILY_ID = 1
SHOWS = "The camera arcs around a still room of textured things."

_HALF_WIDTH_M, _BACK_M, _FRONT_M, _HEIGHT_M = 2.5, 2.3, -3.2, 3.2
_FOV_DEG = 50.0
_DISC_M = 1.45
_NOUNS: dict[Shape, str] = {"box": "box", "cylinder": "cylinder", "sphere": "ball"}


def room_arc(seed: int, duration_s: float = stage.DEFAULT_DURATION_S) -> Scene:
    """Nothing moves but the camera, by 35 to 60 degrees to one side, at a constant rate."""
    rng = stage.streams(FAMILY_ID, seed, "room", "layout", "material", "camera")
    bodies = (*_room(rng["room"]), *_things(rng["layout"], rng["material"]))
    return captioned(Scene("room_arc", seed, duration_s, bodies, _camera(rng["camera"])))


def twins(scene: Scene) -> Twins:
    """A room whose things do not keep their places."""
    return Twins({"wobble": scene.violated(Violation("wobble", amount=0.1))})


def _room(rng: np.random.Generator) -> list[Body]:
    """A floor and three walls; the fourth side is open."""
    floor_name, wall_name = stage.pick(
        rng, [("grey", "beige"), ("brown", "grey"), ("beige", "brown"), ("brown", "beige"), ("beige", "grey")]
    )
    half_depth, middle_y = (_BACK_M - _FRONT_M) / 2, (_BACK_M + _FRONT_M) / 2
    back_size = (_HALF_WIDTH_M, _HEIGHT_M / 2, 0.0)
    side_size = (half_depth, _HEIGHT_M / 2, 0.0)
    pieces: list[tuple[str, Vec3, Vec3, Quat]] = [
        ("floor", (_HALF_WIDTH_M, half_depth, 0.0), (0.0, middle_y, 0.0), stage.turned(0.0)),
        ("back wall", back_size, (0.0, _BACK_M, _HEIGHT_M / 2), stage.FACING_CAMERA),
        ("left wall", side_size, (-_HALF_WIDTH_M, middle_y, _HEIGHT_M / 2), stage.FACING_RIGHT),
        ("right wall", side_size, (_HALF_WIDTH_M, middle_y, _HEIGHT_M / 2), stage.FACING_LEFT),
    ]
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


def _things(layout: np.random.Generator, material: np.random.Generator) -> list[Body]:
    """Five to seven things on the floor that do not touch each other, each in a colour of its own.

    A seventh takes a colour again, with another shape.
    """
    colours, shapes = list(PALETTE), list(_NOUNS)
    material.shuffle(colours)
    chosen = [stage.pick(material, shapes) for _ in colours]
    looks = list(zip(colours, chosen, strict=True))
    looks.append((colours[0], shapes[(shapes.index(chosen[0]) + 1) % len(shapes)]))
    things: list[Body] = []
    for x_m, y_m, radius_m in _places(layout, 5 + int(layout.integers(3))):
        colour_name, shape = looks[len(things)]
        tall = radius_m if shape == "sphere" else stage.between(layout, 0.8, 1.5) * radius_m
        size: dict[Shape, Vec3] = {
            "sphere": (radius_m, 0.0, 0.0),
            "cylinder": (0.9 * radius_m, 0.0, tall),
            "box": (0.75 * radius_m, 0.75 * radius_m, tall),
        }
        kind = stage.pick(material, ["checker", "noise"])
        things.append(
            Body(
                f"thing {len(things)}",
                shape,
                size[shape],
                (x_m, y_m, tall),
                _pattern(kind, PALETTE[colour_name], stage.between(material, 4.5, 6.5)),
                rotation=stage.turned(stage.between(layout, 0.0, math.pi)),
                noun=_NOUNS[shape],
                colour_name=colour_name,
            )
        )
    return things


def _pattern(kind: str, colour: Vec3, cells_per_m: float) -> Material:
    if kind == "checker":
        return Material("checker", colour, darker(colour, 0.4), cells_per_m, 0.1)
    return Material("noise", paler(colour, 0.15), darker(colour, 0.35), cells_per_m, 0.1)


def _places(rng: np.random.Generator, count: int) -> list[tuple[float, float, float]]:
    """Centres and radii on the floor, by rejection, within a disc that the camera sees from all sides."""
    places: list[tuple[float, float, float]] = []
    while len(places) < count:
        x_m, y_m = stage.between(rng, -_DISC_M, _DISC_M), stage.between(rng, -_DISC_M, _DISC_M)
        radius_m = stage.between(rng, 0.23, 0.32) + 0.03 * (y_m + _DISC_M)  # larger at the back
        apart = all(math.dist((x_m, y_m), p[:2]) > radius_m + p[2] + 0.16 for p in places)
        if apart and math.hypot(x_m, y_m) < _DISC_M:
            places.append((x_m, y_m, radius_m))
    return places


def _camera(rng: np.random.Generator) -> CameraPath:
    """It passes the middle of the open side near half time, and always looks at the middle of the room."""
    arc_deg = stage.between(rng, 35.0, 60.0) * stage.either(rng)
    start_rad = math.radians(-arc_deg / 2 + stage.between(rng, -4.0, 4.0))
    distance_m, height_m = stage.between(rng, 3.4, 3.8), stage.between(rng, 1.5, 2.0)
    eye = (distance_m * math.sin(start_rad), -distance_m * math.cos(start_rad), height_m)
    return CameraPath(eye, (0.0, 0.0, stage.between(rng, 0.45, 0.6)), _FOV_DEG, arc_deg)

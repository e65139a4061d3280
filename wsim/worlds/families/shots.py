"""Three shots of the same things: from one side, from another, and from the first side again."""

import math

import numpy as np

from wsim.worlds.captions import captioned
from wsim.worlds.families import rooms, stage
from wsim.worlds.families.family import Twins
from wsim.worlds.palette import PALETTE
from wsim.worlds.scene import (
    Body,
    CameraPath,
    Cut,
    Happening,
    Rail,
    Scene,
    Shape,
    Story,
    Thing,
    Vec3,
    Violation,
)

FAMILY_ID = 62
SHOWS = "Three shots of the same things, from two sides, while a ball rolls slowly."

_FOV_DEG = 45.0
_RUN_UP_S = 1.0


def shots(seed: int, duration_s: float = stage.DEFAULT_DURATION_S) -> Scene:
    """A box and a cylinder that stand, a ball that rolls before them; the picture is cut twice.

    Args:
        seed: one world for every seed.
        duration_s: of the clip; every shot takes a third of it.
    """
    rng = stage.streams(FAMILY_ID, seed, "room", "layout", "material", "camera", "motion")
    colours = list(PALETTE)
    rng["material"].shuffle(colours)
    way = stage.either(rng["motion"])
    things = (
        *_standing(rng["layout"], rng["material"], colours),
        _ball(rng["motion"], colours[2], way, duration_s),
    )
    first, second = _cameras(rng["camera"])
    cuts = (Cut(duration_s / 3, second), Cut(2 * duration_s / 3, first))
    story = Story(
        tuple(Thing(thing.name, thing.noun, thing.colour_name) for thing in things),
        happenings=(Happening("roll", "ball", way="right" if way > 0.0 else "left"),),
        camera="cut, cut back",
    )
    bodies = (*rooms.hall(rng["room"]), *things)
    return captioned(Scene("shots", seed, duration_s, bodies, first, cuts=cuts, story=story))


def twins(scene: Scene) -> Twins:
    """Things that are not the same after the first cut."""
    cut_s = scene.cuts[0].time_s
    thing = ("ball", "box", "cylinder")[scene.seed % 3]
    worn = {scene.body(name).colour_name for name in ("ball", "box", "cylinder")}
    other = [name for name in PALETTE if name not in worn][scene.seed % 3]
    reshaped: dict[str, Shape] = {"ball": "box", "box": "cylinder", "cylinder": "box"}
    broken = {
        "recolour": Violation("recolour", cut_s, thing, vector=PALETTE[other]),
        "reshape": Violation("reshape", cut_s, thing, other=reshaped[thing]),
        "swap": Violation("swap", cut_s, "box", other="cylinder"),
        "vanish": Violation("vanish", cut_s, thing),
    }
    return Twins(
        violated={name: scene.violated(violation) for name, violation in broken.items()},
        shams={"other_sun": stage.lit_from_the_other_side(scene)},
    )


def _standing(
    layout: np.random.Generator, material: np.random.Generator, colours: list[str]
) -> tuple[Body, Body]:
    """A box and a cylinder next to each other, either on either side."""
    side = stage.either(layout)

    def standing(name: str, shape: Shape, x_m: float, colour: str) -> Body:
        radius_m = stage.between(layout, 0.34, 0.38)
        place = (x_m + stage.between(layout, -0.05, 0.05), stage.between(layout, 0.25, 0.5))
        pattern = rooms.patterned(stage.pick(material, ["checker", "noise"]), colour, 4.5)
        tall_m, yaw_rad = stage.between(layout, 1.0, 1.3) * radius_m, stage.between(layout, 0.0, math.pi)
        return rooms.thing(name, shape, place, radius_m, tall_m, colour, pattern, yaw_rad)

    return (
        standing("box", "box", -0.62 * side, colours[0]),
        standing("cylinder", "cylinder", 0.62 * side, colours[1]),
    )


def _ball(rng: np.random.Generator, colour: str, way: float, duration_s: float) -> Body:
    """It is in the middle at half time and rolls on at 0.3 to 0.45 m/s."""
    radius_m = stage.between(rng, 0.26, 0.29)
    speed_m_s, y_m = way * stage.between(rng, 0.3, 0.45), stage.between(rng, -0.75, -0.6)
    start_s, end_s = -_RUN_UP_S, duration_s + _RUN_UP_S
    start, end = ((speed_m_s * (t - duration_s / 2), y_m, radius_m) for t in (start_s, end_s))
    return Body(
        "ball", "sphere", (radius_m, 0.0, 0.0), start,
        stage.banded(PALETTE[colour], radius_m),
        motion="rail", rail=Rail((start_s, end_s), (start, end), spin_rad_s=(0.0, speed_m_s / radius_m, 0.0)),
        noun="ball", colour_name=colour,
    )  # fmt: skip


def _cameras(rng: np.random.Generator) -> tuple[CameraPath, CameraPath]:
    """From the front, and from 35 to 55 degrees to one side, a little nearer and lower or higher."""
    aside_rad = math.radians(stage.between(rng, 35.0, 55.0)) * stage.either(rng)
    return _camera(rng, 0.0, 3.3), _camera(rng, aside_rad, 3.0)


def _camera(rng: np.random.Generator, aside_rad: float, distance_m: float) -> CameraPath:
    target: Vec3 = (0.0, 0.0, 0.38)
    height_m = stage.between(rng, 1.2, 1.7)
    eye = (distance_m * math.sin(aside_rad), -distance_m * math.cos(aside_rad), height_m)
    return CameraPath(eye, target, _FOV_DEG)

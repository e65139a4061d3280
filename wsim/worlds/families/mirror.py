"""Something moves along before a mirror on the wall, and its image moves with it."""

import math

import numpy as np

from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.family import Twins
from wsim.worlds.palette import NEUTRALS, PALETTE
from wsim.worlds.scene import (
    Body,
    Happening,
    Material,
    Part,
    Rail,
    Relation,
    Scene,
    Story,
    Thing,
    Vec3,
    Violation,
)

FAMILY_ID = 30
SHOWS = "A ball or a box moves before a mirror, and its image moves with it."

_FOV_DEG = 40.0
_RUN_UP_S = 1.0  # it moves before and after the clip too
_GLASS_Y_M = 0.62
_GLASS_HALF: Vec3 = (1.12, 0.02, 0.62)
_GLASS_LOW_M = 0.09
_FRAME_M = 0.045  # half its width
_GLASS = Material(colour=(0.80, 0.84, 0.86), mirror=0.9)
_LIGHT: Vec3 = (0.22, -0.30, 0.88)  # from above, so that front and back are bright


def mirror(seed: int, duration_s: float = stage.DEFAULT_DURATION_S) -> Scene:
    """A ball rolls or a box slides along the wall, at constant speed, towards it or away from it a little."""
    rng = stage.streams(FAMILY_ID, seed, "layout", "motion", "material")
    colour = stage.pick(rng["material"], list(PALETTE))
    thing = _thing(rng["layout"], rng["motion"], colour, duration_s)
    floor, wall = stage.backdrop(rng["material"], _GLASS_Y_M + _GLASS_HALF[1] + 0.01)
    frame = stage.pick(rng["material"], [n for n in ("black", "brown", "white") if n != wall.colour_name])
    camera = stage.camera_at_height(
        stage.between(rng["layout"], 23.5, 25.5), (0.0, 0.30, 0.32), stage.between(rng["layout"], 33.0, 39.0),
        _FOV_DEG,
    )  # fmt: skip
    bodies = (thing, _mirror(frame), floor, wall)
    return captioned(
        Scene("mirror", seed, duration_s, bodies, camera, light_direction=_LIGHT, story=_story(thing))
    )


def twins(scene: Scene) -> Twins:
    """The mirror shows the thing elsewhere, or not at all."""
    middle_s, name = 0.5 * scene.duration_s, scene.bodies[0].name
    aside = (-math.copysign(0.62, _way(scene.bodies[0])), 0.0, 0.0)
    glass = scene.body("mirror")
    other = NEUTRALS["white" if glass.parts[0].material.colour != NEUTRALS["white"] else "black"]
    return Twins(
        violated={
            "image_elsewhere": scene.violated(Violation("mirror_lies", middle_s, name, vector=aside)),
            "image_missing": scene.violated(Violation("mirror_lies", middle_s, name)),
        },
        shams={"frame": scene.with_body("mirror", parts=_frame(other))},
    )


def _thing(layout: np.random.Generator, motion: np.random.Generator, colour: str, duration_s: float) -> Body:
    """It crosses the middle of the picture at half time."""
    half_m = stage.between(layout, 0.27, 0.30)
    reach_m, middle_y = stage.between(motion, 0.58, 0.72), stage.between(motion, -0.14, -0.04)
    way, slant_m = stage.either(motion), stage.between(motion, -0.09, 0.09)
    velocity = (2 * way * reach_m / duration_s, 2 * slant_m / duration_s)
    start_s, end_s = -_RUN_UP_S, duration_s + _RUN_UP_S
    start, end = (
        (velocity[0] * (t - duration_s / 2), middle_y + velocity[1] * _held(t, duration_s), half_m)
        for t in (0.0, duration_s)
    )
    points = (
        (velocity[0] * (start_s - duration_s / 2), start[1], half_m), start, end,
        (velocity[0] * (end_s - duration_s / 2), end[1], half_m),
    )  # fmt: skip
    times_s = (start_s, 0.0, duration_s, end_s)
    if motion.random() < 0.5:
        spin = (-velocity[1] / half_m, velocity[0] / half_m, 0.0)
        return Body(
            "ball", "sphere", (half_m, 0.0, 0.0), points[0], stage.banded(PALETTE[colour], half_m),
            motion="rail", rail=Rail(times_s, points, spin_rad_s=spin), noun="ball", colour_name=colour,
        )  # fmt: skip
    size = (0.88 * half_m, 0.88 * half_m, half_m)
    return Body(
        "box", "box", size, points[0], Material(colour=PALETTE[colour], specular=0.1),
        rotation=stage.turned(stage.between(layout, 0.2, 0.6)), motion="rail", rail=Rail(times_s, points),
        noun="box", colour_name=colour,
    )  # fmt: skip


def _held(time_s: float, duration_s: float) -> float:
    return time_s - duration_s / 2


def _mirror(frame: str) -> Body:
    """A pane of glass, and four bars around it."""
    height_m = _GLASS_LOW_M + _GLASS_HALF[2]
    return Body(
        "mirror", "box", _GLASS_HALF, (0.0, _GLASS_Y_M, height_m), _GLASS, parts=_frame(NEUTRALS[frame]),
        noun="mirror",
    )  # fmt: skip


def _frame(colour: Vec3) -> tuple[Part, ...]:
    material, (x, y, z) = Material(colour=colour), _GLASS_HALF
    upright, level = (_FRAME_M, y, z + 2 * _FRAME_M), (x, y, _FRAME_M)
    bars = []
    for side in (-1.0, 1.0):
        bars.append(Part("box", upright, (side * (x + _FRAME_M), 0.0, 0.0), material))
        bars.append(Part("box", level, (0.0, 0.0, side * (z + _FRAME_M)), material))
    return tuple(bars)


def _way(thing: Body) -> float:
    assert thing.rail is not None
    return 1.0 if thing.rail.points_m[-1][0] > thing.rail.points_m[0][0] else -1.0


def _story(thing: Body) -> Story:
    way = "right" if _way(thing) > 0.0 else "left"
    return Story(
        (Thing(thing.name, thing.noun, thing.colour_name), Thing("mirror", "mirror")),
        relations=(Relation("in front of", thing.name, "mirror"),),
        happenings=(Happening("roll" if thing.shape == "sphere" else "slide", thing.name, way=way),),
    )

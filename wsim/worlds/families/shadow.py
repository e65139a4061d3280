"""A ball bounces or a box slides over a sunny floor, and its shadow goes with it."""

import math

import numpy as np

from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.family import Twins
from wsim.worlds.palette import NEUTRALS, PALETTE
from wsim.worlds.scene import Body, Happening, Material, Rail, Scene, Story, Thing, Vec3, Violation

FAMILY_ID = 31
SHOWS = "A ball bounces or a box slides over a sunny floor, and its shadow goes with it."

_FOV_DEG = 40.0
_RUN_UP_S = 1.0  # a box slides before and after the clip too
_BOUNCY = 0.86


def shadow(seed: int, duration_s: float = stage.DEFAULT_DURATION_S) -> Scene:
    """It crosses the picture; a pillar that stands behind shows which way shadows fall."""
    rng = stage.streams(FAMILY_ID, seed, "layout", "motion", "material", "light")
    px_per_m = stage.between(rng["layout"], 23.0, 25.0)
    size_m = stage.between(rng["layout"], 7.2, 7.9) / px_per_m
    side = stage.either(rng["light"])  # where the light comes from
    light: Vec3 = (
        side * stage.between(rng["light"], 0.42, 0.55),
        -stage.between(rng["light"], 0.1, 0.3),
        0.8,
    )
    colour = stage.pick(rng["material"], list(PALETTE))
    bounces = bool(rng["motion"].random() < 0.5)
    make_thing = _ball if bounces else _box
    thing = make_thing(rng["motion"], size_m, colour, side, duration_s)
    ground = stage.pick(rng["material"], ["grey", "beige", "white"])
    bodies = (
        thing,
        _pillar(rng["layout"], rng["material"], side, ground),
        stage.floor(rng["material"], stage.rough(NEUTRALS[ground], 2.0, 0.12), ground),
    )
    camera = stage.camera_at_height(
        px_per_m, (0.0, 0.35, 0.25), stage.between(rng["layout"], 36.0, 44.0), _FOV_DEG
    )
    way = "right" if thing.velocity_m_s[0] > 0.0 or _slides_right(thing) else "left"
    story = Story(
        (Thing(thing.name, thing.noun, colour), Thing("floor", "floor", ground)),
        happenings=(Happening("bounce" if bounces else "slide", thing.name, "floor", way),),
    )
    return captioned(
        Scene(
            "shadow", seed, duration_s, bodies, camera, physics="collisions" if bounces else "contacts",
            light_direction=light, story=story,
        )
    )  # fmt: skip


def twins(scene: Scene) -> Twins:
    """The shadow is gone, or lies where nothing throws it."""
    middle_s, thing = 0.5 * scene.duration_s, scene.bodies[0]
    size_m, away = thing.size_m[0], -math.copysign(1.0, scene.light_direction[0])
    aside = (1.0 * size_m * away, -2.5 * size_m, 0.0)
    return Twins(
        violated={
            "shadow_missing": scene.violated(Violation("shadow_missing", middle_s, thing.name)),
            "shadow_detached": scene.violated(
                Violation("shadow_detached", middle_s, thing.name, vector=aside)
            ),
        },
        shams={"light": stage.lit_from_the_other_side(scene)},
    )


def _ball(rng: np.random.Generator, radius_m: float, colour: str, side: float, duration_s: float) -> Body:
    """Dropped from some height while it flies across; the floor is hit at least once."""
    reach_m, way = stage.between(rng, 0.40, 0.50), stage.either(rng)
    height_m = radius_m + stage.between(rng, 0.45, 0.70)
    shift_m = 0.12 * side  # its shadow lies on the other side
    return Body(
        "ball", "sphere", (radius_m, 0.0, 0.0), (shift_m - way * reach_m, 0.0, height_m),
        Material(colour=PALETTE[colour], specular=0.25), motion="dynamic",
        velocity_m_s=(2 * way * reach_m / duration_s, 0.0, 0.0), restitution=_BOUNCY, noun="ball",
        colour_name=colour,
    )  # fmt: skip


def _box(rng: np.random.Generator, half_m: float, colour: str, side: float, duration_s: float) -> Body:
    """On a rail, at constant speed."""
    speed = 2 * stage.between(rng, 0.55, 0.70) * stage.either(rng) / duration_s
    times_s = (-_RUN_UP_S, duration_s + _RUN_UP_S)
    points = tuple((0.12 * side + speed * (t - duration_s / 2), 0.0, 0.9 * half_m) for t in times_s)
    return Body(
        "box", "box", (0.8 * half_m, 0.8 * half_m, 0.9 * half_m), points[0], Material(colour=PALETTE[colour]),
        rotation=stage.turned(stage.between(rng, -0.5, 0.5)), motion="rail", rail=Rail(times_s, points),
        noun="box", colour_name=colour,
    )  # fmt: skip


def _slides_right(thing: Body) -> bool:
    return thing.rail is not None and thing.rail.points_m[-1][0] > thing.rail.points_m[0][0]


def _pillar(layout: np.random.Generator, material: np.random.Generator, side: float, ground: str) -> Body:
    """On the side of the light, so that its shadow falls towards the middle, behind whatever moves."""
    name = stage.pick(material, [n for n in ("brown", "black", "white") if n != ground])
    radius_m, half_m = stage.between(layout, 0.13, 0.17), stage.between(layout, 0.25, 0.35)
    place = (side * stage.between(layout, 0.55, 0.75), stage.between(layout, 1.15, 1.3), half_m)
    return Body(
        "pillar", "cylinder", (radius_m, 0.0, half_m), place, stage.rough(NEUTRALS[name], 5.0),
        noun="pillar", colour_name=name,
    )  # fmt: skip

"""Things in a hall; the camera looks away from them, waits, and looks back."""

import math

import numpy as np

from wsim.errors import WsimError
from wsim.worlds.captions import captioned
from wsim.worlds.families import rooms, stage
from wsim.worlds.families.family import Twins
from wsim.worlds.palette import NEUTRALS, PALETTE
from wsim.worlds.scene import Body, CameraPath, Scene, Shape, Story, Thing, Violation

FAMILY_ID = 61
SHOWS = "The camera looks away from some things and back again."

_FOV_DEG = 45.0
_LOOKS_S, _LOOKS_AGAIN_S = 0.2, 0.3  # the camera rests on the things, before and after
_DEG_S, _FASTEST_DEG_S = 150.0, 400.0
_LOOKS = (_LOOKS_S, _LOOKS_AGAIN_S)
_SLOTS_M = (-0.78, 0.0, 0.78)
_SHAPES: tuple[Shape, ...] = ("box", "cylinder", "sphere")


def look_away(
    seed: int, angle_deg: float = 60.0, wait_s: float = 0.2, duration_s: float | None = None
) -> Scene:
    """Three things side by side; the camera turns to one side on the spot, waits, and turns back.

    Args:
        seed: one world for every seed.
        angle_deg: how far it turns, 30 to 180. From 45 degrees on a square picture shows nothing of the
            things meanwhile, a wide one from 60 on.
        wait_s: how long it rests there.
        duration_s: 1.5 s for the defaults, else so long that it turns at the same rate.

    Raises:
        WsimError: an angle out of range, or more than can be done in that time.
    """
    turns_s = angle_deg / _DEG_S if duration_s is None else (duration_s - sum(_LOOKS) - wait_s) / 2
    _check(angle_deg, wait_s, turns_s)
    duration_s = sum(_LOOKS) + wait_s + 2 * turns_s if duration_s is None else duration_s
    rng = stage.streams(FAMILY_ID, seed, "room", "layout", "material", "camera", "landmarks")
    side = stage.either(rng["camera"])
    things = _things(rng["layout"], rng["material"])
    bodies = (*rooms.hall(rng["room"]), *things, *_landmarks(rng["landmarks"]))
    away_s, back_s = _LOOKS_S + turns_s, _LOOKS_S + turns_s + wait_s
    waits = ((back_s, 1.0),) if wait_s > 0.0 else ()
    keys = ((_LOOKS_S, 0.0), (away_s, 1.0), *waits, (back_s + turns_s, 0.0))
    eye = (stage.between(rng["camera"], -0.2, 0.2), -3.2, stage.between(rng["camera"], 1.2, 1.5))
    camera = CameraPath(eye, (0.0, 0.0, 0.4), _FOV_DEG, turn_deg=side * angle_deg, progress=keys)
    way = "left" if side > 0.0 else "right"
    story = Story(
        (
            Thing("room", "room"),
            *(Thing(thing.name, thing.noun, thing.colour_name) for thing in things),
            *rooms.surroundings(bodies),
        ),
        camera=f"look away {way}, wait, turn back",
    )
    return captioned(Scene("look_away", seed, duration_s, bodies, camera, story=story))


def twins(scene: Scene) -> Twins:
    """What must not happen while nobody looks, to the thing that leaves the picture first."""
    keys = scene.camera.progress
    unseen_s = (keys[1][0] + keys[-2][0]) / 2
    to_the_left = scene.camera.turn_deg > 0.0
    first = "thing 2" if to_the_left else "thing 0"  # things are numbered from the left
    colour = scene.body(first).colour_name
    other = [name for name in PALETTE if name not in _worn(scene)][scene.seed % 3]
    behind = (-0.39 if to_the_left else 0.39, 1.1, 0.0)
    broken = {
        "reseeded": Violation("reseeded", unseen_s, amount=1.0),
        "vanish": Violation("vanish", unseen_s, first),
        "teleport": Violation("teleport", unseen_s, first, vector=behind),
        "swap": Violation("swap", unseen_s, first, other="thing 1"),
        "recolour": Violation("recolour", unseen_s, first, vector=PALETTE[other]),
    }
    assert other != colour
    return Twins(
        violated={name: scene.violated(violation) for name, violation in broken.items()},
        shams={"other_sun": stage.lit_from_the_other_side(scene)},
    )


def _check(angle_deg: float, wait_s: float, turns_s: float) -> None:
    if not 30.0 <= angle_deg <= 180.0:
        raise WsimError(
            f"the camera cannot look away by {angle_deg:g} degrees",
            where="look_away(angle_deg=...)",
            remedy="choose between 30 and 180",
        )
    if wait_s < 0.0 or turns_s < angle_deg / _FASTEST_DEG_S:
        longer_s = sum(_LOOKS) + max(wait_s, 0.0) + 2 * angle_deg / _FASTEST_DEG_S
        raise WsimError(
            f"there is no time to look away by {angle_deg:g} degrees for {wait_s:g} s",
            where="look_away(wait_s=..., duration_s=...)",
            remedy=f"wait 0 s or more, and let the scene last {longer_s:.2g} s or more",
        )


def _things(layout: np.random.Generator, material: np.random.Generator) -> list[Body]:
    """Three shapes in three colours side by side, at slightly different distances."""
    colours, shapes = list(PALETTE), list(_SHAPES)
    material.shuffle(colours)
    material.shuffle(shapes)
    things = []
    for index, (slot_m, shape, colour) in enumerate(zip(_SLOTS_M, shapes, colours, strict=False)):
        place = (slot_m + stage.between(layout, -0.03, 0.03), stage.between(layout, -0.25, 0.25))
        radius_m = stage.between(layout, 0.29, 0.32)
        tall_m = radius_m if shape == "sphere" else stage.between(layout, 0.9, 1.3) * radius_m
        pattern = rooms.patterned(stage.pick(material, ["checker", "noise"]), colour, 5.0)
        yaw_rad = stage.between(layout, 0.0, math.pi)
        things.append(rooms.thing(f"thing {index}", shape, place, radius_m, tall_m, colour, pattern, yaw_rad))
    return things


def _landmarks(rng: np.random.Generator) -> list[Body]:
    """Pillars round the hall, so that there is something to see on every side."""
    pillars = []
    for index, (x_m, y_m) in enumerate([(-3.2, -1.2), (3.2, -1.2), (-2.4, -4.0), (2.4, -4.0)]):
        name = stage.pick(rng, ["brown", "white", "black"])
        place = (x_m + stage.between(rng, -0.4, 0.4), y_m + stage.between(rng, -0.2, 0.2))
        shape = stage.pick(rng, _SHAPES[:2])
        pillars.append(
            rooms.thing(
                f"pillar {index}", shape, place, stage.between(rng, 0.28, 0.36), stage.between(rng, 0.6, 1.0),
                name, stage.rough(NEUTRALS[name], 5.0, 0.4), stage.between(rng, 0.0, math.pi),
            )
        )  # fmt: skip
    return pillars


def _worn(scene: Scene) -> set[str]:
    return {body.colour_name for body in scene.bodies if body.name.startswith("thing")}

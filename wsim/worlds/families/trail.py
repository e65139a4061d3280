"""A ball wet with paint rolls over the floor and leaves a trail; or the ball is dry."""

import math

import numpy as np

from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.family import Twins
from wsim.worlds.palette import NEUTRALS, PALETTE
from wsim.worlds.scene import (
    Body,
    CameraPath,
    Happening,
    Rail,
    Scene,
    Story,
    Thing,
    Trail,
    Vec3,
    Violation,
)

FAMILY_ID = 73
SHOWS = "A wet ball rolls over the floor and leaves a trail; the trail stays."

_FOV_DEG = 38.0
_PX_PER_M = 26.0
_GONE = 0.8  # as a fraction of the clip: the ball has left the picture
_BEFORE = 1.0  # so long before time zero, in clips, it began to roll


def trail(seed: int, wet: bool = True, duration_s: float = stage.DEFAULT_DURATION_S) -> Scene:
    """A ball that rolls across the picture at constant speed.

    Args:
        seed: one world for every seed.
        wet: False leaves no trail.
        duration_s: of the clip; the ball has left after the same fraction of it.
    """
    rng = stage.streams(FAMILY_ID, seed, "layout", "motion", "material", "camera")
    ball_name, paint_name = rng["material"].permutation(list(PALETTE))[:2].tolist()
    radius_m = stage.between(rng["layout"], 0.25, 0.30)
    floor_name, wall_name = stage.pick(
        rng["material"], [("white", "grey"), ("grey", "beige"), ("beige", "grey"), ("white", "brown")]
    )
    floor = stage.floor(rng["material"], stage.rough(NEUTRALS[floor_name], 1.2, 0.12), floor_name)
    wall = stage.back_wall(rng["material"], 2.6, stage.rough(NEUTRALS[wall_name], 1.0, 0.12), wall_name)
    ball, way = _ball(rng["motion"], radius_m, ball_name, duration_s)
    half_m = stage.between(rng["layout"], 0.11, 0.13)
    trails = (Trail("floor", "ball", half_m, PALETTE[paint_name], paint_name),)
    scene = Scene(
        "trail", seed, duration_s, (ball, floor, wall), _camera(rng["camera"]), trails=trails if wet else (),
        story=_story(ball_name, paint_name if wet else "", floor_name, way),
    )  # fmt: skip
    return captioned(scene)


def twins(scene: Scene) -> Twins:
    """Once the ball has gone, its trail fades, moves or grows wider; or the ball was dry."""
    gone_s = _GONE * scene.duration_s
    u, v, _ = _across(scene.body("ball"))
    broken = {
        "mark_fades": Violation("mark_fades", gone_s, "floor", amount=1.0),
        "mark_moves": Violation("mark_moves", gone_s, "floor", vector=(0.6 * u, 0.6 * v, 0.0)),
        "mark_grows": Violation("mark_grows", gone_s, "floor", amount=2.5),
    }
    return Twins(
        {name: scene.violated(violation) for name, violation in broken.items()},
        shams={"wall": stage.repainted(scene, "wall")},
        controls={"near_miss": trail(scene.seed, wet=False, duration_s=scene.duration_s)},
    )


def _ball(rng: np.random.Generator, radius_m: float, colour: str, duration_s: float) -> tuple[Body, str]:
    """Rolls along a line through the picture, more sideways than towards the camera."""
    side = stage.either(rng)
    heading = math.radians(stage.between(rng, -20.0, 20.0))
    along: Vec3 = (side * math.cos(heading), math.sin(heading), 0.0)
    through = (stage.between(rng, -0.1, 0.1), stage.between(rng, -0.2, 0.3))
    speed_m_s = stage.between(rng, 3.55, 3.7) / (
        _GONE * duration_s
    )  # from near one border to beyond the other
    start_m = -stage.between(rng, 0.66, 0.8)

    def at(time_s: float) -> Vec3:
        way_m = start_m + speed_m_s * time_s
        return (through[0] + way_m * along[0], through[1] + way_m * along[1], radius_m)

    first_s, last_s = -_BEFORE * duration_s, 2.0 * duration_s
    rate = speed_m_s / radius_m
    rail = Rail((first_s, last_s), (at(first_s), at(last_s)), (-along[1] * rate, along[0] * rate, 0.0))
    material = stage.banded(PALETTE[colour], radius_m)
    body = Body(
        "ball", "sphere", (radius_m, 0.0, 0.0), at(first_s), material, motion="rail", rail=rail, noun="ball",
        colour_name=colour,
    )  # fmt: skip
    return body, "right" if side > 0.0 else "left"


def _across(ball: Body) -> Vec3:
    """At right angles to the path, away from the camera, of length 1."""
    assert ball.rail is not None
    (x0, y0, _), (x1, y1, _) = ball.rail.points_m
    length_m = math.hypot(x1 - x0, y1 - y0)
    side = 1.0 if x1 > x0 else -1.0
    return (-side * (y1 - y0) / length_m, side * (x1 - x0) / length_m, 0.0)


def _camera(rng: np.random.Generator) -> CameraPath:
    return stage.camera_at_height(_PX_PER_M, (0.0, 0.1, 0.0), stage.between(rng, 32.0, 42.0), _FOV_DEG)


def _story(ball: str, paint: str, floor: str, way: str) -> Story:
    rolls = Happening("roll", "ball", "floor", way)
    things = (Thing("ball", "ball", ball), Thing("floor", "floor", floor))
    if not paint:
        return Story(things, happenings=(rolls, Happening("leave", "ball"), Happening("stay_clean", "floor")))
    leaves = Happening("leave_behind", "ball", "trail")
    happenings = (rolls, leaves, Happening("leave", "ball"), Happening("stay", "trail", "floor"))
    return Story((*things, Thing("trail", "trail", paint)), happenings=happenings, salient=2)

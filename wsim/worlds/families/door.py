"""A ball pushes a door open and goes through; or rolls past it."""

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
    Hinge,
    Part,
    Scene,
    Story,
    Thing,
    Vec3,
    Violation,
)

FAMILY_ID = 43
SHOWS = "A ball pushes a hinged door open and goes through."

_FOV_DEG = 38.0
_HALF_GAP_M, _HALF_DOOR_M, _HALF_HEIGHT_M, _HALF_THICK_M = 0.525, 0.48, 0.28, 0.03
_OVER_FLOOR_M = 0.02
_ASIDE_M = 0.10  # the ball keeps away from the hinge by so much
_FRICTION = 0.05  # of all but the floor, so that the ball is not wedged in
_LIGHT: Vec3 = (0.15, -0.35, 0.92)


def door(seed: int, comes: bool = True, duration_s: float = stage.DEFAULT_DURATION_S) -> Scene:
    """Seen from above: a wall with a door in it, and a ball that rolls away from the camera.

    Args:
        seed: one world for every seed.
        comes: False leaves the ball out; then the door stays closed.
        duration_s: of the clip; the ball meets the door at about a third of it.
    """
    rng = stage.streams(FAMILY_ID, seed, "layout", "motion", "material")
    hinge_side = stage.either(rng["motion"])
    px_per_m = stage.between(rng["layout"], 24.5, 26.0)
    radius_m = stage.between(rng["layout"], 6.2, 6.8) / px_per_m
    floor, wall = stage.backdrop(rng["material"], 6.0)
    colours = rng["material"].permutation(list(PALETTE)).tolist()
    neutral = stage.pick(rng["material"], [n for n in ("white", "brown", "black") if n != floor.colour_name])
    start_m = stage.between(rng["layout"], 0.82, 0.90)
    hit_s = stage.between(rng["motion"], 0.30, 0.36) * duration_s
    speed = (start_m - radius_m - _HALF_THICK_M) / hit_s
    ball = Body(
        "ball", "sphere", (radius_m, 0.0, 0.0), (-_ASIDE_M * hinge_side, -start_m, radius_m),
        stage.banded(PALETTE[colours[0]], radius_m), motion="dynamic", velocity_m_s=(0.0, speed, 0.0),
        angular_velocity_rad_s=(-speed / radius_m, 0.0, 0.0), density_kg_m3=600.0, friction=_FRICTION,
        noun="ball", colour_name=colours[0],
    )  # fmt: skip
    leaf, fence = _leaf(colours[1], hinge_side), _fence(neutral)
    bodies = ((ball,) if comes else ()) + (leaf, fence, floor, wall)
    scene = Scene("door", seed, duration_s, bodies, _camera(rng["layout"], px_per_m), light_direction=_LIGHT)
    return captioned(scene.replace(story=_story(ball, leaf, floor, comes)))


def twins(scene: Scene) -> Twins:
    """The ball goes through the closed door, or the door opens by itself, sticks, or comes back."""
    ball = scene.body("ball")
    hit_s = (-ball.position_m[1] - ball.size_m[0] - _HALF_THICK_M) / ball.velocity_m_s[1]
    by_itself: Vec3 = (0.0, 1.2 * ball.velocity_m_s[1], 0.0)
    broken = {
        "pass_through": Violation("pass_through", 0.7 * hit_s, "ball", other="door"),
        "uncaused": Violation("uncaused_motion", 0.25 * hit_s, "door", vector=by_itself),
        "freeze": Violation("freeze", 0.7 * hit_s, "door"),
        "reverse": Violation("reverse", 2.2 * hit_s, "door"),
        "vanish": Violation("vanish", 0.7 * hit_s, "door"),
    }
    return Twins(
        violated={name: scene.violated(violation) for name, violation in broken.items()},
        shams={"floor": captioned(stage.repainted(scene, "floor"))},
        controls={"empty": door(scene.seed, comes=False, duration_s=scene.duration_s)},
    )


def _leaf(colour: str, hinge_side: float) -> Body:
    """It hangs at one end, a finger's breadth over the floor, and opens either way."""
    half: Vec3 = (_HALF_DOOR_M, _HALF_THICK_M, _HALF_HEIGHT_M)
    anchor: Vec3 = (hinge_side * _HALF_DOOR_M, 0.0, _HALF_HEIGHT_M)
    hinge = Hinge(anchor, (0.0, 0.0, 1.0), -1.9, 1.9, damping_n_m_s=0.2)
    return Body(
        "door", "box", half, (0.0, 0.0, _HALF_HEIGHT_M + _OVER_FLOOR_M), stage.rough(PALETTE[colour], 6.0),
        motion="dynamic", hinge=hinge, density_kg_m3=60.0, friction=_FRICTION,
        noun="door", colour_name=colour,
    )  # fmt: skip


def _fence(colour: str) -> Body:
    """The wall on both sides of the door, one body in two parts that go on out of the picture."""
    half_m = 2.5
    place_x, height_m = _HALF_GAP_M + half_m, _HALF_HEIGHT_M + 0.03
    half: Vec3 = (half_m, 0.07, height_m)
    material = stage.rough(NEUTRALS[colour], 5.0)
    left = Part("box", half, (-2.0 * place_x, 0.0, 0.0), material)
    return Body(
        "fence", "box", half, (place_x, 0.0, height_m), material, parts=(left,), friction=_FRICTION,
        noun="fence", colour_name=colour,
    )  # fmt: skip


def _camera(rng: np.random.Generator, px_per_m: float) -> CameraPath:
    """From well above, so that the ball is seen on both sides, and a little from the left or the right."""
    ahead = stage.camera_at_height(px_per_m, (0.0, 0.05, 0.2), stage.between(rng, 38.0, 48.0), _FOV_DEG)
    x, y, z = ahead.eye_m
    aside = math.radians(stage.between(rng, -22.0, 22.0))
    return CameraPath((x - y * math.sin(aside), y * math.cos(aside), z), ahead.target_m, _FOV_DEG)


def _story(ball: Body, leaf: Body, floor: Body, comes: bool) -> Story:
    around = (Thing("door", "door", leaf.colour_name), Thing("floor", "floor", floor.colour_name))
    if not comes:
        return Story(around, happenings=(Happening("stay_closed", "door"),))
    happenings = (
        Happening("roll", "ball", "floor", "away"),
        Happening("push_open", "ball", "door"),
        Happening("pass_through", "ball", "door"),
    )
    return Story((Thing("ball", "ball", ball.colour_name), *around), happenings=happenings, salient=2)

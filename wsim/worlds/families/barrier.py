"""A ball rolls against a solid barrier and bounces back, or stops there."""

import dataclasses

import numpy as np

from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.family import Twins
from wsim.worlds.palette import NEUTRALS, PALETTE
from wsim.worlds.scene import Body, CameraPath, Happening, Scene, Story, Thing, Vec3, Violation

FAMILY_ID = 45
SHOWS = "A ball rolls against a barrier and bounces back or stops."

_FOV_DEG = 38.0
_SIDE_PX = 29.0  # from the middle of the picture to where things must not be cut
_FRICTION = 0.005  # so that a ball that comes back keeps its speed
_LIGHT: Vec3 = (0.20, -0.45, 0.87)


def barrier(seed: int, bounces: bool = True, duration_s: float = stage.DEFAULT_DURATION_S) -> Scene:
    """The ball meets the barrier between 0.4 and 0.5 of the clip.

    Args:
        seed: one world for every seed.
        bounces: whether it comes back or stays at the barrier.
        duration_s: of the clip.
    """
    rng = stage.streams(FAMILY_ID, seed, "layout", "motion", "material")
    way = stage.either(rng["motion"])
    px_per_m = stage.between(rng["layout"], 25.0, 28.0)
    radius_px, face_px = stage.between(rng["layout"], 6.3, 7.2), stage.between(rng["layout"], 13.0, 17.0)
    radius_m, face_x = radius_px / px_per_m, way * face_px / px_per_m
    path_m = stage.between(rng["layout"], 0.86, 1.0) * (_SIDE_PX + face_px - 2.0 * radius_px) / px_per_m
    hit_s = stage.between(rng["motion"], 0.42, 0.5) * duration_s
    ball = _ball(rng, radius_m, face_x - way * (radius_m + path_m), way * path_m / hit_s, bounces)
    floor, wall = stage.backdrop(rng["material"], 2.4)
    slab = _slab(rng, way, face_x, wall.colour_name)
    bodies = (ball, slab, dataclasses.replace(floor, friction=_FRICTION), wall)
    story = _story(ball, slab, floor, way, bounces)
    scene = Scene("barrier", seed, duration_s, bodies, _camera(rng["layout"], px_per_m), story=story)
    return captioned(scene.replace(light_direction=_LIGHT))


def twins(scene: Scene) -> Twins:
    """The ball goes through, sinks in, or is gone when it should come back."""
    hit_s = _hit_s(scene)
    before_s, after_s = hit_s - 0.02, hit_s + 0.02
    broken = {
        "pass_through": Violation("pass_through", before_s, "ball", other="barrier"),
        "sinks_in": Violation("interpenetrate", before_s, "ball", other="barrier", amount=0.45),
        "vanish": Violation("vanish", after_s, "ball"),
        "energy_gain": Violation("super_bounce", before_s, "ball", amount=1.6),
    }
    assert scene.story is not None
    rolls = scene.story.happenings[0]
    things = tuple(thing for thing in scene.story.things if thing.key != "barrier")
    empty = scene.without_body("barrier").replace(story=Story(things, happenings=(rolls,)))
    return Twins(
        violated={name: scene.violated(violation) for name, violation in broken.items()},
        shams={"wall": captioned(stage.repainted(scene, "wall"))},
        controls={"empty": captioned(empty)},
    )


def _hit_s(scene: Scene) -> float:
    ball, slab = scene.body("ball"), scene.body("barrier")
    gap_m = abs(slab.position_m[0] - ball.position_m[0]) - slab.size_m[0] - ball.size_m[0]
    return gap_m / abs(ball.velocity_m_s[0])


def _ball(
    rng: dict[str, np.random.Generator], radius_m: float, x_m: float, speed_m_s: float, bounces: bool
) -> Body:
    colour = stage.pick(rng["material"], list(PALETTE))
    return Body(
        "ball", "sphere", (radius_m, 0.0, 0.0), (x_m, 0.0, radius_m), stage.banded(PALETTE[colour], radius_m),
        motion="dynamic", velocity_m_s=(speed_m_s, 0.0, 0.0),
        angular_velocity_rad_s=(0.0, speed_m_s / radius_m, 0.0), friction=_FRICTION,
        restitution=stage.between(rng["motion"], 0.5, 0.75) if bounces else 0.0,
        noun="ball", colour_name=colour,
    )  # fmt: skip


def _slab(rng: dict[str, np.random.Generator], way: float, face_x: float, wall_name: str) -> Body:
    """Upright, across the way of the ball."""
    half: Vec3 = (stage.between(rng["layout"], 0.12, 0.20), 0.75, stage.between(rng["layout"], 0.36, 0.48))
    name = stage.pick(rng["material"], [n for n in ("brown", "white", "black") if n != wall_name])
    return Body(
        "barrier", "box", half, (face_x + way * half[0], 0.15, half[2]),
        stage.rough(NEUTRALS[name], 5.0, 0.3), restitution=1.0, friction=_FRICTION,
        noun="barrier", colour_name=name,
    )  # fmt: skip


def _camera(rng: np.random.Generator, px_per_m: float) -> CameraPath:
    return stage.camera_at_height(px_per_m, (0.0, 0.0, 0.3), stage.between(rng, 12.0, 24.0), _FOV_DEG)


def _story(ball: Body, slab: Body, floor: Body, way: float, bounces: bool) -> Story:
    to, back = ("right", "left") if way > 0 else ("left", "right")
    things = (
        Thing("ball", "ball", ball.colour_name),
        Thing("barrier", "barrier", slab.colour_name),
        Thing("floor", "floor", floor.colour_name),
    )
    end = (
        Happening("bounce_off", "ball", "barrier", back) if bounces else Happening("stop", "ball", "barrier")
    )
    return Story(things, happenings=(Happening("roll", "ball", "floor", to), end), salient=2)

"""Two balls of different size roll into each other, or one into another that lies still."""

import math
from dataclasses import dataclass

import numpy as np

from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.family import Twins
from wsim.worlds.palette import NEUTRALS, PALETTE
from wsim.worlds.scene import Body, CameraPath, Happening, Scene, Story, Thing, Vec3, Violation

FAMILY_ID = 50
SHOWS = "Two balls of different size roll into each other."

_FOV_DEG = 38.0
_SMALLEST_PX, _LARGEST_PX = 6.1, 8.6
_ROOM_PX = 58.0  # all that happens is this wide at most
_LIGHT: Vec3 = (0.25, -0.40, 0.88)


@dataclass(frozen=True)
class _Encounter:
    """Along the line of the balls, in pixels and seconds: who meets whom where, when and how fast."""

    radius_px: tuple[float, float]
    before_px_s: tuple[float, float]
    after_px_s: tuple[float, float]
    hit_s: float

    def centres_px(self, time_s: float) -> tuple[float, float]:
        """Where the balls are; they touch at zero."""
        since_s = time_s - self.hit_s
        rates = self.before_px_s if since_s < 0.0 else self.after_px_s
        return -self.radius_px[0] + rates[0] * since_s, self.radius_px[1] + rates[1] * since_s

    def extent_px(self, duration_s: float) -> tuple[float, float]:
        """The leftmost and the rightmost that is reached."""
        ends = [self.centres_px(time_s) for time_s in (0.0, self.hit_s, duration_s)]
        low = min(c - r for centres in ends for c, r in zip(centres, self.radius_px, strict=True))
        high = max(c + r for centres in ends for c, r in zip(centres, self.radius_px, strict=True))
        return low, high


def collision(seed: int, head_on: bool = False, duration_s: float = stage.DEFAULT_DURATION_S) -> Scene:
    """The balls meet once, between 0.35 and 0.5 of the clip, and stay in the picture.

    Args:
        seed: one world for every seed.
        head_on: both move; otherwise one lies still and is hit.
        duration_s: of the clip.
    """
    rng = stage.streams(FAMILY_ID, seed, "layout", "motion", "material")
    restitution = stage.between(rng["motion"], 0.88, 1.0)
    encounter = _encounter(rng["motion"], restitution, head_on, duration_s)
    px_per_m = stage.between(rng["layout"], 25.0, 29.0)
    way = stage.either(rng["motion"])
    colours = rng["material"].permutation(list(PALETTE)).tolist()[:2]
    balls = [
        _ball(name, colour, encounter, side, (way, px_per_m), restitution, duration_s)
        for side, (name, colour) in enumerate(zip(("ball", "target"), colours, strict=True))
    ]
    floor_name, wall_name = stage.pick(
        rng["material"], [("grey", "beige"), ("beige", "grey"), ("brown", "white"), ("grey", "white")]
    )
    bodies = (
        *balls,
        stage.floor(rng["material"], stage.rough(NEUTRALS[floor_name], 3.0), floor_name),
        stage.back_wall(rng["material"], 2.2, stage.rough(NEUTRALS[wall_name], 1.5, 0.12), wall_name),
    )
    camera = _camera(rng["layout"], px_per_m, balls)
    side = "right" if way > 0.0 else "left"
    story = _story(balls, floor_name, side, head_on)
    scene = Scene("collision", seed, duration_s, bodies, camera, physics="collisions", story=story)
    # Who is hit from above its middle must not hop: the floor gives nothing back.
    return captioned(scene.replace(light_direction=_LIGHT).with_body("floor", restitution=0.0))


def twins(scene: Scene) -> Twins:
    """They go through each other, part too fast, part before they touch; or one does not feel the other."""
    ball, target = scene.body("ball"), scene.body("target")
    closing = ball.velocity_m_s[0] - target.velocity_m_s[0]
    # Centres at different heights: the balls touch when they are less far apart along the floor.
    apart_m = abs(target.position_m[0] - ball.position_m[0])
    rise_m, reach_m = target.position_m[2] - ball.position_m[2], ball.size_m[0] + target.size_m[0]
    gap_m = apart_m - math.sqrt(reach_m**2 - rise_m**2)
    hit_s = gap_m / abs(closing)
    push = (0.8 * closing, 0.0, 0.0)
    just_before_s, just_after_s = 0.9 * hit_s, hit_s + 1e-3
    broken = {
        "pass_through": Violation("pass_through", just_before_s, "ball", other="target"),
        "energy_gain": Violation("energy_gain", just_after_s, "target", amount=1.8),
        "no_effect": Violation("freeze", just_before_s, "target"),
        "uncaused": Violation("uncaused_motion", 0.55 * hit_s, "target", vector=push),
        "sinks_in": Violation("interpenetrate", just_before_s, "ball", other="target", amount=0.45),
        "vanish": Violation("vanish", just_after_s, "ball"),
    }
    x, y, z = target.position_m
    miss = scene.with_body("target", position_m=(x, y + 1.5 * (ball.size_m[0] + target.size_m[0]), z))
    return Twins(
        violated={name: scene.violated(violation) for name, violation in broken.items()},
        shams={"wall": captioned(stage.repainted(scene, "wall"))},
        controls={"near_miss": captioned(miss.replace(story=_missing(scene.story)))},
    )


def _encounter(rng: np.random.Generator, restitution: float, head_on: bool, duration_s: float) -> _Encounter:
    """Newton's law on a line, with speeds that just fill the picture."""
    large, small = stage.between(rng, 7.4, _LARGEST_PX), stage.between(rng, _SMALLEST_PX, 6.6)
    radius = (large, small) if rng.random() < 0.6 else (small, large)
    mass = radius[0] ** 3, radius[1] ** 3
    before = (1.0, -stage.between(rng, 0.5, 0.9) if head_on else 0.0)
    common = (mass[0] * before[0] + mass[1] * before[1]) / (mass[0] + mass[1])
    after = (common - restitution * mass[1] / (mass[0] + mass[1]) * (before[0] - before[1]),
             common + restitution * mass[0] / (mass[0] + mass[1]) * (before[0] - before[1]))  # fmt: skip
    hit_s = stage.between(rng, 0.35, 0.5) * duration_s
    fill_px = stage.between(rng, 0.85, 1.0) * _ROOM_PX
    slow, fast = 1.0, 200.0
    for _ in range(60):  # the extent grows with the speed
        speed = 0.5 * (slow + fast)
        tried = _at_speed(speed, radius, before, after, hit_s)
        low, high = tried.extent_px(duration_s)
        slow, fast = (speed, fast) if high - low < fill_px else (slow, speed)
    return _at_speed(slow, radius, before, after, hit_s)


def _at_speed(
    speed: float,
    radius_px: tuple[float, float],
    before: tuple[float, float],
    after: tuple[float, float],
    hit_s: float,
) -> _Encounter:
    return _Encounter(
        radius_px, (speed * before[0], speed * before[1]), (speed * after[0], speed * after[1]), hit_s
    )


def _ball(
    name: str,
    colour: str,
    encounter: _Encounter,
    side: int,
    way_px_per_m: tuple[float, float],
    restitution: float,
    duration_s: float,
) -> Body:
    """A ball that rolls from the beginning."""
    way, px_per_m = way_px_per_m
    low, high = encounter.extent_px(duration_s)
    radius_m = encounter.radius_px[side] / px_per_m
    start_m = way * (encounter.centres_px(0.0)[side] - 0.5 * (low + high)) / px_per_m
    speed = way * encounter.before_px_s[side] / px_per_m
    skin = stage.banded(PALETTE[colour], radius_m)
    return Body(
        name, "sphere", (radius_m, 0.0, 0.0), (start_m, 0.0, radius_m), skin,
        motion="dynamic", velocity_m_s=(speed, 0.0, 0.0), angular_velocity_rad_s=(0.0, speed / radius_m, 0.0),
        restitution=restitution**0.5, noun="ball", colour_name=colour,
    )  # fmt: skip


def _camera(rng: np.random.Generator, px_per_m: float, balls: list[Body]) -> CameraPath:
    """From the side, or from well above."""
    elevation_deg = stage.between(rng, 38.0, 55.0) if rng.random() < 0.35 else stage.between(rng, 8.0, 16.0)
    height_m = 0.5 * (balls[0].size_m[0] + balls[1].size_m[0])
    return stage.camera_at_height(px_per_m, (0.0, 0.0, height_m), elevation_deg, _FOV_DEG)


def _story(balls: list[Body], floor_name: str, side: str, head_on: bool) -> Story:
    first, second = balls
    larger = first.size_m[0] > second.size_m[0]
    sizes = ("large", "small") if larger else ("small", "large")
    things = (
        Thing("ball", "ball", first.colour_name, size=sizes[0]),
        Thing("target", "ball", second.colour_name, size=sizes[1]),
        Thing("floor", "floor", floor_name),
    )
    other = "left" if side == "right" else "right"
    rolls = Happening("roll", "ball", "floor", side)
    collides = Happening("collide", "ball", "target")
    if head_on:
        return Story(things, happenings=(rolls, Happening("roll", "target", way=other), collides), salient=3)
    return Story(things, happenings=(rolls, collides, Happening("start", "target", way=side)), salient=2)


def _missing(story: Story | None) -> Story:
    """The same story, but for the hit and what comes of it."""
    assert story is not None
    rolls = tuple(told for told in story.happenings if told.verb == "roll")
    return Story(
        story.things, happenings=(*rolls, Happening("miss", "ball", "target")), salient=len(rolls) + 1
    )

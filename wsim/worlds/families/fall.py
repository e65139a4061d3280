"""A ball is dropped or thrown in mid air, falls, and bounces on the floor. Seen from the side."""

import math
from dataclasses import dataclass

import numpy as np

from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.family import Twins
from wsim.worlds.palette import NEUTRALS, PALETTE
from wsim.worlds.scene import Body, CameraPath, Happening, Material, Scene, Story, Thing, Violation

FAMILY_ID = 4
SHOWS = "A ball is dropped or thrown, falls, and bounces on the floor."
GRAVITY_M_S2 = 9.81

_FOV_DEG = 36.0
_GROUND_PX = 6.0  # the ball touches the floor so far above the lower edge of the picture
_HEADROOM_PX = 3.0
_SIDE_PX = 3.0
_DROP_M_S = 0.05  # slower than this, a ball is dropped and not thrown


@dataclass(frozen=True)
class _Flight:
    """Of the ball's centre above the place where it rests on the floor, in the plane of the picture."""

    start_m: float
    up_m_s: float

    @property
    def apex_m(self) -> float:
        return self.start_m + self.up_m_s**2 / (2 * GRAVITY_M_S2)


def fall(seed: int, duration_s: float = stage.DEFAULT_DURATION_S) -> Scene:
    """One simulated ball; its first flight lasts 0.7 to 1.1 s and it stays in the picture.

    The bounce is without friction, so the horizontal velocity never changes.
    """
    rng = stage.streams(FAMILY_ID, seed, "material", "motion", "layout")
    thrown = rng["motion"].random() < 0.65
    flight = _throw(rng["motion"]) if thrown else _drop(rng["motion"])
    radius_px = stage.between(rng["layout"], 4.4, 5.8)
    px_per_m = (stage.PICTURE_PX - _GROUND_PX - _HEADROOM_PX - 2 * radius_px) / flight.apex_m
    ball = _ball(rng, flight, radius_px, px_per_m, duration_s if thrown else 0.0)
    floor_name, wall_name = stage.pick(
        rng["material"], [("grey", "beige"), ("brown", "grey"), ("grey", "white")]
    )
    bodies = (
        ball,
        stage.floor(rng["material"], stage.rough(NEUTRALS[floor_name], 2.5), floor_name),
        stage.back_wall(rng["material"], 1.5, stage.rough(NEUTRALS[wall_name], 0.8, 0.1), wall_name),
    )
    story = _story(ball, floor_name)
    return captioned(Scene("fall", seed, duration_s, bodies, _camera(px_per_m), story=story))


def twins(scene: Scene) -> Twins:
    """Gravity that changes in mid air, and a ball that stops there."""
    early_s = 0.2 * scene.duration_s
    broken = {
        "gravity_scale": Violation("gravity_scale", early_s, amount=0.25),
        "freeze": Violation("freeze", early_s, "ball"),
        "vanish": Violation("vanish", early_s, "ball"),
    }
    return Twins({name: scene.violated(violation) for name, violation in broken.items()})


def _drop(rng: np.random.Generator) -> _Flight:
    down_s = stage.between(rng, 0.71, 0.78)
    return _Flight(GRAVITY_M_S2 / 2 * down_s**2, 0.0)


def _throw(rng: np.random.Generator) -> _Flight:
    """Up for a while, then down for longer."""
    up_s, down_s = stage.between(rng, 0.16, 0.36), stage.between(rng, 0.56, 0.70)
    return _Flight(GRAVITY_M_S2 / 2 * (down_s**2 - up_s**2), GRAVITY_M_S2 * up_s)


def _ball(
    rng: dict[str, np.random.Generator],
    flight: _Flight,
    radius_px: float,
    px_per_m: float,
    sideways_s: float,
) -> Body:
    """`sideways_s`: for how long it must stay in the picture while it flies sideways; 0 if it does not."""
    radius_m = radius_px / px_per_m
    room_px = stage.PICTURE_PX - 2 * (radius_px + _SIDE_PX)
    if sideways_s:
        path_px = stage.between(rng["motion"], 0.5, 0.95) * room_px * stage.either(rng["motion"])
        start_px, sideways_m_s = -path_px / 2, path_px / px_per_m / sideways_s
    else:
        start_px, sideways_m_s = stage.between(rng["motion"], -0.3, 0.3) * room_px, 0.0
    name = stage.pick(rng["material"], list(PALETTE))
    return Body(
        "ball", "sphere", (radius_m, 0.0, 0.0), (start_px / px_per_m, 0.0, radius_m + flight.start_m),
        Material(colour=PALETTE[name], specular=0.25), motion="dynamic",
        velocity_m_s=(sideways_m_s, 0.0, flight.up_m_s),
        restitution=stage.between(rng["motion"], 0.45, 0.8), noun="ball", colour_name=name,
    )  # fmt: skip


def _story(ball: Body, floor_name: str) -> Story:
    sideways_m_s, _, up_m_s = ball.velocity_m_s
    if math.hypot(sideways_m_s, up_m_s) < _DROP_M_S:
        begins = Happening("drop", "ball")
    else:
        way = "right" if sideways_m_s > 0 else "left"
        begins = Happening("throw", "ball", way=f"up {way}" if up_m_s > _DROP_M_S else way)
    happenings = (begins, Happening("bounce", "ball", "floor"))
    things = (Thing("ball", ball.noun, ball.colour_name), Thing("floor", "floor", floor_name))
    return Story(things, happenings=happenings, salient=2)


def _camera(px_per_m: float) -> CameraPath:
    """Level, so that a vertical fall is vertical in the picture; the floor lies at `_GROUND_PX`."""
    distance_m = stage.focal_px(_FOV_DEG) / px_per_m
    height_m = (stage.PICTURE_PX / 2 - _GROUND_PX) / px_per_m
    return CameraPath((0.0, -distance_m, height_m), (0.0, 0.0, height_m), _FOV_DEG)

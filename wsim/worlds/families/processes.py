"""Things that go on by themselves, as functions of time alone: a clock, a pendulum, a ball that goes round.

All lie within `REACH_M` to either side, move from `RUN_UP_S` before the clip until as long after it, and are
at least 6 px in radius at 42 px a metre. Lengths are metres, x to the right, y away from the camera, floor at
height zero.

Axis letters: `time`.
"""

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from wsim.worlds.families import stage
from wsim.worlds.families.accept import first_good
from wsim.worlds.palette import NEUTRALS, PALETTE
from wsim.worlds.physics import rotations
from wsim.worlds.scene import Body, Happening, Material, Part, Pendulum, Quat, Rail, Thing, Vec3

REACH_M = 0.52
RUN_UP_S = 2.0
MOVING = ("hand", "bob", "rod", "ball")  # names of the bodies that move

_DIAL_Z_M, _DIAL_M, _DIAL_Y_M = 0.76, 0.47, 0.05
_PIVOT: Vec3 = (0.0, 0.05, 1.28)
_PENDULUM_M, _BOB_M = 0.62, 0.155
_RING_M, _BALL_M = 0.33, 0.17
_STEPS_PER_TURN = 48
_LEAST_SHIFT_M = 0.2  # a pendulum that stopped, or began anew, is seen to be elsewhere


@dataclass(frozen=True)
class Process:
    """What moves, what stands around it, how to tell it, and how far behind the middle the wall is."""

    moving: tuple[Body, ...]
    fixed: tuple[Body, ...]
    thing: Thing
    happening: Happening
    wall_m: float = 0.9


def clock(rng: np.random.Generator, colour: str, from_s: float, to_s: float, duration_s: float) -> Process:
    """A hand turns on a dial, once in 1.9 to 2.6 s."""
    way = stage.either(rng)
    spin = 2 * math.pi / stage.between(rng, 1.9, 2.6)
    start = stage.between(rng, 0.0, 2 * math.pi)
    middle: Vec3 = (0.0, _DIAL_Y_M - 0.05, _DIAL_Z_M)
    rail = Rail((-RUN_UP_S, duration_s + RUN_UP_S), (middle, middle), spin_rad_s=(0.0, way * spin, 0.0))
    skin = Material(colour=PALETTE[colour], specular=0.15)
    hand = Body(
        "hand", "sphere", (0.055, 0.0, 0.0), middle, skin, motion="rail", rail=rail,
        rotation=(math.cos(start / 2), 0.0, math.sin(start / 2), 0.0),
        parts=(Part("box", (0.085, 0.012, 0.21), (0.0, 0.0, 0.19), skin),), noun="hand", colour_name=colour,
    )  # fmt: skip
    dial = Body(
        "dial", "cylinder", (_DIAL_M, 0.0, 0.02), (0.0, _DIAL_Y_M, _DIAL_Z_M),
        Material(colour=NEUTRALS["white"]), rotation=stage.FACING_CAMERA, noun="dial", colour_name="white",
        parts=tuple(_mark(2 * math.pi * hour / 12) for hour in range(12)),
    )  # fmt: skip
    turns = Happening("turn", "hand", "dial", "clockwise" if way > 0 else "anticlockwise")
    return Process((hand,), (dial,), Thing("hand", "hand", colour), turns, wall_m=_DIAL_Y_M + 0.02)


def _mark(angle_rad: float) -> Part:
    """One of the twelve hours, in the frame of the dial."""
    x, y = 0.42 * math.sin(angle_rad), 0.42 * math.cos(angle_rad)
    return Part(
        "box", (0.014, 0.03, 0.004), (x, y, 0.02), Material(colour=NEUTRALS["black"]),
        rotation=stage.turned(-angle_rad),
    )  # fmt: skip


def pendulum(rng: np.random.Generator, colour: str, from_s: float, to_s: float, duration_s: float) -> Process:
    """A ball on a rod swings freely from a beam, by 30 to 35 degrees; it was released before the clip.

    It is not where it was when it was hidden, nor where it would be had it begun anew, when it is seen again.
    """
    omega = math.sqrt(9.81 / _PENDULUM_M)

    def draw() -> Pendulum:
        angle_rad = math.radians(stage.between(rng, 30.0, 35.0)) * stage.either(rng)
        return Pendulum(_PIVOT, _PENDULUM_M, angle_rad, release_s=stage.between(rng, -2.2, -0.8))

    def tells(law: Pendulum) -> bool:
        seen_again, hidden, anew = (
            _PENDULUM_M * law.angle_rad * math.cos(omega * (time_s - law.release_s))
            for time_s in (to_s, from_s, (to_s - from_s) / 2)
        )
        return min(abs(seen_again - hidden), abs(seen_again - anew)) > _LEAST_SHIFT_M

    law = first_good(draw, tells)
    x, y, z = _PIVOT
    bob = Body(
        "bob", "sphere", (_BOB_M, 0.0, 0.0), (x, y, z - _PENDULUM_M),
        Material(colour=PALETTE[colour], specular=0.25), motion="pendulum", pendulum=law, noun="ball",
        colour_name=colour,
    )  # fmt: skip
    rod = Body(
        "rod", "cylinder", (0.018, 0.0, _PENDULUM_M / 2), (x, y, z - _PENDULUM_M / 2),
        Material(colour=NEUTRALS["black"]), motion="pendulum", pendulum=law, noun="rod", colour_name="black",
    )  # fmt: skip
    beam = Body(
        "beam", "box", (0.05, 0.32, 0.05), (x, y + 0.25, z + 0.03), Material(colour=NEUTRALS["black"])
    )
    swings = Happening("swing", "bob", way="to and fro")
    return Process((bob, rod), (beam,), Thing("bob", "ball", colour), swings, wall_m=0.6)


def rolling_ball(
    rng: np.random.Generator, colour: str, from_s: float, to_s: float, duration_s: float
) -> Process:
    """A ball rolls round in a circle on the floor without slipping, once in 1.7 to 2.2 s."""
    way, start = stage.either(rng), stage.between(rng, 0.0, 2 * math.pi)
    step_s = stage.between(rng, 1.7, 2.2) / _STEPS_PER_TURN
    steps = math.ceil((duration_s + 2 * RUN_UP_S) / step_s) + 1
    angles = [start + way * 2 * math.pi * step / _STEPS_PER_TURN for step in range(steps)]
    points = tuple((_RING_M * math.cos(a), _RING_M * math.sin(a), _BALL_M) for a in angles)
    rail = Rail(tuple(-RUN_UP_S + step * step_s for step in range(steps)), points, rotations=_rolled(points))
    ball = Body(
        "ball", "sphere", (_BALL_M, 0.0, 0.0), points[0], Material(colour=PALETTE[colour], specular=0.25),
        motion="rail", rail=rail, noun="ball", colour_name=colour,
    )  # fmt: skip
    return Process((ball,), (), Thing("ball", "ball", colour), Happening("roll", "ball", way="round"))


def _rolled(points: tuple[Vec3, ...]) -> tuple[Quat, ...]:
    """How the ball has turned at every point: between two it rolls about the level normal of its way."""
    track = np.array(points)
    ways = np.diff(track, axis=0) / _BALL_M
    turns = rotations.from_rotation_vector(np.stack([-ways[:, 1], ways[:, 0], 0.0 * ways[:, 2]], axis=1))
    turned = [np.array([1.0, 0.0, 0.0, 0.0])]
    for turn in turns:
        turned.append(rotations.normalised(rotations.multiply(turn, turned[-1])))
    return tuple((float(w), float(x), float(y), float(z)) for w, x, y, z in turned)


def later(body: Body, by_s: float) -> Body:
    """The same body, doing everything later."""
    if body.rail:
        rail = dataclasses.replace(body.rail, times_s=tuple(time_s + by_s for time_s in body.rail.times_s))
        return dataclasses.replace(body, rail=rail)
    assert body.pendulum is not None
    law = dataclasses.replace(body.pendulum, release_s=body.pendulum.release_s + by_s)
    return dataclasses.replace(body, pendulum=law)


MAKERS: dict[str, Callable[[np.random.Generator, str, float, float, float], Process]] = {
    "clock": clock,
    "pendulum": pendulum,
    "ball": rolling_ball,
}

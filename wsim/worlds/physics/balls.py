"""Balls between events: what holds them, and what they exchange when they touch.

Axis letters: `body` all bodies of the scene, `face` those of its obstacles.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64
from scipy.optimize import nnls

from wsim.errors import WsimError
from wsim.worlds.physics.flight import Course, Flight, Segment
from wsim.worlds.physics.obstacles import Obstacles, obstacles_of
from wsim.worlds.physics.touch import TOUCHING_M
from wsim.worlds.physics.trajectory import WorldEvent
from wsim.worlds.scene import Scene

REST_M_S = 1e-3  # who leaves a face more slowly stays on it
HOP_M_S = 1e-2  # where a ball cannot rest, it hops: 5 micrometres high
IMPACT_M_S = 0.05  # slower touches begin a contact but are no impact
_ROUNDING = 1e-12  # m/s and m/s^2
_ROLLS_RAD_S = 1e-6


@dataclass
class Ball:
    """One dynamic body while it is simulated. `index` is that of the body in the scene."""

    index: int
    radius_m: float
    inverse_mass: float
    gravity: Float64[np.ndarray, " 3"]
    course: Course
    exists: bool = True
    rolls_on: Float64[np.ndarray, " 3"] | None = None  # the normal of the face on which it began to roll
    loads: dict[int, float] = field(default_factory=dict)  # face -> what holds the ball on it, m/s^2
    pressed: dict[int, float] = field(default_factory=dict)  # body -> impulse since the contact began, N s

    @property
    def now(self) -> Segment:
        """Its last segment."""
        return self.course.segments[-1]

    @property
    def held(self) -> bool:
        """Whether a broken law moves it, so that nothing else can."""
        return self.inverse_mass == 0.0

    def spin_with(self, velocity: Float64[np.ndarray, " 3"]) -> Float64[np.ndarray, " 3"]:
        """The spin that goes with a new velocity: the same, or that of rolling for one that rolls."""
        if self.rolls_on is None:
            return self.now.spin
        return np.asarray(np.cross(self.rolls_on, velocity) / self.radius_m)


@dataclass(frozen=True)
class Due:
    """Something that is done to the world at a time known beforehand."""

    time_s: float
    act: Callable[["World", float], None]


class World:
    """The state of a scene of balls. Whoever changes it ends by `restart`, which finds what holds a ball."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.bodies = list(scene.bodies)
        self.names = [body.name for body in scene.bodies]
        self.events: list[WorldEvent] = []
        self.restitution = [body.restitution for body in scene.bodies]
        self.solid: Bool[np.ndarray, " body"] = np.array([b.from_s <= 0.0 < b.until_s for b in scene.bodies])
        self.apart: set[frozenset[int]] = set()  # pairs that do not touch any more
        self.sink_m: dict[frozenset[int], float] = {}  # how deep pairs sink into each other
        self.obstacles: Obstacles = obstacles_of(scene.bodies)
        self.balls = [_ball(scene, i) for i, body in enumerate(scene.bodies) if body.motion == "dynamic"]
        self.due: list[Due] = []
        self.changed: set[int] = set()  # bodies whose future must be looked at again
        for ball in self.balls:
            ball.exists = bool(self.solid[ball.index])
            self._go_on(ball, ball.course.segments.pop())
            self._begin_to_roll(ball)

    def ball(self, name: str) -> Ball | None:
        """The ball of that name; None for other bodies."""
        return next((ball for ball in self.balls if self.names[ball.index] == name), None)

    def restart(self, ball: Ball, time_s: float, **changes: Any) -> None:
        """A ball goes on from its state at a time; `changes` are fields of its segment."""
        for face, load in ball.loads.items() if not ball.held else ():
            body = int(self.obstacles.owner[face])
            share = load * (time_s - ball.now.start_s) / ball.inverse_mass
            ball.pressed[body] = ball.pressed.get(body, 0.0) + share
        self._go_on(ball, replace(ball.now.at(time_s), **changes))

    def restart_all(self, time_s: float) -> None:
        """What is around the balls has changed."""
        for ball in self.balls:
            self.restart(ball, time_s)

    def felt(self, ball: Ball) -> Bool[np.ndarray, " body"]:
        """The bodies that a ball can touch."""
        felt = self.solid.copy()
        for pair in self.apart:
            if ball.index in pair:
                felt[list(pair)] = False
        return felt

    def reach_m(self, ball: Ball) -> Float64[np.ndarray, " body"]:
        """The radius of a ball, as every body feels it."""
        reach_m = np.full(len(self.bodies), ball.radius_m)
        for pair, depth_m in self.sink_m.items():
            if ball.index in pair:
                reach_m[list(pair)] -= depth_m
        return reach_m

    def hit(
        self, ball: Ball, time_s: float, owner: int, normal: Float64[np.ndarray, " 3"], flat: bool
    ) -> None:
        """A ball touches something still, whose unit normal points to the ball; it can rest where `flat`."""
        velocity = ball.now.flight(time_s).velocity
        approach = -float(velocity @ normal)
        leaves = max(self._restitution(ball.index, owner) * approach, 0.0)
        if not flat and approach < HOP_M_S:
            leaves = HOP_M_S
        impulse = (approach + leaves) / ball.inverse_mass
        if owner not in ball.pressed:
            self._log(time_s, "contact_begin", ball.index, owner)
        if approach >= IMPACT_M_S:
            self._log(time_s, "impact", ball.index, owner, impulse)
        ball.pressed[owner] = ball.pressed.get(owner, 0.0) + impulse
        after = velocity + (approach + leaves) * normal
        self.restart(ball, time_s, velocity=after, spin=ball.spin_with(after))

    def collide(self, ball: Ball, other: Ball, time_s: float) -> None:
        """Two balls touch."""
        a, b = ball.now.flight(time_s), other.now.flight(time_s)
        offset, velocity = a.position_m - b.position_m, a.velocity - b.velocity
        distance_m = float(np.linalg.norm(offset))
        normal = offset / distance_m
        approach = -float(velocity @ normal)
        leaves = max(self._restitution(ball.index, other.index) * approach, 0.0)
        opens = float(a.acceleration @ normal - b.acceleration @ normal)
        opens += (float(velocity @ velocity) - approach**2) / distance_m
        if approach < HOP_M_S and opens < -_ROUNDING:
            leaves = HOP_M_S  # one lies on the other
        impulse = (approach + leaves) / (ball.inverse_mass + other.inverse_mass)
        self._log(time_s, "contact_begin", ball.index, other.index)
        if approach >= IMPACT_M_S:
            self._log(time_s, "impact", ball.index, other.index, impulse)
        self._log(time_s, "contact_end", ball.index, other.index, impulse)
        for one, sign in ((ball, 1.0), (other, -1.0)):
            if not one.held:
                after = one.now.flight(time_s).velocity + sign * impulse * one.inverse_mass * normal
                self.restart(one, time_s, velocity=after, spin=one.spin_with(after))

    def _restitution(self, index: int, other: int) -> float:
        return self.restitution[index] * self.restitution[other]

    def _log(self, time_s: float, kind: str, index: int, other: int, amount: float = 0.0) -> None:
        first, second = sorted((index, other))
        self.events.append(WorldEvent(time_s, kind, (self.names[first], self.names[second]), amount))

    def _go_on(self, ball: Ball, state: Segment) -> None:
        """Begin the next segment: what a ball rests on takes away the gravity that presses it there."""
        self.changed.add(ball.index)
        ball.loads = {}
        velocity, acceleration = state.velocity, state.acceleration
        if not ball.exists:
            state = replace(state, spin=np.zeros(3))
            velocity = acceleration = np.zeros(3)
        elif not ball.held:
            faces = self._rests_on(ball, state)
            normals = self.obstacles.normal[faces]
            for normal in normals:
                velocity = velocity - (velocity @ normal) * normal
            loads, _ = nnls(normals.T, -ball.gravity) if len(faces) else (np.zeros(0), 0.0)
            ball.loads = {face: float(load) for face, load in zip(faces, loads, strict=True) if load > 0.0}
            acceleration = ball.gravity + loads @ normals
            if np.abs(acceleration).max() < _ROUNDING:
                acceleration = np.zeros(3)
        ball.course.segments.append(replace(state, velocity=velocity, acceleration=acceleration))
        resting = {int(self.obstacles.owner[face]) for face in ball.loads}
        for body in sorted(set(ball.pressed) - resting):
            self._log(state.start_s, "contact_end", ball.index, body, ball.pressed.pop(body))
        for body in sorted(resting - set(ball.pressed)):
            self._log(state.start_s, "contact_begin", ball.index, body)
            ball.pressed[body] = 0.0

    def _rests_on(self, ball: Ball, state: Segment) -> list[int]:
        """The faces that a ball touches, presses and does not leave."""
        obstacles = self.obstacles
        gap, rate, pull = obstacles.gaps(
            Flight(state.position_m, state.velocity, ball.gravity), self.reach_m(ball)
        )
        still = np.zeros(len(gap))
        touching = (np.abs(gap) <= TOUCHING_M) & (np.abs(rate) <= REST_M_S) & (pull < -_ROUNDING)
        above = obstacles.over(state.position_m + still[:, None], state.velocity + still[:, None], still)
        found: list[int] = np.flatnonzero(touching & above & self.felt(ball)[obstacles.owner]).tolist()
        return found

    def _begin_to_roll(self, ball: Ball) -> None:
        """Whether it turns, from the beginning, as a ball that rolls on what it lies on."""
        for face in ball.loads:
            normal = self.obstacles.normal[face]
            rolling = np.cross(normal, ball.now.velocity) / ball.radius_m
            if np.abs(rolling - ball.now.spin).max() <= _ROLLS_RAD_S:
                ball.rolls_on = normal
                ball.course.rolls_in = not ball.now.acceleration.any()


def _ball(scene: Scene, index: int) -> Ball:
    body = scene.bodies[index]
    if body.shape != "sphere" or body.hinge is not None:
        raise WsimError(
            f"the body {body.name!r} is no free ball, and the physics of collisions knows no others",
            where=f"Scene.physics of {scene.family}/{scene.seed}",
            remedy="use physics='contacts', or make it a sphere without a hinge",
        )
    radius_m = body.size_m[0]
    mass_kg = body.density_kg_m3 * 4.0 / 3.0 * math.pi * radius_m**3
    start = Segment(
        0.0,
        np.array(body.position_m),
        np.array(body.rotation),
        np.array(body.velocity_m_s),
        np.array(body.angular_velocity_rad_s),
        np.zeros(3),
    )
    return Ball(index, radius_m, 1.0 / mass_kg, np.array(scene.gravity_m_s2), Course([start]))

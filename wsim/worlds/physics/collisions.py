"""Balls that fly, bounce, roll and collide without friction: exact, from event to event.

Between events every ball has a constant acceleration, so the times of touches are roots of polynomials
(`wsim.worlds.physics.touch`), and the only errors are those of rounding. A touch exchanges the impulse that
Newton's law of restitution asks for, v_n' = -e1 e2 v_n, along the normal; masses follow from density and
volume. Touches at the same time happen one after another, in the order of the bodies.

Who leaves a face at less than `REST_M_S` stays on it, and glides with what gravity leaves along it. Nothing
rubs, so nothing changes a spin, with one exception for the eye: a ball that begins on a face, turning as one
that rolls (or at rest), turns as one that rolls after every touch. On an edge or on another ball, where it
cannot rest, a ball hops at `HOP_M_S`.

Felt are static planes (from above, within their edges), boxes and balls, with their parts; other shapes,
and bodies on rails, are scenery. A ball that is resized or reshaped is still felt as it was.
"""

import math
from dataclasses import dataclass

import numpy as np

from wsim.errors import WsimError
from wsim.worlds.physics.balls import Ball, World
from wsim.worlds.physics.due import due_of
from wsim.worlds.physics.flight import Courses
from wsim.worlds.physics.obstacles import Meeting
from wsim.worlds.physics.touch import falling_roots, touches
from wsim.worlds.scene import Scene

_MOST_EVENTS = 100_000
_OBSTACLE, _EDGE = -2, -1  # what lies ahead of a ball besides other balls


@dataclass(frozen=True, slots=True)
class _Ahead:
    """The next event of a ball, if nothing comes between; with an obstacle, how they meet."""

    time_s: float
    meeting: Meeting | None = None


_NOTHING = _Ahead(math.inf)


def integrate(scene: Scene, until_s: float) -> Courses:
    """Simulate from time zero to `until_s`; what happens does not depend on when that is.

    Raises:
        WsimError: a dynamic body is not a ball, or the collisions come too thick to have an end.
    """
    world = World(scene)
    world.due = due_of(scene)
    ahead: dict[tuple[int, int], _Ahead] = {}
    for _ in range(_MOST_EVENTS):
        _look_ahead(world, ahead)
        key = min(ahead, key=lambda k: (ahead[k].time_s, k), default=(0, _EDGE))
        time_s = ahead[key].time_s if ahead else math.inf
        if world.due and world.due[0].time_s <= min(time_s, until_s):
            due = world.due.pop(0)
            due.act(world, due.time_s)
        elif time_s <= until_s:
            _happen(world, key, ahead[key])
        else:
            return Courses(tuple(ball.course for ball in world.balls), tuple(world.events))
    raise WsimError(
        f"the balls of {scene.family}/{scene.seed} collide without end",
        where="collisions.integrate(scene)",
        remedy="leave them more room, or let them lose energy",
    )


def _look_ahead(world: World, ahead: dict[tuple[int, int], _Ahead]) -> None:
    """Look again for the next event of every ball that has changed."""
    balls = world.balls
    for i, ball in enumerate(balls):
        if ball.index in world.changed:
            ahead[i, _OBSTACLE] = _next_obstacle(world, ball)
            ahead[i, _EDGE] = _end_of_face(world, ball)
        for j in range(i + 1, len(balls)):
            if ball.index in world.changed or balls[j].index in world.changed:
                ahead[i, j] = _next_collision(world, ball, balls[j])
    world.changed.clear()


def _next_obstacle(world: World, ball: Ball) -> _Ahead:
    if ball.held or not ball.exists:
        return _NOTHING
    now, rests = ball.now, np.zeros(len(world.obstacles.owner), dtype=bool)
    rests[list(ball.loads)] = True
    flight, reach_m = now.flight(now.start_s), world.reach_m(ball)
    meeting = world.obstacles.first_meeting(flight, reach_m, world.felt(ball), rests)
    return _Ahead(now.start_s + meeting.in_s, meeting) if meeting else _NOTHING


def _next_collision(world: World, ball: Ball, other: Ball) -> _Ahead:
    pair = frozenset((ball.index, other.index))
    if not ball.exists or not other.exists or pair in world.apart or (ball.held and other.held):
        return _NOTHING
    since_s = max(ball.now.start_s, other.now.start_s)
    a, b = ball.now.flight(since_s), other.now.flight(since_s)
    reach_m = ball.radius_m + other.radius_m - world.sink_m.get(pair, 0.0)
    offset, velocity = a.position_m - b.position_m, a.velocity - b.velocity
    times_s = touches(offset, velocity, a.acceleration - b.acceleration, reach_m)
    return _Ahead(since_s + times_s[0]) if times_s else _NOTHING


def _end_of_face(world: World, ball: Ball) -> _Ahead:
    """When a ball that rests on a face comes to its edge."""
    if not ball.loads:
        return _NOTHING
    faces, obstacles = list(ball.loads), world.obstacles
    sides, half_m = obstacles.sides[faces], obstacles.half_m[faces]
    along = np.einsum("fsk,fk->fs", sides, ball.now.position_m - obstacles.centre_m[faces])
    rate, acceleration = sides @ ball.now.velocity, sides @ ball.now.acceleration
    ends_s = [
        falling_roots((half_m - way * along).ravel(), (-way * rate).ravel(), (-way * acceleration).ravel())
        for way in (1.0, -1.0)
    ]
    return _Ahead(ball.now.start_s + float(np.min(ends_s)))


def _happen(world: World, key: tuple[int, int], ahead: _Ahead) -> None:
    ball = world.balls[key[0]]
    if key[1] == _EDGE:
        world.restart(ball, ahead.time_s)
    elif ahead.meeting is None:
        world.collide(ball, world.balls[key[1]], ahead.time_s)
    else:
        meeting = ahead.meeting
        world.hit(ball, ahead.time_s, meeting.owner, meeting.normal, meeting.flat)

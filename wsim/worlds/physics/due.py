"""What befalls balls at times known beforehand: bodies that come and go, and laws that are broken.

A violation whose amount changes nothing is not due at all, so that its twin is the lawful world to the bit.
"""

import dataclasses
from collections.abc import Callable

import numpy as np

from wsim.worlds.physics.balls import Ball, Due, World
from wsim.worlds.physics.flight import Drift, Segment
from wsim.worlds.physics.gravity import changes_nothing, gravity_after
from wsim.worlds.physics.obstacles import obstacles_of
from wsim.worlds.scene import NEVER_S, Scene, Violation


def due_of(scene: Scene) -> list[Due]:
    """Everything that is due after time zero or at it, in order of time."""
    due = []
    for index, body in enumerate(scene.bodies):
        if 0.0 < body.from_s < NEVER_S:
            due.append(Due(body.from_s, _exists(index, True)))
        if 0.0 < body.until_s < NEVER_S:
            due.append(Due(body.until_s, _exists(index, False)))
    for violation in scene.violations:
        if violation.kind in _BREAK and not changes_nothing(violation):
            due.append(Due(max(violation.time_s, 0.0), _breaks(violation)))
    return sorted(due, key=lambda item: item.time_s)


def _breaks(violation: Violation) -> Callable[[World, float], None]:
    return lambda world, time_s: _BREAK[violation.kind](world, time_s, violation)


def _exists(index: int, exists: bool) -> Callable[[World, float], None]:
    def act(world: World, time_s: float) -> None:
        world.solid[index] = exists
        body = world.bodies[index]
        if ball := world.ball(body.name):
            ball.exists = exists
            first, turning = np.array(body.velocity_m_s), np.array(body.angular_velocity_rad_s)
            world.restart(ball, time_s, velocity=first, spin=turning)
        else:
            world.restart_all(time_s)

    return act


def _vanish(world: World, time_s: float, violation: Violation) -> None:
    _exists(world.names.index(violation.body), violation.kind == "appear")(world, time_s)


def _duplicate(world: World, time_s: float, violation: Violation) -> None:
    """The copy begins as the original is, displaced."""
    original, copy = world.ball(violation.body), world.ball(violation.other)
    if original is None or copy is None:
        return
    now = original.now.at(time_s)
    copy.exists = world.solid[copy.index] = True
    copy.rolls_on = original.rolls_on
    world.restart(
        copy, time_s, position_m=now.position_m + np.array(violation.vector), rotation=now.rotation,
        velocity=now.velocity, spin=now.spin,
    )  # fmt: skip


def _teleport(world: World, time_s: float, violation: Violation) -> None:
    vector = np.array(violation.vector)
    if ball := world.ball(violation.body):
        world.restart(ball, time_s, position_m=ball.now.flight(time_s).position_m + vector)
        return
    index = world.names.index(violation.body)
    x, y, z = (np.array(world.bodies[index].position_m) + vector).tolist()
    world.bodies[index] = dataclasses.replace(world.bodies[index], position_m=(x, y, z))
    world.obstacles = obstacles_of(tuple(world.bodies))
    world.restart_all(time_s)


def _pull_otherwise(world: World, time_s: float, violation: Violation) -> None:
    """Gravity changes, of one ball or of all; one that hovers also loses its vertical velocity."""
    for ball in world.balls:
        if violation.body in ("", world.names[ball.index]) and not ball.held:
            ball.gravity = gravity_after(ball.gravity, violation)
            velocity = ball.now.flight(time_s).velocity
            if violation.kind == "hover":
                velocity = velocity * np.array([1.0, 1.0, 0.0])
            world.restart(ball, time_s, velocity=velocity)


def _push(world: World, time_s: float, violation: Violation) -> None:
    """Velocity out of nowhere: a factor or a vector."""
    ball = world.ball(violation.body)
    if ball is None or ball.held:
        return
    velocity = ball.now.flight(time_s).velocity
    if violation.kind == "energy_gain":
        velocity = violation.amount * velocity
    else:
        velocity = velocity + np.array(violation.vector)
    world.restart(ball, time_s, velocity=velocity, spin=ball.spin_with(velocity))


def _bounce_otherwise(world: World, time_s: float, violation: Violation) -> None:
    world.restitution[world.names.index(violation.body)] = violation.amount


def _come_apart(world: World, time_s: float, violation: Violation) -> None:
    """Two bodies do not touch any more, or only when they have sunk into each other."""
    pair = frozenset((world.names.index(violation.body), world.names.index(violation.other)))
    if violation.kind == "pass_through":
        world.apart.add(pair)
    else:
        ball = world.ball(violation.body) or world.ball(violation.other)
        world.sink_m[pair] = 2.0 * violation.amount * ball.radius_m if ball else 0.0
    world.restart_all(time_s)


def _hold(ball: Ball, world: World, state: Segment) -> None:
    """From now on only broken laws move this ball."""
    ball.inverse_mass = 0.0
    world.restart(
        ball, state.start_s, velocity=state.velocity, spin=state.spin, acceleration=state.acceleration
    )


def _freeze(world: World, time_s: float, violation: Violation) -> None:
    if ball := world.ball(violation.body):
        rest = np.zeros(3)
        _hold(ball, world, Segment(time_s, rest, np.zeros(4), rest, rest, rest))


def _reverse(world: World, time_s: float, violation: Violation) -> None:
    """Its segments once more, the last first, each from its end to its beginning; then it rests."""
    ball = world.ball(violation.body)
    if ball is None:
        return
    past = list(ball.course.segments)
    ends_s = [segment.start_s for segment in past[1:]] + [time_s]
    back = []
    for segment, end_s in zip(reversed(past), reversed(ends_s), strict=True):
        if end_s > segment.start_s:
            end = segment.at(end_s)
            back.append(
                dataclasses.replace(end, start_s=2.0 * time_s - end_s, velocity=-end.velocity, spin=-end.spin)
            )
    rest = np.zeros(3)
    back.append(Segment(2.0 * time_s, past[0].position_m, past[0].rotation, rest, rest, rest))
    _hold(ball, world, back[0])
    later = [Due(state.start_s, _resume(ball, state)) for state in back[1:]]
    world.due = sorted([*world.due, *later], key=lambda item: item.time_s)


def _resume(ball: Ball, state: Segment) -> Callable[[World, float], None]:
    return lambda world, time_s: _hold(ball, world, state)


def _creep_back(world: World, time_s: float, violation: Violation) -> None:
    """A drift on top of what it does, which others do not feel."""
    if ball := world.ball(violation.body):
        displaced = ball.now.flight(time_s).position_m - ball.course.segments[0].position_m
        drift = Drift(time_s, world.scene.duration_s, -violation.amount * displaced)
        ball.course.drifts.append(drift)


_BREAK: dict[str, Callable[[World, float, Violation], None]] = {
    "vanish": _vanish,
    "appear": _vanish,
    "duplicate": _duplicate,
    "teleport": _teleport,
    "gravity_scale": _pull_otherwise,
    "gravity_tilt": _pull_otherwise,
    "weightless": _pull_otherwise,
    "hover": _pull_otherwise,
    "energy_gain": _push,
    "uncaused_motion": _push,
    "super_bounce": _bounce_otherwise,
    "pass_through": _come_apart,
    "interpenetrate": _come_apart,
    "freeze": _freeze,
    "reverse": _reverse,
    "creeps_back": _creep_back,
}

"""Fluid that runs from one vessel through a hole into another, exactly.

Torricelli's law: it leaves a hole under a level h at u = sqrt(2 g h), so the level of a vessel of area A with
a hole of area a falls as dh/dt = -(a / A) u, and u itself falls evenly: du/dt = -g a / A. What leaves at time
s with speed u falls freely and lands at t = s + d, where the drop is u d + g d^2 / 2. With u(s) written as
u(t) + g (a / A) d this is g (a / A + 1/2) d^2 + u(t) d = drop, a quadratic for d. Whatever has left and not
landed is in the air, so no fluid is lost.

Axis letters: `time`.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from wsim.errors import WsimError
from wsim.worlds.physics.trajectory import Trajectory
from wsim.worlds.scene import Body, Pour, Scene, Violation

_SHORTEST_M = 1e-6  # a thinner layer of fluid is not drawn


@dataclass(frozen=True)
class _Outflow:
    """A hole that runs from `start_s` until `end_s`, at first at `speed_m_s`."""

    start_s: float
    end_s: float
    speed_m_s: float
    slowing: float  # g a / A
    gravity: float
    area_m2: float  # of the hole
    drop_m: float

    def speed(self, times_s: Float64[np.ndarray, " time"]) -> Float64[np.ndarray, " time"]:
        """Of the fluid that leaves at a time; beyond the outflow the straight line goes on."""
        return np.asarray(self.speed_m_s - self.slowing * (times_s - self.start_s))

    def left_m3(self, times_s: Float64[np.ndarray, " time"]) -> Float64[np.ndarray, " time"]:
        """What has left by a time."""
        t = np.clip(times_s, self.start_s, self.end_s) - self.start_s
        return np.asarray(self.area_m2 * (self.speed_m_s * t - 0.5 * self.slowing * t**2))

    def left_of_landed_s(self, times_s: Float64[np.ndarray, " time"]) -> Float64[np.ndarray, " time"]:
        """When what lands at a time has left; outside of the outflow a time outside of it."""
        square = self.slowing + 0.5 * self.gravity
        speed = self.speed(times_s)
        root = np.sqrt(speed**2 + 4.0 * square * self.drop_m)
        return times_s - 2.0 * self.drop_m / (speed + root)

    def landed_m3(self, times_s: Float64[np.ndarray, " time"]) -> Float64[np.ndarray, " time"]:
        """What has landed by a time."""
        return self.left_m3(self.left_of_landed_s(times_s))

    def fallen_m(
        self, times_s: Float64[np.ndarray, " time"]
    ) -> tuple[Float64[np.ndarray, " time"], Float64[np.ndarray, " time"]]:
        """How far the first and the last of the fluid have fallen below the hole, at most the drop."""
        ends = []
        for left_s in (self.start_s, self.end_s):
            t = np.maximum(times_s - left_s, 0.0)
            speed = float(self.speed(np.array([left_s]))[0]) if left_s < math.inf else 0.0
            ends.append(np.minimum(speed * t + 0.5 * self.gravity * t**2, self.drop_m))
        return ends[0], ends[1]


def pour(scene: Scene, trajectory: Trajectory) -> dict[str, Float64[np.ndarray, " time"]]:
    """Let fluids run: changes place, scale and existence of fluids and streams in `trajectory`.

    A fluid keeps its lower face; a stream reaches from the last to the first of what is in the air, and is
    as thick as makes its volume that of what is in the air. Broken laws: `fluid_gain` multiplies the volume
    that is there at its time (of a source, more then runs out); `freeze` holds a level where it is.

    Returns:
        State variables `volume of NAME` in m^3, of every fluid and every stream.

    Raises:
        WsimError: a pour that makes no sense.
    """
    if not scene.pours:
        return {}
    times_s, names = trajectory.times_s, [body.name for body in scene.bodies]
    _check(scene)
    volume_m3 = {name: _volumes_m3(scene, scene.body(name), times_s) for name in _fluids(scene)}
    for name, volume in volume_m3.items():
        _draw_level(trajectory, names.index(name), scene.body(name), volume)
    for each in scene.pours:
        flows = _outflows(scene, each)
        in_air = sum(
            (flow.left_m3(times_s) - flow.landed_m3(times_s) for flow in flows), np.zeros(len(times_s))
        )
        volume_m3[each.stream] = in_air
        _draw_stream(trajectory, names.index(each.stream), scene.body(each.stream), flows, in_air)
    return {f"volume of {name}": volume for name, volume in volume_m3.items()}


def _fluids(scene: Scene) -> list[str]:
    return list(dict.fromkeys(name for each in scene.pours for name in (each.source, each.target)))


def _volumes_m3(
    scene: Scene, body: Body, times_s: Float64[np.ndarray, " time"]
) -> Float64[np.ndarray, " time"]:
    """The volume of a fluid over time, with the broken laws that are about it."""
    held_s = times_s
    for violation in scene.violations:
        if violation.kind == "freeze" and violation.body == body.name:
            held_s = np.minimum(held_s, violation.time_s)
    volume = np.full(len(times_s), _area_m2(body) * _height_m(body))
    for each in scene.pours:
        flows = _outflows(scene, each)
        if each.source == body.name:
            volume = volume - sum((flow.left_m3(held_s) for flow in flows), np.zeros(len(times_s)))
        if each.target == body.name:
            volume = volume + sum((flow.landed_m3(held_s) for flow in flows), np.zeros(len(times_s)))
    for violation in _gains(scene, body):
        then = _volumes_m3(
            scene.replace(violations=_before(scene, violation)), body, np.array([violation.time_s])
        )
        volume = volume + np.where(held_s >= violation.time_s, (violation.amount - 1.0) * then[0], 0.0)
    return np.asarray(np.maximum(volume, 0.0))


def _gains(scene: Scene, body: Body) -> list[Violation]:
    """The gains of a fluid that change something, in order of time."""
    gains = [
        v for v in scene.violations if v.kind == "fluid_gain" and v.body == body.name and v.amount != 1.0
    ]
    return sorted(gains, key=lambda violation: violation.time_s)


def _before(scene: Scene, violation: Violation) -> tuple[Violation, ...]:
    """The violations without this one and any later gain."""
    return tuple(v for v in scene.violations if v.kind != "fluid_gain" or v.time_s < violation.time_s)


def _outflows(scene: Scene, each: Pour) -> list[_Outflow]:
    """One outflow, and another after every gain of the source."""
    source, gravity = scene.body(each.source), -scene.gravity_m_s2[2]
    area = _area_m2(source)
    volume, since_s = area * _height_m(source), each.start_s
    flows: list[_Outflow] = []
    for gain in [*_gains(scene, source), None]:
        speed = math.sqrt(2.0 * gravity * volume / area)
        slowing = gravity * each.hole_m2 / area
        empty_s = since_s + speed / slowing
        until_s = empty_s if gain is None else min(empty_s, max(gain.time_s, since_s))
        flow = _Outflow(since_s, until_s, speed, slowing, gravity, each.hole_m2, each.drop_m)
        flows.append(flow)
        if gain is not None:
            volume = gain.amount * max(volume - float(flow.left_m3(np.array([gain.time_s]))[0]), 0.0)
            since_s = max(gain.time_s, each.start_s)
    return flows


def _draw_level(
    trajectory: Trajectory, index: int, body: Body, volume_m3: Float64[np.ndarray, " time"]
) -> None:
    level_m = volume_m3 / _area_m2(body)
    trajectory.alive[:, index] &= level_m > _SHORTEST_M
    drawn_m = np.maximum(level_m, _SHORTEST_M)
    trajectory.looks.scale[:, index, 2] *= drawn_m / _height_m(body)
    trajectory.position_m[:, index, 2] += 0.5 * (drawn_m - _height_m(body))


def _draw_stream(
    trajectory: Trajectory,
    index: int,
    body: Body,
    flows: list[_Outflow],
    in_air_m3: Float64[np.ndarray, " time"],
) -> None:
    head_m, tail_m = np.zeros(len(in_air_m3)), np.full(len(in_air_m3), np.inf)
    for flow in flows:
        head, tail = flow.fallen_m(trajectory.times_s)
        runs = (trajectory.times_s > flow.start_s) & (head > tail)
        head_m = np.where(runs, np.maximum(head_m, head), head_m)
        tail_m = np.where(runs, np.minimum(tail_m, tail), tail_m)
    length_m = np.where(np.isfinite(tail_m), head_m - tail_m, 0.0)
    trajectory.alive[:, index] &= length_m > _SHORTEST_M
    drawn_m, top_m = np.maximum(length_m, _SHORTEST_M), np.where(np.isfinite(tail_m), tail_m, 0.0)
    thickness = np.sqrt(in_air_m3 / drawn_m / (math.pi * body.size_m[0] ** 2))
    trajectory.looks.scale[:, index, :2] *= np.maximum(thickness, 1e-3)[:, None]
    trajectory.looks.scale[:, index, 2] *= drawn_m / _height_m(body)
    trajectory.position_m[:, index, 2] += 0.5 * _height_m(body) - top_m - 0.5 * drawn_m


def _area_m2(body: Body) -> float:
    x, y, _ = body.size_m
    return math.pi * x * x if body.shape == "cylinder" else 4.0 * x * y


def _height_m(body: Body) -> float:
    return 2.0 * body.size_m[2]


def _check(scene: Scene) -> None:
    names = {body.name for body in scene.bodies}
    sources, targets = {each.source for each in scene.pours}, {each.target for each in scene.pours}
    problem = ""
    for each in scene.pours:
        if missing := {each.source, each.target, each.stream} - names:
            problem = f"a pour is about a body {min(missing)!r} that does not exist"
        elif any(scene.body(name).shape not in ("box", "cylinder") for name in (each.source, each.target)):
            problem = f"the fluids {each.source!r} and {each.target!r} must be boxes or cylinders"
        elif scene.body(each.stream).shape != "cylinder":
            problem = f"the stream {each.stream!r} must be a cylinder"
        elif each.hole_m2 <= 0.0 or each.drop_m <= 0.0:
            problem = "a pour needs a hole and a drop above 0"
        elif abs(_height_m(scene.body(each.stream)) - each.drop_m) > 1e-6:
            problem = f"the stream {each.stream!r} is not as long as the fluid falls"
    if sources & targets or len(sources) < len(scene.pours):
        problem = "a fluid can run out through one hole only, or be filled"
    if problem:
        raise WsimError(
            problem,
            where=f"Scene.pours of {scene.family}/{scene.seed}",
            remedy="see wsim.worlds.scene.Pour for what a pour needs",
        )

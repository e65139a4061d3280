"""The pendulum, exactly, from any state and in any constant gravity.

With theta the angle from the direction of gravity, theta'' = -w^2 sin theta where w^2 = g / L. In Jacobi's
functions of modulus k^2 = sin^2(theta / 2) + (theta' / 2w)^2 (Whittaker, Analytical Dynamics):

    swinging, k < 1:     sin(theta / 2) = k sn(w t + u, k^2)     theta' = 2 w k cn(w t + u, k^2)
    going round, k >= 1: theta / 2 = am(k w t + u, 1 / k^2)      theta' = 2 w k dn(k w t + u, 1 / k^2)

A broken law begins a new stretch of such a motion from the state at its time.

Axis letters: `time`.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float64
from scipy.special import ellipj, ellipkinc

from wsim.errors import WsimError
from wsim.worlds.physics import rotations
from wsim.worlds.physics.gravity import gravity_after, with_release
from wsim.worlds.scene import Body, Pendulum, Scene, Violation


@dataclass(frozen=True)
class _Stretch:
    """A swing under one law. `angle_rad` and `rate_rad_s` at `start_s`; `rests`: it stays as it is."""

    start_s: float
    angle_rad: float
    rate_rad_s: float
    gravity: Float64[np.ndarray, " 3"]
    rests: bool = False


def swing(
    scene: Scene, body: Body, violations: tuple[Violation, ...], times_s: Float64[np.ndarray, " time"]
) -> tuple[Float64[np.ndarray, "time 3"], Float64[np.ndarray, "time 4"], Float64[np.ndarray, "time 6"]]:
    """Position, rotation and velocity of a body with a pendulum; at rest before it is released.

    Args:
        scene: for its gravity.
        body: hangs straight down as it is described.
        violations: those that it feels, in order of time; what `reverse` does is not done here.
        times_s: any times.

    Raises:
        WsimError: it has no pendulum, or one with an axis that is not a horizontal unit vector.
    """
    pendulum = _checked(body)
    angle, rate = np.empty_like(times_s), np.empty_like(times_s)
    stretches = _stretches(scene, pendulum, violations)
    ends_s = [stretch.start_s for stretch in stretches[1:]] + [math.inf]
    since_s = -math.inf  # the first stretch is a rest, which has always lasted
    for stretch, end_s in zip(stretches, ends_s, strict=True):
        during = (times_s >= since_s) & (times_s < end_s)
        angle[during], rate[during] = _angle_at(pendulum, stretch, times_s[during])
        since_s = end_s
    return _poses(body, pendulum, angle, rate)


def _stretches(scene: Scene, pendulum: Pendulum, violations: tuple[Violation, ...]) -> list[_Stretch]:
    gravity = np.array(scene.gravity_m_s2)
    stretches = [_Stretch(min(pendulum.release_s, 0.0), pendulum.angle_rad, 0.0, gravity, rests=True)]
    for time_s, violation in with_release(pendulum.release_s, violations):
        stretches.append(_next_stretch(pendulum, stretches[-1], time_s, violation))
        if violation and violation.kind in ("freeze", "hover"):
            break
    return stretches


def _next_stretch(pendulum: Pendulum, last: _Stretch, time_s: float, violation: Violation | None) -> _Stretch:
    """How the swing goes on when it is released, or after a violation."""
    angle, rate = (float(value[0]) for value in _angle_at(pendulum, last, np.array([time_s])))
    now = replace(last, start_s=time_s, angle_rad=angle, rate_rad_s=rate)
    if violation is None:
        return replace(now, rests=False)
    if violation.kind == "energy_gain":
        return replace(now, rate_rad_s=rate * violation.amount)
    if violation.kind == "uncaused_motion":
        _, down, side = _frame(pendulum)
        tangent = math.cos(angle) * side - math.sin(angle) * down
        kick = float(tangent @ np.array(violation.vector)) / pendulum.length_m
        return replace(now, rate_rad_s=rate + kick, rests=False)
    if violation.kind in ("freeze", "hover"):
        return replace(now, rate_rad_s=0.0, rests=True)
    return replace(now, gravity=gravity_after(now.gravity, violation))


def _frame(
    pendulum: Pendulum,
) -> tuple[Float64[np.ndarray, " 3"], Float64[np.ndarray, " 3"], Float64[np.ndarray, " 3"]]:
    """The axis, the way it hangs, and the way it starts when the angle grows."""
    axis, down = np.array(pendulum.axis), np.array([0.0, 0.0, -1.0])
    return axis, down, np.cross(axis, down)


def _angle_at(
    pendulum: Pendulum, stretch: _Stretch, times_s: Float64[np.ndarray, " time"]
) -> tuple[Float64[np.ndarray, " time"], Float64[np.ndarray, " time"]]:
    """Angle and angular rate at times of one stretch."""
    since_s = times_s - stretch.start_s
    if stretch.rests:
        return np.full_like(since_s, stretch.angle_rad), np.zeros_like(since_s)
    _, down, side = _frame(pendulum)
    along, across = float(down @ stretch.gravity), float(side @ stretch.gravity)
    strength = math.hypot(along, across)
    if strength == 0.0:
        return stretch.angle_rad + stretch.rate_rad_s * since_s, np.full_like(since_s, stretch.rate_rad_s)
    lowest = math.atan2(across, along)  # the angle at which it would hang at rest
    omega = math.sqrt(strength / pendulum.length_m)
    angle, rate = _oscillation(stretch.angle_rad - lowest, stretch.rate_rad_s, omega, since_s)
    return angle + lowest, rate


def _oscillation(
    angle_rad: float, rate_rad_s: float, omega: float, since_s: Float64[np.ndarray, " time"]
) -> tuple[Float64[np.ndarray, " time"], Float64[np.ndarray, " time"]]:
    """Angle and rate of theta'' = -omega^2 sin(theta), from a state."""
    turns = 2.0 * math.pi * round(angle_rad / (2.0 * math.pi))
    half = 0.5 * (angle_rad - turns)
    spin = 0.5 * rate_rad_s / omega
    k2 = math.sin(half) ** 2 + spin**2
    if k2 == 0.0:
        return np.full_like(since_s, angle_rad), np.zeros_like(since_s)
    k = math.sqrt(k2)
    if k2 < 1.0:
        start = float(ellipkinc(math.atan2(math.sin(half), spin), k2))
        sn, cn, _, _ = ellipj(omega * since_s + start, k2)
        return turns + 2.0 * np.arcsin(np.clip(k * sn, -1.0, 1.0)), 2.0 * omega * k * cn
    way = math.copysign(1.0, rate_rad_s)
    start = float(ellipkinc(way * half, 1.0 / k2))
    _, _, dn, am = ellipj(k * omega * since_s + start, 1.0 / k2)
    return turns + way * 2.0 * am, way * 2.0 * omega * k * dn


def _poses(
    body: Body,
    pendulum: Pendulum,
    angle_rad: Float64[np.ndarray, " time"],
    rate_rad_s: Float64[np.ndarray, " time"],
) -> tuple[Float64[np.ndarray, "time 3"], Float64[np.ndarray, "time 4"], Float64[np.ndarray, "time 6"]]:
    axis, pivot = np.array(pendulum.axis), np.array(pendulum.pivot_m)
    turned = rotations.from_rotation_vector(angle_rad[:, None] * axis)
    arm = rotations.rotate(turned, np.array(body.position_m) - pivot)
    spin = rate_rad_s[:, None] * axis
    velocity = np.concatenate([np.cross(spin, arm), spin], axis=1)
    return pivot + arm, rotations.normalised(rotations.multiply(turned, np.array(body.rotation))), velocity


def _checked(body: Body) -> Pendulum:
    pendulum = body.pendulum
    if pendulum is None:
        problem, remedy = "moves as a pendulum but has none", "give it a Pendulum"
    elif pendulum.length_m <= 0.0:
        problem, remedy = f"has a pendulum of {pendulum.length_m:g} m", "give a length above 0"
    elif abs(math.hypot(*pendulum.axis) - 1.0) > 1e-6 or abs(pendulum.axis[2]) > 1e-6:
        problem, remedy = "has a pendulum whose axis is no level unit vector", "(0, 1, 0), for instance"
    else:
        return pendulum
    raise WsimError(f"the body {body.name!r} {problem}", where="Scene.bodies", remedy=remedy)

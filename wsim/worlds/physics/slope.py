"""Down a straight slope, exactly: rolling, slipping, sliding, sticking, with Coulomb's friction.

All accelerations are constant until something changes, so the motion is a list of phases. For a ball of
radius r and inertia k m r^2 that moves at v and turns at w (rolling is w r = v), with gravity g_d down the
slope and g_n into it: while it slips, friction mu g_n acts against v - w r; once it rolls,
a = g_d / (1 + k), which needs friction |g_d| k / (1 + k) <= mu g_n. A body of radius 0 slides, or sticks
if it is at rest and |g_d| <= mu g_n.

Axis letters: `time`.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float64

from wsim.errors import WsimError
from wsim.worlds.physics import rotations
from wsim.worlds.physics.gravity import gravity_after, with_release
from wsim.worlds.scene import Body, Incline, Scene, Violation

_SAME_M_S = 1e-12  # slower slipping is none: rounding
_MOST_PHASES = 16  # between two violations there are at most four: slip, roll or stick, stop


@dataclass(frozen=True)
class _Phase:
    """Constant acceleration from `start_s` on; the path down the slope, and the angle that it has rolled."""

    start_s: float
    path_m: float
    speed_m_s: float
    angle_rad: float
    spin_rad_s: float
    acceleration: float = 0.0
    spin_acceleration: float = 0.0
    # Off the slope: a flight from here, with this velocity and gravity.
    velocity: Float64[np.ndarray, " 3"] | None = None
    gravity: Float64[np.ndarray, " 3"] | None = None

    def at(self, time_s: float) -> "_Phase":
        """The state at a later time, without accelerations."""
        t = time_s - self.start_s
        return _Phase(
            time_s,
            self.path_m + self.speed_m_s * t + 0.5 * self.acceleration * t * t,
            self.speed_m_s + self.acceleration * t,
            self.angle_rad + self.spin_rad_s * t + 0.5 * self.spin_acceleration * t * t,
            self.spin_rad_s + self.spin_acceleration * t,
        )


@dataclass(frozen=True)
class _World:
    """What acts: gravity and the coefficient of friction."""

    incline: Incline
    gravity: Float64[np.ndarray, " 3"]
    friction: float

    @property
    def down_m_s2(self) -> float:
        return float(np.array(self.incline.downhill) @ self.gravity)

    @property
    def press_m_s2(self) -> float:
        return -float(np.array(self.incline.normal) @ self.gravity)


def descend(
    scene: Scene, body: Body, violations: tuple[Violation, ...], times_s: Float64[np.ndarray, " time"]
) -> tuple[Float64[np.ndarray, "time 3"], Float64[np.ndarray, "time 4"], Float64[np.ndarray, "time 6"]]:
    """Position, rotation and velocity of a body on a slope; at rest before it is released.

    Args:
        scene: for its gravity.
        body: where it is released.
        violations: those that it feels, in order of time; what `reverse` does is not done here.
        times_s: any times.

    Raises:
        WsimError: it has no slope, or one that makes no sense.
    """
    incline = _checked(body)
    phases = _phases(scene, body, incline, violations)
    starts_s = np.array([phase.start_s for phase in phases])
    index = np.maximum(np.searchsorted(starts_s, times_s, side="right") - 1, 0)
    position, velocity = np.empty((len(times_s), 3)), np.zeros((len(times_s), 6))
    angle = np.empty_like(times_s)
    for number in np.unique(index).tolist():
        during = index == number
        t = np.maximum(times_s[during] - starts_s[number], 0.0)
        position[during], velocity[during], angle[during] = _along(body, incline, phases[number], t)
    turned = rotations.from_rotation_vector(angle[:, None] * _axis(incline))
    return position, rotations.normalised(rotations.multiply(turned, np.array(body.rotation))), velocity


def _axis(incline: Incline) -> Float64[np.ndarray, " 3"]:
    """About which it turns when it rolls down."""
    return np.cross(np.array(incline.normal), np.array(incline.downhill))


def _along(
    body: Body, incline: Incline, phase: _Phase, t: Float64[np.ndarray, " time"]
) -> tuple[Float64[np.ndarray, "time 3"], Float64[np.ndarray, "time 6"], Float64[np.ndarray, " time"]]:
    """Position, velocity and rolled angle, `t` seconds into a phase."""
    downhill = np.array(incline.downhill)
    angle = phase.angle_rad + phase.spin_rad_s * t + 0.5 * phase.spin_acceleration * t**2
    spin = (phase.spin_rad_s + phase.spin_acceleration * t)[:, None] * _axis(incline)
    start = np.array(body.position_m) + phase.path_m * downhill
    if phase.velocity is None or phase.gravity is None:
        initial, acceleration = phase.speed_m_s * downhill, phase.acceleration * downhill
    else:
        initial, acceleration = phase.velocity, phase.gravity
    position = start + t[:, None] * initial + 0.5 * t[:, None] ** 2 * acceleration
    return position, np.concatenate([initial + t[:, None] * acceleration, spin], axis=1), angle


def _phases(scene: Scene, body: Body, incline: Incline, violations: tuple[Violation, ...]) -> list[_Phase]:
    world = _World(incline, np.array(scene.gravity_m_s2), body.friction)
    phases = [_Phase(min(incline.release_s, 0.0), 0.0, 0.0, 0.0, 0.0)]
    released = False
    for time_s, violation in with_release(incline.release_s, violations):
        phases = [phase for phase in phases if phase.start_s <= time_s]
        if phases[-1].velocity is not None:
            break  # it has left the slope
        now = phases[-1].at(time_s)
        if violation and violation.kind in ("freeze", "hover", "weightless"):
            return [*phases, _off_the_law(incline, now, violation.kind)]
        if violation:
            world, now = _broken(world, now, violation)
        released |= violation is None or violation.kind == "uncaused_motion"
        if released:
            _go_on(world, phases, now)
    return phases


def _broken(world: _World, now: _Phase, violation: Violation) -> tuple[_World, _Phase]:
    """The forces and the state after a violation."""
    if violation.kind == "friction_off":
        return replace(world, friction=world.friction * (1.0 - violation.amount)), now
    if violation.kind == "energy_gain":
        factor = violation.amount
        return world, replace(now, speed_m_s=factor * now.speed_m_s, spin_rad_s=factor * now.spin_rad_s)
    if violation.kind == "uncaused_motion":
        kick = float(np.array(world.incline.downhill) @ np.array(violation.vector))
        return world, replace(now, speed_m_s=now.speed_m_s + kick)
    return replace(world, gravity=gravity_after(world.gravity, violation)), now


def _off_the_law(incline: Incline, now: _Phase, kind: str) -> _Phase:
    """Frozen, weightless (straight on, turning as it did) or hovering (level, straight on)."""
    if kind == "freeze":
        return replace(now, speed_m_s=0.0, spin_rad_s=0.0)
    velocity = now.speed_m_s * np.array(incline.downhill)
    if kind == "hover":
        velocity = velocity * np.array([1.0, 1.0, 0.0])
    return replace(now, velocity=velocity, gravity=np.zeros(3))


def _go_on(world: _World, phases: list[_Phase], now: _Phase) -> None:
    """Append the phases that follow from a state, until nothing changes any more."""
    for _ in range(_MOST_PHASES):
        if now.path_m >= world.incline.length_m:
            phases.append(replace(now, speed_m_s=0.0, spin_rad_s=0.0))
            return
        if world.press_m_s2 < 0.0:  # gravity lifts it off
            velocity = now.speed_m_s * np.array(world.incline.downhill)
            phases.append(replace(now, velocity=velocity, gravity=world.gravity))
            return
        phase, lasts_s = _forces(world, now)
        end_s = _time_to(phase, world.incline.length_m)
        phases.append(phase)
        if min(lasts_s, end_s) == math.inf:
            return
        now = phase.at(phase.start_s + min(lasts_s, end_s))
        if end_s <= lasts_s:
            now = replace(now, path_m=world.incline.length_m)
        elif world.incline.radius_m:
            now = replace(now, spin_rad_s=now.speed_m_s / world.incline.radius_m)
        else:
            now = replace(now, speed_m_s=0.0)


def _forces(world: _World, now: _Phase) -> tuple[_Phase, float]:
    """The state with its accelerations, and for how many seconds friction stays as it is."""
    radius, k = world.incline.radius_m, world.incline.inertia
    down, grip = world.down_m_s2, world.friction * world.press_m_s2
    slip = now.speed_m_s - now.spin_rad_s * radius
    holds = abs(down) * (k / (1.0 + k) if radius else 1.0) <= grip
    if abs(slip) <= _SAME_M_S and holds:
        if not radius:
            return replace(now, speed_m_s=0.0), math.inf
        acceleration = down / (1.0 + k)
        return replace(now, acceleration=acceleration, spin_acceleration=acceleration / radius), math.inf
    way = math.copysign(1.0, slip if abs(slip) > _SAME_M_S else down)
    acceleration = down - way * grip
    spin_acceleration = way * grip / (k * radius) if radius else 0.0
    ends = acceleration - spin_acceleration * radius  # of the slip
    lasts_s = -slip / ends if slip * ends < 0.0 and abs(slip) > _SAME_M_S else math.inf
    return replace(now, acceleration=acceleration, spin_acceleration=spin_acceleration), lasts_s


def _time_to(phase: _Phase, path_m: float) -> float:
    """How long until the end of the slope, which lies ahead; infinite if it is never reached."""
    left, speed, acceleration = path_m - phase.path_m, phase.speed_m_s, phase.acceleration
    discriminant = speed * speed + 2.0 * acceleration * left
    if discriminant < 0.0 or (speed <= 0.0 and acceleration <= 0.0):
        return math.inf
    return 2.0 * left / (speed + math.sqrt(discriminant))


def _checked(body: Body) -> Incline:
    incline = body.incline
    if incline is None:
        problem, remedy = "moves on a slope but has none", "give it an Incline"
    elif incline.length_m <= 0.0 or incline.radius_m < 0.0 or incline.inertia <= 0.0:
        problem, remedy = "has a slope with a size that is not positive", "give lengths above 0"
    elif (
        abs(math.hypot(*incline.downhill) - 1.0) > 1e-6
        or abs(math.hypot(*incline.normal) - 1.0) > 1e-6
        or abs(float(np.array(incline.downhill) @ np.array(incline.normal))) > 1e-6
    ):
        problem = "has a slope whose directions are no unit vectors at right angles"
        remedy = "give downhill and normal of length 1, at right angles"
    else:
        return incline
    raise WsimError(f"the body {body.name!r} {problem}", where="Scene.bodies", remedy=remedy)

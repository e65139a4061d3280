"""Prescribed motion in closed form: exact at any time, also before the first key point and after the last.

Axis letters: `time`.
"""

from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float64, Int64

from wsim.errors import WsimError
from wsim.worlds.physics import rotations
from wsim.worlds.scene import Body, Rail

_Turning: TypeAlias = tuple[Float64[np.ndarray, "time 4"], Float64[np.ndarray, "time 3"]]


def poses_on_rail(
    body: Body, times_s: Float64[np.ndarray, " time"]
) -> tuple[Float64[np.ndarray, "time 3"], Float64[np.ndarray, "time 4"], Float64[np.ndarray, "time 6"]]:
    """Where a body on a rail is.

    Returns:
        Position (m), rotation (unit quaternions) and velocity (m/s, then rad/s), all in the world. At a
        key point the velocity is that of the segment which begins there; at rest it is zero.

    Raises:
        WsimError: the body has no rail, or one whose key points do not fit together.
    """
    rail = _checked(body)
    keys_s, points = np.array(rail.times_s), np.array(rail.points_m)
    position = np.stack([np.interp(times_s, keys_s, points[:, axis]) for axis in range(3)], axis=-1)
    segment = np.searchsorted(keys_s, times_s, side="right") - 1
    moving = (segment >= 0) & (segment < len(keys_s) - 1)
    velocity = np.zeros((len(times_s), 6))
    if moving.any():
        velocity[moving, :3] = (np.diff(points, axis=0) / np.diff(keys_s)[:, None])[segment[moving]]
    turn = _turned_between if rail.rotations else _spun
    rotation, velocity[:, 3:] = turn(body, rail, times_s, segment, moving)
    return position, rotation, velocity


def _spun(
    body: Body,
    rail: Rail,
    times_s: Float64[np.ndarray, " time"],
    segment: Int64[np.ndarray, " time"],
    moving: Bool[np.ndarray, " time"],
) -> _Turning:
    """Turned at a constant rate while the rail lasts."""
    turned_s = np.clip(times_s, rail.times_s[0], rail.times_s[-1]) - rail.times_s[0]
    spin = np.array(rail.spin_rad_s)
    turned = rotations.from_rotation_vector(turned_s[:, None] * spin)
    rotation = rotations.normalised(rotations.multiply(turned, np.array(body.rotation)))
    return rotation, np.where(moving[:, None], spin, 0.0)


def _turned_between(
    body: Body,
    rail: Rail,
    times_s: Float64[np.ndarray, " time"],
    segment: Int64[np.ndarray, " time"],
    moving: Bool[np.ndarray, " time"],
) -> _Turning:
    """From one rotation to the next on the shorter arc, at a constant rate (slerp)."""
    keys_s, keys = np.array(rail.times_s), rotations.normalised(np.array(rail.rotations))
    arc = rotations.to_rotation_vector(rotations.multiply(keys[1:], rotations.inverse(keys[:-1])))
    begun = np.clip(segment, 0, len(keys_s) - 1)
    last = np.minimum(begun, max(len(keys_s) - 2, 0))  # the arc that lies ahead; none is used at the end
    rates = np.zeros((len(times_s), 3))
    if moving.any():
        rates[moving] = (arc / np.diff(keys_s)[:, None])[last[moving]]
    since_s = np.where(moving, times_s - keys_s[begun], 0.0)
    rotation = rotations.multiply(rotations.from_rotation_vector(since_s[:, None] * rates), keys[begun])
    return rotations.normalised(rotation), rates


def _checked(body: Body) -> Rail:
    rail = body.rail
    if rail is None:
        problem = "moves on a rail but has none"
    elif len(rail.times_s) != len(rail.points_m) or not rail.times_s:
        problem = f"has a rail with {len(rail.times_s)} times for {len(rail.points_m)} points"
    elif any(later <= earlier for earlier, later in zip(rail.times_s, rail.times_s[1:], strict=False)):
        problem = "has a rail whose times do not increase"
    elif rail.rotations and (len(rail.rotations) != len(rail.times_s) or any(rail.spin_rad_s)):
        problem = "has a rail with rotations that are not one for every key point, or with a spin as well"
    else:
        return rail
    raise WsimError(
        f"the body {body.name!r} {problem}",
        where="Scene.bodies",
        remedy="give one increasing time, and one or no rotation, for every key point",
    )

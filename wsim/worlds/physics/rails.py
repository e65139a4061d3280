"""Prescribed motion in closed form: exact at any time, also before the first key point and after the last.

Axis letters: `time`.
"""

import numpy as np
from jaxtyping import Float64

from wsim.errors import WsimError
from wsim.worlds.physics import rotations
from wsim.worlds.scene import Body, Rail


def poses_on_rail(
    body: Body, times_s: Float64[np.ndarray, " time"]
) -> tuple[Float64[np.ndarray, "time 3"], Float64[np.ndarray, "time 4"], Float64[np.ndarray, "time 6"]]:
    """Where a body on a rail is.

    Returns:
        Position (m), rotation (unit quaternions) and velocity (m/s, then rad/s), all in the world. At a
        key point the velocity is that of the segment which begins there; at rest it is zero.

    Raises:
        WsimError: the body has no rail, or a rail whose times do not increase.
    """
    rail = _checked(body)
    keys_s, points = np.array(rail.times_s), np.array(rail.points_m)
    position = np.stack([np.interp(times_s, keys_s, points[:, axis]) for axis in range(3)], axis=-1)
    turned_s = np.clip(times_s, keys_s[0], keys_s[-1]) - keys_s[0]
    spin = np.array(rail.spin_rad_s)
    rotation = rotations.multiply(
        rotations.from_rotation_vector(turned_s[:, None] * spin), np.array(body.rotation)
    )
    return position, rotations.normalised(rotation), _velocity(times_s, keys_s, points, spin)


def _velocity(
    times_s: Float64[np.ndarray, " time"],
    keys_s: Float64[np.ndarray, " key"],
    points: Float64[np.ndarray, "key 3"],
    spin: Float64[np.ndarray, " 3"],
) -> Float64[np.ndarray, "time 6"]:
    velocity = np.zeros((len(times_s), 6))
    segment = np.searchsorted(keys_s, times_s, side="right") - 1
    moving = (segment >= 0) & (segment < len(keys_s) - 1)
    if moving.any():
        slopes = np.diff(points, axis=0) / np.diff(keys_s)[:, None]
        velocity[moving, :3] = slopes[segment[moving]]
        velocity[moving, 3:] = spin
    return velocity


def _checked(body: Body) -> Rail:
    rail = body.rail
    if rail is None:
        problem = "moves on a rail but has none"
    elif len(rail.times_s) != len(rail.points_m) or not rail.times_s:
        problem = f"has a rail with {len(rail.times_s)} times for {len(rail.points_m)} points"
    elif any(later <= earlier for earlier, later in zip(rail.times_s, rail.times_s[1:], strict=False)):
        problem = "has a rail whose times do not increase"
    else:
        return rail
    raise WsimError(
        f"the body {body.name!r} {problem}",
        where="Scene.bodies",
        remedy="give one increasing time for every key point",
    )

"""Bodies that nobody simulates: static, on a rail, or moved by a law in closed form.

Axis letters: `time`.
"""

from typing import TypeAlias

import numpy as np
from jaxtyping import Float64

from wsim.worlds.physics import effects
from wsim.worlds.physics.laws import poses_by_law
from wsim.worlds.physics.rails import poses_on_rail
from wsim.worlds.scene import Body, Scene
from wsim.worlds.violations import motion

Poses: TypeAlias = tuple[
    Float64[np.ndarray, "time 3"], Float64[np.ndarray, "time 4"], Float64[np.ndarray, "time 6"]
]


def poses(
    scene: Scene, body: Body, times_s: Float64[np.ndarray, " time"], happening: tuple[effects.Started, ...]
) -> Poses:
    """Position (m), rotation and velocity (m/s, rad/s) of a body that is not dynamic, at any times.

    Args:
        scene: the world, with its broken laws.
        body: static, on a rail, a pendulum or on an incline.
        times_s: any times in any order.
        happening: the effects that have started, of any body.
    """
    own_s, rate = motion.own_times(scene, body, times_s)
    position, rotation, velocity = _moved(scene, body, own_s, happening)

    def path(some_s: Float64[np.ndarray, " time"]) -> Float64[np.ndarray, "time 3"]:
        return _moved(scene, body, motion.own_times(scene, body, some_s)[0], happening)[0]

    return (
        position + motion.displacements(scene, body, times_s, path),
        rotation,
        rate[:, None] * velocity,
    )


def _moved(
    scene: Scene, body: Body, times_s: Float64[np.ndarray, " time"], happening: tuple[effects.Started, ...]
) -> Poses:
    return effects.move(body, happening, times_s, *_undisturbed(scene, body, times_s))


def _undisturbed(scene: Scene, body: Body, times_s: Float64[np.ndarray, " time"]) -> Poses:
    if body.motion == "rail":
        return poses_on_rail(body, times_s)
    if body.motion in ("pendulum", "incline"):
        return poses_by_law(scene, body, times_s)
    count = len(times_s)
    position, rotation = np.tile(body.position_m, (count, 1)), np.tile(body.rotation, (count, 1))
    return position, rotation, np.zeros((count, 6))

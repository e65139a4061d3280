"""Bodies whose motion is a formula: pendulums and bodies on a slope, also while laws are broken.

Axis letters: `time`.
"""

import numpy as np
from jaxtyping import Float64

from wsim.worlds.physics.gravity import felt_by
from wsim.worlds.physics.slope import descend
from wsim.worlds.physics.swing import swing
from wsim.worlds.scene import Body, Scene

_FELT = (
    "gravity_scale", "gravity_tilt", "weightless", "hover", "energy_gain", "friction_off",
    "uncaused_motion", "freeze", "reverse",
)  # fmt: skip
_DECIMALS = 12  # poses are rounded to a picometre, which hides how this machine's sines round


def poses_by_law(
    scene: Scene, body: Body, times_s: Float64[np.ndarray, " time"]
) -> tuple[Float64[np.ndarray, "time 3"], Float64[np.ndarray, "time 4"], Float64[np.ndarray, "time 6"]]:
    """Where a body is whose motion is `pendulum` or `incline`, exact at any time.

    The violations of forces act from the state at their time: gravity_scale and gravity_tilt (of this body
    or of all), weightless, hover, energy_gain, friction_off, uncaused_motion (its part along the path),
    freeze and reverse. The rod of a pendulum stays as stiff as it was, so one that hovers hangs still. After
    a reverse nothing else acts.

    Returns:
        Position (m), rotation (unit quaternions) and velocity (m/s, then rad/s), all in the world.

    Raises:
        WsimError: the body lacks the law that it is said to follow, or has one that makes no sense.
    """
    law = swing if body.motion == "pendulum" else descend
    felt = felt_by(scene, body.name, _FELT)
    back_s = next((v.time_s for v in felt if v.kind == "reverse"), np.inf)
    returns = times_s > back_s
    on_the_way_s = np.where(returns, 2.0 * back_s - times_s, times_s) if returns.any() else times_s
    earlier = tuple(v for v in felt if v.kind != "reverse" and v.time_s <= back_s)
    position, rotation, velocity = law(scene, body, earlier, on_the_way_s)
    velocity = np.where(returns[:, None], -velocity, velocity)
    return np.round(position, _DECIMALS), np.round(rotation, _DECIMALS), velocity

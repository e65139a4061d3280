"""How large every bite is at any time.

Axis letters: `time`, `bite` follows `scene.bites`.
"""

import numpy as np
from jaxtyping import Float64

from wsim.worlds.scene import Scene


def bite_radii_m(scene: Scene, times_s: Float64[np.ndarray, " time"]) -> Float64[np.ndarray, "time bite"]:
    """Radius of the ball that every bite has taken, 0 before it happens."""
    starts_s = np.array([bite.time_s for bite in scene.bites], dtype=np.float64)
    radii_m = np.array([bite.radius_m for bite in scene.bites], dtype=np.float64)
    return np.where(starts_s <= times_s[:, None], radii_m, 0.0)

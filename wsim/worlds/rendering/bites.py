"""How large every bite is at any time, and where it is.

A bite that heals loses radius, and a mark that moves may be a bite: both only concern what has been bitten
off by then.

Axis letters: `time`, `bite` follows `scene.bites`.
"""

import numpy as np
from jaxtyping import Float64

from wsim.worlds.scene import Scene


def bite_radii_m(scene: Scene, times_s: Float64[np.ndarray, " time"]) -> Float64[np.ndarray, "time bite"]:
    """Radius of the ball that every bite has taken, 0 before it happens and once it has healed."""
    starts_s = np.array([bite.time_s for bite in scene.bites], dtype=np.float64)
    radii_m = np.array([bite.radius_m for bite in scene.bites], dtype=np.float64)
    now_m = np.where(starts_s <= times_s[:, None], radii_m, 0.0)
    for violation in scene.violations:
        if violation.kind == "bite_heals":
            heals = _bitten_before(scene, violation.body, violation.time_s)
            after = np.outer(times_s >= violation.time_s, heals)
            now_m = np.where(after, (1.0 - violation.amount) * now_m, now_m)
    return now_m


def bite_centres_m(scene: Scene, times_s: Float64[np.ndarray, " time"]) -> Float64[np.ndarray, "time bite 3"]:
    """Centre of every bite in the frame of its body."""
    centres_m = np.array([bite.centre_m for bite in scene.bites], dtype=np.float64).reshape(-1, 3)
    now_m = np.tile(centres_m, (len(times_s), 1, 1))
    for violation in scene.violations:
        if violation.kind == "mark_moves":
            moves = _bitten_before(scene, violation.body, violation.time_s)
            now_m[np.outer(times_s >= violation.time_s, moves)] += violation.vector
    return now_m


def _bitten_before(scene: Scene, body: str, time_s: float) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    return np.array([bite.body == body and bite.time_s <= time_s for bite in scene.bites], dtype=bool)

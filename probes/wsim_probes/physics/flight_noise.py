"""How well the acceleration of a flight is known, in a clip that something was done to after it was made.

Codecs pull the colours of small things aside, by half a pixel for many frames and by some pixels in single
ones; a fit to a handful of frames then shows another acceleration. What was done shows in the given frames,
where the place of the thing is known, and in the scatter of the path about its fit. Through H.264 at crf 35
lawful worlds (development seeds 509, 511 and 547, 64x64, 25 frames) come out a quarter to three quarters of a
pixel aside where they are given, and their accelerations within 2 of the standard errors below.

Axis letters: `sample` moments of the flight.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

from wsim.perception.objects import Blob, find_objects, follow
from wsim.perception.trajectory_fit import Flight, acceleration_noise
from wsim.worlds.palette import PALETTE
from wsim.worlds.scene import Scene
from wsim.worlds.take import Take

_SIGMAS = 3.0
_ASIDE = 0.1 / 64  # of the height: a thing that is nearer than that to where it was given was left alone


def aside_px(take: Take, name: str, shown: Sequence[Blob | None]) -> float:
    """How far a thing is from where it was given, root mean square; 0 where nothing was done to it.

    Args:
        take: the lawful history.
        name: of the body.
        shown: where it was found in the given frames, None where it was not.
    """
    colour = take.scene.body(name).colour_name
    true = follow(find_objects(take.video.frames[: len(shown)], PALETTE), colour)
    pairs = [(a, b) for a, b in zip(shown, true, strict=True) if a is not None and b is not None]
    squares = [(a.x - b.x) ** 2 + (a.y - b.y) ** 2 for a, b in pairs]
    far_px = float(np.sqrt(np.mean(squares))) if squares else 0.0
    return far_px if far_px > _ASIDE * take.clip.height else 0.0


def may_fall(flight: Flight, times_s: Float64[np.ndarray, " sample"], scene: Scene, aside_m: float) -> bool:
    """Whether so much noise leaves room for the acceleration of gravity.

    Args:
        flight: fitted to at least 4 samples.
        times_s: of the samples.
        scene: tells gravity.
        aside_m: how far the thing is from where it was given.
    """
    scatter_m = flight.residual_m * np.sqrt(flight.samples / (flight.samples - 3))  # three are fitted
    step_s = float(np.ptp(times_s)) / (flight.samples - 1)
    known_to = acceleration_noise(float(np.hypot(scatter_m, aside_m)), flight.samples, step_s)
    across, up = flight.acceleration_m_s2
    return bool(np.hypot(across, up - scene.gravity_m_s2[2]) < _SIGMAS * known_to)

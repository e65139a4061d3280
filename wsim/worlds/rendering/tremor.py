"""The tremor of a hand: smooth, slow, and the same at a given time whichever other times are asked for.

Axis letters: `time`, `wave`.
"""

import math

import numpy as np
from jaxtyping import Float64

_WAVES = 6
_SLOWEST_HZ, _FASTEST_HZ = 0.4, 4.5


def tremor(times_s: Float64[np.ndarray, " time"], seed: tuple[int, int]) -> Float64[np.ndarray, "time 6"]:
    """Six independent motions, each a sum of sines below 5 Hz with seeded frequencies and phases.

    Every one has mean 0 and standard deviation 1 over all time: each of its waves carries the same power.
    """
    rng = np.random.default_rng(np.random.SeedSequence([0x7E, *seed]))
    # One frequency from each of `_WAVES` equal bands: no two waves of a motion beat for long.
    band = (np.arange(_WAVES) + rng.uniform(size=(6, _WAVES))) / _WAVES
    pulsation = 2.0 * math.pi * (_SLOWEST_HZ + (_FASTEST_HZ - _SLOWEST_HZ) * band)
    phase = rng.uniform(0.0, 2.0 * math.pi, (6, _WAVES))
    waves = np.sin(times_s[:, None, None] * pulsation + phase)
    return np.asarray(math.sqrt(2.0 / _WAVES) * waves.sum(axis=-1))

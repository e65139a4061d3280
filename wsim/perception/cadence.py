"""Frames that are shown twice, as converters of frame rates and some generators do.

Axis letters: `time` frames.
"""

import numpy as np
from jaxtyping import Bool, UInt8

from wsim.perception.colour import difference, lab
from wsim.perception.soft import soften

_STANDS = 0.25  # of the change before and after: less is the same frame again


def repeats(frames: UInt8[np.ndarray, "time height width 3"]) -> Bool[np.ndarray, " time"]:
    """Which frames show the one before once more, while the picture goes on changing around them.

    Whatever is measured over time should leave them out: a path in steps is no steady motion, though every
    second frame of it is. Only single repeats count, since a picture that stands for longer really stands.
    """
    found = np.zeros(len(frames), dtype=bool)
    if len(frames) < 3:
        return found
    sigma = 0.016 * frames.shape[1]
    soft = soften(lab(frames), sigma)
    change = difference(soft[1:], soft[:-1]).mean(axis=(1, 2))
    padded = np.concatenate([[np.inf], change, [np.inf]])
    around = np.minimum(padded[:-2], padded[2:])
    found[1:] = change < _STANDS * np.where(np.isfinite(around), around, 0.0)
    return found

"""Smoothness of motion: does what moves go on moving, or jump, stall and jump?

From a frame dense flow is followed to the one after it and to the one before it. What moves evenly has flows
that cancel; what stalls (a frame shown twice) has one of them missing. Jerk is the length of their sum over
the sum of their lengths, all pixels of all frames together, so what stands still has no weight: 0 for even
motion, 1 for motion that stalls at every other frame. A video in which nothing moves has no reading: by the
error of frames interpolated from their neighbours, the custom, it would be the best.

A bounce is a jump too: beside the number stands that of the lawful renders of the same questions.

Axis letters: `time` frames, `height` and `width` pixels.
"""

import cv2
import numpy as np
from jaxtyping import Float64, UInt8

from wsim.errors import WsimError

_SHORT_SIDE_PX = 128  # DIS works on patches of 8 px
_LEAST_PX = 0.04  # a frame of that size, on average over the picture: below it flow is noise
_MOST_FRAMES = 8  # looked at, evenly spread: two flows each


def smoothness(frames: UInt8[np.ndarray, "time height width 3"]) -> float | None:
    """1 minus jerk, 0..1; None where nothing moves.

    Raises:
        WsimError: fewer than three frames, which have no before and after.
    """
    if len(frames) < 3:
        raise WsimError(
            f"{len(frames)} frames show no evenness", where="smoothness", remedy="give at least three"
        )
    chosen = np.unique(np.linspace(1, len(frames) - 2, _MOST_FRAMES).round().astype(int))
    small = [_grey(frame) for frame in frames]
    jerk = way = 0.0
    for place in chosen:
        after, before = (_flow(small[place], small[place + step]) for step in (1, -1))
        jerk += float(np.linalg.norm(after + before, axis=2).mean())
        way += float((np.linalg.norm(after, axis=2) + np.linalg.norm(before, axis=2)).mean())
    return 1.0 - jerk / way if way / (2 * len(chosen)) > _LEAST_PX else None


def _grey(frame: UInt8[np.ndarray, "height width 3"]) -> UInt8[np.ndarray, "_ _"]:
    """At one short side whatever the size of the clip: the same motion weighs the same."""
    scale = _SHORT_SIDE_PX / min(frame.shape[:2])
    size = (round(frame.shape[1] * scale), round(frame.shape[0] * scale))
    way = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    return np.asarray(cv2.resize(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), size, interpolation=way))


def _flow(
    before: UInt8[np.ndarray, "height width"], after: UInt8[np.ndarray, "height width"]
) -> Float64[np.ndarray, "height width 2"]:
    """DIS (Kroeger et al., ECCV 2016), by one thread: the number of threads may not move it."""
    from wsim.perception.tracks import one_thread

    with one_thread():
        engine = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        return np.asarray(engine.calc(before, after, None), dtype=np.float64)

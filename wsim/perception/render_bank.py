"""Many renders of one window, of which most show the same pictures at other times.

A history that is early or late by some frames is cut from one film: every picture is worked on once, however
many renders it is part of.

Axis letters: `variant` renders, `time` frames of the window, `distinct` pictures, `pixel` of the window.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float32, Int, UInt8

from wsim.perception.pixelwise import mark_departing

_DIFFERENT_LAB = 6.0  # pixels that differ by more than this (before Huber) are part of the question


def distinct(
    renders: Sequence[UInt8[np.ndarray, "time height width 3"]],
) -> tuple[UInt8[np.ndarray, "distinct height width 3"], Int[np.ndarray, "variant time"]]:
    """All pictures that occur, each once, and which of them every render shows when."""
    place: dict[bytes, int] = {}
    pictures: list[UInt8[np.ndarray, "height width 3"]] = []
    shows = np.empty((len(renders), len(renders[0])), dtype=np.intp)
    for variant, frames in enumerate(renders):
        for time, frame in enumerate(frames):
            content = frame.tobytes()
            if content not in place:
                place[content] = len(pictures)
                pictures.append(frame)
            shows[variant, time] = place[content]
    return np.stack(pictures), shows


def where_they_differ(
    pictures: Float32[np.ndarray, "distinct height width 3"],
    shows: Int[np.ndarray, "variant time"],
    plain: int,
) -> Bool[np.ndarray, "time height width"]:
    """Pixels in which any render departs from the plain one.

    Raises:
        ValueError: there are none.
    """
    mask = np.zeros((shows.shape[1], *pictures.shape[1:3]), dtype=bool)
    for time, here in enumerate(shows.T):
        for other in np.unique(here):
            pair = (pictures[index].reshape(-1, 3) for index in (other, here[plain]))
            mark_departing(*pair, np.float32(_DIFFERENT_LAB), mask[time].reshape(-1))
    if not mask.any():
        raise ValueError("the histories do not differ anywhere in the window")
    return mask


def gathered(
    pictures: Float32[np.ndarray, "distinct height width 3"],
    shows: Int[np.ndarray, "variant time"],
    mask: Bool[np.ndarray, "time height width"],
) -> Float32[np.ndarray, "variant pixel 3"]:
    """The masked pixels of every render, in the order of `frames[mask]`."""
    flat = pictures.reshape(len(pictures), -1, 3)
    out = np.empty((len(shows), int(mask.sum()), 3), dtype=np.float32)
    end = 0
    for here, where in zip(shows.T, mask.reshape(len(mask), -1), strict=True):
        pixels = np.flatnonzero(where)
        begin, end = end, end + len(pixels)
        for variant, picture in enumerate(here):
            out[variant, begin:end] = flat[picture, pixels]
    return out

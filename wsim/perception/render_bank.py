"""Many renders of one window, of which most show the same pictures at other times.

A history that is early or late by some frames is cut from one film: every picture is worked on once, however
many renders it is part of.

Axis letters: `variant` renders, `time` frames of the window, `distinct` pictures, `place` in a picture,
`pixel` of the window where the renders differ, `bound` one more than frames.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int, UInt8

from wsim.perception.pixelwise import mark_departing, mean_differences

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


@dataclass(frozen=True)
class Masked:
    """The pixels of every render that a mask picks, in the order of `frames[mask]`; none is copied.

    Attributes:
        pictures: all that occur.
        shows: which of them every render shows when.
        pixels: the place of every pixel in its picture.
        bounds: where the pixels of every frame begin, and where the last ones end.
    """

    pictures: Float32[np.ndarray, "distinct place 3"]
    shows: Int[np.ndarray, "variant time"]
    pixels: Int[np.ndarray, " pixel"]
    bounds: Int[np.ndarray, " bound"]

    def of(self, variant: int) -> Float32[np.ndarray, "pixel 3"]:
        """Those of one render."""
        times = np.repeat(np.arange(len(self.bounds) - 1), np.diff(self.bounds))
        return np.asarray(self.pictures[self.shows[variant, times], self.pixels])

    def distances(
        self, picture: Float32[np.ndarray, "pixel 3"], counts: Bool[np.ndarray, " pixel"]
    ) -> Float64[np.ndarray, " variant"]:
        """How far each render is from a picture on average, where it counts; Huber, LAB."""
        found: Float64[np.ndarray, " variant"] = mean_differences(
            self.pictures, self.shows, self.pixels, self.bounds, picture, counts
        )
        return found


def masked(
    pictures: Float32[np.ndarray, "distinct height width 3"],
    shows: Int[np.ndarray, "variant time"],
    mask: Bool[np.ndarray, "time height width"],
) -> Masked:
    """The pixels of all renders that lie in a mask."""
    places = np.nonzero(mask.reshape(len(mask), -1))[1]
    bounds = np.concatenate([[0], np.cumsum(np.count_nonzero(mask, axis=(1, 2)))])
    return Masked(pictures.reshape(len(pictures), -1, 3), shows, places, bounds)

"""What is read from the pixels of a clip.

Axis letters: `time` frames, `height width` pixels.
"""

from collections import Counter

import numpy as np
from jaxtyping import UInt8

from wsim.perception.objects import Blob, find_objects
from wsim.worlds.palette import PALETTE

Frames = UInt8[np.ndarray, "time height width 3"]
_LOOKS = 5  # frames of a clip that are read


def jump(frames: Frames, at: int) -> float:
    """Mean absolute difference between the frame `at` and the one before it, in levels of 255.

    `at` 0 is the step from the last frame to the first.
    """
    return float(np.abs(frames[at].astype(float) - frames[at - 1].astype(float)).mean())


def looks(frames: Frames) -> list[list[Blob]]:
    """The blobs of palette colours in some frames, from the first to the last."""
    chosen = np.unique(np.linspace(0, len(frames) - 1, _LOOKS).round().astype(int))
    return find_objects(frames[chosen], PALETTE)


def shows_colours(seen: list[list[Blob]], colours: set[str]) -> float:
    """1 if these palette colours and no others are there in most frames, else 0."""
    right = [{blob.colour for blob in blobs} == colours for blobs in seen]
    return float(2 * sum(right) > len(right))


def shows_count(seen: list[list[Blob]], colour: str, count: int) -> float:
    """1 if there are so many blobs of that colour in most frames, else 0."""
    right = [Counter(blob.colour for blob in blobs)[colour] == count for blobs in seen]
    return float(2 * sum(right) > len(right))

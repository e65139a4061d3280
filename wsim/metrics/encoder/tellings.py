"""True captions of a scene beside captions that are wrong in one fact, and both as a mirror would have it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from wsim.worlds.captions import KINDS, LENGTHS, Kind, Length, captions_of, swapped, told
from wsim.worlds.scene import Story

_MIRROR = {"left": "right", "right": "left", "clockwise": "anticlockwise", "anticlockwise": "clockwise"}
_TURNED = re.compile(rf"\b({'|'.join(_MIRROR)})\b")


@dataclass(frozen=True, slots=True)
class Telling:
    """A true caption, and the same words but for one fact that is false, by the kind of that fact."""

    true: str
    wrong: Mapping[Kind, str]


def telling(story: Story, length: Length, rng: np.random.Generator) -> Telling:
    """One way of telling a story; the wrong captions are worded as the true one is.

    Args:
        story: of the scene.
        length: of the captions.
        rng: draws the wording, and which fact of a kind is wrong.
    """
    part, taste, place = told(story, length), int(rng.integers(1 << 31)), LENGTHS.index(length)
    true = captions_of(part, taste)[place]
    wrong: dict[Kind, str] = {}
    for kind in KINDS:
        other = swapped(part, kind, rng)
        if other is not None and (text := captions_of(other, taste)[place]) != true:
            wrong[kind] = text
    return Telling(true, wrong)


def mirrored(text: str) -> str:
    """What is true of the mirrored clip.

    Example:
        >>> mirrored("a ball to the left turns clockwise")
        'a ball to the right turns anticlockwise'
    """
    return _TURNED.sub(lambda match: _MIRROR[match[1]], text)

"""Left and right as a caption tells them, in numbers that change their sign in a mirror.

A network that is only asked which of two captions fits, one of them mirrored, has to find left in the words
and left in the picture at once, and finds neither. Asked for these numbers it finds each by itself.

Axis letters: `slot` a place for one side.
"""

import numpy as np
from jaxtyping import Int64

from wsim.metrics.encoder.towers import COLOURS
from wsim.worlds.captions import read_caption
from wsim.worlds.scene import Story

_LEFT, _RIGHT = -1, 1
_GOES = {
    "left": _LEFT, "up left": _LEFT, "down left": _LEFT, "right to left": _LEFT, "from right": _LEFT,
    "right": _RIGHT, "up right": _RIGHT, "down right": _RIGHT, "left to right": _RIGHT, "from left": _RIGHT,
    "anticlockwise": _LEFT, "clockwise": _RIGHT,
}  # fmt: skip
_STANDS = {"left of": _LEFT, "right of": _RIGHT}
_OTHERS = len(COLOURS)  # moves of things without a palette colour
_CAMERA = _OTHERS + 1
_RELATIONS = _CAMERA + 1  # and so many on, for every colour
SLOTS = _RELATIONS + len(COLOURS)


def sides_of(text: str) -> Int64[np.ndarray, " slot"]:
    """-1 left, 1 right, 0 neither or not told.

    For every palette colour where its things go first, then for all other things; where the camera goes
    first; and for every palette colour whether its things stand left or right of others.

    Example:
        >>> sides_of("a red ball rolls to the left. the camera arcs to the right.").tolist()
        [-1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    """
    story, sides = read_caption(text).story, np.zeros(SLOTS, np.int64)
    slot_of = {thing.key: _slot(thing.colour) for thing in story.things}
    for happening in story.happenings:
        slot = slot_of[happening.subject]
        sides[slot] = sides[slot] or _GOES.get(happening.way, 0)
    sides[_CAMERA] = next(filter(None, map(_turn, story.camera.split(", "))), 0)
    _relations(story, slot_of, sides)
    return sides


def _slot(colour: str) -> int:
    return COLOURS.index(colour) if colour in COLOURS else _OTHERS


def _turn(move: str) -> int:
    return _GOES.get(move.rpartition(" ")[2], 0)


def _relations(story: Story, slot_of: dict[str, int], sides: Int64[np.ndarray, " slot"]) -> None:
    """Who is left of one thing and right of another is neither."""
    for relation in story.relations:
        for key, sign in ((relation.subject, 1), (relation.object, -1)):
            if slot_of[key] < _OTHERS:
                sides[_RELATIONS + slot_of[key]] += sign * _STANDS.get(relation.kind, 0)
    sides[_RELATIONS:] = np.sign(sides[_RELATIONS:])

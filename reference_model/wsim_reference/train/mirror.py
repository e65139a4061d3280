"""The mirror image of a clip, with all that is told of it: left and right change places everywhere."""

import re

import numpy as np
from jaxtyping import Float64

from wsim.contracts import Camera
from wsim.worlds.blocks.keys import ACTIONS

_OPPOSITE = {"left": "right", "right": "left", "clockwise": "anticlockwise", "anticlockwise": "clockwise"}
_KEYS = {"left": "right", "right": "left", "turn_left": "turn_right", "turn_right": "turn_left"}
_COLUMNS = [ACTIONS.index(_KEYS.get(kind, kind)) for kind in ACTIONS]


def mirrored_caption(text: str) -> str:
    """Other sides, and other turns."""
    return re.sub(r"\w+", lambda word: _OPPOSITE.get(word[0], word[0]), text)


def mirrored_camera(camera: Camera, width: int) -> Camera:
    """The camera that sees the mirrored world as the given one sees the world.

    With M = diag(-1, 1, 1), a pose (R, t) becomes (M R M, M t), and the principal point changes sides.
    """
    mirror = np.diag([-1.0, 1.0, 1.0, 1.0])
    lens = camera.intrinsics.copy()
    lens[:, 0, 2] = width - 1 - lens[:, 0, 2]
    return Camera(mirror @ camera.world_from_camera @ mirror, lens)


def mirrored_actions(actions: Float64[np.ndarray, "time kind"]) -> Float64[np.ndarray, "time kind"]:
    """Steps and turns to the other side; kinds are those of `wsim.worlds.blocks.keys`."""
    return actions[:, _COLUMNS]

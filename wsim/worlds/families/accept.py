"""Samplers that look before they accept: blocked views, invisible things and trivial questions are redrawn.

A sampler draws on from its own random streams at every attempt, so the same seed finds the same scene.

Axis letters: `time`.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from wsim.errors import WsimError
from wsim.worlds.families import stage
from wsim.worlds.scene import Scene

Item = TypeVar("Item")


def first_good(make_attempt: Callable[[], Item], accept: Callable[[Item], bool], tries: int = 50) -> Item:
    """The first attempt that is accepted.

    Args:
        make_attempt: draws something; called again it must draw something else.
        accept: whether it will do.
        tries: how many attempts at most.

    Raises:
        WsimError: none of them would do.
    """
    for _ in range(tries):
        attempt = make_attempt()
        if accept(attempt):
            return attempt
    raise WsimError(
        f"none of {tries} drawn scenes could be used",
        where="wsim.worlds.families.accept.first_good",
        remedy="choose another seed, or parameters that leave more room",
    )


def shown(
    scene: Scene, wanted: Mapping[str, tuple[float, float]], times_s: Sequence[float], whole: bool = True
) -> bool:
    """Whether bodies are large enough and seen well enough, at every one of some times.

    The scene is simulated and filmed at 64x64 pixels without antialiasing, some 2 ms for three times.

    Args:
        scene: the world; captions are not needed.
        wanted: for the name of a body, the least share of its silhouette that nothing hides (0..1), and the
            least radius (px) of a disc as large as its silhouette, hidden or not.
        times_s: when to look.
        whole: whether silhouettes must also keep clear of the border of the picture.
    """
    from wsim.worlds.physics.simulate import simulate
    from wsim.worlds.rendering.render import render

    size = round(stage.PICTURE_PX)
    trajectory = simulate(scene, np.array(times_s, dtype=np.float64))
    picture = render(scene, trajectory, size, size, antialias=False)
    names = [body.name for body in scene.bodies]
    for name, (least_visible, least_radius_px) in wanted.items():
        index = names.index(name)
        silhouettes = (picture.amodal >> np.uint64(index)) & np.uint64(1)
        area = silhouettes.sum(axis=(1, 2)).astype(np.float64)
        seen = np.count_nonzero(picture.ids == index, axis=(1, 2)) / np.maximum(area, 1.0)
        if (area < math.pi * least_radius_px**2).any() or (seen < least_visible).any():
            return False
        if whole and (silhouettes[:, [0, -1], :].any() or silhouettes[:, :, [0, -1]].any()):
            return False
    return True

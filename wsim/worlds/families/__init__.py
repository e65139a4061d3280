"""Families of worlds: a name, a seed and a few parameters give one scene."""

import inspect
from collections.abc import Callable

from wsim.errors import WsimError
from wsim.worlds.families.ball_behind_screen import ball_behind_screen
from wsim.worlds.families.brush_stroke import brush_stroke
from wsim.worlds.families.fall import fall
from wsim.worlds.families.room_arc import room_arc
from wsim.worlds.scene import Scene

FAMILIES: dict[str, Callable[..., Scene]] = {
    "ball_behind_screen": ball_behind_screen,
    "brush_stroke": brush_stroke,
    "fall": fall,
    "room_arc": room_arc,
}


def make(name: str, seed: int, **parameters: float | bool) -> Scene:
    """The scene of a family, a seed and its parameters.

    Raises:
        WsimError: no such family, no such parameter, or a negative seed.
    """
    if name not in FAMILIES:
        raise WsimError(
            f"unknown family of worlds {name!r}",
            where="families.make(name=...)",
            remedy=f"choose one of {', '.join(FAMILIES)}",
        )
    family = FAMILIES[name]
    known = list(inspect.signature(family).parameters)[1:]
    if strange := sorted(set(parameters) - set(known)):
        raise WsimError(
            f"the family {name!r} has no parameter {strange[0]!r}",
            where=f"families.make({name!r}, ...)",
            remedy=f"it has {', '.join(known)}",
        )
    if seed < 0:
        raise WsimError(
            f"a seed cannot be negative: {seed}", where="families.make(seed=...)", remedy="give 0 or more"
        )
    return family(seed, **parameters)

"""Causes and their effects: a button that lights a lamp, a blow that shatters a block."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from wsim.worlds.scene.body import Vec3

EffectKind: TypeAlias = Literal["recolour", "move", "turn", "appear", "disappear", "shatter"]


@dataclass(frozen=True, slots=True)
class Cause:
    """When something takes effect: at `time_s`, or when two bodies first touch at or after `time_s`.

    `bodies` are the two that touch; for a time they only say who did it. A `name` makes it a state variable
    of the world (0 before, 1 after) and names its event: `switch on`.
    """

    kind: Literal["time", "contact"]
    time_s: float = 0.0
    bodies: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a cause does to a body, `delay_s` later.

    kind       | vector                                                | others
    recolour   | new sRGB colour, at once                              |
    move       | displacement, metres, eased over `duration_s`         |
    turn       | rotation vector, radians, about the body's own origin, eased over `duration_s` |
    appear, disappear | at once                                        |
    shatter    | at once the body is gone and `others` (dynamic, not colliding before) take its place and its
               | motion; each gets `amount` m/s away from the body's centre | the pieces
    """

    cause: Cause
    kind: EffectKind
    body: str
    delay_s: float = 0.0
    duration_s: float = 0.0
    vector: Vec3 = (0.0, 0.0, 0.0)
    amount: float = 0.0
    others: tuple[str, ...] = ()

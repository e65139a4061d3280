"""What must not happen where nothing is given: a ball leaves its path and comes back, or changes, or is gone.

A detour ends where the next frame is given, so the twin shows what is given as it is. It may be made smaller.
"""

import math
from dataclasses import replace

from wsim.worlds.palette import PALETTE
from wsim.worlds.scene import Body, Scene, Vec3, Violation
from wsim.worlds.violations import lab_mix

ASIDE, RECOLOUR, VANISHES = "aside", "recolour", "vanishes"
GRADED = (ASIDE, RECOLOUR)
_ASIDE = 2.0  # radii of the ball


def detours(scene: Scene, from_s: float, until_s: float) -> dict[str, Scene]:
    """The twins of a scene in which a body called `ball` moves before a camera that stands still.

    Args:
        scene: the lawful one.
        from_s: when it goes wrong.
        until_s: when it is as it should be again, unless it has vanished.
    """
    ball = scene.body("ball")
    step = _aside(ball, along_x=scene.family != "fall")
    other = max(PALETTE.values(), key=lambda colour: lab_mix.distance(ball.material.colour, colour))
    there_and_back: dict[str, tuple[Violation, ...]] = {
        ASIDE: (
            Violation("teleport", from_s, "ball", vector=step),
            Violation("teleport", until_s, "ball", vector=(-step[0], -step[1], -step[2])),
        ),
        RECOLOUR: (
            Violation("recolour", from_s, "ball", vector=other),
            Violation("recolour", until_s, "ball", vector=ball.material.colour),
        ),
        VANISHES: (Violation("vanish", from_s, "ball"),),
    }
    return {name: scene.violated(*violations) for name, violations in there_and_back.items()}


def _aside(ball: Body, *, along_x: bool) -> Vec3:
    """Across the way that it goes, in the plane in which it moves, towards the emptier side."""
    x, y, _ = ball.position_m
    far_m = _ASIDE * ball.size_m[0]
    if along_x:
        return 0.0, -math.copysign(far_m, y), 0.0
    return -math.copysign(far_m, x), 0.0, 0.0


def weaker(lawful: Scene, twin: Scene, severity: float) -> Scene:
    """The twin with a share of its departure; it comes back all the way."""
    out, back = twin.violations
    if out.kind == "recolour":
        mixed = lab_mix.mixed(lawful.body(out.body).material.colour, out.vector, severity)
        return lawful.violated(replace(out, vector=mixed), back)
    shorter = [replace(one, vector=_times(severity, one.vector)) for one in (out, back)]
    return lawful.violated(*shorter)


def _times(share: float, vector: Vec3) -> Vec3:
    x, y, z = vector
    return share * x, share * y, share * z

"""What bodies leave on one another: paint, trails, bites, and fluid that changes its vessel."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from wsim.worlds.scene.body import NEVER_S, Vec2, Vec3

Face: TypeAlias = Literal["top", "bottom", "front", "back", "left", "right", "side"]


@dataclass(frozen=True, slots=True)
class Stroke:
    """A mark left on a body: a disc of `radius_m` swept along straight lines in surface coordinates.

    `body` is a box, a plane or a cylinder; the mark lies on one face of its main primitive, (u, v) in metres:
    top and bottom are local +z and -z with (u, v) = (x, y); right and left are +x and -x with (y, z); back
    and front are +y and -y with (x, z); side is a cylinder's, u the arc length from local +x to +y, v = z.
    The disc is at `points_m[i]` at `times_s[i]`. Paint never goes away by itself; a stroke that `erases`
    takes away what was painted there before, as a sponge does.
    """

    body: str
    times_s: tuple[float, ...]
    points_m: tuple[Vec2, ...]
    radius_m: float
    colour: Vec3
    colour_name: str = ""
    face: Face = "top"
    erases: bool = False


@dataclass(frozen=True, slots=True)
class Trail:
    """Whatever `by` rolls or slides over on the top face of `body` stays wet, from `from_s` to `until_s`.

    The path is that of the point of `by` nearest to the face, wherever it is within 2 mm of it.
    """

    body: str
    by: str
    radius_m: float
    colour: Vec3
    colour_name: str = ""
    from_s: float = -NEVER_S
    until_s: float = NEVER_S


@dataclass(frozen=True, slots=True)
class Bite:
    """A ball of `radius_m` around a local point of `body` is gone from `time_s` on, of all its primitives."""

    body: str
    time_s: float
    centre_m: Vec3
    radius_m: float


@dataclass(frozen=True, slots=True)
class Pour:
    """Fluid runs from one vessel into another by Torricelli's law, exactly.

    `source` and `target` are bodies of shape box or cylinder that stand upright and are the fluid itself at
    time zero: their height is the level, their lower face stays where it is. From `start_s` on a hole of
    `hole_m2` in the floor of the source lets fluid out, which falls by `drop_m` (to the floor of the target)
    in free flight and then raises the target. `stream` is a vertical cylinder from the hole down to the
    target's floor, seen while fluid falls through it; the amount in flight is accounted for.
    """

    source: str
    target: str
    stream: str
    start_s: float
    hole_m2: float
    drop_m: float

"""A line of the table of accuracy, and the worlds that are measured for it."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from wsim.worlds.scene import Body, CameraPath, Material, Scene, Vec3

G = 9.81
CAMERA = CameraPath((0.0, -5.0, 1.0), (0.0, 0.0, 1.0))
FLOOR = Body("floor", "plane", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), Material(), restitution=1.0)
TILT_RAD = math.radians(25.0)


@dataclass(frozen=True)
class Row:
    """One line of the table. Deviations are from the closed form, in `unit`; None where it does not apply."""

    what: str
    closed_form: str
    unit: str  # "m", "s", "m/s" or "" for a share
    exact: float | None
    exact_bound: float | None
    contacts: float | None
    contacts_bound: float | None

    def met(self) -> bool:
        """Whether everything that was measured is within its bound."""
        pairs = ((self.exact, self.exact_bound), (self.contacts, self.contacts_bound))
        return all(value <= bound for value, bound in pairs if value is not None and bound is not None)


def ball(at: Vec3, velocity: Vec3 = (0.0, 0.0, 0.0), radius_m: float = 0.2, **more: object) -> Body:
    """A dynamic ball, elastic unless told otherwise."""
    fields = {"name": "ball", "restitution": 1.0, **more}
    return Body(
        shape="sphere", size_m=(radius_m, 0.0, 0.0), position_m=at, material=Material(), motion="dynamic",
        velocity_m_s=velocity, **fields,
    )  # fmt: skip


def world(*bodies: Body, exact: bool = False, gravity: Vec3 = (0.0, 0.0, -G)) -> Scene:
    """A scene that nobody looks at."""
    physics = "collisions" if exact else "contacts"
    return Scene("accuracy", 0, 1.0, bodies, CAMERA, gravity_m_s2=gravity, physics=physics)


def both(measure: Callable[[bool], float]) -> tuple[float, float]:
    """The same measurement by both engines."""
    return measure(True), measure(False)

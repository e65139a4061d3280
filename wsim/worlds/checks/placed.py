"""Where every primitive of a scene is at time zero, and whether a point is inside one.

Axis letters: `primitive`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float64

from wsim.worlds.scene import Body, Part, Quat, Scene, Vec3

_AXES: tuple[Vec3, ...] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


@dataclass(frozen=True)
class Placed:
    """One primitive of a body, in the world.

    Attributes:
        body: index into `scene.bodies`. number: 0 for its main primitive, then its parts in order.
        primitive: its shape and size.
        position_m: of its origin.
        rotation: world from primitive, a unit quaternion.
    """

    body: int
    number: int
    primitive: Body | Part
    position_m: Float64[np.ndarray, " 3"]
    rotation: Quat

    @cached_property
    def axes(self) -> Float64[np.ndarray, "3 3"]:
        """World from primitive; columns are its own axes."""
        return np.array([_rotated(self.rotation, axis) for axis in _AXES]).T

    @cached_property
    def bound_m(self) -> float:
        """Radius of a sphere around it; inf for an endless plane."""
        size = self.primitive.size_m
        if self.primitive.shape == "plane" and size[0] == 0.0:
            return float("inf")
        used = {"sphere": size[:1], "capsule": (size[0] + size[2],), "cylinder": (size[0], size[2])}
        return float(np.linalg.norm(used.get(self.primitive.shape, size)))

    def holds(self, point_m: Float64[np.ndarray, " 3"]) -> bool:
        """Whether a point of the world lies inside; never for a plane."""
        local = (point_m - self.position_m) @ self.axes
        x, y, z = np.abs(local)
        a, b, c = self.primitive.size_m
        shape = self.primitive.shape
        if shape == "sphere":
            return bool(local @ local < a * a)
        if shape == "box":
            return bool(x < a and y < b and z < c)
        if shape == "cylinder":
            return bool(x * x + y * y < a * a and z < c)
        if shape == "capsule":
            return bool(x * x + y * y + max(z - c, 0.0) ** 2 < a * a)
        if shape == "ellipsoid":
            return bool((x / a) ** 2 + (y / b) ** 2 + (z / c) ** 2 < 1.0)
        if shape == "convex":
            faces = np.array(self.primitive.faces)
            return bool((faces[:, :3] @ local < faces[:, 3]).all())
        return False


def placed_primitives(scene: Scene) -> Iterator[Placed]:
    """Every primitive of every body that exists at time zero, where its motion puts it then."""
    from wsim.worlds.physics.prescribed import poses

    start_s = np.zeros(1)
    for index, body in enumerate(scene.bodies):
        if not body.from_s <= 0.0 < body.until_s:
            continue
        position, rotation = body.position_m, body.rotation
        if body.motion not in ("static", "dynamic"):
            positions, turns, _ = poses(scene, body, start_s, ())
            position, rotation = tuple(positions[0].tolist()), tuple(turns[0].tolist())
        yield Placed(index, 0, body, np.array(position), rotation)
        for number, part in enumerate(body.parts, start=1):
            place = np.array(position) + _rotated(rotation, part.position_m)
            yield Placed(index, number, part, place, _after(rotation, part.rotation))


def _rotated(q: Quat, v: Vec3) -> Vec3:
    """A vector turned by a unit quaternion. Plain numbers: arrays of three cost ten times as much."""
    w, a, b, c = q
    x, y, z = v
    s, t, u = 2.0 * (b * z - c * y), 2.0 * (c * x - a * z), 2.0 * (a * y - b * x)
    return (x + w * s + b * u - c * t, y + w * t + c * s - a * u, z + w * u + a * t - b * s)


def _after(q: Quat, p: Quat) -> Quat:
    """The rotation p, then q."""
    w, a, b, c = q
    v, x, y, z = p
    return (
        w * v - a * x - b * y - c * z,
        w * x + a * v + b * z - c * y,
        w * y - a * z + b * v + c * x,
        w * z + a * y - b * x + c * v,
    )

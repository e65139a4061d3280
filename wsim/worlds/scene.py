"""A scene as data: frozen dataclasses with a JSON round trip. One seed gives one scene.

Everything is in metres, seconds, radians unless the name says otherwise, world z up. Colours are sRGB
in 0..1. Nothing here knows frames or pixels: a scene is rendered at a `ClipFormat`.
"""

import dataclasses
import types
import typing
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Vec3: TypeAlias = tuple[float, float, float]
Vec2: TypeAlias = tuple[float, float]
Quat: TypeAlias = tuple[float, float, float, float]  # w, x, y, z
Shape: TypeAlias = Literal["sphere", "box", "cylinder", "plane"]

NO_ROTATION: Quat = (1.0, 0.0, 0.0, 0.0)
NEVER_S = 1e9


@dataclass(frozen=True, slots=True)
class Material:
    """How a surface looks. `cells_per_m` is the texture frequency of checker and noise."""

    kind: Literal["solid", "checker", "noise"] = "solid"
    colour: Vec3 = (0.8, 0.8, 0.8)
    colour_b: Vec3 = (0.3, 0.3, 0.3)
    cells_per_m: float = 4.0
    specular: float = 0.0


@dataclass(frozen=True, slots=True)
class Rail:
    """Prescribed motion: straight lines between key points, with a constant spin.

    `times_s` is increasing; before the first and after the last the body rests at that key point.
    `spin_rad_s` is a world rotation vector per second that acts between the first and the last time.
    """

    times_s: tuple[float, ...]
    points_m: tuple[Vec3, ...]
    spin_rad_s: Vec3 = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Body:
    """One primitive with its place, look and dynamics.

    `size_m`: sphere (radius, 0, 0); box half extents; cylinder (radius, 0, half height), axis local z;
    plane (half x, half y, 0), normal local z, zeros for an endless one.
    `motion`: `static` never moves, `rail` follows `rail`, `dynamic` is simulated.
    `noun` and `colour_name` feed captions; a body without a noun is not mentioned.
    """

    name: str
    shape: Shape
    size_m: Vec3
    position_m: Vec3
    material: Material
    rotation: Quat = NO_ROTATION
    motion: Literal["static", "dynamic", "rail"] = "static"
    rail: Rail | None = None
    velocity_m_s: Vec3 = (0.0, 0.0, 0.0)
    angular_velocity_rad_s: Vec3 = (0.0, 0.0, 0.0)
    density_kg_m3: float = 300.0
    friction: float = 0.8
    restitution: float = 0.0
    noun: str = ""
    colour_name: str = ""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A mark left on a body: a disc of `radius_m` swept along straight lines in surface coordinates.

    `body` must be a box or a plane; the mark lies on its local +z face and (u, v) are the local x and y
    in metres. The disc is at `points_m[i]` at `times_s[i]`. Paint never goes away by itself.
    """

    body: str
    times_s: tuple[float, ...]
    points_m: tuple[Vec2, ...]
    radius_m: float
    colour: Vec3
    colour_name: str = ""


@dataclass(frozen=True, slots=True)
class CameraPath:
    """Where the camera is: `arc_deg` turns it about the vertical axis through the target, at a constant rate.

    At time t (seconds), with u = t / duration: eye = target + R_z(arc_deg * u) (eye - target) + dolly_m * u,
    and the target moves along with the dolly.
    """

    eye_m: Vec3
    target_m: Vec3
    fov_deg: float = 45.0
    arc_deg: float = 0.0
    dolly_m: Vec3 = (0.0, 0.0, 0.0)


ViolationKind: TypeAlias = Literal[
    "vanish", "teleport", "recolour", "mark_fades", "gravity_scale", "wobble", "freeze"
]


@dataclass(frozen=True, slots=True)
class Violation:
    """A law broken on the state of the simulator, never on pixels, from `time_s` on.

    kind            | body         | amount                                   | vector
    vanish          | which        | 1                                        |
    teleport        | which        | 1                                        | displacement, metres
    recolour        | which        | 1                                        | new sRGB colour
    mark_fades      | painted body | fraction of every stroke that is erased (its oldest part first) |
    gravity_scale   | ""           | factor on gravity                        |
    wobble          | "" = all static | standard deviation in metres of an independent displacement of every
                    |              | body at every frame                      |
    freeze          | which        | 1                                        | stays where it was at time_s
    """

    kind: ViolationKind
    time_s: float = 0.0
    body: str = ""
    amount: float = 1.0
    vector: Vec3 = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Scene:
    """A world and its history from time 0 to `duration_s`."""

    family: str
    seed: int
    duration_s: float
    bodies: tuple[Body, ...]
    camera: CameraPath
    strokes: tuple[Stroke, ...] = ()
    violations: tuple[Violation, ...] = ()
    gravity_m_s2: Vec3 = (0.0, 0.0, -9.81)
    light_direction: Vec3 = (0.35, -0.45, 0.82)  # towards the light
    captions: tuple[str, str, str] = ("", "", "")  # full, medium, short

    def body(self, name: str) -> Body:
        """The body of that name; KeyError if there is none."""
        for body in self.bodies:
            if body.name == name:
                return body
        raise KeyError(name)

    def replace(self, **changes: Any) -> "Scene":
        """A copy with some fields changed."""
        return dataclasses.replace(self, **changes)

    def with_body(self, name: str, **changes: Any) -> "Scene":
        """A copy in which one body is changed."""
        self.body(name)
        bodies = tuple(dataclasses.replace(b, **changes) if b.name == name else b for b in self.bodies)
        return dataclasses.replace(self, bodies=bodies)

    def without_body(self, name: str) -> "Scene":
        """A copy in which one body does not exist."""
        self.body(name)
        return dataclasses.replace(self, bodies=tuple(b for b in self.bodies if b.name != name))

    def violated(self, *violations: Violation) -> "Scene":
        """A twin that shares everything but the violations."""
        return dataclasses.replace(self, violations=self.violations + violations)


def scene_to_json(scene: Scene) -> dict[str, Any]:
    """Plain lists, numbers and strings."""
    return dataclasses.asdict(scene)


def scene_from_json(data: dict[str, Any]) -> Scene:
    """The inverse of `scene_to_json`; unknown or missing fields raise TypeError."""
    scene: Scene = _build(Scene, data)
    return scene


def _build(kind: Any, value: Any) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = typing.get_type_hints(kind)
        unknown = set(value) - set(hints)
        if unknown:
            raise TypeError(f"{kind.__name__} has no field {sorted(unknown)[0]!r}")
        return kind(**{name: _build(hints[name], item) for name, item in value.items()})
    if origin is tuple and arguments and arguments[-1] is Ellipsis:
        return tuple(_build(arguments[0], item) for item in value)
    if origin is tuple:
        return tuple(_build(inner, item) for inner, item in zip(arguments, value, strict=True))
    if origin in (typing.Union, types.UnionType):
        return None if value is None else _build(arguments[0], value)
    if kind is float:
        return float(value)
    return value

"""Things: their shape, their look, and how they are moved.

Metres, seconds, radians unless the name says otherwise, world z up; colours are sRGB in 0..1.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Vec3: TypeAlias = tuple[float, float, float]
Vec2: TypeAlias = tuple[float, float]
Quat: TypeAlias = tuple[float, float, float, float]  # w, x, y, z
HalfSpace: TypeAlias = tuple[float, float, float, float]  # unit normal n and offset d: n . x <= d
Shape: TypeAlias = Literal["sphere", "box", "cylinder", "capsule", "ellipsoid", "plane", "convex"]

NO_ROTATION: Quat = (1.0, 0.0, 0.0, 0.0)
NEVER_S = 1e9


@dataclass(frozen=True, slots=True)
class Material:
    """How a surface looks. `cells_per_m` is the frequency of checker, noise and stripe.

    Stripes run along local y and alternate along local x. `mirror` is the share of light that is reflected
    as by a mirror, 0..1.
    """

    kind: Literal["solid", "checker", "noise", "stripe"] = "solid"
    colour: Vec3 = (0.8, 0.8, 0.8)
    colour_b: Vec3 = (0.3, 0.3, 0.3)
    cells_per_m: float = 4.0
    specular: float = 0.0
    mirror: float = 0.0


@dataclass(frozen=True, slots=True)
class Part:
    """One more primitive of a body, fixed in the body's frame. The fields mean what they mean for `Body`."""

    shape: Shape
    size_m: Vec3
    position_m: Vec3
    material: Material
    rotation: Quat = NO_ROTATION
    faces: tuple[HalfSpace, ...] = ()


@dataclass(frozen=True, slots=True)
class Rail:
    """Prescribed motion: straight lines between key points, with a constant spin.

    `times_s` is increasing; before the first and after the last the body rests at that key point.
    `spin_rad_s` is a world rotation vector per second that acts between the first and the last time.
    `rotations`, when given, is one rotation for every key point, turned between on the shorter arc at a
    constant rate; it replaces the body's own rotation, and `spin_rad_s` must then be zero.
    """

    times_s: tuple[float, ...]
    points_m: tuple[Vec3, ...]
    spin_rad_s: Vec3 = (0.0, 0.0, 0.0)
    rotations: tuple[Quat, ...] = ()


@dataclass(frozen=True, slots=True)
class Hinge:
    """A dynamic body turns about a fixed axis and does nothing else: a door, a flap, a seesaw.

    Angles are measured from where the body was put; `low_rad == high_rad` means no stops.
    """

    anchor_m: Vec3
    axis: Vec3
    low_rad: float = 0.0
    high_rad: float = 0.0
    damping_n_m_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Pendulum:
    """Swings freely about an axis, exactly, like a point mass at `length_m`; damped by nothing.

    The body is described as it hangs straight down. It is released at rest, `angle_rad` away from that (by
    the right-hand rule about `axis`), at time `release_s`. Bob and rod are bodies with the same pendulum.
    """

    pivot_m: Vec3
    length_m: float
    angle_rad: float
    axis: Vec3 = (0.0, 1.0, 0.0)
    release_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Incline:
    """Moves along a straight slope from rest at `release_s`, by rolling or sliding, exactly.

    `downhill` is a unit vector that points down the slope, `normal` its unit normal. A body with
    `radius_m > 0` and inertia `inertia * m r^2` (2/5 for a solid ball, 1/2 for a solid cylinder) rolls
    without slipping if its friction allows, else slips; with `radius_m == 0` it slides, or sticks.
    The friction coefficient is that of the body. After `length_m` it stops dead (out of the picture).
    """

    downhill: Vec3
    normal: Vec3
    length_m: float
    radius_m: float = 0.0
    inertia: float = 0.4
    release_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Body:
    """A thing: one primitive, and any further `parts` fixed to it, with its place, look and dynamics.

    `size_m`: sphere (radius, 0, 0); box half extents; cylinder (radius, 0, half height), axis local z;
    capsule the same, half height without its caps; ellipsoid semi-axes; plane (half x, half y, 0), normal
    local z, zeros for an endless one; convex the half extents of a box around the origin that holds it, its
    surface being where all of `faces` (local half-spaces) meet.
    `motion`: `static` never moves, `rail` follows `rail`, `dynamic` is simulated (with `hinge`: about an
    axis), `pendulum` and `incline` follow the law of that name in closed form.
    It exists from `from_s` until `until_s`. `noun` and `colour_name` feed captions; a body without a noun is
    not mentioned.
    """

    name: str
    shape: Shape
    size_m: Vec3
    position_m: Vec3
    material: Material
    rotation: Quat = NO_ROTATION
    motion: Literal["static", "dynamic", "rail", "pendulum", "incline"] = "static"
    rail: Rail | None = None
    velocity_m_s: Vec3 = (0.0, 0.0, 0.0)
    angular_velocity_rad_s: Vec3 = (0.0, 0.0, 0.0)
    density_kg_m3: float = 300.0
    friction: float = 0.8
    restitution: float = 0.0
    noun: str = ""
    colour_name: str = ""
    faces: tuple[HalfSpace, ...] = ()
    parts: tuple[Part, ...] = ()
    hinge: Hinge | None = None
    pendulum: Pendulum | None = None
    incline: Incline | None = None
    from_s: float = -NEVER_S
    until_s: float = NEVER_S

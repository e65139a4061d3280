"""A scene as MuJoCo sees it.

Every body of the scene is one of MuJoCo's, with a geom for each of its primitives. Bodies that are not
simulated are moved by hand (`mocap`), also those that never move: what a broken law or an effect does to
them then needs no other model. They do not collide with one another.

Axis letters: `geom`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import mujoco
import numpy as np
from jaxtyping import Int64

from wsim.worlds.physics.effects import STEP_S
from wsim.worlds.physics.solids import corners
from wsim.worlds.scene import Body, HalfSpace, Part, Scene, Shape, Vec3

# Stiff and overdamped: what lands at 4 m/s sinks in by 1 cm, does not rebound, and rests 0.1 mm deep.
_STIFFNESS = (0.006, 1.5)
_WALL_HALF_THICKNESS_M = 0.02
_EVERYTHING = 2**31 - 1
_SIMULATED, _PRESCRIBED = 1, 2
_FIRST_BIT, _LAST_BIT = 2, 30
PAIRED = ("interpenetrate", "pass_through")  # violations between two bodies
SCALED = ("interpenetrate", "resize")  # violations that need a body of another size


@dataclass(frozen=True, slots=True)
class Joint:
    """Where the state of a dynamic body is: its places in MuJoCo's vectors of positions and of rates."""

    owner: int
    q: slice
    v: slice
    is_free: bool


@dataclass(frozen=True)
class Model:
    """MuJoCo's model, and which of its numbers belong to which body of the scene.

    Attributes:
        mujoco: MjModel.
        owner: MuJoCo's body for every body of the scene.
        body_of_geom: the body of the scene for every geom.
        geoms: the geoms of every body, at its own size.
        scaled: geoms of a body at another size, by body and factor; they touch nothing until told to.
        joints: of the dynamic bodies, in the order of the scene.
        prescribed: the bodies that are moved by hand, in the order of MuJoCo's `mocap` arrays.
        bits: the bit by which others may know a body that is the matter of a broken law.
    """

    mujoco: Any
    owner: list[int]
    body_of_geom: Int64[np.ndarray, " geom"]
    geoms: list[list[int]]
    scaled: dict[tuple[int, float], list[int]]
    joints: dict[int, Joint]
    prescribed: list[int]
    bits: dict[int, int] = field(default_factory=dict)

    def kind_and_partners(self, index: int) -> tuple[int, int]:
        """MuJoCo's `contype` and `conaffinity` of a body that touches whatever it lawfully can."""
        simulated = index in self.joints
        kind = self.bits.get(index, _SIMULATED if simulated else _PRESCRIBED)
        if simulated:
            return kind, _EVERYTHING
        others = [bit for other, bit in self.bits.items() if other in self.joints]
        return kind, _SIMULATED | sum(others)


def scale_of(kind: str, amount: float) -> float:
    """The factor on a body's size that a violation asks for; one that sinks in does so from all sides."""
    return amount if kind == "resize" else 1.0 - 2.0 * amount


def build(scene: Scene) -> Model:
    """Compile a scene.

    Raises:
        WsimError: a convex body whose faces enclose nothing.
    """
    spec = mujoco.MjSpec()
    spec.compiler.degree = False
    spec.option.timestep = STEP_S
    spec.option.gravity = scene.gravity_m_s2
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    spec.option.impratio = 10
    body_of_geom: list[int] = []
    geoms: list[list[int]] = []
    scaled: dict[tuple[int, float], list[int]] = {}

    def add(owner: Any, index: int, factor: float, **more: Any) -> list[int]:
        body, added = scene.bodies[index], []
        primitives: tuple[Body | Part, ...] = (body, *body.parts)
        for primitive in primitives:
            owner.add_geom(**_surface(body), **_geometry(spec, primitive, factor, body), **more)
            added.append(len(body_of_geom))
            body_of_geom.append(index)
        return added

    for index, body in enumerate(scene.bodies):
        owner = _add_body(spec, body)
        geoms.append(add(owner, index, 1.0))
        for factor in _factors(scene, body):
            scaled[index, factor] = add(owner, index, factor, mass=0.0)
    compiled = spec.compile()
    dynamic = [index for index, body in enumerate(scene.bodies) if body.motion == "dynamic"]
    model = Model(
        compiled,
        [1 + index for index in range(len(scene.bodies))],
        np.array(body_of_geom, dtype=np.int64),
        geoms,
        scaled,
        {index: _joint(compiled, 1 + index) for index in dynamic},
        [index for index in range(len(scene.bodies)) if index not in dynamic],
        _bits(scene),
    )
    # Not when compiling: MuJoCo then leaves geoms that touch nothing out of its search for contacts.
    for index in range(len(scene.bodies)):
        kind, partners = model.kind_and_partners(index)
        compiled.geom_contype[geoms[index]] = compiled.body_contype[model.owner[index]] = kind
        compiled.geom_conaffinity[geoms[index]] = compiled.body_conaffinity[model.owner[index]] = partners
    for inert in scaled.values():
        compiled.geom_contype[inert] = compiled.geom_conaffinity[inert] = 0
    return model


def _add_body(spec: Any, body: Body) -> Any:
    simulated = body.motion == "dynamic"
    owner = spec.worldbody.add_body(pos=body.position_m, quat=body.rotation, mocap=not simulated)
    if simulated and body.hinge is None:
        owner.add_freejoint()
    elif body.hinge is not None and simulated:
        hinge, into = body.hinge, _into(body)
        owner.add_joint(
            type=mujoco.mjtJoint.mjJNT_HINGE,
            pos=into @ (np.array(hinge.anchor_m) - body.position_m),
            axis=into @ np.array(hinge.axis),
            limited=hinge.low_rad < hinge.high_rad,
            range=[hinge.low_rad, hinge.high_rad],
            damping=hinge.damping_n_m_s,
        )
    return owner


def _into(body: Body) -> Any:
    """The matrix that takes directions in the world into those of a body as it was put."""
    matrix = np.empty(9)
    mujoco.mju_quat2Mat(matrix, np.array(body.rotation))
    return matrix.reshape(3, 3).T


def _joint(model: Any, owner: int) -> Joint:
    joint = int(model.body_jntadr[owner])
    is_free = model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_FREE
    q, v = int(model.jnt_qposadr[joint]), int(model.jnt_dofadr[joint])
    return Joint(owner, slice(q, q + (7 if is_free else 1)), slice(v, v + (6 if is_free else 1)), is_free)


def _bits(scene: Scene) -> dict[int, int]:
    index = {body.name: i for i, body in enumerate(scene.bodies)}
    named = [name for v in scene.violations if v.kind in PAIRED for name in (v.body, v.other)]
    matter = [index[name] for name in dict.fromkeys(named) if name in index]
    return {i: 1 << bit for i, bit in zip(matter, range(_FIRST_BIT, _LAST_BIT), strict=False)}


def _factors(scene: Scene, body: Body) -> Iterator[float]:
    asked = (v for v in scene.violations if v.kind in SCALED and v.body == body.name)
    factors = dict.fromkeys(scale_of(v.kind, v.amount) for v in asked)
    yield from (factor for factor in factors if factor > 0.0 and factor != 1.0)


def _surface(body: Body) -> dict[str, Any]:
    return {
        "density": body.density_kg_m3,
        "friction": [body.friction, 1e-3, 1e-5],
        "solref": list(_STIFFNESS),
    }


def _geometry(spec: Any, primitive: Body | Part, factor: float, body: Body) -> dict[str, Any]:
    """MuJoCo's planes collide as if endless, so one with edges is a thin box behind its surface."""
    place = np.zeros(3) if primitive is body else factor * np.array(primitive.position_m)
    turned = (1.0, 0.0, 0.0, 0.0) if primitive is body else primitive.rotation
    form = _form(spec, primitive.shape, primitive.size_m, primitive.faces, factor)
    if "behind" in form:
        offset = np.empty(3)
        mujoco.mju_rotVecQuat(offset, np.array([0.0, 0.0, -form.pop("behind")]), np.array(turned))
        place = place + offset
    return {"pos": place, "quat": turned, **form}


def _form(
    spec: Any, shape: Shape, size_m: Vec3, faces: tuple[HalfSpace, ...], factor: float
) -> dict[str, Any]:
    geom = mujoco.mjtGeom
    x, y, z = (factor * size for size in size_m)
    if shape == "plane" and x == 0.0:
        return {"type": geom.mjGEOM_PLANE, "size": [0, 0, 0.1]}
    if shape == "plane":
        depth = _WALL_HALF_THICKNESS_M
        return {"type": geom.mjGEOM_BOX, "size": [x, y, depth], "behind": depth}
    if shape == "convex":
        mesh = spec.add_mesh(
            name=f"mesh {len(spec.meshes)}", inertia=mujoco.mjtMeshInertia.mjMESH_INERTIA_CONVEX
        )
        mesh.uservert = (factor * corners(np.array(faces, dtype=np.float64))).ravel()
        return {"type": geom.mjGEOM_MESH, "meshname": mesh.name}
    types = {
        "sphere": (geom.mjGEOM_SPHERE, [x, 0, 0]),
        "box": (geom.mjGEOM_BOX, [x, y, z]),
        "cylinder": (geom.mjGEOM_CYLINDER, [x, z, 0]),
        "capsule": (geom.mjGEOM_CAPSULE, [x, z, 0]),
        "ellipsoid": (geom.mjGEOM_ELLIPSOID, [x, y, z]),
    }
    kind, size = types[shape]
    return {"type": kind, "size": size}

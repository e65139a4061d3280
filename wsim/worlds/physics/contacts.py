"""Bodies that fall, bounce, roll and collide: MuJoCo, with a start and an impact law that are exact.

Two things are added to MuJoCo's integrator (semi-implicit Euler): velocities start half a step early
(leapfrog), which makes free flight exact, and bounces follow Newton (`wsim.worlds.physics.restitution`). The
step does not depend on which times are asked for, so a world has one history at every frame rate.

Axis letters: `time`, `step`, `dynamic` bodies that are simulated, `body` all bodies of the scene.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import mujoco
import numpy as np
from jaxtyping import Float64

from wsim.worlds.physics import rotations
from wsim.worlds.physics.rails import poses_on_rail
from wsim.worlds.physics.restitution import restitute
from wsim.worlds.physics.trajectory import WorldEvent
from wsim.worlds.scene import Body, Scene, Violation
from wsim.worlds.violations import state as violations

STEP_S = 1 / 480  # divides the frames of 8, 10, 12, 15, 16, 20, 24, 30 and 60 fps
_WALL_HALF_THICKNESS_M = 0.02


@dataclass(frozen=True)
class History:
    """The state of the dynamic bodies at every step, and what happened in between."""

    position_m: Float64[np.ndarray, "step dynamic 3"]
    rotation: Float64[np.ndarray, "step dynamic 4"]
    velocity: Float64[np.ndarray, "step dynamic 6"]
    acceleration: Float64[np.ndarray, "step dynamic 6"]
    events: tuple[WorldEvent, ...]

    def at(
        self, times_s: Float64[np.ndarray, " time"]
    ) -> tuple[
        Float64[np.ndarray, "time dynamic 3"],
        Float64[np.ndarray, "time dynamic 4"],
        Float64[np.ndarray, "time dynamic 6"],
    ]:
        """Position, rotation and velocity at any time; before time zero the bodies are as they began.

        Between two steps the acceleration is constant, as it is for the integrator.
        """
        held_s = np.maximum(times_s, 0.0)
        step = step_before(held_s)
        since_s = (held_s - step * STEP_S)[:, None, None]
        velocity, acceleration = self.velocity[step], self.acceleration[step]
        moved = since_s * velocity + 0.5 * since_s**2 * acceleration
        turned = rotations.from_rotation_vector(moved[..., 3:])
        return (
            self.position_m[step] + moved[..., :3],
            rotations.normalised(rotations.multiply(turned, self.rotation[step])),
            velocity + since_s * acceleration,
        )


def step_before(times_s: Float64[np.ndarray, " time"]) -> Any:
    """The last step at or before each time."""
    return np.floor(times_s / STEP_S + 1e-6).astype(np.int64)


def step_from(time_s: float) -> int:
    """The first step at or after a time."""
    return int(np.ceil(time_s / STEP_S - 1e-6))


def integrate(scene: Scene, until_s: float) -> History:
    """Simulate from time zero to the last step at or before `until_s` (at least one step)."""
    steps = int(step_before(np.array([max(until_s, 0.0)]))[0]) + 1
    world = _World(scene, steps)
    poses = np.zeros((steps, world.model.nq))
    rates = np.zeros((steps, 2, world.model.nv))
    for step in range(steps):
        world.begin_step(step)
        poses[step] = world.data.qpos
        mujoco.mj_step2(world.model, world.data)
        # qvel is now half a step ahead of the pose, and qacc belongs to the pose.
        rates[step, 0] = world.data.qvel - 0.5 * STEP_S * world.data.qacc
        rates[step, 1] = world.data.qacc
        rates[step, :, world.held_dofs] = 0.0
    pose = poses.reshape(steps, -1, 7)
    rate = rates.reshape(steps, 2, -1, 6)
    # MuJoCo's angular rates of free bodies are in the frame of the body.
    spin = rotations.rotate(pose[:, None, :, 3:], rate[..., 3:])
    rate = np.concatenate([rate[..., :3], spin], axis=-1)
    return History(pose[..., :3], pose[..., 3:], rate[:, 0], rate[:, 1], tuple(world.events))


@dataclass
class _World:
    """MuJoCo's model and state, with what the scene asks of every step. Geom i is body i of the scene."""

    scene: Scene
    steps: int
    events: list[WorldEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.model: Any = _model(self.scene)
        self.data: Any = mujoco.MjData(self.model)
        bodies = self.scene.bodies
        self.restitution = np.array([body.restitution for body in bodies])
        self.bounces = bool(self.restitution.any())
        self.prescribed = np.zeros((len(bodies), 6))
        self.held: dict[int, Any] = {}  # first dof of a frozen body -> its pose
        self.held_dofs: list[int] = []
        self.touching: set[tuple[int, int]] = set()
        dynamic = [i for i, body in enumerate(bodies) if body.motion == "dynamic"]
        self.slot = {bodies[i].name: slot for slot, i in enumerate(dynamic)}
        for slot, i in enumerate(dynamic):
            self._start(slot, bodies[i])
        self.due: dict[int, list[Violation]] = {}
        for violation in self.scene.violations:
            self.due.setdefault(max(0, step_from(violation.time_s)), []).append(violation)

    def _start(self, slot: int, body: Body) -> None:
        """Half a step early: the integrator then lands on the parabola."""
        rotation = np.array(body.rotation)
        half_step = 0.5 * STEP_S * np.array(self.scene.gravity_m_s2)
        self.data.qvel[6 * slot : 6 * slot + 3] = np.array(body.velocity_m_s) - half_step
        self.data.qvel[6 * slot + 3 : 6 * slot + 6] = rotations.rotate(
            rotations.inverse(rotation), np.array(body.angular_velocity_rad_s)
        )

    def begin_step(self, step: int) -> None:
        """Everything up to the forces: broken laws, rails, contacts, bounces."""
        for violation in self.due.get(step, ()):
            self._break(violation)
        for dof, pose in self.held.items():
            self.data.qpos[dof // 6 * 7 : dof // 6 * 7 + 7] = pose
            self.data.qvel[dof : dof + 6] = 0.0
        self._move_rails(step)
        mujoco.mj_step1(self.model, self.data)
        if self.data.ncon or self.touching:
            self._note_contacts(step)

    def _note_contacts(self, step: int) -> None:
        """Write down which contacts begin and end, and let those bounce that should."""
        time_s = step * STEP_S
        pairs = {(min(a, b), max(a, b)) for a, b in self.data.contact.geom.tolist()}
        began_s = dict.fromkeys(pairs - self.touching, time_s)
        if self.bounces and pairs:
            impacts = restitute(self.model, self.data, self.restitution, self.prescribed, self.held_dofs)
            for impact in impacts:
                pair = min(impact.geoms), max(impact.geoms)
                began_s[pair] = min(began_s.get(pair, time_s), time_s - impact.age_s)
                self._log(time_s - impact.age_s, "impact", pair, impact.impulse_n_s)
            if impacts:
                mujoco.mj_step1(self.model, self.data)
        for pair in sorted(began_s):
            self._log(began_s[pair], "contact_begin", pair)
        for pair in sorted(self.touching - pairs):
            self._log(time_s, "contact_end", pair)
        self.touching = pairs

    def _log(self, time_s: float, kind: str, pair: tuple[int, int], amount: float = 0.0) -> None:
        names = self.scene.bodies[pair[0]].name, self.scene.bodies[pair[1]].name
        self.events.append(WorldEvent(time_s, kind, names, amount))

    @cached_property
    def rails(self) -> list[tuple[int, int, Any, Any, Any]]:
        """For every body on a rail: its index, its mocap slot, and its poses and velocities at every step."""
        times_s = np.arange(self.steps) * STEP_S
        found = []
        for index, body in enumerate(self.scene.bodies):
            if body.motion == "rail":
                position, rotation, velocity = poses_on_rail(
                    body, violations.held_times(self.scene, body, times_s)
                )
                position = position + violations.displacements(self.scene, body, times_s)
                mocap = int(self.model.body_mocapid[self.model.geom_bodyid[index]])
                found.append((index, mocap, position, rotation, velocity))
        return found

    def _move_rails(self, step: int) -> None:
        for index, mocap, position, rotation, velocity in self.rails:
            self.data.mocap_pos[mocap] = position[step]
            self.data.mocap_quat[mocap] = rotation[step]
            self.prescribed[index] = velocity[step]

    def _break(self, violation: Violation) -> None:
        """Violations that the other bodies feel."""
        slot = self.slot.get(violation.body)
        if violation.kind == "vanish":
            geom = [body.name for body in self.scene.bodies].index(violation.body)
            owner = self.model.geom_bodyid[geom]
            self.model.geom_contype[geom] = self.model.geom_conaffinity[geom] = 0
            self.model.body_contype[owner] = self.model.body_conaffinity[owner] = 0
        elif violation.kind == "gravity_scale":
            change = (violation.amount - 1.0) * self.model.opt.gravity
            self.model.opt.gravity[:] += change
            for first in range(0, self.model.nv, 6):
                self.data.qvel[first : first + 3] -= 0.5 * STEP_S * change  # qvel is half a step old
        elif violation.kind == "teleport" and slot is not None:
            self.data.qpos[7 * slot : 7 * slot + 3] += violation.vector
        elif violation.kind == "freeze" and slot is not None:
            self.held[6 * slot] = self.data.qpos[7 * slot : 7 * slot + 7].copy()
            self.held_dofs.extend(range(6 * slot, 6 * slot + 6))


def _model(scene: Scene) -> Any:
    spec = mujoco.MjSpec()
    spec.option.timestep = STEP_S
    spec.option.gravity = scene.gravity_m_s2
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    spec.option.impratio = 10
    for index, body in enumerate(scene.bodies):
        owner = spec.worldbody.add_body(
            name=f"b{index}", pos=body.position_m, quat=body.rotation, mocap=body.motion == "rail"
        )
        if body.motion == "dynamic":
            owner.add_freejoint()
        owner.add_geom(density=body.density_kg_m3, friction=[body.friction, 1e-3, 1e-5], **_geometry(body))
    return spec.compile()


def _geometry(body: Body) -> dict[str, Any]:
    """MuJoCo's planes collide as if endless, so one with edges is a thin box behind its surface."""
    x, y, z = body.size_m
    if body.shape == "sphere":
        return {"type": mujoco.mjtGeom.mjGEOM_SPHERE, "size": [x, 0, 0]}
    if body.shape == "cylinder":
        return {"type": mujoco.mjtGeom.mjGEOM_CYLINDER, "size": [x, z, 0]}
    if violations.is_endless(body):
        return {"type": mujoco.mjtGeom.mjGEOM_PLANE, "size": [0, 0, 0.1]}
    depth = _WALL_HALF_THICKNESS_M if body.shape == "plane" else z
    behind = [0, 0, -depth] if body.shape == "plane" else [0, 0, 0]
    return {"type": mujoco.mjtGeom.mjGEOM_BOX, "size": [x, y, depth], "pos": behind}

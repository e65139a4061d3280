"""Simulated bodies, and what can be done to one from outside: come and go, be held, moved, freed of a law.

MuJoCo's rates are half a step older than its positions (leapfrog); methods say where that matters.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import mujoco
import numpy as np

from wsim.worlds.physics import rotations
from wsim.worlds.physics.effects import STEP_S
from wsim.worlds.physics.model import Model
from wsim.worlds.scene import Scene

Path: TypeAlias = Callable[[int], tuple[Any, Any]]  # step -> qpos of a joint, and (qvel, qacc)
_HEAVY = 1e6  # what is held does not give way
# What MuJoCo knows of how heavy bodies are, and the power of the mass to which it goes.
_WEIGHTS = {
    "body_mass": 1, "body_subtreemass": 1, "body_inertia": 1, "dof_M0": 1, "body_invweight0": -1,
    "dof_invweight0": -1,
}  # fmt: skip


_CHANGING = (*_WEIGHTS, "geom_contype", "geom_conaffinity", "body_contype", "body_conaffinity")


@dataclass(frozen=True)
class Kept:
    """What has become of bodies without any law being broken, besides MuJoCo's state: as of `Bodies`."""

    model: Mapping[str, Any]
    paths: Mapping[int, Path]
    born: Mapping[int, Any]


class Bodies:
    """MuJoCo's model and state, body by body.

    Attributes:
        paths: the paths of the bodies that are held.
        born: where bodies came into being that were put elsewhere than the scene says, as `qpos`.
        by_hand: velocity (m/s, rad/s) of every body that is moved by hand.
        restitution: of every body.
    """

    def __init__(self, scene: Scene, model: Model) -> None:
        self.scene = scene
        self.model = model
        self.data: Any = mujoco.MjData(model.mujoco)
        self.paths: dict[int, Path] = {}
        self.born: dict[int, Any] = {}
        self.by_hand = np.zeros((len(scene.bodies), 6))
        self.restitution = np.array([body.restitution for body in scene.bodies])
        self._parted: dict[int, int] = {}  # which bits of others a body does not collide with
        self._own_gravity: dict[int, Any] = {}
        self._weights = {name: getattr(model.mujoco, name).copy() for name in _WEIGHTS}

    def kept(self) -> Kept:
        """To be restored in a copy of this world; paths and places are never changed, only replaced."""
        model = {name: getattr(self.model.mujoco, name).copy() for name in _CHANGING}
        return Kept(model, dict(self.paths), dict(self.born))

    def restore(self, kept: Kept) -> None:
        """Make them what they were."""
        for name, array in kept.model.items():
            getattr(self.model.mujoco, name)[:] = array
        self.paths, self.born = dict(kept.paths), dict(kept.born)

    # Existence and place

    def exist(self, index: int, yes: bool) -> None:
        """A body comes into being as the scene says it begins; or is gone, and stays where it was."""
        self.collide(index, yes)
        if index in self.model.joints and yes:
            self.let_go(index)
            self.begin([index])
        elif index in self.model.joints:
            self.hold(index)

    def begin(self, indices: list[int]) -> None:
        """As the scene says they begin, but half a step early: the integrator then lands on the parabola."""
        mj, data = self.model.mujoco, self.data
        for index in indices:
            joint, body = self.model.joints[index], self.scene.bodies[index]
            data.qpos[joint.q] = mj.qpos0[joint.q]
            spin = np.array(body.angular_velocity_rad_s)
            if joint.is_free:
                local = rotations.rotate(rotations.inverse(np.array(body.rotation)), spin)
                data.qvel[joint.v] = np.concatenate([body.velocity_m_s, local])
            elif body.hinge is not None:
                data.qvel[joint.v] = spin @ np.array(body.hinge.axis) / np.linalg.norm(body.hinge.axis)
        mujoco.mj_forward(mj, data)
        for index in indices:
            v = self.model.joints[index].v
            data.qvel[v] -= 0.5 * STEP_S * data.qacc_smooth[v]

    def place(self, index: int, position: Any, rotation: Any, velocity: Any, spin: Any) -> None:
        """A free body comes into being somewhere else; velocities (world) are half a step old."""
        self.let_go(index)
        self.collide(index, True)
        joint = self.model.joints[index]
        local = rotations.rotate(rotations.inverse(rotation), spin)
        self.born[index] = np.concatenate([position, rotations.normalised(rotation)])
        self.data.qpos[joint.q] = self.born[index]
        self.data.qvel[joint.v] = np.concatenate([velocity, local])

    def state(self, index: int) -> tuple[Any, Any, Any, Any]:
        """Position, rotation, velocity and spin in the world; velocities of the simulated half a step old."""
        owner, joint = self.model.owner[index], self.model.joints.get(index)
        if joint is None or not joint.is_free:
            position, rotation = self.data.xpos[owner].copy(), self.data.xquat[owner].copy()
            return position, rotation, self.by_hand[index, :3], self.by_hand[index, 3:]
        pose, rates = self.data.qpos[joint.q].copy(), self.data.qvel[joint.v].copy()
        return pose[:3], pose[3:], rates[:3], rotations.rotate(pose[3:], rates[3:])

    # Motion

    def hold(self, index: int, path: Path | None = None) -> None:
        """A simulated body follows a path and gives way to nothing; without a path it stays where it is."""
        joint = self.model.joints[index]
        here, still = self.data.qpos[joint.q].copy(), np.zeros((2, joint.v.stop - joint.v.start))
        self.paths[index] = path or (lambda _: (here, still))
        self._weigh(index, _HEAVY)

    def let_go(self, index: int) -> None:
        """The opposite of `hold`."""
        if self.paths.pop(index, None):
            self._weigh(index, 1.0)

    def speed(self, index: int) -> Any:
        """The rates of a body as they are now, not half a step ago; what rests has none."""
        v = self.model.joints[index].v
        return self.data.qvel[v] + 0.5 * STEP_S * self.data.qacc[v]

    def kick(self, index: int, velocity_m_s: Any) -> None:
        """A body gains a velocity; one on a hinge as much of it as its hinge lets it."""
        joint, body = self.model.joints[index], self.scene.bodies[index]
        if body.hinge is None:
            self.data.qvel[joint.v][:3] += velocity_m_s
        else:
            axis = np.array(body.hinge.axis) / np.linalg.norm(body.hinge.axis)
            lever = np.cross(axis, self.data.xpos[joint.owner] - body.hinge.anchor_m)
            self.data.qvel[joint.v] += lever @ velocity_m_s / max(float(lever @ lever), 1e-12)

    # Gravity

    def gravity(self, index: int) -> Any:
        """What a simulated body feels, m/s^2."""
        if index in self.paths:
            return np.zeros(3)
        return self._own_gravity.get(index, self.model.mujoco.opt.gravity.copy())

    def set_gravity(self, gravity_m_s2: Any, index: int | None = None) -> None:
        """Gravity is another one, for one body or for all that have none of their own."""
        concerned = [i for i in self.model.joints if i == index or index is None]
        before = [self.gravity(i) for i in concerned]
        if index is None:
            self.model.mujoco.opt.gravity[:] = gravity_m_s2
        else:
            self._own_gravity[index] = gravity_m_s2
        for i, old in zip(concerned, before, strict=True):
            self._pull(i)
            joint = self.model.joints[i]
            # Half a step of the rates must have been won under the new gravity; but not of what rests.
            if joint.is_free and np.allclose(self.data.qacc[joint.v][:3], old, atol=1e-9):
                self.data.qvel[joint.v][:3] -= 0.5 * STEP_S * (self.gravity(i) - old)

    def _weigh(self, index: int, factor: float) -> None:
        """A body weighs so many times as much, also where MuJoCo has worked that out beforehand."""
        mj, owner, dofs = self.model.mujoco, self.model.owner[index], self.model.joints[index].v
        for name, power in _WEIGHTS.items():
            place = dofs if name.startswith("dof") else owner
            getattr(mj, name)[place] = factor**power * self._weights[name][place]
        self._pull(index)

    def _pull(self, index: int) -> None:
        """A force that makes up for the gravity that a body does not feel."""
        owner = self.model.owner[index]
        missing = self.gravity(index) - self.model.mujoco.opt.gravity
        self.data.xfrc_applied[owner, :3] = self.model.mujoco.body_mass[owner] * missing

    # Collisions

    def part(self, one: int, other: int) -> None:
        """Two bodies do not collide any more."""
        for this, that in ((one, other), (other, one)):
            self._parted[this] = self._parted.get(this, 0) | self.model.bits.get(that, 0)
            self.collide(this, True)

    def sink_in(self, index: int, other: int, factor: float) -> None:
        """A body meets another one at another size than everything else; not at all at none."""
        self.part(index, other)
        self._wear(self.model.scaled.get((index, factor), []), 0, self.model.bits.get(other, 0))

    def resize(self, index: int, factor: float) -> None:
        """A body has another size, and the same mass."""
        self.collide(index, False)
        self.model.geoms[index][:] = self.model.scaled.get((index, factor), [])
        self.collide(index, True)

    def collide(self, index: int, yes: bool) -> None:
        """Whether a body touches what it lawfully can, or nothing."""
        kind, partners = self.model.kind_and_partners(index) if yes else (0, 0)
        self._wear(self.model.geoms[index], kind, partners & ~self._parted.get(index, 0))

    def _wear(self, geoms: list[int], kind: int, partners: int) -> None:
        """Which kinds collide with which; MuJoCo looks at the body's before it looks at the geoms'."""
        mj = self.model.mujoco
        for geom in geoms:
            mj.geom_contype[geom], mj.geom_conaffinity[geom] = kind, partners
            owner = mj.geom_bodyid[geom]
            own = slice(mj.body_geomadr[owner], mj.body_geomadr[owner] + mj.body_geomnum[owner])
            mj.body_contype[owner] = np.bitwise_or.reduce(mj.geom_contype[own])
            mj.body_conaffinity[owner] = np.bitwise_or.reduce(mj.geom_conaffinity[own])

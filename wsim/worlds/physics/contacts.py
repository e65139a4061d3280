"""Bodies that fall, bounce, roll, tumble and break: MuJoCo, with a start and an impact law that are exact.

Two things are added to MuJoCo's integrator (semi-implicit Euler): velocities start half a step early
(leapfrog), which makes free flight exact, and bounces follow Newton (`wsim.worlds.physics.restitution`). The
step does not depend on which times are asked for, so a world has one history at every frame rate.

Axis letters: `time`, `step`, `dynamic` bodies that are simulated.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64

from wsim.worlds.physics import beginnings, broken_laws, rotations
from wsim.worlds.physics.effects import STEP_S
from wsim.worlds.physics.model import Joint
from wsim.worlds.physics.trajectory import WorldEvent
from wsim.worlds.physics.world import World
from wsim.worlds.scene import Body, Cause, Scene


@dataclass(frozen=True)
class History:
    """The state of the dynamic bodies at every step, and what happened in between.

    Velocities are m/s, then rad/s, in the world; `caused_s` says when causes came about.
    """

    position_m: Float64[np.ndarray, "step dynamic 3"]
    rotation: Float64[np.ndarray, "step dynamic 4"]
    velocity: Float64[np.ndarray, "step dynamic 6"]
    acceleration: Float64[np.ndarray, "step dynamic 6"]
    events: tuple[WorldEvent, ...]
    caused_s: Mapping[Cause, float]

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


def integrate(scene: Scene, until_s: float) -> History:
    """Simulate from time zero to the last step at or before `until_s` (at least one step)."""
    steps = int(step_before(np.array([max(until_s, 0.0)]))[0]) + 1
    world = World(scene, steps)
    broken_laws.plan(world)
    beginnings.run(world)
    states = [
        _free(world, joint) if joint.is_free else _hinged(world, scene.bodies[index], joint)
        for index, joint in world.model.joints.items()
    ]
    position, rotation, velocity, acceleration = (
        np.stack(part, axis=1) for part in zip(*states, strict=True)
    )
    return History(position, rotation, velocity, acceleration, tuple(world.log.events), world.caused_s)


def _free(world: World, joint: Joint) -> tuple[Any, Any, Any, Any]:
    """MuJoCo's angular rates of free bodies are in the frame of the body."""
    pose, rates = world.q[:, joint.q], world.rates[:, :, joint.v]
    rotation = pose[:, 3:]
    spin = rotations.rotate(rotation[:, None], rates[..., 3:])
    rates = np.concatenate([rates[..., :3], spin], axis=-1)
    return pose[:, :3], rotation, rates[:, 0], rates[:, 1]


def _hinged(world: World, body: Body, joint: Joint) -> tuple[Any, Any, Any, Any]:
    """From angles about the axis to poses: r = R r0, v = w x r, a = w' x r + w x v."""
    assert body.hinge is not None
    axis = np.array(body.hinge.axis) / np.linalg.norm(body.hinge.axis)
    turned = rotations.from_rotation_vector(world.q[:, joint.q] * axis)
    anchor = np.array(body.hinge.anchor_m)
    arm = rotations.rotate(turned, np.array(body.position_m) - anchor)
    spin, spin_up = (world.rates[:, order, joint.v] * axis for order in (0, 1))
    moves = np.cross(spin, arm)
    pulled = np.cross(spin_up, arm) + np.cross(spin, moves)
    return (
        anchor + arm,
        rotations.multiply(turned, np.array(body.rotation)),
        np.concatenate([moves, spin], axis=-1),
        np.concatenate([pulled, spin_up], axis=-1),
    )

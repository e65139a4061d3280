"""Broken laws of bodies that are simulated: what each does to the world, at the first step at or after it.

Bodies that are not simulated are the matter of `wsim.worlds.violations`, but what simulated bodies feel of
them is here too: a wall that vanishes, two that do not touch. One that changes nothing leaves the history
as it was, bit by bit.
"""

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import numpy as np

from wsim.worlds.physics import rotations
from wsim.worlds.physics.bodies import Path
from wsim.worlds.physics.effects import STEP_S, step_from
from wsim.worlds.physics.gravity import changes_nothing, gravity_after
from wsim.worlds.physics.model import scale_of
from wsim.worlds.physics.solids import reach_below_m
from wsim.worlds.physics.world import World
from wsim.worlds.scene import Scene, Violation, ViolationKind

Law: TypeAlias = Callable[[World, Violation, int], None]
_NEUTRAL_AMOUNT = {"interpenetrate": 0.0, "creeps_back": 0.0, "shards_reassemble": 0.0, "resize": 1.0}


def plan(world: World) -> None:
    """Let every broken law of the scene act on the world when its time has come."""
    for violation in world.scene.violations:
        law = LAWS.get(violation.kind)
        if law and not _nothing(world.scene, violation):
            world.at(max(0, step_from(violation.time_s)), partial(law, world, violation))


def _nothing(scene: Scene, violation: Violation) -> bool:
    if violation.kind == "super_bounce":
        return scene.body(violation.body).restitution == violation.amount
    return changes_nothing(violation) or _NEUTRAL_AMOUNT.get(violation.kind) == violation.amount


def _of_simulated(law: Callable[[World, Violation, int, int], None]) -> Law:
    """A law that is only about bodies that are simulated; it is given the number of the body as well."""

    def act(world: World, violation: Violation, step: int) -> None:
        index = world.index[violation.body]
        if index in world.model.joints:
            law(world, violation, step, index)

    return act


def _exists(yes: bool) -> Law:
    return lambda world, violation, step: world.bodies.exist(world.index[violation.body], yes)


def _duplicate(world: World, violation: Violation, step: int) -> None:
    other = world.index[violation.other]
    if other in world.model.joints:
        position, rotation, velocity, spin = world.bodies.state(world.index[violation.body])
        world.bodies.place(other, position + violation.vector, rotation, velocity, spin)


def _teleport(world: World, violation: Violation, step: int, index: int) -> None:
    joint = world.model.joints[index]
    if joint.is_free:
        world.bodies.data.qpos[joint.q][:3] += violation.vector


def _freeze(world: World, violation: Violation, step: int, index: int) -> None:
    world.bodies.hold(index)


def _reverse(world: World, violation: Violation, step: int, index: int) -> None:
    joint = world.model.joints[index]
    here, still = world.bodies.data.qpos[joint.q].copy(), np.zeros((2, joint.v.stop - joint.v.start))
    places, rates = world.q[:step, joint.q], world.rates[:step, :, joint.v] * [[-1.0], [1.0]]

    def path(now: int) -> tuple[np.ndarray, np.ndarray]:
        ago = now - step
        if 0 < ago <= step:
            return places[-ago], rates[-ago]
        return (world.q[0, joint.q] if ago > 0 else here), still

    world.bodies.hold(index, path)


def _creeps_back(world: World, violation: Violation, step: int, index: int) -> None:
    joint = world.model.joints[index]
    here, begun = world.bodies.data.qpos[joint.q].copy(), world.q[0, joint.q]
    back = np.zeros_like(here)
    moved = slice(0, 3 if joint.is_free else 1)
    back[moved] = violation.amount * (begun - here)[moved]
    world.bodies.hold(index, _to(world, step, here, here + back, joint.is_free))


def _shards_reassemble(world: World, violation: Violation, step: int) -> None:
    for one in world.happening:
        if one.effect.kind == "shatter" and one.effect.body == violation.body:
            for name in one.effect.others:
                index = world.index[name]
                if index in world.bodies.born:
                    _return(world, violation.amount, step, index)


def _return(world: World, share: float, step: int, index: int) -> None:
    here, born = world.bodies.data.qpos[world.model.joints[index].q].copy(), world.bodies.born[index]
    turn = rotations.to_rotation_vector(rotations.multiply(born[3:], rotations.inverse(here[3:])))
    turned = rotations.multiply(rotations.from_rotation_vector(share * turn), here[3:])
    target = np.concatenate([here[:3] + share * (born - here)[:3], turned])
    world.bodies.hold(index, _to(world, step, here, target, True))


def _to(world: World, step: int, here: np.ndarray, target: np.ndarray, is_free: bool) -> Path:
    """Evenly from here to a target until the end of the scene."""
    steps = max(1, step_from(world.scene.duration_s) - step)
    moves = slice(0, 3 if is_free else 1)
    rates = np.zeros((2, 6 if is_free else 1))
    rates[0, moves] = (target - here)[moves] / (steps * STEP_S)
    # All at once: of many pieces, step by step, this would take longer than MuJoCo.
    share = np.minimum(1.0, np.arange(world.steps - step) / steps)[:, None]
    states, still = here + share * (target - here), np.zeros_like(rates)
    if is_free:
        spin = rotations.to_rotation_vector(rotations.multiply(target[3:], rotations.inverse(here[3:])))
        states[:, 3:] = rotations.multiply(rotations.from_rotation_vector(share * spin), here[3:])

    def path(now: int) -> tuple[np.ndarray, np.ndarray]:
        return states[now - step], rates if now - step < steps else still

    return path


def _gravity(world: World, violation: Violation, step: int) -> None:
    if violation.body:
        _lighten(world, violation, step)
    else:
        world.bodies.set_gravity(gravity_after(world.model.mujoco.opt.gravity.copy(), violation))


@_of_simulated
def _lighten(world: World, violation: Violation, step: int, index: int) -> None:
    world.bodies.set_gravity(gravity_after(world.bodies.gravity(index), violation), index)


def _hover(world: World, violation: Violation, step: int, index: int) -> None:
    joint = world.model.joints[index]
    _lighten(world, violation, step)
    if joint.is_free:
        world.bodies.data.qvel[joint.v][2] = 0.0
    else:
        world.bodies.hold(index)


def _energy_gain(world: World, violation: Violation, step: int, index: int) -> None:
    world.bodies.data.qvel[world.model.joints[index].v] += (violation.amount - 1.0) * world.bodies.speed(
        index
    )


def _super_bounce(world: World, violation: Violation, step: int) -> None:
    world.bodies.restitution[world.index[violation.body]] = violation.amount


def _friction_off(world: World, violation: Violation, step: int) -> None:
    """Its own friction then counts alone: MuJoCo else takes the larger one of a pair."""
    geoms = world.model.geoms[world.index[violation.body]]
    world.model.mujoco.geom_priority[geoms] = 1
    world.model.mujoco.geom_friction[geoms] *= 1.0 - violation.amount


def _interpenetrate(world: World, violation: Violation, step: int) -> None:
    factor = scale_of(violation.kind, violation.amount)
    world.bodies.sink_in(world.index[violation.body], world.index[violation.other], factor)


def _pass_through(world: World, violation: Violation, step: int) -> None:
    world.bodies.part(world.index[violation.body], world.index[violation.other])


def _uncaused_motion(world: World, violation: Violation, step: int, index: int) -> None:
    world.bodies.kick(index, np.array(violation.vector))


def _resize(world: World, violation: Violation, step: int, index: int) -> None:
    joint, body = world.model.joints[index], world.scene.bodies[index]
    if joint.is_free:
        below_m = reach_below_m(body, world.bodies.data.qpos[joint.q][3:])
        world.bodies.data.qpos[joint.q][2] += (violation.amount - 1.0) * below_m
    world.bodies.resize(index, violation.amount)


LAWS: dict[ViolationKind, Law] = {
    "vanish": _exists(False),
    "appear": _exists(True),
    "duplicate": _duplicate,
    "resize": _of_simulated(_resize),
    "teleport": _of_simulated(_teleport),
    "freeze": _of_simulated(_freeze),
    "reverse": _of_simulated(_reverse),
    "creeps_back": _of_simulated(_creeps_back),
    "shards_reassemble": _shards_reassemble,
    "gravity_scale": _gravity,
    "gravity_tilt": _gravity,
    "weightless": _lighten,
    "hover": _of_simulated(_hover),
    "energy_gain": _of_simulated(_energy_gain),
    "super_bounce": _super_bounce,
    "friction_off": _friction_off,
    "interpenetrate": _interpenetrate,
    "pass_through": _pass_through,
    "uncaused_motion": _of_simulated(_uncaused_motion),
}

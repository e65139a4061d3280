"""What twins have in common: the history of a world until a law is broken, kept for a while.

Marks are set along a lawful history. A twin is simulated from the last of them that comes before its own, and
so is the same world when it is followed further; either is bit by bit as from time zero.

Axis letters: `step`.
"""

import sys
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

import mujoco
import numpy as np
from jaxtyping import Float64

from wsim.worlds.physics.bodies import Kept
from wsim.worlds.physics.broken_laws import LAWS
from wsim.worlds.physics.contact_log import ContactLog
from wsim.worlds.physics.effects import step_from
from wsim.worlds.physics.world import World
from wsim.worlds.scene import Cause, Scene

_EVERY = 48  # steps: a tenth of a second
_WORLDS = 2  # the one that is asked about, and its control
_STATE = int(mujoco.mjtState.mjSTATE_INTEGRATION)  # all that the next steps depend on


@dataclass(frozen=True)
class Mark:
    """Where a world was at the beginning of a step."""

    step: int
    state: Float64[np.ndarray, " number"]
    log: ContactLog
    bodies: Kept
    caused_s: Mapping[Cause, float]


@dataclass(frozen=True)
class Beginning:
    """A lawful history up to its last mark; `q` and `rates` as of `World`."""

    marks: tuple[Mark, ...]
    q: Any
    rates: Any


_NOTHING = Beginning((), None, None)
_kept: OrderedDict[Scene, Beginning] = OrderedDict()
_lock = Lock()


def run(world: World) -> None:
    """Simulate to the end, from the last mark that can be used, and set marks if this history is lawful."""
    scene = _lawful(world)
    if scene is None:
        world.run()
        return
    with _lock:
        known = _kept.get(scene, _NOTHING)
    breaks = min(_first_broken(world.scene), world.steps)
    marks = [mark for mark in known.marks if mark.step < breaks]
    start = _resume(world, marks[-1], known) if marks else 0
    if breaks < world.steps:
        world.run(start)
        return

    def mark(step: int) -> None:
        if step % _EVERY == 0 and step > start:
            marks.append(_mark_of(world, step))

    world.run(start, mark)
    if len(marks) > len(known.marks):
        last = marks[-1].step
        _keep(scene, Beginning(tuple(marks), world.q[:last].copy(), world.rates[:last].copy()))


def _lawful(world: World) -> Scene | None:
    """The world without its broken laws; None where MuJoCo's model is another one from the start."""
    scene = world.scene
    if world.model.scaled or world.model.bits:
        return None
    return scene.replace(violations=(), captions=("", "", ""), story=None)


def _first_broken(scene: Scene) -> int:
    """The first step that differs from the lawful history; what only looks different does not.

    Where there are effects, the laws of cause and effect may be broken, of what is simulated as well.
    """
    simulated = {b.name for b in scene.bodies if b.motion == "dynamic" and not scene.effects}
    breaking = [v for v in scene.violations if v.kind in LAWS or v.body not in simulated]
    return min((max(0, step_from(v.time_s)) for v in breaking), default=sys.maxsize)


def _resume(world: World, mark: Mark, known: Beginning) -> int:
    """Put a world where a mark is, a step or more before a law is broken: that may look back."""
    world.bodies.restore(mark.bodies)
    mujoco.mj_setState(world.model.mujoco, world.bodies.data, mark.state, _STATE)
    world.q[: mark.step], world.rates[: mark.step] = known.q[: mark.step], known.rates[: mark.step]
    world.log = mark.log.copied()
    world.go_on(mark.step, mark.caused_s)
    return mark.step


def _mark_of(world: World, step: int) -> Mark:
    return Mark(step, _state_of(world), world.log.copied(), world.bodies.kept(), dict(world.caused_s))


def _state_of(world: World) -> Float64[np.ndarray, " number"]:
    state = np.empty(mujoco.mj_stateSize(world.model.mujoco, _STATE))
    mujoco.mj_getState(world.model.mujoco, world.bodies.data, state, _STATE)
    return state


def _keep(scene: Scene, beginning: Beginning) -> None:
    with _lock:
        _kept[scene] = beginning
        _kept.move_to_end(scene)
        while len(_kept) > _WORLDS:
            _kept.popitem(last=False)

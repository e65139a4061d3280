"""From a scene to what happened in it.

The order is: whatever moves by a formula; whatever is simulated, which may touch it and set off effects;
effects; fluids; broken laws of existence and looks; trails; state and events. MuJoCo is only loaded when
something is left to simulate. Times may lie before zero (dynamic bodies are then as they began) or beyond
the duration, and no history depends on which times are asked for.

Axis letters: `time`, `body`, `dynamic` bodies that are simulated.
"""

import dataclasses
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from jaxtyping import Float64

from wsim.worlds.physics import effects
from wsim.worlds.physics.pours import pour
from wsim.worlds.physics.prescribed import Poses, poses
from wsim.worlds.physics.trails import trails_of
from wsim.worlds.physics.trajectory import Trajectory, WorldEvent, at_rest
from wsim.worlds.scene import Cause, Scene
from wsim.worlds.violations.about import check_violations, violation_events
from wsim.worlds.violations.existence import apply_to_existence
from wsim.worlds.violations.looks import apply_to_looks
from wsim.worlds.violations.motion import wobble

States: TypeAlias = tuple[
    Float64[np.ndarray, "time dynamic 3"],
    Float64[np.ndarray, "time dynamic 4"],
    Float64[np.ndarray, "time dynamic 6"],
]


def simulate(scene: Scene, times_s: Float64[np.ndarray, " time"]) -> Trajectory:
    """The state of every body at every time.

    Args:
        scene: the world.
        times_s: any times in any order, also negative. The history does not depend on which are asked for.

    Returns:
        States, and the events from time zero to the latest time: `contact_begin`, `contact_end` and `impact`
        (`amount` is the normal impulse, N s), `violation:<kind>`, and the names of causes. Violations and
        effects act on what is simulated at the first step (1/480 s) at or after their time; on all else
        exactly at it.

    Raises:
        WsimError: a rail, an effect or a violation that makes no sense.
    """
    check_violations(scene)
    effects.check_effects(scene)
    trajectory = at_rest(scene, times_s)
    latest_s = float(times_s.max(initial=0.0))
    # Trails are those of the whole scene, whichever of its times are asked for.
    motion = Motion(scene, max(latest_s, scene.duration_s) if scene.trails else latest_s)
    motion.fill(trajectory)
    effects.show(scene, motion.happening, trajectory)
    volumes = pour(scene, trajectory)
    wobble(scene, trajectory)
    trajectory = apply_to_looks(scene, trajectory)
    apply_to_existence(scene, trajectory)
    state, switches = effects.switched(scene, motion.caused_s, times_s)
    events = _until(latest_s, [*motion.events, *violation_events(scene), *switches])
    trails = trails_of(scene, motion.poses)
    return dataclasses.replace(trajectory, events=events, state={**state, **volumes}, trails=trails)


@runtime_checkable
class History(Protocol):
    """What an engine of dynamics gives: states at any time, and what happened."""

    @property
    def events(self) -> tuple[WorldEvent, ...]:
        """Contacts and impacts."""

    def at(self, times_s: Float64[np.ndarray, " time"]) -> States:
        """Position, rotation and velocity of the dynamic bodies."""


class Motion:
    """How every body of a scene moves, from time zero to `latest_s` and before."""

    def __init__(self, scene: Scene, latest_s: float) -> None:
        self.scene = scene
        self.latest_s = latest_s

        self.dynamic = [i for i, body in enumerate(scene.bodies) if body.motion == "dynamic"]

    def fill(self, trajectory: Trajectory) -> None:
        """Write where everything is into the arrays of `trajectory`."""
        for index in range(len(self.scene.bodies)):
            if index not in self.dynamic:
                _write(trajectory, index, self.poses(index, trajectory.times_s))
        if self._history:
            _write(trajectory, self.dynamic, self._history.at(trajectory.times_s))

    def poses(self, index: int, times_s: Float64[np.ndarray, " time"]) -> Poses:
        """Position (m), rotation and velocity (m/s, rad/s) of one body at any times up to the latest."""
        if index not in self.dynamic:
            return poses(self.scene, self.scene.bodies[index], times_s, self.happening)
        assert self._history is not None
        slot = self.dynamic.index(index)
        position, rotation, velocity = self._history.at(times_s)
        return position[:, slot], rotation[:, slot], velocity[:, slot]

    @property
    def events(self) -> tuple[WorldEvent, ...]:
        """Contacts and impacts of whatever is simulated."""
        return self._history.events if self._history else ()

    @cached_property
    def caused_s(self) -> Mapping[Cause, float]:
        """When the causes came about."""
        simulated: Mapping[Cause, float] | None = getattr(self._history, "caused_s", None)
        if simulated is not None:
            return simulated
        caused_s = effects.causes_by_time(self.scene)
        for cause in effects.causes_by_contact(self.scene):
            touched_s = effects.first_touch_s(self.events, cause)
            if touched_s is not None:
                caused_s[cause] = touched_s
        return caused_s

    @cached_property
    def happening(self) -> tuple[effects.Started, ...]:
        """The effects that happen, in order of time."""
        return effects.started(self.scene, self.caused_s)

    @cached_property
    def _history(self) -> History | None:
        if not self.dynamic:
            return None
        if self.scene.physics == "collisions":
            from wsim.worlds.physics import collisions

            return collisions.integrate(self.scene, self.latest_s)
        from wsim.worlds.physics import contacts

        return contacts.integrate(self.scene, self.latest_s)


def _write(trajectory: Trajectory, index: Any, states: Any) -> None:
    trajectory.position_m[:, index], trajectory.rotation[:, index], trajectory.velocity[:, index] = states


def _until(latest_s: float, events: list[WorldEvent]) -> tuple[WorldEvent, ...]:
    return tuple(sorted((e for e in events if e.time_s <= latest_s), key=lambda event: event.time_s))

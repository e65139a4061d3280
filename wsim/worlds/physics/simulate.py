"""From a scene to what happened in it.

Static bodies and bodies on rails are known in closed form; MuJoCo is only loaded when something is left
to simulate. Times may lie before zero (dynamic bodies are then as they began) or beyond the duration.

Axis letters: `time`, `body`.
"""

import dataclasses

import numpy as np
from jaxtyping import Float64

from wsim.worlds.physics.rails import poses_on_rail
from wsim.worlds.physics.trajectory import Trajectory, WorldEvent, at_rest
from wsim.worlds.scene import Scene
from wsim.worlds.violations import state as violations


def simulate(scene: Scene, times_s: Float64[np.ndarray, " time"]) -> Trajectory:
    """The state of every body at every time.

    Args:
        scene: the world.
        times_s: any times in any order, also negative. The history does not depend on which are asked for.

    Returns:
        States, and the events from time zero to the latest time: `contact_begin`, `contact_end`, `impact`
        (`amount` is the impulse, N s) and `violation:<kind>`. Violations of dynamic bodies take effect at
        the first step (1/480 s) at or after their time; all others exactly at it.

    Raises:
        WsimError: a rail that makes no sense, or a violation of a body that does not exist.
    """
    violations.check_violations(scene)
    trajectory = at_rest(scene, times_s)
    _prescribe(scene, trajectory)
    events = violations.violation_events(scene)
    if any(body.motion == "dynamic" for body in scene.bodies):
        events += _integrate(scene, trajectory)
    violations.apply_to_looks(scene, trajectory)
    latest_s = float(times_s.max(initial=0.0))
    happened = sorted((e for e in events if e.time_s <= latest_s), key=lambda e: e.time_s)
    return dataclasses.replace(trajectory, events=tuple(happened))


def _prescribe(scene: Scene, trajectory: Trajectory) -> None:
    """Bodies on rails, and static bodies that are teleported; writes into the arrays of `trajectory`."""
    times_s = trajectory.times_s
    for index, body in enumerate(scene.bodies):
        if body.motion == "dynamic":
            continue
        if body.motion == "rail":
            held_s = violations.held_times(scene, body, times_s)
            position, rotation, velocity = poses_on_rail(body, held_s)
            trajectory.position_m[:, index] = position
            trajectory.rotation[:, index] = rotation
            trajectory.velocity[:, index] = np.where((held_s == times_s)[:, None], velocity, 0.0)
        trajectory.position_m[:, index] += violations.displacements(scene, body, times_s)


def _integrate(scene: Scene, trajectory: Trajectory) -> list[WorldEvent]:
    from wsim.worlds.physics.contacts import integrate

    history = integrate(scene, float(trajectory.times_s.max(initial=0.0)))
    dynamic = [i for i, body in enumerate(scene.bodies) if body.motion == "dynamic"]
    position, rotation, velocity = history.at(trajectory.times_s)
    trajectory.position_m[:, dynamic] = position
    trajectory.rotation[:, dynamic] = rotation
    trajectory.velocity[:, dynamic] = velocity
    return list(history.events)

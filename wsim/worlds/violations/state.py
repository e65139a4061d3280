"""Broken laws, on the state of the world. A violated twin equals its lawful twin until `time_s`.

Bodies that are static or on a rail are violated here in closed form; dynamic ones while they are
simulated (`wsim.worlds.physics.contacts`). Marks that fade are the business of whoever draws marks.

Axis letters: `time`, `body`.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float64

from wsim.errors import WsimError
from wsim.worlds.physics.trajectory import Trajectory, WorldEvent
from wsim.worlds.scene import Body, Scene, Violation

_OF_ONE_BODY = ("vanish", "teleport", "recolour", "mark_fades", "freeze")


def check_violations(scene: Scene) -> None:
    """Every violation must name a body that exists, where its kind needs one.

    Raises:
        WsimError: a violation names a body that the scene does not have.
    """
    names = {body.name for body in scene.bodies}
    for violation in scene.violations:
        if violation.body not in names and (violation.kind in _OF_ONE_BODY or violation.body):
            raise WsimError(
                f"the violation {violation.kind!r} is about a body {violation.body!r} that does not exist",
                where=f"Scene.violations of {scene.family}/{scene.seed}",
                remedy=f"name one of {', '.join(sorted(names))}",
            )


def violations_of(scene: Scene, body: Body, *kinds: str) -> Iterator[Violation]:
    """The violations of these kinds that are about one body, in the order in which they were added."""
    return (v for v in scene.violations if v.body == body.name and v.kind in kinds)


def is_endless(body: Body) -> bool:
    """Whether a body is a plane without edges."""
    return body.shape == "plane" and body.size_m[0] == 0.0


def held_times(
    scene: Scene, body: Body, times_s: Float64[np.ndarray, " time"]
) -> Float64[np.ndarray, " time"]:
    """The time at which a body's prescribed motion is read: a frozen body stays at the time of its freeze."""
    for violation in violations_of(scene, body, "freeze"):
        times_s = np.minimum(times_s, violation.time_s)
    return times_s


def displacements(
    scene: Scene, body: Body, times_s: Float64[np.ndarray, " time"]
) -> Float64[np.ndarray, "time 3"]:
    """How far a static or railed body has been teleported, metres."""
    moved = np.zeros((len(times_s), 3))
    for violation in violations_of(scene, body, "teleport"):
        moved[times_s >= violation.time_s] += violation.vector
    return moved


def apply_to_looks(scene: Scene, trajectory: Trajectory) -> None:
    """Bodies that vanish, change colour or wobble; changes the arrays of `trajectory` in place."""
    times_s = trajectory.times_s
    for index, body in enumerate(scene.bodies):
        for violation in violations_of(scene, body, "vanish"):
            trajectory.alive[times_s >= violation.time_s, index] = False
        for violation in violations_of(scene, body, "recolour"):
            trajectory.colour[times_s >= violation.time_s, index] = violation.vector
    for violation in scene.violations:
        if violation.kind == "wobble":
            _wobble(scene, violation, trajectory)


def _wobble(scene: Scene, violation: Violation, trajectory: Trajectory) -> None:
    """Displace static bodies at random, independently at every frame. Endless planes stay where they are."""
    wobbling = [
        index
        for index, body in enumerate(scene.bodies)
        if body.motion == "static" and not is_endless(body) and violation.body in ("", body.name)
    ]
    for frame, time_s in enumerate(trajectory.times_s):
        if time_s >= violation.time_s:
            # Keyed by the microsecond, so a frame looks the same whichever other frames are asked for.
            key = round(float(time_s) * 1e6) % 2**63
            rng = np.random.default_rng(np.random.SeedSequence([scene.seed, key]))
            shift = rng.normal(0.0, violation.amount, (len(scene.bodies), 3))
            trajectory.position_m[frame, wobbling] += shift[wobbling]


def violation_events(scene: Scene) -> list[WorldEvent]:
    """One `violation:<kind>` for every violation."""
    return [
        WorldEvent(v.time_s, f"violation:{v.kind}", (v.body,) if v.body else (), v.amount)
        for v in scene.violations
    ]

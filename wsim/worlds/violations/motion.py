"""Laws of motion broken for bodies that nobody simulates: static ones, and those on rails.

Where such a body is, is read off its path at a time of its own: a frozen body's clock stops, that of one
that goes back runs backwards. What displaces it is added afterwards. Bodies that are simulated break the
same laws while they are (`wsim.worlds.physics`).

Axis letters: `time`, `body`.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float64

from wsim.worlds.physics.trajectory import Trajectory
from wsim.worlds.scene import Body, Scene, Violation
from wsim.worlds.violations.about import is_endless, violations_of

Times = Float64[np.ndarray, " time"]
Path = Callable[[Times], Float64[np.ndarray, "time 3"]]


def own_times(scene: Scene, body: Body, times_s: Times) -> tuple[Times, Times]:
    """The times at which the path of a body is read, and how fast its clock runs (1 lawful, 0 frozen).

    Pendulums and slopes keep their own clocks (`wsim.worlds.physics.laws`).
    """
    rate = np.ones_like(times_s)
    if body.motion in ("pendulum", "incline"):
        return times_s, rate
    for violation in violations_of(scene, body, "freeze", "reverse", "energy_gain"):
        after = times_s >= violation.time_s
        speed = {"freeze": 0.0, "reverse": -1.0, "energy_gain": violation.amount}[violation.kind]
        times_s = np.where(after, violation.time_s + speed * (times_s - violation.time_s), times_s)
        rate = np.where(after, rate * speed, rate)
    return times_s, rate


def displacements(scene: Scene, body: Body, times_s: Times, path: Path) -> Float64[np.ndarray, "time 3"]:
    """How far a body is from where its path would have it, metres.

    Args:
        scene: the world. body: static, on a rail, a pendulum or on a slope.
        body: which.
        times_s: any times.
        path: where the body would be at any times.
    """
    moved = np.zeros((len(times_s), 3))
    for violation in violations_of(
        scene, body, "teleport", "creeps_back", "epipolar_slide", "uncaused_motion"
    ):
        after = times_s >= violation.time_s
        if after.any() and not (
            violation.kind == "uncaused_motion" and body.motion in ("pendulum", "incline")
        ):
            moved[after] += _displaced(scene, violation, times_s[after], path)
    return moved


def _displaced(
    scene: Scene, violation: Violation, times_s: Times, path: Path
) -> Float64[np.ndarray, "time 3"]:
    since_s = (times_s - violation.time_s)[:, None]
    if violation.kind == "teleport":
        return np.tile(violation.vector, (len(times_s), 1))
    if violation.kind == "uncaused_motion":
        drift: np.ndarray = since_s * np.array(violation.vector)
        return drift
    start = path(np.zeros(1))
    if violation.kind == "creeps_back":
        left_s = max(scene.duration_s - violation.time_s, 1e-9)
        back: np.ndarray = -violation.amount * np.minimum(since_s / left_s, 1.0) * (path(times_s) - start)
        return back
    along = start - np.array(scene.camera.eye_m)
    slide: np.ndarray = violation.amount * since_s * along / np.linalg.norm(along)
    return slide


def wobble(scene: Scene, trajectory: Trajectory) -> None:
    """Displace bodies at random, independently at every frame: one, or all static ones that have an end."""
    for violation in scene.violations:
        if violation.kind == "wobble":
            _wobble(scene, violation, trajectory)


def _wobble(scene: Scene, violation: Violation, trajectory: Trajectory) -> None:
    wobbling = [
        index
        for index, body in enumerate(scene.bodies)
        if violation.body == body.name
        or (not violation.body and body.motion == "static" and not is_endless(body))
    ]
    for frame, time_s in enumerate(trajectory.times_s):
        if time_s >= violation.time_s:
            shift = draws(scene, float(time_s)).normal(0.0, violation.amount, (len(scene.bodies), 3))
            trajectory.position_m[frame, wobbling] += shift[wobbling]


def draws(scene: Scene, time_s: float) -> np.random.Generator:
    """Random numbers of a moment, keyed by the microsecond, whichever other moments are asked for."""
    return np.random.default_rng(np.random.SeedSequence([scene.seed, round(time_s * 1e6) % 2**63]))

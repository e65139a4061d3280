"""Things that vanish, appear, are doubled or change places with one another, on the finished trajectory.

Axis letters: `time`, `body`.
"""

import numpy as np

from wsim.worlds.physics.trajectory import Trajectory
from wsim.worlds.scene import Scene, Violation


def apply_to_existence(scene: Scene, trajectory: Trajectory) -> None:
    """Change who is there, in the arrays of `trajectory`, in the order in which laws were broken."""
    index = {body.name: i for i, body in enumerate(scene.bodies)}
    for violation in scene.violations:
        after = trajectory.times_s >= violation.time_s
        if violation.kind == "vanish":
            trajectory.alive[after, index[violation.body]] = False
        elif violation.kind == "appear":
            body = scene.body(violation.body)
            trajectory.alive[after & (trajectory.times_s < body.until_s), index[violation.body]] = True
        elif violation.kind == "duplicate":
            _duplicate(scene, trajectory, violation, after, index)


def _duplicate(
    scene: Scene, trajectory: Trajectory, violation: Violation, after: np.ndarray, index: dict[str, int]
) -> None:
    """The double looks like the original; one that is not simulated also goes wherever the original goes."""
    original, double = index[violation.body], index[violation.other]
    trajectory.alive[after, double] = trajectory.alive[after, original]
    trajectory.colour[after, double] = trajectory.colour[after, original]
    looks = trajectory.looks
    for array in (looks.worn, looks.scale, looks.texture_seed):
        array[after, double] = array[after, original]
    if scene.bodies[double].motion == "dynamic":
        return
    trajectory.position_m[after, double] = trajectory.position_m[after, original] + violation.vector
    trajectory.rotation[after, double] = trajectory.rotation[after, original]
    trajectory.velocity[after, double] = trajectory.velocity[after, original]

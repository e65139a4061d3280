"""Pictures that are drawn once, however many histories and frames show the same.

What a picture shows is settled by the state of every body and by the camera. Twins share what came before the
law was broken, what stands still is the same early and late, and what goes backwards has been seen.

Axis letters: `time`, `height`, `width`.
"""

from collections.abc import Hashable

import numpy as np
from jaxtyping import UInt8

from wsim.contracts import Camera
from wsim.worlds.derived.frames import at_frames
from wsim.worlds.film import Film
from wsim.worlds.physics.trajectory import Trajectory
from wsim.worlds.rendering.render import render
from wsim.worlds.scene import Scene

_Picture = UInt8[np.ndarray, "height width 3"]


class Drawn:
    """A collection of pictures of one size; it lives as long as whoever compares histories."""

    def __init__(self, height: int, width: int) -> None:
        self._height, self._width = height, width
        self._pictures: dict[Hashable, dict[bytes, _Picture]] = {}

    def add(self, film: Film) -> None:
        """Take in the pictures of a film of that size."""
        known = self._pictures.setdefault(_looks(film.scene, film.trajectory), {})
        known |= zip(_states(film.scene, film.trajectory, film.render.camera), film.rgb, strict=True)

    def pictures(
        self, scene: Scene, trajectory: Trajectory, camera: Camera
    ) -> UInt8[np.ndarray, "time height width 3"]:
        """The same bytes as `render(scene, trajectory, height, width, camera=camera).rgb`."""
        known = self._pictures.setdefault(_looks(scene, trajectory), {})
        states = _states(scene, trajectory, camera)
        new = {state: frame for frame, state in enumerate(states) if state not in known}
        if new:
            frames = np.array(list(new.values()))
            seen_from = Camera(camera.world_from_camera[frames], camera.intrinsics[frames])
            shown = at_frames(trajectory, frames)
            known |= zip(
                new, render(scene, shown, self._height, self._width, camera=seen_from).rgb, strict=True
            )
        return np.stack([known[state] for state in states])


def _looks(scene: Scene, trajectory: Trajectory) -> Hashable:
    """What the pictures of two scenes must have in common to be the same in the same state."""
    marked = (scene, trajectory.trails) if _is_marked(scene) else ()
    return (trajectory.looks.wardrobe, scene.light_direction, marked)


def _states(scene: Scene, trajectory: Trajectory, camera: Camera) -> list[bytes]:
    """All of every time that a picture depends on."""
    looks = trajectory.looks
    arrays = [
        trajectory.position_m, trajectory.rotation, trajectory.alive, trajectory.colour, looks.worn,
        looks.scale, looks.texture_seed, looks.casts, looks.shadow_shift_m, looks.mirrored,
        looks.mirror_shift_m, camera.world_from_camera, camera.intrinsics,
    ]  # fmt: skip
    if _is_marked(scene):
        arrays.append(trajectory.times_s)
    rows = [np.ascontiguousarray(array).reshape(len(array), -1) for array in arrays]
    return [b"".join(row[frame].tobytes() for row in rows) for frame in range(len(trajectory.times_s))]


def _is_marked(scene: Scene) -> bool:
    """Marks are made and fade in time, and their laws are broken when they are drawn."""
    return bool(scene.strokes or scene.trails or scene.bites)

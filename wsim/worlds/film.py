"""A scene, simulated and rendered, with what is derived from both.

Axis letters: `time`, `height`, `width`, `body`.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, UInt8

from wsim.worlds.physics.simulate import simulate
from wsim.worlds.physics.trajectory import Trajectory
from wsim.worlds.rendering.render import Render, render
from wsim.worlds.scene import Scene


@dataclass(frozen=True)
class Film:
    """What happened and how it looks.

    Attributes:
        scene: the world.
        times_s: the time of every frame.
        trajectory: the state of every body at every frame.
        render: pixels, depth, ids, amodal masks and the camera.
        visible: how much of the part of a body that lies in the picture is not hidden, 0..1; 0 where
            nothing of it lies in the picture.
        in_view: whether any of a body lies in the picture, be it hidden behind another.
    """

    scene: Scene
    times_s: Float64[np.ndarray, " time"]
    trajectory: Trajectory
    render: Render
    visible: Float64[np.ndarray, "time body"]
    in_view: Bool[np.ndarray, "time body"]

    @property
    def rgb(self) -> UInt8[np.ndarray, "time height width 3"]:
        """The pictures."""
        return self.render.rgb


def film(scene: Scene, times_s: Float64[np.ndarray, " time"], height: int, width: int) -> Film:
    """Simulate and render a scene at any times, also before zero or beyond its duration.

    Raises:
        WsimError: the scene makes no sense.
    """
    trajectory = simulate(scene, times_s)
    picture = render(scene, trajectory, height, width)
    amodal, modal = _pixels(picture, len(scene.bodies))
    return Film(scene, times_s, trajectory, picture, modal / np.maximum(amodal, 1), amodal > 0)


def _pixels(
    picture: Render, bodies: int
) -> tuple[Float64[np.ndarray, "time body"], Float64[np.ndarray, "time body"]]:
    """How many pixels every body covers, whatever stands before it, and how many are seen."""
    amodal = np.zeros((len(picture.ids), bodies))
    modal = np.zeros_like(amodal)
    for body in range(bodies):
        amodal[:, body] = np.count_nonzero(picture.amodal & np.uint64(1 << body), axis=(1, 2))
        modal[:, body] = np.count_nonzero(picture.ids == body, axis=(1, 2))
    return amodal, modal

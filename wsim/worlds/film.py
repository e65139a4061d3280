"""A scene, simulated and rendered, with what is derived from both.

Axis letters: `time`, `height`, `width`, `body`.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float64, UInt8, UInt64

from wsim.contracts import Camera
from wsim.worlds.blocks.film import play, render_blocks
from wsim.worlds.check import check_scene
from wsim.worlds.physics.simulate import simulate
from wsim.worlds.physics.trajectory import Trajectory
from wsim.worlds.rendering.render import Render, render, silhouettes
from wsim.worlds.scene import Scene

_PADDED = 3  # the padded picture is so many times as wide and high
_ENOUGH_PX = 64.0  # shares are counted on pictures reduced to about so many pixels along the shorter side


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

    @cached_property
    def in_frame(self) -> Float64[np.ndarray, "time body"]:
        """The share of a body's silhouette, hidden or not, that lies in the picture, 0..1.

        Counted on a picture with a margin as wide as itself on every side, at a third of a pixel or better
        for a body of 6 px at 64x64; whatever lies beyond the margin does not count. 0 for a body that does
        not exist or lies outside altogether.
        """
        return _in_frame(self.scene, self.trajectory, self.render)

    @cached_property
    def amodal_fraction(self) -> Float64[np.ndarray, "time body"]:
        """The share of a body's whole silhouette that is seen, neither hidden nor outside, 0..1."""
        return np.asarray(self.visible * self.in_frame)


def film(scene: Scene, times_s: Float64[np.ndarray, " time"], height: int, width: int) -> Film:
    """Simulate and render a scene at any times, also before zero or beyond its duration.

    Raises:
        WsimError: the scene makes no sense.
    """
    check_scene(scene, height, width)
    simulated, rendered = (simulate, render) if scene.blocks is None else (play, render_blocks)
    trajectory = simulated(scene, times_s)
    picture = rendered(scene, trajectory, height, width)
    amodal, modal = _pixels(picture, len(scene.bodies))
    return Film(scene, times_s, trajectory, picture, modal / np.maximum(amodal, 1), amodal > 0)


def _pixels(
    picture: Render, bodies: int
) -> tuple[Float64[np.ndarray, "time body"], Float64[np.ndarray, "time body"]]:
    """How many pixels every body covers, whatever stands before it, and how many are seen."""
    modal = np.zeros((len(picture.ids), bodies))
    for body in range(bodies):
        modal[:, body] = np.count_nonzero(picture.ids == body, axis=(1, 2))
    return _areas(picture.amodal, bodies), modal


def _areas(amodal: UInt64[np.ndarray, "time height width"], bodies: int) -> Float64[np.ndarray, "time body"]:
    """How many pixels carry the bit of every body."""
    areas = np.zeros((len(amodal), bodies))
    for body in range(bodies):
        areas[:, body] = np.count_nonzero(amodal & np.uint64(1 << body), axis=(1, 2))
    return areas


def _in_frame(scene: Scene, trajectory: Trajectory, picture: Render) -> Float64[np.ndarray, "time body"]:
    height, width = picture.ids.shape[1:]
    step = max(1.0, min(height, width) / _ENOUGH_PX)  # pixels of the picture a pixel of the padded one
    rows, columns = (math.ceil(_PADDED * side / step) for side in (height, width))
    # Both pictures have the same middle.
    x, y = ((np.arange(side) - (side - 1) / 2) * step for side in (columns, rows))
    inside = (np.abs(y) < height / 2)[:, None] & (np.abs(x) < width / 2)
    bits = silhouettes(scene, trajectory, _padded(picture.camera, height, width, step), rows, columns)
    whole = _areas(bits, len(scene.bodies))
    within = _areas(np.where(inside, bits, np.uint64(0)), len(scene.bodies))
    return np.asarray(within / np.maximum(whole, 1.0))


def _padded(camera: Camera, height: int, width: int, step: float) -> Camera:
    """The same view with a margin on all sides, `step` pixels in one."""
    intrinsics = camera.intrinsics.copy()
    intrinsics[:, :2, :2] /= step
    for axis, side in enumerate((width, height)):
        padded = math.ceil(_PADDED * side / step)
        offset = camera.intrinsics[:, axis, 2] - (side - 1) / 2
        intrinsics[:, axis, 2] = (padded - 1) / 2 + offset / step
    return Camera(camera.world_from_camera, intrinsics)

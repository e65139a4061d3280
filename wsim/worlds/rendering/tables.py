"""Scenes as the flat tables of float64 that the compiled kernels read."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float64, UInt64

from wsim.contracts import Camera
from wsim.worlds.physics.trajectory import Trajectory
from wsim.worlds.rendering import intersect as col
from wsim.worlds.rendering import texture
from wsim.worlds.rendering.paint import PaintLayer
from wsim.worlds.scene import Body, Scene

_SHAPES = {"sphere": col.SPHERE, "box": col.BOX, "cylinder": col.CYLINDER, "plane": col.PLANE}
_MATERIALS = {"solid": texture.SOLID, "checker": texture.CHECKER, "noise": texture.NOISE}
_ROOMY = 1.000001  # bounds only save work: whether a ray meets a body is decided by its exact shape
_MARGIN_PX = 1.5  # the samples of a pixel lie within half a pixel of its centre; the rest is safety


def linear(srgb: Sequence[float] | Float64[np.ndarray, "*axes 3"]) -> Float64[np.ndarray, "*axes 3"]:
    """Linear light of sRGB colours 0..1 (IEC 61966-2-1).

    Rounded to 24 bits: pow() may differ in its last bit from machine to machine, pictures must not.
    """
    values = np.asarray(srgb, dtype=np.float64)
    light = np.where(values <= 0.04045, values / 12.92, ((np.maximum(values, 0.0) + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.round(light * 2.0**24) / 2.0**24)


def body_table(
    scene: Scene,
    trajectory: Trajectory,
    layers: tuple[PaintLayer, ...],
) -> Float64[np.ndarray, "time body column"]:
    """One row for every body at every time; the columns are those of `wsim.worlds.rendering.intersect`."""
    times, count = trajectory.position_m.shape[:2]
    table = np.zeros((times, count, col.BODY_COLUMNS))
    for k, body in enumerate(scene.bodies):
        _fill_constants(table[:, k], body)
    first = 0
    for layer in layers:
        table[:, layer.body, col.FIRST_STROKE] = first
        first += len(layer.strokes)
        table[:, layer.body, col.LAST_STROKE] = first
    table[:, :, col.POSITION : col.POSITION + 3] = trajectory.position_m
    table[:, :, col.ROTATION : col.ROTATION + 9] = _matrices(trajectory.rotation).reshape(times, count, 9)
    table[:, :, col.COLOUR : col.COLOUR + 3] = linear(trajectory.colour)
    table[:, :, col.TEXTURE_SEED] = trajectory.looks.texture_seed
    table[:, :, col.CASTS] *= trajectory.alive
    table[:, :, col.SHADOW : col.SHADOW + 3] = trajectory.position_m @ light_axes(scene).T
    return table


def light_axes(scene: Scene) -> Float64[np.ndarray, "3 3"]:
    """Unit rows: two directions across the light, and the one towards it."""
    towards = np.array(scene.light_direction, dtype=np.float64)
    towards /= np.sqrt((towards * towards).sum())
    across = np.cross(towards, np.eye(3)[np.argmin(np.abs(towards))])
    across /= np.sqrt((across * across).sum())
    return np.stack([across, np.cross(towards, across), towards])


def _fill_constants(rows: Float64[np.ndarray, "time column"], body: Body) -> None:
    """What does not change: shape, material, bounding sphere."""
    size = np.array(body.size_m, dtype=np.float64)
    bound = _ROOMY * float(np.sqrt((size * size).sum()))
    rows[:, col.SHAPE] = _SHAPES[body.shape]
    rows[:, col.SIZE : col.SIZE + 3] = size
    rows[:, col.BOUND] = bound if bound > 0.0 else col.FAR
    rows[:, col.CASTS] = body.shape != "plane"
    rows[:, col.MATERIAL] = _MATERIALS[body.material.kind]
    rows[:, col.CELLS] = body.material.cells_per_m
    rows[:, col.COLOUR_B : col.COLOUR_B + 3] = linear(body.material.colour_b)
    rows[:, col.SPECULAR] = body.material.specular


def _matrices(rotation: Float64[np.ndarray, "time body 4"]) -> Float64[np.ndarray, "time body 3 3"]:
    """Rotation matrices of unit quaternions w, x, y, z."""
    w, x, y, z = np.moveaxis(rotation, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def reach(
    bodies: Float64[np.ndarray, "time body column"],
    alive: Bool[np.ndarray, "time body"],
    camera: Camera,
    height: int,
    width: int,
) -> tuple[UInt64[np.ndarray, "time height"], UInt64[np.ndarray, "time width"]]:
    """Which bodies can show in every row and every column: bit k for body k, from its bounding sphere.

    A sphere (X, Z, r) seen from the side spans the slopes (X Z -+ r sqrt(X^2 + Z^2 - r^2)) / (Z^2 - r^2).
    """
    pose, intrinsics = camera.world_from_camera, camera.intrinsics
    relative = bodies[:, :, col.POSITION : col.POSITION + 3] - pose[:, None, :3, 3]
    centre = np.einsum("tbi,tij->tbj", relative, pose[:, :3, :3])
    bound, depth = bodies[:, :, col.BOUND], centre[..., 2]
    beside = depth <= 1.05 * bound  # the camera is in or next to the sphere: it may be anywhere
    divisor = np.where(beside, 1.0, depth**2 - bound**2)
    bits = np.where(alive & (depth + bound > 0.0), 1 << np.arange(bound.shape[1], dtype=np.uint64), 0)
    masks = []
    for axis, pixels in ((1, height), (0, width)):
        side, focal, middle = centre[..., axis], intrinsics[:, None, axis, axis], intrinsics[:, None, axis, 2]
        spread = bound * np.sqrt(np.maximum(side**2 + depth**2 - bound**2, 0.0))
        low = middle + focal * (side * depth - spread) / divisor - _MARGIN_PX
        high = middle + focal * (side * depth + spread) / divisor + _MARGIN_PX
        place = np.arange(pixels)[:, None]
        within = beside[:, None] | ((low[:, None] <= place) & (place <= high[:, None]))
        masks.append(np.bitwise_or.reduce(np.where(within, bits[:, None], 0), axis=-1).astype(np.uint64))
    return masks[0], masks[1]


def stroke_tables(
    layers: tuple[PaintLayer, ...],
) -> tuple[
    Float64[np.ndarray, "stroke column"], Float64[np.ndarray, " texel"], Float64[np.ndarray, " texel"]
]:
    """One row for every stroke, and the stamp and erase times of all their texels in one line."""
    rows, texel = [], 0
    for layer in layers:
        _, height, width = layer.stamp_s.shape
        for stroke in layer.strokes:
            place = [texel, height, width, *layer.origin_m, layer.texel_m]
            rows.append([*place, *linear(stroke.colour).tolist()])
            texel += height * width
    table = np.array(rows, dtype=np.float64).reshape(-1, texture.STROKE_COLUMNS)
    stamps = [layer.stamp_s.ravel() for layer in layers]
    erases = [layer.erase_s.ravel() for layer in layers]
    empty = np.zeros(0)
    return table, np.concatenate([empty, *stamps]), np.concatenate([empty, *erases])

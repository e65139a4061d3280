"""One body at the times at which it wears one outfit, as rows of the table of primitives.

Only operations that round the same everywhere are used where a number goes into a picture: elementwise
+ - * / sqrt, no matrix products.

Axis letters: `time`, `column`, `face`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float64

from wsim.worlds.rendering import layout as col
from wsim.worlds.rendering import texture
from wsim.worlds.scene import NO_ROTATION, Body, Part, Shape, Vec3

SHAPES: dict[Shape, int] = {
    "plane": col.PLANE,
    "sphere": col.SPHERE,
    "box": col.BOX,
    "cylinder": col.CYLINDER,
    "capsule": col.CAPSULE,
    "ellipsoid": col.ELLIPSOID,
    "convex": col.CONVEX,
}
_MATERIALS = {
    "solid": texture.SOLID,
    "checker": texture.CHECKER,
    "noise": texture.NOISE,
    "stripe": texture.STRIPE,
}
_ROUND = ("sphere", "cylinder", "capsule")  # their size says one radius for x and y


@dataclass(frozen=True)
class Wearer:
    """State of one body: place, axes (columns), factors on its size, main colour (linear), pattern."""

    position_m: Float64[np.ndarray, "time 3"]
    turn: Float64[np.ndarray, "time 3 3"]
    scale: Float64[np.ndarray, "time 3"]
    colour: Float64[np.ndarray, "time 3"]
    texture_seed: Float64[np.ndarray, " time"]


def linear(srgb: Sequence[float] | Float64[np.ndarray, "*axes 3"]) -> Float64[np.ndarray, "*axes 3"]:
    """Linear light of sRGB colours 0..1 (IEC 61966-2-1).

    Rounded to 24 bits: pow() may differ in its last bit from machine to machine, pictures must not.
    """
    values = np.asarray(srgb, dtype=np.float64)
    light = np.where(values <= 0.04045, values / 12.92, ((np.maximum(values, 0.0) + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.round(light * 2.0**24) / 2.0**24)


@cache
def _linear(colour: Vec3) -> Float64[np.ndarray, " 3"]:
    return linear(colour)


def matrices(rotation: Float64[np.ndarray, "*axes 4"]) -> Float64[np.ndarray, "*axes 3 3"]:
    """Rotation matrices of unit quaternions w, x, y, z."""
    w, x, y, z = np.moveaxis(rotation, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def turned(
    turn: Float64[np.ndarray, "time 3 3"], vector: Float64[np.ndarray, "time 3"]
) -> Float64[np.ndarray, "time 3"]:
    """Vectors turned, term by term."""
    x, y, z = vector[:, 0, None], vector[:, 1, None], vector[:, 2, None]
    return np.asarray(turn[:, :, 0] * x + turn[:, :, 1] * y + turn[:, :, 2] * z)


def primitives(body: Body) -> tuple[Part, ...]:
    """All that a body consists of, in its own frame; the main primitive comes first."""
    main = Part(body.shape, body.size_m, (0.0, 0.0, 0.0), body.material, faces=body.faces)
    return (main, *body.parts)


def dressed(
    wearer: Wearer, part: Part, main_colour: Vec3
) -> tuple[Float64[np.ndarray, "time column"], Float64[np.ndarray, "time face 4"]]:
    """Rows of one primitive, with its half-spaces numbered from 0.

    A primitive whose own colour is the main colour of its body wears whatever that is at the time.
    """
    rows = np.zeros((len(wearer.position_m), col.PART_COLUMNS))
    position_m, turn, scale = _placed(wearer, part)
    rows[:, col.POSITION : col.POSITION + 3] = position_m
    rows[:, col.ROTATION : col.ROTATION + 9] = turn.reshape(-1, 9)
    rows[:, col.SIZE : col.SIZE + 3] = scale * _size(part)
    rows[:, col.SHAPE] = SHAPES[part.shape]
    if part.shape == "sphere":  # stretched unevenly it is one no more
        rows[(scale != scale[:, :1]).any(axis=1), col.SHAPE] = col.ELLIPSOID
    rows[:, col.LAST_FACE] = len(part.faces)
    _colour(rows, wearer, part, main_colour)
    return rows, _scaled_faces(part, scale)


def _placed(
    wearer: Wearer, part: Part
) -> tuple[Float64[np.ndarray, "time 3"], Float64[np.ndarray, "time 3 3"], Float64[np.ndarray, "time 3"]]:
    """Place, axes (columns) and factors on the size; a stretched body takes its parts along."""
    position_m, turn, scale = wearer.position_m, wearer.turn, wearer.scale
    if any(part.position_m):
        position_m = position_m + turned(turn, scale * np.array(part.position_m))
    if part.rotation != NO_ROTATION:
        local = matrices(np.array(part.rotation))
        turn = np.stack([turned(turn, np.tile(axis, (len(turn), 1))) for axis in local.T], axis=-1)
        scale = np.sqrt(sum(scale[:, i, None] ** 2 * local[i] ** 2 for i in range(3)))
    return position_m, turn, scale


def _size(part: Part) -> Float64[np.ndarray, " 3"]:
    x, y, z = part.size_m
    if part.shape in _ROUND:
        y = x
    return np.array([x, y, x if part.shape == "sphere" else z], dtype=np.float64)


def _colour(rows: Float64[np.ndarray, "time column"], wearer: Wearer, part: Part, main_colour: Vec3) -> None:
    material = part.material
    rows[:, col.MATERIAL] = _MATERIALS[material.kind]
    rows[:, col.CELLS] = material.cells_per_m
    rows[:, col.COLOUR : col.COLOUR + 3] = (
        wearer.colour if material.colour == main_colour else _linear(material.colour)
    )
    rows[:, col.COLOUR_B : col.COLOUR_B + 3] = _linear(material.colour_b)
    rows[:, col.GLOSS], rows[:, col.MIRROR] = material.specular, material.mirror
    rows[:, col.TEXTURE_SEED] = wearer.texture_seed


def _scaled_faces(part: Part, scale: Float64[np.ndarray, "time 3"]) -> Float64[np.ndarray, "time face 4"]:
    """Half-spaces n . x <= d of the solid stretched along its axes: n / s and d, at unit length."""
    if not part.faces:
        return np.zeros((len(scale), 0, col.FACE_COLUMNS))
    faces = np.array(part.faces, dtype=np.float64).reshape(-1, col.FACE_COLUMNS)
    with np.errstate(divide="ignore", invalid="ignore"):
        normal = faces[:, :3] / scale[:, None]
        x, y, z = normal[..., 0], normal[..., 1], normal[..., 2]
        length = np.sqrt(x * x + y * y + z * z)[..., None]
        return np.concatenate([normal / length, faces[:, 3:] / length], axis=-1)


def half_extents_m(parts: Float64[np.ndarray, "*axes column"]) -> Float64[np.ndarray, "*axes 3"]:
    """Of a box around every primitive in its own axes; those of an endless plane mean nothing."""
    half = parts[..., col.SIZE : col.SIZE + 3].copy()
    half[..., 2] += np.where(parts[..., col.SHAPE] == col.CAPSULE, half[..., 0], 0.0)
    return half


def bounds_m(parts: Float64[np.ndarray, "*axes column"]) -> Float64[np.ndarray, "*axes"]:
    """Radius of a ball around the centre of every primitive that holds it."""
    half, shape = half_extents_m(parts), parts[..., col.SHAPE]
    x, y, z = half[..., 0], half[..., 1], half[..., 2]
    radius = np.where(np.isin(shape, [col.SPHERE, col.CAPSULE, col.ELLIPSOID]), half.max(axis=-1), 0.0)
    across = np.where(shape == col.CYLINDER, x * x, x * x + y * y)
    radius = np.where(radius > 0.0, radius, np.sqrt(across + z * z))
    return np.where(endless(parts), col.FAR, radius)


def endless(parts: Float64[np.ndarray, "*axes column"]) -> "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]":
    """Which primitives are planes without edges."""
    return np.asarray((parts[..., col.SHAPE] == col.PLANE) & (parts[..., col.SIZE] <= 0.0))

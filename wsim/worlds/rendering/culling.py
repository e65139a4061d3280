"""Which bodies can show where in the picture, and which can throw a shadow where: bit k for body k.

This only saves work. Bounds are cautious, so how they are rounded changes no picture.

Axis letters: `time`, `body`, `part`, `height`, `width`, `bin`, and columns of the tables.
"""

import numpy as np
from jaxtyping import Bool, Float64, UInt64

from wsim.contracts import Camera
from wsim.worlds.rendering import layout as col
from wsim.worlds.rendering.dressing import bounds_m, endless, half_extents_m

_MARGIN_PX = 1.5  # the samples of a pixel lie within half a pixel of its centre; the rest is safety
_MARGIN_M = 1e-3
_CORNERS = np.stack(np.meshgrid([-1.0, 1.0], [-1.0, 1.0], [-1.0, 1.0]), axis=-1).reshape(8, 3)
_CLOSE_M = 1e-3


def reach(
    bodies: Float64[np.ndarray, "time body bodycolumn"],
    parts: Float64[np.ndarray, "time part partcolumn"],
    alive: Bool[np.ndarray, "time body"],
    camera: Camera,
    height: int,
    width: int,
) -> tuple[UInt64[np.ndarray, "time height"], UInt64[np.ndarray, "time width"]]:
    """Which bodies can show in every row and every column of the picture."""
    pose, intrinsics = camera.world_from_camera, camera.intrinsics
    axes = np.swapaxes(pose[:, :3, :3], 1, 2)
    corners = np.einsum("tij,tpcj->tpci", axes, _corners(parts) - pose[:, None, None, :3, 3])
    centres = np.einsum(
        "tij,tpj->tpi", axes, parts[..., col.POSITION : col.POSITION + 3] - pose[:, None, :3, 3]
    )
    bound = bounds_m(parts)
    shown = _owned_by(alive, parts) & _used(bodies, parts) & (centres[..., 2] + bound > 0.0)
    masks = []
    for axis, pixels in ((1, height), (0, width)):
        low, high = _slopes(
            corners[..., axis], corners[..., 2], centres[..., axis], centres[..., 2], bound, parts
        )
        focal, middle = intrinsics[:, None, axis, axis], intrinsics[:, None, axis, 2]
        low = np.where(shown, middle + focal * low - _MARGIN_PX, np.inf)
        high = np.where(shown, middle + focal * high + _MARGIN_PX, -np.inf)
        masks.append(_bits(*_by_body(low, high, bodies), np.arange(pixels, dtype=np.float64)[None], 0.0))
    return masks[0], masks[1]


def shades(
    bodies: Float64[np.ndarray, "time body bodycolumn"],
    parts: Float64[np.ndarray, "time part partcolumn"],
    axes: Float64[np.ndarray, "3 3"],
) -> tuple[UInt64[np.ndarray, "time bin"], UInt64[np.ndarray, "time bin"], Float64[np.ndarray, "time 5 3"]]:
    """Which bodies can throw a shadow, in bins along two axes across the light; and the table of light."""
    corners, light = _corners(parts), np.zeros((len(bodies), col.LIGHT_ROWS, 3))
    light[:, :3] = axes
    owner = parts[..., col.OWNER].astype(np.intp)
    shift = np.take_along_axis(bodies[..., col.SHADOW_SHIFT : col.SHADOW_SHIFT + 3], owner[..., None], axis=1)
    casts = _owned_by(bodies[..., col.CASTS] > 0.0, parts) & _used(bodies, parts)
    casts &= parts[..., col.SHAPE] != col.PLANE
    masks = []
    for axis in range(2):
        places = (corners + shift[:, :, None]) @ axes[axis]
        low = np.where(casts, places.min(axis=-1) - _MARGIN_M, np.inf)
        high = np.where(casts, places.max(axis=-1) + _MARGIN_M, -np.inf)
        first, last = low.min(axis=1, initial=np.inf), high.max(axis=1, initial=-np.inf)
        some = first < last
        step = np.where(some, last - first, 1.0) / (col.SHADOW_BINS - 2)
        start = np.where(some, first, 0.0) - step  # a bin on either side is outside of all
        light[:, col.BINS + axis, 0], light[:, col.BINS + axis, 1] = start, 1.0 / step
        bins = start[:, None] + step[:, None] * np.arange(col.SHADOW_BINS)
        masks.append(_bits(*_by_body(low, high, bodies), bins, step))
        masks[-1][:, 0] = 0
    return masks[0], masks[1], light


def _corners(parts: Float64[np.ndarray, "time part partcolumn"]) -> Float64[np.ndarray, "time part 8 3"]:
    """Corners of a box around every primitive, world."""
    turn = parts[..., col.ROTATION : col.ROTATION + 9].reshape(*parts.shape[:2], 3, 3)
    arms = _CORNERS * half_extents_m(parts)[..., None, :]
    centre = parts[..., None, col.POSITION : col.POSITION + 3]
    return np.asarray(centre + arms @ np.swapaxes(turn, -1, -2))


def _slopes(
    side: Float64[np.ndarray, "time part 8"],
    depth: Float64[np.ndarray, "time part 8"],
    middle_side: Float64[np.ndarray, "time part"],
    middle_depth: Float64[np.ndarray, "time part"],
    bound: Float64[np.ndarray, "time part"],
    parts: Float64[np.ndarray, "time part partcolumn"],
) -> tuple[Float64[np.ndarray, "time part"], Float64[np.ndarray, "time part"]]:
    """Least and greatest slope (side over depth) of every primitive: of its box, or of its ball if narrower.

    A ball (X, Z, r) seen from the side spans the slopes (X Z -+ r sqrt(X^2 + Z^2 - r^2)) / (Z^2 - r^2).
    """
    before = depth > _CLOSE_M
    slope = side / np.where(before, depth, 1.0)
    boxed = before.all(axis=-1) & ~endless(parts)
    low = np.where(boxed, slope.min(axis=-1), -np.inf)
    high = np.where(boxed, slope.max(axis=-1), np.inf)
    clear = middle_depth > 1.05 * bound
    bound, middle_depth = np.where(clear, bound, 0.0), np.where(clear, middle_depth, 1.0)
    divisor = middle_depth**2 - bound**2
    spread = bound * np.sqrt(np.maximum(middle_side**2 + divisor, 0.0))
    low = np.where(clear, np.maximum(low, (middle_side * middle_depth - spread) / divisor), low)
    high = np.where(clear, np.minimum(high, (middle_side * middle_depth + spread) / divisor), high)
    return low, high


def _owned_by(
    bodies: Bool[np.ndarray, "time body"], parts: Float64[np.ndarray, "time part partcolumn"]
) -> Bool[np.ndarray, "time part"]:
    """What holds of every body, for its primitives."""
    return np.take_along_axis(bodies, parts[..., col.OWNER].astype(np.intp), axis=1)


def _used(
    bodies: Float64[np.ndarray, "time body bodycolumn"],
    parts: Float64[np.ndarray, "time part partcolumn"],
) -> Bool[np.ndarray, "time part"]:
    """Which rows are worn at the time."""
    last = np.take_along_axis(bodies[..., col.LAST_PART], parts[..., col.OWNER].astype(np.intp), axis=1)
    return np.asarray(np.arange(parts.shape[1]) < last)


def _by_body(
    low: Float64[np.ndarray, "time part"],
    high: Float64[np.ndarray, "time part"],
    bodies: Float64[np.ndarray, "time body bodycolumn"],
) -> tuple[Float64[np.ndarray, "time body"], Float64[np.ndarray, "time body"]]:
    """The range of every body over its primitives."""
    if not bodies.shape[1] or not len(bodies):
        return np.zeros(bodies.shape[:2]), np.zeros(bodies.shape[:2])
    first = bodies[0, :, col.FIRST_PART].astype(np.intp)
    return np.minimum.reduceat(low, first, axis=1), np.maximum.reduceat(high, first, axis=1)


def _bits(
    low: Float64[np.ndarray, "time body"],
    high: Float64[np.ndarray, "time body"],
    places: Float64[np.ndarray, "#time place"],
    width: float | Float64[np.ndarray, " time"],
) -> UInt64[np.ndarray, "time place"]:
    """A bit for every body whose range meets that from a place to `width` further."""
    bits = np.uint64(1) << np.arange(low.shape[1], dtype=np.uint64)
    far = places + np.reshape(width, (-1, 1))
    within = (low[:, None] <= far[..., None]) & (places[..., None] <= high[:, None])
    marked: UInt64[np.ndarray, "time place body"] = np.where(within, bits, np.uint64(0))
    return np.asarray(np.bitwise_or.reduce(marked, axis=-1))

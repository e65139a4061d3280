"""One face of a body as a grid of texels, and the paint on it as a history.

Surface coordinates (u, v) are metres, as `Stroke` defines them. One array serves every time: a texel is
painted at time t when `stamp <= t < erase`.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from wsim.worlds.scene import Body, Face, Stroke, Vec2

TEXELS_PER_RADIUS = 12
MOST_TEXELS = 2**19  # of all strokes of a layer; a layer that needs more gets coarser texels

_BOX_AXES: dict[Face, tuple[int, int]] = {
    "top": (0, 1), "bottom": (0, 1), "left": (1, 2), "right": (1, 2), "front": (0, 2), "back": (0, 2),
}  # fmt: skip
FACES: dict[str, tuple[Face, ...]] = {
    "plane": ("top",),
    "box": tuple(_BOX_AXES),
    "cylinder": ("top", "bottom", "side"),
}


@dataclass(frozen=True)
class PaintLayer:
    """Strokes on one face of one body, on one grid.

    Texel (row, column) covers a square of `texel_m` around
    (u, v) = origin_m + texel_m * (column + 0.5, row + 0.5).

    Attributes:
        body: index into `scene.bodies`.
        face: of its main primitive.
        strokes: those that paint, in the order in which they lie on one another, the last on top.
        sponges: those that erase.
        stamp_s: when a texel is painted, `NEVER_S` if it is not.
        erase_s: when that paint goes away, `NEVER_S` if it stays.
    """

    body: int
    face: Face
    strokes: tuple[Stroke, ...]
    sponges: tuple[Stroke, ...]
    origin_m: Vec2
    texel_m: float
    stamp_s: Float64[np.ndarray, "stroke row column"]
    erase_s: Float64[np.ndarray, "stroke row column"]

    def painted(self, time_s: float) -> Bool[np.ndarray, "stroke row column"]:
        """Which texels carry the paint of each stroke."""
        return (self.stamp_s <= time_s) & (time_s < self.erase_s)


@dataclass(frozen=True)
class Grid:
    """Where the texels of a layer lie. `around_m`: after how much of u the whole surface comes back."""

    origin_m: Vec2
    texel_m: float
    rows: int
    columns: int
    around_m: float = 0.0

    def axes_m(self) -> tuple[Float64[np.ndarray, " column"], Float64[np.ndarray, " row"]]:
        """Surface coordinates of the centres of texels: u of every column, v of every row."""
        u = self.origin_m[0] + self.texel_m * (np.arange(self.columns) + 0.5)
        v = self.origin_m[1] + self.texel_m * (np.arange(self.rows) + 0.5)
        return u, v


def circumference_m(body: Body, face: Face) -> float:
    """After how much of u a face comes back to itself; 0 for one that does not."""
    return 2.0 * math.pi * body.size_m[0] if face == "side" else 0.0


def face_half_m(body: Body, face: Face) -> Vec2:
    """Half extents of a face along u and v; infinite for an endless plane."""
    size = body.size_m
    if body.shape == "plane" and size[0] == 0.0:
        return math.inf, math.inf
    if body.shape == "cylinder":
        return (math.pi * size[0], size[2]) if face == "side" else (size[0], size[0])
    first, second = _BOX_AXES[face]
    return size[first], size[second]


def on_face(
    body: Body, face: Face, u: Float64[np.ndarray, " column"], v: Float64[np.ndarray, " row"]
) -> Bool[np.ndarray, "row column"]:
    """Which texel centres lie on a face, and not beyond its border."""
    half_u, half_v = face_half_m(body, face)
    if body.shape == "cylinder" and face != "side":
        return np.asarray(u * u + (v * v)[:, None] <= half_u * half_u)
    within_u = np.abs(u) <= half_u if face != "side" else np.ones(len(u), dtype=bool)
    return np.asarray(within_u & (np.abs(v) <= half_v)[:, None])


def grid_around(body: Body, face: Face, strokes: tuple[Stroke, ...], texels_per_radius: int) -> Grid:
    """A grid around all strokes, cut to the face; all round a cylinder if they cross its seam."""
    low = np.min([np.min(s.points_m, axis=0) - s.radius_m for s in strokes], axis=0)
    high = np.max([np.max(s.points_m, axis=0) + s.radius_m for s in strokes], axis=0)
    half, around_m = np.array(face_half_m(body, face)), circumference_m(body, face)
    crosses = around_m > 0.0 and bool(low[0] < -half[0] or high[0] > half[0])
    if crosses:
        low[0], high[0] = -half[0], half[0]
    low, high = np.clip(low, -half, half), np.clip(high, -half, half)
    width_m, height_m = (high - low).tolist()
    finest_m = min(stroke.radius_m for stroke in strokes) / texels_per_radius
    texel_m = max(finest_m, math.sqrt(width_m * height_m * len(strokes) / MOST_TEXELS))
    if crosses:  # a whole number of texels all round
        texel_m = width_m / math.ceil(width_m / texel_m - 1e-9)
    columns, rows = (max(1, math.ceil(side / texel_m - 1e-9)) for side in (width_m, height_m))
    return Grid((float(low[0]), float(low[1])), texel_m, rows, columns, around_m if crosses else 0.0)

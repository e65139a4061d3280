"""Paint as a history on surfaces: when every texel was painted, and when its paint was taken away.

A layer is a grid in the coordinates of one body's local +z face, in metres, so marks move with the body,
and one array serves every time: a texel is painted at time t when `stamp <= t < erase`.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from wsim.errors import WsimError
from wsim.worlds.scene import NEVER_S, Body, Scene, Stroke, Vec2

TEXELS_PER_RADIUS = 12
MAX_TEXELS = 512  # along one side of a layer


@dataclass(frozen=True)
class PaintLayer:
    """All strokes on one body, on one grid.

    Texel (row, column) covers a square of `texel_m` around
    (u, v) = origin_m + texel_m * (column + 0.5, row + 0.5) in the body's local x and y.

    Attributes:
        body: index into `scene.bodies`.
        strokes: in the order in which they lie on one another, the last on top.
        stamp_s: when a texel is painted, `NEVER_S` if it is not.
        erase_s: when that paint goes away, `NEVER_S` if it stays.
    """

    body: int
    strokes: tuple[Stroke, ...]
    origin_m: Vec2
    texel_m: float
    stamp_s: Float64[np.ndarray, "stroke row column"]
    erase_s: Float64[np.ndarray, "stroke row column"]

    def painted(self, time_s: float) -> Bool[np.ndarray, "stroke row column"]:
        """Which texels carry the paint of each stroke."""
        return (self.stamp_s <= time_s) & (time_s < self.erase_s)


def paint_layers(scene: Scene) -> tuple[PaintLayer, ...]:
    """One layer for every painted body, in the order of `scene.bodies`.

    Raises:
        WsimError: a stroke names no body, or one that cannot be painted, or its points and times do not fit.
    """
    by_body: dict[int, list[Stroke]] = {}
    for stroke in scene.strokes:
        by_body.setdefault(_painted_body(scene, stroke), []).append(stroke)
    return tuple(_layer(scene, index, by_body[index]) for index in sorted(by_body))


def painted_area_m2(
    scene: Scene, body: str, times_s: Float64[np.ndarray, " time"]
) -> Float64[np.ndarray, " time"]:
    """How much of a body's top face is covered with paint, whatever its colour.

    Correct to about a texel along the outline, some 2 % of a stroke's area.
    """
    for layer in paint_layers(scene):
        if scene.bodies[layer.body].name == body:
            counts = [np.count_nonzero(layer.painted(float(t)).any(axis=0)) for t in times_s]
            return np.array(counts, dtype=np.float64) * layer.texel_m**2
    scene.body(body)
    return np.zeros(len(times_s))


def _painted_body(scene: Scene, stroke: Stroke) -> int:
    names = [body.name for body in scene.bodies]
    if stroke.body not in names or scene.bodies[names.index(stroke.body)].shape not in ("box", "plane"):
        raise WsimError(
            f"a stroke cannot be painted on {stroke.body!r}",
            where="Scene(strokes=...)",
            remedy="name a body of the scene that is a box or a plane",
        )
    increasing = all(a < b for a, b in zip(stroke.times_s, stroke.times_s[1:], strict=False))
    if not stroke.points_m or len(stroke.points_m) != len(stroke.times_s) or not increasing:
        raise WsimError(
            f"a stroke of {len(stroke.points_m)} points and {len(stroke.times_s)} times has no path",
            where=f"Stroke(body={stroke.body!r})",
            remedy="give every point one time, in increasing order",
        )
    if stroke.radius_m <= 0.0:
        raise WsimError(
            f"a stroke of radius {stroke.radius_m:g} m leaves no mark",
            where=f"Stroke(body={stroke.body!r})",
            remedy="give a radius above 0",
        )
    return names.index(stroke.body)


def _layer(scene: Scene, index: int, strokes: list[Stroke]) -> PaintLayer:
    body = scene.bodies[index]
    strokes = sorted(strokes, key=lambda stroke: stroke.times_s[0])  # later paint lies on top
    origin, texel_m, rows, columns = _grid(body, strokes)
    u = origin[0] + texel_m * (np.arange(columns) + 0.5)
    v = origin[1] + texel_m * (np.arange(rows) + 0.5)
    texels = np.stack(np.meshgrid(u, v), axis=-1)
    stamp_s = np.stack([_stamps(stroke, texels) for stroke in strokes])
    if body.size_m[0] > 0.0:  # an endless plane has no border
        on_face = (np.abs(texels) <= np.array(body.size_m[:2])).all(axis=-1)
        stamp_s[:, ~on_face] = NEVER_S
    erase_s = _faded(scene, body.name, stamp_s)
    return PaintLayer(index, tuple(strokes), origin, texel_m, stamp_s, erase_s)


def _grid(body: Body, strokes: list[Stroke]) -> tuple[Vec2, float, int, int]:
    """Origin, texel size, rows and columns of a grid around all strokes, cut to the face."""
    low = np.min([np.min(s.points_m, axis=0) - s.radius_m for s in strokes], axis=0)
    high = np.max([np.max(s.points_m, axis=0) + s.radius_m for s in strokes], axis=0)
    if body.size_m[0] > 0.0:
        half = np.array(body.size_m[:2])
        low, high = np.clip(low, -half, half), np.clip(high, -half, half)
    extent = high - low
    texel_m = max(min(s.radius_m for s in strokes) / TEXELS_PER_RADIUS, float(extent.max()) / MAX_TEXELS)
    columns, rows = (max(1, math.ceil(side / texel_m - 1e-9)) for side in extent)
    return (float(low[0]), float(low[1])), texel_m, rows, columns


def _stamps(stroke: Stroke, texels: Float64[np.ndarray, "row column 2"]) -> Float64[np.ndarray, "row column"]:
    """The earliest time at which the disc covers the centre of every texel."""
    points, times = stroke.points_m, stroke.times_s
    stamp = np.full(texels.shape[:2], NEVER_S)
    if len(points) == 1:
        points, times = points * 2, times * 2
    for i in range(len(points) - 1):
        share = _first_cover(texels, np.array(points[i]), np.array(points[i + 1]), stroke.radius_m)
        when = times[i] + np.minimum(share, 1.0) * (times[i + 1] - times[i])
        stamp = np.minimum(stamp, np.where(share <= 1.0, when, NEVER_S))
    return stamp


def _first_cover(
    texels: Float64[np.ndarray, "row column 2"],
    start: Float64[np.ndarray, " 2"],
    end: Float64[np.ndarray, " 2"],
    radius_m: float,
) -> Float64[np.ndarray, "row column"]:
    """The least s in 0..1 with |start + s (end - start) - texel| <= radius; inf if there is none."""
    move = end - start
    away = start - texels
    a = move @ move
    b = away @ move
    c = (away * away).sum(axis=-1) - radius_m**2
    discriminant = b * b - a * c
    with np.errstate(divide="ignore", invalid="ignore"):
        root = (-b - np.sqrt(discriminant)) / a
    enters = (discriminant >= 0.0) & (root >= 0.0) & (root <= 1.0)
    return np.where(c <= 0.0, 0.0, np.where(enters, root, np.inf))


def _faded(
    scene: Scene, body: str, stamp_s: Float64[np.ndarray, "stroke row column"]
) -> Float64[np.ndarray, "stroke row column"]:
    """When paint goes away: the oldest part of every stroke, under the violation `mark_fades`."""
    erase_s = np.full(stamp_s.shape, NEVER_S)
    fades = [v for v in scene.violations if v.kind == "mark_fades" and v.body in ("", body)]
    for fade in sorted(fades, key=lambda violation: violation.time_s):
        for stamps, erases in zip(stamp_s, erase_s, strict=True):
            present = np.flatnonzero((stamps.ravel() <= fade.time_s) & (erases.ravel() > fade.time_s))
            oldest_first = present[np.argsort(stamps.ravel()[present], kind="stable")]
            gone = oldest_first[: round(min(max(fade.amount, 0.0), 1.0) * len(present))]
            erases.ravel()[gone] = fade.time_s
    return erase_s

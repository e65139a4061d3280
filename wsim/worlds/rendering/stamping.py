"""When a disc that is swept over a surface covers each of its texels: paint going on, and coming off.

Axis letters: `row`, `column` of a grid, `stroke`.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from wsim.worlds.rendering.paint_layer import Grid, PaintLayer, grid_around, on_face
from wsim.worlds.scene import NEVER_S, Body, Face, Stroke


@dataclass(frozen=True)
class _Cover:
    """The texels of a window that one straight piece of a stroke covers, and from when until when."""

    rows: slice
    columns: slice
    enter_s: Float64[np.ndarray, "row column"]  # NEVER_S where it does not
    leave_s: Float64[np.ndarray, "row column"]


def stamped(
    index: int,
    body: Body,
    face: Face,
    strokes: tuple[Stroke, ...],
    sponges: tuple[Stroke, ...],
    texels_per_radius: int,
) -> PaintLayer:
    """The lawful history of the paint of some strokes, with what sponges take away of it.

    A stroke paints a texel when it first reaches it. A sponge takes away what is there while it covers it.
    """
    grid = grid_around(body, face, strokes, texels_per_radius)
    stamp_s = np.stack([_stamps(stroke, grid) for stroke in strokes])
    stamp_s[:, ~on_face(body, face, *grid.axes_m())] = NEVER_S
    erase_s = np.full(stamp_s.shape, NEVER_S)
    for sponge in sponges:
        _wipe(sponge, grid, stamp_s, erase_s)
    return PaintLayer(index, face, strokes, sponges, grid.origin_m, grid.texel_m, stamp_s, erase_s)


def _stamps(stroke: Stroke, grid: Grid) -> Float64[np.ndarray, "row column"]:
    """The earliest time at which the disc covers the centre of every texel."""
    stamp_s = np.full((grid.rows, grid.columns), NEVER_S)
    for cover in _covers(stroke, grid):
        window = stamp_s[cover.rows, cover.columns]
        np.minimum(window, cover.enter_s, out=window)
    return stamp_s


def _wipe(
    sponge: Stroke,
    grid: Grid,
    stamp_s: Float64[np.ndarray, "stroke row column"],
    erase_s: Float64[np.ndarray, "stroke row column"],
) -> None:
    """Paint goes when the sponge reaches it, or at once if it is put on under the sponge."""
    for cover in _covers(sponge, grid):
        stamps = stamp_s[:, cover.rows, cover.columns]
        window = erase_s[:, cover.rows, cover.columns]
        meets = (stamps <= cover.leave_s) & (cover.enter_s < NEVER_S)
        gone_s = np.where(meets, np.maximum(cover.enter_s, stamps), NEVER_S)
        np.minimum(window, gone_s, out=window)


def _covers(stroke: Stroke, grid: Grid) -> Iterator[_Cover]:
    """Piece by piece, in order of time; on a surface that closes on itself also a turn further on."""
    points, times_s = np.array(stroke.points_m), stroke.times_s
    if len(points) == 1:
        points, times_s = np.concatenate([points, points]), times_s * 2
    u, v = grid.axes_m()
    for i in range(len(points) - 1):
        for turn_m in _turns_m(grid, points[i : i + 2, 0], stroke.radius_m):
            start, end = (point + np.array([turn_m, 0.0]) for point in points[i : i + 2])
            columns = _window(u, start[0], end[0], stroke.radius_m)
            rows = _window(v, start[1], end[1], stroke.radius_m)
            texels = np.stack(np.meshgrid(u[columns], v[rows]), axis=-1)
            enter, leave = _covered(texels, start, end, stroke.radius_m)
            lasts_s = times_s[i + 1] - times_s[i]
            enter_s = np.where(enter <= 1.0, times_s[i] + np.minimum(enter, 1.0) * lasts_s, NEVER_S)
            yield _Cover(rows, columns, enter_s, times_s[i] + leave * lasts_s)


def _turns_m(grid: Grid, u_m: Float64[np.ndarray, " 2"], radius_m: float) -> list[float]:
    """By which multiples of a whole turn a piece must be displaced to lie on the grid."""
    if grid.around_m == 0.0:
        return [0.0]
    low_m, around_m = grid.origin_m[0], grid.around_m
    first = math.ceil((low_m - float(u_m.max()) - radius_m) / around_m)
    last = math.floor((low_m + around_m - float(u_m.min()) + radius_m) / around_m)
    return [turn * around_m for turn in range(first, last + 1)]


def _window(centres_m: Float64[np.ndarray, " texel"], start_m: float, end_m: float, radius_m: float) -> slice:
    """The texels within reach of a piece, along one axis."""
    low, high = min(start_m, end_m) - radius_m, max(start_m, end_m) + radius_m
    return slice(int(np.searchsorted(centres_m, low)), int(np.searchsorted(centres_m, high, side="right")))


def _covered(
    texels: Float64[np.ndarray, "row column 2"],
    start: Float64[np.ndarray, " 2"],
    end: Float64[np.ndarray, " 2"],
    radius_m: float,
) -> tuple[Float64[np.ndarray, "row column"], Float64[np.ndarray, "row column"]]:
    """The least and the greatest s in 0..1 with |start + s (end - start) - texel| <= radius.

    The least is inf where there is none, and the greatest then means nothing.
    """
    move = end - start
    away = start - texels
    a = move @ move
    b = away @ move
    c = (away * away).sum(axis=-1) - radius_m**2
    discriminant = b * b - a * c
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(discriminant)
        first, last = (-b - root) / a, (-b + root) / a
    enters = (discriminant >= 0.0) & (first >= 0.0) & (first <= 1.0)
    leaves = (discriminant >= 0.0) & (last >= 0.0) & (last <= 1.0)
    return np.where(c <= 0.0, 0.0, np.where(enters, first, np.inf)), np.where(leaves, last, 1.0)

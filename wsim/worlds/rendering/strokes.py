"""The colour of a surface: its material, and the strokes of paint on any of its faces."""

import math

import numpy as np

from wsim.worlds.rendering.compiled import Table, Vector, inlined, kernel, mixed, vector_at
from wsim.worlds.rendering.lanes import (
    ALBEDO,
    BLOCK,
    FACE,
    LOCAL,
    PAINT,
    PART,
    SHARE,
    SPECULAR,
    Line,
    lane,
    put,
)
from wsim.worlds.rendering.layout import (
    BACK,
    COLOUR,
    COLOUR_B,
    CYLINDER,
    FIRST_STROKE,
    FRONT,
    GLOSS,
    LAST_STROKE,
    LEFT,
    RIGHT,
    SHAPE,
    SIDE,
    SIZE,
)

# Columns of the table of strokes. Texel (row, column) of a stroke is `FIRST_TEXEL + row * COLUMNS + column`.
FIRST_TEXEL, ROWS, COLUMNS = 0, 1, 2
ORIGIN_U, ORIGIN_V, TEXEL_M = 3, 4, 5
STROKE_COLOUR = 6  # 3 columns, linear
STROKE_FACE = 9
STROKE_COLUMNS = 10

# atan(x) / x in powers of x^2 for |x| <= tan(pi / 8), to 1e-10 (Taylor's series, its last term halved).
_ARC_TANGENT = (1.0, -1 / 3, 1 / 5, -1 / 7, 1 / 9, -1 / 11, 1 / 13, -1 / 15, 1 / 17, -1 / 19, 1 / 21, -1 / 46)
_TAN_EIGHTH = math.sqrt(2.0) - 1.0
_QUARTER, _HALF = math.pi / 2, math.pi


@inlined
def _small_angle(tangent: float) -> float:
    square, total = tangent * tangent, 0.0
    for i in range(len(_ARC_TANGENT)):
        total = total * square + _ARC_TANGENT[len(_ARC_TANGENT) - 1 - i]
    return total * tangent


@inlined
def angle(x: float, y: float) -> float:
    """The angle of (x, y) from the x axis, -pi to pi, within 1e-9: atan2 from + - * / alone.

    The same bits on every machine, which the atan2 of a mathematical library does not promise.
    """
    far, near = max(abs(x), abs(y)), min(abs(x), abs(y))
    if far == 0.0:
        return 0.0
    if near > _TAN_EIGHTH * far:  # atan(t) = pi/4 + atan((t - 1) / (t + 1))
        turn = 0.5 * _QUARTER + _small_angle((near - far) / (near + far))
    else:
        turn = _small_angle(near / far)
    if abs(y) > abs(x):
        turn = _QUARTER - turn
    if x < 0.0:
        turn = _HALF - turn
    return turn if y >= 0.0 else -turn


@kernel
def paint_cover(strokes: Table, stamps: Line, erases: Line, s: int, u: float, v: float, t: float) -> float:
    """Share of stroke s's paint around (u, v) at time t, 0..1: bilinear over its four nearest texels."""
    rows, columns = int(strokes[s, ROWS]), int(strokes[s, COLUMNS])
    x = (u - strokes[s, ORIGIN_U]) / strokes[s, TEXEL_M] - 0.5
    y = (v - strokes[s, ORIGIN_V]) / strokes[s, TEXEL_M] - 0.5
    if not (x >= -1.0 and y >= -1.0 and x < columns and y < rows):
        return 0.0
    column, row = math.floor(x), math.floor(y)
    cover = 0.0
    for j in range(max(row, 0), min(row + 2, rows)):
        for i in range(max(column, 0), min(column + 2, columns)):
            texel = int(strokes[s, FIRST_TEXEL]) + j * columns + i
            if stamps[texel] <= t and t < erases[texel]:
                cover += (1.0 - abs(x - i)) * (1.0 - abs(y - j))
    return cover


@inlined
def _unrolled(parts: Table, p: int, face: int, local: Vector) -> tuple[float, float, float]:
    """Surface coordinates (u, v), metres, and after how much of u the surface comes back to itself."""
    x, y, z = local
    if int(parts[p, SHAPE]) == CYLINDER:
        if face == SIDE:
            return parts[p, SIZE] * angle(x, y), z, 2 * _HALF * parts[p, SIZE]
        return x, y, 0.0
    if face in (LEFT, RIGHT):
        return y, z, 0.0
    if face in (FRONT, BACK):
        return x, z, 0.0
    return x, y, 0.0


@inlined
def _painted(
    parts: Table,
    strokes: Table,
    stamps: Line,
    erases: Line,
    p: int,
    face: int,
    local: Vector,
    t: float,
    colour: Vector,
) -> tuple[Vector, float]:
    """The colour under the strokes on a face of primitive p, and how much of it is paint."""
    seen = 0.0
    u, v, around = _unrolled(parts, p, face, local)
    for s in range(int(parts[p, FIRST_STROKE]), int(parts[p, LAST_STROKE])):
        if int(strokes[s, STROKE_FACE]) == face:
            cover, turns = 0.0, 1 if around > 0.0 else 0
            for turn in range(-turns, turns + 1):  # a stroke may cross the seam of the side
                cover += paint_cover(strokes, stamps, erases, s, u + turn * around, v, t)
            cover = min(1.0, cover)
            colour = mixed(colour, vector_at(strokes, s, STROKE_COLOUR), cover)
            seen = max(seen, cover)
    return colour, seen


@kernel
def colours(parts: Table, strokes: Table, stamps: Line, erases: Line, time_s: float, lanes: Line) -> None:
    """`ALBEDO` of every surface that a ray of a block has hit: its material and the paint on it."""
    for i in range(BLOCK):
        p = int(lanes[PART + i])
        if p >= 0:
            colour, paint = (
                mixed(vector_at(parts, p, COLOUR), vector_at(parts, p, COLOUR_B), lanes[SHARE + i]),
                0.0,
            )
            if parts[p, LAST_STROKE] > 0.0:
                local, face = lane(lanes, LOCAL, i), int(lanes[FACE + i])
                colour, paint = _painted(parts, strokes, stamps, erases, p, face, local, time_s, colour)
            put(lanes, ALBEDO, i, colour)
            lanes[SPECULAR + i], lanes[PAINT + i] = parts[p, GLOSS], np.floor(3.0 * paint + 0.5)

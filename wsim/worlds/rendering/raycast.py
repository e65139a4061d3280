"""The ray caster: one frame in two passes, picture and truth together.

The first pass sends one ray through the centre of every pixel and tests every body whose bounding rectangle
covers it (`rows & columns`, a bit for every body); testing all of them gives the amodal bits for nothing.
The second pass sends four rays through the pixels where (primitive, face, shadow, paint, what a mirror
shows) differs from a neighbour: edges are smooth at a fraction of the cost of supersampling the frame.
"""

from typing import Any

import numpy as np

from wsim.worlds.rendering import block, compiled, intersect, layout, shade, solids, strokes, surface, texture
from wsim.worlds.rendering import lanes as lane_layout
from wsim.worlds.rendering.block import cast, stand
from wsim.worlds.rendering.compiled import Table, add_scaled, entry, inlined, source_digest
from wsim.worlds.rendering.lanes import (
    BLOCK,
    BLOCKED,
    COLOUR,
    IMAGE,
    KEY,
    OWN,
    PART,
    PIXEL,
    TONES,
    Image,
    Line,
    Masks,
    T,
    X,
    Y,
    lane,
    put,
)
from wsim.worlds.rendering.shade import TONE, tones

# Four samples on a rotated grid: no two share a row or a column.
SAMPLES = ((0.125, 0.375), (0.375, -0.125), (-0.125, -0.375), (-0.375, 0.125))
_NONE = np.uint64(0)


@inlined
def _on_edge(keys: Image, row: int, column: int, height: int, width: int) -> bool:
    """Whether the four neighbours show anything else."""
    at = row * width + column
    key = keys[at]
    return bool(
        (column > 0 and keys[at - 1] != key)
        or (column < width - 1 and keys[at + 1] != key)
        or (row > 0 and keys[at - width] != key)
        or (row < height - 1 and keys[at + width] != key)
    )


@inlined
def _gather(
    keys: Image, rows: Masks, columns: Masks, second: bool, pixel: int, candidates: Masks, lanes: Line
) -> tuple[int, int]:
    """Fill a block with the next pixels of the picture; in the second pass with four samples of each edge.

    Returns how many rays there are, and the number of the pixel that comes next, row by row.
    """
    count, samples, height, width = 0, len(SAMPLES) if second else 1, len(rows), len(columns)
    row, column = pixel // width, pixel % width
    while count < BLOCK and row < height:
        if not second or _on_edge(keys, row, column, height, width):
            for s in range(samples):
                shift = SAMPLES[s] if second else (0.0, 0.0)
                lanes[X + count], lanes[Y + count] = column + shift[0], row + shift[1]
                lanes[PIXEL + count] = float(row * width + column)
                candidates[count] = rows[row] & columns[column]
                count += 1
        column += 1
        if column == width:
            row, column = row + 1, 0
    for i in range(count, BLOCK):
        candidates[i] = _NONE
    return count, row * width + column


@inlined
def _store_colour(rgb: Image, pixel: int, i: int, lanes: Line) -> None:
    for channel in range(3):
        rgb[3 * pixel + channel] = TONE[int(lanes[TONES + channel * BLOCK + i])]


@inlined
def _store_centres(
    first: int,
    count: int,
    bits: Masks,
    lanes: Line,
    rgb: Image,
    depth_m: Image,
    ids: Image,
    amodal: Image,
    shadow: Image,
    mirror_ids: Image,
    keys: Image,
) -> None:
    """What the first pass finds: the truth at the centres of neighbouring pixels, and their colour there."""
    for i in range(count):
        depth_m[first + i] = lanes[T + i] if lanes[PART + i] >= 0.0 else np.inf
    for i in range(count):
        ids[first + i] = np.int16(lanes[OWN + i])
    for i in range(count):
        amodal[first + i] = bits[i]
    for i in range(count):
        shadow[first + i] = lanes[PART + i] >= 0.0 and lanes[BLOCKED + i] > 0.0
    for i in range(count):
        mirror_ids[first + i] = np.int16(lanes[IMAGE + i])
    for i in range(count):
        keys[first + i] = lanes[KEY + i]
    tones(lanes)
    for i in range(count):
        _store_colour(rgb, first + i, i, lanes)


@inlined
def _store_means(count: int, lanes: Line, rgb: Image) -> None:
    """What the second pass finds: the mean colour of four samples."""
    for i in range(0, count, len(SAMPLES)):
        total = (0.0, 0.0, 0.0)
        for s in range(len(SAMPLES)):
            total = add_scaled(total, 1.0 / len(SAMPLES), lane(lanes, COLOUR, i + s))
        put(lanes, COLOUR, i, total)
    tones(lanes)
    for i in range(0, count, len(SAMPLES)):
        _store_colour(rgb, int(lanes[PIXEL + i]), i, lanes)


def _compile_frame(sources: str) -> Any:
    """Build the entry point; holding `sources` makes it part of the key of numba's cache on disk."""

    @entry
    def cast_frame(
        camera: Line,
        light: Table,
        shades_u: Masks,
        shades_v: Masks,
        bodies: Table,
        parts: Table,
        faces: Table,
        bites: Table,
        strokes: Table,
        stamps: Line,
        erases: Line,
        time_s: float,
        antialias: bool,
        rows: Masks,
        columns: Masks,
        rgb: Image,
        depth_m: Image,
        ids: Image,
        amodal: Image,
        shadow: Image,
        mirror_ids: Image,
        keys: Image,
        candidates: Masks,
        bits: Masks,
        others: Masks,
        more_bits: Masks,
        lanes: Line,
        images: Line,
    ) -> int:
        assert sources
        stand(camera, lanes)
        cast_rays, pixels = 0, len(rows) * len(columns)
        for second in range(2 if antialias else 1):
            pixel = 0
            while pixel < pixels:
                first = pixel
                count, pixel = _gather(keys, rows, columns, second == 1, pixel, candidates, lanes)
                if count == 0:
                    break
                cast(
                    camera, light, shades_u, shades_v, bodies, parts, faces, bites, strokes, stamps, erases,
                    time_s, candidates, bits, others, more_bits, lanes, images,
                )  # fmt: skip
                if second == 1:
                    _store_means(count, lanes, rgb)
                else:
                    _store_centres(
                        first, count, bits, lanes, rgb, depth_m, ids, amodal, shadow, mirror_ids, keys
                    )
                cast_rays += count
        return cast_rays

    return cast_frame


cast_frame = _compile_frame(
    source_digest(block, compiled, intersect, lane_layout, layout, shade, solids, strokes, surface, texture)
)

"""Find objects of known colours, to a fraction of a pixel, without a network.

Pixels are unmixed between the background and the colour looked for (their a* b* chroma, which shading
hardly touches); connected pixels make a blob. Palette colours are far apart, so this is near exact for
objects of at least 4 px radius, and honest about what it cannot see.

Axis letters: `time` frames, `height` and `width` pixels, `row` and `column` of one frame.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, Int8, UInt8

from wsim.perception.colour import lab, lab_of
from wsim.perception.pixelwise import compiled
from wsim.perception.soft import soften

_LEAST_CHROMA = 18.0  # greys, beiges and browns stay below
_WIDEST_HUE_RAD = np.deg2rad(28.0)


@dataclass(frozen=True, slots=True)
class Blob:
    """One thing of one colour in one frame.

    Attributes:
        frame: index in the clip.
        colour: name in the palette.
        x: centroid, pixels from the centre of the first column; sub-pixel.
        y: the same, down from the first row.
        area_px: sum of the coverage.
        box: x0, y0, x1, y1, pixels; the far sides excluded.
        at_border: whether it touches the edge of the picture (its centroid is then not its centre).
    """

    frame: int
    colour: str
    x: float
    y: float
    area_px: float
    box: tuple[int, int, int, int]
    at_border: bool


def find_objects(
    frames: UInt8[np.ndarray, "time height width 3"],
    palette: Mapping[str, tuple[float, float, float]],
    *,
    least_area_px: float | None = None,
    blur_px: float | None = None,
) -> list[list[Blob]]:
    """All blobs of palette colours, per frame, largest first.

    Args:
        frames: the clip.
        palette: name -> sRGB in 0..1.
        least_area_px: smaller blobs are dropped; by default those below 2.5 px radius at 64 rows.
        blur_px: smoothing against noise; by default 0.008 of the height.
    """
    height = frames.shape[1]
    least = np.pi * (2.5 * height / 64) ** 2 if least_area_px is None else least_area_px
    sigma = 0.008 * height if blur_px is None else blur_px
    chroma = soften(lab(frames)[..., 1:], sigma)
    names = list(palette)
    hues = np.array([np.arctan2(*lab_of(palette[name])[[2, 1]]) for name in names])
    owners = _nearest_hue(chroma, hues)
    found = []
    for index, (picture, owner) in enumerate(zip(chroma, owners, strict=True)):
        blobs = []
        for number, name in enumerate(names):
            blobs += _blobs(picture, owner == number, index, name, least)
        found.append(sorted(blobs, key=lambda blob: -blob.area_px))
    return found


def _nearest_hue(
    chroma: Float32[np.ndarray, "time height width 2"], hues_rad: Float[np.ndarray, "hue"]
) -> Int8[np.ndarray, "time height width"]:
    """Index of the palette colour of every pixel, -1 for a pixel that is hardly coloured."""
    owner = np.empty(chroma.shape[:-1], np.int8)
    directions = np.stack([np.cos(hues_rad), np.sin(hues_rad)], axis=1).astype(np.float32)
    _assign_hues(chroma.reshape(-1, 2), directions, owner.reshape(-1))
    return owner


@compiled
def _assign_hues(chroma: Any, directions: Any, owner: Any) -> None:
    """The unit direction that `float32[pixel 2]` points along most, into `int8[pixel]`."""
    least_along = np.float32(np.cos(_WIDEST_HUE_RAD))
    for i in range(chroma.shape[0]):
        a, b = chroma[i, 0], chroma[i, 1]
        best, most = np.int8(-1), np.float32(-np.inf)
        for number in range(directions.shape[0]):
            along = directions[number, 0] * a + directions[number, 1] * b
            if along > most:
                best, most = np.int8(number), along
        strength = np.sqrt(a * a + b * b)
        coloured = strength >= _LEAST_CHROMA and most >= least_along * strength
        owner[i] = best if coloured else np.int8(-1)


def _blobs(
    chroma: Float32[np.ndarray, "height width 2"],
    mine: Bool[np.ndarray, "height width"],
    frame: int,
    name: str,
    least_area_px: float,
) -> list[Blob]:
    if np.count_nonzero(mine) < 0.5 * least_area_px:
        return []
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mine.view(np.uint8), connectivity=4)
    blobs = []
    for number in range(1, count):
        column, row, columns, rows, size = (int(value) for value in stats[number])
        if size < 0.5 * least_area_px:
            continue
        around = _box_around(row, column, rows, columns, mine.shape)
        blob = _measure(chroma[around], labels[around] == number, around, mine.shape, frame, name)
        if blob.area_px >= least_area_px:
            blobs.append(blob)
    return blobs


def _box_around(row: int, column: int, rows: int, columns: int, size: tuple[int, ...]) -> tuple[slice, slice]:
    """A box of pixels and one pixel around it, within the picture."""
    return (
        slice(max(row - 1, 0), min(row + rows + 1, size[0])),
        slice(max(column - 1, 0), min(column + columns + 1, size[1])),
    )


def _measure(
    chroma: Float32[np.ndarray, "row column 2"],
    core: Bool[np.ndarray, "row column"],
    around: tuple[slice, slice],
    size: tuple[int, ...],
    frame: int,
    name: str,
) -> Blob:
    """Moments of the soft coverage over the blob and one pixel around it."""
    strength = np.hypot(chroma[..., 0], chroma[..., 1])
    coverage = strength / float(np.quantile(strength[core], 0.8))
    weight = np.clip(coverage, 0.0, 1.0).astype(np.float64)
    area = float(weight.sum())
    rows, columns = np.flatnonzero(core.any(axis=1)), np.flatnonzero(core.any(axis=0))
    y0, x0 = around[0].start, around[1].start
    solid = core & (coverage > 0.5)  # codecs smear colour by a pixel or two
    return Blob(
        frame=frame,
        colour=name,
        x=x0 + float(weight.sum(axis=0) @ np.arange(weight.shape[1])) / area,
        y=y0 + float(weight.sum(axis=1) @ np.arange(weight.shape[0])) / area,
        area_px=area,
        box=(x0 + int(columns[0]), y0 + int(rows[0]), x0 + int(columns[-1]) + 1, y0 + int(rows[-1]) + 1),
        at_border=_reaches_edge(solid, around, size),
    )


def _reaches_edge(
    solid: Bool[np.ndarray, "row column"], around: tuple[slice, slice], size: tuple[int, ...]
) -> bool:
    """Whether a blob covers pixels at the edge of the picture."""
    y, x = around
    edges = (
        (y.start == 0, solid[0]),
        (y.stop == size[0], solid[-1]),
        (x.start == 0, solid[:, 0]),
        (x.stop == size[1], solid[:, -1]),
    )
    return any(at_edge and bool(line.any()) for at_edge, line in edges)


def coverage_of(
    frames: UInt8[np.ndarray, "time height width 3"],
    background: UInt8[np.ndarray, "height width 3"],
    colour: tuple[float, float, float],
) -> Float32[np.ndarray, "time height width"]:
    """How much of every pixel is of that colour, 0..1: linear unmixing of chroma against the background.

    A pixel of another hue counts as little as its chroma points the same way.
    """
    behind = lab(background)[..., 1:]
    axis = lab_of(colour)[1:] - behind
    share = np.einsum("thwc,hwc->thw", lab(frames)[..., 1:] - behind, axis)
    return np.asarray(np.clip(share / np.maximum((axis**2).sum(-1), 1.0), 0.0, 1.0), dtype=np.float32)


def follow(blobs: Sequence[Sequence[Blob]], colour: str) -> list[Blob | None]:
    """The largest blob of that colour in every frame, None where there is none."""
    chosen = []
    for here in blobs:
        mine = [blob for blob in here if blob.colour == colour]
        chosen.append(mine[0] if mine else None)
    return chosen

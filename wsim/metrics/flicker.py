"""Flicker: brightness that jumps to and fro between frames, apart from what moves.

Brightness is averaged over a grid of cells, which loses texture; its second difference in time loses steady
change, so a smooth pan and a slow fade count for little. The median over cells is flicker of the whole
picture, the mean of the worst cells flicker in places. A video in which nothing ever changes has no reading:
the absolute difference of neighbouring frames, the custom, calls it the best.

Axis letters: `time` frames, `height` and `width` pixels, `row` and `column` of the grid.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, UInt8

from wsim.errors import WsimError

_CELLS = 16  # a side
_WORST = 0.05
_LUMA = (0.2126, 0.7152, 0.0722)  # ITU-R BT.709


@dataclass(frozen=True, slots=True)
class Flicker:
    """In grey levels of 0..255; None where nothing changes at all.

    Attributes:
        everywhere: typical jump of brightness of a cell, median over cells.
        in_places: the same, mean of the twentieth of the cells that is worst. What moves counts here too.
        still: share of neighbouring frames that are equal to the last bit.
    """

    everywhere: float | None
    in_places: float | None
    still: float


def flicker(frames: UInt8[np.ndarray, "time height width 3"]) -> Flicker:
    """Flicker of one video.

    Raises:
        WsimError: fewer than three frames, which have no to and fro.

    Example:
        >>> dark, light = np.zeros((8, 8, 3), np.uint8), np.full((8, 8, 3), 10, np.uint8)
        >>> round(flicker(np.stack([dark, light] * 4)).everywhere, 3)
        10.0
    """
    if len(frames) < 3:
        raise WsimError(f"{len(frames)} frames cannot flicker", where="flicker", remedy="give at least three")
    still = float((frames[1:] == frames[:-1]).all(axis=(1, 2, 3)).mean())
    if still == 1.0:
        return Flicker(None, None, still)
    cells = _cells(frames)
    jumps = cells[1:-1] - (cells[2:] + cells[:-2]) / 2.0
    typical = np.sort(np.sqrt((jumps**2).mean(axis=0)).ravel())
    worst = typical[-max(1, round(_WORST * typical.size)) :]
    return Flicker(float(np.median(typical)), float(worst.mean()), still)


def _cells(frames: UInt8[np.ndarray, "time height width 3"]) -> Float64[np.ndarray, "time row column"]:
    """Mean brightness of every cell; cells of a small frame are its pixels."""
    luma = frames @ np.array(_LUMA)
    for axis in (1, 2):
        size = luma.shape[axis]
        starts = np.unique(np.arange(min(_CELLS, size)) * size // min(_CELLS, size))
        lengths = np.diff(np.append(starts, size))
        shape = [1, 1, 1]
        shape[axis] = -1
        luma = np.add.reduceat(luma, starts, axis=axis) / lengths.reshape(shape)
    return np.asarray(luma)

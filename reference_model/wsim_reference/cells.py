"""Which latent cells stand for some pixels, and what is put where pixels are to be made anew.

Axis letters: `time height width` of pixels, `latent row column` of cells.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, UInt8

from wsim_reference.config import PIXELS_PER_CELL
from wsim_reference.spans import Span

Frames = UInt8[np.ndarray, "time height width 3"]
Pixels = Bool[np.ndarray, "time height width"]
Cells = Bool[np.ndarray, "latent row column"]


def free_cells(free: Pixels, spans: Sequence[Span]) -> Cells:
    """The cells that show one of these pixels, and those that touch such a cell.

    A picture is seen by the codec from a little further than its own cell, so the neighbours know what was
    there.
    """
    time, height, _ = free.shape
    blocks = free.reshape(time, height // PIXELS_PER_CELL, PIXELS_PER_CELL, -1, PIXELS_PER_CELL)
    touched = np.asarray(blocks.any(axis=(2, 4)))
    cells = np.stack([touched[first : last + 1].any(axis=0) for first, last in spans])
    around = np.pad(cells, [(0, 0), (1, 1), (1, 1)])
    rows, columns = cells.shape[1:]
    shifted = [around[:, y : y + rows, x : x + columns] for y in range(3) for x in range(3)]
    return np.asarray(np.any(np.stack(shifted), axis=0))


def without(frames: Frames, free: Pixels) -> Frames:
    """The frames with the mean colour of the others in place of these pixels, so that none shines through."""
    shown, others = frames.copy(), frames[~free]
    shown[free] = others.mean(0).round() if len(others) else 128
    return shown

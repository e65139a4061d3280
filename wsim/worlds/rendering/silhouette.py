"""Silhouettes alone: which bodies lie on the ray of every pixel, whatever stands before them."""

from typing import Any

import numpy as np

from wsim.worlds.rendering import block, compiled, intersect, layout, solids, surface
from wsim.worlds.rendering import lanes as lane_layout
from wsim.worlds.rendering.block import aim, stand
from wsim.worlds.rendering.compiled import Table, entry, source_digest
from wsim.worlds.rendering.intersect import hits
from wsim.worlds.rendering.lanes import BLOCK, Image, Line, Masks, X, Y

_NONE = np.uint64(0)


def _compile(sources: str) -> Any:
    """Build the entry point; holding `sources` makes it part of the key of numba's cache on disk."""

    @entry
    def cast_silhouettes(
        camera: Line,
        bodies: Table,
        parts: Table,
        faces: Table,
        bites: Table,
        rows: Masks,
        columns: Masks,
        amodal: Image,
        candidates: Masks,
        bits: Masks,
        lanes: Line,
    ) -> None:
        assert sources
        stand(camera, lanes)
        for row in range(amodal.shape[0]):
            for first in range(0, amodal.shape[1], BLOCK):
                count = min(BLOCK, amodal.shape[1] - first)
                for i in range(BLOCK):
                    lanes[X + i], lanes[Y + i] = float(first + i), float(row)
                    candidates[i] = rows[row] & columns[first + i] if i < count else _NONE
                aim(camera, lanes)
                hits(bodies, parts, faces, bites, candidates, False, bits, lanes)
                for i in range(count):
                    amodal[row, first + i] = bits[i]

    return cast_silhouettes


cast_silhouettes = _compile(source_digest(block, compiled, intersect, lane_layout, layout, solids, surface))

"""Silhouettes alone: which bodies lie on the ray of every pixel, whatever stands before them."""

from typing import Any, TypeAlias

import numpy as np

from wsim.worlds.rendering import compiled, intersect, layout, solids, surface
from wsim.worlds.rendering.compiled import Table, entry, source_digest
from wsim.worlds.rendering.intersect import prepare, seen
from wsim.worlds.rendering.layout import CENTRE_X, CENTRE_Y, FOCAL

Image: TypeAlias = np.ndarray[Any, np.dtype[Any]]


def _compile(sources: str) -> Any:
    """Build the entry point; holding `sources` makes it part of the key of numba's cache on disk."""

    @entry
    def cast_silhouettes(
        camera: Table,
        light: Table,
        bodies: Table,
        parts: Table,
        faces: Table,
        bites: Table,
        rows: Image,
        columns: Image,
        amodal: Image,
    ) -> None:
        assert sources
        prepare(camera, light, parts)
        for row in range(amodal.shape[0]):
            for column in range(amodal.shape[1]):
                u = (column - camera[CENTRE_X]) / camera[FOCAL]
                v = (row - camera[CENTRE_Y]) / camera[FOCAL]
                candidates = rows[row] & columns[column]
                _, _, _, bits = seen(camera, bodies, parts, faces, bites, u, v, candidates)
                amodal[row, column] = bits

    return cast_silhouettes


cast_silhouettes = _compile(source_digest(compiled, intersect, layout, solids, surface))

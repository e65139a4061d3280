"""What is known of the pictures of a world of blocks beyond its film.

Axis letters: `cell` that are seen.
"""

import numpy as np
from jaxtyping import Int64

from wsim.worlds.blocks.grid import BLOCK_ID
from wsim.worlds.blocks.keys import blocks_of
from wsim.worlds.film import Film
from wsim.worlds.rendering.camera import unproject

_INTO = 1e-3  # cells: from a face into its block


def visible_cells(film: Film, frame: int) -> Int64[np.ndarray, "cell 3"]:
    """The cells of which something is seen in a frame, each once, in order; also those outside the grid.

    Raises:
        WsimError: the scene is no world of blocks.
    """
    cell_m = blocks_of(film.scene).cell_m
    picture = film.render
    seen = picture.ids[frame] >= BLOCK_ID
    points_m = unproject(picture.depth_m[frame].astype(np.float64), picture.camera, frame)[seen]
    rays = points_m - picture.camera.world_from_camera[frame, :3, 3]
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    return np.unique(np.floor(points_m / cell_m + _INTO * rays).astype(np.int64), axis=0)

"""A box in pieces: the Voronoi cells of a few points in it.

Axis letters: `seed` points, `face` half-spaces.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from wsim.errors import WsimError
from wsim.worlds.physics.solids import corners, volume_and_centre
from wsim.worlds.scene import HalfSpace, Vec3

_CANDIDATES = 12
_CORNERS_OF_A_FACE = 3


@dataclass(frozen=True, slots=True)
class Piece:
    """One convex piece of a box.

    Attributes:
        centre_m: its centre of mass, in the frame of the box.
        faces: half-spaces about that centre, in the axes of the box.
        half_extents_m: of a box around that centre that holds it.
        volume_m3: its volume.
    """

    centre_m: Vec3
    faces: tuple[HalfSpace, ...]
    half_extents_m: Vec3
    volume_m3: float


def voronoi_pieces(half_extents_m: Vec3, count: int, rng: np.random.Generator) -> tuple[Piece, ...]:
    """Break a box into convex pieces that fill it.

    The points are spread by best-candidate sampling (Mitchell, Spectrally optimal sampling for distribution
    ray tracing, SIGGRAPH 1991), so no piece is a splinter.

    Raises:
        WsimError: fewer than two pieces.
    """
    if count < 2:
        raise WsimError(
            f"a box cannot be broken into {count} pieces",
            where="voronoi_pieces(count=...)",
            remedy="ask for two or more",
        )
    half = np.array(half_extents_m, dtype=np.float64)
    seeds = _spread(half, count, rng)
    return tuple(_piece(_cell(half, seeds, index)) for index in range(count))


def _spread(
    half: Float64[np.ndarray, " 3"], count: int, rng: np.random.Generator
) -> Float64[np.ndarray, "seed 3"]:
    seeds: Float64[np.ndarray, "seed 3"] = rng.uniform(-1.0, 1.0, (1, 3)) * half
    while len(seeds) < count:
        candidates = rng.uniform(-1.0, 1.0, (_CANDIDATES, 3)) * half
        nearest = np.linalg.norm(candidates[:, None] - seeds, axis=-1).min(axis=1)
        seeds = np.concatenate([seeds, candidates[[int(nearest.argmax())]]])
    return seeds


def _cell(
    half: Float64[np.ndarray, " 3"], seeds: Float64[np.ndarray, "seed 3"], index: int
) -> Float64[np.ndarray, "face 4"]:
    """The half-spaces of a seed: nearer to it than to any other, and in the box."""
    walls = np.concatenate([np.eye(3), -np.eye(3)])
    box = np.concatenate([walls, np.concatenate([half, half])[:, None]], axis=1)
    towards = np.delete(seeds, index, axis=0) - seeds[index]
    normals = towards / np.linalg.norm(towards, axis=1, keepdims=True)
    offsets = (normals * (seeds[index] + towards / 2)).sum(axis=1)
    return np.concatenate([box, np.concatenate([normals, offsets[:, None]], axis=1)])


def _piece(faces: Float64[np.ndarray, "face 4"]) -> Piece:
    points = corners(faces)
    volume_m3, centre = volume_and_centre(points)
    on_face = np.abs(points @ faces[:, :3].T - faces[:, 3]) < 1e-7
    own = faces[on_face.sum(axis=0) >= _CORNERS_OF_A_FACE]
    offsets = own[:, 3] - own[:, :3] @ centre
    x, y, z = np.abs(points - centre).max(axis=0).tolist()
    half_spaces = tuple(
        (*normal, offset) for normal, offset in zip(own[:, :3].tolist(), offsets.tolist(), strict=True)
    )
    cx, cy, cz = centre.tolist()
    return Piece((cx, cy, cz), half_spaces, (x, y, z), volume_m3)

"""Solids made of half-spaces: their corners, volume and centre.

The renderer draws the half-spaces and MuJoCo collides the corners, so both see the same solid.

Axis letters: `face` half-spaces (unit normal n, offset d: n . x <= d), `corner`.
"""

import itertools

import numpy as np
from jaxtyping import Float64
from scipy.spatial import ConvexHull

from wsim.errors import WsimError
from wsim.worlds.physics import rotations
from wsim.worlds.scene import Body, Part

_ON_FACE = 1e-9  # relative to the size of the solid
_SAME_CORNER = 1e-7


def corners(faces: Float64[np.ndarray, "face 4"]) -> Float64[np.ndarray, "corner 3"]:
    """Where three faces meet and no other cuts the point off; each corner once, in a fixed order.

    Raises:
        WsimError: the half-spaces do not enclose a solid.
    """
    triples = np.array(list(itertools.combinations(range(len(faces)), 3))).reshape(-1, 3)
    normals, offsets = faces[triples][..., :3], faces[triples][..., 3]
    meet = np.abs(np.linalg.det(normals)) > 1e-9
    points = np.linalg.solve(normals[meet], offsets[meet][..., None])[..., 0]
    size = float(np.abs(faces[:, 3]).max(initial=0.0))
    inside = (points @ faces[:, :3].T <= faces[:, 3] + _ON_FACE * size).all(axis=1)
    points = points[inside]
    _, first = np.unique(np.round(points / max(_SAME_CORNER * size, 1e-300)), axis=0, return_index=True)
    found: Float64[np.ndarray, "corner 3"] = points[np.sort(first)]
    if len(found) < 4:
        raise WsimError(
            f"{len(faces)} half-spaces that meet in {len(found)} corners enclose no solid",
            where="Body(shape='convex', faces=...)",
            remedy="give at least four faces with outward unit normals",
        )
    return found


def volume_and_centre(points_m: Float64[np.ndarray, "corner 3"]) -> tuple[float, Float64[np.ndarray, " 3"]]:
    """Volume (m^3) and centroid of the solid between some corners, as a sum of tetrahedra."""
    middle = points_m.mean(axis=0)
    sides = points_m[ConvexHull(points_m).simplices]
    volumes = np.abs(np.linalg.det(sides - middle)) / 6.0
    total = float(volumes.sum())
    centres = (sides.sum(axis=1) + middle) / 4.0
    return total, np.asarray(volumes @ centres / total)


def reach_below_m(body: Body, rotation: Float64[np.ndarray, " 4"]) -> float:
    """How far a body reaches below its own origin when it is turned that way, m."""
    down = rotations.rotate(rotations.inverse(rotation), np.array([0.0, 0.0, -1.0]))
    reach_m = reach_along_m(body, down)
    for part in body.parts:
        local = rotations.rotate(rotations.inverse(np.array(part.rotation)), down)
        reach_m = max(reach_m, float(np.array(part.position_m) @ down) + reach_along_m(part, local))
    return reach_m


def reach_along_m(primitive: Body | Part, way: Float64[np.ndarray, " 3"]) -> float:
    """The support function of a primitive: how far it reaches from its origin in a (unit) direction."""
    size = np.array(primitive.size_m)
    along, across = abs(way[2]), float(np.hypot(way[0], way[1]))
    if primitive.shape == "convex":
        return float((corners(np.array(primitive.faces)) @ way).max())
    reaches = {
        "sphere": size[0],
        "box": size @ np.abs(way),
        "plane": size @ np.abs(way),
        "cylinder": size[0] * across + size[2] * along,
        "capsule": size[0] + size[2] * along,
        "ellipsoid": np.linalg.norm(size * way),
    }
    return float(reaches[primitive.shape])

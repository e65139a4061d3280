"""Points on surfaces: where they are on their bodies, and where they are and are seen at any other time.

A pixel is taken to its world point by the exact depth, to its body's own frame by the body's pose, and from
there to any other time by the pose and size that the body then has, and by the camera of that time. The
point of the sky is infinitely far. Mirror images and shadows are not followed, but the surfaces they lie on.

Axis letters: `point`.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from wsim.contracts import Camera
from wsim.worlds.derived.frames import at_frames
from wsim.worlds.film import Film
from wsim.worlds.physics import rotations
from wsim.worlds.rendering.camera import project
from wsim.worlds.rendering.render import render

_FAR_M = 1e9  # where the sky is taken to be
_SAME_DEPTH = 2e-4  # relative: depth maps hold float32, and a curved surface is met within a pixel
_NEAR_DEPTH = 0.03  # the same from one pixel to the next
_SKY = -1  # lower ids are whatever is drawn over the picture; those beyond the bodies are still blocks


@dataclass(frozen=True)
class SurfacePoints:
    """Points fixed to surfaces.

    Attributes:
        frame: in which they were seen.
        body: the id that was seen: of a body, of a kind of block, or -1 for the sky.
        local_m: in the body's own frame, at its own size; of blocks and sky, in the world.
    """

    frame: int
    body: Int64[np.ndarray, " point"]
    local_m: Float64[np.ndarray, "point 3"]


@dataclass(frozen=True)
class Sight:
    """Where points appear.

    Attributes:
        pixels: (x, y), integers being the centres of pixels; NaN where a point lies behind the camera.
        depth_m: along the camera axis.
        visible: in the picture, there at all, and not hidden.
    """

    pixels: Float64[np.ndarray, "point 2"]
    depth_m: Float64[np.ndarray, " point"]
    visible: Bool[np.ndarray, " point"]


def surface_points(
    film: Film, frame: int, rows: Int64[np.ndarray, " point"], columns: Int64[np.ndarray, " point"]
) -> SurfacePoints:
    """The surface points at the centres of some pixels of a frame."""
    body = film.render.ids[frame, rows, columns].astype(np.int64)
    depth_m = film.render.depth_m[frame, rows, columns].astype(np.float64)
    camera = film.render.camera
    pose, intrinsics = camera.world_from_camera[frame], camera.intrinsics[frame]
    pixels = np.stack([columns, rows, np.ones_like(rows)], axis=-1).astype(np.float64)
    rays = pixels @ np.linalg.inv(intrinsics).T @ pose[:3, :3].T
    world = pose[:3, 3] + np.where(np.isfinite(depth_m), depth_m, _FAR_M)[:, None] * rays
    return SurfacePoints(frame, body, _moved_with_body(film, body, world, frame, into_world=False))


def world_points_m(film: Film, points: SurfacePoints, frame: int) -> Float64[np.ndarray, "point 3"]:
    """Where the points are at the time of another frame."""
    return _moved_with_body(film, points.body, points.local_m, frame, into_world=True)


def sight(film: Film, points: SurfacePoints, frame: int) -> Sight:
    """Where the points appear in another frame, and whether they are seen there, to the exact ray.

    Of blocks a point in doubt counts as seen when the nearest pixel shows its kind of block at its depth.
    """
    world = world_points_m(film, points, frame)
    pixels, depth_m = project(world, film.render.camera, frame)
    height, width = film.render.ids.shape[1:]
    inside = (np.abs(pixels - (np.array([width, height]) - 1) / 2) < np.array([width, height]) / 2).all(
        axis=1
    )
    there = inside & (depth_m > 0.0) & _exists(film, points, frame)
    clear, unclear = _around(film, points.body, pixels, depth_m, frame, there)
    visible = clear.copy()
    if unclear.any():
        look = _on_ray if film.scene.blocks is None else _on_nearest_pixel
        visible[unclear] = look(film, points.body[unclear], pixels[unclear], depth_m[unclear], frame)
    return Sight(np.where(depth_m[:, None] > 0.0, pixels, np.nan), depth_m, visible)


def _moved_with_body(
    film: Film,
    body: Int64[np.ndarray, " point"],
    points_m: Float64[np.ndarray, "point 3"],
    frame: int,
    into_world: bool,
) -> Float64[np.ndarray, "point 3"]:
    """Between the world and the frames of bodies, at the time of a frame; blocks and sky stay."""
    moves = (body >= 0) & (body < len(film.scene.bodies))
    if not moves.any():
        return points_m
    trajectory, of = film.trajectory, np.where(moves, body, 0)
    position, turn = trajectory.position_m[frame, of], trajectory.rotation[frame, of]
    scale = trajectory.looks.scale[frame, of]
    if into_world:
        moved = position + rotations.rotate(turn, points_m * scale)
    else:
        moved = rotations.rotate(rotations.inverse(turn), points_m - position) / scale
    return np.where(moves[:, None], moved, points_m)


def _exists(film: Film, points: SurfacePoints, frame: int) -> Bool[np.ndarray, " point"]:
    """Whether the surface is still there: the body exists and has the same shape as before."""
    trajectory = film.trajectory
    moves = (points.body >= 0) & (points.body < len(film.scene.bodies))
    if not moves.any():
        return points.body >= _SKY
    of = np.where(moves, points.body, 0)
    worn = trajectory.looks.worn
    same = trajectory.alive[frame, of] & (worn[frame, of] == worn[points.frame, of])
    return np.where(moves, same, points.body >= _SKY)


def _around(
    film: Film,
    body: Int64[np.ndarray, " point"],
    pixels: Float64[np.ndarray, "point 2"],
    depth_m: Float64[np.ndarray, " point"],
    frame: int,
    there: Bool[np.ndarray, " point"],
) -> tuple[Bool[np.ndarray, " point"], Bool[np.ndarray, " point"]]:
    """Which points the four pixels around them show beyond doubt, and which need an own ray.

    Where all four show the point's body and their depths lie around its own, it is seen. Where all four are
    nearer, it is hidden.
    """
    height, width = film.render.ids.shape[1:]
    low = np.floor(np.where(there[:, None], pixels, 0.0)).astype(np.int64)
    columns = np.clip(low[:, :1] + np.array([0, 1, 0, 1]), 0, width - 1)
    rows = np.clip(low[:, 1:] + np.array([0, 0, 1, 1]), 0, height - 1)
    same = film.render.ids[frame, rows, columns] == body[:, None]
    depths_m = np.minimum(film.render.depth_m[frame, rows, columns].astype(np.float64), _FAR_M)
    nearest, farthest = depths_m.min(axis=1), depths_m.max(axis=1)
    slack = 1e-3 * depth_m
    sky = body == _SKY
    clear = same.all(axis=1) & (sky | ((nearest <= depth_m + slack) & (depth_m <= farthest + slack)))
    hidden = ~same.any(axis=1) & (farthest < depth_m - slack)
    return there & clear, there & ~clear & ~hidden


def _on_ray(
    film: Film,
    body: Int64[np.ndarray, " point"],
    pixels: Float64[np.ndarray, "point 2"],
    depth_m: Float64[np.ndarray, " point"],
    frame: int,
) -> Bool[np.ndarray, " point"]:
    """Cast a ray at every point: a picture of one pixel, with its centre on the point."""
    count = len(pixels)
    intrinsics = np.tile(film.render.camera.intrinsics[frame], (count, 1, 1))
    intrinsics[:, :2, 2] -= pixels
    pose = np.tile(film.render.camera.world_from_camera[frame], (count, 1, 1))
    still = at_frames(film.trajectory, np.full(count, frame))
    shown = render(film.scene, still, 1, 1, camera=Camera(pose, intrinsics), antialias=False)
    met_m = shown.depth_m[:, 0, 0].astype(np.float64)
    same_depth = (body == _SKY) | (np.abs(met_m - depth_m) <= _SAME_DEPTH * depth_m)
    return np.asarray((shown.ids[:, 0, 0] == body) & same_depth)


def _on_nearest_pixel(
    film: Film,
    body: Int64[np.ndarray, " point"],
    pixels: Float64[np.ndarray, "point 2"],
    depth_m: Float64[np.ndarray, " point"],
    frame: int,
) -> Bool[np.ndarray, " point"]:
    height, width = film.render.ids.shape[1:]
    columns = np.clip(np.rint(pixels[:, 0]), 0, width - 1).astype(np.int64)
    rows = np.clip(np.rint(pixels[:, 1]), 0, height - 1).astype(np.int64)
    met_m = film.render.depth_m[frame, rows, columns].astype(np.float64)
    same_depth = (body == _SKY) | (np.abs(met_m - depth_m) <= _NEAR_DEPTH * depth_m)
    return np.asarray((film.render.ids[frame, rows, columns] == body) & same_depth)

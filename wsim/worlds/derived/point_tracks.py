"""Tracks of surface points through a whole film, exact: truth for trackers of points.

Axis letters: `point`, `time`.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from wsim.worlds.derived.surface import sight, surface_points
from wsim.worlds.film import Film


@dataclass(frozen=True)
class PointTracks:
    """Points that were seen in one frame, in all frames.

    Attributes:
        frame: in which they were chosen.
        body: the id of what they lie on (index into `scene.bodies`, or of a kind of block).
        pixels: (x, y), integers being the centres of pixels; also where a point is hidden or outside the
            picture; NaN where it is behind the camera.
        depth_m: along the camera axis.
        visible: in the picture, existing, and not hidden.
    """

    frame: int
    body: Int64[np.ndarray, " point"]
    pixels: Float64[np.ndarray, "point time 2"]
    depth_m: Float64[np.ndarray, "point time"]
    visible: Bool[np.ndarray, "point time"]


def point_tracks(
    film: Film, frame: int, rows: Int64[np.ndarray, " point"], columns: Int64[np.ndarray, " point"]
) -> PointTracks:
    """Follow the points at the centres of some pixels of a frame, forwards and backwards."""
    points = surface_points(film, frame, rows, columns)
    sights = [sight(film, points, other) for other in range(len(film.times_s))]
    return PointTracks(
        frame=frame,
        body=points.body,
        pixels=np.stack([seen.pixels for seen in sights], axis=1),
        depth_m=np.stack([seen.depth_m for seen in sights], axis=1),
        visible=np.stack([seen.visible for seen in sights], axis=1),
    )


def sampled_pixels(
    film: Film, frame: int, count: int, rng: np.random.Generator
) -> tuple[Int64[np.ndarray, " point"], Int64[np.ndarray, " point"]]:
    """Rows and columns of up to `count` pixels of a frame, none of the sky, every thing with its share.

    Half are drawn evenly over the picture and half evenly over the things in it, so small things have points.
    """
    ids = film.render.ids[frame]
    rows, columns = np.nonzero(ids >= 0)
    present, thing, pixels = np.unique(ids[rows, columns], return_inverse=True, return_counts=True)
    count = min(count, len(rows))
    if count == 0:
        return rows, columns
    weight = 0.5 / len(rows) + 0.5 / (len(present) * pixels[thing.ravel()])
    chosen = rng.choice(len(rows), count, replace=False, p=weight / weight.sum())
    return rows[chosen], columns[chosen]

"""Point tracks that come with a video, read as if they had been followed in it.

Whoever has a better tracker than Lucas-Kanade gives its tracks beside the video; what is asked of them stays
the same. Positions are in pixels at a short side of `SHORT_SIDE` once a window is read.

Axis letters: `time` frames of a window, `track` points, (x, y).
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float64, Int

from wsim.contracts import Json, Unmeasurable
from wsim.errors import WsimError
from wsim.perception.external import PointTracks, read_tracks
from wsim.perception.tracks import MAX_CORNERS, PATCH, Tracks, enlargement, from_clip
from wsim.video import Video

MISFIT = "tracks do not fit the clip"
_MOST_MATCHES = 2000
_MOST_OUTSIDE = 0.05  # of the visible points: trackers follow a little beyond the border

Points = Float64[np.ndarray, "track 2"]


def given_tracks(video: Video, hints: Mapping[str, Json]) -> PointTracks | Unmeasurable | None:
    """The tracks that the hints name, at the frames and in the pixels of a clip; None where they name none.

    Args:
        video: the clip.
        hints: `tracks`, the path of an npz file (`wsim.perception.external`); `part`, which part of its file
            the clip is (first frame, frames of the file, size over size in the file), all of it unless given.

    Returns:
        `MISFIT` where the file cannot be read, is of another length, or sees points outside the picture.
    """
    path = hints.get("tracks")
    if not isinstance(path, str):
        return None
    first, total, scale = _part(video, hints.get("part"))
    try:
        found = read_tracks(Path(path), total)
    except WsimError:
        return Unmeasurable(MISFIT)
    points, visible = (of_all[:, first : first + len(video)] for of_all in (found.points, found.visible))
    here = PointTracks((points + 0.5) * scale - 0.5, visible)
    height, width = video.size
    seen = here.points[visible]
    inside = ((seen >= -0.5) & (seen <= np.array([width, height]) - 0.5)).all(axis=1)
    return here if len(seen) and inside.mean() >= 1.0 - _MOST_OUTSIDE else Unmeasurable(MISFIT)


def _part(video: Video, part: Json) -> tuple[int, int, float]:
    if isinstance(part, list) and len(part) == 3:
        first, total, scale = (float(number) for number in part if isinstance(number, int | float))
        return int(first), int(total), scale
    return 0, len(video), 1.0


def in_window(given: PointTracks, frames: tuple[int, ...], size: tuple[int, int]) -> Tracks:
    """Those that are seen in the first of some frames, each until it is not seen for the first time.

    Of more than `MAX_CORNERS` so many are taken, evenly spread over the file. A point has left the picture
    where its last step would bring its patch over the border, as with points that are followed here.

    Args:
        given: tracks of a clip.
        frames: of the clip, increasing.
        size: height and width of the clip.
    """
    rows = _at_most(MAX_CORNERS, given.visible[:, frames[0]])
    chosen = np.ix_(rows, np.array(frames))
    points, alive = given.points[chosen], np.logical_and.accumulate(given.visible[chosen], axis=1)
    track, last = np.arange(len(rows)), alive.sum(axis=1) - 1
    here, before = points[track, last], points[track, np.maximum(last - 1, 0)]
    points = np.where(alive[..., None], points, here[:, None])
    margin = PATCH / 2 / enlargement(*size)
    farthest = np.array([size[1], size[0]]) - 1 - margin
    near = [((p < margin) | (p > farthest)).any(axis=1) for p in (here, 2 * here - before)]
    gone = ~alive[:, -1] & (near[0] | near[1])
    return Tracks(from_clip(points, enlargement(*size)), alive, gone)


def between(given: PointTracks, frames: tuple[int, int], size: tuple[int, int]) -> tuple[Points, Points]:
    """Where the points are that both of two frames of a clip of that size show; at most 2000 of them."""
    both = _at_most(_MOST_MATCHES, given.visible[:, frames[0]] & given.visible[:, frames[1]])
    before, after = (from_clip(given.points[both, frame], enlargement(*size)) for frame in frames)
    return before, after


def _at_most(count: int, wanted: Bool[np.ndarray, " track"]) -> Int[np.ndarray, " chosen"]:
    """Which tracks are wanted; of more than `count` so many, evenly spread."""
    rows = np.flatnonzero(wanted)
    chosen: np.ndarray = rows[np.linspace(0, len(rows) - 1, min(len(rows), count)).astype(int)]
    return chosen

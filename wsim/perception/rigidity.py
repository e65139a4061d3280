"""Rigidity of a stretch of video: tracks, the rank-4 fit to them, and whether the fit says anything.

A clip is read in windows of at most `WINDOW_FRAMES` frames, spread over a window's time whatever the frame
rate, because tracks must last a whole window and few last a whole clip. Lengths are in pixels at a short
side of 512 (`wsim.perception.tracks.SHORT_SIDE`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import Float64, UInt8

from wsim.contracts import Event, Trail
from wsim.perception.external import PointTracks
from wsim.perception.factorisation import MIN_FRAMES, distances
from wsim.perception.given_tracks import in_window
from wsim.perception.motion import median_shift, planar_share
from wsim.perception.tracks import SHORT_SIDE, at_tracking_size, enlarge, follow, to_clip

WINDOW_FRAMES = 10
THRESHOLDS_PX = (1.0, 2.0, 4.0, 8.0, 16.0)
MIN_TRACKS = 30
MIN_SURVIVAL = 0.15
MIN_SHIFT_PX = 0.01 * SHORT_SIDE
PLANAR_PX = 4.0
MAX_PLANAR_SHARE = 0.85
BENDS_PX = 6.0
TRAILS = 8

Gate: TypeAlias = Literal["few tracks", "static", "no parallax"]


@dataclass(frozen=True)
class Window:
    """What was seen in one window.

    Attributes:
        frames: the frames of the clip that were looked at.
        points: complete tracks at those frames.
        bend_px: distance of every point from the best rigid world.
        expected: how many tracks there could be: all that were lost inside the picture count.
    """

    frames: tuple[int, ...]
    points: Float64[np.ndarray, "track time 2"]
    bend_px: Float64[np.ndarray, "track time"]
    expected: int

    @property
    def residual_px(self) -> Float64[np.ndarray, " track"]:
        """Root mean square bend of every track."""
        root: np.ndarray = np.sqrt((self.bend_px**2).mean(axis=1))
        return root

    @property
    def rigid(self) -> float:
        """Mean over `THRESHOLDS_PX` of the share of the expected tracks below: 1 is a rigid world.

        A track that is lost inside the picture is not rigid. Were lost tracks left out, the worst pictures
        would be judged by what little of them happens to hold together.
        """
        return float(np.mean([(self.residual_px < limit).sum() for limit in THRESHOLDS_PX]) / self.expected)

    @property
    def survival(self) -> float:
        """Share of the expected tracks that could be followed to the end."""
        return len(self.points) / self.expected


def read_window(
    frames: UInt8[np.ndarray, "time height width 3"],
    indices: tuple[int, ...],
    given: PointTracks | None = None,
    side: int | None = None,
) -> Window | Gate:
    """Follow points through some frames of a clip, unless tracks are given, and fit a rigid world to them.

    Args:
        frames: of the clip.
        indices: which of them.
        given: tracks to be read instead.
        side: short side at which points are followed, where it is not that of `at_tracking_size`.

    Returns:
        The window, or why it cannot be measured: `few tracks` (blank, noise, cuts, boiling texture),
        `static`, or `no parallax` (one homography explains it: a pan, a zoom, one plane).
    """
    if given is None:
        chosen = frames[list(indices)]
        tracks = follow(at_tracking_size(chosen) if side is None else enlarge(chosen, side))
    else:
        tracks = in_window(given, indices, frames.shape[1:3])
    points = tracks.complete
    if len(points) < MIN_TRACKS or tracks.survival < MIN_SURVIVAL:
        return "few tracks"
    if median_shift(points[:, 0], points[:, -1]) < MIN_SHIFT_PX:
        return "static"
    if planar_share(points[:, 0], points[:, -1], threshold=PLANAR_PX) > MAX_PLANAR_SHARE:
        return "no parallax"
    return Window(indices, points, distances(points), tracks.expected)


def windows(first: int, count: int, length: int) -> list[tuple[int, ...]]:
    """Which frames to look at: windows of `length` frames that overlap by about half.

    Args:
        first: the frame to begin with.
        count: frames in the clip.
        length: frames in a window, at least `MIN_FRAMES`; more than `WINDOW_FRAMES` are thinned out evenly.

    Returns:
        Indices of the frames of every window; none when too few frames are left for a fit.
    """
    left = count - first
    length = min(max(length, MIN_FRAMES), left)
    if length < MIN_FRAMES:
        return []
    number = 1 + round((left - length) / (length / 2))
    starts = np.rint(np.linspace(first, count - length, number)).astype(int)
    inside = np.rint(np.linspace(0, length - 1, min(length, WINDOW_FRAMES))).astype(int)
    return [tuple(int(i) for i in start + inside) for start in starts]


def bending_events(seen: Sequence[Window]) -> tuple[Event, ...]:
    """The worst frame, and every other at which at least a tenth of the tracks is far out of place."""
    bend_px: dict[int, float] = {}
    for window in seen:
        for frame, bend in zip(window.frames, np.percentile(window.bend_px, 90, axis=0), strict=True):
            bend_px[frame] = max(float(bend), bend_px.get(frame, 0.0))
    worst = max(bend_px.values())
    return tuple(
        Event(frame, "bends", severity=bend)
        for frame, bend in sorted(bend_px.items())
        if bend > BENDS_PX or bend == worst
    )


def trails(window: Window, scale: float) -> Iterator[Trail]:
    """Paths to draw, in pixels of the clip: those that bend most, and some that do not."""
    order = np.argsort(-window.residual_px, kind="stable")
    bends = order[window.residual_px[order] > BENDS_PX]
    rigid = order[len(bends) :]
    spread = rigid[np.linspace(0, len(rigid) - 1, min(TRAILS, len(rigid))).astype(int)]
    for label, chosen in (("bends", bends[:TRAILS]), ("rigid", spread)):
        for points in to_clip(window.points[chosen], scale):
            yield Trail(window.frames, tuple((float(x), float(y)) for x, y in points), label)

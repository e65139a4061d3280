"""Point tracks: corners of one frame, followed forwards and checked backwards.

Every length is in pixels at a short side of `SHORT_SIDE`: the same tolerances then serve a 64x64 clip and a
720p one. Points are followed at twice the size of the clip (`at_tracking_size`), where pyramidal Lucas-Kanade
finds enough to hold on to in a small one; larger is slower, and no more exact.

Axis letters: `time` frames, `height` and `width` pixels, `track` points; a point is (x, y), pixel centres
at whole numbers.
"""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float64, UInt8

SHORT_SIDE = 512
MAX_CORNERS = 300
CORNER_QUALITY = 0.005
CORNER_SPACING = 12
PATCH = 34
BORDER = 3.0
RETURN_TOLERANCE = 1.5
_TRACKING_SIDES = (128, 256)  # the least and the largest short side at which points are followed
_LEAST_PATCH = 11  # pixels of the frames that are looked at
_COARSEST = 32  # short side of the top of the pyramid: what moves fast is still near itself there
_ENOUGH = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 10, 0.03)

Grey = UInt8[np.ndarray, "time height width"]


@dataclass(frozen=True)
class Tracks:
    """Points followed from the first of some frames.

    Attributes:
        points: positions in pixels at `SHORT_SIDE`; after a loss the last position is repeated.
        alive: False from the frame at which a point is lost.
        gone: whether a point was lost because it left the picture.
    """

    points: Float64[np.ndarray, "track time 2"]
    alive: Bool[np.ndarray, "track time"]
    gone: Bool[np.ndarray, " track"]

    @property
    def started(self) -> int:
        """How many corners there were to follow."""
        return len(self.points)

    @property
    def survived(self) -> int:
        """How many are still held at the end."""
        return len(self.complete)

    @property
    def expected(self) -> int:
        """How many could have been held to the end: those that never left the picture."""
        return self.started - int(self.gone.sum())

    @property
    def survival(self) -> float:
        """Survived over expected, 0 when there was nothing to follow."""
        return self.survived / self.expected if self.expected else 0.0

    @property
    def complete(self) -> Float64[np.ndarray, "kept time 2"]:
        """The tracks that last from the first frame to the last: no missing data."""
        kept: np.ndarray = self.points[self.alive[:, -1]]
        return kept


def enlargement(height: int, width: int) -> float:
    """Factor from pixels of the clip to pixels at `SHORT_SIDE`."""
    return SHORT_SIDE / min(height, width)


def to_clip(points: Float64[np.ndarray, "... 2"], scale: float) -> Float64[np.ndarray, "... 2"]:
    """From pixels at `SHORT_SIDE` to pixels of the clip, `scale` being its `enlargement`."""
    return (points + 0.5) / scale - 0.5


def from_clip(points: Float64[np.ndarray, "... 2"], scale: float) -> Float64[np.ndarray, "... 2"]:
    """The inverse of `to_clip`."""
    return (points + 0.5) * scale - 0.5


def enlarge(frames: UInt8[np.ndarray, "time rows columns 3"], short_side: int = SHORT_SIDE) -> Grey:
    """Grey frames of another size: cubic when growing, area when shrinking."""
    scale = short_side / min(frames.shape[1:3])
    size = (round(frames.shape[2] * scale), round(frames.shape[1] * scale))
    kind = cv2.INTER_CUBIC if scale >= 1 else cv2.INTER_AREA
    with one_thread():
        return np.stack(
            [cv2.resize(cv2.cvtColor(f, cv2.COLOR_RGB2GRAY), size, interpolation=kind) for f in frames]
        )


def at_tracking_size(frames: UInt8[np.ndarray, "time rows columns 3"]) -> Grey:
    """Grey frames as `follow` likes them: twice the size, but no larger than serves."""
    least, largest = _TRACKING_SIDES
    return enlarge(frames, min(max(2 * min(frames.shape[1:3]), least), largest))


def patch_side(scale: float) -> int:
    """Side of the patch around a point in pixels, odd; `scale` is the `enlargement` of their frames."""
    return max(_LEAST_PATCH, 2 * int(PATCH / scale / 2) + 1)


@contextmanager
def one_thread() -> Iterator[None]:
    """OpenCV on one thread, so that a reading does not depend on the machine; put back afterwards."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def follow(grey: Grey) -> Tracks:
    """Follow the corners of the first frame through all the others.

    Corners are those of Shi and Tomasi (1994), the tracker is pyramidal Lucas-Kanade (Bouguet 2001). A
    point is lost when it leaves the picture, when the tracker says so, or when tracking it back misses
    where it came from by more than `RETURN_TOLERANCE` (Kalal et al., "Forward-Backward Error", 2010).

    Args:
        grey: frames of any size, best as `at_tracking_size` makes them.

    Returns:
        The tracks, at a short side of `SHORT_SIDE`; there may be none.
    """
    scale = enlargement(*grey.shape[1:])
    with one_thread():
        corners = cv2.goodFeaturesToTrack(grey[0], MAX_CORNERS, CORNER_QUALITY, CORNER_SPACING / scale)
        start = np.zeros((0, 2), np.float32) if corners is None else corners[:, 0]
        points, alive = [start], [np.ones(len(start), dtype=bool)]
        gone = np.zeros(len(start), dtype=bool)
        for before, after in itertools.pairwise(grey):
            guess = 2 * points[-1] - points[max(len(points) - 2, 0)]
            position, held, leaving = _step(before, after, points[-1], guess, alive[-1])
            points.append(position)
            alive.append(held)
            gone |= leaving
    at_short_side = from_clip(np.stack(points, axis=1).astype(np.float64), scale)
    return Tracks(at_short_side, np.stack(alive, axis=1), gone)


def _step(
    before: np.ndarray, after: np.ndarray, points: np.ndarray, guess: np.ndarray, alive: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One frame forwards, and back to check: new positions, which are held, which are leaving the picture.

    A point is leaving when it is lost while tracking, or its own last step, puts it at the border.
    """
    position, held, leaving = points.copy(), np.zeros_like(alive), np.zeros_like(alive)
    index = np.flatnonzero(alive)
    if not len(index):
        return position, held, leaving
    scale = enlargement(*after.shape)
    here = points[index]
    there, found = _lucas_kanade(before, after, here)
    back, returned = _lucas_kanade(after, before, there)
    close = np.linalg.norm(back - here, axis=1) <= RETURN_TOLERANCE / scale
    good = found & returned & close & _inside(there, after, BORDER / scale)
    held[index] = good
    position[index[good]] = there[good]
    half = PATCH / 2 / scale
    safe = _inside(there, after, half) & _inside(guess[index], after, half)
    leaving[index] = ~good & ~safe
    return position, held, leaving


def _inside(points: np.ndarray, grey: np.ndarray, margin: float) -> np.ndarray:
    last = np.array(grey.shape[::-1]) - 1 - margin
    return np.asarray(((points >= margin) & (points <= last)).all(axis=1))


def _lucas_kanade(before: np.ndarray, after: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    short_side = min(before.shape)
    side = patch_side(SHORT_SIDE / short_side)
    levels = max(0, round(np.log2(short_side / _COARSEST)))
    found, status, _ = cv2.calcOpticalFlowPyrLK(
        before, after, points[:, None], None, winSize=(side, side), maxLevel=levels, criteria=_ENOUGH
    )
    return found[:, 0], status[:, 0] > 0

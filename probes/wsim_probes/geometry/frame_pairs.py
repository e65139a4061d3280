"""What pairs of frames of a clip say of their geometry: points that are matched, or followed between them.

Lengths are in pixels at a short side of 512.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from wsim.perception.epipolar import TwoViews, chance, features, match, two_views
from wsim.perception.external import PointTracks
from wsim.perception.given_tracks import between
from wsim.perception.motion import Points
from wsim.perception.tracks import at_tracking_size, enlarge, follow
from wsim.video import Frames

THRESHOLDS_PX = (1.0, 2.0, 4.0)
LEAST_MATCHES = 70  # a codec that leaves fewer has also moved those that are left
FEW_MATCHES = "few matches"
STUCK_PX = 0.5
_FEWEST_FOLLOWED = 50
_LOOKED_AT = 256  # short side at which key points are found; SIFT doubles it once more


@dataclass(frozen=True)
class Pair:
    """Two frames, and what they say of their geometry.

    Attributes:
        kept: share of the points that were found again, where each was followed; None where they are matched.
    """

    frames: tuple[int, int]
    views: TwoViews
    kept: float | None = None

    @property
    def off_plane_px(self) -> Float64[np.ndarray, " point"]:
        """Distance from the epipolar geometry, of the matches that the largest plane does not explain."""
        return np.asarray(self.views.sampson_px[~self.views.on_plane])

    @property
    def agreement(self) -> float:
        """Mean over the thresholds of (share within - chance) / (1 - chance), off the largest plane.

        Of the points that were followed, those that are lost agree with nothing.
        """
        count = len(self.views.before)
        within = [float((self.off_plane_px <= limit).mean()) for limit in THRESHOLDS_PX]
        by_chance = [chance(count, limit) for limit in THRESHOLDS_PX]
        shares = [(w - c) / (1.0 - c) for w, c in zip(within, by_chance, strict=True)]
        kept = 1.0 if self.kept is None else self.kept
        return kept * float(np.clip(np.mean(shares), 0.0, 1.0))


def matched(
    frames: Frames, first: int, gap: int, given: PointTracks | None = None, least: int = LEAST_MATCHES
) -> list[Pair | str]:
    """Pairs of frames one after another, matched, or why a pair says nothing.

    Args:
        frames: of the clip.
        first: the first frame of the first pair.
        gap: how many frames apart the two of a pair are.
        given: tracks whose points are read instead.
        least: so many matches must there be.
    """
    pairs = list(itertools.pairwise(range(first, len(frames), gap)))
    found: list[Pair | str] = []
    for (i, j), (before, after) in zip(pairs, _matches(frames, pairs, given), strict=True):
        # What stays in its place while the picture moves is drawn over it: a logo, a border.
        shift = np.linalg.norm(after - before, axis=1)
        moving = len(shift) > 0 and np.percentile(shift, 75) > 4 * STUCK_PX
        overlaid = (shift < STUCK_PX) & moving
        before, after = before[~overlaid], after[~overlaid]
        views = two_views(before, after, least) if len(before) >= least else FEW_MATCHES
        found.append(views if isinstance(views, str) else Pair((i, j), views))
    return found


def followed_through(frames: Frames, first: int, gap: int, side: int | None = None) -> list[Pair | str]:
    """The same, of corners that are followed from frame to frame: what is soft leaves few key points.

    Args:
        frames: of the clip.
        first: the first frame of the first pair.
        gap: how many frames apart the two of a pair are.
        side: short side at which corners are followed, where it is not that of `at_tracking_size`.
    """
    found: list[Pair | str] = []
    for i, j in itertools.pairwise(range(first, len(frames), gap)):
        chosen = frames[i : j + 1]
        tracks = follow(at_tracking_size(chosen) if side is None else enlarge(chosen, side))
        views = two_views(tracks.complete[:, 0], tracks.complete[:, -1], _FEWEST_FOLLOWED)
        found.append(views if isinstance(views, str) else Pair((i, j), views, tracks.survival))
    return found


def _matches(
    frames: Frames, pairs: Sequence[tuple[int, int]], given: PointTracks | None
) -> Iterator[tuple[Points, Points]]:
    """The points that the two frames of every pair have in common."""
    if given is not None:
        yield from (between(given, pair, frames.shape[1:3]) for pair in pairs)
        return
    chosen = [pair[0] for pair in pairs] + [pair[1] for pair in pairs[-1:]]
    known = (features(grey) for grey in enlarge(frames[chosen], _LOOKED_AT)) if pairs else ()
    for one, other in itertools.pairwise(known):
        yield match(one, other)

"""Do any two frames show one rigid room, seen from two places?"""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from wsim.certify.doses import Dose
from wsim.contracts import (
    Capability,
    ClipFormat,
    Event,
    Json,
    MetricSpec,
    Reading,
    Scenario,
    Track,
    Unmeasurable,
)
from wsim.perception.cuts import cuts
from wsim.perception.epipolar import TwoViews, chance, features, match, two_views
from wsim.perception.external import PointTracks
from wsim.perception.given_tracks import between, given_tracks
from wsim.perception.motion import Points
from wsim.perception.tracks import at_tracking_size, enlarge, follow
from wsim.video import Frames, Video
from wsim_probes.geometry.epipolar_lines import epipolar_lines
from wsim_probes.geometry.revealed import NOTHING_NEW, shows_more
from wsim_probes.geometry.rooms import ASTRAY, Room, followed, law
from wsim_probes.posing import answer_frames, known_frames, take_of, world_indices

GAP_S = 0.25
THRESHOLDS_PX = (1.0, 2.0, 4.0)
LAWFUL = 0.66
LEAST_MATCHES = 70  # a codec that leaves fewer has also moved those that are left
_FEWEST_MATCHES = 30  # where no codec can be the reason
_FEWEST_FOLLOWED = 50
# Of points that were followed through a soft or coarse clip: it agrees from the one on, and disagrees up to
# the other. Lawful clips reach 0.44 and more, those with a quarter of the wobble 0.47 at most (seed 561).
_FOLLOWED_LAWFUL, _FOLLOWED_WRONG = 0.46, 0.34
_AS_GIVEN = 0.5  # grey levels: rounding
STUCK_PX = 0.5
_LOOKED_AT = 256  # short side at which key points are found; SIFT doubles it once more
MIN_COMMON = 0.3
CUT = "the shot ends"
FEW_FRAMES = "too few frames"
FEW_MATCHES = "few matches"
NOTHING_COMMON = "no common background"
COARSE = "too coarse to tell"


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


class Epipolar:
    """Agreement of frames a quarter of a second apart with one epipolar geometry.

    SIFT matches (Lowe, IJCV 2004), fundamental matrix by seeded MAGSAC++ (Barath et al., CVPR 2020), Sampson
    distance e (Hartley and Zisserman, equation 11.9) in pixels at a short side of 512: agreement = mean over
    d in {1, 2, 4} px of (share{e <= d} - c_d) / (1 - c_d), c_d what random matches reach. Matches on the
    largest plane are left out: any epipole explains a plane, so a wall alone would vote for every geometry.
    The first half second settles how the camera goes on; clips that stand still, cut, lack matches, show
    nothing new, or are one plane's worth of motion (a pan, a zoom) are unmeasurable; half as many matches
    will do where the given frames are as they were given, which no codec leaves. A clip that has been
    softened or coded has fewer: corners are then followed through the quarter second (pyramidal Lucas-Kanade,
    `wsim.perception.tracks`), and agreement is that of the points that are held, times their share of those
    that stay in the picture; what lies between law and wobble says nothing. Version 4 asked the same, and
    left such clips unread. What slides along its epipolar lines, and textures that change between matches, it
    cannot see: `geometry/rigidity` and `geometry/stickiness` do.
    """

    name = "geometry/epipolar"
    version = 5
    question = "Does every pair of frames agree with one rigid room seen from two places?"
    needs: Mapping[Track, frozenset[Capability]] = {
        "image": frozenset({"first_frame", "text"}),
        "video": frozenset({"context"}),
    }
    metrics = (
        MetricSpec("agreement", "share", "higher", 0.0, 1.0, "matches off the largest plane that agree"),
        MetricSpec("inliers", "share", "higher", 0.0, 1.0, "all matches within 1 px, corrected for chance"),
        MetricSpec("sampson_p75", "px@512", "lower", 0.0, 512.0, "misfit of the worse quarter off the plane"),
        MetricSpec("matches", "count", "higher", 0.0, 2000.0, "matches a pair"),
        MetricSpec(
            "camera_gain", "ratio", "higher", -10.0, 10.0, "image motion over the motion it must have"
        ),
    )
    min_duration_s = 1.0
    doses = (Dose("wobble", "m", 0.1),)
    _room = Room("geometry/epipolar", "arc", {"wobble": law("wobble")})

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """One room a world."""
        for index in world_indices(limit):
            yield self._room.pose(clip, track, (seed, index), words="text" in self.needs[track])

    def dosed(self, scenario: Scenario, dose: str, severity: float) -> Video | None:
        """Walls and things tremble, each on its own, by up to 0.1 m."""
        return self._room.dosed(scenario, dose, severity)

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """Read all pairs from the last given frame on; that frame and half of the pairs must be readable."""
        frames = answer_frames(scenario, video)
        if cuts(frames):
            return Unmeasurable(CUT)
        first, gap = max(0, known_frames(scenario) - 1), _gap(video.fps)
        found = _pairs(frames, first, gap)
        if FEW_MATCHES in found and _as_given(scenario, frames):
            found = _pairs(frames, first, gap, least=_FEWEST_MATCHES)
        elif FEW_MATCHES in found:
            found = _pairs_followed(frames, first, gap)
        if not found or isinstance(found[0], str):
            return Unmeasurable(FEW_FRAMES if not found else str(found[0]))
        if (seen := _enough(found)) is None:
            return Unmeasurable(_commonest(found))
        if not shows_more(take_of(scenario), frames, first):
            return Unmeasurable(NOTHING_NEW)
        ways = [followed(scenario, pair.views.before, pair.views.after, pair.frames) for pair in seen]
        if not all(right for right, _ in ways):
            return Unmeasurable(ASTRAY)
        reading = _reading(seen, float(np.mean([share for _, share in ways])), video.size)
        unclear = not reading.lawful and reading.metrics["agreement"] > _FOLLOWED_WRONG
        return Unmeasurable(COARSE) if unclear and seen[0].kept is not None else reading

    def measure_free(self, video: Video, hints: Mapping[str, Json]) -> Reading | Unmeasurable:
        """Read any clip in which only the camera moves; half of the pairs within its shots must be readable.

        Things that move by themselves count as misfits; where they are most of what is seen, it abstains.

        Args:
            video: any clip.
            hints: `gap_s`, how far apart two frames are compared (0.25 unless given); `tracks`, a file of
                tracks, whose points are read in place of those that are matched here.
        """
        given = given_tracks(video, hints)
        if isinstance(given, Unmeasurable):
            return given
        asked = hints.get("gap_s", GAP_S)
        gap = _gap(video.fps, float(asked) if isinstance(asked, int | float) else GAP_S)
        starts = (0, *cuts(video.frames), len(video))
        shots = [_pairs(video.frames[:end], start, gap, given) for start, end in itertools.pairwise(starts)]
        found = [pair for shot in shots for pair in shot]
        if not found:
            return Unmeasurable(FEW_FRAMES)
        if (seen := _enough(found)) is None:
            return Unmeasurable(_commonest(found))
        if np.mean([pair.views.consistency for pair in seen]) < MIN_COMMON:
            return Unmeasurable(NOTHING_COMMON)
        return _reading(seen, 1.0, video.size)


def _gap(fps: float, gap_s: float = GAP_S) -> int:
    return max(1, round(gap_s * fps))


def _as_given(scenario: Scenario, frames: Frames) -> bool:
    """Whether the given frames are as they were given, so that nothing has happened to the clip on its way.

    What then finds little of itself again has itself changed.
    """
    known = known_frames(scenario)
    given = take_of(scenario).video.frames[:known]
    return bool(np.abs(frames[:known].astype(np.int16) - given).mean() <= _AS_GIVEN)


def _pairs(
    frames: Frames, first: int, gap: int, given: PointTracks | None = None, least: int = LEAST_MATCHES
) -> list[Pair | str]:
    """Pairs of frames one after another, or why a pair says nothing."""
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


def _pairs_followed(frames: Frames, first: int, gap: int) -> list[Pair | str]:
    """The same, of corners that are followed from frame to frame: what is soft leaves few key points."""
    found: list[Pair | str] = []
    for i, j in itertools.pairwise(range(first, len(frames), gap)):
        tracks = follow(at_tracking_size(frames[i : j + 1]))
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


def _enough(found: list[Pair | str]) -> list[Pair] | None:
    seen = [pair for pair in found if isinstance(pair, Pair)]
    return seen if seen and 2 * len(seen) >= len(found) else None


def _commonest(found: list[Pair | str]) -> str:
    return Counter(pair for pair in found if isinstance(pair, str)).most_common(1)[0][0]


def _reading(seen: list[Pair], camera_gain: float, size: tuple[int, int]) -> Reading:
    agreement = float(np.mean([pair.agreement for pair in seen]))
    off_plane_px = np.concatenate([pair.off_plane_px for pair in seen])
    p75 = float(np.percentile(off_plane_px, 75))
    lawful = agreement >= (LAWFUL if seen[0].kept is None else _FOLLOWED_LAWFUL)
    worst = min(seen, key=lambda pair: pair.agreement)
    return Reading(
        metrics={
            "agreement": agreement,
            "inliers": float(np.mean([pair.views.consistency for pair in seen])),
            "sampson_p75": min(p75, 512.0),
            "matches": float(np.mean([len(pair.views.before) for pair in seen])),
            "camera_gain": camera_gain,
        },
        verdict="rigid" if lawful else "warped",
        lawful=lawful,
        events=() if lawful else (Event(worst.frames[1], "disagrees", severity=1.0 - worst.agreement),),
        overlays=tuple(mark for pair in seen for mark in epipolar_lines(pair.views, pair.frames[1], size)),
        notes=f"A quarter of what is off the largest plane misses its epipolar line by {p75:.1f} px at 512.",
    )

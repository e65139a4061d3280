"""Do any two frames show one rigid room, seen from two places?"""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np

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
from wsim.perception.given_tracks import given_tracks
from wsim.video import Frames, Video
from wsim_probes.geometry.coarse import COARSE_SIDE, TOO_COARSE, as_good, shown_coarsely
from wsim_probes.geometry.epipolar_lines import epipolar_lines
from wsim_probes.geometry.frame_pairs import FEW_MATCHES, Pair, followed_through, matched
from wsim_probes.geometry.revealed import NOTHING_NEW, shows_more
from wsim_probes.geometry.rooms import ASTRAY, Room, followed, law
from wsim_probes.posing import answer_frames, known_frames, take_of, world_indices

GAP_S = 0.25
LAWFUL = 0.66
_FEWEST_MATCHES = 30  # where no codec can be the reason
# Of points that were followed through a soft or coarse clip: it agrees from the one on, and disagrees up to
# the other. Lawful clips reach 0.44 and more, those with a quarter of the wobble 0.47 at most (seed 561).
_FOLLOWED_LAWFUL, _FOLLOWED_WRONG = 0.46, 0.34
_AS_GIVEN = 0.5  # grey levels: rounding
MIN_COMMON = 0.3
CUT = "the shot ends"
FEW_FRAMES = "too few frames"
NOTHING_COMMON = "no common background"


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
    that stay in the picture; what lies between law and wobble says nothing. Where the given frames are shown
    softly, the corners are those of large patches, and agreement is judged beside that of the given frames,
    which are known to be rigid (`wsim_probes.geometry.coarse`). Version 5 asked the same, and left such clips
    unread or called them warped. What slides along its epipolar lines, and textures that change between
    matches, it cannot see: `geometry/rigidity` and `geometry/stickiness` do.
    """

    name = "geometry/epipolar"
    version = 6
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
        coarsely = shown_coarsely(scenario, frames)
        found = _read(scenario, frames, first, gap, coarsely)
        if not found or isinstance(found[0], str):
            return Unmeasurable(FEW_FRAMES if not found else str(found[0]))
        if (seen := _enough(found)) is None:
            return Unmeasurable(_commonest(found))
        if not shows_more(take_of(scenario), frames, first):
            return Unmeasurable(NOTHING_NEW)
        ways = [followed(scenario, pair.views.before, pair.views.after, pair.frames) for pair in seen]
        if not all(right for right, _ in ways):
            return Unmeasurable(ASTRAY)
        given = _agreement(frames[: first + 1], gap) if coarsely else None
        return _reading(seen, float(np.mean([share for _, share in ways])), video.size, given)

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
        shots = [matched(video.frames[:end], start, gap, given) for start, end in itertools.pairwise(starts)]
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


def _read(scenario: Scenario, frames: Frames, first: int, gap: int, coarsely: bool) -> list[Pair | str]:
    """The pairs of an answer, matched where that is possible."""
    if coarsely:
        return followed_through(frames, first, gap, COARSE_SIDE)
    found = matched(frames, first, gap)
    if FEW_MATCHES not in found:
        return found
    if _as_given(scenario, frames):
        return matched(frames, first, gap, least=_FEWEST_MATCHES)
    return followed_through(frames, first, gap)


def _agreement(given: Frames, gap: int) -> float:
    """Of the given frames, read coarsely, which are known to be rigid; 0 where they hold too little."""
    firsts = (0, (len(given) - 1) % gap)
    found = [pair for first in firsts for pair in followed_through(given, first, gap, COARSE_SIDE)]
    shares = [pair.agreement for pair in found if isinstance(pair, Pair)]
    return float(np.mean(shares)) if shares else 0.0


def _enough(found: list[Pair | str]) -> list[Pair] | None:
    seen = [pair for pair in found if isinstance(pair, Pair)]
    return seen if seen and 2 * len(seen) >= len(found) else None


def _commonest(found: list[Pair | str]) -> str:
    return Counter(pair for pair in found if isinstance(pair, str)).most_common(1)[0][0]


def _lawful(agreement: float, followed: bool, given: float | None) -> bool | None:
    """None where that cannot be told; `given` is what the given frames reach that are shown softly."""
    if given is not None:
        return as_good(agreement, given)
    if followed:
        return None if _FOLLOWED_WRONG < agreement < _FOLLOWED_LAWFUL else agreement >= _FOLLOWED_LAWFUL
    return agreement >= LAWFUL


def _reading(
    seen: list[Pair], camera_gain: float, size: tuple[int, int], given: float | None = None
) -> Reading | Unmeasurable:
    agreement = float(np.mean([pair.agreement for pair in seen]))
    off_plane_px = np.concatenate([pair.off_plane_px for pair in seen])
    p75 = float(np.percentile(off_plane_px, 75))
    lawful = _lawful(agreement, seen[0].kept is not None, given)
    if lawful is None:
        return Unmeasurable(TOO_COARSE)
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

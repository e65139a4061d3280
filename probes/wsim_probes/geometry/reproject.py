"""Is every part of the room where the known camera must see it?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from wsim.certify.doses import Dose
from wsim.contracts import (
    Capability,
    ClipFormat,
    Event,
    MetricSpec,
    Reading,
    Scenario,
    Track,
    Trail,
    Unmeasurable,
)
from wsim.perception.displaced import displaced
from wsim.perception.motion import Points, gain
from wsim.perception.tracks import enlargement, to_clip
from wsim.video import Frames, Video
from wsim.worlds.take import Take
from wsim_probes.geometry.known_points import places_m, shown_at
from wsim_probes.geometry.paths import lagging, with_camera
from wsim_probes.geometry.revealed import NOTHING_NEW, shows_more
from wsim_probes.geometry.rooms import Room, law
from wsim_probes.posing import answer_frames, known_frames, take_of, world_indices

THRESHOLDS_PX = (2.0, 4.0, 8.0, 16.0)
LAWFUL = 0.5  # of what the clip shows in place of the last given frame itself
_LEAST_KEPT = 0.75  # a clip that shows less of it is asked as much as one that shows this
LEAST_POINTS = 30
_FROM, _LOOKS = 0.4, 6  # read in so many frames, from that share of what is not given on
_MOVES_PX = 24.0  # since the last given frame; what hardly moves is in place in a frozen picture too
_FLAT = 2.0  # grey levels: standard deviation of a picture that shows nothing
_FOUND, _GAIN = 0.35, (0.85, 1.18)
_DRAWN = 12
BLANK, FEW_POINTS = "blank picture", "few known points"


@dataclass(frozen=True)
class Look:
    """One frame: where points that are known should be, where they are, and where they were given.

    Attributes:
        frame: of the clip.
        given, expected, found: pixels of the clip.
        error_px: at a short side of 512; infinite for points that are not found.
    """

    frame: int
    given: Points
    expected: Points
    found: Points
    error_px: Float64[np.ndarray, " point"]

    @property
    def there(self) -> Bool[np.ndarray, " point"]:
        """Which points are found at all."""
        return np.asarray(np.isfinite(self.error_px))

    @property
    def placed(self) -> float:
        """The share of its points that are in place."""
        return _placed(self.error_px)


class Reproject:
    """Reprojection: known points, by exact depth and camera, against where the clip shows them.

    Every corner of the exact picture of a later moment that the last given frame showed too, and that has
    moved by 24 px since, is looked for in the frame of the clip (pyramidal Lucas-Kanade, forwards and back).
    placed = mean over d in {2, 4, 8, 16} px at a short side of 512 of share{error < d}, as delta_avg of
    TAP-Vid (Doersch et al., NeurIPS 2022), but for its largest threshold, which a sliding
    picture comes up to by chance; what is not found is nowhere. Nothing is aligned: a room that bends, one
    that is another, and a camera that lags, stops or turns back all miss. What a codec does to the points
    shows in the last given frame, which is known exactly: the share in place there is what a lawful clip may
    come up to; a clip that shows nothing new says nothing. The camera arcs at a constant
    rate: the given half second shows which way and how fast, the caption says that it goes on, and its path
    is told to models that can take one.
    """

    name = "geometry/reproject"
    version = 3
    question = "Is every part of the room where the known camera must see it?"
    needs: Mapping[Track, frozenset[Capability]] = {"video": frozenset({"context", "text"})}
    metrics = (
        MetricSpec("placed", "share", "higher", 0.0, 1.0, "known points that are where they must be"),
        MetricSpec("error", "px@512", "lower", 0.0, 512.0, "median distance of points from there"),
        MetricSpec("found", "share", "higher", 0.0, 1.0, "known points that are found at all"),
        MetricSpec("camera_gain", "ratio", "higher", -10.0, 10.0, "motion of those over what it must be"),
    )
    min_duration_s = 1.0
    doses = (
        Dose("wobble", "m", 0.1),
        Dose("reseeded", "share of the things", 1.0),
        Dose("lags", "share of the way", 1.0),
    )
    _room = Room(
        "geometry/reproject",
        "arc",
        {"wobble": law("wobble"), "reseeded": law("reseeded"), "lags": lagging(1.0), "returns": lagging(2.0)},
    )

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """One room a world."""
        for index in world_indices(limit):
            yield with_camera(self._room.pose(clip, track, (seed, index), words="text" in self.needs[track]))

    def dosed(self, scenario: Scenario, dose: str, severity: float) -> Video | None:
        """The room trembles or is partly another one; the camera lags behind, and stops in full."""
        return self._room.dosed(scenario, dose, severity)

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """Look for what is known in some of the later frames."""
        frames, take = answer_frames(scenario, video), take_of(scenario)
        last = known_frames(scenario) - 1
        chosen = np.linspace(last + _FROM * (len(frames) - 1 - last), len(frames) - 1, _LOOKS)
        indices = sorted({int(index) for index in chosen.round()})
        if min(float(frames[index].std(axis=(0, 1)).max()) for index in indices) < _FLAT:
            return Unmeasurable(BLANK)
        seen = [_look(take, frames, last, index) for index in indices]
        if sum(len(look.error_px) for look in seen) < LEAST_POINTS * len(seen):
            return Unmeasurable(FEW_POINTS)
        if not shows_more(take, frames, last):
            return Unmeasurable(NOTHING_NEW)
        asked = LAWFUL * max(_kept(take, frames, last), _LEAST_KEPT)
        return _reading([look for look in seen if len(look.error_px)], asked)


def _placed(error_px: Float64[np.ndarray, " point"]) -> float:
    """Mean over the thresholds of the share of points that are no farther off."""
    return float(np.mean([(error_px < limit).mean() for limit in THRESHOLDS_PX]))


def _kept(take: Take, frames: Frames, last: int) -> float:
    """The share in place in the last given frame as the clip shows it, where only a codec moves points."""
    tracks = displaced(take.video.frames[last], frames[last])
    error_px = np.linalg.norm(tracks.points[:, 1] - tracks.points[:, 0], axis=1)
    return _placed(np.where(tracks.alive[:, 1], error_px, np.inf)) if len(error_px) else 1.0


def _look(take: Take, frames: Frames, last: int, frame: int) -> Look:
    scale = enlargement(take.clip.height, take.clip.width)
    tracks = displaced(take.video.frames[frame], frames[frame])
    expected, found = (to_clip(tracks.points[:, when], scale) for when in (0, 1))
    points_m = places_m(expected, take.film.render.depth_m[frame], take.camera, frame)
    given, known = shown_at(take, points_m, last)
    known &= np.linalg.norm(given - expected, axis=1) * scale >= _MOVES_PX
    error_px = np.where(tracks.alive[:, 1], np.linalg.norm(found - expected, axis=1) * scale, np.inf)
    return Look(frame, given[known], expected[known], found[known], error_px[known])


def _reading(seen: list[Look], asked: float) -> Reading:
    error_px = np.concatenate([look.error_px for look in seen])
    there = np.isfinite(error_px)
    measured = np.concatenate([(look.found - look.given)[look.there] for look in seen])
    expected = np.concatenate([(look.expected - look.given)[look.there] for look in seen])
    share, went = float(there.mean()), gain(measured, expected)
    placed = float(np.mean([look.placed for look in seen]))
    median_px = float(np.median(error_px[there])) if there.any() else 512.0
    verdict = _verdict(placed, share, went, asked)
    worst = min(seen, key=lambda look: look.placed)
    return Reading(
        metrics={
            "placed": placed,
            "error": min(median_px, 512.0),
            "found": share,
            "camera_gain": float(np.clip(went, -10.0, 10.0)),
        },
        verdict=verdict,
        lawful=verdict == "in place",
        events=() if verdict == "in place" else (Event(worst.frame, verdict, severity=1.0 - worst.placed),),
        overlays=tuple(_drawn(worst)),
        notes=f"{share:.0%} of the known points are found, half of them within {median_px:.1f} px at 512 of "
        f"where they must be; they went {went:.0%} of their way.",
    )


def _verdict(placed: float, share: float, went: float, asked: float) -> str:
    if placed >= asked:
        return "in place"
    if share < _FOUND:
        return "not recognised"
    return "bent" if _GAIN[0] <= went <= _GAIN[1] else "camera astray"


def _drawn(look: Look) -> Iterator[Trail]:
    """From where some points must be to where they are."""
    off = np.flatnonzero(look.there)
    for index in off[np.linspace(0, len(off) - 1, min(_DRAWN, len(off))).astype(int)]:
        (x, y), (u, v) = look.expected[index].tolist(), look.found[index].tolist()
        yield Trail((look.frame, look.frame), ((x, y), (u, v)), "displaced")

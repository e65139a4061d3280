"""Does the texture of surfaces stay on them while the camera moves?"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32, Float64, UInt8

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
from wsim.perception.external import PointTracks
from wsim.perception.given_tracks import given_tracks, in_window
from wsim.perception.motion import median_shift, planar_share
from wsim.perception.rigidity import MAX_PLANAR_SHARE, MIN_SHIFT_PX, MIN_TRACKS, PLANAR_PX, windows
from wsim.perception.tracks import (
    PATCH,
    Tracks,
    at_tracking_size,
    enlarge,
    enlargement,
    follow,
    one_thread,
    patch_side,
    to_clip,
)
from wsim.perception.watching import unwatchable
from wsim.video import Frames, Video
from wsim_probes.geometry.coarse import COARSE_SIDE, shown_coarsely
from wsim_probes.geometry.revealed import NOTHING_NEW, shows_more
from wsim_probes.geometry.rooms import ASTRAY, PATH_S, Room, followed, law
from wsim_probes.posing import answer_frames, known_frames, take_of, world_indices

WINDOW_S = 0.375 * PATH_S
LAWFUL = 0.4
LEAST_SEEN = 5  # survivors from which a drift is worth telling
NEIGHBOURS = 8
PLAIN = 3.0  # grey levels: the contrast of a patch that has a texture
FARTHEST_PX = 112.0  # in a window: a lawful room that goes by faster loses its points as one that boils does
FEW_FRAMES, FEW_CORNERS, TOO_FAST = "too few frames", "few corners", "too fast to follow"

Points = Float64[np.ndarray, "track 2"]


@dataclass(frozen=True)
class Stretch:
    """Points followed through a part of the clip.

    Attributes:
        frames: the first and the last. before, after: the points that lasted, at a short side of 512.
        survival: share of those that did not leave the picture.
        likeness: median correlation of what is around a point with what was around it at first, 0..1.
        way_px: how far a point goes that lasts, by the steps of all of them for as long as they did.
    """

    frames: tuple[int, int]
    before: Points
    after: Points
    survival: float
    likeness: float
    way_px: float

    @property
    def sticks(self) -> float:
        """Survival times likeness."""
        return self.survival * self.likeness


class Stickiness:
    """Survival of point tracks and of the patches along them, where the camera arcs around a room.

    stuck = s (1 - d): s the share of corners that can be followed for a window of 0.56 s forwards and back
    (Lucas and Kanade, IJCAI 1981), of those that do not leave the picture; d the median over the tracks of
    1 - ZNCC of the patch at the end with the patch at birth, the patch brought into the same shape by the
    affine motion of its neighbours (Shi and Tomasi, CVPR 1994, section 5). The weakest window counts, and
    windows begin with the last given frame. A boiling texture, which no geometry sees, loses its tracks.
    The first half second settles the way of the camera. Clips that stand still, that one homography explains
    (a pan or a zoom carries its texture along without a world), whose camera goes elsewhere or
    that show nothing new are unmeasurable. Where the given frames are shown softly, corners are those of
    large patches (`wsim_probes.geometry.coarse`), the bound the same: through the codec of the reference
    model lawful rooms reach 0.53 to 0.87, those that boil a quarter of the time 0.04 at most (development
    seed 561). Version 3 asked the same, and called such clips boiling.
    """

    name = "geometry/stickiness"
    version = 4
    question = "Does texture stick to surfaces while the camera arcs around the room?"
    needs: Mapping[Track, frozenset[Capability]] = {
        "image": frozenset({"first_frame", "text"}),
        "video": frozenset({"context"}),
    }
    metrics = (
        MetricSpec("stuck", "share", "higher", 0.0, 1.0, "survival times likeness, of the weakest window"),
        MetricSpec("survival", "share", "higher", 0.0, 1.0, "corners that can be followed through a window"),
        MetricSpec("likeness", "correlation", "higher", 0.0, 1.0, "of a patch with itself at birth"),
        MetricSpec("camera_gain", "ratio", "higher", -10.0, 10.0, "image motion over what it must be"),
    )
    min_duration_s = 1.0
    doses = (Dose("texture_boil", "share of moments", 1.0),)
    _room = Room("geometry/stickiness", "arc", {"texture_boil": law("texture_boil")})

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """One room a world."""
        for index in world_indices(limit):
            yield self._room.pose(clip, track, (seed, index), words="text" in self.needs[track])

    def dosed(self, scenario: Scenario, dose: str, severity: float) -> Video | None:
        """At some moments all patterns are drawn anew."""
        return self._room.dosed(scenario, dose, severity)

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """Read all windows from the last given frame on; none may be unmeasurable."""
        frames, first = answer_frames(scenario, video), max(0, known_frames(scenario) - 1)
        found = _stretches(frames, first, video.fps, coarsely=shown_coarsely(scenario, frames))
        failures = [one for one in found if isinstance(one, str)]
        if failures or not found:
            return Unmeasurable(failures[0] if failures else FEW_FRAMES)
        seen = [one for one in found if isinstance(one, Stretch)]
        if not shows_more(take_of(scenario), video.frames, first):
            return Unmeasurable(NOTHING_NEW)
        ways = [followed(scenario, s.before, s.after, s.frames) for s in seen if len(s.before) >= MIN_TRACKS]
        if not all(right for right, _ in ways):
            return Unmeasurable(ASTRAY)
        return _reading(seen, float(np.mean([share for _, share in ways])) if ways else 0.0)

    def measure_free(self, video: Video, hints: Mapping[str, Json]) -> Reading | Unmeasurable:
        """Read any clip without cuts; at least half of its windows must be measurable.

        Args:
            video: any clip.
            hints: `tracks`, a file of tracks, which are read in place of those that are followed here.
        """
        given = given_tracks(video, hints)
        if isinstance(given, Unmeasurable):
            return given
        if (gate := unwatchable(video, may_stop=True)) is not None:
            return gate
        seen = _stretches(video.frames, 0, video.fps, given)
        found = [TOO_FAST if isinstance(s, Stretch) and s.way_px > FARTHEST_PX else s for s in seen]
        failures = Counter(one for one in found if isinstance(one, str))
        if not found or 2 * failures.total() > len(found):
            return Unmeasurable(failures.most_common(1)[0][0] if failures else FEW_FRAMES)
        return _reading([one for one in found if isinstance(one, Stretch)], 1.0)


def _stretches(
    frames: Frames, first: int, fps: float, given: PointTracks | None = None, *, coarsely: bool = False
) -> list[Stretch | str]:
    length = round(WINDOW_S * fps) + 1
    return [_stretch(frames, span, given, coarsely) for span in windows(first, len(frames), length)]


def _stretch(
    frames: Frames, span: tuple[int, ...], given: PointTracks | None, coarsely: bool
) -> Stretch | str:
    """Follow the corners of the first frame; where many last, they must show a camera that moves."""
    looked_at = frames[list(span)]
    grey = enlarge(looked_at, COARSE_SIDE) if coarsely else at_tracking_size(looked_at)
    tracks = follow(grey) if given is None else in_window(given, span, frames.shape[1:3])
    if tracks.started < MIN_TRACKS or tracks.expected < MIN_TRACKS:
        return FEW_CORNERS
    kept = tracks.complete
    before, after = kept[:, 0], kept[:, -1]
    if len(kept) >= MIN_TRACKS:
        if median_shift(before, after) < MIN_SHIFT_PX:
            return "static"
        if planar_share(before, after, threshold=PLANAR_PX) > MAX_PLANAR_SHARE:
            return "no parallax"
    likeness = _likeness(grey[0], grey[-1], before, after) if len(kept) >= LEAST_SEEN else 0.0
    return Stretch((span[0], span[-1]), before, after, tracks.survival, likeness, _way_px(tracks))


def _way_px(tracks: Tracks) -> float:
    steps = np.linalg.norm(np.diff(tracks.points, axis=1), axis=-1)
    held = steps[tracks.alive[:, 1:]]
    return float(np.median(held)) * steps.shape[1] if len(held) else 0.0


def _likeness(
    first: UInt8[np.ndarray, "height width"],
    last: UInt8[np.ndarray, "height width"],
    before: Points,
    after: Points,
) -> float:
    """Median zero-mean normalised correlation of the patches, those without contrast left out."""
    shapes = _affine(before, after)
    identity = np.broadcast_to(np.eye(2), shapes.shape)
    one, other = _patches(first, before, identity), _patches(last, after, shapes)
    textured = (one.std(axis=1) > PLAIN) & (other.std(axis=1) > PLAIN)
    if not textured.any():
        return 0.0
    one, other = (p[textured] - p[textured].mean(axis=1, keepdims=True) for p in (one, other))
    alike = (one * other).sum(axis=1) / (np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1))
    return float(np.clip(np.median(alike), 0.0, 1.0))


def _affine(before: Points, after: Points) -> Float64[np.ndarray, "track 2 2"]:
    """The linear part of the motion around every point, from its neighbours; drawn towards the identity."""
    apart = np.linalg.norm(before[:, None] - before[None], axis=-1)
    nearest = np.argsort(apart, axis=1, kind="stable")[:, 1 : NEIGHBOURS + 1]
    here, there = before[nearest] - before[:, None], after[nearest] - after[:, None]
    weight = float(PATCH) ** 2 * np.eye(2)
    gram = np.einsum("nki,nkj->nij", here, here) + weight
    cross = np.einsum("nki,nkj->nij", there, here) + weight
    return np.asarray(cross @ np.linalg.inv(gram))


def _patches(
    grey: UInt8[np.ndarray, "height width"], points: Points, shapes: Float64[np.ndarray, "track 2 2"]
) -> Float32[np.ndarray, "track pixel"]:
    scale = enlargement(*grey.shape)
    side = np.arange(patch_side(scale)) - patch_side(scale) // 2
    offsets = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    places = (to_clip(points, scale)[:, None] + offsets @ shapes.transpose(0, 2, 1)).astype(np.float32)
    with one_thread():
        found = cv2.remap(
            grey, places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
    return np.asarray(found, dtype=np.float32)


def _reading(seen: list[Stretch], camera_gain: float) -> Reading:
    weakest = min(seen, key=lambda stretch: stretch.sticks)
    lawful = weakest.sticks >= LAWFUL
    return Reading(
        metrics={
            "stuck": weakest.sticks,
            "survival": weakest.survival,
            "likeness": weakest.likeness,
            "camera_gain": camera_gain,
        },
        verdict="stuck" if lawful else "boiling",
        lawful=lawful,
        events=() if lawful else (Event(weakest.frames[0], "texture lost", severity=1.0 - weakest.sticks),),
        notes=f"In the weakest window {weakest.survival:.0%} of the corners last, their patches "
        f"{weakest.likeness:.0%} like at first.",
    )

"""Does a camera that turns on the spot see the world turn, and nothing else?"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

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
from wsim.perception.external import PointTracks
from wsim.perception.given_tracks import given_tracks, in_window
from wsim.perception.motion import median_shift, planar_share
from wsim.perception.rigidity import MIN_SHIFT_PX, MIN_SURVIVAL, MIN_TRACKS, PLANAR_PX, windows
from wsim.perception.rotation_fit import focal_of, misfits
from wsim.perception.soft import soften
from wsim.perception.tracks import SHORT_SIDE, enlarge, enlargement, follow
from wsim.video import Frames, Video
from wsim.worlds.scene import Cut, Scene
from wsim_probes.geometry.coarse import COARSE_SIDE, TOO_COARSE, as_good
from wsim_probes.geometry.revealed import NOTHING_NEW, shows_more
from wsim_probes.geometry.rooms import ASTRAY, Room, followed
from wsim_probes.posing import answer_frames, known_frames, take_of, world_indices

WINDOW_S = 0.3
THRESHOLDS_PX = (1.0, 2.0, 4.0, 8.0)
LAWFUL = 0.46
GAIN = (0.75, 1.33)  # how fast it turns was seen; a picture that is slid seldom goes as fast
MIN_TURNING = 0.6  # of the tracks that one homography must explain, where no scenario says that it turns
FEW_FRAMES = "too few frames"
_SIDESTEP_M, _BREATH = 1.0, 0.12
_TREMOR_S = 1 / 30
_FOLLOWED_AT = 192  # short side: a pan is fast, and with a further level points are looked for further away
# Of given frames that are not as they were given: less is too near to LAWFUL to be read so. Codecs of models
# leave 0.03 to 0.15, H.264 at crf 35 0.49 to 0.67, blur and noise 0.73 and more (development seed 561).
_CLEARLY = 0.66
_SOFT = 1.5 / 64  # of the short side: standard deviation by which a clip is softened that is read coarsely


@dataclass(frozen=True)
class Turn:
    """Tracks of one window: where they were, where they went, and how many could have lasted."""

    frames: tuple[int, int]
    before: Float64[np.ndarray, "track 2"]
    after: Float64[np.ndarray, "track 2"]
    expected: int
    size: tuple[float, float]

    def misfit_px(self, focal_px: float) -> Float64[np.ndarray, " track"]:
        """Distance of every track from the best rotation, at a short side of 512."""
        return misfits(self.before, self.after, focal_px, self.size)

    def turned(self, misfit_px: Float64[np.ndarray, " track"]) -> float:
        """Mean over the thresholds of the share of tracks that turn with the rest; lost ones do not."""
        return float(np.mean([(misfit_px < limit).sum() for limit in THRESHOLDS_PX]) / self.expected)


def _sidestep(scene: Scene, severity: float, start_s: float) -> Scene:
    """From then on the camera also moves sideways: near things shift against far ones."""
    path = scene.camera
    sight = np.array(path.target_m) - np.array(path.eye_m)
    right = np.array([sight[1], -sight[0], 0.0]) / np.linalg.norm(sight[:2])
    way = severity * _SIDESTEP_M * right
    begun = start_s / scene.duration_s
    eye, target = (np.array(place) - begun * way for place in (path.eye_m, path.target_m))
    moving = replace(path, eye_m=_vec(eye), target_m=_vec(target), dolly_m=_vec(way))
    return scene.replace(cuts=(Cut(start_s, moving),)) if severity else scene


def _breathing(scene: Scene, severity: float, start_s: float) -> Scene:
    """From then on the field of view jumps from moment to moment."""
    rng = np.random.default_rng(np.random.SeedSequence([scene.seed, 7]))
    times_s = np.arange(start_s, scene.duration_s, _TREMOR_S)
    factors = 1.0 + severity * _BREATH * rng.uniform(-1.0, 1.0, len(times_s))
    fovs = scene.camera.fov_deg * factors
    jumps = zip(times_s.tolist(), fovs.tolist(), strict=True)
    cuts = tuple(Cut(time_s, replace(scene.camera, fov_deg=fov)) for time_s, fov in jumps)
    return scene.replace(cuts=cuts) if severity else scene


def _vec(vector: np.ndarray) -> tuple[float, float, float]:
    x, y, z = vector.tolist()
    return x, y, z


class Rotation:
    """One rotation and one focal length for everything that a panning camera sees.

    Under pure rotation a point p (a ray, at focal length f) goes to R p whatever its depth (Hartley and
    Zisserman, section 8.4.2). turned = mean over d in {1, 2, 4, 8} px of the share of tracks that miss the
    best R by less than d, at a short side of 512; a track that is lost inside the picture misses it. The
    focal length is that of the given frames; without a scenario the one that fits all windows best, so that a
    field of view that changes is a misfit. The first half second settles how fast the camera turns, and about
    what. A picture that slides, zooms or stands still is no turning camera, and one that
    shows nothing new says nothing. Where the given frames are shown softly, tracks are those of large patches
    in a softened picture, judged beside those of the given frames, which are known to turn. Version 2 asked
    the same, and called such clips warped.
    """

    name = "geometry/rotation"
    version = 3
    question = "Does everything turn as one when the camera turns on the spot?"
    needs: Mapping[Track, frozenset[Capability]] = {"video": frozenset({"context"})}
    metrics = (
        MetricSpec("turned", "share", "higher", 0.0, 1.0, "share of tracks that turn with the rest"),
        MetricSpec("misfit_p90", "px@512", "lower", 0.0, 512.0, "misfit of the worst tenth of the tracks"),
        MetricSpec("focal", "short sides", "higher", 0.0, 10.0, "focal length"),
        MetricSpec("camera_gain", "ratio", "higher", -10.0, 10.0, "image motion over what it must be"),
    )
    min_duration_s = 1.0
    doses = (Dose("sidestep", "m", _SIDESTEP_M), Dose("breathing", "share of the field", _BREATH))
    _room = Room("geometry/rotation", "pan", {"sidestep": _sidestep, "breathing": _breathing})

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """One hall a world."""
        for index in world_indices(limit):
            yield self._room.pose(clip, track, (seed, index), words="text" in self.needs[track])

    def dosed(self, scenario: Scenario, dose: str, severity: float) -> Video | None:
        """The camera steps aside while it turns, or its field of view trembles."""
        return self._room.dosed(scenario, dose, severity)

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """Read all windows from the last given frame on; none may be unmeasurable."""
        frames, known = answer_frames(scenario, video), known_frames(scenario)
        focal_px = float(take_of(scenario).camera.intrinsics[0, 1, 1]) * enlargement(*video.size)
        coarsely = _softly(scenario, frames, focal_px)
        looked_at, side = (_softened(frames), COARSE_SIDE) if coarsely else (frames, _FOLLOWED_AT)
        found = _turns(looked_at, max(0, known - 1), video.fps, side=side)
        failures = [turn for turn in found if isinstance(turn, str)]
        if failures or not found:
            return Unmeasurable(failures[0] if failures else FEW_FRAMES)
        seen = [turn for turn in found if isinstance(turn, Turn)]
        if not shows_more(take_of(scenario), video.frames, max(0, known - 1)):
            return Unmeasurable(NOTHING_NEW)
        ways = [followed(scenario, turn.before, turn.after, turn.frames, GAIN) for turn in seen]
        if not all(right for right, _ in ways):
            return Unmeasurable(ASTRAY)
        given = _turned(looked_at[:known], focal_px, video.fps, COARSE_SIDE) if coarsely else None
        return _reading(seen, focal_px, float(np.mean([share for _, share in ways])), given)

    def measure_free(self, video: Video, hints: Mapping[str, Json]) -> Reading | Unmeasurable:
        """Read any clip whose camera turns on the spot; at least half of its windows must show that.

        Args:
            video: any clip.
            hints: `focal`, the focal length in short sides of the picture, if it is known; `tracks`, a file
                of tracks, which are read in place of those that are followed here.
        """
        given = given_tracks(video, hints)
        if isinstance(given, Unmeasurable):
            return given
        found = _turns(video.frames, 0, video.fps, given)
        checked = [_turning(turn) for turn in found]
        failures = Counter(turn for turn in checked if isinstance(turn, str))
        if not found or 2 * failures.total() > len(found):
            return Unmeasurable(failures.most_common(1)[0][0] if failures else FEW_FRAMES)
        seen = [turn for turn in checked if isinstance(turn, Turn)]
        known = hints.get("focal")
        if isinstance(known, int | float):
            return _reading(seen, float(known) * SHORT_SIDE, 1.0)
        focal_px = focal_of([(turn.before, turn.after) for turn in seen], seen[0].size)
        return Unmeasurable("focal length not settled") if focal_px is None else _reading(seen, focal_px, 1.0)


def _softened(frames: Frames) -> Frames:
    return soften(frames, _SOFT * min(frames.shape[1:3])).round().clip(0, 255).astype(np.uint8)


def _softly(scenario: Scenario, frames: Frames, focal_px: float) -> bool:
    """Whether the given frames are shown so that their own turn, which is known, is hardly seen."""
    context = scenario.request.context
    if context is None or (frames[: len(context.indices)] == context.frames).all():
        return False
    turned = _turned(frames[: len(context.indices)], focal_px, scenario.request.fps, _FOLLOWED_AT)
    return turned is not None and turned < _CLEARLY


def _turned(given: Frames, focal_px: float, fps: float, side: int) -> float | None:
    """The same share of the given frames; None where they are too few."""
    found = _turns(given, 0, fps, side=side)
    shares = [turn.turned(turn.misfit_px(focal_px)) for turn in found if isinstance(turn, Turn)]
    return float(np.sum(shares)) / len(found) if found else None


def _turns(
    frames: Frames, first: int, fps: float, given: PointTracks | None = None, side: int = _FOLLOWED_AT
) -> list[Turn | str]:
    length = round(WINDOW_S * fps) + 1
    return [_turn(frames, span, given, side) for span in windows(first, len(frames), length)]


def _turn(frames: Frames, span: tuple[int, ...], given: PointTracks | None, side: int) -> Turn | str:
    if given is None:
        tracks = follow(enlarge(frames[list(span)], side))
    else:
        tracks = in_window(given, span, frames.shape[1:3])
    kept = tracks.complete
    if len(kept) < MIN_TRACKS or tracks.survival < MIN_SURVIVAL:
        return "few tracks"
    before, after = kept[:, 0], kept[:, -1]
    if median_shift(before, after) < MIN_SHIFT_PX:
        return "static"
    scale = enlargement(*frames.shape[1:3])
    size = (frames.shape[1] * scale, frames.shape[2] * scale)
    return Turn((span[0], span[-1]), before, after, tracks.expected, size)


def _turning(turn: Turn | str) -> Turn | str:
    if isinstance(turn, str) or planar_share(turn.before, turn.after, threshold=PLANAR_PX) >= MIN_TURNING:
        return turn
    return "not a turning camera"


def _reading(
    seen: list[Turn], focal_px: float, camera_gain: float, given: float | None = None
) -> Reading | Unmeasurable:
    """What windows say; beside the same share of what was given, where they are read coarsely."""
    misfits_px = [turn.misfit_px(focal_px) for turn in seen]
    shares = [turn.turned(misfit_px) for turn, misfit_px in zip(seen, misfits_px, strict=True)]
    p90 = float(np.mean([np.percentile(misfit_px, 90) for misfit_px in misfits_px]))
    turned = float(np.mean(shares))
    lawful = turned >= LAWFUL if given is None else as_good(turned, given)
    if lawful is None:
        return Unmeasurable(TOO_COARSE)
    worst = seen[int(np.argmin(shares))].frames[1]
    return Reading(
        metrics={
            "turned": turned,
            "misfit_p90": min(p90, 512.0),
            "focal": min(focal_px / SHORT_SIDE, 10.0),
            "camera_gain": camera_gain,
        },
        verdict="turned" if lawful else "warped",
        lawful=lawful,
        events=() if lawful else (Event(worst, "does not turn", severity=1.0 - turned),),
        notes=f"The worst tenth of the tracks misses the rotation by {p90:.1f} px at 512.",
    )

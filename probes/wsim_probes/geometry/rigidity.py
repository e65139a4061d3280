"""Does the picture hold together as one rigid world while the camera moves through it?"""

from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np

from wsim.contracts import (
    Capability,
    ClipFormat,
    Context,
    Json,
    MetricSpec,
    Reading,
    Request,
    Scenario,
    Track,
    Unmeasurable,
)
from wsim.perception.external import PointTracks
from wsim.perception.given_tracks import given_tracks
from wsim.perception.motion import gain, reproject
from wsim.perception.noise_floor import noise_floor
from wsim.perception.rigidity import Window, bending_events, read_window, trails, windows
from wsim.perception.tracks import enlargement, to_clip
from wsim.video import Frames, Video
from wsim.worlds.families import make
from wsim.worlds.scene import Violation, ViolationKind
from wsim.worlds.take import Take
from wsim_probes.geometry.coarse import COARSE_SIDE, TOO_COARSE, as_good, shown_coarsely
from wsim_probes.geometry.revealed import NOTHING_NEW, shows_more
from wsim_probes.posing import take_of
from wsim_probes.words import words_of

FAMILY = "room"
WORLDS = 50
FIRST_TRAINING_SEED = 1_000_000  # worlds that generators may be trained on begin here
PREFIX_S = 0.5
WINDOW_SHARE = 0.375  # of the camera's path: 0.56 s of 1.5 s
PATH_S = 1.5
WOBBLE_M = (0.01, 0.02, 0.05, 0.1, 0.2)
GAIN = {"video": (0.4, 1.8), "image": (0.15, np.inf)}  # a first frame and a caption settle only the sign
LAWFUL_RIGID = 0.6
FEW_FRAMES = "too few frames"
ASTRAY = "camera did not follow"
COARSE_LAB, WORST_SHARE, SOFT = 1.0, 0.25, 0.011  # floor of a still, in its worst part, softened by a share
STILL_RIGID = 0.35  # codecs leave more of a lawful room


class Rigidity:
    """Rigidity of a room around which the camera arcs, from point tracks alone.

    rigid = mean over d in {1, 2, 4, 8, 16} px of share{tracks: r < d}, r being the root mean square
    distance of a track from the best projective reconstruction (rank-4 factorisation) of its window:
    Sturm and Triggs, ECCV 1996; thresholds as delta_avg of TAP-Vid (Doersch et al., NeurIPS 2022).
    Pixels are at a short side of 512; a track lost inside the picture has r = infinity. Only what
    comes after the given frames is read. Clips that do not move, that one homography explains, that hold
    no tracks, or whose camera does not go on as it must or shows nothing that was not given, say nothing
    about rigidity and are unmeasurable. Where the given frames are shown softly, tracks are those of large
    patches, and rigid is judged beside the same share of the given frames, which are known to be rigid
    (`wsim_probes.geometry.coarse`). A picture that drifts as a whole is lawful. Version 5 asked the same, and
    left such clips unread or judged them by tracks of small patches.
    """

    name = "geometry/rigidity"
    version = 6
    question = "Does the room keep its shape while the camera arcs around it?"
    needs: Mapping[Track, frozenset[Capability]] = {
        "text": frozenset({"text"}),
        "image": frozenset({"first_frame", "text"}),
        "video": frozenset({"context"}),
    }
    metrics = (
        MetricSpec("rigid", "share", "higher", 0.0, 1.0, "share of tracks that fit one rigid world"),
        MetricSpec("residual_p90", "px@512", "lower", 0.0, 512.0, "bend of the worst tenth of the tracks"),
        MetricSpec("tracks", "count", "higher", 0.0, 400.0, "tracks that last a window"),
        MetricSpec(
            "survival",
            "share",
            "higher",
            0.0,
            1.0,
            "tracks that last, of those that stay in the picture",
        ),
        MetricSpec(
            "camera_gain",
            "ratio",
            "higher",
            -10.0,
            10.0,
            "image motion over the motion that the given frames determine; 1 where none are given",
        ),
    )
    min_duration_s = 1.0
    about: frozenset[ViolationKind] = frozenset({"wobble", "epipolar_slide", "texture_boil"})

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """One room for every world index, `WORLDS` of them unless there is a limit."""
        for index in range(WORLDS if limit is None else limit):
            yield _scenario(clip, track, seed, index)

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """Read every window after the given frames; all of them must be measurable."""
        track = str(scenario.parameters["track"])
        context = scenario.request.context
        first = context.indices[-1] if context else 0
        seconds = WINDOW_SHARE * max(PATH_S, scenario.request.format.duration_s)
        coarsely = shown_coarsely(scenario, video.frames)
        found = _read(video, first, seconds, side=COARSE_SIDE if coarsely else None)
        failures = [window for window in found if isinstance(window, str)]
        if failures or not found:
            return Unmeasurable(failures[0] if failures else FEW_FRAMES)
        seen = [window for window in found if isinstance(window, Window)]
        if track not in GAIN:
            return _reading(video, seen, 1.0)
        if not shows_more(take_of(scenario), video.frames, first):
            return Unmeasurable(NOTHING_NEW)
        low, high = GAIN[track]
        gains = [_gain(take_of(scenario), video, window) for window in seen]
        if not all(low <= g <= high for g in gains):
            return Unmeasurable(ASTRAY)
        given = _rigid(video.frames[: first + 1]) if coarsely else None
        reading = _reading(video, seen, float(np.mean(gains)), given)
        return reading if coarsely or not _unclear(scenario, video, reading) else Unmeasurable(TOO_COARSE)

    def measure_free(self, video: Video, hints: Mapping[str, Json]) -> Reading | Unmeasurable:
        """Read any clip; at least half of its windows must be measurable.

        Things that move by themselves count as bending: this is for scenes where only the camera moves.

        Args:
            video: any clip.
            hints: `window_s`, how long a window is in seconds (0.56 unless given); `tracks`, a file of
                tracks, which are read in place of those that are followed here.
        """
        given = given_tracks(video, hints)
        if isinstance(given, Unmeasurable):
            return given
        seconds = hints.get("window_s", WINDOW_SHARE * PATH_S)
        found = _read(video, 0, float(seconds) if isinstance(seconds, int | float) else PATH_S, given)
        failures = Counter(window for window in found if isinstance(window, str))
        if not found or 2 * failures.total() > len(found):
            return Unmeasurable(failures.most_common(1)[0][0] if failures else FEW_FRAMES)
        return _reading(video, [window for window in found if isinstance(window, Window)], 1.0)


def _scenario(clip: ClipFormat, track: Track, seed: int, index: int) -> Scenario:
    draws = np.random.SeedSequence([seed, index]).generate_state(2)
    world, request_seed = int(draws[0]) % FIRST_TRAINING_SEED, int(draws[1])
    scene = make(FAMILY, world, duration_s=max(PATH_S, clip.duration_s))
    truth = Take(scene, clip)
    context = {"text": None, "image": truth.first_frame, "video": lambda: truth.prefix(PREFIX_S)}[track]
    known: Context | None = context() if context else None
    # A twin wobbles from the first frame that the model has to make.
    start_s = (known.indices[-1] + 0.5) / clip.fps if known else 0.0
    place = f"seed={seed}/world={index:04d}"
    return Scenario(
        id=f"geometry/rigidity/{track}/{place}",
        cluster=f"{FAMILY}/{place}",
        request=Request(
            clip.num_frames,
            (clip.height, clip.width),
            clip.fps,
            seed=request_seed,
            text=words_of(truth, known, settle="text" in Rigidity.needs[track]),
            context=known,
        ),
        truth=truth,
        alternatives={
            f"wobble={dose:g}": Take(scene.violated(Violation("wobble", start_s, amount=dose)), clip)
            for dose in WOBBLE_M
        },
        parameters={"track": track, "arc_deg": scene.camera.arc_deg},
    )


def _read(
    video: Video, first: int, seconds: float, given: PointTracks | None = None, side: int | None = None
) -> list[Window | str]:
    length = round(seconds * video.fps) + 1
    return [read_window(video.frames, span, given, side) for span in windows(first, len(video), length)]


def _unclear(scenario: Scenario, video: Video, reading: Reading | Unmeasurable) -> bool:
    """Whether a clip is somewhat bent, and so far from what was given that a codec may have bent it."""
    context = scenario.request.context
    if context is None or isinstance(reading, Unmeasurable) or reading.lawful:
        return False
    shown = video.frames[: len(context.indices)]
    floor_lab = noise_floor(shown, context.frames, WORST_SHARE, SOFT * video.size[0])
    return floor_lab > COARSE_LAB and reading.metrics["rigid"] > STILL_RIGID


def _rigid(given: Frames) -> float:
    """The same share of the given frames, read coarsely, which are known to be rigid; 0 where few last."""
    found = [read_window(given, span, side=COARSE_SIDE) for span in windows(0, len(given), len(given))]
    shares = [window.rigid for window in found if isinstance(window, Window)]
    return float(np.mean(shares)) if shares else 0.0


def _gain(truth: Take, video: Video, window: Window) -> float:
    """Image motion in the later half of a window, over the motion of the true room under the true camera."""
    start, scale = window.frames[0], enlargement(*video.size)
    seen = to_clip(window.points, scale)
    depth_m = truth.film.render.depth_m[start]
    measured, expected = [], []
    for k in range(len(window.frames) // 2, len(window.frames)):
        there = reproject(seen[:, 0], depth_m, truth.camera, start, window.frames[k])
        known = np.isfinite(there).all(axis=1)
        measured.append((seen[:, k] - seen[:, 0])[known])
        expected.append((there - seen[:, 0])[known])
    return gain(np.concatenate(measured), np.concatenate(expected))


def _reading(
    video: Video, seen: list[Window], camera_gain: float, given: float | None = None
) -> Reading | Unmeasurable:
    """What windows say; beside the same share of what was given, where they are read coarsely."""
    rigid = float(np.mean([window.rigid for window in seen]))
    p90 = float(np.mean([np.percentile(window.residual_px, 90) for window in seen]))
    survival = float(np.mean([window.survival for window in seen]))
    lawful = rigid >= LAWFUL_RIGID if given is None else as_good(rigid, given)
    if lawful is None:
        return Unmeasurable(TOO_COARSE)
    return Reading(
        metrics={
            "rigid": rigid,
            "residual_p90": min(p90, 512.0),
            "tracks": float(np.mean([len(window.points) for window in seen])),
            "survival": survival,
            "camera_gain": float(np.clip(camera_gain, -10.0, 10.0)),
        },
        verdict="rigid" if lawful else "warped",
        lawful=lawful,
        events=() if lawful else bending_events(seen),
        overlays=tuple(trail for window in seen for trail in trails(window, enlargement(*video.size))),
        notes=f"{survival:.0%} of the tracks last; the worst tenth of them bends by {p90:.1f} px at 512.",
    )

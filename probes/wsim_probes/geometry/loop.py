"""Is what one looked away from still there, as it was, when one looks back?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

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
from wsim.perception.alignment import Alignment, align
from wsim.perception.colour import lab, match_exposure
from wsim.perception.epipolar import Features, features, match
from wsim.perception.motion import homography_inliers
from wsim.perception.soft import soften
from wsim.perception.tint import untinted
from wsim.perception.tracks import enlarge
from wsim.perception.watching import unwatchable
from wsim.video import Frames, Video
from wsim.worlds.families import FAMILIES
from wsim.worlds.scene import Scene, Violation
from wsim_probes.history import Ask, HistoryProbe
from wsim_probes.posing import answer_frames, known_frames, take_of

_TURNING_BACK = 0.25  # of the time of the way back: its speed was seen, and nothing of the things
_AT_REST_S = 0.19  # before the end: the camera is back, however long it was away
_LEAST_AWAY = 0.2  # of the matches: fewer in between means that it looked away
_MIN_INLIERS = 30
_STEP_S, _GAP_S = 0.125, 0.5
_FARTHEST = 0.12  # of the short side: how far a return may be off and still be laid over
_CHANGED_LAB, _MOST_CHANGED = 18.0, 0.015
_SAME_LAB, _MOST_IN_PLACE = 10.0, 0.7
_SOFT = 1 / 64
NO_RETURN = "no place is seen again"
NOT_BACK = "camera did not come back"


def _until_turning_back(scene: Scene) -> float:
    back_s, end_s = scene.camera.progress[-2][0], scene.camera.progress[-1][0]
    return back_s + _TURNING_BACK * (end_s - back_s)


def _when_back(scene: Scene) -> tuple[float, float]:
    return scene.duration_s - _AT_REST_S, scene.duration_s


def _changed_unseen(scene: Scene) -> Mapping[str, Scene]:
    """The twins of the family, but only things change, not what is in view, and after the given frames."""
    unseen_s = _until_turning_back(scene) + 1e-3
    things = [body.name for body in scene.bodies if body.name.startswith("thing")]
    broken = {
        name: tuple(replace(violation, time_s=unseen_s) for violation in twin.violations)
        for name, twin in FAMILIES["look_away"].twins(scene).violated.items()
    }
    broken["reseeded"] = tuple(Violation("reseeded", unseen_s, thing) for thing in things)
    return {name: scene.violated(*violations) for name, violations in broken.items()}


HISTORIES = HistoryProbe(
    name="geometry/loop",
    version=3,
    question="When the camera looks away and back, is everything as it was?",
    family="look_away",
    asks=(
        Ask("near", (("angle_deg", 60.0), ("wait_s", 0.2))),
        Ask("far", (("angle_deg", 120.0), ("wait_s", 0.2))),
        Ask("long", (("angle_deg", 60.0), ("wait_s", 0.5))),
    ),
    lawful="kept",
    window=_when_back,
    prefix_s=_until_turning_back,
    latest_s=0.1,
    tracks=("video",),
    words=True,
    breaks=_changed_unseen,
)


@dataclass(frozen=True)
class Return:
    """A place that is seen again: the two frames, how the later lies over the earlier, and what changed.

    `changed` is a share of the picture, `gap_lab` the mean difference.
    """

    frames: tuple[int, int]
    alignment: Alignment
    changed: float
    gap_lab: float


class Loop:
    """Out and back: the same view must hold the same things.

    Given is the way out, the wait and the first quarter of the time of the way back, with the caption, so
    the camera path is settled and everything that comes back into view was seen before. The rest at the end
    is read against renders in which things were given new looks, one vanished, moved, changed places or
    colour while nobody looked. Each frame is laid over the lawful one first, if it is off by at most 0.12 of
    the short side (Evangelidis and Psarakis, PAMI 2008): a camera that returns a little askew has forgotten
    nothing; one that is not back in every frame of the rest says nothing. Asked for two angles and two
    waits, so forgetting can be drawn over both.

    Without a scenario, two frames at least half a second apart that one homography joins, with a collapse
    of matches in between, show a place again; kept is what differs, once laid over, by less than 18 LAB in
    all but 1.5 % of the picture. Where no place is seen again it abstains.
    """

    name = HISTORIES.name
    version = HISTORIES.version
    question = HISTORIES.question
    needs: Mapping[Track, frozenset[Capability]] = HISTORIES.needs
    metrics = (
        *HISTORIES.metrics,
        MetricSpec("return_error", "share", "lower", 0.0, 1.0, "how far the return is off"),
    )
    min_duration_s = HISTORIES.min_duration_s

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """Two angles and two waits of one world after another."""
        return HISTORIES.scenarios(clip, track=track, seed=seed, limit=limit)

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """Lay the end of the clip over the lawful one, and say which history it shows."""
        truth = take_of(scenario).video.frames
        frames = untinted(answer_frames(scenario, video), truth[: known_frames(scenario)]).copy()
        errors = []
        for index in HISTORIES.read_frames(scenario):
            same = (frames[index] == truth[index]).all()  # laying it over would only soften it
            found = None if same else align(truth[index], frames[index])
            near = found is not None and found.shift <= _FARTHEST
            if found is not None and near:
                frames[index] = _laid_over(found, frames[index], truth[index])
            elif not _in_place(frames[index], truth[index]):
                return Unmeasurable(NOT_BACK)
            errors.append(found.shift if found is not None and near else 0.0)
        said = HISTORIES.measure(scenario, Video(frames, video.fps))
        if isinstance(said, Unmeasurable):
            return said
        return replace(said, metrics={**said.metrics, "return_error": float(np.mean(errors))})

    def measure_free(self, video: Video, hints: Mapping[str, Json]) -> Reading | Unmeasurable:
        """Look for a place that is seen again after the camera looked away, and compare.

        Args:
            video: any clip; things that move by themselves count as changed.
            hints: none are used.
        """
        if (gate := unwatchable(video, one_shot=False, may_stop=True)) is not None:
            return gate
        found = _returns(video)
        if found is None:
            return Unmeasurable(NO_RETURN)
        kept = found.changed <= _MOST_CHANGED
        return Reading(
            metrics={
                "right": float(kept),
                "margin": float(np.clip(1.0 - found.changed / _MOST_CHANGED, -1.0, 1.0)),
                "timing_error": 0.0 if kept else HISTORIES.latest_s,
                "departure": min(found.gap_lab, 100.0),
                "return_error": min(found.alignment.shift, 1.0),
            },
            verdict="kept" if kept else "changed",
            lawful=kept,
            events=() if kept else (Event(found.frames[1], "changed", severity=found.changed),),
            notes=f"Frames {found.frames[0]} and {found.frames[1]} show one place; "
            f"{found.changed:.1%} of it has changed.",
        )


def _in_place(frame: np.ndarray, plain: np.ndarray) -> bool:
    """Whether most of the picture is where it was; things that changed can lead an alignment astray."""
    apart = np.linalg.norm(lab(frame) - lab(plain), axis=-1)
    return bool((apart < _SAME_LAB).mean() >= _MOST_IN_PLACE)


def _laid_over(found: Alignment, moving: np.ndarray, fixed: np.ndarray) -> np.ndarray:
    """Where the moving picture has no pixels, those of the fixed one: they say nothing."""
    inside = found.inside(*fixed.shape[:2])
    return np.where(inside[..., None], found.apply(moving), fixed)


def _returns(video: Video) -> Return | None:
    """The best joined pair of frames with another place in between."""
    step, gap = max(1, round(_STEP_S * video.fps)), max(2, round(_GAP_S * video.fps))
    frames = list(range(len(video) - 1, -1, -step))[::-1]
    if frames[-1] - frames[0] < gap:
        return None
    known = dict(zip(frames, map(features, enlarge(video.frames[frames])), strict=True))
    best: tuple[int, tuple[int, int]] | None = None
    for i in frames:
        for j in (j for j in reversed(frames) if j - i >= gap):
            joined = _joined(known[i], known[j])
            between = [known[k] for k in frames if i < k < j]
            if joined < _MIN_INLIERS or (best and joined <= best[0]):
                continue
            if min(_joined(known[i], other) for other in between) <= _LEAST_AWAY * joined:
                best = (joined, (i, j))
    return _compared(video.frames, best[1]) if best else None


def _joined(one: Features, other: Features) -> int:
    """How many matches one homography explains."""
    inside = homography_inliers(*match(one, other), threshold=4.0)
    return 0 if inside is None else int(inside.sum())


def _compared(frames: Frames, pair: tuple[int, int]) -> Return | None:
    before, after = frames[pair[0]], frames[pair[1]]
    found = align(before, after)
    if found is None or found.shift > 2 * _FARTHEST:
        return None
    sigma = _SOFT * len(before)
    inside = found.inside(*before.shape[:2])
    here, there = (soften(lab(f[None]), sigma) for f in (before, found.apply(after)))
    there = match_exposure(there, here, inside[None])
    gap = np.linalg.norm(here - there, axis=-1)[0][inside]
    return Return(pair, found, float((gap > _CHANGED_LAB).mean()), float(gap.mean()))

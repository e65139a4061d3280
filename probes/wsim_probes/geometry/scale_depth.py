"""Does what comes nearer grow as it should, and what goes away shrink?"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

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
    Trail,
    Unmeasurable,
)
from wsim.perception.objects import Blob
from wsim.perception.outline import outlines
from wsim.perception.things import in_plain_sight, things
from wsim.perception.trajectory_fit import tolerance
from wsim.perception.watching import unwatchable
from wsim.video import Video
from wsim.worlds.derived.histories import pictures
from wsim.worlds.families import make
from wsim.worlds.scene import Scene, Violation
from wsim.worlds.take import Take
from wsim_probes.attendance import SEEN, attendance
from wsim_probes.geometry.distance import BELOW, Views, goes_on, views_of
from wsim_probes.physics.in_plane import look
from wsim_probes.posing import answer_frames, given, known_frames, pose, take_of, world_indices, world_seed

PREFIX_S, PATH_S = 0.375, 1.5
LAWFUL = 0.5
_AFTER_S = 0.05
_MOST = 0.8  # of the views: a change must be seen in at least a fifth
_SEEN = 0.5  # of the later frames
_FEWEST, _DEEP = 8, 0.3  # views of a thing, and how much (log) its distance must change in them
_OF_THE_WAY = 0.5  # that the thing lawfully comes or goes: what goes on as it moved last gets less far
_GROWN, _SHRUNK = 2.0, 0.5
NOT_GIVEN, NOTHING_GOES_ON, NO_HORIZON, NO_DEPTH = (
    "the given frames are not in the clip", "nothing goes on", "no horizon given", "nothing comes nearer",
)  # fmt: skip


class ScaleDepth:
    """Size times distance is constant. For a level camera, a thing of constant size on level ground.

    A point at height c under an eye at height e is seen f (e - c) / z below the horizon, and a thing of size
    d is f d / z large (Hoiem et al., "Putting Objects in Perspective", CVPR 2006): the ratio of size and
    distance below the horizon does not depend on z, f or how it moves. scaled = soft tolerance on the change
    of that ratio against the given frames, which a fifth of the later ones exceeds. Given are three eighths
    of a second, or a still and the words; they settle the ratio, and neither speed nor way is judged. The
    thing is followed as what differs from the known background. A clip in which it goes nowhere new, or comes
    or goes by less than half as much (log) as it lawfully does, a background that moves with it, and a thing
    that is gone say nothing of the law, or break it; so does one that flickers, or is there twice
    (`wsim_probes.attendance`).

    Without a scenario the horizon must be given, which says that the camera is level and that things keep to
    level ground; their ratio is compared with its own median. What comes straight on is seldom clear of the
    background that a video shows of itself: give masks.
    """

    name = "geometry/scale_depth"
    version = 4
    question = "Does what comes nearer grow, and what goes away shrink, as it should?"
    needs: Mapping[Track, frozenset[Capability]] = {
        "video": frozenset({"context"}),
        "image": frozenset({"first_frame", "text"}),
    }
    metrics = (
        MetricSpec(
            "scaled", "score", "higher", 0.0, 1.0, "soft tolerance on the change of size times distance"
        ),
        MetricSpec("change", "log ratio", "lower", 0.0, 10.0, "of size times distance"),
        MetricSpec("depth_range", "log ratio", "higher", 0.0, 10.0, "by how much its distance changed"),
        SEEN,
    )
    min_duration_s = 1.0
    needed_hint = "horizon"
    doses = (Dose("grows", "factor", _GROWN), Dose("shrinks", "factor", _SHRUNK))

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """One ball or box that comes or goes for every world index."""
        for index in world_indices(limit):
            scene = make(
                "approach", world_seed(self.name, seed, index), duration_s=max(PATH_S, clip.duration_s)
            )
            take = Take(scene, clip)
            yield pose(
                probe=self.name,
                track=track,
                place=(seed, index),
                role="thing",
                family="approach",
                take=take,
                context=given(take, track, PREFIX_S),
                alternatives={name: Take(twin, clip) for name, twin in _violated(scene).items()},
                parameters={"thing": scene.body("mover").noun},
                words="text" in self.needs[track],
            )

    def dosed(self, scenario: Scenario, dose: str, severity: float) -> Video | None:
        """Larger or smaller by less."""
        full = {"grows": _GROWN, "shrinks": _SHRUNK}.get(dose)
        take = take_of(scenario)
        return None if full is None else Take(_resized(take.scene, full**severity), take.clip).video

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """Compare size over distance below the horizon with the given frames."""
        take, frames = take_of(scenario), answer_frames(scenario, video)
        scenery = look(take, frames, ["mover"])
        if scenery.trouble is not None:
            return scenery.trouble
        background = pictures(take.scene.without_body("mover"), take.clip, [0])[0]
        found, known = outlines(frames, background), known_frames(scenario)
        height_px = take.clip.height
        before, after = (
            views_of(part, (height_px - 1) / 2, height_px) for part in (found[:known], found[known:])
        )
        if not len(before.frames):
            return Unmeasurable(NOT_GIVEN)
        whole = sum(one is None or not one.at_border for one in found[known:])
        attended = attendance(take, "mover", found, scenery.found, range(known, len(frames)))
        if len(after.frames) < _SEEN * max(whole, 1):
            return attended.upon(_vanished(before, attended.seen, known))
        depth_range = _depth_range(before, after)
        enough = goes_on(before, after) and depth_range >= _OF_THE_WAY * _lawful_depth_range(take, known)
        if not enough:
            return Unmeasurable(NOTHING_GOES_ON)
        change = after.ratio_log - np.median(before.ratio_log)
        wrong = "too large" if np.median(change) > 0.0 else "too small"
        return attended.upon(_reading(after, change, depth_range, attended.seen, wrong))

    def measure_free(self, video: Video, hints: Mapping[str, Json]) -> Reading | Unmeasurable:
        """Read any clip of one shot by a level camera that stands still, of things on level ground.

        Args:
            video: any clip.
            hints: `horizon`, its height as a share of the picture from the top, without which it abstains;
                `masks`, a file of masks.
        """
        if (gate := unwatchable(video)) is not None:
            return gate
        horizon = hints.get(self.needed_hint)
        if not isinstance(horizon, int | float):
            return Unmeasurable(NO_HORIZON)
        found = things(video, hints)
        if isinstance(found, Unmeasurable):
            return found
        whole = [in_plain_sight(thing, found, video.frames) for thing in found.found]
        enough = [blobs for blobs in whole if len(blobs) >= max(_FEWEST, _SEEN * len(video))]
        deep = [v for v in (_deep(blobs, float(horizon), video.size[0]) for blobs in enough) if v is not None]
        if not deep:
            return Unmeasurable(NO_DEPTH)
        worst = max(deep, key=lambda views: _exceeded(views.ratio_log - np.median(views.ratio_log)))
        share = len(worst.frames) / (worst.frames[-1] - worst.frames[0] + 1)
        change = worst.ratio_log - np.median(worst.ratio_log)
        return _reading(worst, change, float(np.ptp(worst.nearness_log)), share, "changes size")


def _depth_range(before: Views, after: Views) -> float:
    """By how much (log) the distance changes in all views together."""
    return float(np.ptp(np.concatenate([before.nearness_log, after.nearness_log])))


@lru_cache(maxsize=12)
def _lawful_depth_range(take: Take, known: int) -> float:
    """The same of the lawful clip, seen by the same instrument."""
    height_px, frames = take.clip.height, take.video.frames
    found = outlines(frames, pictures(take.scene.without_body("mover"), take.clip, [0])[0])
    horizon_px = (height_px - 1) / 2
    before, after = (views_of(part, horizon_px, height_px) for part in (found[:known], found[known:]))
    return _depth_range(before, after)


def _violated(scene: Scene) -> dict[str, Scene]:
    return {
        "grows": _resized(scene, _GROWN),
        "shrinks": _resized(scene, _SHRUNK),
        "vanish": scene.violated(Violation("vanish", PREFIX_S + _AFTER_S, "mover")),
    }


def _resized(scene: Scene, factor: float) -> Scene:
    if factor == 1.0:
        return scene
    return scene.violated(Violation("resize", PREFIX_S + _AFTER_S, "mover", amount=factor))


def _deep(blobs: Sequence[Blob], horizon: float, height_px: int) -> Views | None:
    """The views of a thing, if all of them are below the horizon, and it comes nearer or goes away."""
    horizon_px = horizon * height_px - 0.5
    if any(blob.y - horizon_px < BELOW * height_px for blob in blobs):
        return None
    views = views_of(blobs, horizon_px, height_px)
    return views if np.ptp(views.nearness_log) >= _DEEP else None


def _exceeded(change_log: Float64[np.ndarray, " view"]) -> float:
    return float(np.quantile(np.abs(change_log), _MOST))


def _reading(
    views: Views, change_log: Float64[np.ndarray, " view"], depth_range: float, seen: float, wrong: str
) -> Reading:
    change = _exceeded(change_log)
    score = tolerance(change, (0.0, 0.07), 0.18)
    verdict = "scaled" if score >= LAWFUL else wrong
    worst = views.frames[int(np.argmax(np.abs(change_log)))]
    return Reading(
        metrics={
            "scaled": score,
            "change": min(change, 10.0),
            "depth_range": min(depth_range, 10.0),
            "seen": min(seen, 1.0),
        },
        verdict=verdict,
        lawful=verdict == "scaled",
        events=() if verdict == "scaled" else (Event(worst, verdict, (), 1.0 - score),),
        overlays=(Trail(views.frames, views.places, verdict),),
        notes=f"Its distance changes by a factor of {np.exp(depth_range):.2f}; size times distance, which "
        f"must not change, by one of {np.exp(change):.2f}.",
    )


def _vanished(before: Views, seen: float, known: int) -> Reading:
    return Reading(
        metrics={"scaled": 0.0, "change": 10.0, "depth_range": 0.0, "seen": seen},
        verdict="vanished",
        lawful=False,
        events=(Event(known, "vanished"),),
        overlays=(Trail(before.frames, before.places, "thing"),),
        notes="It is not found whole in most of the later frames.",
    )

"""Does a barrier stop a ball?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from wsim.certify.doses import Dose
from wsim.contracts import (
    Capability,
    ClipFormat,
    Event,
    MetricSpec,
    Reading,
    Scenario,
    Track,
    Unmeasurable,
)
from wsim.perception.bent_line import BentLine, fit_bent_line
from wsim.perception.trajectory_fit import tolerance
from wsim.video import Video
from wsim.worlds.families import FAMILIES, make
from wsim.worlds.scene import Scene, Violation
from wsim.worlds.take import Take
from wsim.worlds.violations.severity import broken
from wsim_probes.attendance import SEEN, attendance, worst
from wsim_probes.physics.in_plane import Sightings, look
from wsim_probes.posing import answer_frames, given, known_frames, pose, take_of, world_indices, world_seed

_PREFIX = 0.6  # of the time until the ball meets the barrier
_GAIN = 0.6  # of its speed, gained at severity 1
_FEWEST_AFTER = 3
_WRONG = 0.5  # a mark below this is called wrong


@dataclass(frozen=True)
class _Marks:
    """Soft marks in 0..1; `solid` is their product."""

    stops: float
    tires: float
    steady: float

    @property
    def solid(self) -> float:
        return self.stops * self.tires * self.steady


class Solidity:
    """A ball rolls straight at a barrier, and must come to its face and no further.

    Given are its speed and where the barrier stands. How springy the two are is not settled, so that it may
    come back at any lower speed or stay there; both are lawful. Its place along the way is fitted by two
    lines; the point where they meet, with the radius of the ball, is its depth in the barrier (a share of
    its diameter; what is hidden makes it seem less). Wrong are a ball that sinks in, comes through, turns or
    stops short of the face, comes back faster than it came, is gone, flickers or is there twice
    (`wsim_probes.attendance`).
    """

    name = "physics/solidity"
    version = 2
    question = "Does a barrier stop a ball at its face?"
    needs: Mapping[Track, frozenset[Capability]] = {"video": frozenset({"context"})}
    metrics = (
        MetricSpec("solid", "score", "higher", 0.0, 1.0, "product of soft tolerances on what is solid"),
        MetricSpec("depth", "diameters", "lower", -10.0, 10.0, "of the ball in the barrier; 0 is law"),
        MetricSpec("speed_ratio", "ratio", "lower", -10.0, 10.0, "speed away over speed towards"),
        SEEN,
    )
    min_duration_s = 1.2
    doses = (
        Dose("sinks_in", "diameters", 0.45),
        Dose("energy_gain", "share", _GAIN),
    )

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """One world after another; in every second one the ball lawfully stays at the barrier."""
        duration_s = max(self.min_duration_s, clip.duration_s)
        for index in world_indices(limit):
            bounces = index % 2 == 0
            world = world_seed(self.name, seed, index)
            scene = make("barrier", world, bounces=bounces, duration_s=duration_s)
            take = Take(scene, clip)
            yield pose(
                probe=self.name,
                track=track,
                place=(seed, index),
                role="ball",
                family="barrier",
                take=take,
                context=given(take, track, _PREFIX * _meets_s(scene)),
                alternatives={name: Take(twin, clip) for name, twin in _violated(scene).items()},
                parameters={"springy": "yes" if bounces else "no"},
                words="text" in self.needs[track],
            )

    def dosed(self, scenario: Scenario, dose: str, severity: float) -> Video | None:
        """Less deep, or a smaller gain of speed: below the speed it came with, none is a violation."""
        take = take_of(scenario)
        if severity == 0.0:
            return take.video
        before_s = _meets_s(take.scene)
        if dose == "sinks_in":
            twin = broken(take.scene, "interpenetrate", severity, before_s, "ball", "barrier")
        else:
            twin = take.scene.violated(_gains(before_s, severity))
        return Take(twin, take.clip).video

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """Follow the ball and fit its way to the barrier and back."""
        take, frames = take_of(scenario), answer_frames(scenario, video)
        scenery = look(take, frames, ["ball"])
        if scenery.trouble is not None:
            return scenery.trouble
        ball, known = scenery.things["ball"], known_frames(scenario)
        hit = _hit_frame(take)
        if int(scenery.fresh[hit:].sum()) < _FEWEST_AFTER:
            return Unmeasurable("too few moments after the hit")
        if int(ball.between(0, known - 1).sum()) < 2 or len(ball.frames) < 4:
            return Unmeasurable("the given frames are not in the clip")
        depth = _depth(take.scene, ball)
        spans = range(known, len(frames)), range(hit, len(frames))
        attended = [attendance(take, "ball", ball.blobs, scenery.found, span) for span in spans]
        reading = _reading(ball, fit_bent_line(ball.times_s, depth), float(depth.max()), hit)
        return worst(*attended).upon(reading)


def _violated(scene: Scene) -> dict[str, Scene]:
    """Those of the family, and a ball that stops on its way."""
    twins, before_s = dict(FAMILIES["barrier"].twins(scene).violated), _meets_s(scene)
    twins["energy_gain"] = scene.violated(_gains(before_s, 1.0))
    twins["stops_short"] = scene.violated(Violation("freeze", 0.75 * before_s, "ball"))
    return twins


def _gains(before_s: float, severity: float) -> Violation:
    return Violation("super_bounce", before_s, "ball", amount=1.0 + _GAIN * severity)


def _meets_s(scene: Scene) -> float:
    """Just before the ball touches the barrier."""
    ball, slab = scene.body("ball"), scene.body("barrier")
    gap_m = abs(slab.position_m[0] - ball.position_m[0]) - slab.size_m[0] - ball.size_m[0]
    return gap_m / abs(ball.velocity_m_s[0]) - 0.02


def _hit_frame(take: Take) -> int:
    """The first frame at or after the ball touches the barrier."""
    times = [e.time_s for e in take.trajectory.events if {"ball", "barrier"} <= set(e.bodies)]
    hit_s = min(times, default=_meets_s(take.scene))
    return min(int(np.ceil(hit_s * take.clip.fps)), take.clip.num_frames - 1)


def _depth(scene: Scene, ball: Sightings) -> np.ndarray:
    """How far the front of the ball is beyond the face, in diameters; negative before it."""
    slab, body = scene.body("barrier"), scene.body("ball")
    way = 1.0 if slab.position_m[0] > body.position_m[0] else -1.0
    face_m = slab.position_m[0] - way * slab.size_m[0]
    depths: np.ndarray = (way * (ball.x_m - face_m) + body.size_m[0]) / (2.0 * body.size_m[0])
    return depths


def _reading(ball: Sightings, line: BentLine, deepest: float, hit: int) -> Reading:
    depth = max(line.turn, deepest) if line.after > 0.1 * line.before else line.turn
    ratio = -line.after / line.before if line.before > 1e-6 else 0.0
    marks = _Marks(
        stops=tolerance(depth, (-0.2, 0.08), 0.15),
        tires=tolerance(ratio, (-0.15, 1.05), 0.3),
        steady=tolerance(line.residual, (0.0, 0.06), 0.2),
    )
    verdict, words = _verdict(marks, depth, ratio)
    lawful = verdict == "stopped"
    return Reading(
        metrics={
            "solid": marks.solid,
            "depth": float(np.clip(depth, -10.0, 10.0)),
            "speed_ratio": float(np.clip(ratio, -10.0, 10.0)),
        },
        verdict=verdict,
        lawful=lawful,
        events=() if lawful else (Event(hit, verdict, ("ball", "barrier"), 1.0 - marks.solid),),
        overlays=(ball.trail,),
        notes=f"The ball {words}.",
    )


def _verdict(marks: _Marks, depth: float, ratio: float) -> tuple[str, str]:
    """(class, in words); where it got to comes first."""
    if marks.stops < _WRONG and depth > 0.0:
        through = depth > 0.5
        return ("passes through", "goes through") if through else ("sinks in", f"sinks {depth:.2f} deep")
    if marks.stops < _WRONG:
        return "short of it", f"gets no nearer to the barrier than {-depth:.2f} of its diameter"
    if marks.tires < _WRONG:
        return "gains speed", f"comes back with {ratio:.2f} times the speed it came with"
    if marks.steady < _WRONG:
        return "uneven", "does not keep its speed on the way"
    return "stopped", f"comes to the face, and back with {max(ratio, 0.0):.2f} times its speed"

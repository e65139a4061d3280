"""Do two balls that meet exchange what they must?"""

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
from wsim_probes.attendance import SEEN, attendance, worst
from wsim_probes.physics.in_plane import Sightings, coarse, look
from wsim_probes.posing import answer_frames, given, known_frames, pose, take_of, world_indices, world_seed

_PREFIX = 0.55  # of the time until they meet
_GAIN = 0.8  # share of its speed that the ball that was hit gains, or loses, at severity 1
_FEWEST = 3  # samples before and after
_WRONG = 0.5
_ROUGH = 7.0  # times the misfit of the paths: what codecs that drag colours along make of momentum
_OF_SPEEDS = ("wrong momentum", "wrong speed", "uncaused", "uneven")


@dataclass(frozen=True)
class _Exchange:
    """What is seen of a collision along a line.

    Attributes:
        momentum: what is gained or lost, a share of all momentum there was (PhyWorld's measure).
        restitution: speed of parting over speed of approach; -1 where they go through each other.
        early_s: how long before they touch one of them changes its speed.
        misfit: root mean square departure from two straight lines, radii of the smaller ball.
    """

    momentum: float
    restitution: float
    early_s: float
    misfit: float

    @property
    def marks(self) -> tuple[float, float, float, float]:
        """Soft marks in 0..1 for momentum, parting, cause, and steady motion."""
        return (
            tolerance(self.momentum, (0.0, 0.06), 0.25),
            tolerance(self.restitution, (-0.1, 1.06), 0.3),
            tolerance(self.early_s, (-1.0, 0.07), 0.12),
            tolerance(self.misfit, (0.0, 0.12), 0.4),
        )

    @property
    def lawful(self) -> float:
        """The score: the product of all marks."""
        return float(np.prod(self.marks))


class Collision:
    """Two balls of one make and different size meet on a line; one may lie still before.

    Given are their speeds and sizes, hence masses as the cubes of their radii, and that they are going to
    meet. How springy they are is not settled: any speed of parting between none and that of approach is
    lawful, as long as m1 v1 + m2 v2 stays. Speeds are those of two straight lines fitted to each path,
    momentum is compared as in PhyWorld (Kang et al. 2024): |sum m v' - sum m v| / sum m |v|. Wrong are too
    much or too little exchanged, none at all, balls that go through each other or part before they touch,
    and a ball that is gone, flickers or is there twice (`wsim_probes.attendance`). Where a codec has spoiled
    what was given, wrong speeds are unmeasurable.
    """

    name = "physics/collision"
    version = 3
    question = "Do two balls that meet keep their momentum and part no faster than they came?"
    needs: Mapping[Track, frozenset[Capability]] = {"video": frozenset({"context"})}
    metrics = (
        MetricSpec("lawful", "score", "higher", 0.0, 1.0, "product of soft tolerances on the exchange"),
        MetricSpec("momentum", "share", "lower", 0.0, 10.0, "momentum gained or lost, of all there was"),
        MetricSpec("restitution", "ratio", "higher", -10.0, 10.0, "speed of parting over that of approach"),
        SEEN,
    )
    min_duration_s = 1.2
    doses = (Dose("too_much", "share", _GAIN), Dose("too_little", "share", _GAIN))

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """One world after another; in every second one both balls move."""
        duration_s = max(self.min_duration_s, clip.duration_s)
        for index in world_indices(limit):
            head_on, world = index % 2 == 1, world_seed(self.name, seed, index)
            scene = make("collision", world, head_on=head_on, duration_s=duration_s)
            take = Take(scene, clip)
            yield pose(
                probe=self.name,
                track=track,
                place=(seed, index),
                role="head_on" if head_on else "at_rest",
                family="collision",
                take=take,
                context=given(take, track, _PREFIX * _meet_s(scene)),
                alternatives={name: Take(twin, clip) for name, twin in _violated(scene).items()},
                parameters={"other": "moves" if head_on else "lies still"},
                words="text" in self.needs[track],
            )

    def dosed(self, scenario: Scenario, dose: str, severity: float) -> Video | None:
        """The ball that was hit goes off faster, or slower, than what hit it has lost."""
        take = take_of(scenario)
        if severity == 0.0:
            return take.video
        share = _GAIN * severity if dose == "too_much" else -_GAIN * severity
        return Take(take.scene.violated(_gains(take.scene, share)), take.clip).video

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """Follow both balls and fit their paths."""
        take, frames = take_of(scenario), answer_frames(scenario, video)
        scenery = look(take, frames, ["ball", "target"])
        if scenery.trouble is not None:
            return scenery.trouble
        known = known_frames(scenario)
        meet = int(np.ceil(_meet_s(take.scene) * take.clip.fps))
        if min(int(scenery.fresh[:meet].sum()), int(scenery.fresh[meet:].sum())) < _FEWEST:
            return Unmeasurable("too few moments before or after they meet")
        balls = (scenery.things["ball"], scenery.things["target"])
        if any(int(ball.between(0, known - 1).sum()) < 2 or len(ball.frames) < 4 for ball in balls):
            return Unmeasurable("the given frames are not in the clip")
        exchange = _exchange(take, balls)
        spans = range(known, len(frames)), range(meet, len(frames))
        attended = [attendance(take, b.name, b.blobs, scenery.found, span) for b in balls for span in spans]
        reading = worst(*attended).upon(_reading(exchange, balls, meet))
        rough = reading.verdict == "wrong momentum" and exchange.momentum < _ROUGH * exchange.misfit
        if rough or (reading.verdict in _OF_SPEEDS and coarse(scenario, frames)):
            return Unmeasurable("paths too rough")
        return reading


def _violated(scene: Scene) -> dict[str, Scene]:
    """Those of the family but for two: one is graded here, and a ball that sinks in keeps its momentum."""
    twins = dict(FAMILIES["collision"].twins(scene).violated)
    del twins["energy_gain"], twins["sinks_in"]
    closing = scene.body("ball").velocity_m_s[0] - scene.body("target").velocity_m_s[0]
    push = Violation("uncaused_motion", 0.6 * _meet_s(scene), "target", vector=(0.8 * closing, 0.0, 0.0))
    twins["uncaused"] = scene.violated(push)
    twins["too_much"] = scene.violated(_gains(scene, _GAIN))
    twins["too_little"] = scene.violated(_gains(scene, -_GAIN))
    return twins


def _gains(scene: Scene, share: float) -> Violation:
    return Violation("energy_gain", _meet_s(scene) + 1e-3, "target", amount=1.0 + share)


def _meet_s(scene: Scene) -> float:
    """When the balls touch: centres at different heights are then less far apart along the floor."""
    ball, target = scene.body("ball"), scene.body("target")
    closing = abs(ball.velocity_m_s[0] - target.velocity_m_s[0])
    apart_m = abs(target.position_m[0] - ball.position_m[0])
    return (apart_m - _reach_m(scene)) / closing


def _reach_m(scene: Scene) -> float:
    one, other = scene.body("ball").size_m[0], scene.body("target").size_m[0]
    return float(np.sqrt((one + other) ** 2 - (one - other) ** 2))


def _exchange(take: Take, balls: tuple[Sightings, Sightings]) -> _Exchange:
    radii_m = [take.scene.body(ball.name).size_m[0] for ball in balls]
    one, other = (fit_bent_line(ball.times_s, ball.x_m) for ball in balls)
    mass = [radius_m**3 for radius_m in radii_m]
    speeds = (one.before, other.before), (one.after, other.after)
    before, after = (sum(m * v for m, v in zip(mass, speed, strict=True)) for speed in speeds)
    there_was = sum(m * abs(v) for m, v in zip(mass, speeds[0], strict=True))
    closing = speeds[0][0] - speeds[0][1]
    parting = speeds[1][1] - speeds[1][0]
    return _Exchange(
        momentum=min(abs(after - before) / max(there_was, 1e-6), 10.0),
        restitution=float(np.clip(parting / closing if abs(closing) > 1e-6 else 0.0, -10.0, 10.0)),
        early_s=_early_s(one, other, _reach_m(take.scene)),
        misfit=max(one.residual, other.residual) / min(radii_m),
    )


def _early_s(one: BentLine, other: BentLine, reach_m: float) -> float:
    """How long before they touch, going on as they did, either changes its speed by much."""
    closing = one.before - other.before
    if abs(closing) < 1e-6:
        return 0.0
    turns_s = [line.turn_s for line in (one, other) if abs(line.after - line.before) > 0.15 * abs(closing)]
    if not turns_s:
        return 0.0
    apart_m = (other.turn - other.before * other.turn_s) - (one.turn - one.before * one.turn_s)
    touch_s = (abs(apart_m) - reach_m) / abs(closing)
    return float(np.clip(touch_s - min(turns_s), -1.0, 10.0))


def _reading(exchange: _Exchange, balls: tuple[Sightings, Sightings], meet: int) -> Reading:
    verdict, words = _verdict(exchange)
    lawful = verdict == "exchanged"
    return Reading(
        metrics={
            "lawful": exchange.lawful,
            "momentum": exchange.momentum,
            "restitution": exchange.restitution,
        },
        verdict=verdict,
        lawful=lawful,
        events=() if lawful else (Event(meet, verdict, ("ball", "target"), 1.0 - exchange.lawful),),
        overlays=tuple(ball.trail for ball in balls),
        notes=f"The balls {words}.",
    )


def _verdict(exchange: _Exchange) -> tuple[str, str]:
    """(class, in words)."""
    momentum, parts, caused, steady = exchange.marks
    if exchange.restitution < -0.3 and parts < _WRONG:
        return "passes through", "go through each other"
    if caused < _WRONG:
        return "uncaused", f"change their speed {exchange.early_s:.2f} s before they touch"
    if momentum < _WRONG:
        return "wrong momentum", f"gain or lose {exchange.momentum:.0%} of their momentum"
    if parts < _WRONG:
        return "wrong speed", f"part with {exchange.restitution:.2f} times the speed of approach"
    if steady < _WRONG:
        return "uneven", "do not keep their speed on the way"
    return "exchanged", f"keep all but {exchange.momentum:.0%} of their momentum"

"""Do a large and a small ball fall alike?"""

import math
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
from wsim.perception.trajectory_fit import Flight, fit_flight, tolerance
from wsim.video import Video
from wsim.worlds.families import FAMILIES, make
from wsim.worlds.scene import Scene, Violation
from wsim.worlds.take import Take
from wsim_probes.attendance import SEEN, attendance, worst
from wsim_probes.physics.flight_path import seen_contact
from wsim_probes.physics.in_plane import Sightings, look
from wsim_probes.posing import answer_frames, given, known_frames, pose, take_of, world_indices, world_seed

_PREFIX = 0.2  # of the time of fall
_FEWEST = 5
_NEAR_M = 0.08  # so near to the floor a ball may already touch it
_FLOATS = 0.15  # of gravity: less is not falling
_FULL = {"heavier_falls_faster": 2.0, "lighter_falls_slower": 0.35}
_WRONG = 0.5


@dataclass(frozen=True)
class _Pair:
    """The falls of both balls, from the last given frame to the floor."""

    large: Flight
    small: Flight
    gravity: float

    @property
    def falls(self) -> tuple[float, float]:
        """Downward accelerations, in units of gravity."""
        return -self.large.acceleration_m_s2[1] / self.gravity, -self.small.acceleration_m_s2[
            1
        ] / self.gravity

    @property
    def apart(self) -> float:
        """Logarithm of the ratio of accelerations; 0 is law. No scale and no clock is in it."""
        large, small = (max(fall, 1e-3) for fall in self.falls)
        return math.log(large / small)

    @property
    def marks(self) -> tuple[float, float, float]:
        """Soft marks in 0..1: they fall alike, each evenly, and they do fall."""
        steady = [tolerance(_unevenness(flight), (0.0, 0.03), 0.1) for flight in (self.large, self.small)]
        fall = float(np.clip(min(self.falls) / _FLOATS - 1.0, 0.0, 1.0))
        return tolerance(abs(self.apart), (0.0, 0.06), 0.3), min(steady), fall


class Galileo:
    """Two balls of different size are let go side by side; both must have the same acceleration.

    A still settles it, since they are at rest at the beginning; so does a prefix. How strong gravity is, is
    not asked (`physics/fall` asks), and so neither scale nor frame rate matters: score and verdict are about
    ln(a_large / a_small), with each fall fitted by constant acceleration up to the floor. Wrong are one that
    falls faster or slower than the other, that floats, stops, is gone or flickers on its way down, or is
    there twice (`wsim_probes.attendance`).
    """

    name = "physics/galileo"
    version = 2
    question = "Do a large and a small ball fall alike?"
    needs: Mapping[Track, frozenset[Capability]] = {
        "video": frozenset({"context"}),
        "image": frozenset({"first_frame", "text"}),
    }
    metrics = (
        MetricSpec("alike", "score", "higher", 0.0, 1.0, "product of soft tolerances on the two falls"),
        MetricSpec("apart", "log ratio", "lower", -10.0, 10.0, "ln of large over small acceleration"),
        MetricSpec("large", "g", "higher", -10.0, 10.0, "acceleration of the large ball"),
        MetricSpec("small", "g", "higher", -10.0, 10.0, "acceleration of the small ball"),
        SEEN,
    )
    min_duration_s = 1.2
    doses = tuple(Dose(name, "factor", abs(full - 1.0)) for name, full in _FULL.items())

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """One pair of balls for every world index."""
        duration_s = max(self.min_duration_s, clip.duration_s)
        for index in world_indices(limit):
            scene = make("galileo", world_seed(self.name, seed, index), duration_s=duration_s)
            take = Take(scene, clip)
            yield pose(
                probe=self.name,
                track=track,
                place=(seed, index),
                role="balls",
                family="galileo",
                take=take,
                context=given(take, track, _PREFIX * _falls_s(scene)),
                alternatives={name: Take(twin, clip) for name, twin in _violated(scene).items()},
                parameters={"colour": scene.body("large").colour_name},
                words="text" in self.needs[track],
            )

    def dosed(self, scenario: Scenario, dose: str, severity: float) -> Video | None:
        """One of them feels more gravity, or less."""
        take = take_of(scenario)
        if severity == 0.0:
            return take.video
        body = "large" if dose == "heavier_falls_faster" else "small"
        amount = 1.0 + severity * (_FULL[dose] - 1.0)
        law = Violation("gravity_scale", 0.25 * _falls_s(take.scene), body, amount=amount)
        return Take(take.scene.violated(law), take.clip).video

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """Follow both balls to the floor and fit their falls."""
        take, frames = take_of(scenario), answer_frames(scenario, video)
        scenery = look(take, frames, ["large", "small"])
        if scenery.trouble is not None:
            return scenery.trouble
        first = known_frames(scenario) - 1
        last = int(np.ceil(_falls_s(take.scene) * take.clip.fps))
        if int(scenery.fresh[first:last].sum()) < _FEWEST:
            return Unmeasurable("too few moments of fall")
        balls = scenery.things["large"], scenery.things["small"]
        if not all(ball.between(0, first).any() for ball in balls):
            return Unmeasurable("the given frames are not in the clip")
        falling = range(first + 1, last + 1)
        attended = worst(*(attendance(take, b.name, b.blobs, scenery.found, falling) for b in balls))
        large, small = (_fall(take, ball, first) for ball in balls)
        if large is None or small is None:
            return attended.upon(_not_followed(balls, first))
        pair = _Pair(large, small, float(-take.scene.gravity_m_s2[2]))
        return attended.upon(_reading(pair, balls, first))


def _violated(scene: Scene) -> dict[str, Scene]:
    """Those of the family but one: both may fall more slowly here, and still alike."""
    twins = dict(FAMILIES["galileo"].twins(scene).violated)
    del twins["gravity_scale"]
    twins["vanish"] = scene.violated(Violation("vanish", 0.4 * _falls_s(scene), "small"))
    return twins


def _falls_s(scene: Scene) -> float:
    large = scene.body("large")
    return math.sqrt(2.0 * (large.position_m[2] - large.size_m[0]) / -scene.gravity_m_s2[2])


def _fall(take: Take, ball: Sightings, first: int) -> Flight | None:
    """Its flight from the last given frame until it is seen to touch the floor; None if it is lost before."""
    down = ball.between(first, take.clip.num_frames)
    height_m = ball.z_m[down] - take.scene.body(ball.name).size_m[0]
    end = seen_contact(height_m, _NEAR_M)
    lost = (
        end == len(height_m) and int(ball.between(take.clip.num_frames - 3, take.clip.num_frames).sum()) == 0
    )
    if end < _FEWEST - 1 or lost:
        return None
    return fit_flight(ball.times_s[down][:end], ball.x_m[down][:end], ball.z_m[down][:end])


def _unevenness(flight: Flight) -> float:
    """What constant acceleration leaves over, a share of the way."""
    return max(flight.residual_m, 0.5 * flight.cubic_m) / max(flight.span_m, 0.3)


def _reading(pair: _Pair, balls: tuple[Sightings, Sightings], first: int) -> Reading:
    alike, steady, fall = pair.marks
    large, small = pair.falls
    score = alike * steady * fall
    verdict, words = "alike", f"fall alike, with {large:.2f} and {small:.2f} g"
    if fall < _WRONG:
        verdict, words = "floats", f"do not both fall: they are pulled by {large:.2f} and {small:.2f} g"
    elif steady < _WRONG:
        verdict, words = "uneven", "do not both fall with constant acceleration"
    elif alike < _WRONG:
        verdict, words = "unlike", f"fall with {large:.2f} and {small:.2f} g"
    lawful = verdict == "alike"
    return Reading(
        metrics={
            "alike": score,
            "apart": float(np.clip(pair.apart, -10.0, 10.0)),
            "large": float(np.clip(large, -10.0, 10.0)),
            "small": float(np.clip(small, -10.0, 10.0)),
        },
        verdict=verdict,
        lawful=lawful,
        events=() if lawful else (Event(first, verdict, ("large", "small"), 1.0 - score),),
        overlays=tuple(ball.trail for ball in balls),
        notes=f"The large and the small ball {words}.",
    )


def _not_followed(balls: tuple[Sightings, Sightings], first: int) -> Reading:
    """One of them is gone, or at the floor at once."""
    last = min(max(ball.frames, default=first) for ball in balls)
    return Reading(
        metrics={"alike": 0.0, "apart": 10.0, "large": 0.0, "small": 0.0},
        verdict="vanished",
        lawful=False,
        events=(Event(last, "vanished", ("large", "small")),),
        overlays=tuple(ball.trail for ball in balls if ball.frames),
        notes="One of the balls cannot be followed on its way down.",
    )

"""Does what flies fall with constant acceleration, downwards?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

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
from wsim.perception.identities import Identity
from wsim.perception.objects import Blob
from wsim.perception.things import Things, diameter, in_plain_sight, things
from wsim.perception.trajectory_fit import Flight, acceleration_noise, fit_flight, tolerance
from wsim.perception.watching import shown_first
from wsim.video import Video
from wsim.worlds.scene import Scene, Violation
from wsim_probes.lawful_worlds import SHORTEST_S, Breach, LawfulWorlds
from wsim_probes.physics.fitted_parabola import fitted_parabola

NO_FLIGHT = "nothing flies"

_FEWEST = 7  # views of a flight
_LEAST_RISE = 1.0  # diameters that a flight goes up or down
_STEEP = 0.35  # height over width of its path: what goes along the ground is flatter in most pictures
_SAME_SIZE = 0.25  # log diameter, first to last views: what comes nearer moves in the picture too
_NOISE_PX = 0.35  # of a centroid
_SURE = 5.0  # standard deviations of the fitted acceleration
_FALLS = 0.08  # of the path: an acceleration that accounts for less is none
_LANDS = 0.5  # share of its speed downwards that is lost between two views only at a contact
_RIGHT_WAY_DEG, _WRONG_WAY_MARGIN_DEG = 4.0, 40.0  # half the mark at 26 degrees
_LAWFUL = 0.5


def _twins(scene: Scene) -> Mapping[str, Scene]:
    """It falls upwards, or not at all; how strong gravity is cannot be told without a scale."""
    return {
        "rises": scene.violated(Violation("gravity_scale", 0.0, amount=-0.35)),
        "glides": scene.violated(Violation("gravity_scale", 0.0, amount=0.0)),
    }


_WORLDS = LawfulWorlds(
    "physics/flight", {"fall": "ball"}, {"tilted": Breach("gravity_tilt", 0.0, body=False)}, _twins
)


class FreeFlight:
    """Flight against Galileo, without units: constant acceleration, straight down in the picture.

    The flight of a thing is its path from its first view in plain sight to its first contact: where more
    than half of its speed downwards is gone from one view to the next, which gravity cannot do. Only paths
    that go up or down by more than the thing, and not much wider than high, of things that do not come
    nearer, are taken for flights. x and y are fitted by constant acceleration over the whole flight;
    lawful = steady x falls x downward, tolerances (dm_control's) on residual and cubic term, on what the
    acceleration accounts for, and on its angle to straight down. A thing that is carried or lifted is
    read as if it flew: the probe is for videos in which things are dropped or thrown, by a level camera.
    Any lawful video is a right answer; how strong gravity is, is not asked.
    """

    name = "physics/flight"
    version = 3
    question = "Does what flies fall with constant acceleration, straight down?"
    needs: Mapping[Track, frozenset[Capability]] = {"text": frozenset({"text"})}
    metrics = (
        MetricSpec("lawful", "score", "higher", 0.0, 1.0, "product of tolerances on the law of fall"),
        MetricSpec("direction_error", "deg", "lower", 0.0, 180.0, "angle between acceleration and down"),
        MetricSpec("residual", "share", "lower", 0.0, 1.0, "rms departure from the law, of the path"),
        MetricSpec("flights", "count", "higher", 0.0, 1000.0, "things that were seen to fly"),
    )
    min_duration_s = SHORTEST_S
    any_world = True
    doses: tuple[Dose, ...] = _WORLDS.doses

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """One ball, dropped or thrown, for every world index."""
        return _WORLDS.scenarios(clip, seed=seed, limit=limit)

    def dosed(self, scenario: Scenario, dose: str, severity: float) -> Video | None:
        """Gravity that is turned by less than 45 degrees."""
        return _WORLDS.dosed(scenario, dose, severity)

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """As any video is read."""
        return self.measure_free(video, {})

    def measure_free(self, video: Video, hints: Mapping[str, Json]) -> Reading | Unmeasurable:
        """Read any clip of one shot by a camera that stands still.

        Args:
            video: any clip.
            hints: `masks`, a file of masks.
        """
        found = things(video, hints)
        if isinstance(found, Unmeasurable):
            return found
        new = shown_first(video.frames)
        seen = [_flown(thing, found, video, new) for thing in found.found]
        flights = [flown for flown in seen if flown is not None]
        return _reading(flights, video.fps) if flights else Unmeasurable(NO_FLIGHT)


@dataclass(frozen=True)
class _Flown:
    """One flight in pixels, y up, seconds; soft marks in 0..1 for the parts of the law."""

    thing: Identity
    views: tuple[Blob, ...]
    flight: Flight
    steady: float
    falls: float
    downward: float

    @property
    def lawful(self) -> float:
        return self.steady * self.falls * self.downward

    @property
    def verdict(self) -> str:
        if self.lawful >= _LAWFUL:
            return "falls"
        marks = {"floats": self.falls, "wrong direction": self.downward, "uneven": self.steady}
        return min(marks, key=lambda name: marks[name])


def _flown(thing: Identity, found: Things, video: Video, new: np.ndarray) -> _Flown | None:
    views = [view for view in in_plain_sight(thing, found, video.frames) if new[view.frame]]
    views = _until_contact(_under_way(views))
    if len(views) < _FEWEST or not _looks_like_flight(views, diameter(thing)):
        return None
    flight = fit_flight(
        np.array([view.frame for view in views]) / video.fps,
        np.array([view.x for view in views]),
        -np.array([view.y for view in views]),
    )
    span = max(flight.span_m, 1.0)
    steady = tolerance(flight.residual_m, (0.0, max(0.013 * span, 1.2 * _NOISE_PX)), 0.025 * span)
    steady *= tolerance(flight.cubic_m, (0.0, max(0.025 * span, 2.0 * _NOISE_PX)), 0.06 * span)
    seconds = (views[-1].frame - views[0].frame) / video.fps
    share = flight.magnitude_m_s2 * seconds**2 / 8.0 / span  # sagitta over chord
    unsure = _SURE * acceleration_noise(_NOISE_PX, len(views), seconds / (len(views) - 1))
    pulled = share if flight.magnitude_m_s2 > unsure else 0.0
    falls = float(np.clip(pulled / _FALLS, 0.0, 1.0))
    astray = tolerance(flight.direction_error_deg, (0.0, _RIGHT_WAY_DEG), _WRONG_WAY_MARGIN_DEG)
    return _Flown(thing, tuple(views), flight, steady, falls, astray)


def _under_way(views: list[Blob]) -> list[Blob]:
    """From the last view at which it still rests; it may be held before it is let go."""
    moved = [np.hypot(b.x - views[0].x, b.y - views[0].y) > 3.0 * _NOISE_PX for b in views]
    return views[max(moved.index(True) - 1, 0) :] if any(moved) else []


def _until_contact(views: list[Blob]) -> list[Blob]:
    """Up to the last view before its speed downwards breaks off, or it is out of sight for some frames.

    Where the last step down was already slower than the one before, the contact lies within it.
    """
    speeds = [(b.y - a.y) / (b.frame - a.frame) for a, b in pairwise(views)]
    for i, (before, after) in enumerate(pairwise(speeds)):
        if views[i + 2].frame - views[i + 1].frame > 4:
            return views[: i + 2]
        if before > 3.0 * _NOISE_PX and after < (1.0 - _LANDS) * before:
            return views[: i + 1 if before < speeds[max(i - 1, 0)] else i + 2]
    return views


def _looks_like_flight(views: list[Blob], diameter_px: float) -> bool:
    wide, high = np.ptp([(view.x, view.y) for view in views], axis=0)
    size_log: Float64[np.ndarray, " sample"] = 0.5 * np.log([view.area_px for view in views])
    steady = abs(float(np.median(size_log[:3]) - np.median(size_log[-3:]))) < _SAME_SIZE
    return bool(high > _LEAST_RISE * diameter_px and high > _STEEP * wide and steady)


def _reading(flights: list[_Flown], fps: float) -> Reading:
    worst = min(flights, key=lambda flown: flown.lawful)
    wrong = [flown for flown in flights if flown.verdict != "falls"]
    return Reading(
        metrics={
            "lawful": float(np.mean([flown.lawful for flown in flights])),
            "direction_error": worst.flight.direction_error_deg,
            "residual": float(min(worst.flight.residual_m / max(worst.flight.span_m, 1.0), 1.0)),
            "flights": float(min(len(flights), 1000)),
        },
        verdict=worst.verdict,
        lawful=not wrong,
        events=tuple(
            Event(f.views[0].frame, f.verdict, (f"thing {f.thing.number}",), 1.0 - f.lawful) for f in wrong
        ),
        overlays=tuple(trail for f in flights for trail in _trails(f)),
        notes=(
            f"{len(worst.views)} views of a flight, from {worst.views[0].frame / fps:.2f} s on: pulled "
            f"{worst.flight.direction_error_deg:.0f} degrees from straight down."
        ),
    )


def _trails(flown: _Flown) -> tuple[Trail, ...]:
    frames = tuple(blob.frame for blob in flown.views)
    points = tuple((blob.x, blob.y) for blob in flown.views)
    return Trail(frames, points, flown.verdict), *fitted_parabola(frames, points)

"""Does a ball in the air fall as it must?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

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
from wsim.perception.background import stillness
from wsim.perception.cadence import repeats
from wsim.perception.objects import Blob, find_objects, follow
from wsim.perception.trajectory_fit import Flight, fit_flight, tolerance
from wsim.video import Video
from wsim.worlds.families import make
from wsim.worlds.palette import PALETTE
from wsim.worlds.scene import Scene, Violation
from wsim.worlds.take import Take
from wsim_probes.attendance import SEEN, attendance
from wsim_probes.physics.fitted_parabola import fitted_parabola
from wsim_probes.physics.flight_noise import aside_px, may_fall
from wsim_probes.physics.flight_path import Path, impact_frame, path_of_ball, velocity_of_ball
from wsim_probes.posing import answer_frames, given, known_frames, pose, take_of, world_indices, world_seed

PREFIX_S = 0.25
GRAVITY_DOSES = (0.25, 0.5, 0.75, 1.5, -1.0)
FEWEST_SAMPLES = 5
FLOATS = 0.15  # of gravity: less is not falling
GRAVITY_RATIO = (0.85, 1.15)
CLEARLY = 0.9  # a strength below this is called wrong: outside 0.81 to 1.19 g
GRAVITY_MARGIN = 0.2  # beyond it little is left: 0.1 at that distance
WRONG_WAY_DEG = 35.0
_OF_ACCELERATION = ("wrong gravity", "wrong direction")


@dataclass(frozen=True)
class _Marks:
    """Soft marks in 0..1, one for every part of the law; `lawful` is their product."""

    steady: float
    downward: float
    strength: float
    follows: float

    @property
    def lawful(self) -> float:
        return self.steady * self.downward * self.strength * self.follows


class Fall:
    """Free flight against Newton: straight across, constant acceleration down, of the right size.

    The ball is followed by its colour to a fraction of a pixel and its picture path is put into metres by
    the known camera. From the last given frame to the first contact, x is fitted by a line with constant
    acceleration and y likewise. lawful = steady x downward x strength x follows, each a tolerance
    (dm_control's) on: residual and cubic term, angle to straight down, |a| / g, and the velocity with
    which the flight sets out. The last two are asked only where a prefix determines them. A ball that
    flickers in its flight, or is there twice, is wrong however it falls (`wsim_probes.attendance`).

    Codecs pull the colours of a ball aside by up to some pixels: where they may account for all that its
    acceleration differs from gravity, it says nothing (`wsim_probes.physics.flight_noise`).
    """

    name = "physics/fall"
    version = 5
    question = "Does a ball in mid air fall with constant acceleration, straight down?"
    needs: Mapping[Track, frozenset[Capability]] = {
        "video": frozenset({"context"}),
        "image": frozenset({"first_frame", "text"}),
    }
    metrics = (
        MetricSpec("lawful", "score", "higher", 0.0, 1.0, "product of soft tolerances on the law of fall"),
        MetricSpec("acceleration", "g", "higher", -4.0, 4.0, "downward acceleration over gravity; 1 is law"),
        MetricSpec("direction_error", "deg", "lower", 0.0, 180.0, "angle between acceleration and down"),
        MetricSpec("residual", "share", "lower", 0.0, 1.0, "rms departure from the law, of the path"),
        SEEN,
    )
    min_duration_s = 1.2

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """One ball for every world index."""
        for index in world_indices(limit):
            scene = make("fall", world_seed(self.name, seed, index))
            take = Take(scene, clip)
            context = given(take, track, PREFIX_S)
            yield pose(
                probe=self.name,
                track=track,
                place=(seed, index),
                role="ball",
                family="fall",
                take=take,
                context=context,
                alternatives=_violated(scene, clip, track, context.indices[-1] / clip.fps),
                parameters={"colour": scene.body("ball").colour_name},
                words="text" in self.needs[track],
            )

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """Follow the ball and fit its flight."""
        take, frames = take_of(scenario), answer_frames(scenario, video)
        known = known_frames(scenario)
        found = find_objects(frames, PALETTE)
        blobs = follow(found, take.scene.body("ball").colour_name)
        path = path_of_ball(take, blobs, known, repeats(frames))
        gate = _scene_gate(take, frames, blobs, known, path)
        if gate is not None:
            return gate
        few = len(path.frames) < FEWEST_SAMPLES
        if few and path.left is None and path.fresh <= FEWEST_SAMPLES:  # the last may be a contact
            return Unmeasurable("too few moments of flight")
        attended = attendance(take, "ball", blobs, found, range(known, impact_frame(take)))
        if few:
            return attended.upon(_no_flight(path, known))
        times = np.array(path.frames) / take.clip.fps
        flight = fit_flight(times, path.x_m, path.y_m)
        reading = attended.upon(_law(take, path, flight, scenario.parameters["track"] == "video"))
        aside_m = aside_px(take, "ball", blobs[:known]) * path.px_m
        astray = reading.verdict in _OF_ACCELERATION
        if astray and aside_m > 0 and may_fall(flight, times, take.scene, aside_m):
            return Unmeasurable("path too rough")
        return reading


def _violated(scene: Scene, clip: ClipFormat, track: Track, from_s: float) -> dict[str, Take]:
    """Weaker gravity is a violation only where the given frames show the right one."""
    doses = GRAVITY_DOSES if track == "video" else (0.0, -1.0)
    broken = {f"gravity={dose:g}": Violation("gravity_scale", from_s, amount=dose) for dose in doses}
    broken["vanished"] = Violation("vanish", from_s + 0.1, "ball")
    broken["frozen"] = Violation("freeze", from_s, "ball")
    return {name: Take(scene.violated(violation), clip) for name, violation in broken.items()}


def _scene_gate(
    take: Take,
    frames: UInt8[np.ndarray, "time height width 3"],
    blobs: list[Blob | None],
    known: int,
    path: Path,
) -> Unmeasurable | None:
    """The camera must stand still as given, or the path in the picture is not that of the ball."""
    truth = take.video.frames
    unchanging = (np.abs(truth.astype(np.int16) - truth[0]).max(axis=(0, 3))) <= 6
    for index in {max(path.frames, default=known), min(take.clip.num_frames - 1, known + 2)}:
        free = unchanging.copy()
        blob = blobs[index]
        if blob is not None:
            x0, y0, x1, y1 = blob.box
            free[max(y0 - 2, 0) : y1 + 2, max(x0 - 2, 0) : x1 + 2] = False
        seen = stillness(frames[index], truth[0], free)
        if not seen.same_scene():
            return Unmeasurable("camera moved" if seen.explained > 0.2 else "scene lost")
    return None


def _law(take: Take, path: Path, flight: Flight, settled: bool) -> Reading:
    sets_out = velocity_of_ball(take, path.frames[0]) if settled else None
    gravity = float(-take.scene.gravity_m_s2[2])
    return _reading(flight, _marks(flight, path, sets_out, gravity), path, gravity)


def _marks(flight: Flight, path: Path, sets_out: tuple[float, float] | None, gravity: float) -> _Marks:
    noise_m = 0.4 * path.px_m
    span = max(flight.span_m, noise_m)
    steady = tolerance(flight.residual_m, (0.0, max(0.02 * span, noise_m)), 0.1 * span)
    steady *= tolerance(flight.cubic_m, (0.0, max(0.03 * span, noise_m)), 0.15 * span)
    fall = -flight.acceleration_m_s2[1] / gravity
    falls = float(np.clip(fall / FLOATS - 1.0, 0.0, 1.0))  # 0 up to FLOATS, 1 from twice that
    downward = tolerance(flight.direction_error_deg, (0.0, 10.0), WRONG_WAY_DEG)
    if sets_out is None:
        return _Marks(steady, downward, falls, 1.0)
    strength = tolerance(flight.magnitude_m_s2 / gravity, GRAVITY_RATIO, GRAVITY_MARGIN) * falls
    scale = max(float(np.hypot(*sets_out)), PREFIX_S * gravity)
    astray = float(np.hypot(*(np.array(flight.velocity_m_s) - sets_out))) / scale
    return _Marks(steady, downward, strength, tolerance(astray, (0.0, 0.25), 0.5))


def _verdict(flight: Flight, marks: _Marks, gravity: float) -> tuple[str, str]:
    """(class, in words). What kind of fall it is comes before how strong it is."""
    fall = -flight.acceleration_m_s2[1] / gravity
    ratio = flight.magnitude_m_s2 / gravity
    if ratio < FLOATS:
        return "floats", f"hangs or glides: it is pulled by {ratio:.2f} g"
    if fall < 0 or flight.direction_error_deg > WRONG_WAY_DEG:
        return "wrong direction", f"is pulled {flight.direction_error_deg:.0f} degrees away from down"
    if marks.steady < 0.5:
        return "uneven", "does not move with constant acceleration"
    if marks.strength < CLEARLY:
        return "wrong gravity", f"falls with {ratio:.2f} g"
    if marks.follows < 0.5:
        return "uneven", "does not go on from where the given frames were heading"
    return "falls", f"falls with {ratio:.2f} g, {flight.direction_error_deg:.0f} degrees from straight down"


def _reading(flight: Flight, marks: _Marks, path: Path, gravity: float) -> Reading:
    verdict, words = _verdict(flight, marks, gravity)
    lawful = verdict == "falls"
    events = () if lawful else (Event(path.frames[0], verdict, ("ball",), 1.0 - marks.lawful),)
    return Reading(
        metrics={
            "lawful": marks.lawful,
            "acceleration": float(np.clip(-flight.acceleration_m_s2[1] / gravity, -4.0, 4.0)),
            "direction_error": flight.direction_error_deg,
            "residual": float(min(flight.residual_m / max(flight.span_m, path.px_m), 1.0)),
        },
        verdict=verdict,
        lawful=lawful,
        events=events,
        overlays=(
            Trail(path.frames, path.points_px, "ball"),
            *fitted_parabola(path.frames, path.points_px),
        ),
        notes=f"In {flight.samples} frames of flight the ball {words}.",
    )


def _no_flight(path: Path, known: int) -> Reading:
    """Too little to fit: the ball is gone, or is out of the picture where it should be falling."""
    last = max(path.frames, default=known - 1)
    if path.left is None:
        verdict, words = "vanished", "The ball is not found in most of the frames of its flight."
    else:
        verdict, words = "wrong direction", "The ball leaves the picture instead of falling."
    return Reading(
        metrics={
            "lawful": 0.0,
            "acceleration": 0.0,
            "direction_error": 180.0,
            "residual": 1.0,
        },
        verdict=verdict,
        lawful=False,
        events=(Event(last + 1, verdict, ("ball",)),),
        overlays=(Trail(path.frames, path.points_px, "ball"),) if path.frames else (),
        notes=words,
    )

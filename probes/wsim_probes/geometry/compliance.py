"""Does the camera go where it has to, as far and turned as much?"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from jaxtyping import Float64

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
from wsim.perception.trajectory_fit import tolerance
from wsim.video import Video
from wsim_probes.geometry.found_camera import Station, stations
from wsim_probes.geometry.paths import lagging, rising, with_camera
from wsim_probes.geometry.revealed import NOTHING_NEW, shows_more
from wsim_probes.geometry.rooms import Room
from wsim_probes.posing import answer_frames, known_frames, take_of, world_indices

WAYS = ("arc", "truck", "dolly")
LAWFUL = 0.5
_LOOKS = 6
_RISE_M = 1.0
_LEAST_AGREEMENT = 0.35  # of the corners, on average: with fewer no one camera shows this room
_SHORT = 0.1  # of the told way: so little motion has no direction
LOST = "room not recognised"


class Compliance:
    """The camera that the pixels show against the camera that there must be; nothing is aligned or scaled.

    The camera of six frames is found by resection (`wsim_probes.geometry.found_camera`) from the exact
    depth of what the last given frame shows, in metres. With R, t the rotation and the translation since
    then, found and told: rotation_error = angle(R_told^T R_found) at its largest; translation_gain =
    sum(t_found . t_told) / sum(t_told . t_told), 1 all of it, 0 none, -1 the opposite; direction_error =
    angle(t_found, t_told) at the end. complied = product of soft tolerances on the three, each of which
    halves it at 5 degrees of rotation, 0.3 of the way, and 9 degrees of direction. The camera arcs, trucks or
    dollies at a constant rate: the given half second shows which way and how fast, the caption says that it
    goes on, and its path is told to models that can take one. A camera that stays still has gone nowhere;
    a clip that shows nothing new says nothing.
    """

    name = "geometry/compliance"
    version = 2
    question = "Does the camera go where it has to, as far and turned as much?"
    needs: Mapping[Track, frozenset[Capability]] = {"video": frozenset({"context", "text"})}
    metrics = (
        MetricSpec("complied", "score", "higher", 0.0, 1.0, "product of tolerances on the three below"),
        MetricSpec(
            "rotation_error", "deg", "lower", 0.0, 180.0, "angle to the told orientation, the largest"
        ),
        MetricSpec("translation_gain", "ratio", "higher", -10.0, 10.0, "share of the told way that it went"),
        MetricSpec("direction_error", "deg", "lower", 0.0, 180.0, "angle to the told way, at the end"),
        MetricSpec("agreement", "share", "higher", 0.0, 1.0, "corners that are where the camera shows them"),
    )
    min_duration_s = 1.0
    doses = (Dose("lags", "share of the way", 1.0), Dose("rises", "m", _RISE_M))
    _rooms: Mapping[str, Room] = {
        way: Room(
            "geometry/compliance",
            way,
            {"lags": lagging(1.0), "rises": rising(_RISE_M), "returns": lagging(2.0)},
        )
        for way in WAYS
    }

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """One room a world, the ways of the camera in turn."""
        for index in world_indices(limit):
            room = self._rooms[WAYS[index % len(WAYS)]]
            yield with_camera(room.pose(clip, track, (seed, index), words="text" in self.needs[track]))

    def dosed(self, scenario: Scenario, dose: str, severity: float) -> Video | None:
        """The camera lags behind, and stops in full; or it rises as well."""
        return self._rooms[str(scenario.parameters["camera"])].dosed(scenario, dose, severity)

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """Find the camera of some frames after the given ones."""
        frames, take = answer_frames(scenario, video), take_of(scenario)
        last = known_frames(scenario) - 1
        chosen = np.linspace(last, len(frames) - 1, _LOOKS + 1).round().astype(int).tolist()
        found = stations(take, frames, last, sorted(set(chosen) - {last}))
        if not found or float(np.mean([one.agreement for one in found])) < _LEAST_AGREEMENT:
            return Unmeasurable(LOST)
        if not shows_more(take, frames, last):
            return Unmeasurable(NOTHING_NEW)
        return _reading(found, take.camera.world_from_camera, last)


def _reading(found: Sequence[Station], told: Float64[np.ndarray, "time 4 4"], last: int) -> Reading:
    start_m = told[last, :3, 3]
    went_m = np.array([one.world_from_camera[:3, 3] for one in found]) - start_m
    must_m = told[[one.frame for one in found], :3, 3] - start_m
    turned_deg = [_angle_deg(told[one.frame], one.world_from_camera) for one in found]
    gain = float((went_m * must_m).sum() / (must_m**2).sum())
    astray_deg = _between_deg(went_m[-1], must_m[-1])
    marks = {
        "turned otherwise": tolerance(max(turned_deg), (0.0, 2.0), 6.0),
        "another pace": tolerance(abs(gain - 1.0), (0.0, 0.12), 0.35),
        "another way": tolerance(astray_deg, (0.0, 5.0), 8.0),
    }
    complied = float(np.prod(list(marks.values())))
    wrong = min(marks, key=lambda name: marks[name]) if _moved(went_m[-1], must_m[-1]) else "stood still"
    verdict = "complied" if complied >= LAWFUL else wrong
    return Reading(
        metrics={
            "complied": complied,
            "rotation_error": max(turned_deg),
            "translation_gain": float(np.clip(gain, -10.0, 10.0)),
            "direction_error": astray_deg,
            "agreement": float(np.mean([one.agreement for one in found])),
        },
        verdict=verdict,
        lawful=verdict == "complied",
        events=() if verdict == "complied" else (Event(found[-1].frame, verdict, (), 1.0 - complied),),
        notes=f"The camera went {gain:.0%} of its way, {astray_deg:.0f} degrees aside, and is up to "
        f"{max(turned_deg):.1f} degrees from how it must be turned.",
    )


def _angle_deg(one: Float64[np.ndarray, "4 4"], other: Float64[np.ndarray, "4 4"]) -> float:
    """Of the rotation from one orientation to the other."""
    cosine = (np.trace(one[:3, :3].T @ other[:3, :3]) - 1.0) / 2.0
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def _between_deg(went_m: Float64[np.ndarray, " 3"], must_m: Float64[np.ndarray, " 3"]) -> float:
    """Between two ways; a right angle where there was hardly any motion, which has no direction."""
    if not _moved(went_m, must_m):
        return 90.0
    cosine = went_m @ must_m / (np.linalg.norm(went_m) * np.linalg.norm(must_m))
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def _moved(went_m: Float64[np.ndarray, " 3"], must_m: Float64[np.ndarray, " 3"]) -> bool:
    return bool(np.linalg.norm(went_m) >= _SHORT * np.linalg.norm(must_m))

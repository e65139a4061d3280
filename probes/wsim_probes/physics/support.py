"""Does a block fall when it is pushed over an edge, and only then?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

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
from wsim.worlds.families import make
from wsim.worlds.physics.simulate import simulate
from wsim.worlds.scene import Scene, Violation
from wsim.worlds.take import Take
from wsim.worlds.violations.severity import broken
from wsim_probes.attendance import SEEN, attendance
from wsim_probes.physics.in_plane import Sightings, look
from wsim_probes.posing import answer_frames, given, known_frames, pose, take_of, world_indices, world_seed

_PREFIX = {"falls": 0.47, "stays": 0.58}  # of the clip: its middle is beyond the edge; the rod has stopped
_TABLE_M = 0.75  # heights are told in shares of this
_LATEST_S, _STEP_S = 0.2, 0.01
_AS_GOOD = 0.002  # misfit by which another time must be better than the time that is due
_AT_REST_M = 0.03
_FEWEST = 4
_WRONG = 0.5


@dataclass(frozen=True)
class _Fit:
    """How the heights that are seen go with those that are due.

    Attributes:
        misfit: root mean square, in heights of the table, at the best time. late_s: that time.
        drop: how far it has come down at the end, in heights of the table. due: how far it should have.
    """

    misfit: float
    late_s: float
    drop: float
    due: float

    @property
    def supported(self) -> float:
        """The score: a product of soft tolerances."""
        return self.like * self.on_time

    @property
    def like(self) -> float:
        """Soft mark for the heights."""
        return tolerance(self.misfit, (0.0, 0.04), 0.15)

    @property
    def on_time(self) -> float:
        """Soft mark for when."""
        return tolerance(abs(self.late_s), (0.0, 0.005), 0.12)


_GONE = _Fit(10.0, 0.0, 0.0, 0.0)


class Support:
    """A rod pushes a block along a table: over the edge, and in every second world also not so far.

    Given are frames until its middle is well beyond the edge, so that it must fall whatever the rod does, or
    until the rod has stopped and it lies on the table at rest. Its height over time is compared with the
    true one, which may be a little early or late; how it turns is not asked. Wrong are a block that floats,
    falls too slowly, is gone, flickers or is there twice (`wsim_probes.attendance`); one that lies on the
    table and then moves, or sinks into it.
    """

    name = "physics/support"
    version = 2
    question = "Does a block fall when it is pushed over an edge, and only then?"
    needs: Mapping[Track, frozenset[Capability]] = {"video": frozenset({"context"})}
    metrics = (
        MetricSpec("supported", "score", "higher", 0.0, 1.0, "product of soft tolerances on its height"),
        MetricSpec("misfit", "tables", "lower", 0.0, 10.0, "rms departure from the height that is due"),
        MetricSpec("late", "s", "lower", -_LATEST_S, _LATEST_S, "how late it falls; negative: early"),
        MetricSpec("drop", "tables", "higher", -10.0, 10.0, "how far it has come down in the end"),
        SEEN,
    )
    min_duration_s = 1.4
    doses = (Dose("weightless", "share", 1.0),)

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """All questions of one world after another."""
        duration_s = max(self.min_duration_s, clip.duration_s)
        for index in world_indices(limit):
            world = world_seed(self.name, seed, index)
            falls = make("support", world, duration_s=duration_s)
            yield self._scenario(clip, track, (seed, index), falls, "falls")
            stays = make("support", world, falls=False, duration_s=duration_s)
            if index % 2 and _rests(stays):
                yield self._scenario(clip, track, (seed, index), stays, "stays")

    def _scenario(
        self, clip: ClipFormat, track: Track, place: tuple[int, int], scene: Scene, end: str
    ) -> Scenario:
        take, until_s = Take(scene, clip), _PREFIX[end] * scene.duration_s
        return pose(
            probe=self.name,
            track=track,
            place=place,
            role=end,
            family="support",
            take=take,
            context=given(take, track, until_s),
            alternatives={name: Take(twin, clip) for name, twin in _violated(scene, end).items()},
            parameters={"ends": end},
            words="text" in self.needs[track],
        )

    def dosed(self, scenario: Scenario, dose: str, severity: float) -> Video | None:
        """With a share of its weight gone; None where nothing should fall."""
        take = take_of(scenario)
        end = str(scenario.parameters["ends"])
        if dose != "weightless" or end != "falls":
            return None
        return Take(
            broken(take.scene, "weightless", severity, _after_s(take.scene, end), "block"), take.clip
        ).video

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """Follow the block and compare its heights with those that are due."""
        take, frames = take_of(scenario), answer_frames(scenario, video)
        scenery = look(take, frames, ["block"])
        if scenery.trouble is not None:
            return scenery.trouble
        known, block = known_frames(scenario), scenery.things["block"]
        fresh = int(scenery.fresh[known:].sum())
        if fresh < _FEWEST:
            return Unmeasurable("too few moments after the push")
        if not block.between(0, known - 1).any():
            return Unmeasurable("the given frames are not in the clip")
        falls = scenario.parameters["ends"] == "falls"
        fit = _fall(take, block, known) if falls else _rest(block, known)
        attended = attendance(take, "block", block.blobs, scenery.found, range(known, len(frames)))
        return attended.upon(_reading(fit, block, known))


def _rests(scene: Scene) -> bool:
    """Whether the block stays where the rod has left it; in a few worlds it glides on, and may fall."""
    times_s = np.linspace(_PREFIX["stays"] * scene.duration_s, scene.duration_s, 12)
    index = [body.name for body in scene.bodies].index("block")
    place_m = simulate(scene, times_s).position_m[:, index]
    return bool(np.ptp(place_m, axis=0).max() < _AT_REST_M)


def _violated(scene: Scene, end: str) -> dict[str, Scene]:
    after_s = _after_s(scene, end)
    broken_laws = {"vanish": Violation("vanish", after_s + 0.1, "block")}
    if end == "falls":
        broken_laws["hover"] = Violation("hover", after_s, "block")
        broken_laws["freeze"] = Violation("freeze", after_s, "block")
        broken_laws["weightless"] = Violation("weightless", after_s, "block")
    else:
        broken_laws["falls_through"] = Violation("pass_through", after_s, "block", other="table")
    return {name: scene.violated(violation) for name, violation in broken_laws.items()}


def _after_s(scene: Scene, end: str) -> float:
    return _PREFIX[end] * scene.duration_s + 0.03


def _fall(take: Take, block: Sightings, known: int) -> _Fit:
    """Compare with the true heights at the best time; the time that is due comes first."""
    index = [body.name for body in take.scene.bodies].index("block")
    due_m, times_s = take.trajectory.position_m[:, index, 2], take.clip.times_s()
    after, before = block.between(known, take.clip.num_frames), block.between(0, known - 1)
    if not after.any():
        return _GONE
    # The rod hides a little of it from the beginning.
    off_m = np.median(block.z_m[before] - np.interp(block.times_s[before], times_s, due_m))
    seen_m, at_s = block.z_m[after] - np.clip(off_m, -0.05, 0.05), block.times_s[after]
    late_s = np.arange(-_LATEST_S, _LATEST_S + 1e-9, _STEP_S)
    late_s = late_s[np.argsort(np.abs(late_s), kind="stable")]
    misfits = np.array([_rms(seen_m - np.interp(at_s - late, times_s, due_m)) for late in late_s])
    best = int(np.flatnonzero(misfits <= misfits.min() + _AS_GOOD)[0])
    return _Fit(
        misfit=min(float(misfits[best]), 10.0),
        late_s=float(late_s[best]) + 0.0,
        drop=_drop(block, before, after),
        due=float(due_m[known - 1] - due_m[-1]) / _TABLE_M,
    )


def _rest(block: Sightings, known: int) -> _Fit:
    """Compare with where it was when it was last given, along the table too."""
    before = block.between(0, known - 1)
    after = ~before
    if not after.any():
        return _GONE
    gap_m = np.hypot(block.x_m[after] - block.x_m[before][-1], block.z_m[after] - block.z_m[before][-1])
    return _Fit(min(_rms(gap_m), 10.0), 0.0, _drop(block, before, after), 0.0)


def _drop(block: Sightings, before: Bool[np.ndarray, " sample"], after: Bool[np.ndarray, " sample"]) -> float:
    return float(block.z_m[before][-1] - np.median(block.z_m[after][-2:])) / _TABLE_M


def _rms(gap_m: Float64[np.ndarray, " sample"]) -> float:
    return float(np.sqrt((gap_m**2).mean())) / _TABLE_M


def _reading(fit: _Fit, block: Sightings, known: int) -> Reading:
    verdict, words = _verdict(fit)
    lawful = verdict in ("falls", "stays")
    return Reading(
        metrics={
            "supported": fit.supported,
            "misfit": fit.misfit,
            "late": float(np.clip(fit.late_s, -_LATEST_S, _LATEST_S)),
            "drop": float(np.clip(fit.drop, -10.0, 10.0)),
        },
        verdict=verdict,
        lawful=lawful,
        events=() if lawful else (Event(known, verdict, ("block",), 1.0 - fit.supported),),
        overlays=(block.trail,) if block.frames else (),
        notes=f"The block {words}.",
    )


def _verdict(fit: _Fit) -> tuple[str, str]:
    """(class, in words)."""
    falls = fit.due > 0.3
    if falls and fit.drop < 0.35 * fit.due:
        return "floats", "stays in the air beyond the edge"
    if not falls and fit.drop > 0.2:
        return "sinks", "goes down although the table carries it"
    if falls and fit.late_s > 0.0 and min(fit.like, fit.on_time) < _WRONG:
        return "falls slowly", "falls too slowly"
    if min(fit.like, fit.on_time) < _WRONG:
        return "uneven", "does not fall as things fall" if falls else "moves with nothing to move it"
    return ("falls", "falls over the edge") if falls else ("stays", "stays on the table")

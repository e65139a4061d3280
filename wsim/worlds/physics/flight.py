"""The history of balls that move with constant acceleration between events, at any time.

Axis letters: `time`, `dynamic` bodies that are simulated, `segment`.
"""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float64

from wsim.worlds.physics import rotations
from wsim.worlds.physics.trajectory import WorldEvent


@dataclass(frozen=True, slots=True)
class Flight:
    """A ball's motion: where it is at time zero of the question, and a constant acceleration."""

    position_m: Float64[np.ndarray, " 3"]
    velocity: Float64[np.ndarray, " 3"]
    acceleration: Float64[np.ndarray, " 3"]

    def after(self, t: float) -> Float64[np.ndarray, " 3"]:
        """The position, t seconds later."""
        return self.position_m + t * self.velocity + 0.5 * t * t * self.acceleration

    def velocity_after(self, t: float) -> Float64[np.ndarray, " 3"]:
        """The velocity, t seconds later."""
        return self.velocity + t * self.acceleration


@dataclass(frozen=True, slots=True)
class Segment:
    """From `start_s` on: a place, a rotation, their rates, and a constant acceleration."""

    start_s: float
    position_m: Float64[np.ndarray, " 3"]
    rotation: Float64[np.ndarray, " 4"]
    velocity: Float64[np.ndarray, " 3"]
    spin: Float64[np.ndarray, " 3"]
    acceleration: Float64[np.ndarray, " 3"]

    def flight(self, time_s: float) -> Flight:
        """The same motion, told from a later time on, without how it turns."""
        t = time_s - self.start_s
        return Flight(
            self.position_m + t * self.velocity + 0.5 * t * t * self.acceleration,
            self.velocity + t * self.acceleration,
            self.acceleration,
        )

    def at(self, time_s: float) -> "Segment":
        """The same motion, told from a later time on."""
        then = self.flight(time_s)
        turned = rotations.from_rotation_vector((time_s - self.start_s) * self.spin)
        rotation = rotations.normalised(rotations.multiply(turned, self.rotation))
        return Segment(time_s, then.position_m, rotation, then.velocity, self.spin, self.acceleration)


@dataclass(frozen=True, slots=True)
class Drift:
    """A displacement that grows evenly from `from_s` to `until_s`, on top of what a body does."""

    from_s: float
    until_s: float
    vector_m: Float64[np.ndarray, " 3"]


@dataclass
class Course:
    """All that one ball does. `rolls_in`: it has rolled as it does at time zero for ever."""

    segments: list[Segment]
    drifts: list[Drift] = field(default_factory=list)
    rolls_in: bool = False

    def at(
        self, times_s: Float64[np.ndarray, " time"]
    ) -> tuple[Float64[np.ndarray, "time 3"], Float64[np.ndarray, "time 4"], Float64[np.ndarray, "time 6"]]:
        """Position, rotation and velocity."""
        segments = self.segments
        held_s = times_s if self.rolls_in else np.maximum(times_s, 0.0)
        starts_s = np.array([segment.start_s for segment in segments])
        index = np.maximum(np.searchsorted(starts_s, held_s, side="right") - 1, 0)
        t = (held_s - starts_s[index])[:, None]
        velocity = np.stack([segment.velocity for segment in segments])[index]
        acceleration = np.stack([segment.acceleration for segment in segments])[index]
        spin = np.stack([segment.spin for segment in segments])[index]
        start = np.stack([segment.position_m for segment in segments])[index]
        turned = rotations.multiply(
            rotations.from_rotation_vector(t * spin), np.stack([s.rotation for s in segments])[index]
        )
        position = start + t * velocity + 0.5 * t**2 * acceleration
        rates = np.concatenate([velocity + t * acceleration, spin], axis=1)
        for drift in self.drifts:
            lasts_s = max(drift.until_s - drift.from_s, 1e-9)
            share = np.clip((times_s - drift.from_s) / lasts_s, 0.0, 1.0)[:, None]
            position = position + share * drift.vector_m
            rates[:, :3] += ((share > 0.0) & (share < 1.0)) * drift.vector_m / lasts_s
        return position, rotations.normalised(turned), rates


@dataclass(frozen=True)
class Courses:
    """The states of all dynamic bodies, and what happened in between."""

    courses: tuple[Course, ...]
    events: tuple[WorldEvent, ...]

    def at(
        self, times_s: Float64[np.ndarray, " time"]
    ) -> tuple[
        Float64[np.ndarray, "time dynamic 3"],
        Float64[np.ndarray, "time dynamic 4"],
        Float64[np.ndarray, "time dynamic 6"],
    ]:
        """Position, rotation and velocity at any time.

        Before time zero balls are as they began, but for those that roll on a level plane: they roll in.
        """
        states = [course.at(times_s) for course in self.courses]
        position, rotation, velocity = (np.stack(state, axis=1) for state in zip(*states, strict=True))
        return position, rotation, velocity

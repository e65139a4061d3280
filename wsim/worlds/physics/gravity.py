"""Gravity that a broken law changes, and which broken laws change nothing."""

import math

import numpy as np
from jaxtyping import Float64

from wsim.worlds.scene import Scene, Violation

_OF_ALL = ("gravity_scale", "gravity_tilt")
_NEUTRAL_AMOUNT = {
    "gravity_scale": 1.0, "gravity_tilt": 0.0, "energy_gain": 1.0, "friction_off": 0.0, "interpenetrate": 0.0,
    "creeps_back": 0.0,
}  # fmt: skip


def gravity_after(gravity: Float64[np.ndarray, " 3"], violation: Violation) -> Float64[np.ndarray, " 3"]:
    """The gravity that a body feels from then on, m/s^2; the same if the violation is about other things."""
    if violation.kind == "gravity_scale":
        return np.asarray(violation.amount * gravity)
    if violation.kind == "gravity_tilt":
        angle = math.radians(violation.amount)
        cos, sin = math.cos(angle), math.sin(angle)
        x, y, z = gravity
        return np.array([cos * x + sin * z, y, cos * z - sin * x])
    if violation.kind in ("weightless", "hover"):
        return np.zeros(3)
    return gravity


def changes_nothing(violation: Violation) -> bool:
    """Whether a violation of forces has the amount, or the vector, that leaves everything as it was."""
    if violation.kind in ("uncaused_motion", "teleport"):
        return not any(violation.vector)
    return _NEUTRAL_AMOUNT.get(violation.kind) == violation.amount


def felt_by(scene: Scene, body: str, kinds: tuple[str, ...]) -> tuple[Violation, ...]:
    """The violations of these kinds that act on a body, in order of time; those of none act on all."""
    felt = (
        v
        for v in scene.violations
        if v.kind in kinds
        and (v.body == body or (v.kind in _OF_ALL and not v.body))
        and not changes_nothing(v)
    )
    return tuple(sorted(felt, key=lambda violation: violation.time_s))


def with_release(release_s: float, violations: tuple[Violation, ...]) -> list[tuple[float, Violation | None]]:
    """What happens to a body that is let go, in order of time: its violations, and None for the release."""
    happens: list[tuple[float, Violation | None]] = [(release_s, None)]
    happens += [(violation.time_s, violation) for violation in violations]
    return sorted(happens, key=lambda item: item[0])

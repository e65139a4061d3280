"""A law broken a little or altogether: one number in 0..1 for every kind of violation (`scales`)."""

import dataclasses
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float64

from wsim.errors import WsimError
from wsim.worlds.palette import PALETTE
from wsim.worlds.scene import Bite, Body, Scene, Stroke, Trail, Vec3, Violation, ViolationKind
from wsim.worlds.violations import lab_mix
from wsim.worlds.violations.scales import SEVERITIES, Severity

__all__ = ["SEVERITIES", "Severity", "broken"]

_WHOLE_NUMBERS = ("action_ignored", "counter_wrong")
_BESIDE = 1.5  # body diameters from the original to its double


def broken(
    scene: Scene,
    kind: ViolationKind,
    severity: float,
    time_s: float,
    body: str = "",
    other: str = "",
    vector: Vec3 | None = None,
    amount: float | None = None,
) -> Scene:
    """The twin of a scene in which a law is broken to a degree from `time_s` on.

    Severity 0 gives the scene itself. Some kinds are graded by way of another one (a body that vanishes by
    half shrinks by half), as `SEVERITIES` says; the twin then has violations of that kind.

    Args:
        scene: the world.
        kind: which law.
        severity: 0 is lawful, 1 is broken in full.
        time_s: from when.
        body: which body, if the kind is about one.
        other: what `Violation.other` says.
        vector: what it is in full. Where none is given, a displacement goes across the picture, towards its
            middle, as far as `SEVERITIES` says, and a colour is the most different one of the palette.
        amount: what it is in full, of a kind that is graded by its amount; by default as `SEVERITIES` says.

    Raises:
        WsimError: a severity outside 0..1, or a kind that needs a vector and is given none.
        KeyError: a body that does not exist.
    """
    if not 0.0 <= severity <= 1.0:
        raise WsimError(
            f"a severity of {severity:g} is neither lawful nor broken",
            where=f"broken({kind!r}, severity=...)",
            remedy="give a number from 0 to 1",
        )
    if severity == 0.0:
        return scene
    severity = severity if SEVERITIES[kind].graded else 1.0
    violation = Violation(kind, time_s, body, other=other)
    if vector is not None or kind in _VECTORS:
        full = vector if vector is not None else _VECTORS[kind](scene, body)
        violation = dataclasses.replace(violation, vector=_scaled(scene, violation, full, severity))
    elif kind == "block_changes":
        raise WsimError(
            "a block that changes must be named by its cell",
            where="broken('block_changes', vector=...)",
            remedy="give the cell as the vector, and its new kind as `other`",
        )
    else:
        full_amount = SEVERITIES[kind].full if amount is None else amount
        graded = _amount(scene, kind, severity, body, full_amount)
        violation = dataclasses.replace(violation, amount=graded)
    return scene.violated(*_by_way_of(scene, violation, severity))


def _amount(scene: Scene, kind: ViolationKind, severity: float, body: str, full: float) -> float:
    none = scene.body(body).restitution if kind == "super_bounce" else SEVERITIES[kind].none
    amount = none + severity * (full - none)
    return float(math.ceil(amount - 1e-9)) if kind in _WHOLE_NUMBERS else amount


def _by_way_of(scene: Scene, violation: Violation, severity: float) -> tuple[Violation, ...]:
    """What a violation of less than full severity really is."""
    change: dict[str, Any] = {}
    if violation.kind == "appear" and severity < 1.0:
        smaller = dataclasses.replace(violation, kind="resize", amount=severity)
        return dataclasses.replace(violation, amount=1.0), smaller
    if violation.kind == "duplicate" and severity < 1.0:  # the two overlap, which must not throw them apart
        return dataclasses.replace(violation, kind="pass_through", vector=(0.0, 0.0, 0.0)), violation
    if violation.kind == "vanish" and severity < 1.0:
        change = {"kind": "resize", "amount": 1.0 - severity}
    elif violation.kind == "freeze" and severity < 1.0:
        change = {"kind": "energy_gain", "amount": 1.0 - severity}
    elif violation.kind == "weightless" and severity < 1.0:
        change = {"kind": "gravity_scale", "amount": 1.0 - severity}
    elif violation.kind == "pass_through" and severity < 1.0:
        change = {"kind": "interpenetrate"}
    return (dataclasses.replace(violation, **change),)


def _scaled(scene: Scene, violation: Violation, full: Vec3, severity: float) -> Vec3:
    if violation.kind == "recolour":
        return lab_mix.mixed(scene.body(violation.body).material.colour, full, severity)
    if violation.kind == "block_changes":
        return full
    x, y, z = (severity * component for component in full)
    return x, y, z


def _across(scene: Scene, body: str, kind: ViolationKind) -> Vec3:
    """Level and across the first view, towards the middle of the picture."""
    eye, target = np.array(scene.camera.eye_m), np.array(scene.camera.target_m)
    sight = target - eye
    right = np.array([sight[1], -sight[0], 0.0])
    right = right / max(float(np.linalg.norm(right)), 1e-9) if right.any() else np.array([1.0, 0.0, 0.0])
    thing = scene.body(body)
    way = 1.0 if right @ (target - np.array(thing.position_m)) >= 0.0 else -1.0
    return _plain(way * SEVERITIES[kind].full * _diameter_m(thing) * right)


def _beside(scene: Scene, body: str) -> Vec3:
    x, y, z = _across(scene, body, "teleport")
    share = _BESIDE / SEVERITIES["teleport"].full
    return share * x, share * y, share * z


def _diameter_m(body: Body) -> float:
    radial = body.shape in ("sphere", "cylinder", "capsule")
    return 2.0 * (body.size_m[0] if radial else max(body.size_m[:2]))


def _most_different(scene: Scene, body: str) -> Vec3:
    own = scene.body(body).material.colour
    return max(PALETTE.values(), key=lambda colour: lab_mix.distance(own, colour))


def _along_the_face(scene: Scene, body: str) -> Vec3:
    """As far as so many radii of the widest stroke on a body, or of its widest bite."""
    marks: tuple[Stroke | Trail | Bite, ...] = (*scene.strokes, *scene.trails, *scene.bites)
    widest_m = max((mark.radius_m for mark in marks if mark.body == body), default=0.0)
    return SEVERITIES["mark_moves"].full * widest_m, 0.0, 0.0


def _plain(vector: Float64[np.ndarray, " 3"]) -> Vec3:
    x, y, z = np.round(vector, 9).tolist()
    return x, y, z


_VECTORS: dict[ViolationKind, Callable[[Scene, str], Vec3]] = {
    "recolour": _most_different,
    "duplicate": _beside,
    "mark_moves": _along_the_face,
    "teleport": partial(_across, kind="teleport"),
    "uncaused_motion": partial(_across, kind="uncaused_motion"),
    "shadow_detached": partial(_across, kind="shadow_detached"),
}

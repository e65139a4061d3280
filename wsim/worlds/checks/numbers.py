"""Numbers that cannot be: not finite, out of their range, no unit length."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from wsim.worlds.checks.problem import Problem
from wsim.worlds.scene import Body, CameraPath, Scene

LARGEST_M = 1e5
_UNIT = 1e-6  # how far the length of a rotation may be from 1


def number_problems(scene: Scene) -> Iterator[Problem]:
    """Of the scene as a whole, its camera and its bodies."""
    if not 0.0 < scene.duration_s < math.inf:
        yield Problem(
            f"a scene cannot last {scene.duration_s:g} s",
            "duration_s",
            "give seconds above 0, 1.5 for instance",
        )
    if not any(scene.light_direction) or not _finite(scene.light_direction):
        yield Problem("the light comes from nowhere", "light_direction", "point it towards the light")
    if not _finite(scene.gravity_m_s2):
        yield Problem("gravity is not a number", "gravity_m_s2", "give finite m/s2")
    for index, body in enumerate(scene.bodies):
        yield from _of_body(body, f"bodies[{index}]")
    for field, path in cameras(scene):
        if not _finite((path.eye_m, path.target_m, path.dolly_m)) or not _finite(
            (path.arc_deg, path.turn_deg, path.jitter_m, path.jitter_deg)
        ):
            yield Problem(
                "a camera is at a place that is not a number", field, "give finite metres and degrees"
            )
    for name in ("strokes", "trails", "bites"):
        for index, mark in enumerate(getattr(scene, name)):
            if not 0.0 < mark.radius_m < LARGEST_M:
                yield Problem(
                    f"a mark of radius {mark.radius_m:g} m cannot be made",
                    f"{name}[{index}].radius_m",
                    "give metres above 0",
                )


def cameras(scene: Scene) -> Iterator[tuple[str, CameraPath]]:
    """The field and path of every camera, also those that are cut to."""
    yield "camera", scene.camera
    for index, cut in enumerate(scene.cuts):
        yield f"cuts[{index}].camera", cut.camera


def _of_body(body: Body, field: str) -> Iterator[Problem]:
    named = f"the body {body.name!r}"
    places = (body.position_m, body.velocity_m_s, body.angular_velocity_rad_s, body.material.colour)
    if not _finite(places) or np.abs(body.position_m).max() > LARGEST_M:
        yield Problem(
            f"{named} is at a place, of a speed or of a colour that cannot be",
            field,
            f"give finite numbers, and places within {LARGEST_M:g} m",
        )
    rotations = [body.rotation, *(part.rotation for part in body.parts)]
    rotations += list(body.rail.rotations) if body.rail else []
    for rotation in rotations:
        if not abs(math.hypot(*rotation) - 1.0) <= _UNIT:
            yield Problem(
                f"{named} has a rotation of length {math.hypot(*rotation):g}",
                f"{field}.rotation",
                "give a unit quaternion w, x, y, z",
            )
    if not 0.0 < body.density_kg_m3 < math.inf:
        yield Problem(
            f"{named} has a density of {body.density_kg_m3:g} kg/m3",
            f"{field}.density_kg_m3",
            "give more than 0",
        )
    if not (0.0 <= body.friction < math.inf and 0.0 <= body.restitution <= 1.0):
        yield Problem(
            f"{named} has friction {body.friction:g} and restitution {body.restitution:g}",
            f"{field}.friction, restitution",
            "give friction of 0 or more and restitution between 0 and 1",
        )


def _finite(values: Any) -> bool:
    return bool(np.isfinite(values).all())

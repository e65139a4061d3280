"""Cameras that cannot be, or that stand inside something solid."""

from collections.abc import Iterator

import numpy as np

from wsim.errors import WsimError
from wsim.worlds.checks.numbers import cameras
from wsim.worlds.checks.placed import Placed
from wsim.worlds.checks.problem import Problem
from wsim.worlds.rendering.camera import camera_at
from wsim.worlds.scene import Scene

_LOOKS = 5  # how often along its path a camera is looked for in things that stand still


def view_problems(scene: Scene, placed_primitives: tuple[Placed, ...]) -> Iterator[Problem]:
    """Of all cameras that do not ride on a body; moving things are only looked into at time zero."""
    if scene.blocks is not None:  # seen through the eyes of an agent
        return
    primitives = [placed for placed in placed_primitives if placed.primitive.shape != "plane"]
    places_m = np.array([placed.position_m for placed in primitives]).reshape(-1, 1, 3)
    bounds_m = np.array([placed.bound_m for placed in primitives]).reshape(-1, 1)
    starts_s = [0.0, *(cut.time_s for cut in scene.cuts)]
    for (field, path), start_s in zip(cameras(scene), starts_s, strict=True):
        times_s = np.linspace(start_s, scene.duration_s, _LOOKS)
        try:
            poses = camera_at(path, scene.duration_s, times_s, 1, 1).world_from_camera
        except WsimError as error:
            yield Problem(error.problem, f"{field}: {error.where}", error.remedy)
            continue
        if path.follow:
            continue
        near = np.linalg.norm(poses[:, :3, 3] - places_m, axis=2) < bounds_m
        for index, look in np.argwhere(near).tolist():
            body = scene.bodies[primitives[index].body]
            known = body.motion == "static" or (look == 0 and start_s == 0.0)
            if known and primitives[index].holds(poses[look, :3, 3]):
                yield Problem(
                    f"the camera is inside the body {body.name!r}", field, "move the one or the other away"
                )

"""Paths of cameras that are told, and what becomes of one that does not keep to them: it lags, stops, rises.

From some time on the scene is then filmed by another camera, which starts out exactly where the first one is.
"""

import math
from dataclasses import replace

import numpy as np

from wsim.contracts import Scenario
from wsim.worlds.scene import Cut, Scene, Vec3
from wsim_probes.geometry.rooms import Break
from wsim_probes.posing import take_of


def with_camera(scenario: Scenario) -> Scenario:
    """The question with the path of the camera, which the given frames settle, for those who can be told."""
    told = replace(scenario.request, camera=take_of(scenario).camera)
    return replace(scenario, request=told)


def lagging(missing: float) -> Break:
    """It goes on with a share of its way missing in full severity: 1 stops it, 2 sends it back."""

    def change(scene: Scene, severity: float, start_s: float) -> Scene:
        return _rerouted(scene, start_s, pace=1.0 - severity * missing)

    return change


def rising(metres: float) -> Break:
    """It also rises, by so much from one end of the scene to the other in full severity."""

    def change(scene: Scene, severity: float, start_s: float) -> Scene:
        return _rerouted(scene, start_s, aside_m=(0.0, 0.0, severity * metres))

    return change


def _rerouted(scene: Scene, start_s: float, pace: float = 1.0, aside_m: Vec3 = (0.0, 0.0, 0.0)) -> Scene:
    """The scene, filmed from `start_s` on by a camera of another pace, or one that also moves aside.

    Only for paths of constant rate that arc and dolly.
    """
    if pace == 1.0 and not any(aside_m):
        return scene
    path, begun = scene.camera, start_s / scene.duration_s
    dolly_m = pace * np.array(path.dolly_m) + np.array(aside_m)
    target = np.array(path.target_m) + begun * (np.array(path.dolly_m) - dolly_m)
    arm = _turned(np.array(path.eye_m) - np.array(path.target_m), begun * (1.0 - pace) * path.arc_deg)
    other = replace(
        path,
        eye_m=_plain(target + arm),
        target_m=_plain(target),
        arc_deg=pace * path.arc_deg,
        dolly_m=_plain(dolly_m),
    )
    return scene.replace(cuts=(Cut(start_s, other),))


def _turned(arm: np.ndarray, angle_deg: float) -> np.ndarray:
    cos, sin = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    return np.array([cos * arm[0] - sin * arm[1], sin * arm[0] + cos * arm[1], arm[2]])


def _plain(vector: np.ndarray) -> Vec3:
    x, y, z = vector.tolist()
    return x, y, z

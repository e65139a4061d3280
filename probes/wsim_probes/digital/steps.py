"""A landscape of blocks walked step by step: one key a step, down for a moment, and a rest.

Where a step leads from where the last one led is rendered for any key, so that a clip can be followed one
step at a time whatever it shows: the state reached is the one that was seen, not the one that was asked for.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

import cv2
import numpy as np
from jaxtyping import UInt8

from wsim.contracts import ClipFormat
from wsim.perception.tracks import one_thread
from wsim.worlds.blocks.keys import blocks_of, scripted
from wsim.worlds.film import film
from wsim.worlds.scene import Action, ActionKind, Scene
from wsim_probes.digital.views import View, view_in

Key: TypeAlias = ActionKind | None  # None: no key at all
Step: TypeAlias = tuple[Key, float]  # and how far it led over how far it should

BACK: Mapping[ActionKind, ActionKind] = {
    "forward": "back",
    "back": "forward",
    "left": "right",
    "right": "left",
    "turn_left": "turn_right",
    "turn_right": "turn_left",
}
KEYS: tuple[Key, ...] = (None, *BACK)
STEPS = 5
START_S, PRESSED_S = 0.1, 0.16  # when the first key goes down, and for how long each is down
_READ_PX = 48  # height of the pictures that are compared, or that of the clip if it is less


def step_s(world: Scene) -> float:
    """The steps fill the clip."""
    return (world.duration_s - START_S) / STEPS


def walked(world: Scene, keys: Sequence[Key]) -> Scene:
    """A world in which one key after the other is pressed, one a step."""
    pressed = [
        Action(key, START_S + place * step_s(world), PRESSED_S) for place, key in enumerate(keys) if key
    ]
    return scripted(world, pressed)


def keys_of(scene: Scene) -> list[Key]:
    """What `walked` was given."""
    keys: list[Key] = [None] * STEPS
    for action in blocks_of(scene).actions:
        keys[round((action.time_s - START_S) / step_s(scene))] = action.kind
    return keys


def looks(world: Scene, clip: ClipFormat) -> list[int] | None:
    """The last frame of every step; None where one lies before the key is up, for want of frames."""
    starts_s = START_S + step_s(world) * np.arange(STEPS)
    frames = [clip.frames_until(float(start_s + step_s(world))) - 1 for start_s in starts_s]
    at_rest = np.array(frames) / clip.fps >= starts_s + PRESSED_S - 1e-9
    return frames if at_rest.all() else None


def reduced(frame: UInt8[np.ndarray, "height width 3"]) -> UInt8[np.ndarray, "row column 3"]:
    """A picture at the size at which views are compared."""
    rows, columns = _read_size(frame.shape[0], frame.shape[1])
    with one_thread():
        return np.asarray(cv2.resize(frame, (columns, rows), interpolation=cv2.INTER_AREA), dtype=np.uint8)


@lru_cache(maxsize=64)
def led_to(
    world: Scene, path: tuple[Step, ...], further: tuple[Step, ...], height: int, width: int
) -> dict[Step, View]:
    """What is seen after a path and one step more, for several such steps, in one go.

    Each key is pressed at the end of the path and taken back by its opposite, nothing being in the way: all
    views are frames of one film, whose first frame tells what of them had been seen.
    """
    actions, time_s = _one_after_another(path, 0.0)
    seen: dict[Step, float] = {}
    for key, gain in further:
        tried, back_s = _one_after_another([(key, gain), (BACK[key] if key else None, gain)], time_s)
        seen[key, gain] = (time_s + back_s) / 2
        actions, time_s = actions + tried, back_s
    shown = film(scripted(world, actions), np.array([0.0, *seen.values()]), *_read_size(height, width))
    return {step: view_in(shown, frame) for frame, step in enumerate(seen, start=1)}


def _one_after_another(steps: Sequence[Step], from_s: float) -> tuple[list[Action], float]:
    """Keys pressed without a rest, and when the last one is up."""
    lasts_s = [gain * PRESSED_S if key else 0.0 for key, gain in steps]
    edges_s = [from_s, *(from_s + np.cumsum(lasts_s)).tolist()]
    held = zip(steps, pairwise(edges_s), strict=True)
    return [Action(key, a, b - a) for (key, _), (a, b) in held if key], edges_s[-1]


def _read_size(height: int, width: int) -> tuple[int, int]:
    rows = min(height, _READ_PX)
    return rows, max(1, round(width * rows / height))

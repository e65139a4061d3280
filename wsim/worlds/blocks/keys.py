"""What keys are down when: lists of actions as numbers per frame, and back.

Axis letters: `time` frames, `action` the kinds of action in the order of `ACTIONS`.
"""

import dataclasses
import math
from collections.abc import Sequence
from typing import get_args

import numpy as np
from jaxtyping import Float64

from wsim.errors import WsimError
from wsim.worlds.scene import Action, ActionKind, Blocks, Scene

ACTIONS: tuple[ActionKind, ...] = get_args(ActionKind)
ONCE: tuple[ActionKind, ...] = ("jump", "place", "break", "use")
_FULL = 1.0 - 1e-9


def scripted(scene: Scene, actions: Sequence[Action]) -> Scene:
    """The same world and the same agent, who does something else.

    Captions and story are emptied: they told of what was done before.

    Raises:
        WsimError: the scene is no world of blocks, or the actions make no sense.
    """
    blocks = dataclasses.replace(blocks_of(scene), actions=tuple(actions))
    check_actions(blocks.actions)
    return scene.replace(blocks=blocks, captions=("", "", ""), story=None)


def let_go(scene: Scene, time_s: float) -> Scene:
    """The same scene, in which every key is let go at a time and stays up: what comes of not being heeded.

    Captions and story stay: they tell of what was asked for.

    Raises:
        WsimError: the scene is no world of blocks.
    """
    blocks = blocks_of(scene)
    kept = tuple(
        dataclasses.replace(action, duration_s=min(action.duration_s, time_s - action.time_s))
        for action in blocks.actions
        if action.time_s < time_s
    )
    return scene.replace(blocks=dataclasses.replace(blocks, actions=kept))


def blocks_of(scene: Scene) -> Blocks:
    """The blocks of a scene.

    Raises:
        WsimError: it has none.
    """
    if scene.blocks is None:
        raise WsimError(
            "this scene is no world of blocks",
            where=f"scene {scene.family} {scene.seed}",
            remedy="give one of the families walk, build and lever, or set Scene.blocks",
        )
    return scene.blocks


def check_actions(actions: Sequence[Action]) -> None:
    """Refuse keys that cannot be pressed like that.

    Raises:
        WsimError: an unknown key, one pressed before time zero or for less than no time, or one pressed
            while it is down.
    """
    free_s: dict[str, float] = {}
    for action in sorted(actions, key=lambda pressed: pressed.time_s):
        problem = ""
        if action.kind not in ACTIONS:
            problem = f"unknown action {action.kind!r}"
        elif action.time_s < 0.0 or action.duration_s < 0.0:
            problem = f"the action {action.kind!r} begins before time zero or lasts less than no time"
        elif action.time_s < free_s.get(action.kind, 0.0) - 1e-9:
            problem = f"the key {action.kind!r} is pressed at {action.time_s:g} s while it is down"
        if problem:
            raise WsimError(
                problem,
                where="Blocks(actions=...)",
                remedy=f"actions are {', '.join(ACTIONS)}; release a key before it is pressed again",
            )
        free_s[action.kind] = action.time_s + action.duration_s


def time_down_s(
    actions: Sequence[Action], kind: ActionKind, times_s: Float64[np.ndarray, " time"]
) -> Float64[np.ndarray, " time"]:
    """For how long a key has been down since time zero, by each of some times; exact."""
    total_s = np.zeros(len(times_s))
    for action in actions:
        if action.kind == kind:
            total_s += np.clip(times_s - action.time_s, 0.0, action.duration_s)
    return total_s


def action_matrix(scene: Scene, times_s: Float64[np.ndarray, " time"]) -> Float64[np.ndarray, "time action"]:
    """What is pressed in the interval that begins at every frame: what leads from it to the next.

    Columns follow `ACTIONS`: forward, back, left, right, turn_left, turn_right, look_up, look_down (the share
    of the interval in which the key is down, 0..1), then jump, place, break, use (how many times it is
    pressed in the interval). The last interval is as long as the one before it.

    Args:
        scene: a world of blocks; broken laws do not change what is pressed.
        times_s: of the frames, at least two, increasing.

    Raises:
        WsimError: the scene is no world of blocks, or the times do not increase.
    """
    actions = blocks_of(scene).actions
    edges_s = _edges_s(times_s)
    matrix = np.zeros((len(times_s), len(ACTIONS)))
    for column, kind in enumerate(ACTIONS):
        if kind in ONCE:
            pressed_s = np.sort([action.time_s for action in actions if action.kind == kind])
            matrix[:, column] = np.diff(np.searchsorted(pressed_s, edges_s - 1e-9))
        else:
            matrix[:, column] = np.diff(time_down_s(actions, kind, edges_s)) / np.diff(edges_s)
    return np.clip(np.round(matrix, 9), 0.0, None)


def actions_of_matrix(
    matrix: Float64[np.ndarray, "time action"], times_s: Float64[np.ndarray, " time"]
) -> tuple[Action, ...]:
    """A list of actions with that matrix, in order of time: the inverse of `action_matrix`.

    A share below 1 says for how long a key is down but not when: the key goes down late in the interval if it
    stays down in the next, otherwise early.

    Raises:
        WsimError: the matrix is not one of those times, or a share is not 0..1.
    """
    shares = matrix[:, [kind not in ONCE for kind in ACTIONS]] if matrix.shape[1] == len(ACTIONS) else None
    if shares is None or len(matrix) != len(times_s) or not ((shares >= 0.0) & (shares <= 1.0)).all():
        raise WsimError(
            f"actions of shape {matrix.shape} are no shares of {len(times_s)} intervals",
            where="actions_of_matrix(matrix=...)",
            remedy=f"give {len(ACTIONS)} columns: {', '.join(ACTIONS)}, the held keys as shares 0..1",
        )
    edges_s = _edges_s(times_s)
    actions: list[Action] = []
    for column, kind in enumerate(ACTIONS):
        read = _presses if kind in ONCE else _holds
        actions += read(kind, matrix[:, column], edges_s)
    return tuple(sorted(actions, key=lambda action: (action.time_s, ACTIONS.index(action.kind))))


def _edges_s(times_s: Float64[np.ndarray, " time"]) -> Float64[np.ndarray, " edge"]:
    if len(times_s) < 2 or (np.diff(times_s) <= 0.0).any():
        raise WsimError(
            "the times of frames must increase, and be two at least",
            where="times_s",
            remedy="give them in order, each once",
        )
    return np.append(times_s, 2.0 * times_s[-1] - times_s[-2])


def _presses(
    kind: ActionKind, counts: Float64[np.ndarray, " time"], edges_s: Float64[np.ndarray, " edge"]
) -> list[Action]:
    """Several presses in one interval are spread over it."""
    return [
        Action(kind, float(edges_s[frame] + press / round(count) * (edges_s[frame + 1] - edges_s[frame])))
        for frame, count in enumerate(counts)
        for press in range(round(count))
    ]


def _holds(
    kind: ActionKind, shares: Float64[np.ndarray, " time"], edges_s: Float64[np.ndarray, " edge"]
) -> list[Action]:
    """Intervals in a row become one press as long as the key need not be let go between them."""
    holds: list[tuple[float, float]] = []
    for frame, share in enumerate(shares):
        if share <= 0.0:
            continue
        start_s, end_s = float(edges_s[frame]), float(edges_s[frame + 1])
        held_on = bool(holds) and math.isclose(holds[-1][1], start_s, abs_tol=1e-9)
        goes_on = frame + 1 < len(shares) and shares[frame + 1] > 0.0
        if share < _FULL and goes_on and not held_on:
            start_s = end_s - float(share) * (end_s - start_s)
        else:
            end_s = start_s + float(share) * (end_s - start_s)
        if held_on:
            start_s = holds.pop()[0]
        holds.append((start_s, end_s))
    return [Action(kind, start_s, end_s - start_s) for start_s, end_s in holds]

"""Causes and what they set off: which effects really happen, and what they do.

A cause at a time is known beforehand, one by contact only once the two have touched; `started` therefore
takes the causes that have come about so far. It is also where the laws of cause and effect are broken.

Axis letters: `time`, `body`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from wsim.errors import WsimError
from wsim.worlds.physics import rotations
from wsim.worlds.physics.trajectory import Trajectory, WorldEvent
from wsim.worlds.scene import NEVER_S, Body, Cause, Effect, Scene, Violation

_MOVING = ("move", "turn")
STEP_S = 1 / 480  # of whatever is simulated; divides the frames of 8, 10, 12, 15, 16, 20, 24, 30 and 60 fps


@dataclass(frozen=True, slots=True)
class Started:
    """An effect that happens: from `start_s` on, until it is undone."""

    effect: Effect
    start_s: float
    until_s: float = NEVER_S


def step_from(time_s: float) -> int:
    """The first step of the simulation at or after a time."""
    return int(np.ceil(min(time_s, NEVER_S) / STEP_S - 1e-6))


def causes_by_time(scene: Scene) -> dict[Cause, float]:
    """When the causes come about that depend on nothing."""
    return {e.cause: e.cause.time_s for e in scene.effects if e.cause.kind == "time"}


def causes_by_contact(scene: Scene) -> tuple[Cause, ...]:
    """The causes that wait for two bodies to touch, each once."""
    return tuple(dict.fromkeys(e.cause for e in scene.effects if e.cause.kind == "contact"))


def first_touch_s(events: tuple[WorldEvent, ...], cause: Cause) -> float | None:
    """When the two bodies of a cause first touch at or after its time, from a log of contacts."""
    pair, touching = set(cause.bodies), False
    for event in sorted(events, key=lambda event: event.time_s):
        if set(event.bodies) != pair or event.kind not in ("contact_begin", "contact_end"):
            continue
        if event.time_s >= cause.time_s:
            return cause.time_s if touching else event.time_s
        touching = event.kind == "contact_begin"
    return cause.time_s if touching else None


def started(scene: Scene, caused_s: Mapping[Cause, float]) -> tuple[Started, ...]:
    """The effects that happen, in order of time, given when their causes came about.

    Effects that are missing, late or happen to another body are those that would have started at or after
    the time of the violation; one that is undone must have started before it.
    """
    happening = []
    for effect in scene.effects:
        if effect.cause in caused_s:
            happening += _broken(Started(effect, caused_s[effect.cause] + effect.delay_s), scene.violations)
    return tuple(sorted(happening, key=lambda one: one.start_s))


def _broken(one: Started, violations: tuple[Violation, ...]) -> list[Started]:
    for violation in violations:
        effect, until_s = one.effect, one.until_s
        if violation.body != effect.body:
            continue
        if violation.kind == "effect_undone" and one.start_s < violation.time_s:
            one = Started(effect, one.start_s, min(until_s, violation.time_s))
        elif one.start_s < violation.time_s:
            continue
        elif violation.kind == "effect_missing":
            return []
        elif violation.kind == "effect_delayed":
            one = Started(effect, one.start_s + violation.amount, until_s)
        elif violation.kind == "effect_elsewhere":
            one = Started(_to_another(effect, violation.other), one.start_s, until_s)
    return [one]


def _to_another(effect: Effect, other: str) -> Effect:
    return Effect(
        effect.cause, effect.kind, other, effect.delay_s, effect.duration_s, effect.vector, effect.amount,
        effect.others,
    )  # fmt: skip


def move(
    body: Body,
    happening: tuple[Started, ...],
    times_s: Float64[np.ndarray, " time"],
    position_m: Float64[np.ndarray, "time 3"],
    rotation: Float64[np.ndarray, "time 4"],
    velocity: Float64[np.ndarray, "time 6"],
) -> tuple[Float64[np.ndarray, "time 3"], Float64[np.ndarray, "time 4"], Float64[np.ndarray, "time 6"]]:
    """The poses of a body that is not simulated, with every move and turn that happens to it."""
    for one in happening:
        if one.effect.body != body.name or one.effect.kind not in _MOVING:
            continue
        share, rate = _eased(one, times_s)
        vector = np.array(one.effect.vector)
        if one.effect.kind == "move":
            position_m = position_m + share[:, None] * vector
            velocity = velocity + np.pad(rate[:, None] * vector, ((0, 0), (0, 3)))
        else:
            turned = rotations.from_rotation_vector(share[:, None] * vector)
            rotation = rotations.normalised(rotations.multiply(turned, rotation))
            velocity = velocity + np.pad(rate[:, None] * vector, ((0, 0), (3, 0)))
    return position_m, rotation, velocity


def _eased(
    one: Started, times_s: Float64[np.ndarray, " time"]
) -> tuple[Float64[np.ndarray, " time"], Float64[np.ndarray, " time"]]:
    """How much of an effect is done, 3 s^2 - 2 s^3, and its rate per second; nothing once it is undone."""
    duration_s = one.effect.duration_s
    since_s = times_s - one.start_s
    s = np.clip(since_s / duration_s, 0.0, 1.0) if duration_s > 0.0 else (since_s >= 0.0).astype(np.float64)
    rate = 6.0 * s * (1.0 - s) / duration_s if duration_s > 0.0 else np.zeros_like(s)
    lasts = times_s < one.until_s
    return np.where(lasts, s * s * (3.0 - 2.0 * s), 0.0), np.where(lasts, rate, 0.0)


def show(scene: Scene, happening: tuple[Started, ...], trajectory: Trajectory) -> None:
    """Colours and existence; changes the arrays of `trajectory` in place."""
    index = {body.name: i for i, body in enumerate(scene.bodies)}
    for one in happening:
        effect = one.effect
        lasts = (_seen_from(scene, one.start_s, effect) <= trajectory.times_s) & (
            trajectory.times_s < one.until_s
        )
        if effect.kind == "recolour":
            trajectory.colour[lasts, index[effect.body]] = effect.vector
        elif effect.kind == "appear":
            trajectory.alive[lasts, index[effect.body]] = True
        elif effect.kind in ("disappear", "shatter"):
            trajectory.alive[lasts, index[effect.body]] = False
            for name in effect.others:
                trajectory.alive[lasts, index[name]] = True


def _seen_from(scene: Scene, start_s: float, effect: Effect) -> float:
    """What is simulated comes and goes at a step."""
    simulated = effect.kind == "shatter" or scene.body(effect.body).motion == "dynamic"
    return step_from(start_s) * STEP_S if simulated else start_s


def switched(
    scene: Scene, caused_s: Mapping[Cause, float], times_s: Float64[np.ndarray, " time"]
) -> tuple[dict[str, Float64[np.ndarray, " time"]], list[WorldEvent]]:
    """The state variables of named causes, 0 before and 1 after, and their events."""
    named = dict.fromkeys(effect.cause for effect in scene.effects if effect.cause.name)
    state = {cause.name: (times_s >= caused_s.get(cause, NEVER_S)).astype(np.float64) for cause in named}
    events = [WorldEvent(caused_s[cause], cause.name, cause.bodies) for cause in named if cause in caused_s]
    return state, events


def check_effects(scene: Scene) -> None:
    """Effects must be about bodies that exist, and such that can be moved that way.

    Raises:
        WsimError: a body that does not exist, a touch that nobody can know of, a move of a simulated body, or
            pieces that are not simulated.
    """
    motion = {body.name: body.motion for body in scene.bodies}
    for effect in scene.effects:
        named = (effect.body, *effect.others, *effect.cause.bodies)
        missing = [name for name in named if name not in motion]
        touching = [motion.get(name) for name in effect.cause.bodies]
        if missing:
            problem, remedy = f"a body {missing[0]!r} that does not exist", f"name one of {', '.join(motion)}"
        elif effect.cause.kind == "contact" and (len(touching) != 2 or "dynamic" not in touching):
            problem = "a contact that is not between two bodies of which one is dynamic"
            remedy = "give the time at which they touch"
        elif effect.kind in _MOVING and motion[effect.body] == "dynamic":
            problem = f"a {effect.kind} of the dynamic body {effect.body!r}"
            remedy = "let another body push it, or make it static"
        elif any(motion[name] != "dynamic" for name in effect.others):
            problem, remedy = "pieces that are not dynamic", 'give them motion="dynamic"'
        else:
            continue
        raise WsimError(
            f"the effect {effect.kind!r} is about {problem}",
            where=f"Scene.effects of {scene.family}/{scene.seed}",
            remedy=remedy,
        )

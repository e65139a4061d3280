"""Something goes on while a screen slides before it and away again: a clock, a pendulum, a rolling ball.

Lengths are metres, x to the right, y away from the camera.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np

from wsim.errors import WsimError
from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.family import Twins
from wsim.worlds.families.processes import MAKERS, MOVING, REACH_M, later
from wsim.worlds.palette import NEUTRALS, PALETTE
from wsim.worlds.scene import (
    NEVER_S,
    Body,
    CameraPath,
    Happening,
    Rail,
    Scene,
    Story,
    Thing,
    Vec3,
    Violation,
)

FAMILY_ID = 93
SHOWS = "A screen slides before something that goes on behind it, and away again."
SHORTEST_HIDDEN_S, SEEN_S, COVER_S = 0.15, 0.2, 0.3  # seen: at each end; cover: the screen's way in or out

_PX_PER_M, _FOV_DEG = 42.0, 30.0
_SCREEN_HALF_M = 0.64
_WAITS_M = _SCREEN_HALF_M + REACH_M + 0.04  # from the middle
_LIGHT: Vec3 = (0.12, -0.55, 0.83)


def hidden_process(
    seed: int,
    process: str | None = None,
    hidden_s: float = 0.4,
    empty: bool = False,
    duration_s: float = stage.DEFAULT_DURATION_S,
) -> Scene:
    """A process that depends on time alone, so that what is seen afterwards tells what went on unseen.

    Args:
        seed: one world for every seed.
        process: `clock` (a hand turns), `pendulum` (swings freely) or `ball` (rolls in a circle); by seed
            if left out.
        hidden_s: for how long the screen stands before it, around half time; nothing of it is seen then,
            and for some hundredths of a second more.
        empty: the screen slides before nothing that moves.
        duration_s: of the clip.

    Raises:
        WsimError: no such process, or one that cannot be hidden for that long in that time.
    """
    _check(process, hidden_s, duration_s)
    rng = stage.streams(FAMILY_ID, seed, "process", "material", "screen")
    drawn, colour = stage.pick(rng["process"], list(MAKERS)), stage.pick(rng["material"], list(PALETTE))
    kind, half_s = process or drawn, duration_s / 2
    between_s = half_s - hidden_s / 2, half_s + hidden_s / 2
    made = MAKERS[kind](rng["process"], colour, *between_s, duration_s)
    wall_name, screen_name = stage.pick(
        rng["material"], [("grey", "brown"), ("beige", "black"), ("grey", "black"), ("beige", "brown")]
    )
    bodies = (
        *made.moving,
        *made.fixed,
        _screen(rng["screen"], screen_name, kind, between_s),
        stage.floor(rng["material"], stage.rough(NEUTRALS["white"], 2.5, 0.12), "white"),
        stage.back_wall(rng["material"], made.wall_m, stage.rough(NEUTRALS[wall_name], 1.2, 0.1), wall_name),
    )
    scene = Scene("hidden_process", seed, duration_s, bodies, _camera(kind), light_direction=_LIGHT)
    things = (
        made.thing,
        *(Thing(body.name, body.noun, body.colour_name) for body in made.fixed if body.noun),
    )
    scene = captioned(scene.replace(story=_story(scene, things, made.happening)))
    return _without(scene, MOVING) if empty else scene


def twins(scene: Scene) -> Twins:
    """Unseen, the process stops, waits, starts anew, runs backwards or ends; and the world without it.

    `frozen` stops for good; `paused` does not go on while it is hidden. A pendulum that runs backwards is a
    pendulum still, so it has no such twin.
    """
    shams = {"other_sun": stage.lit_from_the_other_side(scene), "other_wall": stage.repainted(scene, "wall")}
    movers = [body for body in scene.bodies if body.name in MOVING]
    if not movers:
        return Twins({}, shams)
    from_s, to_s = hidden_between_s(scene)
    half_s = (from_s + to_s) / 2
    violated = {
        "frozen": scene.violated(*(Violation("freeze", from_s, body.name) for body in movers)),
        "absent": scene.violated(*(Violation("vanish", half_s, body.name) for body in movers)),
        "paused": _late(scene, movers, half_s, to_s - from_s),
        "reset": _late(scene, movers, half_s, half_s),
    }
    if not movers[0].pendulum:
        violated["reverse"] = scene.violated(*(Violation("reverse", half_s, body.name) for body in movers))
    return Twins(
        violated, shams, {"empty": _without(scene, MOVING), "in_sight": _without(scene, ("screen",))}
    )


def hidden_between_s(scene: Scene) -> tuple[float, float]:
    """When the screen stands before the process."""
    rail = scene.body("screen").rail
    assert rail is not None
    return rail.times_s[1], rail.times_s[2]


def _check(process: str | None, hidden_s: float, duration_s: float) -> None:
    longest_s = duration_s - 2 * (SEEN_S + COVER_S)
    if process is not None and process not in MAKERS:
        problem, remedy = f"there is no process {process!r}", f"choose one of {', '.join(MAKERS)}"
    elif not SHORTEST_HIDDEN_S <= hidden_s <= longest_s + 1e-9:
        problem = f"a process cannot be hidden for {hidden_s:g} s in a clip of {duration_s:g} s"
        remedy = f"choose between {SHORTEST_HIDDEN_S:g} and {longest_s:.3g} s, or a longer clip"
    else:
        return
    raise WsimError(problem, where="hidden_process(...)", remedy=remedy)


def _camera(kind: str) -> CameraPath:
    """Level, but looking down on a ball that rolls in a circle."""
    if kind == "ball":
        return stage.camera_at_height(_PX_PER_M, (0.0, 0.0, 0.22), 30.0, _FOV_DEG)
    return stage.camera_at_height(_PX_PER_M, (0.0, 0.0, 0.72), 0.0, _FOV_DEG)


def _screen(rng: np.random.Generator, colour_name: str, kind: str, between_s: tuple[float, float]) -> Body:
    """It waits on one side, slides in and stands before the process, and goes back."""
    height_m, y_m = (0.95, -0.62) if kind == "ball" else (1.42, -0.25)
    side = stage.either(rng)
    aside, before = (side * _WAITS_M, y_m, height_m / 2), (0.0, y_m, height_m / 2)
    times_s = (between_s[0] - COVER_S, *between_s, between_s[1] + COVER_S)
    return Body(
        "screen", "box", (_SCREEN_HALF_M, 0.02, height_m / 2), aside,
        stage.rough(NEUTRALS[colour_name], stage.between(rng, 4.0, 6.0), 0.25), motion="rail",
        rail=Rail(times_s, (aside, before, before, aside)), noun="screen", colour_name=colour_name,
    )  # fmt: skip


def _late(scene: Scene, movers: Sequence[Body], time_s: float, by_s: float) -> Scene:
    """From a time on, bodies that do everything later take the place of those that move."""
    late = [
        dataclasses.replace(later(body, by_s), name=f"late {body.name}", noun="", from_s=NEVER_S)
        for body in movers
    ]
    violations = [Violation("vanish", time_s, body.name) for body in movers]
    violations += [Violation("appear", time_s, body.name) for body in late]
    return scene.replace(bodies=(*scene.bodies, *late)).violated(*violations)


def _story(scene: Scene, things: tuple[Thing, ...], happening: Happening) -> Story:
    rail, screen = scene.body("screen").rail, scene.body("screen")
    assert rail is not None
    comes, goes = ("left", "right") if rail.points_m[0][0] > 0 else ("right", "left")
    happenings = (
        happening,
        Happening("slide_in_front", "screen", happening.subject, comes),
        Happening("slide_away", "screen", way=goes),
    )
    return Story((*things, Thing("screen", "screen", screen.colour_name)), happenings=happenings, salient=3)


def _without(scene: Scene, names: tuple[str, ...]) -> Scene:
    """The world without some bodies, and its story without them."""
    story = scene.story
    assert story is not None
    gone = {thing.key for thing in story.things if thing.key in names}
    told = dataclasses.replace(
        story,
        things=tuple(thing for thing in story.things if thing.key not in gone),
        happenings=tuple(
            Happening("slide", happening.subject, way=happening.way)
            if happening.object in gone
            else happening
            for happening in story.happenings
            if happening.subject not in gone
        ),
    )
    bodies = tuple(body for body in scene.bodies if body.name not in names)
    return captioned(scene.replace(bodies=bodies, story=told))

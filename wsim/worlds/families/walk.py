"""Somebody walks through a landscape of blocks, turns, looks about and jumps. Seen through their eyes."""

import dataclasses

import numpy as np

from wsim.errors import WsimError
from wsim.worlds.blocks import agent
from wsim.worlds.blocks.grid import aimed_at, first_grid
from wsim.worlds.blocks.play import history
from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.accept import first_good
from wsim.worlds.families.family import Twins
from wsim.worlds.families.landscape import EYES, GROUND, MIDDLE, is_seen, landscape, world
from wsim.worlds.palette import PALETTE
from wsim.worlds.scene import Action, ActionKind, Agent, Fill, Scene, Story, Thing, Violation

FAMILY_ID = 80
SHOWS = "A first-person walk through a landscape of blocks: walking, turning, looking, jumping."

_ROOM = 1.7  # cells that are always free ahead
_GLANCES_DEG = (-28.0, 0.0, 28.0)
_LOOKS_PER_S = 12
_MOVES: dict[ActionKind, str] = {
    "forward": "walk forward", "back": "walk back", "left": "walk left", "right": "walk right",
    "turn_left": "pan left", "turn_right": "pan right", "look_up": "look up", "look_down": "look down",
    "jump": "jump",
}  # fmt: skip


def walk(seed: int, script: float = 0.0, duration_s: float = stage.DEFAULT_DURATION_S) -> Scene:
    """Two turns or more, mostly while walking; nothing is ever nearer than a step ahead.

    Args:
        seed: one landscape for every seed.
        script: 0, 1, 2...: other walks in the same landscape, from the same place.
        duration_s: of the clip.

    Raises:
        WsimError: the number of a script is not whole, or the landscape leaves no room to walk for so long.
    """
    if script < 0.0 or script != int(script):
        raise WsimError(
            f"there is no script {script:g}",
            where="walk(script=...)",
            remedy="give 0 or a whole number above",
        )
    rng = stage.streams(FAMILY_ID, seed, "layout", "agent")
    land = landscape(rng["layout"])
    yaw = 90.0 * int(rng["agent"].integers(4)) + stage.between(rng["agent"], -30.0, 30.0)
    player = Agent((MIDDLE + 0.5, MIDDLE + 0.5, float(GROUND)), yaw, stage.between(rng["agent"], -8.0, -2.0))
    blocks = dataclasses.replace(world(land, player), counters=False)
    steps = stage.streams(FAMILY_ID, seed, *(f"script {number}" for number in range(int(script) + 1)))
    scene = Scene("walk", seed, duration_s, (), EYES, blocks=blocks)

    def attempt() -> Scene:
        actions = _script(steps[f"script {int(script)}"], duration_s)
        return scene.replace(blocks=dataclasses.replace(blocks, actions=actions))

    scene = first_good(attempt, _has_room, tries=200)
    grid = first_grid(blocks)
    crates = [colour for colour, cell in land.crates if is_seen(grid, player, cell, 32.0)]
    return captioned(scene.replace(story=_story(scene, crates)))


def twins(scene: Scene) -> Twins:
    """Keys that do nothing, blocks that change behind the back, and a landscape in other colours."""
    assert scene.blocks is not None
    turns = [action for action in scene.blocks.actions if action.kind in ("turn_left", "turn_right")]
    broken = {
        "action_ignored": Violation("action_ignored", turns[0].time_s, amount=1.0),
        "reseeded": Violation("reseeded", turns[0].time_s, amount=0.6),
    }
    return Twins(
        violated={name: scene.violated(violation) for name, violation in broken.items()},
        shams={"crates": _recoloured(scene), "light": stage.lit_from_the_other_side(scene)},
        controls={"still": captioned(_without_actions(scene))},
    )


def _script(rng: np.random.Generator, duration_s: float) -> tuple[Action, ...]:
    """Walking with short stops, and turns one after the other."""
    actions: list[Action] = []
    time_s = stage.between(rng, 0.1, 0.25)
    while time_s < duration_s - 0.35:
        lasts_s = min(stage.between(rng, 0.5, 0.9), duration_s - time_s)
        walks: ActionKind = stage.pick(rng, ["forward", "forward", "forward", "left", "right"])
        actions.append(Action(walks, time_s, lasts_s))
        if rng.random() < 0.35:
            actions.append(Action("jump", time_s + stage.between(rng, 0.0, 0.2)))
        time_s += lasts_s + stage.between(rng, 0.02, 0.15)
    time_s = stage.between(rng, 0.2, 0.4)
    while time_s < duration_s - 0.3:
        lasts_s = min(stage.between(rng, 0.25, 0.5), duration_s - time_s)
        turns: ActionKind = stage.pick(rng, ["turn_left", "turn_right"])
        actions.append(Action(turns, time_s, lasts_s))
        time_s += lasts_s + stage.between(rng, 0.05, 0.3)
    if rng.random() < 0.5:
        looks: ActionKind = stage.pick(rng, ["look_up", "look_down"])
        actions.append(Action(looks, stage.between(rng, 0.3, 0.8), stage.between(rng, 0.12, 0.25)))
    return tuple(sorted(actions, key=lambda action: action.time_s))


def _has_room(scene: Scene) -> bool:
    """Whether no block ever comes near ahead, and every jump is one."""
    story = history(scene, scene.duration_s)
    jumps = sum(action.kind == "jump" for action in story.actions)
    if sum(event.kind == "jump" for event in story.events) != jumps:
        return False
    times_s = np.arange(0.0, scene.duration_s, 1.0 / _LOOKS_PER_S)
    feet, yaws = story.feet_at(times_s), story.yaw_deg_at(times_s)
    for (x, y, z), yaw in zip(feet.tolist(), yaws.tolist(), strict=True):
        for height in (0.5, agent.EYE_HEIGHT):
            for glance in _GLANCES_DEG:
                if aimed_at(story.grid, (x, y, z + height), agent.gaze(yaw + glance, 0.0), _ROOM):
                    return False
    return True


def _story(scene: Scene, crates: list[str]) -> Story:
    assert scene.blocks is not None
    things = (Thing("place", "landscape"), *(Thing(f"{name} block", "block", name) for name in crates))
    moves: list[str] = []
    for action in scene.blocks.actions:
        if not moves or moves[-1] != _MOVES[action.kind]:
            moves.append(_MOVES[action.kind])
    return Story(things, camera=", ".join(moves))


def _recoloured(scene: Scene) -> Scene:
    """A sham: every coloured block in the next colour of the palette."""
    assert scene.blocks is not None and scene.story is not None
    names = list(PALETTE)
    following = {name: names[(index + 1) % len(names)] for index, name in enumerate(names)}
    fills = tuple(
        Fill(following.get(fill.kind, fill.kind), fill.low, fill.high) for fill in scene.blocks.fills
    )
    things = tuple(
        dataclasses.replace(thing, colour=following.get(thing.colour, "")) for thing in scene.story.things
    )
    story = dataclasses.replace(scene.story, things=things)
    return captioned(scene.replace(blocks=dataclasses.replace(scene.blocks, fills=fills), story=story))


def _without_actions(scene: Scene) -> Scene:
    assert scene.blocks is not None and scene.story is not None
    return scene.replace(
        blocks=dataclasses.replace(scene.blocks, actions=()),
        story=dataclasses.replace(scene.story, camera=""),
    )

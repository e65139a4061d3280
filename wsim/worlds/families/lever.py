"""Somebody turns a lever in the wall of a house, and a lamp lights or a door opens beside it."""

import dataclasses

import numpy as np

from wsim.errors import WsimError
from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.family import Twins
from wsim.worlds.families.fingers import Fingers, check_angle
from wsim.worlds.families.landscape import EYES, GROUND, MIDDLE, Landscape, landscape, world
from wsim.worlds.palette import PALETTE
from wsim.worlds.scene import Action, Agent, Cell, Happening, Lever, Scene, Story, Thing, Violation

FAMILY_ID = 82
SHOWS = "A lever in a first-person world of blocks lights a lamp or opens a door."
EFFECTS = ("any", "lamp", "door")
DURATION_S = 2.0

_WALL_Y, _DISTANCE = MIDDLE + 4, 3.9  # of the wall, and of the eye from it
_RESTING_PITCH_DEG = -4.0
_WAIT_S = 0.3
_COLOURED = 0.3
_PAUSE_S, _GLANCE_DEG, _NOD_DEG = 0.1, (5.0, 13.0), (2.0, 5.0)


def lever(
    seed: int,
    effect: str = "any",
    away_deg: float = 0.0,
    duration_s: float | None = None,
    glance: bool = False,
) -> Scene:
    """The lever is on one side of the wall, what it changes on the other; both are always in view.

    Args:
        seed: one world for every seed.
        effect: `lamp` or `door`; `any` is one of them by seed.
        away_deg: how far the player looks away afterwards, 100 to 180 degrees; 0: not at all.
        duration_s: of the clip; if left out, 2 s or what looking away takes.
        glance: whether the player then turns a little towards the lever again; what changed stays in view.
            Blocks of the wall are then coloured, so that no two houses are the same.

    Raises:
        WsimError: no such effect, an angle outside that range, or no time for it.
    """
    if effect not in EFFECTS:
        raise WsimError(
            f"a lever has no effect {effect!r}",
            where="lever(effect=...)",
            remedy=f"choose one of {', '.join(EFFECTS)}",
        )
    if away_deg:
        check_angle(away_deg, "lever(away_deg=...)")
    rng = stage.streams(FAMILY_ID, seed, "layout", "material", "motion", "glance")
    effect = stage.pick(rng["motion"], EFFECTS[1:]) if effect == "any" else effect
    side = stage.either(rng["layout"])  # 1: the lever is on the left
    land, switch = _stage(rng, side, effect)
    player = Agent((float(MIDDLE), _WALL_Y - _DISTANCE, float(GROUND)), 90.0, _RESTING_PITCH_DEG)
    if glance:
        _colour_the_wall(land, rng["glance"], {switch.cell, *switch.cells})
    fingers = _script(player, switch.cell, stage.between(rng["motion"], 0.15, 0.35))
    if glance:
        fingers.wait(_PAUSE_S)
        up_deg = stage.either(rng["glance"]) * stage.between(rng["glance"], *_NOD_DEG)
        fingers.turn(side * stage.between(rng["glance"], *_GLANCE_DEG), up_deg)
    if away_deg:
        fingers.wait(0.3)
        fingers.look_away(side * away_deg, _WAIT_S)
    lasts_s = duration_s or max(DURATION_S, fingers.time_s + 0.5)
    blocks = dataclasses.replace(
        world(land, player),
        actions=fingers.script(lasts_s, "lever(duration_s=...)"),
        levers=(switch,),
        counters=False,
    )
    story = _story(effect, True, _turns(side, away_deg, glance))
    return captioned(Scene("lever", seed, lasts_s, (), EYES, blocks=blocks, story=story))


def twins(scene: Scene) -> Twins:
    """The effect is missing, late or undone; and a hand that takes hold of the wall beside the lever."""
    assert scene.blocks is not None
    use_s = next(action.time_s for action in scene.blocks.actions if action.kind == "use")
    undone_s = _undone_s(scene, use_s)
    broken = {
        "effect_missing": Violation("effect_missing", use_s - 0.05, "lever"),
        "effect_delayed": Violation("effect_delayed", use_s - 0.05, "lever", 0.6),
        "effect_undone": Violation("effect_undone", undone_s, "lever"),
    }
    return Twins(
        violated={name: scene.violated(violation) for name, violation in broken.items()},
        shams={"light": stage.lit_from_the_other_side(scene)},
        controls={"near_miss": _near_miss(scene)},
    )


def _undone_s(scene: Scene, use_s: float) -> float:
    """While the player looks away, or in plain sight half a second later."""
    assert scene.blocks is not None
    turns = [action for action in scene.blocks.actions if action.kind.startswith("turn")]
    if len(turns) < 4:
        return use_s + 0.5
    away, back = turns[-2:]
    return (away.time_s + away.duration_s + back.time_s) / 2


def _script(player: Agent, cell: Cell, start_s: float) -> Fingers:
    """Aim at the front of a block, use it, and look at the middle of the wall again."""
    fingers = Fingers(player, start_s)
    fingers.face((cell[0] + 0.5, float(cell[1]), cell[2] + 0.5))
    fingers.press("use")
    fingers.turn(player.yaw_deg - fingers.yaw_deg, player.pitch_deg - fingers.pitch_deg)
    return fingers


def _near_miss(scene: Scene) -> Scene:
    """It aims at the block next to the lever, towards the middle; all times stay what they were."""
    assert scene.blocks is not None and scene.story is not None
    blocks = scene.blocks
    (x, y, z), begins_s = blocks.levers[0].cell, min(action.time_s for action in blocks.actions)
    aside = (x + 1 if x < MIDDLE else x - 1, y, z)
    used = [action for action in blocks.actions if action.kind == "use"]
    near = _script(blocks.agent, aside, begins_s).actions
    first, last = [action for action in near if action.kind.startswith("turn")]
    rest = [action for action in blocks.actions if action.kind.startswith("turn")]
    looks = [action for action in near if action.kind.startswith("look")]
    turned = (first, Action(last.kind, rest[1].time_s, last.duration_s), *rest[2:])
    raised = [
        Action(a.kind, a.time_s if i == 0 else rest[1].time_s, a.duration_s) for i, a in enumerate(looks)
    ]
    raised += [action for action in blocks.actions if action.kind.startswith("look")][2:]
    actions = tuple(sorted((*turned, *raised, *used), key=lambda action: action.time_s))
    is_lamp = blocks.levers[0].on_kind == "lamp_on"
    return captioned(
        scene.replace(
            blocks=dataclasses.replace(blocks, actions=actions),
            story=_story("lamp" if is_lamp else "door", False, scene.story.camera),
        )
    )


def _stage(rng: dict[str, np.random.Generator], side: float, effect: str) -> tuple[Landscape, Lever]:
    """A house whose front is the wall, with the lever and what it moves in it."""
    land = landscape(rng["layout"], clear=8.5)
    wall, roof = stage.pick(
        rng["material"], [("brick", "wood"), ("stone", "wood"), ("wood", "stone"), ("sand", "brick")]
    )
    inside = "wood" if wall != "wood" else "snow"
    left, right, back = MIDDLE - 5, MIDDLE + 4, _WALL_Y + 5
    land.fill(wall, (left, _WALL_Y, GROUND), (right, back, GROUND + 2))
    land.fill(inside, (left + 1, back - 1, GROUND), (right - 1, back - 1, GROUND + 2))
    land.fill("air", (left + 1, _WALL_Y + 1, GROUND), (right - 1, back - 2, GROUND + 2))
    for step in range(3):
        height = GROUND + 3 + step
        land.fill(roof, (left, _WALL_Y + step, height), (right, back - step, height))
    here, there = (MIDDLE - 2, MIDDLE + 1) if side > 0.0 else (MIDDLE + 1, MIDDLE - 2)
    low = GROUND if effect == "door" else GROUND + 1
    cells = ((there, _WALL_Y, low), (there, _WALL_Y, low + 1))
    kinds = ("door", "air") if effect == "door" else ("lamp_off", "lamp_on")
    return land, Lever("lever", (here, _WALL_Y, GROUND + 1), cells, *kinds)


def _colour_the_wall(land: Landscape, rng: np.random.Generator, fixed: set[Cell]) -> None:
    """Some of the blocks that are in view, but for the lever and what it changes."""
    for column in range(-4, 4):
        for row in range(3):
            cell = (MIDDLE + column, _WALL_Y, GROUND + row)
            if rng.random() < _COLOURED and cell not in fixed:
                land.fill(stage.pick(rng, list(PALETTE)), cell, cell)


def _turns(side: float, away_deg: float, glance: bool) -> str:
    """What the camera does: to the lever and back, and perhaps there again, or away and back."""
    way, other = ("left", "right") if side > 0.0 else ("right", "left")
    again = f", pan {way}" if glance else ""
    return f"pan {way}, pan {other}{again}" + (f", look away {way}, turn back" if away_deg else "")


def _story(effect: str, happens: bool, camera: str) -> Story:
    things = (Thing("player", "player"), Thing("lever", "lever"), Thing(effect, effect))
    if not happens:
        stays = "stay_dark" if effect == "lamp" else "stay_closed"
        return Story(things[2:], happenings=(Happening(stays, effect),), camera=camera)
    changes = "light_up" if effect == "lamp" else "open"
    happenings = (Happening("use", "player", "lever"), Happening(changes, effect))
    return Story(things, happenings=happenings, camera=camera, salient=2)

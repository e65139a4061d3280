"""Somebody places or breaks blocks, looks away, and looks back. Seen through their eyes."""

import dataclasses

import numpy as np

from wsim.worlds.blocks.kinds import KINDS
from wsim.worlds.blocks.play import history
from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.family import Twins
from wsim.worlds.families.fingers import Fingers, check_angle
from wsim.worlds.families.landscape import EYES, GROUND, MIDDLE, Landscape, landscape, world
from wsim.worlds.palette import PALETTE
from wsim.worlds.scene import Agent, Cell, Happening, Scene, Story, Thing, Vec3, Violation

FAMILY_ID = 81
SHOWS = "Blocks are placed or broken in a first-person world; the player looks away and back."
DURATION_S = 4.0

_AHEAD = 3  # cells from the player to the blocks
_RESTING_PITCH_DEG = -16.0
_WAIT_S = 0.3


def build(
    seed: int, breaks: bool | None = None, angle_deg: float = 110.0, duration_s: float = DURATION_S
) -> Scene:
    """Two blocks are placed on the ground, or broken out of a low wall of three by two.

    Args:
        seed: one world for every seed.
        breaks: whether they are broken and not placed; by seed if left out.
        angle_deg: how far the player then turns away, to one side or the other.
        duration_s: of the clip.

    Raises:
        WsimError: an angle outside 100 to 180 degrees, or no time for it.
    """
    check_angle(angle_deg, "build(angle_deg=...)")
    rng = stage.streams(FAMILY_ID, seed, "layout", "material", "motion")
    land = landscape(rng["layout"], clear=5.5)
    if breaks is None:
        breaks = bool(rng["motion"].random() < 0.4)
    colour = stage.pick(rng["material"], list(PALETTE))
    columns = rng["motion"].permutation([-1, 0, 1])[:2].tolist()
    count = 0 if breaks else 2 + int(rng["motion"].integers(7))
    player = Agent((MIDDLE + 0.5, MIDDLE + 0.5, float(GROUND)), 90.0, _RESTING_PITCH_DEG, colour, count)
    fingers = Fingers(player, stage.between(rng["motion"], 0.12, 0.25))
    if breaks:
        _break_two(land, fingers, columns, colour, rng["motion"])
    else:
        _place_two(fingers, columns)
    fingers.turn(90.0 - fingers.yaw_deg, _RESTING_PITCH_DEG - fingers.pitch_deg)
    side = stage.either(rng["motion"])
    fingers.look_away(side * angle_deg, _WAIT_S)
    actions = fingers.script(duration_s, "build(duration_s=...)")
    blocks = dataclasses.replace(world(land, player), actions=actions)
    story = _story(colour, breaks, "left" if side > 0.0 else "right")
    return captioned(Scene("build", seed, duration_s, (), EYES, blocks=blocks, story=story))


def twins(scene: Scene) -> Twins:
    """What was done is undone behind the player's back, or the counter lies; and an act without effect."""
    edits = history(scene, scene.duration_s).edits
    first, last, away_s = edits[0], edits[-1], _away_s(scene)
    broken = {
        "block_changes": _changed(away_s, last.cell, KINDS[last.old]),
        "counter_wrong": Violation("counter_wrong", away_s, "in hand", 1.0),
    }
    if first.cause == "place":
        colours = list(PALETTE)
        other = colours[(colours.index(KINDS[first.new]) + 1) % len(colours)]
        broken["block_recoloured"] = _changed(away_s, first.cell, other)
    return Twins(
        violated={name: scene.violated(violation) for name, violation in broken.items()},
        shams={"light": stage.lit_from_the_other_side(scene)},
        controls={"near_miss": _near_miss(scene)},
    )


def _changed(time_s: float, cell: Cell, kind: str) -> Violation:
    x, y, z = cell
    return Violation("block_changes", time_s, vector=(float(x), float(y), float(z)), other=kind)


def _away_s(scene: Scene) -> float:
    """Half time of the wait: between the last two turns."""
    assert scene.blocks is not None
    away, back = [action for action in scene.blocks.actions if action.kind.startswith("turn")][-2:]
    return (away.time_s + away.duration_s + back.time_s) / 2


def _near_miss(scene: Scene) -> Scene:
    """The same motions with an empty hand; whoever breaks blocks only looks at them."""
    assert scene.blocks is not None and scene.story is not None
    actions = tuple(action for action in scene.blocks.actions if action.kind != "break")
    player = dataclasses.replace(scene.blocks.agent, count=0)
    blocks = dataclasses.replace(scene.blocks, actions=actions, agent=player)
    story = dataclasses.replace(scene.story, things=scene.story.things[:1], happenings=())
    return captioned(scene.replace(blocks=blocks, story=story))


def _place_two(fingers: Fingers, columns: list[int]) -> None:
    for column in columns:
        fingers.face((MIDDLE + column + 0.5, MIDDLE + _AHEAD + 0.4, float(GROUND)))
        fingers.press("place")


def _break_two(
    land: Landscape, fingers: Fingers, columns: list[int], colour: str, rng: np.random.Generator
) -> None:
    """Either both of the upper row, or one upper and the one below it."""
    y = MIDDLE + _AHEAD
    land.fill(colour, (MIDDLE - 1, y, GROUND), (MIDDLE + 1, y, GROUND + 1))
    cells = [(columns[0], 1), (columns[1], 1) if rng.random() < 0.5 else (columns[0], 0)]
    for column, row in cells:
        point: Vec3 = (MIDDLE + column + 0.5, float(y), GROUND + row + 0.5)
        fingers.face(point)
        fingers.press("break")


def _story(colour: str, breaks: bool, way: str) -> Story:
    things = (Thing("place", "landscape"), Thing("player", "player"), Thing("blocks", "block", colour, 2))
    happening = Happening("take" if breaks else "place", "player", "blocks")
    return Story(things, happenings=(happening,), camera=f"look away {way}, turn back")

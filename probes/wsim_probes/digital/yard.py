"""A yard with three places for blocks: the player aims at each in turn, and puts a block there or not."""

from dataclasses import replace

import numpy as np
from jaxtyping import UInt8

from wsim.perception.colour import difference, lab
from wsim.worlds.blocks.keys import blocks_of, scripted
from wsim.worlds.families import make
from wsim.worlds.families.fingers import Fingers
from wsim.worlds.families.landscape import GROUND, MIDDLE
from wsim.worlds.scene import Scene

PLACES = 3
GIVEN_S = 0.1
MIN_DURATION_S = 1.5  # after which the player looks ahead again and stands still
_START_S, _AHEAD, _PITCH_DEG = 0.12, 3.4, -24.0
_CHANGED_LAB, _CHANGED = 4.0, 0.1  # a turn changes so much of the picture by more than that

Presses = tuple[bool, ...]


def yard(seed: int) -> Scene:
    """A landscape of the family `build`, with three blocks in the hand at least, before any key is down."""
    scene = make("build", seed, breaks=False)
    blocks = blocks_of(scene)
    player = replace(blocks.agent, count=blocks.agent.count + 1, pitch_deg=_PITCH_DEG)
    return scripted(scene.replace(blocks=replace(blocks, agent=player)), ())


def acted(world: Scene, presses: Presses) -> Scene:
    """The same turns whatever is pressed, and a block at every place where `presses` says so."""
    player = blocks_of(world).agent
    fingers = Fingers(player, _START_S)
    side = 1 if world.seed % 2 else -1
    for place, press in zip((-side, 0, side), presses, strict=True):
        fingers.face((MIDDLE + place + 0.5, MIDDLE + _AHEAD, float(GROUND)))
        fingers.press("place")
        if not press:
            fingers.actions.pop()
    fingers.turn(player.yaw_deg - fingers.yaw_deg, player.pitch_deg - fingers.pitch_deg)
    return scripted(world, fingers.actions)


def turns(frames: UInt8[np.ndarray, "time height width 3"]) -> bool:
    """Whether some picture is unlike the last one, as it must be where the player turns in between."""
    pictures = lab(frames[:: max(1, len(frames) // 8)])
    gaps = difference(pictures, np.broadcast_to(lab(frames[-1]), pictures.shape))
    return bool((gaps > _CHANGED_LAB).mean(axis=(1, 2)).max() > _CHANGED)

"""A gripper puts a block on others and leaves; or makes the same motion with nothing in it.

The block is seen as it is brought. On the way down a cover comes before it, of which the lower edge alone is
clear, so that no frame shows the finished stack before the gripper has left.
"""

import dataclasses
import itertools
from dataclasses import dataclass

import numpy as np

from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.family import Twins
from wsim.worlds.palette import NEUTRALS, PALETTE
from wsim.worlds.scene import (
    Body,
    CameraPath,
    Happening,
    Material,
    Part,
    Rail,
    Relation,
    Scene,
    Story,
    Thing,
    Vec3,
    Violation,
)

FAMILY_ID = 41
SHOWS = "A gripper puts a block on a stack and leaves; the block stays."

_FOV_DEG = 38.0
# Shares of the clip: over the stack, block down, fingers open, a little way up, all the way, out of view.
_OVER, _PLACED, _OPEN, _LIFTED, _UP, _GONE = 0.22, 0.36, 0.41, 0.52, 0.63, 0.84
_LIFT_M = 0.10  # slowly at first: the gripper is seen to leave before much of the block is
_AWAY_M = 4.5
_OPENS_M = 0.07
_FINGER: Vec3 = (0.035, 0.09, 0.20)
_COVER_M = 0.015  # half of its thickness, and the gap between it and the block
_STRIP = 0.1  # of the height of the block, that is seen below the cover
_PALM_M = 0.19  # from the top of the block to the palm; what the camera sees there of the block is covered
_LIGHT: Vec3 = (0.22, -0.50, 0.84)


@dataclass(frozen=True)
class _Plan:
    """Where the middle of the carried block is, and when."""

    times_s: tuple[float, ...]
    carried_m: tuple[Vec3, ...]  # until it is put down
    leaving_m: tuple[Vec3, ...]  # of the gripper, afterwards

    @property
    def gripper_m(self) -> tuple[Vec3, ...]:
        """Where the gripper has the middle of the block, or would have it."""
        return (*self.carried_m, *self.leaving_m)


def stack(
    seed: int, tall: bool = False, carries: bool = True, duration_s: float = stage.DEFAULT_DURATION_S
) -> Scene:
    """All of it moves on rails: the gripper, its fingers and cover and, until it is put down, the block.

    Args:
        seed: one world for every seed.
        tall: three blocks in the end, not two.
        carries: False leaves out the block in the gripper.
        duration_s: of the clip.
    """
    rng = stage.streams(FAMILY_ID, seed, "layout", "motion", "material")
    floor, wall = stage.backdrop(rng["material"], 2.4)
    colours = rng["material"].permutation(list(PALETTE)).tolist()
    half_m = stage.between(rng["layout"], 0.215, 0.235)
    placed = [_block(i, half_m, colours[i], rng["layout"]) for i in range(3 if tall else 2)]
    plan = _plan(rng["motion"], placed[-1], duration_s)
    placed[-1] = dataclasses.replace(
        placed[-1], motion="rail", position_m=plan.carried_m[0], rail=Rail(plan.times_s[:3], plan.carried_m)
    )
    bodies = (*(placed if carries else placed[:-1]), *_gripper(plan, half_m), floor, wall)
    camera = _camera(rng["layout"])
    way = "left" if plan.leaving_m[-1][0] < 0.0 else "right"
    story = _story(placed, floor, way, carries)
    return captioned(Scene("stack", seed, duration_s, bodies, camera, story=story, light_direction=_LIGHT))


def twins(scene: Scene) -> Twins:
    """Once the gripper has gone, the block is gone too, has another place, or another one's colour."""
    top = [body.name for body in scene.bodies if body.name.startswith("block")][-1]
    below = f"block {int(top.split()[1]) - 1}"
    gone_s = (_GONE - 0.08) * scene.duration_s
    broken = {
        "vanish": Violation("vanish", gone_s, top),
        "swap": Violation("swap", gone_s, top, other=below),
        "creeps_back": Violation("creeps_back", gone_s, top, amount=0.5),
        "teleport": Violation("teleport", gone_s, top, vector=(0.45, 0.0, 0.0)),
        "recolour": Violation("recolour", gone_s, top, vector=_another_colour(scene)),
    }
    empty = stack(scene.seed, tall=top == "block 2", carries=False, duration_s=scene.duration_s)
    return Twins(
        violated={name: scene.violated(violation) for name, violation in broken.items()},
        shams={"wall": captioned(stage.repainted(scene, "wall"))},
        controls={"near_miss": empty},
    )


def _another_colour(scene: Scene) -> Vec3:
    worn = {body.colour_name for body in scene.bodies}
    return next(colour for name, colour in PALETTE.items() if name not in worn)


def _block(index: int, half_m: float, colour: str, rng: np.random.Generator) -> Body:
    aside = 0.0 if index == 0 else stage.between(rng, -0.04, 0.04)
    return Body(
        f"block {index}", "box", (half_m, half_m, half_m), (aside, 0.0, (2 * index + 1) * half_m),
        stage.rough(PALETTE[colour], 5.0), noun="block", colour_name=colour,
    )  # fmt: skip


def _plan(rng: np.random.Generator, top: Body, duration_s: float) -> _Plan:
    """In from the side and above, straight down, up again, and out of the picture on the other side."""
    x, y, z = top.position_m
    side = stage.either(rng)
    above_m = stage.between(rng, 0.30, 0.40)
    away_m = stage.between(rng, 0.55, 0.70)
    begin = (x + side * away_m, y, z + above_m + 0.10)
    lifted, up = ((x, y, z + lift_m) for lift_m in (_LIFT_M, above_m))
    times_s = tuple(share * duration_s for share in (0.02, _OVER, _PLACED, _OPEN, _LIFTED, _UP, _GONE))
    return _Plan(
        times_s,
        (begin, up, top.position_m),
        (top.position_m, lifted, up, (x - side * _AWAY_M, y, z + above_m + 0.5)),
    )


def _gripper(plan: _Plan, half_m: float) -> list[Body]:
    """A palm with its arm, two fingers that open when the block stands, and a cover that comes down first."""
    steel = Material(colour=NEUTRALS["black"], specular=0.4)
    palm_m = half_m + _PALM_M + 0.05
    arm_m = 1.5
    arm = Part("box", (0.05, 0.05, arm_m), (0.0, 0.0, arm_m + 0.04), steel)
    reach_m = half_m + _FINGER[0]
    low_m = palm_m - 0.03 - _FINGER[2]
    palm = _along(plan, "gripper", (reach_m + 0.12, 0.10, 0.05), [(0.0, 0.0, palm_m)] * 7, steel)
    return [
        dataclasses.replace(palm, parts=(arm,), noun="gripper", colour_name="black"),
        _finger(plan, "left finger", (-reach_m, 0.0, low_m), -_OPENS_M, steel),
        _finger(plan, "right finger", (reach_m, 0.0, low_m), _OPENS_M, steel),
        _cover(plan, half_m, steel),
    ]


def _finger(plan: _Plan, name: str, closed: Vec3, opens_m: float, steel: Material) -> Body:
    opened = (closed[0] + opens_m, closed[1], closed[2])
    return _along(plan, name, _FINGER, [closed] * 3 + [opened] * 4, steel)


def _cover(plan: _Plan, half_m: float, steel: Material) -> Body:
    """Before the palm while the block is brought, before the block once that stands."""
    low_m, high_m = (2 * _STRIP - 1) * half_m, half_m + _PALM_M
    half: Vec3 = (half_m + 0.02, _COVER_M, (high_m - low_m) / 2)
    before_m = -(half_m + 2 * _COVER_M)
    down = (0.0, before_m, (high_m + low_m) / 2)
    raised = (0.0, before_m, half_m + 0.13 + half[2])
    return _along(plan, "cover", half, [raised] * 2 + [down] * 5, steel)


def _along(plan: _Plan, name: str, half: Vec3, offsets_m: list[Vec3], material: Material) -> Body:
    """A body that goes with the gripper, so far from the middle of the block."""
    points = tuple(
        (p[0] + o[0], p[1] + o[1], p[2] + o[2]) for p, o in zip(plan.gripper_m, offsets_m, strict=True)
    )
    rail = Rail(plan.times_s, points)
    return Body(name, "box", half, points[0], material, motion="rail", rail=rail)


def _camera(rng: np.random.Generator) -> CameraPath:
    px_per_m = stage.between(rng, 26.5, 28.5)
    return stage.camera_at_height(px_per_m, (0.0, 0.0, 0.72), stage.between(rng, 6.0, 16.0), _FOV_DEG)


def _story(placed: list[Body], floor: Body, way: str, carries: bool) -> Story:
    top, base = placed[-1], placed[:-1]
    things = tuple(Thing(body.name, "block", body.colour_name) for body in base)
    around = (Thing("gripper", "gripper", "black"), Thing("floor", "floor", floor.colour_name))
    relations = tuple(Relation("on", upper.name, lower.name) for lower, upper in itertools.pairwise(base))
    leaves = Happening("leave", "gripper", way=way)
    if not carries:
        misses = Happening("approach", "gripper", base[-1].name)
        return Story((*things, *around), relations, (misses, leaves), salient=1)
    put = Happening("put_on", top.name, base[-1].name)
    stays = Happening("stay_there", top.name)
    here = (Thing(top.name, "block", top.colour_name), *things, *around)
    return Story(here, relations, (put, leaves, stays), salient=1)

"""A rod pushes a block over the edge of a table, or not quite so far."""

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

FAMILY_ID = 44
SHOWS = "A block is pushed over the edge of a table and falls."

_FOV_DEG = 38.0
_TOP_M, _HALF_TOP_M, _HALF_DEPTH_M = 0.75, 0.04, 0.45  # of the table
_PUSH_SHARE = 0.5  # of the clip: until then the rod moves
_FRICTION = 0.5
_LIGHT: Vec3 = (0.15, -0.50, 0.85)


def support(seed: int, falls: bool = True, duration_s: float = stage.DEFAULT_DURATION_S) -> Scene:
    """The rod pushes from the beginning and stops at half time.

    Args:
        seed: one world for every seed.
        falls: whether the block is pushed over the edge, or comes to rest on the table.
        duration_s: of the clip.
    """
    rng = stage.streams(FAMILY_ID, seed, "layout", "motion", "material")
    way = stage.either(rng["motion"])
    half_m = stage.between(rng["layout"], 0.235, 0.26)
    edge_x = way * stage.between(rng["layout"], 0.10, 0.22)
    push_m = stage.between(rng["motion"], 0.58, 0.68)
    inside_m = stage.between(rng["motion"], 0.10, 0.14)
    beyond_m = stage.between(rng["motion"], 0.16, 0.20)
    start_x = edge_x - way * (push_m - beyond_m)  # of its middle, which is pushed beyond the edge
    short_m = push_m - beyond_m - inside_m  # or left inside: it glides on by 3 cm
    floor, wall = stage.backdrop(rng["material"], 2.2)
    colour = stage.pick(rng["material"], list(PALETTE))
    block = Body(
        "block", "box", (half_m, half_m, half_m), (start_x, 0.0, _TOP_M + half_m),
        stage.rough(PALETTE[colour], 4.0), motion="dynamic", friction=_FRICTION,
        noun="block", colour_name=colour,
    )  # fmt: skip
    table = _table(rng["material"], way, edge_x, {floor.colour_name, wall.colour_name})
    rod = _rod(way, start_x - way * half_m, push_m if falls else short_m, duration_s)
    story = _story(block, table, floor, way, falls)
    camera = _camera(rng["layout"], edge_x + way * 0.22)
    scene = Scene("support", seed, duration_s, (block, table, rod, floor, wall), camera, story=story)
    return captioned(scene.replace(light_direction=_LIGHT))


def twins(scene: Scene) -> Twins:
    """Beyond the edge the block stays in the air, or glides on without falling."""
    beyond_s = _PUSH_SHARE * scene.duration_s + 0.03
    broken = {
        "hover": Violation("hover", beyond_s, "block"),
        "freeze": Violation("freeze", beyond_s, "block"),
        "weightless": Violation("weightless", beyond_s, "block"),
        "gravity": Violation("gravity_scale", beyond_s, amount=0.2),
    }
    return Twins(
        violated={name: scene.violated(violation) for name, violation in broken.items()},
        shams={"wall": captioned(stage.repainted(scene, "wall"))},
        controls={"near_miss": support(scene.seed, falls=False, duration_s=scene.duration_s)},
    )


def _table(rng: np.random.Generator, way: float, edge_x: float, taken: set[str]) -> Body:
    """It goes on out of the picture; two legs near the edge."""
    half_length_m = 1.9
    name = stage.pick(rng, [name for name in ("white", "brown", "black") if name not in taken])
    material = stage.rough(NEUTRALS[name], 4.0)
    half_leg_m = 0.5 * _TOP_M - _HALF_TOP_M
    drop_m = half_leg_m + _HALF_TOP_M
    legs = tuple(
        Part(
            "box", (0.05, 0.05, half_leg_m), (way * (half_length_m - 0.12), y, -drop_m),
            Material(colour=NEUTRALS[name]),
        )
        for y in (-_HALF_DEPTH_M + 0.06, _HALF_DEPTH_M - 0.06)
    )  # fmt: skip
    return Body(
        "table", "box", (half_length_m, _HALF_DEPTH_M, _HALF_TOP_M),
        (edge_x - way * half_length_m, 0.0, _TOP_M - _HALF_TOP_M), material, parts=legs,
        friction=_FRICTION, noun="table", colour_name=name,
    )  # fmt: skip


def _rod(way: float, face_x: float, push_m: float, duration_s: float) -> Body:
    """It touches the block from the beginning; eased by nothing, for the block is heavy enough."""
    half_m, height_m = 0.5, _TOP_M + 0.20
    start = face_x - way * (half_m + 0.05)
    stop_s = _PUSH_SHARE * duration_s
    speed = (push_m + 0.05) / stop_s
    rail = Rail(
        (-0.5, stop_s),
        ((start - way * 0.5 * speed, 0.0, height_m), (start + way * (push_m + 0.05), 0.0, height_m)),
    )
    return Body(
        "rod", "box", (half_m, 0.05, 0.05), rail.points_m[0],
        Material(colour=NEUTRALS["black"], specular=0.3),
        motion="rail", rail=rail, friction=_FRICTION, noun="rod", colour_name="black",
    )  # fmt: skip


def _camera(rng: np.random.Generator, middle_x: float) -> CameraPath:
    px_per_m = stage.between(rng, 25.5, 27.5)
    return stage.camera_at_height(px_per_m, (middle_x, 0.0, 0.70), stage.between(rng, 6.0, 16.0), _FOV_DEG)


def _story(block: Body, table: Body, floor: Body, way: float, falls: bool) -> Story:
    side = "right" if way > 0 else "left"
    things = (
        Thing("block", "block", block.colour_name),
        Thing("table", "table", table.colour_name),
        Thing("rod", "rod", "black"),
        Thing("floor", "floor", floor.colour_name),
    )
    on_table = (Relation("on", "block", "table"),)
    pushed = Happening("push", "rod", "block", side)
    falls_off, stays = Happening("fall_off", "block", "table", side), Happening("stay_on", "block", "table")
    ends = (falls_off, Happening("land", "block", "floor")) if falls else (stays,)
    return Story(things, on_table, (pushed, *ends), salient=2)

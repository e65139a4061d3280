"""A ball flies into a block, which breaks into pieces; or flies past it."""

import numpy as np

from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.accept import first_good, shown
from wsim.worlds.families.family import Twins
from wsim.worlds.palette import PALETTE, darker
from wsim.worlds.physics.shards import voronoi_pieces
from wsim.worlds.scene import (
    NEVER_S,
    Body,
    CameraPath,
    Cause,
    Effect,
    Happening,
    Material,
    Scene,
    Story,
    Thing,
    Vec3,
    Violation,
)

FAMILY_ID = 42
SHOWS = "A ball hits a block, and the block breaks into pieces."

_FOV_DEG = 38.0
_PIECES = 9
_HIT_SHARE = 0.3  # of the clip: when the ball meets the block
_LATEST_HIT_S = 0.6  # the arc of a longer flight leaves the picture
_WATCHED_S = 2.0  # pieces may roll out of the picture after that
_TOUCH = Cause("contact", 0.0, ("ball", "block"), "broken")
_LIGHT: Vec3 = (0.20, -0.50, 0.84)


def shatter(seed: int, hits: bool = True, duration_s: float = stage.DEFAULT_DURATION_S) -> Scene:
    """The ball reaches the block at about a third of the clip; the pieces fly apart and come to rest.

    Args:
        seed: one world for every seed.
        hits: False lets the ball pass in front of the block, which stays whole.
        duration_s: of the clip.
    """
    rng = stage.streams(FAMILY_ID, seed, "layout", "motion", "material", "pieces")
    way = stage.either(rng["motion"])
    floor, wall = stage.backdrop(rng["material"], 2.8)
    colours = rng["material"].permutation(list(PALETTE)).tolist()

    def attempt() -> Scene:
        block = _block(rng["layout"], colours[0])
        shards = _shards(rng["pieces"], block)
        ball = _ball(rng, way, block, _hit_s(duration_s), colours[1])
        names = tuple(shard.name for shard in shards)
        amount = stage.between(rng["motion"], 1.6, 2.0)
        breaks = Effect(_TOUCH, "shatter", "block", amount=amount, others=names)
        return Scene(
            "shatter", seed, duration_s, (ball, block, *shards, floor, wall), _camera(rng["layout"], way),
            effects=(breaks,), light_direction=_LIGHT, story=_story(ball, block, floor, way, hits),
        )  # fmt: skip

    def in_view(scene: Scene) -> bool:
        whole = {"ball": (0.7, 6.0), **dict.fromkeys(scene.effects[0].others, (0.0, 0.0))}
        last_s = min(duration_s, _WATCHED_S)
        return shown(scene, whole, [0.0, 0.7 * last_s, last_s])

    scene = first_good(attempt, in_view)
    return captioned(scene if hits else _missing(scene))


def _hit_s(duration_s: float) -> float:
    return min(_HIT_SHARE * duration_s, _LATEST_HIT_S)


def _missing(scene: Scene) -> Scene:
    """The ball passes in front of the block."""
    ball, block = scene.body("ball"), scene.body("block")
    x, y, z = ball.position_m
    # A little nearer to the middle, for in front less of the floor is in the picture.
    return scene.with_body("ball", position_m=(0.8 * x, y - block.size_m[1] - 1.2 * ball.size_m[0], z))


def twins(scene: Scene) -> Twins:
    """The pieces go back together, some are gone, or nothing breaks."""
    hit_s = _hit_s(scene.duration_s)
    late_s = hit_s + 0.2 * scene.duration_s
    pieces = [body.name for body in scene.bodies if body.name.startswith("piece")]
    broken = {
        "reassemble": (Violation("shards_reassemble", late_s, "block", amount=1.0),),
        "vanish": tuple(Violation("vanish", late_s, name) for name in pieces[::2]),
        "reverse": tuple(Violation("reverse", late_s, name) for name in pieces),
        "stays_whole": (Violation("effect_missing", 0.5 * hit_s, "block"),),
        "freeze": tuple(Violation("freeze", hit_s + 0.15, name) for name in pieces),
    }
    return Twins(
        violated={name: scene.violated(*violations) for name, violations in broken.items()},
        shams={"wall": captioned(stage.repainted(scene, "wall"))},
        controls={"near_miss": shatter(scene.seed, hits=False, duration_s=scene.duration_s)},
    )


def _block(rng: np.random.Generator, colour: str) -> Body:
    x, y, z = stage.between(rng, 0.24, 0.30), stage.between(rng, 0.22, 0.26), stage.between(rng, 0.32, 0.40)
    half: Vec3 = (x, y, z)
    return Body(
        "block", "box", half, (0.0, 0.0, half[2]), stage.rough(PALETTE[colour], 6.0),
        motion="dynamic", density_kg_m3=120.0, noun="block", colour_name=colour,
    )  # fmt: skip


def _shards(rng: np.random.Generator, block: Body) -> list[Body]:
    """They fill the block exactly, and do not exist before it breaks."""
    x, y, z = block.position_m
    return [
        Body(
            f"piece {i}", "convex", piece.half_extents_m,
            (x + piece.centre_m[0], y + piece.centre_m[1], z + piece.centre_m[2]), block.material,
            motion="dynamic", density_kg_m3=block.density_kg_m3, faces=piece.faces, from_s=NEVER_S,
        )
        for i, piece in enumerate(voronoi_pieces(block.size_m, _PIECES, rng))
    ]  # fmt: skip


def _ball(rng: dict[str, np.random.Generator], way: float, block: Body, hit_s: float, colour: str) -> Body:
    """Thrown so that it meets the middle of the block."""
    radius_m = stage.between(rng["layout"], 0.265, 0.28)
    path_m = stage.between(rng["motion"], 0.38, 0.50)
    face_x = block.position_m[0] - way * block.size_m[0]
    rise_m = stage.between(rng["motion"], 0.0, 0.15)
    up_m_s = 9.81 / 2 * hit_s - rise_m / hit_s
    return Body(
        "ball", "sphere", (radius_m, 0.0, 0.0),
        (face_x - way * (radius_m + path_m), 0.0, block.size_m[2] + rise_m + 0.05),
        Material(colour=darker(PALETTE[colour], 0.95), specular=0.3), motion="dynamic",
        velocity_m_s=(way * path_m / hit_s, 0.0, up_m_s), density_kg_m3=400.0,
        noun="ball", colour_name=colour,
    )  # fmt: skip


def _camera(rng: np.random.Generator, way: float) -> CameraPath:
    px_per_m = stage.between(rng, 23.5, 25.0)
    return stage.camera_at_height(
        px_per_m, (-0.05 * way, 0.0, 0.42), stage.between(rng, 14.0, 26.0), _FOV_DEG
    )


def _story(ball: Body, block: Body, floor: Body, way: float, hits: bool) -> Story:
    side = "right" if way > 0 else "left"
    things = (
        Thing("ball", "ball", ball.colour_name),
        Thing("block", "block", block.colour_name),
        Thing("floor", "floor", floor.colour_name),
    )
    flies = Happening("throw", "ball", way=side)
    ends = (
        (Happening("hit", "ball", "block"), Happening("break", "block"))
        if hits
        else (Happening("miss", "ball", "block"), Happening("stay_whole", "block"))
    )
    return Story(things, happenings=(flies, *ends), salient=3)

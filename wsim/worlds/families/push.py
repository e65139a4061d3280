"""A rod pushes a block to a new place and draws back; or it passes in front of the block."""

from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.family import Twins
from wsim.worlds.palette import NEUTRALS, PALETTE
from wsim.worlds.scene import (
    Body,
    Happening,
    Material,
    Part,
    Rail,
    Scene,
    Story,
    Thing,
    Vec3,
    Violation,
)

FAMILY_ID = 71
SHOWS = "A rod pushes a block to a new place and draws back; the block stays there."

_FOV_DEG = 36.0
_PX_PER_M = 42.0
_PLATE_M, _ROD_M, _ROD_HALF_M = 0.025, 0.022, 1.0
_AWAY_M = 1.6  # how far the rod draws back, out of the picture
# As fractions of the clip: the rod touches, has pushed, is gone.
_TOUCH, _PUSHED, _GONE = 0.16, 0.48, 0.76
_EASED = (0.0, 0.03, 0.11, 0.24, 0.40, 0.58, 0.75, 0.89, 0.97, 1.0)  # shares of the way, at even times


def push(seed: int, touches: bool = True, duration_s: float = stage.DEFAULT_DURATION_S) -> Scene:
    """A block that is pushed sideways by two to three times its width.

    Args:
        seed: one world for every seed.
        touches: False makes the same motion some 15 cm in front of the block, which then stays.
        duration_s: of the clip; pushing and drawing back take the same fractions of it.
    """
    rng = stage.streams(FAMILY_ID, seed, "layout", "motion", "material", "gap")
    way = stage.either(rng["motion"])
    half_m = stage.between(rng["layout"], 0.155, 0.18)
    push_m = stage.between(rng["motion"], 0.44, 0.62)
    middle_m = stage.between(rng["motion"], -0.06, 0.06)
    from_m, to_m = middle_m - way * push_m / 2, middle_m + way * push_m / 2
    gap_m = 0.0 if touches else half_m + 0.12 + stage.between(rng["gap"], 0.03, 0.06)
    colour = stage.pick(rng["material"], list(PALETTE))
    wood = stage.pick(rng["material"], ["black", "brown", "grey"])
    floor, wall = stage.backdrop(rng["material"], stage.between(rng["layout"], 1.3, 1.7))
    block = _block(half_m, from_m, to_m if touches else from_m, colour, duration_s)
    rod = _rod(way, (from_m - way * half_m, -gap_m, 0.9 * half_m), push_m, wood, duration_s)
    camera = stage.camera_at_height(
        _PX_PER_M, (0.0, 0.0, 0.22), stage.between(rng["layout"], 22.0, 32.0), _FOV_DEG
    )
    story = _story(colour, wood, floor.colour_name, way, touches)
    return captioned(Scene("push", seed, duration_s, (block, rod, floor, wall), camera, story=story))


def twins(scene: Scene) -> Twins:
    """Once the rod has gone, the block creeps or jumps back, or is gone; or it never was touched."""
    rail, gone_s = scene.body("block").rail, _GONE * scene.duration_s
    assert rail is not None
    back_m = rail.points_m[0][0] - rail.points_m[-1][0]
    broken = {
        "creeps_back": Violation("creeps_back", gone_s, "block", amount=1.0),
        "teleport": Violation("teleport", gone_s, "block", vector=(back_m, 0.0, 0.0)),
        "vanish": Violation("vanish", gone_s, "block"),
    }
    return Twins(
        {name: scene.violated(violation) for name, violation in broken.items()},
        shams={"wall": stage.repainted(scene, "wall")},
        controls={"near_miss": push(scene.seed, touches=False, duration_s=scene.duration_s)},
    )


def _pushing(start: Vec3, way_m: float, duration_s: float) -> tuple[tuple[float, ...], tuple[Vec3, ...]]:
    """Key points of what is pushed or pushes, with a gentle start and end."""
    x, y, z = start
    step_s = (_PUSHED - _TOUCH) * duration_s / (len(_EASED) - 1)
    times_s = tuple(_TOUCH * duration_s + i * step_s for i in range(len(_EASED)))
    return times_s, tuple((x + share * way_m, y, z) for share in _EASED)


def _block(half_m: float, from_m: float, to_m: float, colour: str, duration_s: float) -> Body:
    start = (from_m, 0.0, half_m)
    times_s, points = _pushing(start, to_m - from_m, duration_s)
    return Body(
        "block", "box", (half_m, half_m, half_m), start, stage.rough(PALETTE[colour], 5.0), motion="rail",
        rail=Rail(times_s, points), noun="block", colour_name=colour,
    )  # fmt: skip


def _rod(way: float, touch: Vec3, push_m: float, wood: str, duration_s: float) -> Body:
    """A plate on a rod, which comes from the side on which it touches and goes back there."""
    x, y, z = touch
    times_s, points = _pushing((x - way * _PLATE_M, y, z), way * push_m, duration_s)
    away = (points[0][0] - way * _AWAY_M, y, z)
    near = (points[0][0] - way * 0.3, y, z)
    back = (points[-1][0] - way * _AWAY_M, y, z)
    rail = Rail((-duration_s, 0.0, *times_s, _GONE * duration_s), (away, near, *points, back))
    material = Material(colour=NEUTRALS[wood], specular=0.2)
    handle = Part(
        "cylinder", (_ROD_M, 0.0, _ROD_HALF_M), (-way * _ROD_HALF_M, 0.0, 0.0), material,
        rotation=stage.FACING_RIGHT,
    )  # fmt: skip
    return Body(
        "rod", "box", (_PLATE_M, 0.10, 0.09), away, material, motion="rail", rail=rail, parts=(handle,),
        noun="rod", colour_name=wood,
    )  # fmt: skip


def _story(colour: str, wood: str, floor: str, way: float, touches: bool) -> Story:
    things = (Thing("rod", "rod", wood), Thing("block", "block", colour), Thing("floor", "floor", floor))
    side = "right" if way > 0.0 else "left"
    leaves = Happening("leave", "rod")
    if not touches:
        passes = Happening("pass_in_front", "rod", "block", side)
        return Story(things, happenings=(passes, leaves, Happening("stay_still", "block")))
    pushes = Happening("push", "rod", "block", side)
    return Story(things, happenings=(pushes, leaves, Happening("stay_there", "block")))

"""A rod pushes the first of a row of dominoes, and they fall one after another."""

import math

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
    Rail,
    Scene,
    Story,
    Thing,
    Vec3,
    Violation,
)

FAMILY_ID = 40
SHOWS = "A rod pushes the first of a row of dominoes; they fall one after another."
COUNT = 4

_FOV_DEG = 38.0
_HALF: Vec3 = (0.09, 0.22, 0.33)
_GAP_M = 0.38  # from one to the next
_PUSH_S = 0.25  # the rod moves until then
_REACH_M = 0.20  # how far it pushes the first
_LIGHT: Vec3 = (0.10, -0.55, 0.83)


def dominoes(seed: int, touches: bool = True, duration_s: float = stage.DEFAULT_DURATION_S) -> Scene:
    """Four dominoes in a row that runs a little into the picture.

    Args:
        seed: one world for every seed.
        touches: False stops the rod before the first domino; then none falls.
        duration_s: of the clip; 1.5 s is enough for all of them.
    """
    rng = stage.streams(FAMILY_ID, seed, "layout", "motion", "material")
    way = stage.either(rng["motion"])
    yaw = stage.between(rng["layout"], 0.28, 0.50) * stage.either(rng["layout"])
    along = (way * math.cos(yaw), math.sin(yaw))
    start_m = -0.62 - stage.between(rng["layout"], 0.0, 0.05)
    floor, wall = stage.backdrop(rng["material"], 2.6)
    colours = rng["material"].permutation(list(PALETTE)).tolist()
    row = [_domino(i, start_m + i * _GAP_M, along, way * yaw, colours[i]) for i in range(COUNT)]
    speed_m_s = stage.between(rng["motion"], 1.0, 1.3)
    rod = _rod(start_m - _HALF[0], along, way * yaw, speed_m_s, _REACH_M if touches else -0.10)
    camera = _camera(rng["layout"], way)
    story = _story(row, floor, "right" if way > 0 else "left", touches)
    bodies = (*row, rod, floor, wall)
    scene = Scene("dominoes", seed, duration_s, bodies, camera, story=story, light_direction=_LIGHT)
    return captioned(scene)


def twins(scene: Scene) -> Twins:
    """The chain stops, skips one, runs backwards or starts by itself."""
    falls_s = [0.36 + 0.16 * i for i in range(COUNT)]  # about when one is well on its way
    last, middle = f"domino {COUNT - 1}", f"domino {COUNT - 2}"
    x, y = _along(scene)
    by_itself: Vec3 = (1.3 * x, 1.3 * y, 0.0)
    names = [f"domino {i}" for i in range(COUNT)]
    late_s = 0.75 * scene.duration_s
    stops = Violation("freeze", 0.1, middle)
    broken = {
        "freeze": (Violation("freeze", 0.1, last),),
        "skip": (stops, Violation("uncaused_motion", falls_s[-1], last, vector=by_itself)),
        "uncaused": (Violation("uncaused_motion", 0.1, last, vector=by_itself),),
        "reverse": tuple(Violation("reverse", late_s, name) for name in names),
        "vanish": (Violation("vanish", late_s, middle),),
    }
    return Twins(
        violated={name: scene.violated(*violations) for name, violations in broken.items()},
        shams={"wall": captioned(stage.repainted(scene, "wall"))},
        controls={"near_miss": dominoes(scene.seed, touches=False, duration_s=scene.duration_s)},
    )


def _along(scene: Scene) -> tuple[float, float]:
    """The unit vector from the first to the last, over the floor."""
    first, last = scene.body("domino 0").position_m, scene.body(f"domino {COUNT - 1}").position_m
    length = math.dist(first, last)
    return (last[0] - first[0]) / length, (last[1] - first[1]) / length


def _domino(index: int, at_m: float, along: tuple[float, float], yaw: float, colour: str) -> Body:
    return Body(
        f"domino {index}", "box", _HALF, (at_m * along[0], at_m * along[1], _HALF[2]),
        stage.rough(PALETTE[colour], 5.0), rotation=stage.turned(yaw), motion="dynamic", friction=0.6,
        density_kg_m3=150.0, noun="domino", colour_name=colour,
    )  # fmt: skip


def _rod(face_m: float, along: tuple[float, float], yaw: float, speed_m_s: float, reach_m: float) -> Body:
    """It comes near the top of the first domino, stops, and draws back out of the way."""
    half_m, height_m = 0.30, 0.52
    ends_m = (face_m + reach_m - speed_m_s * (_PUSH_S + 1.0), face_m + reach_m, face_m - 0.25)

    def place(front_m: float) -> Vec3:
        middle_m = front_m - half_m
        return (middle_m * along[0], middle_m * along[1], height_m)

    rail = Rail((-1.0, _PUSH_S, _PUSH_S + 0.6), (place(ends_m[0]), place(ends_m[1]), place(ends_m[2])))
    return Body(
        "rod", "box", (half_m, 0.05, 0.05), rail.points_m[0],
        Material(colour=NEUTRALS["black"], specular=0.3), rotation=stage.turned(yaw),
        motion="rail", rail=rail, friction=0.2, noun="rod", colour_name="black",
    )  # fmt: skip


def _camera(rng: np.random.Generator, way: float) -> CameraPath:
    """It looks at where the dominoes will be halfway."""
    px_per_m, elevation_deg = stage.between(rng, 27.0, 29.0), stage.between(rng, 16.0, 28.0)
    return stage.camera_at_height(px_per_m, (0.18 * way, 0.05, 0.30), elevation_deg, _FOV_DEG)


def _story(row: list[Body], floor: Body, side: str, touches: bool) -> Story:
    things = (
        Thing("dominoes", "domino", count=len(row)),
        Thing("first", "domino", row[0].colour_name),
        Thing("rod", "rod", "black"),
        Thing("floor", "floor", floor.colour_name),
    )
    if not touches:
        return Story(
            things,
            happenings=(Happening("not_touch", "rod", "first"), Happening("stand", "dominoes", "floor")),
            salient=2,
        )
    pushes, fall = Happening("push", "rod", "first", side), Happening("topple_in_turn", "dominoes", way=side)
    return Story(things, happenings=(pushes, fall), salient=2)

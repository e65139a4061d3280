"""A ball is covered by one of three cups, the cups change places, and one of them is lifted.

Lengths are metres, x to the right, y away from the camera; the table is at height zero.
"""

import dataclasses
import math
from dataclasses import dataclass

import numpy as np

from wsim.errors import WsimError
from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.family import Twins
from wsim.worlds.families.shapes import table
from wsim.worlds.palette import NEUTRALS, PALETTE
from wsim.worlds.scene import (
    Body,
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

FAMILY_ID = 91
SHOWS = "A ball is covered by one of three cups, the cups change places, and one is lifted."
LIFTS = ("ball", "empty", "none")
TIMES = ("once", "twice", "three times", "four times", "five times", "six times")
SHORTEST_SWAP_S = 0.35

_PX_PER_M, _FOV_DEG, _ELEVATION_DEG = 43.0, 30.0, 27.0
_BALL_M = 0.148
_CUP_RADIUS_M, _CUP_WALL_M, _CUP_HEIGHT_M = 0.185, 0.014, 0.34  # radius of the circle inside its sides
_SIDES = 10
_LID_Z_M = _CUP_HEIGHT_M - _CUP_WALL_M / 2
_PLACES_M = (-0.45, 0.0, 0.45)
_RAISED_M = 0.42  # the whole ball is seen below a cup that is raised so far
_PASSING_M = 0.41  # cups that change places pass so far before and behind the line, clear of the third
_ARC_STEPS = 12
# As fractions of the clip: a cup begins to come down, is down; one begins to go up, is up.
_COMES, _DOWN, _GOES, _UP = 0.12, 0.28, 0.76, 0.92
_PAUSE = 0.02  # before and after every swap


@dataclass(frozen=True)
class _Swap:
    """Whoever is at `front` and `back` change places; the first passes nearer to the camera."""

    start_s: float
    end_s: float
    front: int
    back: int


def cups(
    seed: int,
    swaps: int = 1,
    lift: str = "ball",
    empty: bool = False,
    duration_s: float = stage.DEFAULT_DURATION_S,
) -> Scene:
    """The shell game.

    Args:
        seed: one world for every seed.
        swaps: how often two cups change places, 1 to 6; the cup over the ball is always in the first.
        lift: whether the cup over the `ball`, an `empty` one or `none` is lifted in the end.
        empty: the same game without a ball.
        duration_s: of the clip; a swap must take 0.35 s or longer.

    Raises:
        WsimError: more swaps than fit, or no such cup to lift.
    """
    _check(swaps, lift, duration_s)
    rng = stage.streams(FAMILY_ID, seed, "game", "material")
    start = int(rng["game"].integers(3))
    game = _game(rng["game"], start, swaps, duration_s)
    lifted = _lifted(rng["game"], _final(start, game), lift)
    cup_name, table_name, wall_name = _neutrals(rng["material"])
    bodies = (
        _ball(stage.pick(rng["material"], list(PALETTE)), start, game),
        *(_cup(place, cup_name, _cup_rail(place, start, lifted, game, duration_s)) for place in range(3)),
        *table(rng["material"], table_name, wall_name),
    )
    camera = stage.camera_at_height(_PX_PER_M, (0.0, 0.0, 0.27), _ELEVATION_DEG, _FOV_DEG)
    story = _story(bodies, swaps, lift)
    scene = captioned(Scene("cups", seed, duration_s, bodies, camera, story=story))
    return _without_ball(scene) if empty else scene


def twins(scene: Scene) -> Twins:
    """While nobody sees it the ball gets under another cup, goes, or changes; and the game without it."""
    shams = {"other_sun": stage.lit_from_the_other_side(scene), "other_wall": stage.repainted(scene, "wall")}
    if all(body.name != "ball" for body in scene.bodies):
        return Twins({}, shams)
    ball, covered_s, last_s = scene.body("ball"), _DOWN * scene.duration_s, _GOES * scene.duration_s
    other = next(name for name in PALETTE if name != ball.colour_name)
    broken = {
        "wrong_cup": Violation("teleport", last_s, "ball", vector=_to_another_cup(scene)),
        "vanish": Violation("vanish", covered_s, "ball"),
        "recolour": Violation("recolour", covered_s, "ball", vector=PALETTE[other]),
        "resize": Violation("resize", covered_s, "ball", amount=0.6),
    }
    violated = {name: scene.violated(violation) for name, violation in broken.items()}
    return Twins(violated, shams, {"empty": _without_ball(scene)})


def _check(swaps: int, lift: str, duration_s: float) -> None:
    room_s = (_GOES - _DOWN) * duration_s
    most = min(len(TIMES), math.floor(room_s / SHORTEST_SWAP_S + 1e-9))
    if lift not in LIFTS:
        problem, remedy = f"no {lift!r} cup can be lifted", f"choose one of {', '.join(LIFTS)}"
    elif not 1 <= swaps <= most:
        problem = f"cups cannot change places {swaps} times in a clip of {duration_s:g} s"
        remedy = f"choose 1 to {most} swaps, or a longer clip" if most else "choose a longer clip"
    else:
        return
    raise WsimError(problem, where="cups(...)", remedy=remedy)


def _game(rng: np.random.Generator, start: int, swaps: int, duration_s: float) -> list[_Swap]:
    """The first swap moves the ball; none undoes the one before."""
    begin_s, each_s, pause_s = _DOWN * duration_s, (_GOES - _DOWN) * duration_s / swaps, _PAUSE * duration_s
    stays, game = start, []
    for index in range(swaps):
        stays = stage.pick(rng, [place for place in range(3) if place != stays])
        pair = [place for place in range(3) if place != stays]
        front, back = pair if rng.random() < 0.5 else pair[::-1]
        at_s = begin_s + index * each_s
        game.append(_Swap(at_s + pause_s, at_s + each_s - pause_s, front, back))
    return game


def _final(place: int, game: list[_Swap]) -> int:
    """Where the cup that begins at a place ends."""
    for swap in game:
        place = {swap.front: swap.back, swap.back: swap.front}.get(place, place)
    return place


def _lifted(rng: np.random.Generator, ball_at: int, lift: str) -> int:
    """The place of the cup that is lifted, -1 for none."""
    empty = stage.pick(rng, [place for place in range(3) if place != ball_at])
    return {"ball": ball_at, "empty": empty, "none": -1}[lift]


def _track(place: int, game: list[_Swap], z_m: float) -> tuple[list[float], list[Vec3]]:
    """Times and points of whatever begins at a place: in every swap half an ellipse, and rest between."""
    times_s, points = [-1.0], [(_PLACES_M[place], 0.0, z_m)]
    for swap in game:
        if place not in (swap.front, swap.back):
            continue
        side, target = (-1.0, swap.back) if place == swap.front else (1.0, swap.front)
        middle, reach = (_PLACES_M[place] + _PLACES_M[target]) / 2, (_PLACES_M[place] - _PLACES_M[target]) / 2
        for step in range(_ARC_STEPS + 1):
            angle = math.pi * step / _ARC_STEPS
            times_s.append(swap.start_s + (swap.end_s - swap.start_s) * step / _ARC_STEPS)
            points.append((middle + reach * math.cos(angle), side * _PASSING_M * math.sin(angle), z_m))
        place = target
    return times_s, points


def _cup_rail(place: int, start: int, lifted: int, game: list[_Swap], duration_s: float) -> Rail:
    """The cup over the ball comes down first; the one that is lifted goes up last."""
    times_s, points = _track(place, game, _LID_Z_M)
    if place == start:
        above = _above(points[0])
        times_s = [-1.0, _COMES * duration_s, _DOWN * duration_s, *times_s[1:]]
        points = [above, above, *points]
    if _final(place, game) == lifted:
        times_s += [_GOES * duration_s, _UP * duration_s]
        points += [points[-1], _above(points[-1])]
    if len(times_s) == 1:
        return Rail((-1.0, duration_s), (points[0], points[0]))
    return Rail(tuple(times_s), tuple(points))


def _above(point: Vec3) -> Vec3:
    return (point[0], point[1], point[2] + _RAISED_M)


def _ball(colour_name: str, start: int, game: list[_Swap]) -> Body:
    times_s, points = _track(start, game, _BALL_M)
    return Body(
        "ball", "sphere", (_BALL_M, 0.0, 0.0), points[0],
        Material(colour=PALETTE[colour_name], specular=0.25), motion="rail",
        rail=Rail(tuple(times_s), tuple(points)), noun="ball", colour_name=colour_name,
    )  # fmt: skip


def _cup(place: int, colour_name: str, rail: Rail) -> Body:
    """Hollow and open below: a lid with ten corners, and ten sides. Its origin is the middle of the lid."""
    material = Material(colour=NEUTRALS[colour_name], specular=0.1)
    half_wall_m, half_height_m = _CUP_WALL_M / 2, _LID_Z_M / 2
    across_m, middle_m = _CUP_RADIUS_M * math.tan(math.pi / _SIDES), _CUP_RADIUS_M - half_wall_m
    angles = [2 * math.pi * (side + 0.5) / _SIDES for side in range(_SIDES)]
    sides = tuple(
        Part(
            "box", (half_wall_m, across_m, half_height_m),
            (middle_m * math.cos(angle), middle_m * math.sin(angle), -half_height_m), material,
            rotation=stage.turned(angle),
        )
        for angle in angles
    )  # fmt: skip
    rim = tuple((math.cos(angle), math.sin(angle), 0.0, _CUP_RADIUS_M) for angle in angles)
    reach_m = math.hypot(_CUP_RADIUS_M, across_m)
    return Body(
        f"cup {place}", "convex", (reach_m, reach_m, half_wall_m), rail.points_m[0], material, motion="rail",
        rail=rail, noun="cup", colour_name=colour_name, parts=sides,
        faces=(*rim, (0.0, 0.0, 1.0, half_wall_m), (0.0, 0.0, -1.0, half_wall_m)),
    )  # fmt: skip


def _neutrals(rng: np.random.Generator) -> tuple[str, str, str]:
    """Of cups, table and wall."""
    return stage.pick(
        rng, [("white", "brown", "grey"), ("grey", "brown", "beige"), ("white", "grey", "beige"),
              ("black", "beige", "white"), ("black", "brown", "grey")],
    )  # fmt: skip


def _to_another_cup(scene: Scene) -> Vec3:
    """From the ball in the end to the cup that is lifted, or to the nearest other cup if that is its own."""
    ball_x = _last(scene, "ball")[0]
    ends = [_last(scene, f"cup {place}") for place in range(3)]
    others = [end for end in ends if abs(end[0] - ball_x) > 0.1]
    lifted = [end for end in others if end[2] > _LID_Z_M]
    return (min(lifted or others, key=lambda end: abs(end[0] - ball_x))[0] - ball_x, 0.0, 0.0)


def _last(scene: Scene, name: str) -> Vec3:
    rail = scene.body(name).rail
    assert rail is not None
    return rail.points_m[-1]


def _story(bodies: tuple[Body, ...], swaps: int, lift: str) -> Story:
    ball, cup = bodies[:2]
    board = next(body for body in bodies if body.name == "table")
    things = (
        Thing("ball", "ball", ball.colour_name),
        Thing("cups", "cup", cup.colour_name, 3),
        Thing("table", "table", board.colour_name),
    )
    happenings = (
        Happening("get_covered", "ball", "cups"),
        Happening("swap_places", "cups", way=TIMES[swaps - 1]),
        Happening("get_uncovered" if lift == "ball" else "stay_hidden", "ball"),
    )
    return Story(things, (Relation("on", "ball", "table"),), happenings, salient=3)


def _without_ball(scene: Scene) -> Scene:
    story = scene.story
    assert story is not None
    told = dataclasses.replace(
        story,
        things=story.things[1:],
        relations=(),
        happenings=tuple(happening for happening in story.happenings if happening.subject != "ball"),
    )
    return captioned(scene.without_body("ball").replace(story=told))

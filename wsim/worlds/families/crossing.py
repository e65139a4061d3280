"""Balls roll through a tunnel in both directions: as many come out as went in.

Lengths are metres, x to the right, y away from the camera.
"""

import dataclasses
import math

import numpy as np

from wsim.errors import WsimError
from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.family import Twins
from wsim.worlds.palette import NEUTRALS, PALETTE
from wsim.worlds.scene import (
    NEVER_S,
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

FAMILY_ID = 92
SHOWS = "Balls roll through a tunnel from both sides, and as many come out as went in."
MOST_BALLS = 5

_PX_PER_M, _FOV_DEG, _ELEVATION_DEG = 42.0, 14.0, 38.0
_BALL_M, _LANE_M = 0.158, 0.325
_START_PX, _START_SPREAD_PX = (
    23.0,
    0.8,
)  # in the picture, from the middle at time zero, and up to so much more
_TUNNEL_HALF_M = 0.33
_WALL_M, _HEADROOM_M = 0.025, 0.02
_RUN_UP_S = 1.0  # the balls roll before and after the clip too, for histories shifted in time
_LIGHT: Vec3 = (0.15, -0.30, 0.94)


def crossing(
    seed: int,
    count: int = 3,
    alike: bool = False,
    empty: bool = False,
    duration_s: float = stage.DEFAULT_DURATION_S,
) -> Scene:
    """Every ball has a lane of its own and a constant speed; at half time all are inside the tunnel.

    Args:
        seed: one world for every seed.
        count: 1 to 5 balls.
        alike: all balls have one colour, and the caption counts them.
        empty: the same world without the balls.
        duration_s: of the clip.

    Raises:
        WsimError: no such number of balls.
    """
    if not 1 <= count <= MOST_BALLS:
        raise WsimError(
            f"{count} balls cannot go through the tunnel", where="crossing(count=...)",
            remedy=f"choose 1 to {MOST_BALLS}",
        )  # fmt: skip
    rng = stage.streams(FAMILY_ID, seed, "motion", "material")
    colours = [str(name) for name in rng["material"].permutation(list(PALETTE))[:count]]
    if alike:
        colours = colours[:1] * count
    sides = _sides(rng["motion"], count)
    balls = [
        _ball(f"ball {lane}", colours[lane], _lane_m(lane, count), sides[lane], rng["motion"], duration_s)
        for lane in range(count)
    ]
    tunnel_name, floor_name = stage.pick(
        rng["material"], [("brown", "grey"), ("black", "beige"), ("brown", "beige"), ("black", "grey")]
    )
    floor = stage.floor(rng["material"], stage.rough(NEUTRALS[floor_name], 2.5, 0.15), floor_name)
    bodies = (*balls, _tunnel(tunnel_name, count), floor)
    camera = stage.camera_at_height(_PX_PER_M, (0.0, 0.0, 0.12), _ELEVATION_DEG, _FOV_DEG)
    scene = Scene("crossing", seed, duration_s, bodies, camera, light_direction=_LIGHT)
    return _without_balls(scene) if empty else _told(scene)


def twins(scene: Scene) -> Twins:
    """In the tunnel one ball goes, doubles, changes or trades its looks; and the world without balls."""
    balls = [body for body in scene.bodies if body.noun == "ball"]
    shams = {
        "other_sun": stage.lit_from_the_other_side(scene),
        "other_floor": stage.repainted(scene, "floor"),
    }
    if not balls:
        return Twins({}, shams)
    half_s, ball = scene.duration_s / 2, balls[0]
    late_s = _nearly_out_s(ball)
    other = next(name for name in PALETTE if all(name != each.colour_name for each in balls))
    copy = _companion(ball, ball.colour_name)
    stranger = _companion(ball, other)
    broken = {
        "vanish": scene.violated(Violation("vanish", half_s, ball.name)),
        "recolour": scene.violated(Violation("recolour", half_s, ball.name, vector=PALETTE[other])),
        "duplicate": scene.replace(bodies=(*scene.bodies, copy)).violated(
            Violation("duplicate", late_s, ball.name, other="companion", vector=(0.0, _LANE_M, 0.0))
        ),
        "appear": scene.replace(bodies=(*scene.bodies, stranger)).violated(
            Violation("appear", late_s, "companion")
        ),
    }
    if len({each.colour_name for each in balls}) > 1:
        broken["swap"] = scene.violated(Violation("swap", half_s, ball.name, other=balls[1].name))
    return Twins(broken, shams, {"empty": _without_balls(scene)})


def _sides(rng: np.random.Generator, count: int) -> list[float]:
    """-1 for a ball that begins on the left; neighbours begin on different sides."""
    first = stage.either(rng)
    return [first * (-1.0) ** lane for lane in range(count)]


def _lane_m(lane: int, count: int) -> float:
    """Where a lane lies, the first in front."""
    return (lane - (_lanes(count) - 1) / 2) * _LANE_M


def _lanes(count: int) -> int:
    """Two at least, so that there is room in the tunnel beside the first ball."""
    return max(count, 2)


def _ball(
    name: str, colour_name: str, y_m: float, side: float, rng: np.random.Generator, duration_s: float
) -> Body:
    """From one side to the other; `side` is that on which it begins."""
    distance_m = stage.focal_px(_FOV_DEG) / _PX_PER_M
    px_per_m = _PX_PER_M * distance_m / (distance_m + y_m * math.cos(math.radians(_ELEVATION_DEG)))
    from_m, to_m = (
        at * (_START_PX + stage.between(rng, 0.0, _START_SPREAD_PX)) / px_per_m for at in (side, -side)
    )
    speed_m_s = (to_m - from_m) / duration_s
    start_s, end_s = -_RUN_UP_S, duration_s + _RUN_UP_S
    points = tuple((from_m + speed_m_s * time_s, y_m, _BALL_M) for time_s in (start_s, end_s))
    rail = Rail((start_s, end_s), points, spin_rad_s=(0.0, speed_m_s / _BALL_M, 0.0))
    return Body(
        name, "sphere", (_BALL_M, 0.0, 0.0), points[0], Material(colour=PALETTE[colour_name], specular=0.25),
        motion="rail", rail=rail, noun="ball", colour_name=colour_name,
    )  # fmt: skip


def _nearly_out_s(ball: Body) -> float:
    """When the ball is about to come out of the tunnel, and whatever came towards it is far behind it."""
    rail = ball.rail
    assert rail is not None
    (start_s, end_s), ((start_m, _, _), (end_m, _, _)) = rail.times_s, rail.points_m
    speed_m_s = (end_m - start_m) / (end_s - start_s)
    return start_s + (math.copysign(_TUNNEL_HALF_M - _BALL_M, speed_m_s) - start_m) / speed_m_s


def _companion(ball: Body, colour_name: str) -> Body:
    """A ball beside another, on the next lane, which does not exist yet."""
    rail = ball.rail
    assert rail is not None
    points = tuple((x, y + _LANE_M, z) for x, y, z in rail.points_m)
    return dataclasses.replace(
        ball, name="companion", noun="", colour_name=colour_name, from_s=NEVER_S, position_m=points[0],
        material=dataclasses.replace(ball.material, colour=PALETTE[colour_name]),
        rail=dataclasses.replace(rail, points_m=points),
    )  # fmt: skip


def _tunnel(colour_name: str, count: int) -> Body:
    """A roof over all lanes, with a front and a back wall; open on the left and right."""
    material = stage.rough(NEUTRALS[colour_name], 4.0, 0.2)
    half_y = _lanes(count) * _LANE_M / 2 + _WALL_M
    height_m = 2 * _BALL_M + _HEADROOM_M
    wall = (_TUNNEL_HALF_M, _WALL_M / 2, height_m / 2)
    parts = tuple(
        Part("box", wall, (0.0, side * (half_y - _WALL_M / 2), -height_m / 2), material) for side in (-1, 1)
    )
    return Body(
        "tunnel", "box", (_TUNNEL_HALF_M, half_y, _WALL_M / 2), (0.0, 0.0, height_m), material, parts=parts,
        noun="tunnel", colour_name=colour_name,
    )  # fmt: skip


def _told(scene: Scene) -> Scene:
    """What goes through the tunnel, those that go to the right first; balls alike are counted."""
    groups: dict[tuple[str, str], list[Body]] = {}
    for ball in (body for body in scene.bodies if body.noun == "ball"):
        assert ball.rail is not None
        way = "right" if ball.rail.points_m[1][0] > ball.rail.points_m[0][0] else "left"
        groups.setdefault((way, ball.colour_name), []).append(ball)
    tunnel = scene.body("tunnel")
    things, happenings = [], []
    for (way, colour_name), balls in sorted(groups.items(), reverse=True):
        things.append(Thing(f"{way} {colour_name}", "ball", colour_name, len(balls)))
        happenings.append(Happening("pass_through", things[-1].key, "tunnel", way))
    things.append(Thing("tunnel", "tunnel", tunnel.colour_name))
    story = Story(tuple(things), happenings=tuple(happenings), salient=len(happenings))
    return captioned(scene.replace(story=story))


def _without_balls(scene: Scene) -> Scene:
    bodies = tuple(body for body in scene.bodies if body.noun != "ball")
    tunnel = Thing("tunnel", "tunnel", scene.body("tunnel").colour_name)
    return captioned(scene.replace(bodies=bodies, story=Story((tunnel,))))

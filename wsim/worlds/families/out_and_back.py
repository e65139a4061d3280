"""A ball leaves the picture and comes back: it bounces off something outside, or the camera turns away."""

import math

import numpy as np

from wsim.errors import WsimError
from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.family import Twins
from wsim.worlds.palette import NEUTRALS, PALETTE, darker
from wsim.worlds.scene import (
    NEVER_S,
    Body,
    CameraPath,
    Happening,
    Material,
    Quat,
    Rail,
    Scene,
    Story,
    Thing,
    Vec3,
    Violation,
)

FAMILY_ID = 63
SHOWS = "A ball leaves the picture and comes back."

_FOV_DEG = 40.0
_FARTHEST = 2.05  # half widths of a square picture from its middle: out of a wide picture too
_TURN_DEG = 75.0
_RUN_UP_S = 1.0
_LARGEST_TURN_RAD = 2.0  # between key points; rails turn on the shorter arc
_KEYS = (0.22, 0.46, 0.54, 0.78)  # as shares of the clip: the camera sets off, is there, turns back, is back


def out_and_back(seed: int, by: str = "bounce", duration_s: float = stage.DEFAULT_DURATION_S) -> Scene:
    """The ball is outside at half time; before and after it is seen whole.

    Args:
        seed: one world for every seed.
        by: `bounce`: it rolls out of the picture and off a wall outside; `pan`: it lies still and the camera
            turns away and back.
        duration_s: of the clip.

    Raises:
        WsimError: it can leave in no such way.
    """
    if by not in ("bounce", "pan"):
        raise WsimError(
            f"the ball cannot leave the picture by {by!r}",
            where="out_and_back(by=...)",
            remedy="choose bounce or pan",
        )
    rng = stage.streams(FAMILY_ID, seed, "layout", "material", "motion")
    radius_m, side = stage.between(rng["layout"], 0.22, 0.27), stage.either(rng["motion"])
    px_per_m = stage.between(rng["layout"], 6.3, 7.2) / radius_m
    ball = _ball(rng, radius_m, px_per_m)
    if by == "bounce":
        half_width_m = stage.PICTURE_PX / 2 / px_per_m
        start_m = -side * stage.between(rng["motion"], 0.2, 0.45) * half_width_m
        ball = _rolling(ball, start_m, side * _FARTHEST * half_width_m, duration_s)
    floor_name, wall_name = stage.pick(
        rng["material"], [("grey", "beige"), ("brown", "grey"), ("beige", "white")]
    )
    bodies = (
        ball,
        stage.floor(rng["material"], stage.rough(NEUTRALS[floor_name], 3.0, 0.4), floor_name),
        stage.back_wall(rng["material"], 1.4, stage.rough(NEUTRALS[wall_name], 1.8, 0.2), wall_name),
        *_marks(rng["layout"]),
    )
    camera = _camera(px_per_m, radius_m, -side if by == "pan" else 0.0, duration_s)
    return captioned(
        Scene("out_and_back", seed, duration_s, bodies, camera, story=_story(ball, floor_name, side, by))
    )


def twins(scene: Scene) -> Twins:
    """What must not happen to the ball while it is outside, and the world without it."""
    ball, outside_s = scene.body("ball"), scene.duration_s / 2
    others = [name for name in PALETTE if name != ball.colour_name]
    double = scene.replace(bodies=(*scene.bodies, _double(ball)))
    beside = (2.6 * ball.size_m[0] * _side(scene), 0.0, 0.0)
    broken = {
        "vanish": Violation("vanish", outside_s, "ball"),
        "recolour": Violation(
            "recolour", outside_s, "ball", vector=PALETTE[others[scene.seed % len(others)]]
        ),
        "resize": Violation("resize", outside_s, "ball", amount=1.5),
    }
    twice = Violation("duplicate", outside_s, "ball", other="double", vector=beside)
    story = scene.story
    assert story is not None
    empty = scene.without_body("ball").replace(
        story=Story(story.things[1:], happenings=(Happening("stay_still", "floor"),), camera=story.camera)
    )
    return Twins(
        violated={name: scene.violated(violation) for name, violation in broken.items()}
        | {"duplicate": double.violated(twice)},
        shams={"other_sun": stage.lit_from_the_other_side(scene)},
        controls={"empty": captioned(empty)},
    )


def _ball(rng: dict[str, np.random.Generator], radius_m: float, px_per_m: float) -> Body:
    name = stage.pick(rng["material"], list(PALETTE))
    x_m = stage.between(rng["motion"], -9.0, 9.0) / px_per_m
    return Body(
        "ball", "sphere", (radius_m, 0.0, 0.0), (x_m, 0.0, radius_m),
        Material("stripe", PALETTE[name], darker(PALETTE[name], 0.6), 0.75 / radius_m, 0.25),
        noun="ball", colour_name=name,
    )  # fmt: skip


def _rolling(ball: Body, start_m: float, turn_m: float, duration_s: float) -> Body:
    """There and back at one speed; it turns round at half time. Before and after the clip it rolls on."""
    radius_m = ball.size_m[0]
    speed_m_s = (turn_m - start_m) / (duration_s / 2)
    outward_s = duration_s / 2 + _RUN_UP_S
    legs = math.ceil(abs(speed_m_s) * outward_s / radius_m / _LARGEST_TURN_RAD)
    times_s = [duration_s / 2 + outward_s * leg / legs for leg in range(-legs, legs + 1)]
    points = tuple((turn_m - speed_m_s * abs(t - duration_s / 2), 0.0, radius_m) for t in times_s)
    rolled: tuple[Quat, ...] = tuple(_rolled((x - turn_m) / radius_m) for x, _, _ in points)
    rail = Rail(tuple(times_s), points, rotations=rolled)
    return Body(
        ball.name, ball.shape, ball.size_m, points[0], ball.material,
        motion="rail", rail=rail, noun=ball.noun, colour_name=ball.colour_name,
    )  # fmt: skip


def _rolled(angle_rad: float) -> Quat:
    """About y: a ball that rolls towards +x."""
    return (math.cos(angle_rad / 2), 0.0, math.sin(angle_rad / 2), 0.0)


def _double(ball: Body) -> Body:
    """A ball that does not exist."""
    return Body("double", ball.shape, ball.size_m, ball.position_m, ball.material, from_s=NEVER_S)


def _marks(rng: np.random.Generator) -> list[Body]:
    """Two posts at the wall: something to tell by where the camera looks."""
    posts = []
    for index, x_m in enumerate((-0.9, 0.9)):
        name = stage.pick(rng, ["brown", "black", "white"])
        tall_m = stage.between(rng, 0.3, 0.45)
        place: Vec3 = (x_m + stage.between(rng, -0.25, 0.25), 1.1, tall_m)
        posts.append(
            Body(
                f"post {index}", "box", (0.11, 0.11, tall_m), place, stage.rough(NEUTRALS[name], 5.0),
                rotation=stage.turned(stage.between(rng, 0.0, 1.5)), noun="post", colour_name=name,
            )
        )  # fmt: skip
    return posts


def _camera(px_per_m: float, radius_m: float, turn: float, duration_s: float) -> CameraPath:
    distance_m = stage.focal_px(_FOV_DEG) / px_per_m
    eye, target = (0.0, -distance_m, radius_m + 0.55), (0.0, 0.0, radius_m + 0.18)
    if not turn:
        return CameraPath(eye, target, _FOV_DEG)
    keys = tuple((share * duration_s, u) for share, u in zip(_KEYS, (0.0, 1.0, 1.0, 0.0), strict=True))
    return CameraPath(eye, target, _FOV_DEG, turn_deg=turn * _TURN_DEG, progress=keys)


def _side(scene: Scene) -> float:
    """1 if the ball is outside on the right; a ball that lies still has its double where there is room."""
    ball = scene.body("ball")
    x_m = ball.rail.points_m[len(ball.rail.points_m) // 2][0] if ball.rail else -ball.position_m[0]
    return 1.0 if x_m > 0.0 else -1.0


def _story(ball: Body, floor_name: str, side: float, by: str) -> Story:
    things = (Thing("ball", "ball", ball.colour_name), Thing("floor", "floor", floor_name))
    way = "right" if side > 0.0 else "left"
    if by == "pan":
        return Story(
            things, happenings=(Happening("rest", "ball", "floor"),), camera=f"look away {way}, turn back"
        )
    happenings = (
        Happening("roll", "ball", way=way),
        Happening("leave", "ball", way=way),
        Happening("come_back", "ball"),
    )
    return Story(things, happenings=happenings, salient=3)

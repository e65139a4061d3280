"""A ball rolls across the floor, is hidden by a screen for a known time, and comes out again."""

import dataclasses
import math

import numpy as np

from wsim.errors import WsimError
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
    Relation,
    Scene,
    Shape,
    Story,
    Thing,
    Vec3,
    Violation,
)

FAMILY_ID = 2
SHOWS = "A ball rolls behind a screen and comes out again."
SHORTEST_HIDDEN_S = 0.15
SEEN_S = 0.3  # at least half visible for so long at the beginning, and again at the end

_FOV_DEG = 40.0
_SMALLEST_RADIUS_PX, _LARGEST_RADIUS_PX = 6.05, 7.2
_LONGEST_PATH_PX = 60.5  # from edge to edge, the ball's centre inside the picture
_RUN_UP_S = 1.0  # the ball rolls before and after the clip too, for histories shifted in time
_SCREEN_HALF_DEPTH_M = 0.04
_BYSTANDER_Y_M = 1.2
_LIGHT: Vec3 = (0.10, -0.20, 0.97)  # from high up: the screen's shadow does not reach the ball


def ball_behind_screen(
    seed: int, hidden_s: float = 0.4, empty: bool = False, duration_s: float = stage.DEFAULT_DURATION_S
) -> Scene:
    """A ball on a rail passes behind a screen; the camera stands still.

    Args:
        seed: one world for every seed.
        hidden_s: for how long nothing of the ball is seen.
        empty: the same world without the ball.
        duration_s: of the clip; the ball is half visible for the first and the last 0.3 s.

    Raises:
        WsimError: the ball cannot be hidden for that long in that time.
    """
    _check(hidden_s, duration_s)
    rng = stage.streams(FAMILY_ID, seed, "layout", "material", "motion", "bystanders")
    radius_px, speed_px_s = _pace(rng["motion"], hidden_s, duration_s)
    radius_m = stage.between(rng["layout"], 0.22, 0.28)
    px_per_m = radius_px / radius_m
    camera = _camera(rng["layout"], stage.focal_px(_FOV_DEG) / px_per_m, radius_m)
    ball = _ball(rng, radius_m, speed_px_s / px_per_m, duration_s)
    screen = _screen(rng, ball, camera, hidden_s)
    floor_name, wall_name = stage.pick(
        rng["material"], [("grey", "beige"), ("beige", "grey"), ("grey", "white"), ("beige", "white")]
    )
    bodies = (
        ball,
        screen,
        stage.floor(rng["material"], stage.rough(NEUTRALS[floor_name], 3.0), floor_name),
        stage.back_wall(rng["material"], 1.7, stage.rough(NEUTRALS[wall_name], 1.5, 0.12), wall_name),
        *_bystanders(rng["bystanders"], camera, {screen.colour_name, wall_name}),
    )
    scene = Scene("ball_behind_screen", seed, duration_s, bodies, camera, light_direction=_LIGHT)
    return _told(scene.without_body("ball") if empty else scene)


def twins(scene: Scene) -> Twins:
    """What must not happen while nobody sees the ball, and the world without it."""
    ball, hidden_s = scene.body("ball"), scene.duration_s / 2
    others = [name for name in PALETTE if name != ball.colour_name]
    assert ball.rail is not None
    forward = 1.0 if ball.rail.points_m[1][0] > ball.rail.points_m[0][0] else -1.0
    broken = {
        "vanish": Violation("vanish", hidden_s, "ball"),
        "recolour": Violation("recolour", hidden_s, "ball", vector=PALETTE[others[scene.seed % len(others)]]),
        "freeze": Violation("freeze", hidden_s, "ball"),
        "teleport": Violation("teleport", hidden_s, "ball", vector=(-0.35 * forward, 0.0, 0.0)),
    }
    return Twins(
        violated={name: scene.violated(violation) for name, violation in broken.items()},
        controls={"empty": _told(scene.without_body("ball"))},
    )


def _told(scene: Scene) -> Scene:
    """With its story, which lacks the ball where there is none."""
    things = [Thing(body.name, body.noun, body.colour_name) for body in scene.bodies if body.name != "wall"]
    story = Story(tuple(things), relations=(Relation("on", "screen", "floor"),))
    if any(body.name == "ball" for body in scene.bodies):
        rail = scene.body("ball").rail
        assert rail is not None
        roll = Happening("roll", "ball", way="right" if rail.points_m[1][0] > rail.points_m[0][0] else "left")
        hides = (Happening("pass_behind", "ball", "screen"), Happening("come_out", "ball"))
        story = dataclasses.replace(story, happenings=(roll, *hides), salient=3)
    return captioned(scene.replace(story=story))


def _longest_hidden_s(duration_s: float) -> float:
    fastest_px_s = _LONGEST_PATH_PX / duration_s
    return duration_s - 2 * (SEEN_S + _SMALLEST_RADIUS_PX / fastest_px_s)


def _check(hidden_s: float, duration_s: float) -> None:
    longest_s = _longest_hidden_s(duration_s)
    if not SHORTEST_HIDDEN_S <= hidden_s <= longest_s + 1e-9:
        raise WsimError(
            f"a ball cannot be hidden for {hidden_s:g} s in a clip of {duration_s:g} s",
            where="ball_behind_screen(hidden_s=...)",
            remedy=f"choose between {SHORTEST_HIDDEN_S:g} and {longest_s:.3g} s, or a longer clip",
        )


def _pace(rng: np.random.Generator, hidden_s: float, duration_s: float) -> tuple[float, float]:
    """Radius (px) and speed (px/s): fast enough to be seen long enough, slow enough to stay in the picture.

    Going from half to wholly hidden takes radius / speed, and must fit between `SEEN_S` and the hiding.
    """
    fastest = _LONGEST_PATH_PX / duration_s
    spare_s = duration_s / 2 - SEEN_S - hidden_s / 2
    spare_s -= min(0.03, max(0.0, spare_s - _SMALLEST_RADIUS_PX / fastest))
    largest = max(_SMALLEST_RADIUS_PX, min(_LARGEST_RADIUS_PX, 0.97 * fastest * spare_s))
    radius_px = stage.between(rng, _SMALLEST_RADIUS_PX, largest)
    slowest = min(fastest, max(radius_px / spare_s, 0.6 * fastest))
    wholly_inside = (stage.PICTURE_PX - 2 * radius_px - 2.0) / duration_s
    return radius_px, stage.between(rng, slowest, max(slowest, min(fastest, wholly_inside)))


def _camera(rng: np.random.Generator, distance_m: float, radius_m: float) -> CameraPath:
    height_m = radius_m + stage.between(rng, 0.45, 0.85)
    aim_m = radius_m + stage.between(rng, 0.18, 0.30)
    return CameraPath((0.0, -distance_m, height_m), (0.0, 0.0, aim_m), _FOV_DEG)


def _ball(rng: dict[str, np.random.Generator], radius_m: float, speed_m_s: float, duration_s: float) -> Body:
    """It rolls along x at constant speed and is in the middle of the picture at half time."""
    name = stage.pick(rng["material"], list(PALETTE))
    velocity = stage.either(rng["motion"]) * speed_m_s
    start_s, end_s = -_RUN_UP_S, duration_s + _RUN_UP_S
    start, end = ((velocity * (t - duration_s / 2), 0.0, radius_m) for t in (start_s, end_s))
    rail = Rail((start_s, end_s), (start, end), spin_rad_s=(0.0, velocity / radius_m, 0.0))
    return Body(
        "ball", "sphere", (radius_m, 0.0, 0.0), start, Material(colour=PALETTE[name], specular=0.25),
        motion="rail", rail=rail, noun="ball", colour_name=name,
    )  # fmt: skip


def _screen(rng: dict[str, np.random.Generator], ball: Body, camera: CameraPath, hidden_s: float) -> Body:
    """As wide as it takes: its edges lie on the sight lines that touch the ball when it goes and comes."""
    assert ball.rail is not None
    radius_m = ball.size_m[0]
    speed = abs(ball.rail.points_m[1][0] - ball.rail.points_m[0][0]) / np.ptp(ball.rail.times_s)
    middle_y = -radius_m - stage.between(rng["layout"], 0.15, 0.30)
    to_ball, to_front = -camera.eye_m[1], middle_y - _SCREEN_HALF_DEPTH_M - camera.eye_m[1]
    reach = float(speed) * hidden_s / 2
    tangent = to_ball * reach + radius_m * math.sqrt(to_ball**2 + reach**2 - radius_m**2)
    half_width = to_front * tangent / (to_ball**2 - radius_m**2)
    height = 2 * radius_m + stage.between(rng["layout"], 0.24, 0.40)
    name = stage.pick(rng["material"], ["brown", "black"])
    return Body(
        "screen", "box", (half_width, _SCREEN_HALF_DEPTH_M, height / 2), (0.0, middle_y, height / 2),
        stage.rough(NEUTRALS[name], stage.between(rng["material"], 5.0, 8.0), 0.3),
        noun="screen", colour_name=name,
    )  # fmt: skip


def _bystanders(rng: np.random.Generator, camera: CameraPath, taken: set[str]) -> list[Body]:
    """None, one or two things at the wall, on different sides, in colours of their own."""
    px_per_m = stage.focal_px(_FOV_DEG) / (_BYSTANDER_Y_M - camera.eye_m[1])
    side, names = stage.either(rng), [name for name in ("white", "brown", "black") if name not in taken]
    bystanders = []
    for index in range(min(int(rng.integers(3)), len(names))):
        shape: Shape = "box" if rng.random() < 0.5 else "cylinder"
        half_m, tall_m = stage.between(rng, 0.17, 0.22), stage.between(rng, 0.28, 0.48)
        x_m = side * stage.between(rng, 22.0, 26.0) / px_per_m
        bystanders.append(
            Body(
                f"bystander {index}",
                shape,
                (half_m, half_m if shape == "box" else 0.0, tall_m),
                (x_m, _BYSTANDER_Y_M, tall_m),
                stage.rough(NEUTRALS[names[index]], 5.0),
                rotation=stage.turned(stage.between(rng, -0.5, 0.5)),
                noun=shape,
                colour_name=names[index],
            )
        )
        side = -side
    return bystanders

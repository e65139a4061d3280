"""A ball rolls, or a box slides, towards the camera or away from it: it grows or shrinks as it should."""

import numpy as np

from wsim.errors import WsimError
from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.family import Twins
from wsim.worlds.palette import NEUTRALS, PALETTE, darker
from wsim.worlds.scene import (
    Body,
    CameraPath,
    Happening,
    Material,
    Rail,
    Scene,
    Story,
    Thing,
    Violation,
)

FAMILY_ID = 64
SHOWS = "A ball or a box comes towards the camera or goes away from it."

_FOV_DEG = 40.0
_EYE_M = 0.62  # of a level camera: the horizon is in the middle of the picture
_NEAR_M, _FAR_M = 2.15, 4.3
_RUN_UP_S = 0.3


def approach(seed: int, way: str = "", duration_s: float = stage.DEFAULT_DURATION_S) -> Scene:
    """It keeps its speed and its line; the camera is level and stands still.

    Args:
        seed: one world for every seed.
        way: `towards` or `away`; by seed if left out.
        duration_s: of the clip; it goes from far to near, or back, in that time.

    Raises:
        WsimError: it can go no such way.
    """
    if way not in ("", "towards", "away"):
        raise WsimError(
            f"nothing can come closer by going {way!r}",
            where="approach(way=...)",
            remedy="choose towards or away, or leave it out",
        )
    rng = stage.streams(FAMILY_ID, seed, "layout", "material", "motion")
    drawn = stage.pick(rng["motion"], ["towards", "away"])
    way = way or drawn
    mover = _mover(rng, way, duration_s)
    floor_name, wall_name = stage.pick(
        rng["material"], [("grey", "beige"), ("beige", "grey"), ("brown", "white")]
    )
    tiles = Material(
        "checker",
        NEUTRALS[floor_name],
        darker(NEUTRALS[floor_name], 0.72),
        stage.between(rng["material"], 1.6, 2.2),
    )
    bodies = (
        mover,
        stage.floor(rng["material"], tiles, floor_name),
        stage.back_wall(rng["material"], 2.6, stage.rough(NEUTRALS[wall_name], 1.2, 0.15), wall_name),
        *_posts(rng["layout"], mover),
    )
    camera = CameraPath((0.0, -_NEAR_M, _EYE_M), (0.0, 0.0, _EYE_M), _FOV_DEG)
    verb = "roll" if mover.shape == "sphere" else "slide"
    story = Story(
        (Thing("mover", mover.noun, mover.colour_name), Thing("floor", "floor", floor_name)),
        happenings=(Happening(verb, "mover", "floor", way),),
    )
    return captioned(Scene("approach", seed, duration_s, bodies, camera, story=story))


def twins(scene: Scene) -> Twins:
    """A size that does not go with the distance, and things that stop or go."""
    start_s = 0.45 * scene.duration_s
    broken = {
        "grow": Violation("resize", start_s, "mover", amount=1.5),
        "shrink": Violation("resize", start_s, "mover", amount=0.6),
        "freeze": Violation("freeze", start_s, "mover"),
        "vanish": Violation("vanish", start_s, "mover"),
    }
    return Twins(
        violated={name: scene.violated(violation) for name, violation in broken.items()},
        shams={"other_sun": stage.lit_from_the_other_side(scene)},
    )


def _mover(rng: dict[str, np.random.Generator], way: str, duration_s: float) -> Body:
    """From far to near or back, off the middle by up to 0.25 m; a ball rolls without slipping."""
    is_ball = rng["layout"].random() < 0.6
    half_m, x_m = stage.between(rng["layout"], 0.31, 0.34), stage.between(rng["layout"], -0.25, 0.25)
    half_m = half_m if is_ball else 0.86 * half_m
    near_y, far_y = 0.0, _FAR_M - _NEAR_M
    start_y, end_y = (far_y, near_y) if way == "towards" else (near_y, far_y)
    speed_m_s = (end_y - start_y) / duration_s
    times_s = (-_RUN_UP_S, duration_s + _RUN_UP_S)
    points = (
        (x_m, start_y + speed_m_s * times_s[0], half_m),
        (x_m, start_y + speed_m_s * times_s[1], half_m),
    )
    spin = (-speed_m_s / half_m, 0.0, 0.0) if is_ball else (0.0, 0.0, 0.0)
    name = stage.pick(rng["material"], list(PALETTE))
    look = Material(
        "stripe" if is_ball else "checker", PALETTE[name], darker(PALETTE[name], 0.6), 0.75 / half_m, 0.2
    )
    return Body(
        "mover", "sphere" if is_ball else "box", (half_m, 0.0, 0.0) if is_ball else (half_m, half_m, half_m),
        points[0], look, motion="rail", rail=Rail(times_s, points, spin_rad_s=spin),
        rotation=stage.turned(0.0) if is_ball else stage.turned(stage.between(rng["layout"], -0.5, 0.5)),
        noun="ball" if is_ball else "box", colour_name=name,
    )  # fmt: skip


def _posts(rng: np.random.Generator, mover: Body) -> list[Body]:
    """Equal posts along the way, to see distance by."""
    name = stage.pick(rng, ["brown", "black", "white"])
    side = -1.0 if mover.position_m[0] > 0.0 else 1.0
    return [
        Body(
            f"post {index}", "cylinder", (0.06, 0.0, 0.3), (0.66 * side, y_m, 0.3),
            stage.rough(NEUTRALS[name], 6.0), noun="post", colour_name=name,
        )
        for index, y_m in enumerate((0.6, 1.4, 2.2))
    ]  # fmt: skip

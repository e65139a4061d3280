"""A large and a small ball are let go side by side from the same height, and land together."""

import math

import numpy as np

from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.family import Twins
from wsim.worlds.palette import NEUTRALS, PALETTE
from wsim.worlds.scene import Body, Happening, Material, Scene, Story, Thing, Violation

FAMILY_ID = 51
SHOWS = "A large and a small ball fall from the same height and land together."

_G_M_S2 = 9.81
_FOV_DEG = 36.0
_GROUND_PX, _HEADROOM_PX = 7.0, 4.0
_WALL_M = 1.5  # behind the balls


def galileo(seed: int, duration_s: float = stage.DEFAULT_DURATION_S) -> Scene:
    """Their lowest points are level; they land at about half of the clip, and bounce alike."""
    rng = stage.streams(FAMILY_ID, seed, "layout", "motion", "material")
    falls_s = stage.between(rng["motion"], 0.44, 0.52) * duration_s
    height_m = 0.5 * _G_M_S2 * falls_s**2
    radii_px = stage.between(rng["layout"], 8.6, 9.8), stage.between(rng["layout"], 6.1, 6.5)
    px_per_m = (stage.PICTURE_PX - _GROUND_PX - _HEADROOM_PX - 2.0 * radii_px[0]) / height_m
    restitution, side = stage.between(rng["motion"], 0.45, 0.7), stage.either(rng["layout"])
    apart_px = stage.between(rng["layout"], 13.0, 15.0)
    colours = rng["material"].permutation(list(PALETTE)).tolist()[:2]
    balls = [
        _ball(name, colour, radius_px / px_per_m, sign * side * apart_px / px_per_m, height_m, restitution)
        for name, colour, radius_px, sign in zip(
            ("large", "small"), colours, radii_px, (-1.0, 1.0), strict=True
        )
    ]
    floor_name, wall_name = _surroundings(rng["material"])
    behind_m = max(_WALL_M, 1.05 * radii_px[0] / px_per_m)  # balls that fall for seconds are metres large
    bodies = (
        *balls,
        stage.floor(rng["material"], stage.rough(NEUTRALS[floor_name], 2.5), floor_name),
        stage.back_wall(rng["material"], behind_m, stage.rough(NEUTRALS[wall_name], 0.8, 0.1), wall_name),
    )
    centre_m = (stage.PICTURE_PX / 2 - _GROUND_PX) / px_per_m
    camera = stage.camera_at_height(px_per_m, (0.0, 0.0, centre_m), 0.0, _FOV_DEG)
    things = (
        Thing("large", "ball", colours[0], size="large"),
        Thing("small", "ball", colours[1], size="small"),
        Thing("floor", "floor", floor_name),
    )
    happenings = tuple(Happening("drop", name, "floor") for name in ("large", "small"))
    bounces = tuple(Happening("bounce", name, "floor") for name in ("large", "small"))
    story = Story(things, happenings=happenings + bounces, salient=2)
    return captioned(Scene("galileo", seed, duration_s, bodies, camera, physics="collisions", story=story))


def twins(scene: Scene) -> Twins:
    """The large one falls faster, one floats or stops, or both fall more slowly."""
    large = scene.body("large")
    falls_s = math.sqrt(2.0 * (large.position_m[2] - large.size_m[0]) / _G_M_S2)
    early_s = 0.25 * falls_s
    broken = {
        "heavier_falls_faster": Violation("gravity_scale", early_s, "large", amount=2.0),
        "lighter_falls_slower": Violation("gravity_scale", early_s, "small", amount=0.35),
        "gravity_scale": Violation("gravity_scale", early_s, amount=0.35),
        "weightless": Violation("weightless", 0.4 * falls_s, "small"),
        "hover": Violation("hover", 0.6 * falls_s, "large"),
    }
    return Twins(
        {name: scene.violated(violation) for name, violation in broken.items()},
        shams={"wall": captioned(stage.repainted(scene, "wall"))},
    )


def _surroundings(rng: np.random.Generator) -> tuple[str, str]:
    return stage.pick(rng, [("grey", "beige"), ("brown", "grey"), ("grey", "white")])


def _ball(name: str, colour: str, radius_m: float, x_m: float, height_m: float, restitution: float) -> Body:
    return Body(
        name, "sphere", (radius_m, 0.0, 0.0), (x_m, 0.0, radius_m + height_m),
        Material(colour=PALETTE[colour], specular=0.25), motion="dynamic", restitution=restitution,
        noun="ball", colour_name=colour,
    )  # fmt: skip

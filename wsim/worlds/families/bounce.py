"""A ball bounces across the picture, lower every time. Seen from the side."""

import math

from wsim.errors import WsimError
from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.family import Twins
from wsim.worlds.palette import NEUTRALS, PALETTE, darker
from wsim.worlds.scene import Body, Happening, Material, Scene, Story, Thing, Violation

FAMILY_ID = 58
SHOWS = "A ball bounces several times on its way across the picture."

_G_M_S2 = 9.81
_FOV_DEG = 36.0
_GROUND_PX, _HEADROOM_PX = 7.0, 4.0


def bounce(seed: int, restitution: float = 0.8, duration_s: float = stage.DEFAULT_DURATION_S) -> Scene:
    """One ball, pushed off sideways; it touches the floor three times.

    Args:
        seed: one world for every seed.
        restitution: share of its speed that it keeps at every bounce, 0.6 to 0.9.
        duration_s: of the clip.

    Raises:
        WsimError: the restitution is not between 0.6 and 0.9.
    """
    if not 0.6 <= restitution <= 0.9:
        raise WsimError(
            f"a restitution of {restitution:g} gives no series of bounces",
            where="bounce(restitution=...)",
            remedy="choose between 0.6 and 0.9",
        )
    rng = stage.streams(FAMILY_ID, seed, "layout", "motion", "material")
    falls_s = duration_s / _falls(restitution, stage.between(rng["motion"], 0.25, 0.75))
    height_m = 0.5 * _G_M_S2 * falls_s**2
    radius_px = stage.between(rng["layout"], 6.1, 6.8)
    px_per_m = (stage.PICTURE_PX - _GROUND_PX - _HEADROOM_PX - 2 * radius_px) / height_m
    radius_m = radius_px / px_per_m
    way = stage.either(rng["motion"])
    path_m = stage.between(rng["motion"], 28.0, 42.0) / px_per_m
    name = stage.pick(rng["material"], list(PALETTE))
    ball = Body(
        "ball", "sphere", (radius_m, 0.0, 0.0), (-way * path_m / 2, 0.0, radius_m + height_m),
        Material("stripe", PALETTE[name], darker(PALETTE[name], 0.8), 0.7 / radius_m, specular=0.25),
        motion="dynamic", velocity_m_s=(way * path_m / duration_s, 0.0, 0.0), restitution=restitution,
        noun="ball", colour_name=name,
    )  # fmt: skip
    wall_m = max(0.5, 1.5 * radius_m)  # a long clip needs a high fall and a large ball
    floor_name, wall_name = stage.pick(
        rng["material"], [("grey", "beige"), ("brown", "grey"), ("grey", "white")]
    )
    bodies = (
        ball,
        stage.floor(rng["material"], stage.rough(NEUTRALS[floor_name], 0.08 * px_per_m), floor_name),
        stage.back_wall(rng["material"], wall_m, stage.rough(NEUTRALS[wall_name], 2.5, 0.1), wall_name),
    )
    centre_m = (stage.PICTURE_PX / 2 - _GROUND_PX) / px_per_m
    camera = stage.camera_at_height(px_per_m, (0.0, 0.0, centre_m), 0.0, _FOV_DEG)
    side = "right" if way > 0.0 else "left"
    story = Story(
        (Thing("ball", "ball", name), Thing("floor", "floor", floor_name)),
        happenings=(
            Happening("throw", "ball", "floor", side),
            Happening("bounce", "ball", way="three times"),
        ),
        salient=2,
    )
    return captioned(Scene("bounce", seed, duration_s, bodies, camera, physics="collisions", story=story))


def twins(scene: Scene) -> Twins:
    """It bounces higher than it fell, gains speed in mid air, or does not bounce at all."""
    ball = scene.body("ball")
    falls_s = math.sqrt(2.0 * (ball.position_m[2] - ball.size_m[0]) / _G_M_S2)
    apex_s = falls_s * (1.0 + ball.restitution)
    broken = {
        "super_bounce": Violation("super_bounce", apex_s, "ball", amount=1.25),
        "energy_gain": Violation("energy_gain", 0.6 * falls_s, "ball", amount=1.6),
        "sticks": Violation("super_bounce", 0.8 * falls_s, "ball", amount=0.0),
        "freeze": Violation("freeze", apex_s, "ball"),
        "gravity_scale": Violation("gravity_scale", apex_s, amount=0.25),
    }
    return Twins(
        {name: scene.violated(violation) for name, violation in broken.items()},
        shams={"wall": captioned(stage.repainted(scene, "wall"))},
    )


def _falls(restitution: float, last_hop: float) -> float:
    """How many first falls long are three bounces and a share of the hop after them; a hop is two falls."""
    e = restitution
    return 1.0 + 2.0 * e + 2.0 * e**2 + last_hop * 2.0 * e**3

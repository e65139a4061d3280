"""A ball rolls straight over a table at constant speed, seen from above."""

import math

from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.family import Twins
from wsim.worlds.palette import NEUTRALS, PALETTE
from wsim.worlds.scene import Body, Happening, Scene, Story, Thing, Violation

FAMILY_ID = 54
SHOWS = "A ball rolls straight over a table at constant speed."

_FOV_DEG = 36.0
_HEIGHT_M = 0.5  # of the table


def puck(seed: int, duration_s: float = stage.DEFAULT_DURATION_S) -> Scene:
    """The table is without friction; the ball crosses most of the picture, at any angle to its border."""
    rng = stage.streams(FAMILY_ID, seed, "layout", "motion", "material")
    px_per_m = stage.between(rng["layout"], 25.0, 28.0)
    radius_m = stage.between(rng["layout"], 6.2, 7.4) / px_per_m
    way = stage.either(rng["motion"])
    path_m = stage.between(rng["motion"], 32.0, 40.0) / px_per_m
    turn_rad = stage.between(rng["motion"], -0.45, 0.45)
    x_m, y_m = way * path_m * math.cos(turn_rad), path_m * math.sin(turn_rad)
    velocity = (x_m / duration_s, y_m / duration_s, 0.0)
    colour = stage.pick(rng["material"], list(PALETTE))
    table_name, floor_name = stage.pick(
        rng["material"], [("beige", "grey"), ("grey", "brown"), ("white", "grey"), ("brown", "grey")]
    )
    ball = Body(
        "ball", "sphere", (radius_m, 0.0, 0.0), (-x_m / 2, -y_m / 2, _HEIGHT_M + radius_m),
        stage.banded(PALETTE[colour], radius_m), motion="dynamic", velocity_m_s=velocity,
        angular_velocity_rad_s=(-velocity[1] / radius_m, velocity[0] / radius_m, 0.0), restitution=0.9,
        rotation=stage.turned(math.atan2(y_m, x_m)), noun="ball", colour_name=colour,
    )  # fmt: skip
    table = Body(
        "table", "box", (1.75, 1.05, _HEIGHT_M / 2), (0.0, 0.0, _HEIGHT_M / 2),
        stage.rough(NEUTRALS[table_name], 2.0, 0.12), restitution=1.0, noun="table", colour_name=table_name,
    )  # fmt: skip
    bodies = (
        ball, table,
        stage.floor(rng["material"], stage.rough(NEUTRALS[floor_name], 2.0, 0.3), floor_name),
    )  # fmt: skip
    camera = stage.camera_at_height(
        px_per_m, (0.0, 0.0, _HEIGHT_M), stage.between(rng["layout"], 38.0, 60.0), _FOV_DEG
    )
    story = Story(
        (Thing("ball", "ball", colour), Thing("table", "table", table_name)),
        happenings=(Happening("roll", "ball", "table", "right" if way > 0.0 else "left"),),
    )
    return captioned(Scene("puck", seed, duration_s, bodies, camera, physics="collisions", story=story))


def twins(scene: Scene) -> Twins:
    """It speeds up, stops dead, turns off, comes back or goes, with nothing there to do it."""
    middle_s = 0.45 * scene.duration_s
    vx, vy, _ = scene.body("ball").velocity_m_s
    aside = (-0.3 * vx, -math.copysign(0.8, vy) * abs(vx), 0.0)
    broken = {
        "energy_gain": Violation("energy_gain", middle_s, "ball", amount=1.8),
        "freeze": Violation("freeze", middle_s, "ball"),
        "turns_off": Violation("uncaused_motion", middle_s, "ball", vector=aside),
        "reverse": Violation("reverse", middle_s, "ball"),
        "vanish": Violation("vanish", middle_s, "ball"),
    }
    return Twins(
        {name: scene.violated(violation) for name, violation in broken.items()},
        shams={"floor": captioned(stage.repainted(scene, "floor"))},
    )

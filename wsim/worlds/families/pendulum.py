"""A bob on a rod swings from side to side in front of a wall."""

import math

from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.family import Twins
from wsim.worlds.palette import NEUTRALS, PALETTE
from wsim.worlds.scene import Body, Happening, Material, Scene, Story, Thing, Violation
from wsim.worlds.scene import Pendulum as Law

FAMILY_ID = 52
SHOWS = "A pendulum swings from side to side."

_G_M_S2 = 9.81
_FOV_DEG = 34.0
_ROD_PX, _PIVOT_PX = 36.0, 57.0  # length of the pendulum, and where it hangs above the lower border


def pendulum(seed: int, duration_s: float = stage.DEFAULT_DURATION_S) -> Scene:
    """A period of 0.6 to 0.8 of the clip; the bob is let go at time zero or a little later."""
    rng = stage.streams(FAMILY_ID, seed, "layout", "motion", "material")
    period_s = stage.between(rng["motion"], 0.6, 0.8) * duration_s
    length_m = _G_M_S2 * (period_s / (2.0 * math.pi)) ** 2
    px_per_m = _ROD_PX / length_m
    angle_rad = stage.either(rng["motion"]) * stage.between(rng["motion"], 0.42, 0.7)
    law = Law(
        pivot_m=(0.0, 0.0, _PIVOT_PX / px_per_m), length_m=length_m, angle_rad=angle_rad,
        release_s=stage.between(rng["motion"], 0.0, 0.1) * duration_s,
    )  # fmt: skip
    name = stage.pick(rng["material"], list(PALETTE))
    metal, wall_name, floor_name = stage.pick(
        rng["material"], [("black", "beige", "grey"), ("black", "white", "brown"), ("brown", "white", "grey")]
    )
    radius_m = stage.between(rng["layout"], 6.2, 7.2) / px_per_m
    wall_m = stage.between(rng["layout"], 9.0, 12.0) / px_per_m
    bodies = (
        _bob(law, radius_m, name),
        _rod(law, 1.1 / px_per_m, metal),
        _beam(law, wall_m, 2.2 / px_per_m, metal),
        stage.floor(rng["material"], stage.rough(NEUTRALS[floor_name], 0.08 * px_per_m), floor_name),
        stage.back_wall(
            rng["material"], wall_m, stage.rough(NEUTRALS[wall_name], 0.03 * px_per_m, 0.1), wall_name
        ),
    )
    centre_m = stage.PICTURE_PX / 2 / px_per_m
    camera = stage.camera_at_height(px_per_m, (0.0, 0.0, centre_m), 0.0, _FOV_DEG)
    story = Story(
        (Thing("bob", "ball", name), Thing("rod", "rod", metal), Thing("wall", "wall", wall_name)),
        happenings=(Happening("swing", "bob", way="to and fro"), Happening("hang", "bob", "rod")),
    )
    scene = Scene("pendulum", seed, duration_s, bodies, camera, light_direction=(0.3, -0.6, 0.74))
    return captioned(scene.replace(story=story))


def twins(scene: Scene) -> Twins:
    """It stops in mid swing, gains speed there, slows down as if gravity were less, or loses its bob.

    Going back the way it came is what a pendulum does anyway, so it is no violation.
    """
    law = scene.body("bob").pendulum
    assert law is not None
    period_s = 2.0 * math.pi * math.sqrt(law.length_m / _G_M_S2)
    lowest_s, slope_s = law.release_s + 0.25 * period_s, law.release_s + 0.38 * period_s
    both = ("bob", "rod")
    broken = {
        "freeze": tuple(Violation("freeze", slope_s, body) for body in both),
        "energy_gain": tuple(Violation("energy_gain", lowest_s, body, amount=1.5) for body in both),
        "gravity_scale": (Violation("gravity_scale", slope_s, amount=0.2),),
        "weightless": tuple(Violation("weightless", lowest_s, body) for body in both),
        "vanish": (Violation("vanish", slope_s, "bob"),),
    }
    return Twins(
        {name: scene.violated(*violations) for name, violations in broken.items()},
        shams={"wall": captioned(_repainted(scene))},
    )


def _repainted(scene: Scene) -> Scene:
    """The wall in another colour, in the story too."""
    sham = stage.repainted(scene, "wall")
    assert scene.story is not None
    bob, rod, _ = scene.story.things
    things = (bob, rod, Thing("wall", "wall", sham.body("wall").colour_name))
    return sham.replace(story=Story(things, happenings=scene.story.happenings))


def _bob(law: Law, radius_m: float, colour: str) -> Body:
    x, y, z = law.pivot_m
    return Body(
        "bob", "sphere", (radius_m, 0.0, 0.0), (x, y, z - law.length_m),
        Material(colour=PALETTE[colour], specular=0.25), motion="pendulum", pendulum=law, noun="ball",
        colour_name=colour,
    )  # fmt: skip


def _rod(law: Law, radius_m: float, colour: str) -> Body:
    """From the pivot into the bob."""
    x, y, z = law.pivot_m
    return Body(
        "rod", "cylinder", (radius_m, 0.0, 0.5 * law.length_m), (x, y, z - 0.5 * law.length_m),
        Material(colour=NEUTRALS[colour], specular=0.2), motion="pendulum", pendulum=law, noun="rod",
        colour_name=colour,
    )  # fmt: skip


def _beam(law: Law, wall_m: float, half_m: float, colour: str) -> Body:
    """A bar that sticks out of the wall, on whose end the rod turns."""
    x, y, z = law.pivot_m
    half_depth_m = 0.5 * (wall_m + 1.5 * half_m)
    return Body(
        "beam", "box", (half_m, half_depth_m, half_m), (x, y + wall_m - half_depth_m, z),
        Material(colour=NEUTRALS[colour], specular=0.1),
    )  # fmt: skip

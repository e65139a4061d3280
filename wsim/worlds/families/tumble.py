"""A spinning box is thrown and tumbles over the floor until it lies still."""

import math

import numpy as np

from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.accept import first_good, shown
from wsim.worlds.families.family import Twins
from wsim.worlds.palette import PALETTE
from wsim.worlds.scene import Body, CameraPath, Happening, Scene, Story, Thing, Vec3, Violation

FAMILY_ID = 46
SHOWS = "A spinning box is thrown and tumbles over the floor."

_FOV_DEG = 38.0
_FLIGHT_S = 0.45  # about when it lands
_LIGHT: Vec3 = (0.25, -0.50, 0.83)


def tumble(seed: int, duration_s: float = stage.DEFAULT_DURATION_S) -> Scene:
    """One box of unequal sides, thrown to the left or to the right; it stays in the picture."""
    rng = stage.streams(FAMILY_ID, seed, "layout", "motion", "material")
    floor, wall = stage.backdrop(rng["material"], 2.6)
    colour = stage.pick(rng["material"], list(PALETTE))
    camera = _camera(rng["layout"])
    way = stage.either(rng["motion"])
    story = Story(
        (Thing("box", "box", colour), Thing("floor", "floor", floor.colour_name)),
        happenings=(
            Happening("throw", "box", way="right" if way > 0 else "left"),
            Happening("tumble", "box", "floor"),
        ),
        salient=2,
    )  # fmt: skip

    def attempt() -> Scene:
        bodies = (_box(rng, colour, way), floor, wall)
        return Scene("tumble", seed, duration_s, bodies, camera, story=story, light_direction=_LIGHT)

    times_s = [share * duration_s for share in (0.0, 0.2, 0.5, 0.75, 1.0)]
    return captioned(first_good(attempt, lambda scene: shown(scene, {"box": (0.98, 6.0)}, times_s)))


def twins(scene: Scene) -> Twins:
    """The box grows, becomes another thing, stops in mid air, or goes back the way it came."""
    at_s = 0.17 * scene.duration_s
    broken = {
        "resize": Violation("resize", at_s, "box", amount=1.5),
        "reshape": Violation("reshape", at_s, "box", other="sphere"),
        "freeze": Violation("freeze", at_s, "box"),
        "reverse": Violation("reverse", _FLIGHT_S, "box"),
        "vanish": Violation("vanish", 0.5 * scene.duration_s, "box"),
    }
    return Twins(
        violated={name: scene.violated(violation) for name, violation in broken.items()},
        shams={"wall": captioned(stage.repainted(scene, "wall"))},
    )


def _box(rng: dict[str, np.random.Generator], colour: str, way: float) -> Body:
    layout, motion = rng["layout"], rng["motion"]
    sides = layout.permutation([0.22, 0.26, 0.34]).tolist()
    half = [stage.between(layout, side, side + 0.05) for side in sides]
    height_m = stage.between(motion, 0.85, 1.1)
    along = stage.between(motion, 0.8, 1.3)
    spin = stage.between(motion, 4.0, 7.0)
    aside = stage.between(motion, -1.5, 1.5)
    tilt = stage.between(layout, 0.0, math.pi)
    return Body(
        "box", "box", (half[0], half[1], half[2]), (-way * stage.between(motion, 0.45, 0.65), 0.0, height_m),
        stage.rough(PALETTE[colour], 4.0), rotation=stage.turned(tilt), motion="dynamic",
        velocity_m_s=(way * along, stage.between(motion, -0.2, 0.2), stage.between(motion, 0.4, 1.0)),
        angular_velocity_rad_s=(aside, way * spin, aside), noun="box", colour_name=colour,
    )  # fmt: skip


def _camera(rng: np.random.Generator) -> CameraPath:
    px_per_m = stage.between(rng, 22.5, 25.0)
    return stage.camera_at_height(px_per_m, (0.0, 0.0, 0.72), stage.between(rng, 8.0, 20.0), _FOV_DEG)

"""A ball rolls down a ramp, or a block slides down it or sticks."""

import math
from dataclasses import dataclass

from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.family import Twins
from wsim.worlds.palette import NEUTRALS, PALETTE
from wsim.worlds.scene import Body, Happening, Incline, Quat, Scene, Story, Thing, Vec3, Violation

FAMILY_ID = 53
SHOWS = "A ball rolls down a ramp, or a block slides down it."

_G_M_S2 = 9.81
_FOV_DEG = 36.0
_WIDTH_PX, _START_PX, _STOP_PX = 47.0, 2.0, 2.0  # of the ramp; from its upper end; half of the stop's length


@dataclass(frozen=True)
class _Ramp:
    """A wedge that falls off to the right (`way` 1) or to the left (-1), with its middle above the origin."""

    way: float
    tilt_rad: float
    half_width_m: float
    half_depth_m: float

    @property
    def half_height_m(self) -> float:
        return self.half_width_m * math.tan(self.tilt_rad)

    @property
    def downhill(self) -> Vec3:
        return (self.way * math.cos(self.tilt_rad), 0.0, -math.sin(self.tilt_rad))

    @property
    def normal(self) -> Vec3:
        return (self.way * math.sin(self.tilt_rad), 0.0, math.cos(self.tilt_rad))

    @property
    def rotation(self) -> Quat:
        """Of what lies on it."""
        half = 0.5 * self.way * self.tilt_rad
        return (math.cos(half), 0.0, math.sin(half), 0.0)

    @property
    def length_m(self) -> float:
        return 2.0 * self.half_width_m / math.cos(self.tilt_rad)

    def point(self, down_m: float, above_m: float) -> Vec3:
        """So far down from its upper end, and so far above its surface."""
        s = down_m - 0.5 * self.length_m
        (dx, _, dz), (nx, _, nz) = self.downhill, self.normal
        return (s * dx + above_m * nx, 0.0, self.half_height_m + s * dz + above_m * nz)


def incline(seed: int, sticks: bool = False, duration_s: float = stage.DEFAULT_DURATION_S) -> Scene:
    """It is let go within the first tenth of the clip and crosses about half of the picture.

    Args:
        seed: one world for every seed; it decides whether it is a ball or a block.
        sticks: a block whose friction holds it where it is.
        duration_s: of the clip.
    """
    rng = stage.streams(FAMILY_ID, seed, "layout", "motion", "material")
    tilt_rad = math.radians(stage.between(rng["layout"], 15.0, 22.0))
    release_s = stage.between(rng["motion"], 0.0, 0.1) * duration_s
    is_ball = rng["motion"].random() < 0.6 and not sticks
    friction = stage.between(rng["motion"], 0.08, 0.14)
    pull = math.sin(tilt_rad) / 1.4 if is_ball else math.sin(tilt_rad) - friction * math.cos(tilt_rad)
    path_m = 0.5 * _G_M_S2 * pull * (duration_s - release_s) ** 2
    px_per_m = stage.between(rng["motion"], 21.0, 26.0) / path_m
    ramp = _Ramp(stage.either(rng["layout"]), tilt_rad, 0.5 * _WIDTH_PX / px_per_m, 11.0 / px_per_m)
    thing_m, stop_m = stage.between(rng["layout"], 6.1, 6.8) / px_per_m, _STOP_PX / px_per_m
    colour = stage.pick(rng["material"], list(PALETTE))
    ramp_name, floor_name, wall_name = stage.pick(
        rng["material"], [("brown", "grey", "beige"), ("grey", "brown", "white"), ("white", "grey", "beige")]
    )
    slope = _slope(ramp, thing_m, is_ball, release_s, stop_m, _START_PX / px_per_m)
    thing = _thing(ramp, slope, colour, thing_m, 0.8 if is_ball or sticks else friction)
    bodies = (
        thing,
        _wedge(ramp, ramp_name),
        Body("stop", "box", (stop_m, ramp.half_depth_m, thing_m), ramp.point(ramp.length_m - stop_m, thing_m),
             stage.rough(NEUTRALS["black"], 2.0), rotation=ramp.rotation),
        stage.floor(rng["material"], stage.rough(NEUTRALS[floor_name], 1.5), floor_name),
        stage.back_wall(rng["material"], 1.6 * ramp.half_depth_m, stage.rough(NEUTRALS[wall_name], 0.8, 0.1),
                        wall_name),
    )  # fmt: skip
    camera = stage.camera_at_height(
        px_per_m, (0.0, 0.0, 12.0 / px_per_m), stage.between(rng["layout"], 7.0, 13.0), _FOV_DEG
    )
    story = _story(thing, ramp_name, "right" if ramp.way > 0.0 else "left", sticks)
    scene = Scene("incline", seed, duration_s, bodies, camera, light_direction=(0.2, -0.55, 0.81))
    return captioned(scene.replace(story=story))


def twins(scene: Scene) -> Twins:
    """It stops on the slope, goes back up, speeds up, or loses the friction that holds it."""
    thing, middle_s = scene.body("thing"), 0.5 * scene.duration_s
    law = thing.incline
    assert law is not None
    x, _, z = law.downhill
    uphill = (-1.2 * x, 0.0, -1.2 * z)
    broken = {"uncaused": Violation("uncaused_motion", middle_s, "thing", vector=uphill)}
    if law.radius_m == 0.0:
        broken["friction_off"] = Violation("friction_off", 0.3 * scene.duration_s, "thing")
    if thing.friction < 0.5 or law.radius_m > 0.0:
        broken["freeze"] = Violation("freeze", middle_s, "thing")
        broken["reverse"] = Violation("reverse", middle_s, "thing")
        broken["energy_gain"] = Violation("energy_gain", middle_s, "thing", amount=1.8)
        broken["weightless"] = Violation("weightless", middle_s, "thing")
    return Twins(
        {name: scene.violated(violation) for name, violation in broken.items()},
        shams={"wall": captioned(stage.repainted(scene, "wall"))},
    )


def _slope(
    ramp: _Ramp, half_m: float, is_ball: bool, release_s: float, stop_m: float, edge_m: float
) -> Incline:
    """From near the upper end until it touches the stop."""
    length_m = ramp.length_m - 2.0 * (stop_m + half_m) - edge_m
    radius_m = half_m if is_ball else 0.0
    return Incline(ramp.downhill, ramp.normal, length_m, radius_m, release_s=release_s)


def _thing(ramp: _Ramp, slope: Incline, colour: str, half_m: float, friction: float) -> Body:
    """A ball, or a cube as large."""
    start = ramp.point(_START_PX / _WIDTH_PX * 2.0 * ramp.half_width_m + half_m, half_m)
    if slope.radius_m:
        return Body(
            "thing", "sphere", (half_m, 0.0, 0.0), start, stage.banded(PALETTE[colour], half_m),
            rotation=ramp.rotation, motion="incline", incline=slope, friction=friction, noun="ball",
            colour_name=colour,
        )  # fmt: skip
    return Body(
        "thing", "box", (half_m, half_m, half_m), start, stage.rough(PALETTE[colour], 4.0, 0.12),
        rotation=ramp.rotation, motion="incline", incline=slope, friction=friction, noun="block",
        colour_name=colour,
    )  # fmt: skip


def _wedge(ramp: _Ramp, colour: str) -> Body:
    half = (ramp.half_width_m, ramp.half_depth_m, ramp.half_height_m)
    faces = (
        (*ramp.normal, 0.0), (0.0, 0.0, -1.0, half[2]), (-ramp.way, 0.0, 0.0, half[0]),
        (0.0, 1.0, 0.0, half[1]), (0.0, -1.0, 0.0, half[1]),
    )  # fmt: skip
    return Body(
        "ramp", "convex", half, (0.0, 0.0, half[2]), stage.rough(NEUTRALS[colour], 2.0, 0.15), faces=faces,
        noun="ramp", colour_name=colour,
    )  # fmt: skip


def _story(thing: Body, ramp_name: str, side: str, sticks: bool) -> Story:
    things = (Thing("thing", thing.noun, thing.colour_name), Thing("ramp", "ramp", ramp_name))
    if sticks:
        return Story(
            things, happenings=(Happening("rest", "thing", "ramp"), Happening("stay_still", "thing"))
        )
    verb = "roll_down" if thing.noun == "ball" else "slide_down"
    return Story(things, happenings=(Happening(verb, "thing", "ramp", side),))

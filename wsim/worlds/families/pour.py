"""Coloured water runs through a hole from the upper chamber of a vessel into the lower one."""

import math

import numpy as np

from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.family import Twins
from wsim.worlds.palette import NEUTRALS, PALETTE, darker
from wsim.worlds.scene import Body, Happening, Material, Part, Pour, Scene, Story, Thing, Violation

FAMILY_ID = 57
SHOWS = "Water runs through a hole from one vessel into another."

_G_M_S2 = 9.81
_FOV_DEG = 34.0
_PX_PER_M = 54.0
_WALL_M = 1.8 / _PX_PER_M  # thickness of all walls
_FLOOR_M, _SLAB_M, _TOP_M = _WALL_M, 33.0 / _PX_PER_M, 54.0 / _PX_PER_M  # inner floors and rim, above ground
_HALF_DEPTH_M = 7.0 / _PX_PER_M


def pour(seed: int, duration_s: float = stage.DEFAULT_DURATION_S) -> Scene:
    """The vessel is open towards the camera, as if behind a clear pane; most of the water runs down."""
    rng = stage.streams(FAMILY_ID, seed, "layout", "motion", "material")
    half_m = stage.between(rng["layout"], 11.5, 14.5) / _PX_PER_M
    level_m = stage.between(rng["layout"], 14.0, 17.0) / _PX_PER_M
    rest_m = stage.between(rng["layout"], 1.5, 4.0) / _PX_PER_M
    start_s = stage.between(rng["motion"], 0.08, 0.16) * duration_s
    empty_s = stage.between(rng["motion"], 1.15, 1.8) * (duration_s - start_s)
    hole_m2 = 4.0 * half_m * _HALF_DEPTH_M * math.sqrt(2.0 * level_m / _G_M_S2) / empty_s
    radius_m = math.sqrt(hole_m2 / math.pi)
    colour = stage.pick(rng["material"], list(PALETTE))
    frame, floor_name, wall_name = stage.pick(
        rng["material"], [("black", "brown", "beige"), ("brown", "grey", "white"), ("black", "grey", "beige")]
    )
    water = Material(colour=PALETTE[colour], specular=0.15)
    drop_m = _SLAB_M - _FLOOR_M
    bodies = (
        Body("upper water", "box", (half_m, _HALF_DEPTH_M, level_m / 2), (0.0, 0.0, _SLAB_M + level_m / 2),
             water, noun="water", colour_name=colour),
        Body("lower water", "box", (half_m, _HALF_DEPTH_M, rest_m / 2), (0.0, 0.0, _FLOOR_M + rest_m / 2),
             water, noun="water", colour_name=colour),
        Body("stream", "cylinder", (radius_m, 0.0, drop_m / 2), (0.0, 0.0, _FLOOR_M + drop_m / 2), water,
             noun="water", colour_name=colour),
        _vessel(half_m, radius_m, frame),
        stage.floor(rng["material"], stage.rough(NEUTRALS[floor_name], 5.0), floor_name),
        stage.back_wall(rng["material"], 0.7, stage.rough(NEUTRALS[wall_name], 1.5, 0.1), wall_name),
    )  # fmt: skip
    centre_m = (stage.PICTURE_PX / 2 - 5.0) / _PX_PER_M
    camera = stage.camera_at_height(
        _PX_PER_M, (0.0, 0.0, centre_m), stage.between(rng["layout"], 3.0, 7.0), _FOV_DEG
    )
    scene = Scene("pour", seed, duration_s, bodies, camera, light_direction=(0.12, -0.80, 0.59))
    story = Story(
        (Thing("water", "water", colour), Thing("vessel", "vessel", frame)),
        happenings=(Happening("pour", "water", "vessel"),),
    )
    pours = (Pour("upper water", "lower water", "stream", start_s, hole_m2, drop_m),)
    return captioned(scene.replace(pours=pours, story=story))


def twins(scene: Scene) -> Twins:
    """Water comes from nowhere or goes there, or a level stays while water runs."""
    middle_s = 0.6 * scene.duration_s
    broken = {
        "more_below": Violation("fluid_gain", middle_s, "lower water", amount=1.8),
        "less_below": Violation("fluid_gain", middle_s, "lower water", amount=0.35),
        "more_above": Violation("fluid_gain", middle_s, "upper water", amount=1.8),
        "level_stays_below": Violation("freeze", 0.35 * scene.duration_s, "lower water"),
        "level_stays_above": Violation("freeze", 0.35 * scene.duration_s, "upper water"),
    }
    closed = scene.replace(pours=(), story=_closed(scene.story)).without_body("stream")
    return Twins(
        {name: scene.violated(violation) for name, violation in broken.items()},
        shams={"wall": captioned(stage.repainted(scene, "wall"))},
        controls={"closed": captioned(closed)},
    )


def _vessel(half_m: float, hole_radius_m: float, colour: str) -> Body:
    """A base, two side walls, a back, and a slab with a hole between the chambers."""
    material = stage.rough(NEUTRALS[colour], 6.0, 0.2)
    pane = Material(colour=darker(NEUTRALS["white"], 0.85))
    half_wall, slab_half = 0.5 * _WALL_M, 0.5 * (half_m - hole_radius_m)
    parts = [
        Part(
            "box",
            (half_wall, _HALF_DEPTH_M, _TOP_M / 2),
            (sign * (half_m + half_wall), 0.0, _TOP_M / 2),
            material,
        )
        for sign in (-1.0, 1.0)
    ]
    parts += [
        Part("box", (slab_half, _HALF_DEPTH_M, half_wall),
             (sign * (half_m - slab_half), 0.0, _SLAB_M - half_wall), material)
        for sign in (-1.0, 1.0)
    ]  # fmt: skip
    parts.append(
        Part(
            "box",
            (half_m + _WALL_M, half_wall, _TOP_M / 2),
            (0.0, _HALF_DEPTH_M + half_wall, _TOP_M / 2),
            pane,
        )
    )
    # Parts are told in the frame of the body, whose origin is the middle of the base.
    down = np.array([0.0, 0.0, half_wall])
    moved = tuple(
        Part(part.shape, part.size_m, tuple((np.array(part.position_m) - down).tolist()), part.material)
        for part in parts
    )
    return Body(
        "vessel", "box", (half_m + _WALL_M, _HALF_DEPTH_M, half_wall), (0.0, 0.0, half_wall), material,
        noun="vessel", colour_name=colour, parts=moved,
    )  # fmt: skip


def _closed(story: Story | None) -> Story:
    assert story is not None
    return Story(story.things, happenings=(Happening("stay_still", "water"),))

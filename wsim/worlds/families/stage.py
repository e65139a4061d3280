"""What the families share: random streams, and the pieces of a stage."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from wsim.worlds.palette import NEUTRALS, darker
from wsim.worlds.scene import Body, CameraPath, Material, Quat, Scene, Vec3

DEFAULT_DURATION_S = 1.5
PICTURE_PX = 64.0  # the size at which legibility is promised
FACING_CAMERA: Quat = (math.sqrt(0.5), math.sqrt(0.5), 0.0, 0.0)  # local x, y, z: right, up, towards -y
FACING_RIGHT: Quat = (0.5, 0.5, 0.5, 0.5)  # local z towards +x, local y up
FACING_LEFT: Quat = (0.5, 0.5, -0.5, -0.5)  # local z towards -x, local y up

Item = TypeVar("Item")


def streams(family_id: int, seed: int, *concerns: str) -> dict[str, np.random.Generator]:
    """One random stream for every concern: a draw more in one changes nothing in the others."""
    children = np.random.SeedSequence([family_id, seed]).spawn(len(concerns))
    return {name: np.random.default_rng(child) for name, child in zip(concerns, children, strict=True)}


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """Uniform, as a plain float."""
    return float(rng.uniform(low, high))


def pick(rng: np.random.Generator, items: Sequence[Item]) -> Item:
    """One of the items, all equally likely."""
    return items[int(rng.integers(len(items)))]


def either(rng: np.random.Generator) -> float:
    """-1 or 1."""
    return 1.0 if rng.random() < 0.5 else -1.0


def focal_px(fov_deg: float) -> float:
    """Pixels per metre at one metre, in a square picture of `PICTURE_PX`."""
    return PICTURE_PX / 2 / math.tan(math.radians(fov_deg) / 2)


def rough(colour: Vec3, cells_per_m: float, contrast: float = 0.25) -> Material:
    """A surface of one colour with soft darker patches."""
    return Material("noise", colour, darker(colour, 1.0 - contrast), cells_per_m)


def floor(rng: np.random.Generator, material: Material, colour_name: str) -> Body:
    """An endless floor at height zero that gives bodies their own restitution.

    Where its origin lies decides which part of the texture is seen.
    """
    return Body(
        "floor", "plane", (0.0, 0.0, 0.0), (between(rng, -9.0, 9.0), between(rng, -9.0, 9.0), 0.0), material,
        restitution=1.0, noun="floor", colour_name=colour_name,
    )  # fmt: skip


def back_wall(rng: np.random.Generator, y_m: float, material: Material, colour_name: str) -> Body:
    """A wall behind the stage, wide enough for any picture; which part of it is seen is random."""
    return Body(
        "wall", "plane", (16.0, 4.0, 0.0), (between(rng, -6.0, 6.0), y_m, 4.0), material,
        rotation=FACING_CAMERA, noun="wall", colour_name=colour_name,
    )  # fmt: skip


def lit_from_the_other_side(scene: Scene) -> Scene:
    """A sham: the light comes from the left where it came from the right. It breaks no law."""
    x, y, z = scene.light_direction
    return scene.replace(light_direction=(-x, y, z))


def turned(yaw_rad: float) -> Quat:
    """A rotation about the vertical."""
    return (math.cos(yaw_rad / 2), 0.0, 0.0, math.sin(yaw_rad / 2))


def pointing(direction: Vec3) -> Quat:
    """The shortest rotation that takes local z to a unit direction other than straight down."""
    x, y, z = direction
    length = math.sqrt(2.0 * (1.0 + z))
    return ((1.0 + z) / length, -y / length, x / length, 0.0)


def camera_at_height(px_per_m: float, target_m: Vec3, elevation_deg: float, fov_deg: float) -> CameraPath:
    """In front (at -y), looking down by an angle; the target appears at that scale in `PICTURE_PX`."""
    distance_m = focal_px(fov_deg) / px_per_m
    x, y, z = target_m
    angle = math.radians(elevation_deg)
    eye = (x, y - distance_m * math.cos(angle), z + distance_m * math.sin(angle))
    return CameraPath(eye, target_m, fov_deg)


def repainted(scene: Scene, name: str) -> Scene:
    """A sham: a wall, a floor or a table in another neutral colour, and nothing else."""
    body = scene.body(name)
    other = "white" if body.colour_name != "white" else "beige"
    material = replace(body.material, colour=NEUTRALS[other], colour_b=darker(NEUTRALS[other], 0.88))
    return scene.with_body(name, material=material, colour_name=other)


def banded(colour: Vec3, radius_m: float) -> Material:
    """The skin of a ball whose rolling is to be seen: its own colour, in two shades of broad bands."""
    return Material("stripe", colour, darker(colour, 0.72), 0.75 / radius_m, specular=0.25)


def backdrop(rng: np.random.Generator, wall_y_m: float) -> tuple[Body, Body]:
    """A floor and a wall behind the stage, in two different neutrals."""
    floor_name, wall_name = pick(
        rng, [("grey", "beige"), ("beige", "grey"), ("brown", "white"), ("grey", "white"), ("brown", "beige")]
    )
    return (
        floor(rng, rough(NEUTRALS[floor_name], 3.0), floor_name),
        back_wall(rng, wall_y_m, rough(NEUTRALS[wall_name], 1.5, 0.12), wall_name),
    )

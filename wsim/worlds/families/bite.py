"""A mouth comes to an apple, bites pieces out of it and leaves; or it comes close and bites nothing."""

import math
from dataclasses import dataclass

import numpy as np

from wsim.worlds.captions import captioned
from wsim.worlds.families import stage
from wsim.worlds.families.family import Twins
from wsim.worlds.palette import NEUTRALS, PALETTE, darker
from wsim.worlds.scene import (
    NEVER_S,
    Bite,
    Body,
    Happening,
    Material,
    Part,
    Quat,
    Rail,
    Scene,
    Story,
    Thing,
    Vec3,
    Violation,
)

FAMILY_ID = 70
SHOWS = "A mouth bites pieces out of an apple and leaves; the apple stays bitten."

_FOV_DEG = 36.0
_PX_PER_M = 46.0
_RADIUS_M = 0.20  # of the apple; the mouth is a little larger
_HEAD_M = 0.22
# The cavity of the mouth is a ball around the front of the head. Whatever of the apple lies within the head
# when it is nearest lies in the cavity: the two never touch.
_CAVITY_M, _DEEP_M = 0.157, 0.105
_BACK_M = 0.16  # by which it draws back between bites
_FAR_M = 1.75  # from the apple where it comes from and goes to, out of the widest picture
_NEAR_M = 0.62  # from the apple at time zero
_FIRST, _EACH, _LEAVES = 0.16, 0.16, 0.24  # as fractions of the clip: first bite, further bites, leaving
_GONE = 0.8  # by then the mouth has left
_FLESH: Vec3 = (0.96, 0.90, 0.72)


@dataclass(frozen=True)
class _Visit:
    """From where the mouth bites (about the vertical, 0 is from the right) and when."""

    angles_rad: tuple[float, ...]
    times_s: tuple[float, ...]
    gap_m: float  # how far short of the apple it stops, for a near miss


def bite(seed: int, touches: bool = True, duration_s: float = stage.DEFAULT_DURATION_S) -> Scene:
    """One to three bites, or none.

    Args:
        seed: one world for every seed.
        touches: False makes the same motion, but so that the mouth stays some centimetres short.
        duration_s: of the clip; biting and leaving take the same fractions of it.
    """
    rng = stage.streams(FAMILY_ID, seed, "motion", "material", "camera", "gap")
    gap_m = 0.0 if touches else _DEEP_M + stage.between(rng["gap"], 0.05, 0.08)
    visit = _visit(rng["motion"], duration_s, gap_m)
    colour = stage.pick(rng["material"], list(PALETTE))
    skin = stage.pick(rng["material"], ["white", "black", "brown", "grey"])
    floor, wall = stage.backdrop(rng["material"], 1.6)
    bodies = (_apple(colour), _mouth(visit, skin, duration_s), floor, wall)
    bites = tuple(
        Bite("apple", time_s, _towards(angle, _RADIUS_M - _DEEP_M), _CAVITY_M)
        for angle, time_s in zip(visit.angles_rad, visit.times_s, strict=True)
    )
    elevation_deg = stage.between(rng["camera"], 16.0, 24.0)
    camera = stage.camera_at_height(_PX_PER_M, (0.0, 0.0, 0.24), elevation_deg, _FOV_DEG)
    side = "right" if math.cos(visit.angles_rad[0]) > 0.0 else "left"
    scene = Scene(
        "bite", seed, duration_s, bodies, camera, bites=(_HOLLOW, *(bites if touches else ())),
        story=_story(colour, skin, floor.colour_name, side, len(bites) if touches else 0),
    )  # fmt: skip
    return captioned(scene)


def twins(scene: Scene) -> Twins:
    """The apple grows whole again, is bitten elsewhere, or is gone; or it was never bitten."""
    gone_s = _GONE * scene.duration_s
    x = scene.bites[1].centre_m[0]  # of the first bite out of the apple
    broken = {
        "bite_heals": Violation("bite_heals", gone_s, "apple", amount=1.0),
        "mark_moves": Violation("mark_moves", gone_s, "apple", vector=(-2.0 * x, 0.0, 0.0)),
        "vanish": Violation("vanish", gone_s, "apple"),
    }
    return Twins(
        {name: scene.violated(violation) for name, violation in broken.items()},
        shams={"wall": stage.repainted(scene, "wall")},
        controls={"near_miss": bite(scene.seed, touches=False, duration_s=scene.duration_s)},
    )


# The mouth is open before everything begins.
_HOLLOW = Bite("mouth", -NEVER_S, (_HEAD_M, 0.0, 0.0), _CAVITY_M)


def _visit(rng: np.random.Generator, duration_s: float, gap_m: float) -> _Visit:
    """All bites from one side and somewhat from the front, where they are seen."""
    count = 1 + int(rng.integers(3))
    from_left = stage.either(rng) < 0.0
    first = stage.between(rng, 14.0, 30.0)
    angles = [-math.radians(first + 34.0 * i) for i in range(count)]
    if from_left:
        angles = [math.pi - angle for angle in angles]
    times_s = tuple((_FIRST + _EACH * i) * duration_s for i in range(count))
    return _Visit(tuple(angles), times_s, gap_m)


def _towards(angle_rad: float, length_m: float) -> Vec3:
    return (length_m * math.cos(angle_rad), length_m * math.sin(angle_rad), 0.0)


def _apple(colour: str) -> Body:
    stem = Part(
        "cylinder", (0.014, 0.0, 0.04), (0.0, 0.0, _RADIUS_M + 0.02), Material(colour=NEUTRALS["brown"])
    )
    return Body(
        "apple", "sphere", (_RADIUS_M, 0.0, 0.0), (0.0, 0.0, _RADIUS_M),
        Material(colour=PALETTE[colour], colour_b=_FLESH, specular=0.2), parts=(stem,), noun="apple",
        colour_name=colour,
    )  # fmt: skip


def _mouth(visit: _Visit, skin: str, duration_s: float) -> Body:
    """A round head, hollow in front, with two eyes; it always looks at the apple."""
    rail = _rail(visit, duration_s)
    dark = Material(colour=NEUTRALS["black"] if skin != "black" else NEUTRALS["white"])
    eyes = tuple(Part("sphere", (0.035, 0.0, 0.0), (0.09, side, 0.185), dark) for side in (-0.075, 0.075))
    throat = darker(NEUTRALS["brown"], 0.45)
    return Body(
        "mouth", "sphere", (_HEAD_M, 0.0, 0.0), rail.points_m[0],
        Material(colour=NEUTRALS[skin], colour_b=throat, specular=0.15), rotation=rail.rotations[0],
        motion="rail", rail=rail, parts=eyes, noun="mouth", colour_name=skin,
    )  # fmt: skip


def _rail(visit: _Visit, duration_s: float) -> Rail:
    """In along a straight line, bite, back, round to the next place, bite, ..., and out."""
    nearest_m = _RADIUS_M + _HEAD_M - _DEEP_M + visit.gap_m
    first, last = visit.angles_rad[0], visit.angles_rad[-1]
    keys: list[tuple[float, float, float]] = [(-duration_s, first, _FAR_M), (0.0, first, _NEAR_M)]
    for i, (angle, time_s) in enumerate(zip(visit.angles_rad, visit.times_s, strict=True)):
        if i > 0:
            keys.append((time_s - 0.5 * _EACH * duration_s, angle, nearest_m + _BACK_M))
        keys.append((time_s, angle, nearest_m))
        if i < len(visit.times_s) - 1:
            keys.append((time_s + 0.3 * _EACH * duration_s, angle, nearest_m + _BACK_M))
    keys.append((visit.times_s[-1] + _LEAVES * duration_s, last, _FAR_M))
    return Rail(
        tuple(time_s for time_s, _, _ in keys),
        tuple(_at(angle, distance_m) for _, angle, distance_m in keys),
        rotations=tuple(_facing(angle) for _, angle, _ in keys),
    )


def _at(angle_rad: float, distance_m: float) -> Vec3:
    x, y, _ = _towards(angle_rad, distance_m)
    return (x, y, _HEAD_M)


def _facing(angle_rad: float) -> Quat:
    """Local x towards the apple."""
    return stage.turned(angle_rad + math.pi)


def _story(colour: str, skin: str, floor: str, side: str, bites: int) -> Story:
    things = (Thing("mouth", "mouth", skin), Thing("apple", "apple", colour), Thing("floor", "floor", floor))
    comes = Happening("come_in", "mouth", way=f"from {side}")
    leaves = Happening("leave", "mouth")
    if not bites:
        after = (Happening("not_touch", "mouth", "apple"), leaves, Happening("stay_whole", "apple"))
        return Story(things, happenings=(Happening("approach", "mouth", "apple"), *after), salient=2)
    times = ("once", "twice", "three times")[bites - 1]
    bitten = Happening("bite", "mouth", "apple", times)
    return Story(things, happenings=(comes, bitten, leaves), salient=2)

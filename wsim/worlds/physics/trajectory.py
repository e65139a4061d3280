"""What the simulator says happened: the state of every body at every asked-for time."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float64, Int16

from wsim.worlds.scene import Body, Scene, Stroke


@dataclass(frozen=True, slots=True)
class WorldEvent:
    """Something that happened at `time_s`, to the sub-step: `contact_begin`, `violation:vanish`, ..."""

    time_s: float
    kind: str
    bodies: tuple[str, ...] = ()
    amount: float = 0.0


@dataclass(frozen=True)
class Looks:
    """What of a body's appearance may change over time; axis `body` follows `scene.bodies`.

    Attributes:
        wardrobe: bodies whose shape, size, parts and material can be worn; the first are `scene.bodies`.
        worn: index into the wardrobe, each body its own unless a law is broken.
        scale: factors on the size along the body's own axes (fluid that rises, things that grow).
        texture_seed: whole numbers 0..4095 that choose the pattern.
        casts: whether it throws a shadow. shadow_shift_m: displacement of that shadow.
        mirrored: whether mirrors show it. mirror_shift_m: displacement of that image.
    """

    wardrobe: tuple[Body, ...]
    worn: Int16[np.ndarray, "time body"]
    scale: Float64[np.ndarray, "time body 3"]
    texture_seed: Float64[np.ndarray, "time body"]
    casts: Bool[np.ndarray, "time body"]
    shadow_shift_m: Float64[np.ndarray, "time body 3"]
    mirrored: Bool[np.ndarray, "time body"]
    mirror_shift_m: Float64[np.ndarray, "time body 3"]


@dataclass(frozen=True)
class Trajectory:
    """State over time; axis `body` follows `scene.bodies`.

    Attributes:
        times_s: when the states were taken.
        position_m: body origins, world.
        rotation: unit quaternions w, x, y, z, world from body.
        velocity: linear (m/s) then angular (rad/s), world.
        alive: False while a body does not exist.
        colour: sRGB of the main colour of every body (changes by an effect or a violation).
        looks: everything else of their appearance that may change.
        events: in order of time.
        state: what else the world counts or switches, by name: `switch on`, `volume of water`.
        trails: the marks that moving bodies have left, over the whole history.
    """

    times_s: Float64[np.ndarray, " time"]
    position_m: Float64[np.ndarray, "time body 3"]
    rotation: Float64[np.ndarray, "time body 4"]
    velocity: Float64[np.ndarray, "time body 6"]
    alive: Bool[np.ndarray, "time body"]
    colour: Float64[np.ndarray, "time body 3"]
    looks: Looks
    events: tuple[WorldEvent, ...] = ()
    state: Mapping[str, Float64[np.ndarray, " time"]] = field(default_factory=dict)
    trails: tuple[Stroke, ...] = ()


def at_rest(scene: Scene, times_s: Float64[np.ndarray, " time"]) -> Trajectory:
    """Every body where the scene puts it, at every time, in its own looks; nothing has happened yet."""
    time, bodies = len(times_s), scene.bodies

    def everywhere(rows: list[tuple[float, ...]], width: int) -> Float64[np.ndarray, "time body width"]:
        return np.tile(np.array(rows, dtype=np.float64).reshape(1, len(bodies), width), (time, 1, 1))

    exists = [(b.from_s <= times_s) & (times_s < b.until_s) for b in bodies]
    return Trajectory(
        times_s=times_s,
        position_m=everywhere([b.position_m for b in bodies], 3),
        rotation=everywhere([b.rotation for b in bodies], 4),
        velocity=np.zeros((time, len(bodies), 6)),
        alive=np.stack(exists, axis=1) if bodies else np.ones((time, 0), dtype=bool),
        colour=everywhere([b.material.colour for b in bodies], 3),
        looks=_own_looks(scene, time),
    )


def texture_seed(scene: Scene, body: Body) -> int:
    """Which pattern a body wears: by name and world, so a twin with a body less keeps everyone else's."""
    return zlib.crc32(f"{scene.seed}/{body.name}".encode()) % 4096


def _own_looks(scene: Scene, time: int) -> Looks:
    count = len(scene.bodies)
    seeds = np.array([texture_seed(scene, body) for body in scene.bodies], dtype=np.float64)
    return Looks(
        wardrobe=scene.bodies,
        worn=np.tile(np.arange(count, dtype=np.int16), (time, 1)),
        scale=np.ones((time, count, 3)),
        texture_seed=np.tile(seeds, (time, 1)),
        casts=np.ones((time, count), dtype=bool),
        shadow_shift_m=np.zeros((time, count, 3)),
        mirrored=np.ones((time, count), dtype=bool),
        mirror_shift_m=np.zeros((time, count, 3)),
    )

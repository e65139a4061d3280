"""What the simulator says happened: the state of every body at every asked-for time."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64


@dataclass(frozen=True, slots=True)
class WorldEvent:
    """Something that happened at `time_s`, to the sub-step: `contact_begin`, `violation:vanish`, ..."""

    time_s: float
    kind: str
    bodies: tuple[str, ...] = ()
    amount: float = 0.0


@dataclass(frozen=True)
class Trajectory:
    """State over time; axis `body` follows `scene.bodies`.

    Attributes:
        times_s: when the states were taken.
        position_m: body origins, world.
        rotation: unit quaternions w, x, y, z, world from body.
        velocity: linear (m/s) then angular (rad/s), world.
        alive: False while a body does not exist.
        colour: sRGB of the main colour of every body (changes only under a violation).
        events: in order of time.
    """

    times_s: Float64[np.ndarray, " time"]
    position_m: Float64[np.ndarray, "time body 3"]
    rotation: Float64[np.ndarray, "time body 4"]
    velocity: Float64[np.ndarray, "time body 6"]
    alive: Bool[np.ndarray, "time body"]
    colour: Float64[np.ndarray, "time body 3"]
    events: tuple[WorldEvent, ...] = ()

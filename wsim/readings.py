"""What a probe says of a clip: numbers in natural units, a class, and marks that show a person why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """A metric in natural units. The first metric of a probe is the one that its skill is made from."""

    name: str
    unit: str
    better: Literal["higher", "lower"]
    low: float
    high: float
    meaning: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at a frame, with its severity in the probe's natural unit."""

    frame: int
    kind: str
    objects: tuple[str, ...] = ()
    severity: float = 1.0


Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-aligned box, pixels of the clip."""

    frame: int
    x0: float
    y0: float
    x1: float
    y1: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Trail:
    """A path over time: `points[i]` (x, y) at `frames[i]`."""

    frames: tuple[int, ...]
    points: tuple[Point, ...]
    label: str = ""


@dataclass(frozen=True, slots=True)
class Region:
    """A closed outline that holds from one frame to another, both included."""

    first_frame: int
    last_frame: int
    outline: tuple[Point, ...]
    label: str = ""


Overlay: TypeAlias = Box | Trail | Region


@dataclass(frozen=True)
class Reading:
    """What a probe saw.

    Attributes:
        metrics: finite numbers in natural units, one for each MetricSpec of the probe.
        verdict: the class that the clip was read as: `kept`, `vanished`, ...
        lawful: whether that class is what should have happened.
        events: where in the clip, and how badly.
        overlays: what to draw over the clip so that a person can see why.
        notes: one or two plain sentences for the report.
    """

    metrics: Mapping[str, float]
    verdict: str
    lawful: bool
    events: tuple[Event, ...] = ()
    overlays: tuple[Overlay, ...] = ()
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Unmeasurable:
    """A gate was not met: the clip says nothing about the question. `reason` is a short stable phrase."""

    reason: str

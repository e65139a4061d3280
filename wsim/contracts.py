"""The contracts between worlds, models, probes, runs and reports.

A *probe* asks questions (`Scenario`), a *model* answers each `Request` with a `Video`, and the probe
reads the answer (`Reading` or `Unmeasurable`). Models and probes are protocols: any object with these
members will do, no base class and no registration needed.

Axis letters: `known` context frames, `time` frames of the clip, `height` and `width` pixels.
Cameras use the OpenCV convention: x right, y down, z forward; metres; world z is up.
"""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
from jaxtyping import Float64, UInt8

from wsim.readings import Box, Event, MetricSpec, Overlay, Point, Reading, Region, Trail, Unmeasurable
from wsim.video import Video

__all__ = [
    "TRACKS",
    "TRACK_CAPABILITY",
    "AsksFormats",
    "Box",
    "Camera",
    "Capability",
    "ClipFormat",
    "Context",
    "Event",
    "FreeProbe",
    "HasNearMisses",
    "Json",
    "LazyTruth",
    "MetricSpec",
    "Model",
    "ModelInfo",
    "Overlay",
    "Point",
    "Privileged",
    "Probe",
    "Reading",
    "Region",
    "Remarks",
    "Request",
    "RoundTrips",
    "Scenario",
    "Track",
    "Trail",
    "Truth",
    "Unmeasurable",
    "WorksAhead",
    "canonical_json",
    "digest_of",
    "formats_of",
]

Capability: TypeAlias = Literal["text", "first_frame", "context", "keyframes", "camera", "actions"]
Track: TypeAlias = Literal["text", "image", "video", "action"]
if TYPE_CHECKING:
    Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
else:  # run-time checkers do not follow an alias into itself
    Json = object

TRACKS: tuple[Track, ...] = ("text", "image", "video", "action")  # from the poorest to the richest
TRACK_CAPABILITY: Mapping[Track, Capability] = {
    "text": "text",
    "image": "first_frame",
    "video": "context",
    "action": "actions",
}


def canonical_json(value: Json) -> str:
    """One spelling for one value: sorted keys, no spaces, finite numbers only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest_of(value: Json) -> str:
    """SHA-256 of the canonical JSON."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def _array_digest(array: np.ndarray) -> str:
    head = f"{array.dtype.str}|{array.shape}|".encode()
    return hashlib.sha256(head + np.ascontiguousarray(array).tobytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class ClipFormat:
    """Length, size and rate of a clip. Scenarios are posed in seconds and metres and rendered at a format."""

    num_frames: int
    height: int
    width: int
    fps: float

    @property
    def duration_s(self) -> float:
        """Time from the first frame to the last."""
        return (self.num_frames - 1) / self.fps

    def times_s(self) -> Float64[np.ndarray, " time"]:
        """The time of every frame, starting at 0."""
        return np.arange(self.num_frames) / self.fps

    def lasting(self, duration_s: float) -> "ClipFormat":
        """The same with so many frames more, if need be, that it lasts so long."""
        frames = math.ceil(duration_s * self.fps - 1e-9) + 1
        return replace(self, num_frames=max(self.num_frames, frames))

    def frames_until(self, time_s: float) -> int:
        """How many frames lie at or before `time_s`: the length of a prefix that ends there."""
        return min(self.num_frames, int(np.floor(time_s * self.fps + 1e-9)) + 1)

    def __str__(self) -> str:
        return f"{self.num_frames}x{self.height}x{self.width}@{self.fps:g}"


@dataclass(frozen=True)
class Context:
    """Frames that the model is given, pinned to the times at which they belong.

    Attributes:
        frames: `uint8[known height width 3]`.
        indices: the frame of the clip that each one is, strictly increasing.
    """

    frames: UInt8[np.ndarray, "known height width 3"]
    indices: tuple[int, ...]


@dataclass(frozen=True)
class Camera:
    """The camera of every frame, for models that can be told where to look from.

    Attributes:
        world_from_camera: rigid transforms, metres.
        intrinsics: pinhole matrices in pixels.
    """

    world_from_camera: Float64[np.ndarray, "time 4 4"]
    intrinsics: Float64[np.ndarray, "time 3 3"]


@dataclass(frozen=True)
class Request:
    """All that a model may know. The seed is part of it, so a sampled video can be cached."""

    num_frames: int
    size: tuple[int, int]
    fps: float
    seed: int
    text: str | None = None
    context: Context | None = None
    camera: Camera | None = None
    actions: np.ndarray | None = None

    @property
    def format(self) -> ClipFormat:
        """The clip that is asked for."""
        return ClipFormat(self.num_frames, self.size[0], self.size[1], self.fps)

    def describe(self) -> dict[str, Json]:
        """The request in clear, arrays by digest."""
        context: Json = None
        camera: Json = None
        if self.context:
            context = {
                "frames": _array_digest(self.context.frames),
                "indices": list(self.context.indices),
            }
        if self.camera:
            camera = {
                "world_from_camera": _array_digest(self.camera.world_from_camera),
                "intrinsics": _array_digest(self.camera.intrinsics),
            }
        return {
            "num_frames": self.num_frames,
            "size": list(self.size),
            "fps": float(self.fps),
            "seed": self.seed,
            "text": self.text,
            "context": context,
            "camera": camera,
            "actions": None if self.actions is None else _array_digest(self.actions),
        }

    @cached_property
    def digest(self) -> str:
        """SHA-256 over everything that the model is told."""
        return digest_of({"schema": "wsim.request/1", **self.describe()})


@runtime_checkable
class Truth(Protocol):
    """What should have happened. Probes know more of it than this; everyone can look at it."""

    @property
    def video(self) -> Video:
        """The render of the history, rendered when first asked for."""
        ...


if TYPE_CHECKING:
    LazyTruth: TypeAlias = Truth
else:  # on Python 3.11 a run-time check of the protocol asks for `video`, and so renders it
    LazyTruth = object


@dataclass(frozen=True)
class Scenario:
    """One question, with the answer that the world knows.

    Attributes:
        id: stable for ever; pairs runs. `suite/probe/track/...`, characters `[a-z0-9/=._-]`.
        cluster: the independent unit for intervals, usually the world; twins share it.
        request: what the model is told.
        truth: the lawful history, never shown to a model.
        alternatives: histories that must not happen, by name; the controls can play them.
        parameters: what is varied (hidden seconds, speed, ...), for curves and tables.
    """

    id: str
    cluster: str
    request: Request
    truth: LazyTruth
    alternatives: Mapping[str, LazyTruth] = field(default_factory=dict)
    parameters: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True)
class ModelInfo:
    """Who answers.

    Attributes:
        name: for people.
        adapter: the code that drives the model, with its version: `wsim.models.folder/1`.
        digest: SHA-256 of the weights; None when they cannot be known (then nothing is cached).
        accepts: which parts of a Request the model makes use of.
        formats: the clips it can make, best first; empty when it makes whatever is asked for.
        settings: everything else that changes pixels (steps, guidance, precision).
        needs: parts of a Request without which it cannot answer (a picture, for image to video).
        codec: for a model that `RoundTrips`, SHA-256 of all that its round trip depends on, if that is less
            than its weights: models that share a codec then share the scales that are measured through it.
    """

    name: str
    adapter: str
    digest: str | None
    accepts: frozenset[Capability]
    formats: tuple[ClipFormat, ...] = ()
    settings: Mapping[str, Json] = field(default_factory=dict)
    needs: frozenset[Capability] = frozenset()
    codec: str | None = None

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The benchmark tracks this model can enter, from the poorest to the richest."""
        entered = (track for track in TRACKS if TRACK_CAPABILITY[track] in self.accepts)
        return tuple(track for track in entered if track != "text" or self.needs <= {"text"})


@runtime_checkable
class Model(Protocol):
    """A video generator: two members."""

    @property
    def info(self) -> ModelInfo:
        """Who answers."""
        ...

    def generate(self, requests: Sequence[Request]) -> Iterator[Video]:
        """Answer the requests in order; yielding lets each video be stored the moment it exists."""
        ...


@runtime_checkable
class WorksAhead(Protocol):
    """A model that answers several requests at a time, and can begin before it is asked."""

    at_once: int

    def expect(self, requests: Sequence[Request]) -> None:
        """Told, in another thread, of requests that will be asked in this order unless the run ends first."""
        ...


@runtime_checkable
class RoundTrips(Protocol):
    """A model with a codec of its own: the ceiling of a probe is then the lawful render through it."""

    def round_trip(self, video: Video) -> Video:
        """Encode and decode, same length and size."""
        ...


@runtime_checkable
class Remarks(Protocol):
    """A model that has something to say which a reader of its runs must know."""

    def remarks(self) -> tuple[str, ...]:
        """Sentences for the manifest and the report."""
        ...


@runtime_checkable
class Privileged(Protocol):
    """A control that sees the whole scenario (the oracle and its violated twins); never a contestant."""

    def answer(self, scenarios: Sequence[Scenario]) -> Iterator[Video]:
        """Answer in order."""
        ...


@runtime_checkable
class Probe(Protocol):
    """A question with known alternative answers.

    Attributes:
        name: `suite/probe`.
        version: raised whenever a reading could change.
        question: what is asked, one sentence.
        needs: for every track the probe offers, what a model must accept.
        metrics: what a Reading holds; the first one is scored.
        min_duration_s: the shortest clip in which the question can be asked.
    """

    name: str
    version: int
    question: str
    needs: Mapping[Track, frozenset[Capability]]
    metrics: tuple[MetricSpec, ...]
    min_duration_s: float

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        """The questions of a seed, rendered at `clip`.

        `limit` counts clusters; a smaller limit gives a prefix of what a larger one gives. Pure: the same
        arguments always give the same scenarios, whatever was asked before.
        """
        ...

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        """Read the answer. Pure: no state, no clock, no global random numbers."""
        ...


@runtime_checkable
class FreeProbe(Protocol):
    """A probe that can also read videos that come from no scenario."""

    def measure_free(self, video: Video, hints: Mapping[str, Json]) -> Reading | Unmeasurable:
        """Read any video; abstain (Unmeasurable) when there is nothing to see."""
        ...


@runtime_checkable
class NeedsHint(Protocol):
    """A probe whose free half says nothing without a certain hint, and so is not asked without it.

    Hints are what the user knows, never what a model says: no video can get out of a question this way.
    """

    needed_hint: str


@runtime_checkable
class HasNearMisses(Protocol):
    """A probe that asks of an act and of its near miss, and is scored by the share that is right."""

    @property
    def near_misses(self) -> float:
        """Their share of its questions: whoever never shows the act any effect is right in these."""
        ...


@runtime_checkable
class AsksFormats(Protocol):
    """A probe that asks for clips of other formats than that of the run."""

    def formats(self, clip: ClipFormat) -> tuple[ClipFormat, ...]:
        """All that it asks for when a run is at `clip`."""
        ...


def formats_of(probe: Probe, clip: ClipFormat) -> tuple[ClipFormat, ...]:
    """The formats in which a probe asks, when a run is at `clip`."""
    return probe.formats(clip) if isinstance(probe, AsksFormats) else (clip,)

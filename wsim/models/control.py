"""What a control is: a model made of one function from the request, and what such functions ask of it.

Axis letters: `known` context frames, `time` frames of the clip, `height` and `width` pixels.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TypeAlias, get_args

import numpy as np
from jaxtyping import Float64, Int, UInt8

from wsim.contracts import Capability, Json, ModelInfo, Request
from wsim.errors import WsimError
from wsim.video import Frames, Video

VERSION = 1
GREY = 128
EVERYTHING: frozenset[Capability] = frozenset(get_args(Capability))

Known: TypeAlias = UInt8[np.ndarray, "known height width 3"]
Picture: TypeAlias = UInt8[np.ndarray, "height width 3"]
Play: TypeAlias = Callable[[Request, Known], Frames]


@dataclass(frozen=True)
class Control:
    """A model made of one function from the request and what it pins to the frames of the clip.

    `play` may return anything at the pinned indices: the given frames are put back afterwards. Without a
    context it is handed one mid-grey frame. `uses` names modules, besides its own, that it draws on.
    """

    name: str
    play: Play
    settings: Mapping[str, Json] = field(default_factory=dict)
    uses: tuple[str, ...] = ()

    @property
    def info(self) -> ModelInfo:
        """The digest covers the source of `play`, so an edited control is never answered from the cache."""
        source = _source_digest((__name__, self.play.__module__, *self.uses))
        return ModelInfo(
            name=self.name,
            adapter=f"wsim.models.controls/{VERSION}",
            digest=hashlib.sha256(f"{self.name}|{VERSION}|{source}".encode()).hexdigest(),
            accepts=EVERYTHING,
            settings=self.settings,
        )

    def generate(self, requests: Sequence[Request]) -> Iterator[Video]:
        """Answer the requests in order."""
        for request in requests:
            yield Video(_pin(self.play(request, _known(request)), request), request.fps)


def pinned(request: Request) -> tuple[int, ...]:
    """The indices of the given frames; 0, for the grey one, where none is given."""
    return request.context.indices if request.context else (0,)


def latest(request: Request) -> Int[np.ndarray, " time"]:
    """For every frame of the clip, the pinned frame at or before it; before the first one, the first."""
    found: np.ndarray = np.searchsorted(pinned(request), np.arange(request.num_frames), side="right") - 1
    return found.clip(min=0)


def frames_since(request: Request) -> Int[np.ndarray, " time"]:
    """For every frame of the clip, how many frames ago that pinned frame was; before the first one, 0."""
    since: np.ndarray = np.arange(request.num_frames) - np.array(pinned(request))[latest(request)]
    return since.clip(min=0)


def elapsed_s(request: Request) -> Float64[np.ndarray, " time"]:
    """For every frame of the clip, the time since that pinned frame."""
    return np.asarray(frames_since(request) / request.fps)


def to_uint8(values: np.ndarray) -> np.ndarray:
    """Pixels between 0 and 255, rounded."""
    return np.round(values).astype(np.uint8)


def _known(request: Request) -> Known:
    height, width = request.size
    if request.context is None:
        return np.full((1, height, width, 3), GREY, dtype=np.uint8)
    frames = request.context.frames
    if frames.shape[1:3] != request.size or len(frames) != len(request.context.indices) or not len(frames):
        raise WsimError(
            f"the context is {frames.shape[2]}x{frames.shape[1]}, the clip asked for {width}x{height}"
            if frames.shape[1:3] != request.size
            else f"the context has {len(frames)} frames and {len(request.context.indices)} indices",
            where="Request(context=...)",
            remedy="give context frames of the clip's size, one index for each",
        )
    return frames


def _pin(frames: Frames, request: Request) -> Frames:
    frames = np.array(frames)
    if request.context:
        frames[list(request.context.indices)] = request.context.frames
    return frames


@cache
def _source_digest(modules: tuple[str, ...]) -> str:
    files = [Path(spec.origin) for name in modules if (spec := find_spec(name)) and spec.origin]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()

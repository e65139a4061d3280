"""World models that are played: `reset(context)`, then `step(action)` for every frame that follows.

A question of the digital suite gives the first frames and the keys of the whole clip. Here the keys are
handed over one row at a time, each after the frame that came of the row before: a model cannot look ahead,
and what it imagines is all that it goes on from.

Axis letters: `known` given frames, `step` rows between them, `action` keys, `height` and `width` pixels.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32, UInt8

from wsim.contracts import ModelInfo, Request
from wsim.errors import WsimError
from wsim.video import Frames, Video
from wsim.worlds.blocks.keys import ACTIONS

VERSION = 1


@dataclass(frozen=True)
class Opening:
    """All that a stepped model knows before its first step.

    Attributes:
        frames: the given beginning of the clip; none where words are all that is given.
        actions: what was pressed between these frames: one row fewer than frames.
        size: (height, width) of every frame that is to come, pixels.
        fps: a step lasts one over this many seconds.
        seed: for what the model leaves to chance.
        text: the caption, if there is one.
    """

    frames: UInt8[np.ndarray, "known height width 3"]
    actions: Float32[np.ndarray, "step action"]
    size: tuple[int, int]
    fps: float
    seed: int
    text: str | None


@runtime_checkable
class Stepped(Protocol):
    """A world model that is played: three members."""

    @property
    def info(self) -> ModelInfo:
        """Who answers."""
        ...

    def reset(self, context: Opening) -> None:
        """Begin a new clip and forget the one before."""
        ...

    def step(self, action: Float32[np.ndarray, " action"]) -> UInt8[np.ndarray, "height width 3"]:
        """The frame after the latest one, if these keys are down until then."""
        ...


class SteppedModel:
    """Plays a stepped model as an answer to requests.

    The keys are `wsim.worlds.blocks.keys.ACTIONS`: shares of the step in which a key is held, 0..1, then how
    often one is pressed. A request without actions is played with no key down. Where no frame is given, the
    first step, with no key down, makes the first frame.
    """

    def __init__(self, stepped: Stepped) -> None:
        self._stepped = stepped

    @property
    def info(self) -> ModelInfo:
        """What the stepped model says of itself, and that it was played."""
        info = self._stepped.info
        return replace(info, adapter=f"wsim.models.stepped/{VERSION}+{info.adapter}")

    def generate(self, requests: Sequence[Request]) -> Iterator[Video]:
        """Play the requests in order, each to its end.

        Raises:
            WsimError: frames are given elsewhere than at the beginning, or a step gave no frame of the size.
        """
        for request in requests:
            yield Video(self._play(request), request.fps)

    def _play(self, request: Request) -> Frames:
        known, keys = _known(request), _keys(request)
        count = len(known)
        before = keys[: max(count - 1, 0)]
        self._stepped.reset(
            Opening(known.copy(), before.copy(), request.size, request.fps, request.seed, request.text)
        )
        frames = list(known)
        for index in range(count, request.num_frames):
            row = keys[index - 1] if index else np.zeros_like(keys[0])
            # Copied: a model may go on painting on the picture that it gave.
            frames.append(_checked(self._stepped.step(row.copy()), request.size, index).copy())
        return np.stack(frames)


def _known(request: Request) -> Frames:
    context = request.context
    if context is None:
        return np.zeros((0, *request.size, 3), np.uint8)
    if context.indices != tuple(range(len(context.indices))):
        raise WsimError(
            f"frames are given at {list(context.indices)}: what is played begins at its beginning",
            where=f"request {request.digest[:12]}",
            remedy="leave `keyframes` out of what the model accepts",
        )
    return context.frames


def _keys(request: Request) -> Float32[np.ndarray, "time action"]:
    """A row for every frame: what leads from it to the next."""
    if request.actions is None:
        return np.zeros((request.num_frames, len(ACTIONS)), np.float32)
    return request.actions.astype(np.float32)


def _checked(frame: object, size: tuple[int, int], index: int) -> UInt8[np.ndarray, "height width 3"]:
    if isinstance(frame, np.ndarray) and frame.dtype == np.uint8 and frame.shape == (*size, 3):
        return frame
    got = f"{frame.dtype}{list(frame.shape)}" if isinstance(frame, np.ndarray) else type(frame).__name__
    raise WsimError(
        f"the step to frame {index} gave {got}, wanted uint8{[*size, 3]}",
        where="step(action)",
        remedy="give one sRGB picture of the size that reset was told, as a numpy array",
    )

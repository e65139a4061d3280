"""From the clip that is asked for to one that a pipeline can make, and back.

Pipelines round lengths and sizes silently, or refuse them. Here they are rounded up beforehand: the clip that
the pipeline makes covers the one that is asked for, frames beyond it are dropped, and what lies in between is
taken from the nearest frame in time (a blend would show two balls) and by antialiased bicubic in space.

Axis letters: `time` frames, `height` and `width` pixels; `made` the frames of the pipeline; `row`, `column`.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int64, UInt8
from torch.nn import functional

from wsim.contracts import ClipFormat, Context, Request
from wsim.errors import WsimError
from wsim.models.pipelines.traits import Traits
from wsim.video import Frames

OVERSHOOT = 0.05  # beyond 0..1 that is rounding, and clipped


@dataclass(frozen=True)
class Fit:
    """A clip that is asked for, and the clip that the pipeline makes in its stead.

    Attributes:
        asked: what the request wants.
        made: what the pipeline is asked for.
        frame_step: the pipeline makes 1 + k of these.
    """

    asked: ClipFormat
    made: ClipFormat
    frame_step: int

    @property
    def exact(self) -> bool:
        """Whether nothing is resampled; frames may still be dropped from the end."""
        asked, made = self.asked, self.made
        return (asked.height, asked.width, asked.fps) == (made.height, made.width, made.fps)

    def sources(self) -> Int64[np.ndarray, " time"]:
        """The frame of the pipeline that each frame of the answer is."""
        steps = np.rint(np.arange(self.asked.num_frames) * self.made.fps / self.asked.fps)
        return np.asarray(steps, dtype=np.int64)


def fit_to(asked: ClipFormat, traits: Traits) -> Fit:
    """The smallest clip that the pipeline can make and that covers what is asked for."""
    fps = asked.fps if traits.rate_argument else traits.own.fps
    last = round((asked.num_frames - 1) * fps / asked.fps)
    frames = 1 + -(-last // traits.frame_step) * traits.frame_step
    height, width = (
        -(-side // traits.pixel_step) * traits.pixel_step for side in (asked.height, asked.width)
    )
    return Fit(asked, ClipFormat(frames, height, width, fps), traits.frame_step)


def given(request: Request, fit: Fit) -> dict[int, np.ndarray]:
    """The frames of a request at the pipeline's size, by the pipeline's frame number, in order."""
    context = request.context
    if context is None or not context.indices:
        return {}
    frames = resized(context.frames, fit.made.height, fit.made.width)
    placed = _between(context, fit)
    for position, asked in enumerate(context.indices):
        placed.setdefault(round(asked * fit.made.fps / fit.asked.fps), position)
    return {made: frames[position] for made, position in sorted(placed.items()) if made < fit.made.num_frames}


def _between(context: Context, fit: Fit) -> dict[int, int]:
    """Frames of the pipeline whose neighbours in time are all given, and the given frame nearest to each."""
    placed: dict[int, int] = {}
    for made in range(fit.made.num_frames):
        asked = made * fit.asked.fps / fit.made.fps
        if {math.floor(asked + 1e-9), math.ceil(asked - 1e-9)} <= set(context.indices):
            placed[made] = context.indices.index(round(asked))
    return placed


def resized(frames: Frames, height: int, width: int) -> UInt8[np.ndarray, "time row column 3"]:
    """Frames at another size, bicubic with antialiasing; the same ones if nothing changes."""
    if frames.shape[1:3] == (height, width):
        return frames
    images = torch.from_numpy(np.ascontiguousarray(frames)).permute(0, 3, 1, 2).to(torch.float32)
    scaled = functional.interpolate(
        images, size=(height, width), mode="bicubic", align_corners=False, antialias=True
    )
    levels = scaled.round().clamp(0.0, 255.0).to(torch.uint8)
    return np.ascontiguousarray(levels.permute(0, 2, 3, 1).numpy())


def recovered(made: Float[np.ndarray, "made row column 3"], fit: Fit) -> Frames:
    """The clip that was asked for, from what the pipeline gave.

    Args:
        made: sRGB in 0..1.
        fit: what was asked for in whose stead.

    Raises:
        WsimError: not finite, or far outside 0..1; fewer frames than cover the clip.
    """
    if not np.isfinite(made).all():
        raise WsimError(
            "the pipeline gave pixels that are no numbers",
            where=f"a clip of {fit.made}",
            remedy="damaged weights, or a dtype that overflows: try -m dtype=bfloat16 or -m dtype=float32",
        )
    if made.min() < -OVERSHOOT or made.max() > 1 + OVERSHOOT:
        raise WsimError(
            f"the pipeline gave pixels from {made.min():.3g} to {made.max():.3g}, not from 0 to 1",
            where=f"a clip of {fit.made}",
            remedy="its post-processing is not that of diffusers: drive it by a factory of your own",
        )
    sources = fit.sources()
    if sources[-1] >= len(made):
        raise WsimError(
            f"the pipeline gave {len(made)} frames, {sources[-1] + 1} are needed",
            where=f"a clip of {fit.made}",
            remedy="ask for another length: -m frames=N",
        )
    levels = np.rint(made[sources].clip(0.0, 1.0) * 255.0).astype(np.uint8)
    return resized(levels, fit.asked.height, fit.asked.width)

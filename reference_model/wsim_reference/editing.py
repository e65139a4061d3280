"""What is there, made anew: a whole clip after another prompt, or a part of its picture.

Axis letters: `time` frames, `height width` pixels.
"""

import numpy as np
from jaxtyping import Bool

from wsim.contracts import Request
from wsim.errors import WsimError
from wsim_reference.abilities import Prompt
from wsim_reference.frames import Frames
from wsim_reference.generator import Generator, Source


def edit(generator: Generator, frames: Frames, prompt: Prompt, strength: float = 0.5) -> Frames:
    """The clip after another prompt: its layout and motion stay, and what the words change gives way.

    Noise is added up to a level and taken away again (SDEdit, Meng et al., arXiv 2108.01073).

    Args:
        generator: the model.
        frames: `1 + 4k` of them, in steps of 16 pixels.
        prompt: what is to be seen afterwards.
        strength: 0 changes nothing, 1 makes a new clip; 0.4 to 0.7 is where edits lie.

    Raises:
        WsimError: a strength outside 0 to 1, or a clip that the model cannot make.
    """
    if not 0 <= strength <= 1:
        raise WsimError(
            f"a clip cannot be edited with a strength of {strength:g}",
            where="wsim_reference.editing.edit",
            remedy="use a number from 0 (nothing changes) to 1 (a new clip)",
        )
    return generator.answer(_asked(generator, frames, prompt), Source(frames, strength))


def inpaint(generator: Generator, frames: Frames, free: Bool[np.ndarray, "..."], prompt: Prompt) -> Frames:
    """The clip with a part of its picture made anew, to fit the rest.

    Cells of 8x8 pixels and four frames are made anew where they show one of these pixels, and so are their
    neighbours, which know what was there; the others are kept as the codec shows them (RePaint, Lugmayr et
    al., arXiv 2201.09865).

    Args:
        generator: the model.
        frames: `1 + 4k` of them, in steps of 16 pixels.
        free: the pixels to be made anew: `[height, width]`, or `[time, height, width]` if they change.
        prompt: what is to be seen afterwards.

    Raises:
        WsimError: a mask of another shape, or a clip that the model cannot make.
    """
    if free.shape not in (frames.shape[1:3], frames.shape[:3]):
        raise WsimError(
            f"a mask of shape {free.shape} does not fit a clip of {frames.shape[:3]}",
            where="wsim_reference.editing.inpaint",
            remedy="give booleans of shape [height, width] or [time, height, width]",
        )
    mask = np.array(np.broadcast_to(free, frames.shape[:3]))
    return generator.answer(_asked(generator, frames, prompt), Source(frames, free=mask))


def _asked(generator: Generator, frames: Frames, prompt: Prompt) -> Request:
    count, height, width = frames.shape[:3]
    fps = generator.config.fps
    return Request(count, (height, width), fps, prompt.seed, prompt.text, None, prompt.camera, prompt.actions)

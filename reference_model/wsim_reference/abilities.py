"""What the model can be asked for, one call each: text, pictures and clips in, a clip out.

Every function takes a `Generator` and a `Prompt`, and returns `uint8[time height width 3]`. What is given
comes back as the codec shows it, so that no cut between two renderers is seen. Sizes are in steps of 16
pixels, lengths are `1 + 4k` frames; a clip longer than any of the training is made window by window, the
rollout of `wsim_reference.windows`. Editing what is there is in `wsim_reference.editing`.

Axis letters: `time` frames, `height width` pixels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from wsim.contracts import Camera, ClipFormat, Context, Request
from wsim.errors import WsimError
from wsim_reference.frames import Frames
from wsim_reference.generator import Generator, Picture

Other = UInt8[np.ndarray, "after _ _ 3"]  # a second clip, of the size of the first
Longer = UInt8[np.ndarray, "longer height width 3"]
CHUNK = 4  # frames of a latent: what is joined to a clip has a multiple of them


@dataclass(frozen=True)
class Prompt:
    """What is told, and which of the many answers is wanted.

    Attributes:
        text: None says nothing.
        seed: another seed is another answer; the same one repeats it bit for bit.
        camera: of every frame of the answer.
        actions: of every frame of the answer, `[time, kind]` as in `wsim.worlds.blocks.keys`.
    """

    text: str | None = None
    seed: int = 0
    camera: Camera | None = None
    actions: np.ndarray | None = None


def text_to_video(generator: Generator, prompt: Prompt, clip: ClipFormat | None = None) -> Frames:
    """A clip of any length and size; by default of the format that the model was mostly trained on."""
    return _made(generator, prompt, clip or generator.config.clip, {})


def text_to_image(generator: Generator, prompt: Prompt, height: int, width: int) -> Frames:
    """A single picture: `uint8[1 height width 3]`."""
    return _made(generator, prompt, ClipFormat(1, height, width, generator.config.fps), {})


def image_to_video(
    generator: Generator, picture: Picture, prompt: Prompt, num_frames: int | None = None
) -> Frames:
    """A clip that begins with a picture."""
    return key_frames(generator, {0: picture}, prompt, num_frames)


def key_frames(
    generator: Generator, pictures: Mapping[int, Picture], prompt: Prompt, num_frames: int | None = None
) -> Frames:
    """A clip that shows a picture at each of these frames.

    Raises:
        WsimError: no picture, pictures of several sizes, or frames outside the clip.
    """
    sizes = {picture.shape for picture in pictures.values()}
    if len(sizes) != 1:
        raise WsimError(
            f"pictures of {len(sizes)} sizes are given",
            where="wsim_reference.abilities.key_frames",
            remedy="give one picture or more, all of one size",
        )
    ((height, width, _),) = sizes
    clip = ClipFormat(num_frames or generator.config.num_frames, height, width, generator.config.fps)
    return _made(generator, prompt, clip, pictures)


def extend_forwards(generator: Generator, frames: Frames, by: int, prompt: Prompt) -> Longer:
    """The clip and `by` more frames; `len(frames) + by` is `1 + 4k`."""
    return _made(generator, prompt, _like(generator, frames, len(frames) + by), dict(enumerate(frames)))


def extend_backwards(generator: Generator, frames: Frames, by: int, prompt: Prompt) -> Longer:
    """`by` frames that lead to the clip, and the clip; `by + len(frames)` is `1 + 4k`.

    A clip of a multiple of four frames is kept frame by frame; of any other, up to three of its first frames
    are key frames.
    """
    given = {by + i: frame for i, frame in enumerate(frames)}
    return _made(generator, prompt, _like(generator, frames, by + len(frames)), given)


def connect(generator: Generator, before: Frames, after: Other, between: int, prompt: Prompt) -> Longer:
    """Two clips and `between` frames that lead from one to the other.

    Raises:
        WsimError: their sizes differ, or all frames together are not `1 + 4k`.
    """
    if before.shape[1:] != after.shape[1:]:
        raise WsimError(
            f"a clip of {before.shape[1]}x{before.shape[2]} cannot lead to one of "
            f"{after.shape[1]}x{after.shape[2]}",
            where="wsim_reference.abilities.connect",
            remedy="bring both to one size",
        )
    start = len(before) + between
    given = dict(enumerate(before)) | {start + i: frame for i, frame in enumerate(after)}
    return _made(generator, prompt, _like(generator, before, start + len(after)), given)


def loop(generator: Generator, frames: Frames, bridge: int, prompt: Prompt) -> Longer:
    """The clip and `bridge` more frames after which it can begin again.

    The bridge is made between the end of the clip and its first eight frames.

    Raises:
        WsimError: the clip is shorter than nine frames or not `1 + 4k`, or the bridge no multiple of four.
    """
    head, count = 2 * CHUNK, len(frames)
    if count <= head or count % CHUNK != 1 or bridge < CHUNK or bridge % CHUNK:
        raise WsimError(
            f"a clip of {count} frames cannot be closed by a bridge of {bridge}",
            where="wsim_reference.abilities.loop",
            remedy="give 1 + 4k frames, 9 at least, and a bridge of 4, 8, 12, ...",
        )
    joined = connect(generator, frames, frames[:head], bridge, prompt)
    back = count + bridge  # where the clip begins again, now seen from the bridge
    return np.concatenate([joined[back : back + CHUNK], joined[CHUNK:back]])


def several_shots(
    generator: Generator, shots: Sequence[Camera], prompt: Prompt, size: tuple[int, int] | None = None
) -> Frames:
    """One clip of several shots of the same things: the picture cuts from one camera to the next.

    Args:
        generator: that is told of cameras.
        shots: the camera of every frame of each shot, all in the same world; `1 + 4k` frames in all.
        prompt: its text may say so: "the camera changes to another view."
        size: height and width, pixels; by default those of the model.

    Raises:
        WsimError: fewer than two shots, a prompt with a camera of its own, or a model that knows of none.
    """
    if len(shots) < 2 or prompt.camera is not None or not generator.config.transformer.conditioned:
        raise WsimError(
            f"{len(shots)} shots cannot be cut together",
            where="wsim_reference.abilities.several_shots",
            remedy="give two cameras or more, none in the prompt, and a model that is told of cameras",
        )
    camera = Camera(
        np.concatenate([shot.world_from_camera for shot in shots]),
        np.concatenate([shot.intrinsics for shot in shots]),
    )
    height, width = size or (generator.config.height, generator.config.width)
    clip = ClipFormat(len(camera.world_from_camera), height, width, generator.config.fps)
    return text_to_video(generator, Prompt(prompt.text, prompt.seed, camera, prompt.actions), clip)


def reconstruct(generator: Generator, frames: Frames) -> Frames:
    """The clip through the codec and back; any length and size."""
    return generator.round_trip(frames)


def _like(generator: Generator, frames: Frames, num_frames: int) -> ClipFormat:
    """That many frames of the size of a clip."""
    return ClipFormat(num_frames, frames.shape[1], frames.shape[2], generator.config.fps)


def _made(generator: Generator, prompt: Prompt, clip: ClipFormat, given: Mapping[int, Picture]) -> Frames:
    order = sorted(given)
    context = Context(np.stack([given[frame] for frame in order]), tuple(order)) if order else None
    size = (clip.height, clip.width)
    return generator.answer(
        Request(
            clip.num_frames, size, clip.fps, prompt.seed, prompt.text, context, prompt.camera, prompt.actions
        )
    )

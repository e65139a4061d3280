"""What a latent is told, as numbers: where the camera is, what is pressed, and what clip it belongs to.

The first number of a camera or an action says whether it is known at all: zeros throughout are "not told",
for which the network learns a value of its own.

Axis letters: `time` frames of the clip, `latent` frames, `kind` of action, `number` (of the clip).
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Float32

from wsim.contracts import Camera, ClipFormat
from wsim_reference.config import FRAMES_PER_CHUNK
from wsim_reference.spans import Span, is_chunk

_POSE_NUMBERS = 9  # a translation and two columns of a rotation
CAMERA_NUMBERS = 1 + 2 * _POSE_NUMBERS + 4
CLIP_NUMBERS = 4

Numbers = Float32[np.ndarray, "latent _"]  # as many columns as the signal has


def action_numbers_of(kinds: int) -> int:
    """How many numbers a latent is told of actions: whether they are known, and those of four frames."""
    return 1 + FRAMES_PER_CHUNK * kinds


def camera_numbers(camera: Camera, size: tuple[int, int], spans: Sequence[Span]) -> Numbers:
    """Pose at the first and at the last frame of every latent, relative to the first frame of the clip.

    A pose is a translation in metres, compressed by arcsinh so that a far camera stays in range, and the
    first two columns of a rotation (Zhou et al., arXiv 1812.07035) less those of no rotation.
    The focal lengths are in units of the shorter side, the principal point in sides from the centre: the
    same lens gives the same numbers at any size.

    Args:
        camera: of every frame; the transforms are invertible.
        size: height and width, pixels.
        spans: of the latents.
    """
    relative = np.linalg.inv(camera.world_from_camera[0]) @ camera.world_from_camera
    columns = (relative[:, :3, :2] - np.eye(3)[:, :2]).reshape(-1, 6)
    poses = np.concatenate([np.arcsinh(relative[:, :3, 3]), columns], axis=1)
    height, width = size
    lens = np.stack(
        [
            camera.intrinsics[:, 0, 0] / min(size),
            camera.intrinsics[:, 1, 1] / min(size),
            (camera.intrinsics[:, 0, 2] - (width - 1) / 2) / width,
            (camera.intrinsics[:, 1, 2] - (height - 1) / 2) / height,
        ],
        axis=1,
    )
    first, last = (np.array([span[end] for span in spans]) for end in (0, 1))
    known = np.ones((len(spans), 1))
    return np.concatenate([known, poses[first], poses[last], lens[last]], axis=1).astype(np.float32)


def action_numbers(actions: Float[np.ndarray, "time kind"], spans: Sequence[Span]) -> Numbers:
    """For every latent the actions that lead to its frames: those of the frame before each.

    A picture has no four frames to lead to: it is told no action, but that actions are known.
    """
    kinds = actions.shape[1]
    numbers = np.zeros((len(spans), action_numbers_of(kinds)), np.float32)
    numbers[:, 0] = 1.0
    for row, span in zip(numbers, spans, strict=True):
        if is_chunk(span):
            row[1:] = actions[span[0] - 1 : span[1]].reshape(-1)
    return numbers


def clip_numbers(clip: ClipFormat, longest: int) -> Float32[np.ndarray, " number"]:
    """How far frame rate, height, width and length are from 16 a second, 64 pixels and 25 frames, in octaves.

    Clips longer than `longest` are made in windows of that length, and are told so.
    """
    ratios = (clip.fps / 16, clip.height / 64, clip.width / 64, min(clip.num_frames, longest) / 25)
    return np.log2(ratios).astype(np.float32)

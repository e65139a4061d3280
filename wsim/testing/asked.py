"""What a model is asked when it is checked: small requests, in variants that differ in one part.

Axis letters: `time` frames, `height` and `width` pixels.
"""

import dataclasses

import numpy as np
from jaxtyping import Float32

from wsim.contracts import Camera, Capability, ClipFormat, Context, Model, ModelInfo, Request
from wsim.video import Frames
from wsim.worlds.blocks.keys import ACTIONS

CAPTION = "a red ball rolls to the right across a grey floor"
OTHER_CAPTION = "a blue box stands still in front of a yellow wall"


def answer_of(model: Model, request: Request) -> Frames:
    """The frames of one answer, `uint8[time height width 3]`."""
    (video,) = model.generate([request])
    return video.frames


class Answers:
    """A model that is asked the same only once: its frames, by request."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._known: dict[str, Frames] = {}

    def __call__(self, request: Request) -> Frames:
        """The frames of the answer, `uint8[time height width 3]`."""
        if request.digest not in self._known:
            self._known[request.digest] = answer_of(self.model, request)
        return self._known[request.digest]


def difference(one: np.ndarray, two: np.ndarray) -> float:
    """Mean absolute difference in grey levels, 0..255."""
    return float(np.abs(one.astype(np.int16) - two.astype(np.int16)).mean())


def richest_request(info: ModelInfo, clip: ClipFormat, *, seed: int) -> Request:
    """The richest request that the model says it can use, camera and actions aside."""
    order: tuple[Capability, ...] = ("context", "first_frame", "keyframes", "text", "camera", "actions")
    richest = next(capability for capability in order if capability in info.accepts)
    request = request_with(richest, clip, variant=0)
    text = CAPTION if "text" in info.accepts else None
    return dataclasses.replace(request, seed=seed, text=text)


def two_requests(info: ModelInfo, clip: ClipFormat, capability: Capability) -> tuple[Request, Request]:
    """Two requests that differ in one part and in nothing else.

    Cameras and actions, and words for a model that needs a picture, come with one: what moves needs
    something that it can be seen on.
    """
    one, two = (request_with(capability, clip, variant=variant) for variant in (0, 1))
    shows = capability in ("camera", "actions") and {"first_frame", "context"} & info.accepts
    if shows or (capability == "text" and "first_frame" in info.needs):
        first = Context(moving_picture(clip, 0)[:1], (0,))
        one, two = (dataclasses.replace(request, context=first) for request in (one, two))
    return one, two


def request_with(capability: Capability, clip: ClipFormat, *, variant: int) -> Request:
    """A request with one part only, in two variants (0 and 1)."""
    bare = Request(clip.num_frames, (clip.height, clip.width), clip.fps, seed=1)
    pinned = {
        "first_frame": (0,),
        "context": tuple(range((clip.num_frames + 1) // 2)),
        "keyframes": tuple(sorted({0, clip.num_frames - 1})),
    }
    if capability in pinned:
        indices = pinned[capability]
        context = Context(moving_picture(clip, variant)[list(indices)], indices)
        return dataclasses.replace(bare, context=context, text=CAPTION)
    if capability == "text":
        return dataclasses.replace(bare, text=(CAPTION, OTHER_CAPTION)[variant])
    if capability == "camera":
        return dataclasses.replace(bare, text=CAPTION, camera=_camera(clip, variant))
    return dataclasses.replace(bare, text=CAPTION, actions=_actions(clip, variant))


def moving_picture(clip: ClipFormat, variant: int) -> Frames:
    """A square that slides over a colour ramp: smooth enough for any codec."""
    rows = np.linspace(60, 180, clip.height)[None, :, None, None]
    tint = np.array([(1.0, 0.9, 0.8), (0.6, 0.9, 1.2)][variant])
    frames = np.broadcast_to(rows * tint, (clip.num_frames, clip.height, clip.width, 3)).copy()
    side = max(1, clip.width // 4)
    for index in range(clip.num_frames):
        left = round(index / max(1, clip.num_frames - 1) * (clip.width - side))
        left = left if variant == 0 else clip.width - side - left
        frames[index, clip.height // 2 : clip.height // 2 + side, left : left + side] = (220, 40, 40)
    return frames.round().astype(np.uint8)


def _actions(clip: ClipFormat, variant: int) -> Float32[np.ndarray, "time action"]:
    """The keys of the digital suite: turning to the left (0) or to the right (1) all the time."""
    actions = np.zeros((clip.num_frames, len(ACTIONS)), np.float32)
    actions[:, ACTIONS.index("turn_right" if variant else "turn_left")] = 1.0
    return actions


def _camera(clip: ClipFormat, variant: int) -> Camera:
    """A camera that moves to the right (0) or to the left (1) at one metre a second."""
    pose = np.tile(np.eye(4), (clip.num_frames, 1, 1))
    pose[:, 0, 3] = clip.times_s() * (1 - 2 * variant)
    focal = 1.2 * clip.width
    matrix = np.array([[focal, 0, clip.width / 2], [0, focal, clip.height / 2], [0, 0, 1]])
    return Camera(pose, np.tile(matrix, (clip.num_frames, 1, 1)))

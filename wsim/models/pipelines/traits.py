"""What a video pipeline takes and makes, read from the signature of its call and from its configuration.

Only two things cannot be read there, and stand in tables by class name: the frame rate that a checkpoint was
trained at, and whether a pipeline continues the video that it is given or redraws it.
"""

import importlib.util
import inspect
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from wsim.contracts import Capability, ClipFormat
from wsim.errors import WsimError

Giving: TypeAlias = Literal[
    "nothing", "first frame", "prefix", "pinned frames", "masked video", "redrawn video"
]

_TEMPORAL = ("vae_scale_factor_temporal", "vae_temporal_compression_ratio", "vae_temporal_scale_factor")
_SPATIAL = (
    "vae_scale_factor_spatial",
    "vae_spatial_compression_ratio",
    "vae_spatial_scale_factor",
    "vae_scale_factor",
)
_RATE_ARGUMENTS = ("frame_rate", "fps")
_COUNT_ARGUMENTS = ("num_frames", "frames")
# By class name, longest first: frames per second of the training videos, and a length for pipelines that are
# given one only as a video. From the model cards.
_TRAINED: Mapping[str, tuple[float, int]] = {
    "AnimateDiff": (8.0, 16),
    "Allegro": (15.0, 88),
    "CogVideoX": (8.0, 49),
    "EasyAnimate": (8.0, 49),
    "HunyuanVideo": (24.0, 129),
    "Kandinsky": (24.0, 121),
    "Latte": (8.0, 16),
    "Mochi": (30.0, 85),
    "Sana": (16.0, 81),
    "SkyReels": (24.0, 97),
    "Wan": (16.0, 81),
}
_TRAINED_OTHERWISE = (16.0, 49)
_WAN_5B_FPS = 24.0  # Wan 2.2 TI2V, the one whose first frame has time steps of its own
_COGVIDEOX_1_5_FPS = 16.0  # the one with patches in time
_CONTINUING = ("Cosmos",)  # `video` is the beginning of the clip; elsewhere it may be a video to edit
_GIVES: Mapping[Giving, frozenset[Capability]] = {
    "nothing": frozenset(),
    "first frame": frozenset({"first_frame"}),
    "prefix": frozenset({"first_frame", "context"}),
    "pinned frames": frozenset({"first_frame", "context", "keyframes"}),
    "masked video": frozenset({"first_frame", "context", "keyframes"}),
    "redrawn video": frozenset({"first_frame", "context"}),
}


@dataclass(frozen=True)
class Traits:
    """A pipeline as wsim sees it.

    Attributes:
        kind: the name of its class.
        defaults: the arguments of its call with their defaults; those without one have `inspect._empty`.
        giving: how frames of a request are handed over.
        needs_frames: whether it cannot do without.
        own: the clip it was made for.
        frame_step: it makes 1 + k of these.
        pixel_step: height and width are multiples of it.
    """

    kind: str
    defaults: Mapping[str, Any]
    giving: Giving
    needs_frames: bool
    own: ClipFormat
    frame_step: int
    pixel_step: int

    def takes(self, name: str) -> bool:
        """Whether the call has this argument."""
        return name in self.defaults

    @property
    def rate_argument(self) -> str | None:
        """The argument that says how fast the clip is to be, if there is one."""
        return next(filter(self.takes, _RATE_ARGUMENTS), None)

    @property
    def count_argument(self) -> str | None:
        """The argument that says how many frames are wanted, if there is one."""
        return next(filter(self.takes, _COUNT_ARGUMENTS), None)

    @property
    def accepts(self) -> frozenset[Capability]:
        """The parts of a request that the pipeline makes use of."""
        words: frozenset[Capability] = frozenset({"text"} if self.takes("prompt") else set())
        return words | _GIVES[self.giving]

    @property
    def needs(self) -> frozenset[Capability]:
        """The parts without which it cannot answer."""
        return frozenset({"first_frame"} if self.needs_frames else set())


def read_traits(pipeline: Any) -> Traits:
    """The traits of a pipeline that has been loaded.

    Raises:
        WsimError: it makes no videos, or asks for something that no request holds.
    """
    kind = type(pipeline).__name__
    parameters = dict(list(inspect.signature(type(pipeline).__call__).parameters.items())[1:])
    defaults = {name: parameter.default for name, parameter in parameters.items()}
    giving = _giving(kind, defaults)
    if not {*_COUNT_ARGUMENTS, "video"} & defaults.keys() or "output_type" not in defaults:
        raise WsimError(
            f"{kind} makes no videos that could be asked for by length",
            where="the pipeline's call",
            remedy="give a video pipeline, or write a factory that drives this one: see CONTRIBUTING.md",
        )
    _refuse_what_no_request_holds(kind, defaults, giving)
    _refuse_without_torchvision(pipeline, kind)
    return Traits(
        kind=kind,
        defaults=defaults,
        giving=giving,
        needs_frames=_needs_frames(kind, defaults, giving),
        own=_own_clip(pipeline, kind, defaults),
        frame_step=int(_first(pipeline, _TEMPORAL) or 1),
        pixel_step=_pixel_step(pipeline, kind),
    )


def _giving(kind: str, defaults: Mapping[str, Any]) -> Giving:
    if "conditions" in defaults and {"image", "video", "frame_index"} <= defaults.keys():
        return "pinned frames"
    if {"video", "mask"} <= defaults.keys():
        return "masked video"
    if "video" in defaults and kind.startswith(_CONTINUING):
        return "prefix"
    if {"video", "strength"} <= defaults.keys() and not set(_COUNT_ARGUMENTS) & defaults.keys():
        return "redrawn video"
    return "first frame" if "image" in defaults else "nothing"


def _needs_frames(kind: str, defaults: Mapping[str, Any], giving: Giving) -> bool:
    """Optional in the signature does not mean that the pipeline runs without it."""
    if giving in ("nothing", "pinned frames", "masked video"):
        return False
    required = defaults.get("image") is inspect.Parameter.empty
    named = re.search("ImageToVideo|Image2Video|(?<!T)I2V|VideoToWorld", kind) is not None
    return required or named or giving == "redrawn video" or "prompt" not in defaults


def _refuse_what_no_request_holds(kind: str, defaults: Mapping[str, Any], giving: Giving) -> None:
    held = {"prompt", "image", *({"video"} if giving in ("prefix", "redrawn video") else set())}
    required = {name for name, default in defaults.items() if default is inspect.Parameter.empty}
    if strange := sorted(required - held - {"kwargs", "args"}):
        raise WsimError(
            f"{kind} needs {', '.join(strange)}, which no request holds",
            where="the pipeline's call",
            remedy="write a factory that gives it: see CONTRIBUTING.md",
        )


def _refuse_without_torchvision(pipeline: Any, kind: str) -> None:
    """Cosmos' network resizes a mask with it; elsewhere nothing here does."""
    if _network(pipeline).get("concat_padding_mask") and importlib.util.find_spec("torchvision") is None:
        raise WsimError(
            f"{kind} needs torchvision",
            where="the pipeline's network",
            remedy="install the one that fits torch",
        )


def _own_clip(pipeline: Any, kind: str, defaults: Mapping[str, Any]) -> ClipFormat:
    """The clip of the defaults, else of the configuration, else of the table."""
    trained_fps, trained_frames = _trained(kind)
    network = _network(pipeline)
    if kind.startswith("Wan") and getattr(pipeline.config, "expand_timesteps", False):
        trained_fps = _WAN_5B_FPS
    if kind.startswith("CogVideoX") and network.get("patch_size_t"):
        trained_fps = _COGVIDEOX_1_5_FPS
    rate = next((defaults[name] for name in _RATE_ARGUMENTS if defaults.get(name)), None)
    count = next((defaults[name] for name in _COUNT_ARGUMENTS if defaults.get(name)), None)
    count = count or network.get("sample_frames") or network.get("num_frames") or trained_frames
    fps = float(rate or trained_fps)
    sides = [defaults.get(side) or _configured(pipeline, network, side) for side in ("height", "width")]
    frames = int(count) if count >= fps else max(int(count), trained_frames)  # under a second is a preview
    return ClipFormat(frames, int(sides[0]), int(sides[1]), fps)


def _configured(pipeline: Any, network: Mapping[str, Any], side: str) -> int:
    """Height or width that the network was trained at, pixels."""
    if declared := getattr(pipeline, f"default_{side}", None):
        return int(declared)
    latent = network.get(f"sample_{side}") or network.get("sample_size")
    latent = latent[side == "width"] if isinstance(latent, list | tuple) else latent
    return int(latent * (_first(pipeline, _SPATIAL) or 8)) if latent else 512


def _pixel_step(pipeline: Any, kind: str) -> int:
    """One patch of the network in pixels, and what the pipelines' own checks ask for: 16, of LTX 32."""
    patch = getattr(pipeline, "transformer_spatial_patch_size", None) or _network(pipeline).get("patch_size")
    patch = patch[-1] if isinstance(patch, list | tuple) else patch
    return math.lcm(int(_first(pipeline, _SPATIAL) or 8) * int(patch or 1), 32 if "LTX" in kind else 16)


def _network(pipeline: Any) -> Mapping[str, Any]:
    """The configuration of the network that denoises."""
    for name in ("transformer", "unet", "transformer_2"):
        if (network := getattr(pipeline, name, None)) is not None:
            return dict(network.config)
    return {}


def _trained(kind: str) -> tuple[float, int]:
    return next((known for name, known in _TRAINED.items() if kind.startswith(name)), _TRAINED_OTHERWISE)


def _first(pipeline: Any, names: tuple[str, ...]) -> Any:
    return next((getattr(pipeline, name) for name in names if hasattr(pipeline, name)), None)

"""What the user wants of a pipeline: arguments of every call, and the clip that scenarios are posed at."""

import dataclasses
import json
from typing import Any

from wsim.contracts import ClipFormat
from wsim.errors import WsimError
from wsim.models.pipelines.traits import Traits

_WSIM_GIVES = frozenset(
    {"prompt", "image", "video", "mask", "conditions", "generator", "output_type", "return_dict"}
    | {"height", "width", "num_frames", "frames", "num_videos_per_prompt", "latents"}
)


def call_options(
    traits: Traits, arguments: dict[str, str], *, steps: int | None, guidance: float | None,
    negative: str | None, strength: float | None,
) -> dict[str, Any]:  # fmt: skip
    """Arguments of every call.

    Raises:
        WsimError: the pipeline has no such argument, or wsim gives it itself.
    """
    named = {
        "num_inference_steps": steps,
        "guidance_scale": guidance,
        "negative_prompt": negative,
        "strength": strength,
    }
    chosen = {name: value for name, value in named.items() if value is not None}
    chosen |= {name: _value(text) for name, text in arguments.items()}
    for name in chosen:
        if not traits.takes(name) or name in _WSIM_GIVES:
            open_to_user = sorted(set(traits.defaults) - _WSIM_GIVES)
            raise WsimError(
                f"{traits.kind} takes no option {name!r}",
                where="the options of the pipeline",
                remedy=f"its arguments: {', '.join(open_to_user)}",
            )
    return chosen


def _value(text: str) -> Any:
    """Numbers, lists, true and false as JSON; everything else is text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def clip_of(own: ClipFormat, size: str | None, frames: int | None, fps: float | None) -> ClipFormat:
    """The clip that scenarios are posed at: the pipeline's own, changed as the user says.

    Raises:
        WsimError: impossible.
    """
    clip = dataclasses.replace(own, num_frames=frames or own.num_frames, fps=fps or own.fps)
    if size:
        width, cross, height = size.lower().partition("x")
        if not (cross and width.isdigit() and height.isdigit()):
            raise WsimError(f"{size!r} is no size", where="-m size", remedy="write width x height: 832x480")
        clip = dataclasses.replace(clip, height=int(height), width=int(width))
    if min(clip.num_frames, clip.height, clip.width) < 1 or not clip.fps > 0:
        raise WsimError(
            f"impossible clip {clip}", where="the options of the pipeline", remedy="give numbers above 0"
        )
    return clip

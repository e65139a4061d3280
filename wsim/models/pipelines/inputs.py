"""The arguments of a pipeline's call, made from a request.

Axis letters: `height` and `width` pixels.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from wsim.contracts import Request
from wsim.errors import WsimError
from wsim.models.pipelines.fit import Fit, given
from wsim.models.pipelines.traits import Giving, Traits

_UNKNOWN_GREY = 128  # what a masked pipeline was trained to see where it is to generate

Given = Mapping[int, np.ndarray]  # uint8[height width 3] by frame number of the pipeline


def arguments(request: Request, traits: Traits, fit: Fit) -> dict[str, Any]:
    """What the pipeline is called with, its user's options and the generator aside.

    Raises:
        WsimError: the request lacks a picture that the pipeline needs, or pins frames that it cannot use.
    """
    frames = given(request, fit)
    _check(request, frames, traits)
    wanted: dict[str, Any] = {
        "prompt": request.text or "",
        "height": fit.made.height,
        "width": fit.made.width,
        "output_type": "np",
    }
    if traits.count_argument:
        wanted[traits.count_argument] = fit.made.num_frames
    if traits.rate_argument:
        wanted[traits.rate_argument] = _whole_if_possible(fit.made.fps)
    if frames:
        wanted |= _HANDING[traits.giving](frames, traits, fit)
    return {name: value for name, value in wanted.items() if traits.takes(name)}


def not_taken(traits: Traits) -> list[str]:
    """What wsim would tell the pipeline, and its call has no argument for."""
    wanted = ["prompt", "height", "width", "generator", "output_type"]
    missing = [name for name in wanted if not traits.takes(name)]
    return missing + ([] if traits.count_argument else ["num_frames"])


def _check(request: Request, frames: Given, traits: Traits) -> None:
    accepted = traits.accepts
    if traits.needs_frames and 0 not in frames:
        raise WsimError(
            f"{traits.kind} starts from a picture, and the request has none",
            where="Request.context",
            remedy="give the first frame; in a benchmark: --track image",
        )
    if not frames or "keyframes" in accepted:
        return
    prefix = list(frames) == list(range(len(frames)))
    if "first_frame" not in accepted or (list(frames) != [0] and not ("context" in accepted and prefix)):
        raise WsimError(
            f"{traits.kind} cannot be given the frames {_ranges(list(frames))}",
            where="Request.context",
            remedy=f"it accepts {', '.join(sorted(accepted))}",
        )


def _ranges(indices: list[int]) -> str:
    return f"{indices[0]}..{indices[-1]}" if len(indices) > 3 else ", ".join(map(str, indices))


def _first_frame(frames: Given, traits: Traits, fit: Fit) -> dict[str, Any]:
    return {"image": _picture(frames[0])}


def _prefix(frames: Given, traits: Traits, fit: Fit) -> dict[str, Any]:
    """The longest beginning of 1 + k steps: a shorter rest would share a latent with what is unknown."""
    known = _whole_steps(_beginning(frames), fit.frame_step)
    return {"video": [_picture(frames[index]) for index in range(known)]}


def _pinned(frames: Given, traits: Traits, fit: Fit) -> dict[str, Any]:
    """The beginning as one piece, every other frame as a picture of its own."""
    import diffusers

    known = _beginning(frames)
    pieces = []
    if known:
        head = [_picture(frames[index]) for index in range(_whole_steps(known, fit.frame_step))]
        pieces.append(diffusers.pipelines.ltx.pipeline_ltx_condition.LTXVideoCondition(video=head))
    for index in list(frames)[known:]:
        pieces.append(
            diffusers.pipelines.ltx.pipeline_ltx_condition.LTXVideoCondition(
                image=_picture(frames[index]), frame_index=index
            )
        )
    return {"conditions": pieces}


def _masked(frames: Given, traits: Traits, fit: Fit) -> dict[str, Any]:
    """The whole clip with grey where nothing is known, and white in the mask where to generate."""
    shape = (fit.made.height, fit.made.width)
    grey = np.full((*shape, 3), _UNKNOWN_GREY, np.uint8)
    pictures = [_picture(frames.get(index, grey)) for index in range(fit.made.num_frames)]
    masks = [
        _picture(np.full(shape, 0 if index in frames else 255, np.uint8))
        for index in range(fit.made.num_frames)
    ]
    return {"video": pictures, "mask": masks}


def _redrawn(frames: Given, traits: Traits, fit: Fit) -> dict[str, Any]:
    """The given frames with the last one held to the end: a pipeline that redraws decides what moves on."""
    last = _beginning(frames) - 1
    return {"video": [_picture(frames[min(index, last)]) for index in range(fit.made.num_frames)]}


_HANDING: Mapping[Giving, Callable[[Given, Traits, Fit], dict[str, Any]]] = {
    "first frame": _first_frame,
    "prefix": _prefix,
    "pinned frames": _pinned,
    "masked video": _masked,
    "redrawn video": _redrawn,
}


def _beginning(frames: Given) -> int:
    """How many frames are known from the first on, without a gap."""
    return next((index for index in range(len(frames)) if index not in frames), len(frames))


def _whole_steps(known: int, step: int) -> int:
    return 1 + (known - 1) // step * step


def _picture(pixels: np.ndarray) -> Any:
    from PIL import Image

    return Image.fromarray(np.ascontiguousarray(pixels))


def _whole_if_possible(fps: float) -> int | float:
    """Pipelines are typed for whole rates."""
    return int(fps) if fps == int(fps) else fps

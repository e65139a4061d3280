"""Is a request one that the model can answer? Every refusal says what would work.

Axis letters as in `wsim.contracts`.
"""

import math
from typing import NoReturn

import numpy as np

from wsim.contracts import Camera, Context, Request
from wsim.errors import WsimError
from wsim_reference.config import SIDE_MULTIPLE, ModelConfig, latents_of


def check_request(request: Request, config: ModelConfig) -> None:
    """Refuse what cannot be made.

    Raises:
        WsimError: a length that is not 1 + 4k, a size that is not in steps of 16, a rate that is none;
            frames, camera or actions that do not fit the clip. A model that is not conditioned makes clips
            of one format only, and continues prefixes only.
    """
    if config.transformer.conditioned:
        _check_format(request)
        if request.camera is not None:
            _check_camera(request.camera, request)
        if request.actions is not None:
            _check_actions(request.actions, request, config.transformer.action_kinds)
    elif request.format != config.clip:
        raise WsimError(
            f"the reference model makes clips of {config.clip}, not {request.format}",
            where="Request",
            remedy="ask for the format in `info.formats`",
        )
    if request.context is not None:
        _check_context(request.context, request)
        if not config.transformer.conditioned:
            _check_prefix(request.context)


def _check_format(request: Request) -> None:
    latents_of(request.num_frames)
    height, width = request.size
    if min(height, width) < 1 or height % SIDE_MULTIPLE or width % SIDE_MULTIPLE:
        near = [max(SIDE_MULTIPLE, round(side / SIDE_MULTIPLE) * SIDE_MULTIPLE) for side in request.size]
        _refuse(
            f"a picture of {height}x{width} (height x width) cannot be made",
            "Request.size",
            f"heights and widths come in steps of {SIDE_MULTIPLE}; the nearest is {near[0]}x{near[1]}",
        )
    if not (math.isfinite(request.fps) and request.fps > 0):
        _refuse(f"{request.fps:g} frames a second are no rate", "Request.fps", "give a number above 0")


def _check_context(context: Context, request: Request) -> None:
    indices, frames = context.indices, context.frames
    if len(indices) != len(frames):
        problem = f"{len(frames)} frames come with {len(indices)} indices"
    elif frames.shape[1:3] != request.size and len(frames):
        problem = f"frames of {frames.shape[1]}x{frames.shape[2]} are given for {request.size}"
    elif len(indices) > request.num_frames:
        problem = f"{len(indices)} frames are given for a clip of {request.num_frames}"
    elif twice := sorted({index for index in indices if indices.count(index) > 1}):
        problem = f"two pictures are given for frame {twice[0]}"
    elif outside := [index for index in indices if not 0 <= index < request.num_frames]:
        problem = f"frame {outside[0]} is not one of the {request.num_frames} of the clip"
    elif list(indices) != sorted(indices):
        problem = f"the given frames are not in the order of time: {list(indices)}"
    else:
        return
    _refuse(
        problem,
        "Request.context",
        "give every frame once, of the size of the clip, with increasing indices from 0 to num_frames - 1",
    )


def _check_prefix(context: Context) -> None:
    if context.indices != tuple(range(len(context.indices))):
        raise WsimError(
            f"the context sits at frames {list(context.indices)}, which is not a prefix",
            where="Request.context",
            remedy="give the first frames of the clip, without a gap",
        )


def camera_problem(camera: Camera, count: int) -> str | None:
    """What keeps a camera from being told of a clip of so many frames; None if nothing does."""
    poses, lens = camera.world_from_camera, camera.intrinsics
    if poses.shape != (count, 4, 4) or lens.shape != (count, 3, 3):
        return f"poses of shape {poses.shape} and intrinsics of {lens.shape} are given for {count} frames"
    if not (np.isfinite(poses).all() and np.isfinite(lens).all()):
        return "the camera has numbers that are not finite"
    if (np.abs(np.linalg.det(poses[:, :3, :3])) < 0.5).any() or (poses[:, 3] != (0, 0, 0, 1)).any():
        return "the camera has poses that are no rigid transforms"
    return None


def _check_camera(camera: Camera, request: Request) -> None:
    count = request.num_frames
    if problem := camera_problem(camera, count):
        _refuse(
            problem,
            "Request.camera",
            f"give world_from_camera [{count}, 4, 4] in metres and intrinsics [{count}, 3, 3] in pixels",
        )


def _check_actions(actions: np.ndarray, request: Request, kinds: int) -> None:
    if actions.shape != (request.num_frames, kinds) or not np.issubdtype(actions.dtype, np.number):
        problem = f"actions of shape {actions.shape} and type {actions.dtype} cannot be read"
    elif not np.isfinite(actions).all():
        problem = "the actions have numbers that are not finite"
    else:
        return
    _refuse(
        problem,
        "Request.actions",
        f"give numbers of shape [{request.num_frames}, {kinds}], ordered as in wsim.worlds.blocks.keys",
    )


def _refuse(problem: str, where: str, remedy: str) -> NoReturn:
    raise WsimError(problem, where=where, remedy=remedy)

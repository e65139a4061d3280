"""Does a model keep its contract: shapes, seeds, determinism, batch invariance, honesty about its inputs?

Axis letters: `time` frames, `height` and `width` pixels.
"""

import dataclasses
import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import get_args

import numpy as np
from jaxtyping import Float32

from wsim.contracts import (
    Camera,
    Capability,
    ClipFormat,
    Context,
    Model,
    ModelInfo,
    Privileged,
    Request,
    RoundTrips,
    canonical_json,
)
from wsim.testing.findings import Finding, failed, run_check, warning
from wsim.video import Frames, Video
from wsim.worlds.blocks.keys import ACTIONS

SMALL = ClipFormat(9, 32, 32, 8.0)
SAME_LEVEL = 1.0  # mean difference in grey levels below which a batch has only been rounded differently
CAPTION = "a red ball rolls to the right across a grey floor"
OTHER_CAPTION = "a blue box stands still in front of a yellow wall"


def check_model(model: Model, clip: ClipFormat | None = None) -> list[Finding]:
    """Check a model with about eight short videos.

    Args:
        model: the model.
        clip: the format to ask for; by default the first it declares, or a small one.

    Returns:
        One finding or more for each check; see `assert_ok`.
    """
    findings = run_check("info", partial(_info, model))
    if any(finding.level == "failed" for finding in findings):
        return findings
    if isinstance(model, Privileged):
        return [*findings, Finding("answers", "ok", "answers scenarios, not requests: nothing more to check")]
    clip = clip or (model.info.formats[0] if model.info.formats else SMALL)
    first, second = (_request(model.info, clip, seed=seed) for seed in (1, 2))
    findings += run_check("no requests, no videos", partial(_empty, model))
    answers = run_check("one video a request, as asked", partial(_answers, model, [first, second]))
    findings += answers
    if any(finding.level == "failed" for finding in answers):
        return findings
    findings += run_check("same request, same pixels", partial(_deterministic, model, first))
    findings += run_check("batches change nothing", partial(_batches, model, first, second))
    findings += run_check("seeds", partial(_seeds, model, first, second))
    for capability in sorted(model.info.accepts):
        findings += run_check(f"uses {capability}", partial(_uses, model, clip, capability))
    if isinstance(model, RoundTrips):
        findings += run_check("round trip", partial(_round_trip, model, clip))
    return findings


def _info(model: Model) -> Iterator[Finding]:
    info = model.info
    if info != model.info:
        yield failed("info", "two reads differ")
    if not info.name or not info.adapter:
        yield failed("info", "name and adapter must not be empty")
    if info.digest is None:
        yield warning("info", "no digest of the weights: nothing will be cached between runs")
    elif not re.fullmatch(r"[0-9a-f]{64}", info.digest):
        yield failed("info", f"the digest must be 64 hexadecimal digits, not {info.digest!r}")
    if strange := info.accepts - set(get_args(Capability)):
        yield failed(
            "info", f"accepts unknown {sorted(strange)}; known are {', '.join(get_args(Capability))}"
        )
    if not info.tracks:
        yield failed("info", "accepts none of text, first_frame, context, actions: there is no track for it")
    if missing := info.needs - info.accepts:
        yield failed("info", f"needs {', '.join(sorted(missing))}, and does not accept it")
    for clip in info.formats:
        if min(clip.num_frames, clip.height, clip.width) < 1 or not clip.fps > 0:
            yield failed("info", f"impossible format {clip}")
    canonical_json(dict(info.settings))  # raises for what no manifest could hold


def _empty(model: Model) -> Iterator[Finding]:
    if videos := list(model.generate([])):
        yield failed("no requests, no videos", f"{len(videos)} videos for no request")


def _answers(model: Model, requests: Sequence[Request]) -> Iterator[Finding]:
    videos = list(model.generate(requests))
    name = "one video a request, as asked"
    if len(videos) != len(requests):
        yield failed(name, f"{len(videos)} videos for {len(requests)} requests")
    for video, request in zip(videos, requests, strict=False):
        if not isinstance(video, Video):
            yield failed(name, f"gave {type(video).__name__}, not wsim.Video")
            continue
        got = ClipFormat(len(video), *video.size, video.fps)
        if got != request.format:
            yield failed(name, f"got {got}, asked for {request.format}")


def _deterministic(model: Model, request: Request) -> Iterator[Finding]:
    name = "same request, same pixels"
    if difference := _difference(_one(model, request), _one(model, request)):
        yield failed(name, f"two answers differ by {difference:.3g} grey levels; seed from request.seed")


def _batches(model: Model, first: Request, second: Request) -> Iterator[Finding]:
    name = "batches change nothing"
    together = [video.frames for video in model.generate([first, second])]
    apart = [_one(model, first), _one(model, second)]
    difference = max(_difference(a, b) for a, b in zip(together, apart, strict=True))
    if difference > SAME_LEVEL:
        yield failed(name, f"together and apart differ by {difference:.3g} grey levels")
    elif difference:
        yield warning(name, f"together and apart differ by {difference:.2g} grey levels (rounding?)")


def _seeds(model: Model, first: Request, second: Request) -> Iterator[Finding]:
    if not _difference(_one(model, first), _one(model, second)):
        yield warning("seeds", "two seeds give the same pixels (a deterministic model?)")


def _uses(model: Model, clip: ClipFormat, capability: Capability) -> Iterator[Finding]:
    """A part of the request that is accepted must matter; pictures must, words may be overruled by them."""
    name = f"uses {capability}"
    one, two = (_request_with(capability, clip, variant=variant) for variant in (0, 1))
    shows = capability in ("camera", "actions") and {"first_frame", "context"} & model.info.accepts
    if shows or (capability == "text" and "first_frame" in model.info.needs):
        first = Context(_picture(clip, 0)[:1], (0,))  # what moves needs something that it can be seen on
        one, two = (dataclasses.replace(request, context=first) for request in (one, two))
    frames, others = _one(model, one), _one(model, two)
    shown = capability in ("first_frame", "context", "keyframes")
    if not _difference(frames, others):
        message = f"another {capability} gives the same pixels, though the model says it accepts it"
        yield (failed if shown else warning)(name, message)
    elif shown and one.context and two.context:
        made = [index for index in range(clip.num_frames) if index not in one.context.indices]
        if made and not _difference(frames[made], others[made]):
            yield warning(name, "what is generated does not depend on the given frames")
        kept = _difference(frames[list(one.context.indices)], one.context.frames)
        yield Finding(name, "ok", f"given frames come back {kept:.3g} grey levels off")


def _round_trip(model: RoundTrips, clip: ClipFormat) -> Iterator[Finding]:
    video = Video(_picture(clip, 0), clip.fps)
    back = model.round_trip(video)
    if (len(back), back.size, back.fps) != (len(video), video.size, video.fps):
        yield failed("round trip", "the codec changes length, size or rate")
    else:
        difference = _difference(back.frames, video.frames)
        yield Finding("round trip", "ok", f"{difference:.3g} grey levels off")


def _one(model: Model, request: Request) -> Frames:
    (video,) = model.generate([request])
    return video.frames


def _difference(one: np.ndarray, two: np.ndarray) -> float:
    """Mean absolute difference in grey levels, 0..255."""
    return float(np.abs(one.astype(np.int16) - two.astype(np.int16)).mean())


def _request(info: ModelInfo, clip: ClipFormat, *, seed: int) -> Request:
    """The richest request that the model says it can use, camera and actions aside."""
    order: tuple[Capability, ...] = ("context", "first_frame", "keyframes", "text", "camera", "actions")
    richest = next(capability for capability in order if capability in info.accepts)
    request = _request_with(richest, clip, variant=0)
    text = CAPTION if "text" in info.accepts else None
    return dataclasses.replace(request, seed=seed, text=text)


def _request_with(capability: Capability, clip: ClipFormat, *, variant: int) -> Request:
    """A request with one part only, in two variants."""
    bare = Request(clip.num_frames, (clip.height, clip.width), clip.fps, seed=1)
    pinned = {
        "first_frame": (0,),
        "context": tuple(range((clip.num_frames + 1) // 2)),
        "keyframes": tuple(sorted({0, clip.num_frames - 1})),
    }
    if capability in pinned:
        indices = pinned[capability]
        context = Context(_picture(clip, variant)[list(indices)], indices)
        return dataclasses.replace(bare, context=context, text=CAPTION)
    if capability == "text":
        return dataclasses.replace(bare, text=(CAPTION, OTHER_CAPTION)[variant])
    if capability == "camera":
        return dataclasses.replace(bare, text=CAPTION, camera=_camera(clip, variant))
    return dataclasses.replace(bare, text=CAPTION, actions=_actions(clip, variant))


def _picture(clip: ClipFormat, variant: int) -> Frames:
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

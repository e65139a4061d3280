"""Does a model keep its contract: shapes, seeds, determinism, batch invariance, honesty about its inputs?

Axis letters: `time` frames, `height` and `width` pixels.
"""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import get_args

from wsim.contracts import (
    Capability,
    ClipFormat,
    Model,
    Privileged,
    Request,
    RoundTrips,
    canonical_json,
)
from wsim.testing.asked import Answers, answer_of, difference, moving_picture, richest_request
from wsim.testing.findings import Finding, failed, run_check, warning
from wsim.testing.honesty import SHOWN, sees_motion, starts_from, uses
from wsim.testing.memory import holds_memory
from wsim.video import Video

SMALL = ClipFormat(9, 32, 32, 8.0)
SAME_LEVEL = 1.0  # mean difference in grey levels below which a batch has only been rounded differently
REPEATS = 8


def check_model(model: Model, clip: ClipFormat | None = None, *, repeats: int = REPEATS) -> list[Finding]:
    """Check a model with short videos: about ten, two for each part that it accepts, and `repeats`.

    Args:
        model: the model.
        clip: the format to ask for; by default the first it declares, or a small one.
        repeats: requests over which the growth of memory is measured; 0 leaves that out.

    Returns:
        One finding or more for each check; see `assert_ok`.
    """
    findings = run_check("info", partial(_info, model))
    if any(finding.level == "failed" for finding in findings):
        return findings
    if isinstance(model, Privileged):
        return [*findings, Finding("answers", "ok", "answers scenarios, not requests: nothing more to check")]
    clip = clip or (model.info.formats[0] if model.info.formats else SMALL)
    first, second = (richest_request(model.info, clip, seed=seed) for seed in (1, 2))
    findings += run_check("no requests, no videos", partial(_empty, model))
    answers = run_check("one video a request, as asked", partial(_answers, model, [first, second]))
    findings += answers
    if any(finding.level == "failed" for finding in answers):
        return findings
    findings += run_check("same request, same pixels", partial(_deterministic, model, first))
    findings += run_check("batches change nothing", partial(_batches, model, first, second))
    findings += run_check("seeds", partial(_seeds, model, first, second))
    findings += _honesty(model, clip, first)
    if repeats:
        findings += run_check("memory", partial(holds_memory, model, clip, repeats))
    if isinstance(model, RoundTrips):
        findings += run_check("round trip", partial(_round_trip, model, clip))
    return findings


def _honesty(model: Model, clip: ClipFormat, request: Request) -> list[Finding]:
    """Whether each part that is accepted is used, and what is given gone on from."""
    answers = Answers(model)
    jitter = difference(answers(request), answer_of(model, request))
    findings = []
    for capability in sorted(model.info.accepts):
        findings += run_check(f"uses {capability}", partial(uses, answers, clip, capability, jitter))
        if capability in SHOWN:
            findings += run_check(
                f"starts from {capability}", partial(starts_from, answers, clip, capability)
            )
    if "context" in model.info.accepts:
        findings += run_check("sees motion in context", partial(sees_motion, answers, clip, jitter))
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
        advice = "loop over `requests`, and over nothing else"
        yield failed("no requests, no videos", f"{len(videos)} videos for no request", advice)


def _answers(model: Model, requests: Sequence[Request]) -> Iterator[Finding]:
    videos = list(model.generate(requests))
    name = "one video a request, as asked"
    if len(videos) != len(requests):
        advice = "yield one video for every request, in order; raise if one cannot be made"
        yield failed(name, f"{len(videos)} videos for {len(requests)} requests", advice)
    for video, request in zip(videos, requests, strict=False):
        if not isinstance(video, Video):
            advice = "yield wsim.Video(frames, request.fps), frames uint8[time height width 3]"
            yield failed(name, f"gave {type(video).__name__}, not wsim.Video", advice)
            continue
        got = ClipFormat(len(video), *video.size, video.fps)
        if got != request.format:
            advice = (
                "give request.num_frames frames of request.size at request.fps: resample, or declare what "
                "your model makes as info.formats, and it is asked for that"
            )
            yield failed(name, f"got {got}, asked for {request.format}", advice)


def _deterministic(model: Model, request: Request) -> Iterator[Finding]:
    name = "same request, same pixels"
    if apart := difference(answer_of(model, request), answer_of(model, request)):
        advice = "draw every random number from a generator made of request.seed, and of nothing else"
        yield failed(name, f"two answers differ by {apart:.3g} grey levels", advice)


def _batches(model: Model, first: Request, second: Request) -> Iterator[Finding]:
    name = "batches change nothing"
    together = [video.frames for video in model.generate([first, second])]
    apart = [answer_of(model, first), answer_of(model, second)]
    most = max(difference(a, b) for a, b in zip(together, apart, strict=True))
    if most > SAME_LEVEL:
        advice = "give every request a generator of its own, and no normalisation over the batch"
        yield failed(name, f"together and apart differ by {most:.3g} grey levels", advice)
    elif most:
        yield warning(name, f"together and apart differ by {most:.2g} grey levels (rounding?)")


def _seeds(model: Model, first: Request, second: Request) -> Iterator[Finding]:
    if not difference(answer_of(model, first), answer_of(model, second)):
        advice = "nothing to do if it is meant: there is one answer to every request"
        yield warning("seeds", "two seeds give the same pixels (a deterministic model?)", advice)


def _round_trip(model: RoundTrips, clip: ClipFormat) -> Iterator[Finding]:
    video = Video(moving_picture(clip, 0), clip.fps)
    back = model.round_trip(video)
    if (len(back), back.size, back.fps) != (len(video), video.size, video.fps):
        advice = "cut and resize what the decoder gives to the video that came in"
        yield failed("round trip", "the codec changes length, size or rate", advice)
    else:
        off = difference(back.frames, video.frames)
        yield Finding("round trip", "ok", f"{off:.3g} grey levels off")

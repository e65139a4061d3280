"""Getting videos: from the store, or from the model, in order, one outcome for every scenario.

A model is somebody else's code: it may raise, stop early, go on for ever or return the wrong thing. Each of
these is an error of the scenario it happened on, told in words; the others are still answered.
"""

import time
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from wsim.contracts import Model, Privileged, Request, Scenario
from wsim.errors import RAISED_ELSEWHERE, WsimError
from wsim.runs.asker import Asker
from wsim.runs.storing import Storing
from wsim.video import Video

FPS_TOLERANCE = 1e-3  # containers and adapters write 23.976 for 24000/1001


@dataclass(frozen=True)
class Failure:
    """What went wrong, one sentence for the record, and the traceback for the log."""

    reason: str
    details: str = ""


@dataclass(frozen=True)
class Answer:
    """One scenario with its video, or with what went wrong instead; `stored` ends when it is on the disk."""

    scenario: Scenario
    video: Video | None
    failure: Failure | None
    cached: bool
    generate_s: float | None
    stored: "Future[None] | None" = None


def failure_of(who: str, error: BaseException) -> Failure:
    """An exception as a failure: `the model failed: RuntimeError: out of memory`."""
    text = error.problem if isinstance(error, WsimError) else f"{type(error).__name__}: {error}"
    reason = " ".join(f"{who} failed: {text}".split())[:500]
    return Failure(reason, "".join(traceback.format_exception(error)))


def wrong_with(video: object, request: Request) -> str | None:
    """What is wrong with a video as an answer to a request, naming got and wanted; None if nothing."""
    where = f"request {request.digest[:12]}"
    if not isinstance(video, Video):
        return f"{where}: got {type(video).__name__}, wanted a wsim.Video"
    got = f"{len(video)}x{video.size[0]}x{video.size[1]}@{video.fps:g}"
    same_rate = abs(video.fps - request.fps) <= FPS_TOLERANCE * request.fps
    if len(video) != request.num_frames or video.size != tuple(request.size) or not same_rate:
        return f"{where}: got {got}, wanted {request.format}"
    return None


def answers(model: Model, asker: Asker, scenarios: Sequence[Scenario], store: Storing) -> Iterator[Answer]:
    """Answer every scenario, in order. A video is given to be stored the moment it is made.

    Requests that two scenarios share are generated once. When a model returns more videos than it was asked
    for, it cannot be known which belongs to which: all of them become errors and are forgotten, so a
    scenario may be answered a second time; the later answer counts.
    """
    keys = [asker.key(scenario) for scenario in scenarios]
    first_use: dict[str, Scenario] = {}
    for scenario, key in zip(scenarios, keys, strict=True):
        if not store.has(key):
            first_use.setdefault(key, scenario)
    stream = _ask(model, list(first_use.values()))
    failed: dict[str, Failure] = {}
    made: list[tuple[Scenario, str]] = []
    for scenario, key in zip(scenarios, keys, strict=True):
        if key in failed:
            yield Answer(scenario, None, failed[key], False, None)
            continue
        cached = None if first_use.get(key) is scenario else store.get(key)
        if cached is not None:
            if key in first_use:  # it was made a moment ago, with the others of this batch
                made.append((scenario, key))
            yield Answer(scenario, cached, None, True, None)
            continue
        # A damaged file was set aside: that scenario is asked again on its own.
        outcome, seconds = next(stream if first_use.get(key) is scenario else _ask(model, [scenario]))
        if isinstance(outcome, _Surplus):
            for earlier, its_key in made:
                store.discard(its_key)
                yield Answer(earlier, None, outcome.failure, False, None)
            outcome = outcome.failure
        if isinstance(outcome, Failure):
            failed[key] = outcome
            yield Answer(scenario, None, outcome, False, seconds)
        else:
            stored = store.put(key, outcome, asker.describe(scenario))
            made.append((scenario, key))
            yield Answer(scenario, outcome, None, False, seconds, stored)


@dataclass(frozen=True)
class _Surplus:
    """Stands in for the last video of a batch when more of them came than were asked for."""

    failure: Failure


def _ask(model: Model, scenarios: Sequence[Scenario]) -> Iterator[tuple[Video | Failure | _Surplus, float]]:
    """Exactly one outcome, with its seconds, for every scenario; the model is restarted behind a failure."""
    rest = list(scenarios)
    while rest:
        stream: Iterator[Video] | None = None
        asked = len(rest)
        while rest:
            start = time.perf_counter()
            try:
                stream = stream or _open(model, rest)
                video = next(stream)
            except StopIteration:
                short = Failure(f"the model returned {asked - len(rest)} of {asked} videos")
                yield from ((short, 0.0) for _ in rest)
                return
            except RAISED_ELSEWHERE as error:  # whatever the model raises is its answer to this scenario
                rest.pop(0)
                yield failure_of("the model", error), time.perf_counter() - start
                break
            wrong = wrong_with(video, rest.pop(0).request)
            if not rest and _goes_on(stream):
                surplus = f"the model returned more than the {asked} videos that it was asked for"
                yield _Surplus(Failure(surplus)), time.perf_counter() - start
            else:
                yield Failure(wrong) if wrong else video, time.perf_counter() - start


def _open(model: Model, scenarios: Sequence[Scenario]) -> Iterator[Video]:
    if isinstance(model, Privileged):
        return iter(model.answer(list(scenarios)))
    return iter(model.generate([scenario.request for scenario in scenarios]))


def _goes_on(stream: Iterator[Video]) -> bool:
    """Whether another video comes after the last one."""
    try:
        next(stream)
    except RAISED_ELSEWHERE:  # StopIteration is the normal case; a failed clean-up changes no pixel
        return False
    return True

"""The checks themselves: a sound model and probe pass, and each defect is found by the check made for it."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

from wsim.contracts import (
    ClipFormat,
    Context,
    MetricSpec,
    ModelInfo,
    Reading,
    Request,
    Scenario,
    Unmeasurable,
)
from wsim.errors import WsimError
from wsim.testing import Finding, assert_ok, check_model, check_probe
from wsim.video import Video

INFO = ModelInfo("good", "test/1", "0" * 64, frozenset({"text", "first_frame", "context"}))


def good_answer(request: Request) -> Video:
    """Goes on from what is given; depends on the seed and the words too, and on nothing else."""
    words = sum(map(ord, request.text or ""))
    rng = np.random.default_rng([request.seed, words])
    frames = rng.integers(0, 12, (request.num_frames, *request.size, 3), dtype=np.uint8)
    if request.context:
        known = request.context.frames
        frames += (0.9 * known[-1] + 0.1 * known.mean(axis=0)).astype(np.uint8)
        frames[list(request.context.indices)] = known
    return Video(frames, request.fps)


class Good:
    info = INFO

    def generate(self, requests: Sequence[Request]) -> Iterator[Video]:
        yield from map(good_answer, requests)


def by(answer: Callable[[Sequence[Request]], Any], **info: Any) -> Any:
    """A model with one thing changed."""

    class Changed:
        def __init__(self) -> None:
            self.info = dataclasses.replace(INFO, **info)

        def generate(self, requests: Sequence[Request]) -> Iterator[Video]:
            return iter(answer(requests))

    return Changed()


def each(answer: Callable[[Request], Any]) -> Callable[[Sequence[Request]], Any]:
    return lambda requests: [answer(request) for request in requests]


def failures(findings: Sequence[Finding]) -> dict[str, str]:
    return {finding.check: finding.message for finding in findings if finding.level == "failed"}


def test_a_good_model_passes_without_a_warning() -> None:
    findings = check_model(Good())
    assert {finding.level for finding in findings} == {"ok"}
    assert_ok(findings)


COUNTER = iter(range(10**9))


def unseeded(request: Request) -> Video:
    return Video((good_answer(request).frames + next(COUNTER) % 7).astype(np.uint8), request.fps)


def crosstalk(requests: Sequence[Request]) -> list[Video]:
    """Every clip of a batch is drawn from the seed of its first."""
    return [good_answer(dataclasses.replace(request, seed=requests[0].seed)) for request in requests]


def without(**gone: Any) -> Callable[[Sequence[Request]], Any]:
    return each(lambda request: good_answer(dataclasses.replace(request, **gone)))


@pytest.mark.parametrize(
    ("model", "check", "words"),
    [
        (by(each(good_answer), digest="abc"), "info", "64 hexadecimal digits"),
        (by(each(good_answer), accepts=frozenset({"camera"})), "info", "no track"),
        (by(each(good_answer), settings={"steps": float("nan")}), "info", "ValueError"),
        (
            by(lambda requests: [good_answer(r) for r in requests[:1]]),
            "one video a request",
            "1 videos for 2",
        ),
        (by(lambda requests: [None] * len(requests)), "one video a request", "gave NoneType"),
        (
            by(each(lambda r: Video(good_answer(r).frames[:4], r.fps))),
            "one video a request",
            "got 4x32x32@8, asked for 9x32x32@8",
        ),
        (by(each(lambda r: 1 / 0)), "one video a request", "ZeroDivisionError"),
        (
            by(each(lambda r: Video(good_answer(r).frames / 255.0, r.fps))),
            "one video a request",
            "Error",
        ),
        (
            by(lambda requests: [good_answer(Request(1, (2, 2), 8.0, 0))] * max(1, len(requests))),
            "no req",
            "1 v",
        ),
        (by(each(unseeded)), "same request, same pixels", "differ by"),
        (by(crosstalk), "batches change nothing", "differ by"),
        (by(without(context=None)), "uses context", "another context gives the same pixels"),
        (by(without(context=None)), "uses first_frame", "another first_frame gives the same pixels"),
    ],
)
def test_a_defect_of_a_model_is_found(model: Any, check: str, words: str) -> None:
    found = failures(check_model(model, repeats=0))
    (message,) = [message for name, message in found.items() if name.startswith(check)]
    assert words in message
    with pytest.raises(AssertionError, match=check):
        assert_ok(check_model(model, repeats=0))


def refusing(request: Request) -> Video:
    raise WsimError("frames are missing", where="here", remedy="give all of them")


@pytest.mark.parametrize(
    "answers",
    [
        lambda requests: [good_answer(r) for r in requests[:1]],
        lambda requests: [None] * len(requests),
        each(lambda r: Video(good_answer(r).frames[:4], r.fps)),
        each(refusing),
        lambda requests: [good_answer(Request(1, (2, 2), 8.0, 0))] * max(1, len(requests)),
    ],
)
def test_an_answer_that_breaks_the_contract_comes_with_advice(answers: Any) -> None:
    found = [f for f in check_model(by(answers), repeats=0) if f.level == "failed"]
    assert found and all(finding.advice for finding in found)


def test_words_that_do_not_matter_are_a_warning() -> None:
    findings = check_model(by(without(text=None)), repeats=0)
    assert not failures(findings)
    assert any(f.level == "warning" and f.check == "uses text" for f in findings)


@dataclass(frozen=True)
class Still:
    value: int
    clip: ClipFormat

    @property
    def video(self) -> Video:
        shape = (self.clip.num_frames, self.clip.height, self.clip.width, 3)
        return Video(np.full(shape, self.value, np.uint8), self.clip.fps)


class Brightness:
    """Is the clip as bright as the world says? Each world has a brightness of its own."""

    name = "toy/brightness"
    version = 1
    question = "Is the picture as bright as it should be?"
    needs: ClassVar = {"image": frozenset({"first_frame"})}
    metrics = (MetricSpec("off", "grey levels", "lower", 0.0, 255.0, "distance from the right brightness"),)
    min_duration_s = 0.1

    def scenarios(
        self, clip: ClipFormat, *, track: str, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        for world in range(limit if limit is not None else 4):
            value = 40 + 10 * world + seed
            truth = Still(value, clip)
            context = Context(truth.video.frames[:1], (0,))
            request = Request(clip.num_frames, (clip.height, clip.width), clip.fps, world, context=context)
            scenario_id = f"{self.name}/{track}/seed={seed}/world={world}"
            yield Scenario(scenario_id, f"{seed}/{world}", request, truth, {"dark": Still(0, clip)})

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        off = float(np.abs(video.frames.mean() - scenario.truth.video.frames.mean()))
        return Reading({"off": off}, "right" if off < 1 else "wrong", off < 1)


def test_a_good_probe_passes_without_a_warning() -> None:
    assert {finding.level for finding in check_probe(Brightness())} == {"ok"}


def test_an_alternative_that_is_read_as_lawful_gets_a_warning() -> None:
    class Lenient(Brightness):
        def measure(self, scenario: Scenario, video: Video) -> Reading:
            return Reading({"off": 0.0}, "right", True)

    findings = check_probe(Lenient())
    assert any("the alternative 'dark' is read as lawful" in f.message for f in findings)


class BadName(Brightness):
    name = "Brightness"


class Unbounded(Brightness):
    metrics = (MetricSpec("off", "grey levels", "lower", 0.0, float("inf"), "distance"),)


class BadId(Brightness):
    def scenarios(self, clip: ClipFormat, **options: Any) -> Iterator[Scenario]:
        for scenario in super().scenarios(clip, **options):
            yield dataclasses.replace(scenario, id=scenario.id + "/A b")


class Same(Brightness):
    def scenarios(self, clip: ClipFormat, **options: Any) -> Iterator[Scenario]:
        for scenario in super().scenarios(clip, **options):
            yield dataclasses.replace(scenario, id=f"{self.name}/image/x")


class CountsClips(Brightness):
    def scenarios(self, clip: ClipFormat, **options: Any) -> Iterator[Scenario]:
        for scenario in super().scenarios(clip, **options):
            yield dataclasses.replace(scenario, cluster="the only one")


class Forgetful(Brightness):
    def scenarios(self, clip: ClipFormat, **options: Any) -> Iterator[Scenario]:
        for scenario in super().scenarios(clip, **options):
            yield dataclasses.replace(
                scenario, request=dataclasses.replace(scenario.request, seed=next(COUNTER))
            )


class Shuffled(Brightness):
    """With fewer worlds asked for, it begins with others."""

    def scenarios(self, clip: ClipFormat, *, limit: int | None = None, **options: Any) -> Iterator[Scenario]:
        yield from list(super().scenarios(clip, limit=4, **options))[-limit if limit else 0 :]


class Chatty(Brightness):
    def scenarios(self, clip: ClipFormat, **options: Any) -> Iterator[Scenario]:
        for scenario in super().scenarios(clip, **options):
            actions = np.zeros((clip.num_frames, 1))
            yield dataclasses.replace(
                scenario, request=dataclasses.replace(scenario.request, actions=actions)
            )


class Generous(Brightness):
    def scenarios(self, clip: ClipFormat, **options: Any) -> Iterator[Scenario]:
        for scenario in super().scenarios(clip, **options):
            frames = scenario.truth.video.frames
            everything = Context(frames, tuple(range(len(frames))))
            yield dataclasses.replace(
                scenario, request=dataclasses.replace(scenario.request, context=everything)
            )


class NotANumber(Brightness):
    def measure(self, scenario: Scenario, video: Video) -> Reading:
        return Reading({"off": float("nan")}, "right", True)


class OutOfBounds(Brightness):
    def measure(self, scenario: Scenario, video: Video) -> Reading:
        return Reading({"off": -1.0}, "right", True)


class OtherMetric(Brightness):
    def measure(self, scenario: Scenario, video: Video) -> Reading:
        return Reading({"of": 1.0}, "right", True)


class Moody(Brightness):
    def measure(self, scenario: Scenario, video: Video) -> Reading:
        return Reading({"off": float(next(COUNTER) % 200)}, "right", True)


class Scribbler(Brightness):
    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        said = super().measure(scenario, video)
        video.frames[0] = 255 - video.frames[0]
        return said


class Verbose(Brightness):
    def measure(self, scenario: Scenario, video: Video) -> Unmeasurable:
        return Unmeasurable("the clip could not be measured because " + "x" * 80)


@pytest.mark.parametrize(
    ("probe", "check", "words"),
    [
        (BadName, "declaration", "suite/probe"),
        (Unbounded, "declaration", "must be bounded"),
        (BadId, "image: scenarios", "characters outside"),
        (Same, "image: scenarios", "share an id"),
        (CountsClips, "image: scenarios", "a limit counts clusters"),
        (Forgetful, "image: stable", "asked twice"),
        (Shuffled, "image: stable", "not a prefix"),
        (Chatty, "image: what is told", "tells ['actions'] beyond"),
        (Generous, "image: what is told", "given the whole clip"),
        (NotANumber, "image: readings", "is nan"),
        (OutOfBounds, "image: readings", "outside 0 to 255"),
        (OtherMetric, "image: readings", "declared were ['off']"),
        (Moody, "image: readings", "two readings of one video differ"),
        (Scribbler, "image: readings", "wrote into the video"),
        (Verbose, "image: readings", "a short phrase"),
    ],
)
def test_a_defect_of_a_probe_is_found(probe: type[Brightness], check: str, words: str) -> None:
    found = [f for f in check_probe(probe()) if f.level == "failed" and f.check == check]
    assert any(words in finding.message for finding in found), found


def test_a_probe_that_reads_the_truth_as_unlawful_gets_a_warning() -> None:
    class Strict(Brightness):
        def measure(self, scenario: Scenario, video: Video) -> Reading:
            return Reading({"off": 0.0}, "wrong", False)

    findings = check_probe(Strict())
    assert any(f.level == "warning" and "the lawful render is read as 'wrong'" in f.message for f in findings)

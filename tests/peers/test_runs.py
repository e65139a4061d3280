"""Defects of other harnesses that would live in the running of benchmarks; each test is named for one."""

import dataclasses
import json
import math
import os
import sys
from pathlib import Path

import pytest

from wsim.contracts import Reading, Scenario
from wsim.runs.execute import execute
from wsim.runs.folder import RunFolder
from wsim.video import Video

sys.path.insert(0, str(Path(__file__).parent.parent / "fixtures"))
import wsim_toy as toy


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WSIM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # no power is cut here, and it is slow


def test_a_model_measured_on_3_of_300_clips_does_not_lead(tmp_path: Path) -> None:
    """A benchmark dropped clips that its gate refused; its first place was scored on 1 % of the videos."""
    dark = toy.Painter(lambda request: toy.RISE if request.seed == 0 else 300.0, digest="11" * 32)

    @dataclasses.dataclass(frozen=True)
    class Gated(toy.Rise):
        def measure(self, scenario: Scenario, video: Video):  # type: ignore[no-untyped-def]
            if video.frames[-1].mean() > 250:
                return toy.Unmeasurable("over-exposed")
            return super().measure(scenario, video)

    summary = execute(dark, toy.plan(dark, Gated()), tmp_path / "dark")
    probe = summary.probes[0]
    assert probe.skill.value == pytest.approx(1.0) and probe.skill.n == 2
    assert probe.coverage == pytest.approx(1 / 12) and probe.strict.value == pytest.approx(1 / 12)
    assert "low coverage" in probe.flags and not probe.ranked
    assert probe.reasons == {"over-exposed": 22}
    assert summary.headline.value == pytest.approx(1 / 12)


def test_clips_that_cannot_be_measured_are_neither_passes_nor_zeros(tmp_path: Path) -> None:
    """A gate that refused a clip gave it full marks in one benchmark, and none at all in another."""
    for step, skill in ((20.0, 1.0), (10.0, 0.5)):
        model = toy.Painter(lambda request, step=step: step, digest=f"{int(step):064d}")
        summary = execute(model, toy.plan(model, toy.Rise(dark_worlds=(0, 4, 7))), tmp_path / str(step))
        probe = summary.probes[0]
        assert probe.skill.value == pytest.approx(skill) and probe.skill.n == 18
        assert probe.strict.value == pytest.approx(0.75 * skill) and probe.reasons == {"too dark": 6}


def test_a_missing_dimension_withholds_the_total_and_does_not_change_it(tmp_path: Path) -> None:
    """A benchmark counted an absent dimension as 0; another took the mean over those that were there."""

    @dataclasses.dataclass(frozen=True)
    class Broken(toy.Rise):
        def measure(self, scenario: Scenario, video: Video):  # type: ignore[no-untyped-def]
            if scenario.id.count("seed=7/"):
                raise ImportError("no such extension")
            return super().measure(scenario, video)

    model = toy.Painter(lambda request: 10.0)
    whole = execute(model, toy.plan(model, toy.Rise("one/a"), toy.Rise("two/b")), tmp_path / "whole")
    assert whole.headline.value == pytest.approx(0.5)
    broken = execute(model, toy.plan(model, toy.Rise("one/a"), Broken("two/b")), tmp_path / "broken")
    assert broken.headline.value is None and broken.status == "incomplete"
    assert broken.suites[0].strict == whole.suites[0].strict
    assert broken.suites[1].strict.value is None and not broken.suites[1].complete


def test_model_b_never_gets_the_cached_videos_of_model_a(tmp_path: Path) -> None:
    """A response cache was keyed by the prompt; the second model was never run and scored the same."""
    still = toy.Painter(lambda request: 0.0, name="the-same-name", digest="11" * 32)
    rising = toy.Painter(name="the-same-name", digest="22" * 32)
    assert execute(still, toy.plan(still), tmp_path / "a").headline.value == pytest.approx(0.0)
    assert execute(rising, toy.plan(rising), tmp_path / "b").headline.value == pytest.approx(1.0)
    assert len(rising.asked) == 24
    retrained = toy.Painter(lambda request: 10.0, name="the-same-name", digest="33" * 32)
    assert execute(retrained, toy.plan(retrained), tmp_path / "c").headline.value == pytest.approx(0.5)
    fewer_steps = toy.Painter(lambda request: 0.0, digest="22" * 32, settings={"steps": 1})
    assert execute(fewer_steps, toy.plan(fewer_steps), tmp_path / "d").headline.value == pytest.approx(0.0)


def test_the_number_of_workers_does_not_change_the_score(tmp_path: Path) -> None:
    """Scores differed with the number of processes, because each reduced its own part first."""
    model = toy.Painter(lambda request: 4.0 + 3.0 * (request.seed % 5))
    probe = toy.Rise(dark_worlds=(1, 6))
    plan = toy.plan(model, probe)
    serial = execute(model, plan, tmp_path / "serial")
    for jobs in (1, 2):
        parallel = execute(model, plan, tmp_path / f"jobs{jobs}", jobs=jobs, executor="processes")
        assert parallel.suites == serial.suites and parallel.headline == serial.headline


def test_nan_is_an_error_of_the_instrument_and_never_a_number(tmp_path: Path) -> None:
    """NaN became null, then None, then 0.0, and a resumed run reported other metrics."""

    @dataclasses.dataclass(frozen=True)
    class Undefined(toy.Rise):
        def measure(self, scenario: Scenario, video: Video):  # type: ignore[no-untyped-def]
            said = super().measure(scenario, video)
            if scenario.cluster == "world=0002" and "seed=7/" in scenario.id:
                return Reading({"closeness": math.nan}, "risen", True)
            return said

    model = toy.Painter()
    summary = execute(model, toy.plan(model, Undefined()), tmp_path / "out")
    assert summary.counts["error"] == 2 and summary.status == "incomplete"
    assert list(summary.probes[0].reasons) == ["the instrument failed: the metric closeness is nan"]
    for name in ("records.jsonl", "manifest.json", "summary.json", "calibration.json"):
        text = (tmp_path / "out" / name).read_text()
        assert "NaN" not in text and "Infinity" not in text
    for line in (tmp_path / "out/records.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=lambda constant: pytest.fail(f"{constant} in a record"))


def test_a_coin_flip_earns_nothing(tmp_path: Path) -> None:
    """Clipping every clip at zero pays for luck: half of the flips would count in full."""

    @dataclasses.dataclass(frozen=True)
    class Binary(toy.Rise):
        """Reads 1 or 0; a frozen clip is right for one twin of two, so the null is a half."""

        def measure(self, scenario: Scenario, video: Video):  # type: ignore[no-untyped-def]
            said = super().measure(scenario, video)
            if not isinstance(said, Reading):
                return said
            right = said.lawful == (scenario.parameters["twin"] == 0) or self._is_truth(scenario, video)
            return dataclasses.replace(said, metrics={"closeness": float(right)}, lawful=right)

        def _is_truth(self, scenario: Scenario, video: Video) -> bool:
            return video.digest == scenario.truth.video.digest

    flip = toy.Painter(lambda request: 0.0 if request.seed % 2 else 15.0)
    summary = execute(flip, toy.plan(flip, Binary()), tmp_path / "out")
    assert summary.probes[0].calibration is not None
    assert summary.probes[0].calibration.null == pytest.approx(0.5)
    assert summary.headline.value == pytest.approx(0.0)


def test_being_right_in_one_of_two_coin_flips_is_no_accuracy(tmp_path: Path) -> None:
    """A pair counted as told apart when any one of several scores said so: chance was far above a half."""
    model = toy.Painter(lambda request: 20.0 if int(request.context.frames[0].mean()) % 2 else 0.0)
    summary = execute(model, toy.plan(model), tmp_path / "out")
    records = RunFolder(tmp_path / "out").records.read()
    right = {record.cluster for record in records if record.status == "ok" and record.lawful}
    assert len(right) == 12  # one twin in every world: an OR would be 1
    assert summary.headline.value == pytest.approx(0.5)


def test_a_video_that_is_too_short_is_an_error_and_not_a_low_score(tmp_path: Path) -> None:
    """Missing and short videos were passed over with a printed warning, and the exit code was 0."""

    class Short(toy.Painter):
        def answer_one(self, request):  # type: ignore[no-untyped-def]
            video = super().answer_one(request)
            return Video(video.frames[: 3 if request.seed == 0 else None], video.fps)

    model = Short()
    summary = execute(model, toy.plan(model), tmp_path / "out")
    assert summary.status == "incomplete" and summary.counts == {
        "ok": 22, "unmeasurable": 0, "error": 2, "not_applicable": 0,
    }  # fmt: skip
    reasons = {r.reason for r in RunFolder(tmp_path / "out").records.read() if r.status == "error"}
    assert all("got 3x8x8@4, wanted 6x8x8@4" in (reason or "") for reason in reasons)

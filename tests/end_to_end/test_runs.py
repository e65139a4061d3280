"""Whole runs of a toy probe: what is asked, kept, reused, measured again and compared."""

import dataclasses
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from wsim.contracts import Reading, Request, Scenario, Unmeasurable
from wsim.errors import ExitCode, WsimError
from wsim.runs import provenance
from wsim.runs.asker import Asker
from wsim.runs.codec import Codec
from wsim.runs.compare import compare
from wsim.runs.execute import Progress, execute
from wsim.runs.folder import RunFolder
from wsim.runs.remeasure import remeasure, replay
from wsim.runs.results import Record
from wsim.runs.store import VideoStore
from wsim.runs.summary import load_summary
from wsim.video import Video

sys.path.insert(0, str(Path(__file__).parent.parent / "fixtures"))
import wsim_toy as toy


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WSIM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # no power is cut here, and it is slow


def timeless(record: Record) -> Record:
    return dataclasses.replace(record, generate_s=None, measure_s=None, at="", cached=False)


def records_of(folder: Path) -> list[Record]:
    return [timeless(record) for record in RunFolder(folder).records.read()]


def test_a_run_from_end_to_end(tmp_path: Path) -> None:
    model, told = toy.Painter(), list[Progress]()
    summary = execute(model, toy.plan(model), tmp_path / "out", on_event=told.append, argv=["wsim", "score"])
    assert summary.status == "complete" and summary.headline.value == pytest.approx(1.0)
    assert summary.counts == {"ok": 24, "unmeasurable": 0, "error": 0, "not_applicable": 0}
    manifest = RunFolder(tmp_path / "out").manifest
    assert manifest.argv == ("wsim", "score") and manifest.counts["planned"] == 24
    assert manifest.probes[0].planned == 24 and manifest.probes[0].instrument
    assert [e.status for e in told] == ["calibrating"] + ["ok"] * 24
    assert (told[-1].done, told[-1].total) == (24, 24)
    assert json.loads((tmp_path / "out/summary.json").read_text()) == json.loads(
        json.dumps(summary.to_json())
    )
    assert load_summary(tmp_path / "out") == summary
    assert not (tmp_path / "out/lock").exists()


def test_the_same_command_again_does_nothing_again(tmp_path: Path) -> None:
    model = toy.Painter()
    first = execute(model, toy.plan(model), tmp_path / "out")
    before = records_of(tmp_path / "out")
    again = execute(model, toy.plan(model), tmp_path / "out")
    assert len(model.asked) == 24 and records_of(tmp_path / "out") == before
    assert again.headline == first.headline and again.run == first.run


def test_more_worlds_can_be_asked_for_later(tmp_path: Path) -> None:
    model = toy.Painter()
    part = execute(model, toy.plan(model, limit=2), tmp_path / "out")
    assert part.partial and part.headline.value is not None and "partial" in part.signature
    whole = execute(model, toy.plan(model), tmp_path / "out")
    assert not whole.partial and len(model.asked) == 24 and whole.counts["ok"] == 24


def test_a_second_run_takes_videos_from_the_cache(tmp_path: Path) -> None:
    model = toy.Painter()
    execute(model, toy.plan(model), tmp_path / "one")
    execute(model, toy.plan(model), tmp_path / "two")
    assert len(model.asked) == 24
    assert records_of(tmp_path / "one") == records_of(tmp_path / "two")
    assert all(record.cached for record in RunFolder(tmp_path / "two").records.read())


def test_without_a_digest_nothing_is_shared_and_the_run_says_so(tmp_path: Path) -> None:
    model = toy.Painter(digest=None)
    execute(model, toy.plan(model, clusters=2), tmp_path / "one")
    execute(model, toy.plan(model, clusters=2), tmp_path / "two")
    assert len(model.asked) == 8 and not (tmp_path / "cache/videos").exists()
    assert "no digest" in RunFolder(tmp_path / "one").manifest.notes[0]


def test_shared_requests_are_generated_once(tmp_path: Path) -> None:
    model = toy.Painter()
    twice = toy.plan(model, toy.Rise(), dataclasses.replace(toy.Rise("toy/other")))
    summary = execute(model, twice, tmp_path / "out")
    assert len(model.asked) == 24 and summary.counts["ok"] == 48
    same = toy.Rise("toy/same", twins=3)
    object.__setattr__(same, "scenarios", lambda *a, **k: one_request(same, *a, **k))
    model = toy.Painter(digest="cd" * 32)
    assert execute(model, toy.plan(model, same), tmp_path / "same").counts["ok"] == 36
    assert len(model.asked) == 12


def one_request(probe: toy.Rise, *args: object, **kwargs: object) -> Iterator[Scenario]:
    """The scenarios of a probe, with one request for all twins of a world."""
    shared: dict[str, Request] = {}
    for scenario in toy.Rise.scenarios(probe, *args, **kwargs):  # type: ignore[arg-type]
        request = shared.setdefault(scenario.cluster, scenario.request)
        yield dataclasses.replace(scenario, request=request)


@dataclasses.dataclass
class Faulty(toy.Painter):
    """Goes wrong in one way at the world with seed 3."""

    fault: str = "raise"
    broken: bool = True

    def generate(self, requests: Sequence[Request]) -> Iterator[Video]:
        for request in requests:
            self.asked.append(request.digest)
            video = self.answer_one(request)
            if self.broken and request.seed == 3 and self.fault != "surplus":
                if self.fault == "raise":
                    raise RuntimeError("out of memory")
                if self.fault == "stop":
                    return
                video = {
                    "short": lambda v: Video(v.frames[:-1], v.fps),
                    "small": lambda v: Video(v.frames[:, :-1], v.fps),
                    "slow": lambda v: Video(v.frames, v.fps / 2),
                    "array": lambda v: v.frames,
                }[self.fault](video)
            yield video
        if self.broken and self.fault == "surplus":
            yield video


@pytest.mark.parametrize(
    ("fault", "reason", "errors"),
    [
        ("raise", "the model failed: RuntimeError: out of memory", 2),
        ("short", "got 5x8x8@4, wanted 6x8x8@4", 2),
        ("small", "got 6x7x8@4, wanted 6x8x8@4", 2),
        ("slow", "got 6x8x8@2, wanted 6x8x8@4", 2),
        ("array", "got ndarray, wanted a wsim.Video", 2),
        ("stop", "the model returned 6 of 16 videos", 10),
        ("surplus", "the model returned more than the", 24),
    ],
)
def test_a_model_that_goes_wrong(tmp_path: Path, fault: str, reason: str, errors: int) -> None:
    model = Faulty(fault=fault)
    summary = execute(model, toy.plan(model), tmp_path / "out")
    failed = [r for r in RunFolder(tmp_path / "out").records.latest().values() if r.status == "error"]
    assert len(failed) == errors and all(reason in (r.reason or "") for r in failed)
    assert summary.status == "incomplete" and summary.counts["ok"] == 24 - errors
    assert summary.headline.value is None
    if fault == "raise":
        assert "Traceback" in (tmp_path / "out/errors.log").read_text()
    model.broken = False  # mended: the same command asks for what is missing and for nothing else
    model.asked.clear()
    mended = execute(model, toy.plan(model), tmp_path / "out")
    assert mended.status == "complete" and len(model.asked) == errors
    whole = toy.Painter(digest="cd" * 32)
    assert mended.headline == execute(whole, toy.plan(whole), tmp_path / "whole").headline


def test_an_instrument_that_fails_is_not_a_failure_of_the_model(tmp_path: Path) -> None:
    model, probe = toy.Painter(), toy.Rise(breaks_at=(3, 4))
    summary = execute(model, toy.plan(model, probe), tmp_path / "out")
    assert summary.counts["error"] == 4 and summary.probes[0].skill.value == pytest.approx(1.0)
    assert list(summary.probes[0].reasons) == ["the instrument failed: ZeroDivisionError: no light at all"]
    assert "errors" in summary.probes[0].flags
    assert execute(model, toy.plan(model), tmp_path / "out").status == "complete"
    assert len(model.asked) == 24  # the videos were there


def test_jobs_never_change_the_result(tmp_path: Path) -> None:
    model = toy.Painter(lambda request: request.seed % 4 * 5.0)
    probe = toy.Rise(dark_worlds=(2,), breaks_at=(5,))
    one = execute(model, toy.plan(model, probe), tmp_path / "one")
    two = execute(model, toy.plan(model, probe), tmp_path / "two", jobs=2, executor="processes")
    assert records_of(tmp_path / "one") == records_of(tmp_path / "two")
    assert one.headline == two.headline and one.suites == two.suites


def test_what_cannot_travel_to_another_process_is_measured_here(tmp_path: Path) -> None:
    model, probe = toy.Painter(), toy.Rise()
    object.__setattr__(probe, "hook", lambda: None)  # no process boundary lets a lambda through
    summary = execute(model, toy.plan(model, probe, clusters=2), tmp_path / "o", jobs=2, executor="processes")
    assert summary.counts["ok"] == 4


def test_ctrl_c_keeps_what_was_measured(tmp_path: Path) -> None:
    model = toy.Painter()

    def stop(event: Progress) -> None:
        if event.done == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute(model, toy.plan(model), tmp_path / "out", on_event=stop)
    folder = RunFolder(tmp_path / "out")
    assert folder.manifest.status == "interrupted" and len(folder.records.read()) == 7
    assert load_summary(folder).status == "incomplete"
    assert execute(model, toy.plan(model), folder).status == "complete" and len(model.asked) == 24


def test_two_runs_in_one_folder_are_refused(tmp_path: Path) -> None:
    model, problems = toy.Painter(), []

    def second(event: Progress) -> None:
        if event.done == 1:
            with pytest.raises(WsimError) as caught:
                execute(model, toy.plan(model), tmp_path / "out")
            problems.append(caught.value.problem)

    execute(model, toy.plan(model, clusters=2), tmp_path / "out", on_event=second)
    assert "written by process" in problems[0]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(WsimError, match="cannot write") as caught:
        execute(toy.Painter(), toy.plan(toy.Painter()), tmp_path / "out")
    assert caught.value.exit_code == ExitCode.USAGE


def test_a_probe_that_does_not_fit_is_recorded_once(tmp_path: Path) -> None:
    model = toy.Painter()
    plan = toy.plan(model, toy.Rise(), toy.Rise("other/long", min_duration_s=60.0))
    for _ in range(2):
        summary = execute(model, plan, tmp_path / "out")
    assert summary.counts["not_applicable"] == 1 and summary.status == "complete"
    assert summary.headline.value is None and summary.suites[0].strict.value == pytest.approx(1.0)
    assert "too short" in summary.suites[1].probes[0].note


def test_the_oracle_is_asked_by_scenario_and_never_cached(tmp_path: Path) -> None:
    from wsim.models.controls import oracle

    summary = execute(oracle(), toy.plan(oracle()), tmp_path / "out")
    assert summary.headline.value == pytest.approx(1.0) and not (tmp_path / "cache/videos").exists()


def test_measuring_again_needs_no_model_and_takes_the_probe_of_today(tmp_path: Path) -> None:
    model = toy.Painter(lambda request: 10.0)
    first = execute(model, toy.plan(model), tmp_path / "out")
    assert first.headline.value == pytest.approx(0.5)
    same = remeasure(tmp_path / "out", probes={"toy/rise": toy.Rise()})
    assert same.headline == first.headline and same.timing["generate"] == first.timing["generate"]
    newer = toy.Rise(version=2, dark_worlds=(0, 1, 2))
    again = remeasure(tmp_path / "out", probes={"toy/rise": newer}, only=["toy/rise"])
    assert again.status == "complete" and again.counts["unmeasurable"] == 6 and again.counts["ok"] == 18
    assert again.probes[0].version == 2 and again.headline.value == pytest.approx(0.375)
    with pytest.raises(WsimError, match="unknown probe 'toy/rice'"):
        remeasure(tmp_path / "out", only=["toy/rice"])


def test_measuring_again_keeps_why_a_video_is_missing(tmp_path: Path) -> None:
    model = Faulty()
    execute(model, toy.plan(model), tmp_path / "out")
    again = remeasure(tmp_path / "out", probes={"toy/rise": toy.Rise()})
    assert again.counts["error"] == 2 and again.status == "incomplete"
    assert list(again.probes[0].reasons) == ["the model failed: RuntimeError: out of memory"]


def test_stored_videos_can_be_replayed_for_a_report(tmp_path: Path) -> None:
    model = toy.Painter()
    execute(model, toy.plan(model), tmp_path / "out")
    wanted = "toy/rise/video/seed=7/world=0003/twin=1"
    [found] = replay(tmp_path / "out", "toy/rise", scenarios=[wanted], probes={"toy/rise": toy.Rise()})
    assert found.scenario.id == wanted and np.array_equal(
        found.video.frames, found.scenario.truth.video.frames
    )
    assert len(list(replay(tmp_path / "out", "toy/rise", probes={"toy/rise": toy.Rise()}))) == 24


def test_comparing_a_better_model(tmp_path: Path) -> None:
    worse = toy.Painter(lambda r: 8.0 + r.seed % 3, digest="11" * 32)
    better = toy.Painter(lambda r: 14.0 + r.seed % 3, digest="22" * 32)
    execute(worse, toy.plan(worse), tmp_path / "a")
    execute(better, toy.plan(better), tmp_path / "b")
    comparison = compare(tmp_path / "a", tmp_path / "b")
    [row] = comparison.probes
    assert row.call == "better" and comparison.headline.call == "better" and comparison.warnings == ()
    assert row.difference.value == pytest.approx(0.3) and row.difference.low == pytest.approx(0.3)
    assert row.p_value == pytest.approx(2 / 2**12) and row.difference.clusters == 12
    assert compare(tmp_path / "b", tmp_path / "a").headline.call == "worse"
    assert compare(tmp_path / "a", tmp_path / "a").headline.call == "same"


def test_the_headline_of_a_comparison_is_of_what_the_headlines_hold(tmp_path: Path) -> None:
    """What stands beside a suite is compared, and moves no difference of means."""
    probes = toy.Rise(), toy.Rise("toy/dim", dark_worlds=(8, 9, 10, 11))
    for name, step in (("a", 8.0), ("b", 14.0)):
        model = toy.Painter(lambda r, step=step: step + r.seed % 3, digest=name * 64)  # type: ignore[misc]
        whole = toy.plan(model, *probes)
        first, second = whole.probes
        execute(
            model,
            dataclasses.replace(whole, probes=(first, dataclasses.replace(second, beside=True))),
            tmp_path / name,
        )
    comparison = compare(tmp_path / "a", tmp_path / "b")
    assert [row.difference.value for row in comparison.probes] == pytest.approx([0.3, 0.2])
    headline = comparison.headline
    assert headline.difference.value == pytest.approx(0.3)
    assert headline.other.value - headline.baseline.value == pytest.approx(0.3)


def test_runs_that_answered_other_questions_are_not_compared(tmp_path: Path) -> None:
    model = toy.Painter()
    execute(model, toy.plan(model), tmp_path / "a")
    for name, changed, named in [
        ("seed", toy.plan(model, seed=8), "benchmark digest"),
        ("size", toy.plan(model, clusters=10), "benchmark digest"),
        ("probe", toy.plan(model, toy.Rise(version=2)), "version of probe toy/rise is 1 in one and 2"),
    ]:
        execute(model, changed, tmp_path / name)
        with pytest.raises(WsimError, match="cannot be compared") as caught:
            compare(tmp_path / "a", tmp_path / name)
        assert named in caught.value.problem and caught.value.exit_code == ExitCode.USAGE


def test_what_differs_but_may_is_a_warning(tmp_path: Path) -> None:
    small, large = (
        toy.Painter(),
        toy.Painter(formats=(dataclasses.replace(toy.CLIP, width=16),), digest="11" * 32),
    )
    execute(small, toy.plan(small), tmp_path / "a")
    execute(large, toy.plan(large, limit=11), tmp_path / "b")
    comparison = compare(tmp_path / "a", tmp_path / "b")
    assert "clip formats differ: 6x8x8@4 and 6x8x16@4" in comparison.warnings[0]
    assert "partial" in comparison.warnings[1] and comparison.probes[0].difference.clusters == 11


def test_measuring_again_that_was_broken_off_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the readings are then of the probe as it was."""
    model, folder = toy.Painter(), tmp_path / "out"
    execute(model, toy.plan(model), folder)
    monkeypatch.setattr(provenance, "instrument_digest", lambda probe: "f" * 64)

    def stop(event: Progress) -> None:
        if event.done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        remeasure(folder, probes={"toy/rise": toy.Rise()}, on_event=stop)
    assert "mixed instruments" in execute(model, toy.plan(model), folder).probes[0].flags
    assert remeasure(folder, probes={"toy/rise": toy.Rise()}).probes[0].flags == ()


def test_a_model_or_probe_that_exits_fails_and_does_not_end_the_run(tmp_path: Path) -> None:
    @dataclasses.dataclass
    class Leaves(toy.Painter):
        def answer_one(self, request: Request) -> Video:
            return sys.exit(0) if request.seed == 3 else super().answer_one(request)

    @dataclasses.dataclass(frozen=True)
    class Gives(toy.Rise):
        def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
            if "seed=7/world=0001" in scenario.id:
                sys.exit(0)
            return super().measure(scenario, video)

    model = Leaves()
    summary = execute(model, toy.plan(model, Gives()), tmp_path / "out")
    reasons = summary.probes[0].reasons
    assert summary.status == "incomplete" and summary.counts["ok"] == 20
    assert reasons == {"the model failed: SystemExit: 0": 2, "the instrument failed: SystemExit: 0": 2}


def test_too_many_videos_leave_no_reading_of_a_shared_request(tmp_path: Path) -> None:
    """The twin was given the video that turned out to be nobody's."""
    probe = toy.Rise("toy/same", twins=3)
    object.__setattr__(probe, "scenarios", lambda *a, **k: one_request(probe, *a, **k))
    model = Faulty(fault="surplus")
    summary = execute(model, toy.plan(model, probe, clusters=2), tmp_path / "out")
    assert summary.counts["error"] == 6 and summary.counts["ok"] == 0


def test_a_codec_that_gives_no_video_is_told_in_words(tmp_path: Path) -> None:
    class Coder(toy.Painter):
        def round_trip(self, video: Video) -> np.ndarray:
            return video.frames

    codec = Codec(Asker(Coder().info, False, "r"), VideoStore(tmp_path), Coder())
    with pytest.raises(WsimError, match="codec failed: it gave ndarray, not a wsim"):
        codec.through(toy.grey(np.arange(6)))

"""A probe that nothing is known for is not asked: neither a zero of the model nor a way out for it."""

from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from wsim.contracts import MetricSpec, Reading, Unmeasurable
from wsim.runs.free import read_folder
from wsim.runs.results import RunSummary
from wsim.runs.unsimulated import free_half
from wsim.video import Video, write_lossless


class Bright:
    """Reads every video that is not black, whatever is known of it."""

    name = "geometry/bright"
    version = 1
    question = "Is it bright?"
    needs: ClassVar = {"text": frozenset({"text"})}
    metrics = (MetricSpec("bright", "share", "higher", 0.0, 1.0, "of white"),)
    min_duration_s = 0.1

    def measure_free(self, video: Video, hints: dict) -> Reading | Unmeasurable:
        if not video.frames.any():
            return Unmeasurable("black")
        return Reading({"bright": 0.5}, "bright", True)

    def scenarios(self, clip, *, track, seed, limit=None):
        return iter(())

    def measure(self, scenario, video):
        return self.measure_free(video, {})


class Level(Bright):
    """The same, but only beside a horizon."""

    name = "geometry/level"
    needed_hint = "horizon"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, grey in {"a": 90, "b": 120, "c": 150, "black": 0}.items():
        write_lossless(tmp_path / f"{name}.mkv", Video(np.full((12, 32, 32, 3), grey, np.uint8), 24.0))
    return tmp_path


def read(folder: Path, **horizons: float) -> RunSummary:
    probes = [free_half(Bright()), free_half(Level())]
    hints = {f"{name}.mkv": {"horizon": horizon} for name, horizon in horizons.items()}
    return read_folder(folder, probes, folder / "run", what="geometry", hints=hints)


def test_where_nobody_gives_the_hint_the_probe_is_left_out_of_the_mean(folder: Path) -> None:
    summary = read(folder)
    (suite,) = summary.suites
    bright, level = suite.probes
    assert (level.status, level.note) == ("not_applicable", "no horizon given with any of the videos")
    assert level.strict.value is None and not level.reasons
    assert bright.strict.value == pytest.approx(0.5 * 3 / 4)
    assert suite.complete and suite.strict.value == bright.strict.value == summary.headline.value
    assert summary.status == "complete" and summary.counts["error"] == 0
    assert "geometry/level" not in summary.signature


def test_where_some_give_it_only_those_count_and_none_of_them_gets_out_of_it(folder: Path) -> None:
    summary = read(folder, a=0.3, black=0.3)
    level = summary.suites[0].probes[1]
    assert level.status == "ok" and level.strict.n == 2
    assert dict(level.counts) == {"ok": 1, "unmeasurable": 1, "not_applicable": 2}
    assert level.coverage == 0.5 and level.strict.value == pytest.approx(0.25)
    assert dict(level.reasons) == {"black": 1}
    assert summary.suites[0].complete and summary.status == "complete"


def test_hints_that_come_and_go_change_what_counts(folder: Path) -> None:
    assert read(folder).suites[0].probes[1].status == "not_applicable"
    assert read(folder, a=0.3).suites[0].probes[1].strict.n == 1
    assert read(folder).suites[0].probes[1].status == "not_applicable"


def test_a_probe_alone_that_cannot_be_asked_has_no_number(folder: Path) -> None:
    summary = read_folder(folder, [free_half(Level())], folder / "run", what="geometry/level")
    assert not summary.suites[0].complete and summary.headline.value is None
    assert summary.suites[0].strict.value is None

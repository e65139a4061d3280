"""Half-lives in words: what a curve over hidden time shows, what it rules out, and when nothing is said."""

import math
import sys
from pathlib import Path

import pytest

from wsim.runs.results import Estimate
from wsim_reports.curves import curves_of
from wsim_reports.figures import curve_figure
from wsim_reports.forgetting import forgetting_of, forgetting_sentence
from wsim_reports.rounding import HARD_SPACE
from wsim_reports.words import findings

sys.path.insert(0, str(Path(__file__).parent.parent / "fixtures"))
from wsim_summaries import make_probe, make_run

DURATIONS_S = (0.2, 0.4, 0.8, 1.6)
HALVED = tuple((d, 2.0 ** (-d / 0.4), 40) for d in DURATIONS_S)


def said(points: tuple[tuple[float | str, float, int], ...], worlds: int = 160) -> str:
    strict = Estimate(0.4, 0.3, 0.5, 160, worlds)
    probe = make_probe("permanence/occlude", 0.4, strict=strict, curves={"hidden_s": points})
    return forgetting_sentence(probe).replace(HARD_SPACE, " ")


def test_a_half_life_is_found_with_its_interval() -> None:
    fit = forgetting_of(
        make_probe("a/b", 0.4, strict=Estimate(0.4, 0.3, 0.5, 160, 160), curves={"hidden_s": HALVED})
    )
    assert fit is not None and fit.half_life_s == pytest.approx(0.4, rel=0.1) and fit.low < 0.4 < fit.high
    sentence = "Half of what it knows is forgotten in 0.42 s out of sight (95 %: from 0.34 s to 0.58 s)."
    assert said(HALVED) == sentence


def test_fewer_worlds_make_a_wider_interval() -> None:
    wide, narrow = (
        forgetting_of(
            make_probe("a/b", 0.4, strict=Estimate(0.4, 0.3, 0.5, 160, n), curves={"hidden_s": HALVED})
        )
        for n in (20, 160)
    )
    assert wide is not None and narrow is not None
    assert wide.low < narrow.low and wide.high > narrow.high


def test_who_forgets_nothing_is_told_what_is_ruled_out() -> None:
    steady = tuple((d, 1.0, 40) for d in DURATIONS_S)
    assert said(steady).startswith("Up to 1.6 s out of sight no forgetting is seen; a half-life below ")


@pytest.mark.parametrize(
    ("points", "worlds"),
    [
        (tuple((d, 0.0, 40) for d in DURATIONS_S), 160),  # never right
        (HALVED[:1], 160),  # one duration
        (HALVED, 4),  # too few worlds
        ((("short", 0.9, 40), ("long", 0.1, 40)), 160),  # kinds are no durations
        (((0.0, 1.0, 40), (0.4, 0.5, 40)), 160),  # never out of sight is no duration
    ],
)
def test_nothing_is_said_of_what_shows_nothing(
    points: tuple[tuple[float | str, float, int], ...], worlds: int
) -> None:
    assert said(points, worlds) == ""


def test_the_half_life_stands_in_the_findings_and_in_the_figure() -> None:
    assert any("out of sight" in finding.evidence for finding in findings(make_run()))
    probe = make_probe("a/b", 0.4, curves={"hidden_s": HALVED})
    fit = forgetting_of(probe)
    assert fit is not None and math.isfinite(fit.half_life_s)
    assert 'class="fit"' in curve_figure(curves_of(probe), [fit])
    assert 'class="fit"' not in curve_figure(curves_of(probe))

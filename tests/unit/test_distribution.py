"""The figure of all scores of a probe: every measured clip is in one bar, and only there."""

import dataclasses
import re

from wsim.runs.results import Calibration, Record
from wsim_reports.distribution import BINS, counts_of, distribution_figure

SCALE = Calibration("a/b", 1, "video", "25x64x64@16", 0.9, 0.1, "freeze", {}, "", 20, True)


def record(score: float, *, lawful: bool = True) -> Record:
    """A clip that scores so on the scale: the metric runs from 0.1 (null) to 0.9 (ceiling)."""
    return Record("a/b", 1, "s", "c", "ok", metrics={"m": 0.1 + 0.8 * score}, lawful=lawful)


def test_every_measured_clip_is_counted_once_where_it_lies() -> None:
    blind = dataclasses.replace(record(0.5), status="unmeasurable", metrics={}, lawful=None)
    records = [
        record(-3.0, lawful=False),
        record(0.0),
        record(0.5),
        record(0.52),
        record(1.0),
        record(9.0),
        blind,
    ]
    counts = counts_of(records, "m", SCALE)
    assert len(counts) == BINS and sum(a + b for a, b in counts) == 6
    assert counts[0] == (0, 1) and counts[2] == (1, 0) and counts[7] == (2, 0)
    assert counts[12] == (1, 0) and counts[-1] == (1, 0)


def test_the_figure_says_its_numbers_and_bars_are_as_tall_as_their_counts() -> None:
    figure = distribution_figure(counts_of([record(0.5), record(0.5, lawful=False), record(1.0)], "m", SCALE))
    assert "scores of 3 clips, 2 of them lawful; 2 lie between 0.25 and 0.75" in figure
    heights = [
        float(h) for h in re.findall(r'<rect x="[\d.]+" y="[\d.]+" width="[\d.]+" height="([\d.]+)"', figure)
    ]
    assert heights == [67.0, 67.0, 67.0] and figure.count('class="unlawful"') == 1
    assert distribution_figure([(0, 0)] * BINS) == ""

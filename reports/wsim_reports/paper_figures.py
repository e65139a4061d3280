"""Figures for a paper as PDF: the forest plot, curves over quantities, scores against training.

One column wide, fonts embedded as outlines that stay text, and the same bytes for the same runs. Names are
drawn as they are: no dollar sign of a model's name starts a formula.
"""

import re
from collections.abc import Iterator, Sequence
from math import ceil
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from wsim.runs.results import Estimate, ProbeSummary, RunSummary
from wsim_reports.compute import Against, against_compute
from wsim_reports.curves import Curve, curves_of
from wsim_reports.forgetting import OUT_OF_SIGHT, forgetting_of
from wsim_reports.suites import suite_order
from wsim_reports.views import Lane, in_order, probe_lane, probe_of, suite_lane
from wsim_reports.words import in_words, names_of

WIDTH_IN = 3.4  # one column of the usual two
CURVE_HEIGHT_IN = 2.1
PANEL_HEIGHT_IN = 1.25
ROW_IN, LANE_IN = 0.165, 0.075  # of a forest plot: a row, and every further run in it
COLOURS = ("#1d5fa8", "#8a3b9e", "#96620a", "#b01657", "#0a7685", "#566270")
GREY, RULE = "#6b747d", "#d8dce0"
STYLE: dict[Any, Any] = {
    "pdf.fonttype": 42,  # TrueType, embedded: journals refuse bitmap fonts
    "font.family": ["STIXGeneral", "DejaVu Sans"],  # both come with matplotlib; the second for rare letters
    "font.size": 8.0,
    "text.parse_math": False,
    "axes.linewidth": 0.5,
    "axes.edgecolor": GREY,
    "xtick.major.width": 0.5,
    "ytick.major.width": 0.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "legend.fontsize": 7.0,
}


def write_figures(runs: Sequence[RunSummary], folder: Path, stem: str) -> list[Path]:
    """Write every figure that the runs have something for.

    Args:
        runs: one colour each.
        folder: it must exist.
        stem: the names begin with it: `STEM-forest.pdf`.

    Returns:
        The files, the forest plot first.
    """
    written = []
    with rc_context(STYLE):
        for name, figure in _figures(runs):
            path = folder / f"{stem}-{name}.pdf"
            FigureCanvasPdf(figure)
            figure.savefig(path, format="pdf", metadata={"CreationDate": None})
            written.append(path)
    return written


def _figures(runs: Sequence[RunSummary]) -> Iterator[tuple[str, Figure]]:
    yield "forest", _forest(runs)
    taken: set[str] = set()
    for name in in_order(probe.name for run in runs for probe in run.probes):
        probes = [probe_of(run, name) for run in runs]
        found = [{c.parameter: c for c in curves_of(p) if c.numeric} if p else {} for p in probes]
        for parameter in in_order(parameter for curves in found for parameter in curves):
            slug = re.sub(r"[^a-z0-9]+", "-", f"{name} {parameter}".lower()).strip("-")
            while slug in taken:
                slug += "-"
            taken.add(slug)
            yield f"curve-{slug}", _curve_plot(runs, probes, [curves.get(parameter) for curves in found])
    if training := against_compute(runs):
        yield "training", _training(runs, training)


def _forest(runs: Sequence[RunSummary]) -> Figure:
    rows = list(_rows(runs))
    height = ROW_IN + LANE_IN * (len(runs) - 1)
    legend_in = 0.16 * len(runs) if len(runs) > 1 else 0.0
    figure = Figure(figsize=(WIDTH_IN, height * len(rows) + 0.5 + legend_in), layout="constrained")
    axes = figure.add_subplot()
    for y, (_, whole, lanes) in enumerate(rows):
        for i, lane in enumerate(lanes):
            _interval(
                axes, lane, y + (i - (len(runs) - 1) / 2) * LANE_IN / height, COLOURS[i % 6], large=whole
            )
        if whole:
            axes.axhline(y - 0.5, color=RULE, linewidth=0.5, zorder=0)
    axes.set_yticks(range(len(rows)), [label for label, _, _ in rows])
    for tick, (_, whole, _) in zip(axes.get_yticklabels(), rows, strict=True):
        tick.set_fontweight("bold" if whole else "normal")
    axes.set(
        xlim=(-0.02, 1.02), ylim=(len(rows) - 0.5, -0.5), xlabel="strict skill, 95 % interval over worlds"
    )
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=RULE, linewidth=0.5)
    axes.set_axisbelow(True)
    _legend(figure, runs)
    return figure


def _rows(runs: Sequence[RunSummary]) -> Iterator[tuple[str, bool, list[Lane]]]:
    """Label, whether it stands out, and a lane a run: headline, suites, and their probes if several."""
    yield "all suites", True, [Lane(run.headline, run.headline.value is not None) for run in runs]
    for suite in suite_order(runs):
        names = in_order(p.name for run in runs for p in run.probes if p.suite == suite)
        probes = [in_words(name.removeprefix(f"{suite}/")) for name in names]
        alone = f": {probes[0]}" if len(probes) == 1 else ""
        yield suite + alone, True, [suite_lane(run, suite) for run in runs]
        for name, label in zip(names, probes, strict=True):
            if not alone:
                yield label, False, [probe_lane(probe_of(run, name)) for run in runs]


def _interval(axes: Axes, lane: Lane, y: float, colour: str, *, large: bool) -> None:
    """One value with its interval; hollow and grey where it is not ranked."""
    if lane.estimate.value is None:
        return
    drawn = colour if lane.ranked else GREY
    low, high = _ends(lane.estimate)
    axes.plot([low, high], [y, y], color=drawn, linewidth=1.0, linestyle="-" if lane.ranked else ":")
    face = drawn if lane.ranked else "white"
    axes.plot(
        [lane.estimate.value], [y], "o", color=drawn, markersize=4.0 if large else 3.0,
        markerfacecolor=face, markeredgewidth=0.7, clip_on=False,
    )  # fmt: skip


def _curve_plot(
    runs: Sequence[RunSummary], probes: Sequence[ProbeSummary | None], curves: Sequence[Curve | None]
) -> Figure:
    figure = Figure(figsize=(WIDTH_IN, CURVE_HEIGHT_IN), layout="constrained")
    axes = figure.add_subplot()
    first = next(curve for curve in curves if curve is not None)
    for i, (probe, curve) in enumerate(zip(probes, curves, strict=True)):
        if probe is not None and curve is not None:
            places = [float(point.value) for point in curve.points]
            shares = [point.share for point in curve.points]
            axes.plot(
                places, shares, "o-", color=COLOURS[i % 6], linewidth=1.0, markersize=3.5, clip_on=False
            )
            if curve.parameter == OUT_OF_SIGHT and (fit := forgetting_of(probe)):
                steps = [places[0] + k * (places[-1] - places[0]) / 40 for k in range(41)]
                axes.plot(steps, [fit.at(x) for x in steps], "--", color=COLOURS[i % 6], linewidth=0.7)
    unit = f" ({first.unit})" if first.unit else ""
    name = next(probe.name for probe in probes if probe is not None)
    axes.set(xlabel=f"{first.label}{unit}", ylabel="lawful share", ylim=(-0.02, 1.02), title=name)
    axes.grid(color=RULE, linewidth=0.5)
    _legend(figure, runs)
    return figure


def _training(runs: Sequence[RunSummary], found: Sequence[Against]) -> Figure:
    """The headline against training, and every suite, two beside each other."""
    rows = ceil(len(found) / 2)
    figure = Figure(figsize=(WIDTH_IN, PANEL_HEIGHT_IN * rows + 0.4), layout="constrained")
    panels = list(figure.subplots(rows, 2, sharex=True, sharey=True, squeeze=False).flat)
    for axes, one in zip(panels, found, strict=False):
        places = [x for x, _, _ in one.points]
        axes.plot(
            places, [score.value or 0.0 for _, score, _ in one.points], color=RULE, linewidth=1.0, zorder=1
        )
        for x, score, i in one.points:
            axes.plot([x, x], _ends(score), color=COLOURS[i % 6], linewidth=1.0)
            axes.plot([x], [score.value or 0.0], "o", color=COLOURS[i % 6], markersize=3.5, clip_on=False)
        axes.set_title(in_words(one.title), fontsize=8.0)
        axes.set(ylim=(-0.02, 1.02), xscale="log" if one.logarithmic else "linear")
        axes.minorticks_off()
        ticks = sorted(set(places))
        ticks = ticks if len(ticks) < 4 else [ticks[0], ticks[len(ticks) // 2], ticks[-1]]
        axes.set_xticks(ticks, [f"{x:.3g}" for x in ticks])
        axes.grid(color=RULE, linewidth=0.5)
    for axes in panels[len(found) :]:
        axes.remove()
    figure.supxlabel(found[0].label, fontsize=8.0)
    figure.supylabel("strict skill, 95 % interval", fontsize=8.0)
    _legend(figure, runs)
    return figure


def _ends(estimate: Estimate) -> tuple[float, float]:
    value = estimate.value or 0.0
    return (
        value if estimate.low is None else estimate.low,
        value if estimate.high is None else estimate.high,
    )


def _legend(figure: Figure, runs: Sequence[RunSummary]) -> None:
    """Which colour is which run, above the figure; a run alone needs none."""
    if len(runs) < 2:
        return
    names = names_of(runs)
    handles = [
        Line2D([], [], color=COLOURS[i % 6], marker="o", markersize=3.5, linewidth=1.0, label=name)
        for i, name in enumerate(names)
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=1 if max(map(len, names)) > 20 else 3)

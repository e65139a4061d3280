"""Scores against how long a model was trained, where runs say so in the settings of their model.

A model factory puts a number under one of the names below into `ModelInfo.settings`; nothing else is guessed,
least of all from the names of folders. The number of sampling steps is no such number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

from markupsafe import Markup

from wsim.runs.results import Estimate, RunSummary
from wsim_reports.figures import run_class
from wsim_reports.rounding import both_of
from wsim_reports.svg import drawing, tag

NAMES = {
    "train_flops": "training compute (FLOP)",
    "train_step": "training step",
    "train_samples": "training samples seen",
    "train_hours": "hours of training",
}
WIDE = 10.0  # a range beyond this factor is drawn on a logarithmic axis
LETTER = 7.5  # width of one in a label, with some room
SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
SIZE = (400, 222)
PLOT = (46.0, 12.0, 388.0, 176.0)  # left, top, right, bottom of the axes


@dataclass(frozen=True, slots=True)
class Against:
    """The headline, or a suite, against training: points of (compute, score, place of the run), in order."""

    title: str
    label: str
    points: tuple[tuple[float, Estimate, int], ...]

    @property
    def logarithmic(self) -> bool:
        """Whether training spans so wide a range that its logarithm is drawn."""
        return _logarithmic([x for x, _, _ in self.points])


@dataclass(frozen=True, slots=True)
class ComputeView:
    """One figure: the headline, or a suite, of every run against its compute."""

    title: str
    label: str
    figure: Markup


def compute_of(settings: Mapping[str, Any]) -> dict[str, float]:
    """The numbers of training that a model declares, by name."""
    found = {name: settings[name] for name in NAMES if name in settings}
    return {
        name: float(value)
        for name, value in found.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def against_compute(runs: Sequence[RunSummary]) -> list[Against]:
    """The headline and every suite that at least two runs have, against what all declare; none without."""
    declared = [compute_of(dict(run.model.get("settings") or {})) for run in runs]
    shared = next((name for name in NAMES if len({d[name] for d in declared if name in d}) > 1), None)
    if shared is None:
        return []
    known = [
        (run, i, d[shared]) for i, (run, d) in enumerate(zip(runs, declared, strict=True)) if shared in d
    ]
    suites = dict.fromkeys(suite.name for run in runs for suite in run.suites)
    found = []
    for title in ("headline", *suites):
        points = [(x, _score(run, title), i) for run, i, x in known]
        drawn = sorted((p for p in points if p[1].value is not None), key=lambda point: (point[0], point[2]))
        if len({x for x, _, _ in drawn}) > 1:
            found.append(Against(title, NAMES[shared], tuple(drawn)))
    return found


def compute_views(runs: Sequence[RunSummary]) -> list[ComputeView]:
    """A figure for each; none without compute."""
    return [ComputeView(one.title, one.label, _figure(one)) for one in against_compute(runs)]


def quantity_of(value: float) -> str:
    """How much training, as on an axis.

    >>> quantity_of(64000.0), quantity_of(4.2034e13)
    ('64000', '4.2×10¹³')
    """
    if value < 1e6:
        return f"{float(f'{value:.4g}'):.10g}"
    mantissa, _, power = f"{value:.1e}".partition("e+")
    return f"{mantissa}×10{str(int(power)).translate(SUPERSCRIPT)}"


def _score(run: RunSummary, title: str) -> Estimate:
    if title == "headline":
        return run.headline
    whole = [suite.strict for suite in run.suites if suite.name == title and suite.complete]
    return whole[0] if whole else Estimate(None, None, None, 0, 0)


def _figure(one: Against) -> Markup:
    ordered, label = one.points, one.label
    values = [x for x, _, _ in ordered]
    left, _, right, bottom = PLOT
    marks = [_grid(share) for share in (0.0, 0.5, 1.0)]
    places = [(_x(x, values), _y(score.value or 0.0)) for x, score, _ in ordered]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    marks.append(tag("polyline", points=path, class_="trend"))
    marks += [_point(x, score, run, values) for x, score, run in ordered]
    end = 0.0
    for x in sorted(set(values)):
        place, half_width = _x(x, values), LETTER * len(quantity_of(x)) / 2
        if place - half_width > end:  # there is room for its label
            end = place + half_width
            marks.append(tag("text", quantity_of(x), x=place, y=bottom + 16, text_anchor="middle"))
    log = ", logarithmic" if one.logarithmic else ""
    marks.append(tag("text", label + log, x=(left + right) / 2, y=214, text_anchor="middle", class_="label"))
    said = "; ".join(f"{quantity_of(x)}: {both_of(score)}" for x, score, _ in ordered)
    viewbox = f"0 0 {SIZE[0]} {SIZE[1]}"
    return drawing(*marks, title=f"{one.title} against {label}. {said}", class_="curve", viewBox=viewbox)


def _point(x: float, score: Estimate, run: int, values: Sequence[float]) -> Markup:
    place = _x(x, values)
    low, high = (score.value if end is None else end for end in (score.low, score.high))
    whisker = tag("line", x1=place, x2=place, y1=_y(low or 0.0), y2=_y(high or 0.0), class_="whisker")
    dot = tag("circle", tag("title", both_of(score)), cx=place, cy=_y(score.value or 0.0), r=5, class_="dot")
    return tag("g", whisker, dot, class_=f"mark {run_class(run)}")


def _grid(share: float) -> Markup:
    left, _, right, _ = PLOT
    line = tag("line", x1=left, x2=right, y1=_y(share), y2=_y(share), class_="grid")
    return line + tag("text", f"{share:g}", x=left - 6, y=_y(share) + 4, text_anchor="end")


def _logarithmic(values: Sequence[float]) -> bool:
    return min(values) > 0 and max(values) / min(values) > WIDE


def _x(value: float, values: Sequence[float]) -> float:
    scale = log if _logarithmic(values) else float
    low, high = scale(min(values)), scale(max(values))
    return PLOT[0] + 20 + (scale(value) - low) / (high - low) * (PLOT[2] - PLOT[0] - 44)


def _y(share: float) -> float:
    return PLOT[3] - min(max(share, 0.0), 1.0) * (PLOT[3] - PLOT[1])

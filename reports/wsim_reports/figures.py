"""The figures of a report: intervals on a 0 to 1 axis, shares of verdicts, curves.

Rows use lengths in percent so that they stretch with the page while dots, lines and letters keep their size.
"""

from collections.abc import Sequence

from markupsafe import Markup

from wsim.runs.results import Estimate
from wsim.stats import Forgetting
from wsim_reports.curves import Curve, Point
from wsim_reports.rounding import both_of, quantity
from wsim_reports.rounding import percent as in_percent
from wsim_reports.svg import drawing, percent, tag

TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
RUN_COLOURS = 6  # in the style sheet; a seventh run has the colour of the first
LANE_HEIGHT = 22  # of one run; the style sheet gives its numbers the same height
PLOT = (46.0, 12.0, 388.0, 176.0)  # left, top, right, bottom of a curve's axes
CURVE_SIZE = (400, 222)
FIT_STEPS = 24


def run_class(place: int) -> str:
    """The CSS class that stands for the run at this place."""
    return f"run{place % RUN_COLOURS}"


def axis() -> Markup:
    """The labels above a forest plot; decoration for people who see it, the numbers stand in the table."""
    anchors = ["start", *["middle"] * (len(TICKS) - 2), "end"]
    labels = [
        tag("text", f"{tick:g}", x=percent(tick), y=12, text_anchor=anchor)
        for tick, anchor in zip(TICKS, anchors, strict=True)
    ]
    return tag("svg", *labels, class_="axis", width="100%", height=16, aria_hidden="true")


def grid(height: int) -> list[Markup]:
    """The lines at the ticks of the axis, for a row of that height in pixels."""
    return [tag("line", x1=percent(t), x2=percent(t), y1=0, y2=height, class_="grid") for t in TICKS]


def interval_row(
    lanes: Sequence[tuple[Estimate, bool]], *, what: str, large: bool = False, behind: Sequence[Markup] = ()
) -> Markup:
    """Values with their intervals, one lane for each run; one that is not ranked is hollow and grey."""
    height = LANE_HEIGHT * len(lanes)
    marks = [
        _interval(estimate, (i + 0.5) * height / len(lanes), run_class(i), ranked=ranked, large=large)
        for i, (estimate, ranked) in enumerate(lanes)
    ]
    values = "; ".join(both_of(estimate) for estimate, _ in lanes)
    return drawing(
        *grid(height),
        *behind,
        *marks,
        title=f"{what}: {values}",
        class_="forest",
        width="100%",
        height=height,
    )


def probe_ticks(probes: Sequence[Sequence[tuple[str, Estimate]]]) -> list[Markup]:
    """A strip to lie behind a suite's interval: one tick for each of its probes, by run."""
    marks = []
    for i, lane in enumerate(probes):
        middle = (i + 0.5) * LANE_HEIGHT
        for name, estimate in lane:
            if estimate.value is not None:
                x, said = percent(estimate.value), tag("title", f"{name}: {both_of(estimate)}")
                marks.append(
                    tag("line", said, x1=x, x2=x, y1=middle - 8, y2=middle + 8, class_=f"tick {run_class(i)}")
                )
    return marks


def _interval(estimate: Estimate, y: float, run: str, *, ranked: bool, large: bool) -> Markup:
    if estimate.value is None:
        return Markup("")
    low = estimate.value if estimate.low is None else estimate.low
    high = estimate.value if estimate.high is None else estimate.high
    whisker = tag("line", x1=percent(low), x2=percent(high), y1=y, y2=y, class_="whisker")
    dot = tag("circle", cx=percent(estimate.value), cy=y, r=6 if large else 4.5, class_="dot")
    return tag("g", whisker, dot, class_=f"mark {run}{'' if ranked else ' unranked'}")


def share_bar(share: float, *, what: str, kind: str) -> Markup:
    """One horizontal bar. `kind` is `lawful`, `unlawful` or `missing`."""
    track = tag("rect", x=0, y=3, width="100%", height=12, class_="track", rx=2)
    bar = tag("rect", x=0, y=3, width=percent(share), height=12, class_=kind, rx=2)
    return drawing(track, bar, title=f"{what}: {in_percent(share)}", class_="bar", width="100%", height=18)


def curve_figure(curves: Sequence[Curve | None], fits: Sequence[Forgetting | None] = ()) -> Markup:
    """Share of lawful clips against a parameter, one line for each run that has it; dots grow with clips.

    Args:
        curves: by run, all of the same parameter; None where a run has none.
        fits: by run, what each is expected to be by a fitted curve of forgetting, drawn dashed.
    """
    drawn = [(i, curve) for i, curve in enumerate(curves) if curve is not None]
    first = drawn[0][1]
    values = _axis_values([curve for _, curve in drawn])
    lines = [_fitted(fit, values, run_class(i)) for i, fit in enumerate(fits) if fit is not None]
    lines += [_line(curve, values, run_class(i)) for i, curve in drawn]
    unit = f" ({'degrees' if first.unit == 'deg' else first.unit})" if first.unit else ""
    label = axis_label(first.label + unit)
    said = "; ".join(
        f"{quantity(p.value, first.unit)}: {in_percent(p.share)} of {p.clips}" for p in drawn[0][1].points
    )
    width, height = CURVE_SIZE
    return drawing(
        *shares_grid(), *_value_ticks(values), label, *lines,
        title=f"share of lawful clips against {first.label}. {said}",
        class_="curve", viewBox=f"0 0 {width} {height}",
    )  # fmt: skip


def shares_grid() -> list[Markup]:
    """Lines at none, half and all, with their labels, in the axes of a curve."""
    left, _, right, _ = PLOT
    marks = []
    for share in (0.0, 0.5, 1.0):
        y = height_of(share)
        marks.append(tag("line", x1=left, x2=right, y1=y, y2=y, class_="grid"))
        marks.append(tag("text", in_percent(share), x=left - 6, y=y + 4, text_anchor="end"))
    return marks


def axis_label(text: str) -> Markup:
    """What a curve is drawn against, under its axes."""
    middle = (PLOT[0] + PLOT[2]) / 2
    return tag("text", text, x=middle, y=CURVE_SIZE[1] - 8, text_anchor="middle", class_="label")


def _value_ticks(values: Sequence[float | str]) -> list[Markup]:
    shown = values if len(values) <= 6 else [values[0], values[len(values) // 2], values[-1]]
    y = PLOT[3] + 16
    return [tag("text", quantity(value), x=_x(value, values), y=y, text_anchor="middle") for value in shown]


def _line(curve: Curve, values: Sequence[float | str], run: str) -> Markup:
    places = [(_x(point.value, values), height_of(point.share), point) for point in curve.points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in places)
    line = tag("polyline", points=path, class_="line") if curve.numeric else Markup("")
    return tag("g", line, *[_dot(x, y, point, curve) for x, y, point in places], class_=f"mark {run}")


def _fitted(fit: Forgetting, values: Sequence[float | str], run: str) -> Markup:
    low, high = float(values[0]), float(values[-1])
    durations = [low + i * (high - low) / FIT_STEPS for i in range(FIT_STEPS + 1)]
    path = " ".join(f"{_x(value, values):.1f},{height_of(fit.at(value)):.1f}" for value in durations)
    return tag("g", tag("polyline", points=path, class_="fit"), class_=f"mark {run}")


def _dot(x: float, y: float, point: Point, curve: Curve) -> Markup:
    said = f"{quantity(point.value, curve.unit)}: {in_percent(point.share)} of {point.clips} clips"
    radius = min(3.0 + 0.35 * point.clips**0.5, 7.0)
    return tag("circle", tag("title", said), cx=x, cy=y, r=radius, class_="dot")


def _axis_values(curves: Sequence[Curve]) -> list[float | str]:
    found = {point.value for curve in curves for point in curve.points}
    return sorted(found, key=lambda value: (isinstance(value, str), value))


def _x(value: float | str, values: Sequence[float | str]) -> float:
    """Quantities by size, kinds evenly spaced; a margin keeps dots off the frame."""
    left, _, right, _ = PLOT
    if any(isinstance(other, str) for other in values):
        share = (values.index(value) + 0.5) / len(values)
        return left + share * (right - left)
    low, high = float(values[0]), float(values[-1])
    share = 0.5 if high == low else (float(value) - low) / (high - low)
    return left + 14 + share * (right - left - 28)


def height_of(share: float) -> float:
    """Where a share lies in the axes of a curve."""
    return PLOT[3] - share * (PLOT[3] - PLOT[1])

"""The figures of a comparison: paired differences about zero, and clips of one run against those of another.

Colours are left to the style sheet. Rows use lengths in percent, as all forest plots of a report.
"""

from collections import Counter
from collections.abc import Sequence
from math import cos, pi, sin, sqrt
from typing import NamedTuple

from markupsafe import Markup

from wsim.runs.results import Difference
from wsim_reports.rounding import both_of, number
from wsim_reports.svg import drawing, percent, tag

ROW_HEIGHT = 24
REACHES = (0.1, 0.25, 0.5, 1.0, 1.5, 2.0)
ALPHA = 0.05
GOLDEN_ANGLE = pi * (3 - sqrt(5))
SCATTER = (360, 360)
PLOT = (44.0, 10.0, 350.0, 316.0)  # left, top, right, bottom of the scatter's axes
LOWEST, HIGHEST = -0.25, 1.25  # scores are not clipped clip by clip; what lies outside sits on the edge
MARGIN = 0.06
SPREAD = 5.0  # distance in the drawing between dots that would cover each other


class Dot(NamedTuple):
    """One clip of both runs; `href` is where it is shown, empty when it is not."""

    x: float
    y: float
    said: str
    href: str = ""


def reach_of(rows: Sequence[Difference]) -> float:
    """How far the axis goes to either side: the least of a few round numbers that holds every interval."""
    ends = [
        abs(end)
        for row in rows
        for end in (row.difference.value, row.difference.low, row.difference.high)
        if end is not None
    ]
    return next((reach for reach in REACHES if max(ends, default=0.0) <= reach), REACHES[-1])


def difference_axis(reach: float) -> Markup:
    """Labels above the rows; the numbers stand in the table."""
    ticks = (-reach, 0.0, reach)
    anchors = ("start", "middle", "end")
    labels = [
        tag("text", number(tick, signed=True), x=_at(tick, reach), y=12, text_anchor=anchor)
        for tick, anchor in zip(ticks, anchors, strict=True)
    ]
    return tag("svg", *labels, class_="axis", width="100%", height=16, aria_hidden="true")


def difference_row(row: Difference, reach: float) -> Markup:
    """One paired difference with its interval. Filled: it stands after Holm's adjustment."""
    middle = ROW_HEIGHT / 2
    grid = [
        tag(
            "line", x1=_at(tick, reach), x2=_at(tick, reach), y1=0, y2=ROW_HEIGHT,
            class_="zero" if tick == 0 else "grid",
        )
        for tick in (-reach, -reach / 2, 0.0, reach / 2, reach)
    ]  # fmt: skip
    said = f"{row.name}: {both_of(row.difference, signed=True)}"
    marks = [] if row.difference.value is None else _whisker(row, reach, middle)
    group = tag("g", *marks, class_=f"mark difference {row.call}{'' if stands(row) else ' open'}")
    return drawing(*grid, group, title=said, class_="forest", width="100%", height=ROW_HEIGHT)


def stands(row: Difference) -> bool:
    """Whether a difference is significant after adjustment over all probes."""
    p_value = row.p_value if row.p_holm is None else row.p_holm
    return p_value is not None and p_value < ALPHA


def _whisker(row: Difference, reach: float, y: float) -> list[Markup]:
    value = row.difference.value or 0.0
    low = value if row.difference.low is None else row.difference.low
    high = value if row.difference.high is None else row.difference.high
    whisker = tag("line", x1=_at(low, reach), x2=_at(high, reach), y1=y, y2=y, class_="whisker")
    return [whisker, tag("circle", cx=_at(value, reach), cy=y, r=5, class_="dot")]


def _at(value: float, reach: float) -> str:
    return percent((min(max(value, -reach), reach) + reach) / (2 * reach))


def scatter(dots: Sequence[Dot], *, baseline: str, other: str, what: str) -> Markup:
    """Every clip that both runs answered: the baseline's score to the right, the other's upwards.

    Above the diagonal the other run is better. Clips that the page shows are links. Dots of equal scores
    are laid in a spiral about their place (Vogel 1979), so that each can be counted.
    """
    above = sum(dot.y > dot.x for dot in dots)
    below = sum(dot.y < dot.x for dot in dots)
    width, height = SCATTER
    left, top, right, bottom = PLOT
    middle = (left + right) / 2
    return drawing(
        *_frame(),
        *[_dot(*one) for one in sorted(_spread(dots), key=lambda one: bool(one[1].href))],
        tag("text", _shortened(baseline), x=middle, y=height - 6, text_anchor="middle", class_="label"),
        tag(
            "text", _shortened(other), x=0, y=0, text_anchor="middle", class_="label",
            transform=f"translate(12 {(top + bottom) / 2:.0f}) rotate(-90)",
        ),
        title=f"{what}, {len(dots)} clips: {above} score higher with {other}, {below} with {baseline}",
        linked=any(dot.href for dot in dots),
        class_="scatter",
        viewBox=f"0 0 {width} {height}",
    )  # fmt: skip


def _frame() -> list[Markup]:
    left, top, right, bottom = PLOT
    marks = [tag("line", x1=left, y1=bottom, x2=right, y2=top, class_="diagonal")]
    for value in (0.0, 0.5, 1.0):
        x, y = _x(value), _y(value)
        marks.append(tag("line", x1=left, x2=right, y1=y, y2=y, class_="grid"))
        marks.append(tag("line", x1=x, x2=x, y1=top, y2=bottom, class_="grid"))
        marks.append(tag("text", f"{value:g}", x=left - 6, y=y + 4, text_anchor="end"))
        marks.append(tag("text", f"{value:g}", x=x, y=bottom + 16, text_anchor="middle"))
    return marks


def _spread(dots: Sequence[Dot]) -> list[tuple[int, Dot, tuple[float, float]]]:
    """Every dot with its number, and its place in the drawing."""
    taken: Counter[tuple[int, int]] = Counter()
    placed = []
    for i, dot in enumerate(dots):
        x, y = _x(dot.x), _y(dot.y)
        cell = (round(x / SPREAD), round(y / SPREAD))
        turn, distance = taken[cell] * GOLDEN_ANGLE, SPREAD * sqrt(taken[cell])
        placed.append((i, dot, (x + distance * cos(turn), y + distance * sin(turn))))
        taken[cell] += 1
    return placed


def _dot(number_of: int, dot: Dot, place: tuple[float, float]) -> Markup:
    kind = "better" if dot.y > dot.x else "worse" if dot.y < dot.x else "same"
    circle = tag(
        "circle",
        tag("title", dot.said),
        cx=place[0],
        cy=place[1],
        r=5.5 if dot.href else 4.0,
        class_=f"point {kind}{' shown' if dot.href else ''}",
        data_clip=number_of,
    )
    return tag("a", circle, href=dot.href, aria_label=dot.said) if dot.href else circle


def _shortened(name: str, most: int = 40) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _share(value: float) -> float:
    held = (min(max(value, LOWEST), HIGHEST) - LOWEST) / (HIGHEST - LOWEST)
    return MARGIN / 2 + held * (1 - MARGIN)


def _x(value: float) -> float:
    return PLOT[0] + _share(value) * (PLOT[2] - PLOT[0])


def _y(value: float) -> float:
    return PLOT[3] - _share(value) * (PLOT[3] - PLOT[1])

"""Figures of a certificate: dose and response, and bars with the bound that they must keep.

Colours and sizes of letters are left to the style sheet, as in all figures of a report.
"""

from markupsafe import Markup

from wsim.certify.figures import Response
from wsim_reports.rounding import number
from wsim_reports.rounding import percent as in_percent
from wsim_reports.svg import drawing, percent, tag

SIZE = (400, 214)
PLOT = (40.0, 12.0, 388.0, 168.0)  # left, top, right, bottom of the axes


def dose_figure(name: str, seen: Response) -> Markup:
    """Score (a line) and share called unlawful (dashed) against severity, both from 0 to 1."""
    doses = seen.severities
    said = "; ".join(f"{dose:g}: {number(score)}" for dose, score in zip(doses, seen.scores, strict=True))
    width, height = SIZE
    unit = f" (1 is {seen.full:g} {seen.unit})" if seen.graded else f" ({seen.unit})"
    middle = (PLOT[0] + PLOT[2]) / 2
    return drawing(
        *_frame(doses),
        _line(doses, seen.found, "found"),
        _line(doses, seen.scores, "score"),
        tag("text", f"severity{unit}", x=middle, y=206, text_anchor="middle", class_="label"),
        title=f"score against the severity of {name}. {said}",
        class_="curve dose",
        viewBox=f"0 0 {width} {height}",
    )


def bound_bar(value: float, bound: float, *, what: str, largest: float = 1.0) -> Markup:
    """A bar from 0 to `largest` and the mark that it must not pass; it is told by its colour when it does."""
    share, mark = min(max(value / largest, 0.0), 1.0), min(bound / largest, 1.0)
    return drawing(
        tag("rect", x=0, y=3, width="100%", height=12, class_="track", rx=2),
        tag(
            "rect",
            x=0,
            y=3,
            width=percent(share),
            height=12,
            class_="lawful" if value <= bound else "unlawful",
            rx=2,
        ),
        tag("line", x1=percent(mark), x2=percent(mark), y1=0, y2=18, class_="limit"),
        title=f"{what}: {in_percent(value)}, at most {in_percent(bound)}",
        class_="bar",
        width="100%",
        height=18,
    )


def _frame(doses: tuple[float, ...]) -> list[Markup]:
    left, _, right, bottom = PLOT
    marks = []
    for value in (0.0, 0.5, 1.0):
        y = _y(value)
        marks.append(tag("line", x1=left, x2=right, y1=y, y2=y, class_="grid"))
        marks.append(tag("text", f"{value:g}", x=left - 6, y=y + 4, text_anchor="end"))
    for dose in doses:
        if dose != 0.125:  # it would touch its neighbours
            marks.append(tag("text", f"{dose:g}", x=_x(dose), y=bottom + 16, text_anchor="middle"))
    return marks


def _line(doses: tuple[float, ...], values: tuple[float, ...], kind: str) -> Markup:
    places = [(_x(dose), _y(value)) for dose, value in zip(doses, values, strict=True)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = [
        tag("circle", tag("title", f"{kind} {number(value)} at {dose:g}"), cx=x, cy=y, r=3.5, class_="dot")
        for (x, y), value, dose in zip(places, values, doses, strict=True)
    ]
    return tag("g", tag("polyline", points=path, class_="line"), *dots, class_=f"mark {kind}")


def _x(dose: float) -> float:
    left, _, right, _ = PLOT
    return left + 12 + dose * (right - left - 24)


def _y(value: float) -> float:
    return PLOT[3] - min(max(value, 0.0), 1.0) * (PLOT[3] - PLOT[1])

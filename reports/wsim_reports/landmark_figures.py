"""The marks of landmarks: told apart by shape, in one colour, which is that of small print."""

from markupsafe import Markup

from wsim.runs.results import Estimate
from wsim_reports.figures import LANE_HEIGHT, grid
from wsim_reports.rounding import both_of
from wsim_reports.svg import drawing, percent, tag

END = "M0,-7 V7"  # of the scale
SHAPES = (
    "M0,-7 L6,0 L0,7 L-6,0 Z",  # diamond, triangle up, square, triangle down
    "M0,-6.5 L6.5,4.5 H-6.5 Z",
    "M-5,-5 H5 V5 H-5 Z",
    "M0,6.5 L6.5,-4.5 H-6.5 Z",
)


def landmark_mark(estimate: Estimate, shape: int | None, *, what: str, ranked: bool) -> Markup:
    """A mark at the middle height of a row; hollow if not ranked, nothing without a value."""
    if estimate.value is None:
        return Markup("")
    name = tag("title", f"{what}: {both_of(estimate)}")
    # A picture of its own: only those take a place in percent, which keeps the shape on any width.
    return tag("svg", name, _path(shape, ranked), x=percent(estimate.value), y="50%", class_="at")


def landmark_row(estimate: Estimate, shape: int | None, *, what: str, ranked: bool) -> Markup:
    """A landmark with its interval, on a line of its own."""
    marks = grid(LANE_HEIGHT)
    if estimate.low is not None and estimate.high is not None:
        ends = {"x1": percent(estimate.low), "x2": percent(estimate.high)}
        marks.append(tag("line", y1="50%", y2="50%", class_="reach", **ends))
    marks.append(landmark_mark(estimate, shape, what=what, ranked=ranked))
    title = f"{what}: {both_of(estimate)}"
    return drawing(*marks, title=title, class_="forest", width="100%", height=LANE_HEIGHT)


def landmark_sign(shape: int | None) -> Markup:
    """The mark beside a name; those who cannot see it read the name."""
    return tag(
        "svg",
        _path(shape, True),
        class_="sign",
        viewBox="-8 -8 16 16",
        width=14,
        height=14,
        aria_hidden="true",
    )


def _path(shape: int | None, ranked: bool) -> Markup:
    if shape is None:
        return tag("path", d=END, class_="landmark-mark end")
    kind = "" if ranked else " open"
    return tag("path", d=SHAPES[shape % len(SHAPES)], class_=f"landmark-mark{kind}")

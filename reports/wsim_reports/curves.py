"""Curves of a summary made ready to draw and to put into words: named, with a unit, and few enough points."""

from collections.abc import Sequence
from dataclasses import dataclass

from wsim.runs.results import ProbeSummary

MOST_POINTS = 8
BINS = 5
UNITS = {
    "m_s2": "m/s²",
    "rad_s": "rad/s",
    "m_s": "m/s",
    "deg": "deg",
    "hz": "Hz",
    "px": "px",
    "s": "s",
    "m": "m",
}


@dataclass(frozen=True, slots=True)
class Point:
    """One place on a curve: `share` of `clips` clips were read as lawful. `value` is the middle of a bin."""

    value: float | str
    share: float
    clips: int


@dataclass(frozen=True, slots=True)
class Curve:
    """Share of lawful clips against one parameter.

    Attributes:
        parameter: its name in the scenarios, `hidden_s`.
        label: for people, `hidden`. unit: `s`, or empty.
        points: at most eight, in order; `binned` when neighbours were pooled to get there.
    """

    parameter: str
    label: str
    unit: str
    points: tuple[Point, ...]
    binned: bool

    @property
    def numeric(self) -> bool:
        """Whether the parameter is a quantity rather than a kind."""
        return all(not isinstance(point.value, str) for point in self.points)


def curves_of(probe: ProbeSummary) -> tuple[Curve, ...]:
    """The curves of a probe that say something: more than one value of the parameter."""
    found = (_curve(name, points) for name, points in sorted(probe.curves.items()))
    return tuple(curve for curve in found if len(curve.points) > 1)


def name_and_unit(parameter: str) -> tuple[str, str]:
    """Split the unit off a parameter's name.

    >>> name_and_unit("hidden_s"), name_and_unit("start_speed_m_s"), name_and_unit("twin")
    (('hidden', 's'), ('start speed', 'm/s'), ('twin', ''))
    """
    for suffix, unit in UNITS.items():
        if parameter.endswith("_" + suffix):
            return parameter.removesuffix("_" + suffix).replace("_", " "), unit
    return parameter.replace("_", " "), ""


def _curve(parameter: str, raw: Sequence[tuple[float | int | str, float, int]]) -> Curve:
    label, unit = name_and_unit(parameter)
    points = tuple(
        Point(value if isinstance(value, str) else float(value), share, clips) for value, share, clips in raw
    )
    crowded = len(points) > MOST_POINTS and all(not isinstance(p.value, str) for p in points)
    return Curve(parameter, label, unit, _pooled(points) if crowded else points, crowded)


def _pooled(points: tuple[Point, ...]) -> tuple[Point, ...]:
    """Neighbours pooled into bins of about equal numbers of clips."""
    total = sum(point.clips for point in points)
    bins: list[list[Point]] = [[] for _ in range(BINS)]
    seen = 0
    for point in points:
        bins[min(BINS * seen // total, BINS - 1)].append(point)
        seen += point.clips
    return tuple(_mean_point(group) for group in bins if group)


def _mean_point(group: Sequence[Point]) -> Point:
    clips = sum(point.clips for point in group)
    value = sum(float(point.value) * point.clips for point in group) / clips
    return Point(value, sum(point.share * point.clips for point in group) / clips, clips)

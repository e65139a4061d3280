"""Landmarks as a page draws them: the ends of the scale, and models that answered the same questions."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from wsim.models.controls import NULLS
from wsim.runs.results import Estimate
from wsim_reports.landmark_figures import landmark_mark, landmark_row, landmark_sign
from wsim_reports.landmark_fit import Fitting, ends_in_words, fitting, scaled
from wsim_reports.views import Lane, RunView

TOP, BOTTOM = Estimate(1.0, None, None, 0, 0), Estimate(0.0, None, None, 0, 0)


@dataclass(frozen=True)
class LandmarkView:
    """One landmark. `shape` is its place among those drawn."""

    fitting: Fitting
    shape: int

    @property
    def name(self) -> str:
        """Of the model."""
        return self.fitting.name

    @property
    def sign(self) -> Markup:
        """Its mark, for a line of text."""
        return landmark_sign(self.shape)


@dataclass(frozen=True, slots=True)
class LandmarkRow:
    """A row of the overview; that of an end of the scale is `defined` so."""

    name: str
    sign: Markup
    figure: Markup
    lane: Lane
    defined: bool


@dataclass(frozen=True)
class Landmarks:
    """All that is drawn, the rows of the overview from the best score down, and what was left out and why."""

    views: tuple[LandmarkView, ...]
    rows: tuple[LandmarkRow, ...]
    ends: str
    left_out: tuple[str, ...]

    def of_suite(self, suite: str) -> list[Markup]:
        """The marks to draw into the row of a suite."""
        return [_mark(view, lane) for view in self.views if (lane := view.fitting.suites.get(suite))]

    def of_probe(self, probe: str) -> list[Markup]:
        """The marks to draw into the row of a probe."""
        return [_mark(view, lane) for view in self.views if (lane := view.fitting.probes.get(probe))]

    @property
    def of_all(self) -> list[Markup]:
        """The marks to draw into the row of the headlines."""
        return [_mark(view, view.fitting.headline) for view in self.views]


def landmarks_of(views: Sequence[RunView], given: Sequence[Path] = ()) -> Landmarks:
    """The landmarks that fit the runs of a page.

    Args:
        views: the runs.
        given: run folders that somebody wants drawn, before those that come with wsim.

    Raises:
        WsimError: a given run answered other questions than the runs of the page, or cannot be read.
    """
    found, left_out = fitting([(view.run, view.manifest) for view in views], given)
    drawn = tuple(LandmarkView(one, shape) for shape, one in enumerate(found))
    runs = [view.run for view in views]
    rows = _rows(drawn, ends=bool(scaled(runs)))
    return Landmarks(drawn, tuple(rows), ends_in_words(runs), tuple(left_out))


def _mark(view: LandmarkView, lane: Lane) -> Markup:
    return landmark_mark(lane.estimate, view.shape, what=view.name, ranked=lane.ranked)


def _rows(found: Sequence[LandmarkView], *, ends: bool) -> list[LandmarkRow]:
    """The landmarks between the two ends of the scale, where the ends were measured and not merely set."""
    ordered = sorted(found, key=lambda view: -(view.fitting.headline.estimate.value or 0.0))
    rows = [_row(view, view.fitting.headline) for view in ordered]
    if not ends:
        return rows
    given = {view.name for view in found if view.fitting.headline.estimate.value is not None}
    top = "oracle"
    rest = ", ".join(name for name in NULLS if name not in given)
    top_row = [] if top in given else [_end(top, TOP)]
    return [*top_row, *rows, *([_end(rest, BOTTOM)] if rest else [])]


def _row(view: LandmarkView, lane: Lane) -> LandmarkRow:
    figure = landmark_row(lane.estimate, view.shape, what=view.name, ranked=lane.ranked)
    return LandmarkRow(view.name, view.sign, figure, lane, False)


def _end(name: str, estimate: Estimate) -> LandmarkRow:
    figure = landmark_row(estimate, None, what=name, ranked=True)
    return LandmarkRow(name, landmark_sign(None), figure, Lane(estimate, True), True)

"""Landmarks as a page draws them: the ends of the scale, and models that answered the same questions.

A landmark is drawn only where benchmark, track, clip and seed are those of every run on the page, and a probe
of it only where version and source are. What is left out is said with the reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from wsim.errors import WsimError
from wsim.runs.results import Calibration, Estimate
from wsim_reports.landmark import Landmark, LandmarkProbe, landmark_of, lasting_settings, shipped
from wsim_reports.landmark_figures import landmark_mark, landmark_row, landmark_sign
from wsim_reports.views import NOTHING_MEASURED, Lane, RunView, manifest_of, probe_of
from wsim_reports.words import clip_in_words, flags_in_words

TOP, BOTTOM = Estimate(1.0, None, None, 0, 0), Estimate(0.0, None, None, 0, 0)
CONTROLS = ("freeze", "blank", "noise")
NAMED = 3  # probes that are listed; more are counted


@dataclass(frozen=True)
class LandmarkView:
    """One landmark. `shape` is its place among those drawn; suites and probes are by name."""

    name: str
    source: str
    shape: int
    headline: Lane
    suites: dict[str, Lane]
    probes: dict[str, Lane]

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
        return [_mark(view, lane) for view in self.views if (lane := view.suites.get(suite))]

    def of_probe(self, probe: str) -> list[Markup]:
        """The marks to draw into the row of a probe."""
        return [_mark(view, lane) for view in self.views if (lane := view.probes.get(probe))]

    @property
    def of_all(self) -> list[Markup]:
        """The marks to draw into the row of the headlines."""
        return [_mark(view, view.headline) for view in self.views]


def landmarks_of(views: Sequence[RunView], given: Sequence[Path] = ()) -> Landmarks:
    """The landmarks that fit the runs of a page.

    Args:
        views: the runs.
        given: run folders that somebody wants drawn, before those that come with wsim.

    Raises:
        WsimError: a given run answered other questions than the runs of the page, or cannot be read.
    """
    found: list[LandmarkView] = []
    left_out = []
    for landmark, source in [*((landmark_of(path), str(path)) for path in given), *_shipped()]:
        problem = _mismatch(landmark, views)
        if problem and source:
            raise WsimError(
                f"{landmark.name} is no landmark here: {problem}",
                where=f"--landmark {source}",
                remedy="score it with the same benchmark, track, seed and clip",
            )
        if problem:
            left_out.append(f"{landmark.name}, which comes with wsim, is not drawn: {problem}.")
        elif not _is_one_of(landmark, views):
            found.append(_view(landmark, source, len(found), views))
            left_out += _changed(landmark, views)
    return Landmarks(tuple(found), tuple(_rows(found, views)), _ends_in_words(views), tuple(left_out))


def _shipped() -> list[tuple[Landmark, str]]:
    return [(landmark, "") for landmark in shipped()]


def _mismatch(landmark: Landmark, views: Sequence[RunView]) -> str:
    """What keeps a landmark out of a page; nothing where it answered what every run did."""
    for run in (view.run for view in views):
        facts = [
            *(
                (f"benchmark {key}", landmark.benchmark[key], run.benchmark[key])
                for key in ("name", "version")
            ),
            ("track", landmark.track, run.track),
            ("clip", clip_in_words(landmark.format), clip_in_words(run.format)),
            ("seed", landmark.seed, run.seed),
        ]
        for what, theirs, ours in facts:
            if theirs != ours:
                return f"its {what} is {theirs}, here it is {ours}"
        if landmark.benchmark["digest"] != run.benchmark["digest"]:
            return "the benchmark differs, under the same name and version"
    return ""


def _is_one_of(landmark: Landmark, views: Sequence[RunView]) -> bool:
    """Whether a run of the page is of the same weights with the same settings: no landmark for itself."""
    mine = (landmark.name, landmark.model["digest"], landmark.model["settings"])
    return any(
        mine == (str(view.run.model["name"]), view.run.model.get("digest"), lasting_settings(view.run.model))
        for view in views
    )


def _holds(landmark: LandmarkProbe, name: str, views: Sequence[RunView]) -> bool:
    """Whether the runs that asked this probe read it with the same version and source."""
    for view in views:
        ours, manifest = probe_of(view.run, name), manifest_of(view.folder)
        if ours is None:
            continue
        if manifest is None or ours.version != landmark.version:
            return False
        if manifest.probe(name).instrument != landmark.instrument:
            return False
    return True


def _changed(landmark: Landmark, views: Sequence[RunView]) -> list[str]:
    """What is not drawn of a landmark, and why, in a sentence."""
    names = [name for name, probe in landmark.probes.items() if not _holds(probe, name, views)]
    if not names:
        return []
    listed = ", ".join(names) if len(names) <= NAMED else f"{len(names)} of {len(landmark.probes)} probes"
    return [
        f"{landmark.name} is not drawn at what has changed since it was scored ({listed}), "
        "nor where a mean would hold it."
    ]


def _view(landmark: Landmark, source: str, shape: int, views: Sequence[RunView]) -> LandmarkView:
    holds = {name: _holds(probe, name, views) for name, probe in landmark.probes.items()}
    suites = {}
    for name, suite in landmark.suites.items():
        members = [holds[probe] for probe, found in landmark.probes.items() if found.suite == name]
        suites[name] = _lane(suite.strict, all(members), "" if suite.complete else "incomplete")
    return LandmarkView(
        name=landmark.name,
        source=_source(landmark, source),
        shape=shape,
        headline=_lane(landmark.headline, all(holds.values()), ""),
        suites=suites,
        probes={
            name: _lane(probe.strict, holds[name], _flags(probe)) for name, probe in landmark.probes.items()
        },
    )


def _lane(estimate: Estimate, holds: bool, why: str) -> Lane:
    if not holds:
        return Lane(NOTHING_MEASURED, False, "probe has changed")
    return Lane(estimate, not why, why if estimate.value is not None or why else "no headline")


def _flags(probe: LandmarkProbe) -> str:
    return flags_in_words(probe.flags) if probe.status == "ok" else probe.status.replace("_", " ")


def _source(landmark: Landmark, folder: str) -> str:
    digest = landmark.model["digest"]
    said = [f"run {folder}" if folder else "comes with wsim", f"weights {digest[:8]}" if digest else ""]
    return ", ".join([text for text in said if text] + ["limited run"] * landmark.limited)


def _mark(view: LandmarkView, lane: Lane) -> Markup:
    return landmark_mark(lane.estimate, view.shape, what=view.name, ranked=lane.ranked)


def _rows(found: Sequence[LandmarkView], views: Sequence[RunView]) -> list[LandmarkRow]:
    """The landmarks between the two ends of the scale, where the ends were measured and not merely set."""
    rows = [
        LandmarkRow(
            view.name,
            view.sign,
            landmark_row(view.headline.estimate, view.shape, what=view.name, ranked=view.headline.ranked),
            view.headline,
            False,
        )
        for view in sorted(found, key=lambda view: -(view.headline.estimate.value or 0.0))
    ]
    if not _scaled(views):
        return rows
    given = {view.name for view in found if view.headline.estimate.value is not None}
    top = "oracle"
    rest = ", ".join(name for name in CONTROLS if name not in given)
    top_row = [] if top in given else [_end(top, TOP)]
    return [*top_row, *rows, *([_end(rest, BOTTOM)] if rest else [])]


def _end(name: str, estimate: Estimate) -> LandmarkRow:
    figure = landmark_row(estimate, None, what=name, ranked=True)
    return LandmarkRow(name, landmark_sign(None), figure, Lane(estimate, True), True)


def _scaled(views: Sequence[RunView]) -> list[Calibration]:
    """The scales that were measured; the free half of a probe has its metric's own range for one."""
    found = [probe.calibration for view in views for probe in view.run.probes]
    return [scale for scale in found if scale is not None and scale.clusters]


def _ends_in_words(views: Sequence[RunView]) -> str:
    scales = _scaled(views)
    if not scales:
        return "0 and 1 are the ends of what each probe can say."
    coded = {bool(scale.codec) for scale in scales}
    through = ", through the model's own codec" + " where it has one" * (len(coded) > 1) if any(coded) else ""
    return (
        f"1 is what the oracle scores, the lawful render{through}; 0 the best of freeze, blank and noise, "
        "which simulate nothing."
    )

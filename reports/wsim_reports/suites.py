"""The scores of a report in two depths: a line for every suite, then the probes of each."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from wsim.runs.results import ProbeSummary, RunSummary
from wsim_reports.figures import probe_ticks
from wsim_reports.landmark_views import Landmarks
from wsim_reports.navigation import anchor_of
from wsim_reports.rounding import percent
from wsim_reports.views import (
    Lane,
    Row,
    RunView,
    coverage_of,
    in_order,
    probe_lane,
    probe_of,
    row_of,
    suite_lane,
)
from wsim_reports.words import in_words, most_common

NAMED = 3  # wrong readings of a suite that are put into words


@dataclass(frozen=True, slots=True)
class SuiteView:
    """One suite: the line that stands for it, and its probes; a suite of one probe has no lines below."""

    name: str
    anchor: str
    row: Row
    rows: tuple[Row, ...]
    failures: tuple[str, ...]  # by run, empty where nothing was read as wrong


def total_row(views: Sequence[RunView], landmarks: Landmarks) -> Row:
    """The headline of every run."""
    lanes = [
        Lane(v.run.headline, not v.withheld, "withheld" if v.withheld else "", coverage_of(v.run.probes))
        for v in views
    ]
    return row_of("total", "all suites", lanes, behind=landmarks.of_all)


def suite_views(views: Sequence[RunView], pages: dict[str, str], landmarks: Landmarks) -> list[SuiteView]:
    """Every suite that any run has; a run that lacks one has an empty lane."""
    return [_suite_view(views, name, pages, landmarks) for name in suite_order([view.run for view in views])]


def suite_order(runs: Sequence[RunSummary]) -> list[str]:
    """The suites that any run has, where each came first."""
    return in_order(suite.name for run in runs for suite in run.suites)


def _suite_view(
    views: Sequence[RunView], suite: str, pages: dict[str, str], landmarks: Landmarks
) -> SuiteView:
    anchor = anchor_of(suite)
    lanes = [suite_lane(view.run, suite) for view in views]
    failures = tuple(failure_classes(_probes(view.run, suite)) for view in views)
    probes = in_order(probe.name for view in views for probe in _probes(view.run, suite))
    rows = []
    for name in probes:
        found = [probe_lane(probe_of(view.run, name)) for view in views]
        label = in_words(name.removeprefix(f"{suite}/"))
        rows.append(row_of("probe", label, found, pages.get(name, ""), landmarks.of_probe(name)))
    if len(rows) == 1:
        only = rows[0]
        both = [
            lane if lane.why else replace(lane, ranked=lane.ranked and whole.ranked, why=whole.why)
            for lane, whole in zip(only.lanes, lanes, strict=True)
        ]
        whole_row = row_of("suite", f"{suite}: {only.label}", both, only.href, landmarks.of_suite(suite))
        return SuiteView(suite, anchor, whole_row, (), failures)
    ticks = probe_ticks([[(row.label, row.lanes[i].estimate) for row in rows] for i in range(len(views))])
    behind = [*ticks, *landmarks.of_suite(suite)]
    return SuiteView(
        suite, anchor, row_of("suite", suite, lanes, f"#{anchor}", behind), tuple(rows), failures
    )


def _probes(run: RunSummary, suite: str) -> tuple[ProbeSummary, ...]:
    return next((found.probes for found in run.suites if found.name == suite), ())


def failure_classes(probes: Sequence[ProbeSummary]) -> str:
    """What goes wrong most often in a suite: `“vanished” in 12, “frozen” in 9`, and out of how many."""
    wrong: Counter[str] = Counter()
    for probe in probes:
        wrong.update({v: n for v, n in probe.verdicts.items() if v not in probe.lawful_verdicts})
    total = sum(sum(probe.verdicts.values()) for probe in probes)
    if not wrong:
        return ""
    named = ", ".join(f"“{in_words(v)}” in {n}" for v, n in most_common(wrong)[:NAMED])
    share = percent(wrong.total() / total)
    return f"{wrong.total()} of {total} measured clips ({share}) were read as unlawful: {named}."

"""Landmarks in Markdown: what 0 and 1 are, and what models scored that answered the same questions."""

from collections.abc import Sequence

from wsim.runs.results import RunSummary
from wsim_reports.landmark_fit import Fitting, ends_in_words
from wsim_reports.markdown import escaped, table
from wsim_reports.rounding import both_of
from wsim_reports.suites import suite_order
from wsim_reports.views import Lane, in_order, probe_lane, probe_of, suite_lane
from wsim_reports.words import names_of

NOT_THERE = "not in this run"


def landmarks_in_markdown(
    runs: Sequence[RunSummary], found: Sequence[Fitting], left_out: Sequence[str]
) -> str:
    """A section: the ends of the scale in words, the landmarks beside the runs, what was left out and why."""
    lines = ["## Landmarks", "", escaped(ends_in_words(runs)), ""]
    if found:
        head = ("strict skill", *names_of(runs), *(one.name for one in found))
        lines += [table(head, _rows(runs, found)), ""]
    lines += [f"- {escaped(one.name)} answered the same questions: {escaped(one.source)}." for one in found]
    lines += [f"- {escaped(text)}" for text in left_out]
    return "\n".join([*lines, ""] if found or left_out else lines)


def _rows(runs: Sequence[RunSummary], found: Sequence[Fitting]) -> list[list[str]]:
    """The headline, every suite and its probes; runs first, then landmarks."""
    lanes = [Lane(run.headline, True, "no headline" * (run.headline.value is None)) for run in runs]
    rows = [["all suites", *map(_cell, lanes), *(_cell(one.headline) for one in found)]]
    for suite in suite_order(runs):
        lanes = [suite_lane(run, suite) for run in runs]
        rows.append([suite, *map(_cell, lanes), *(_cell(one.suites.get(suite)) for one in found)])
        for name in in_order(p.name for run in runs for p in run.probes if p.suite == suite):
            lanes = [probe_lane(probe_of(run, name)) for run in runs]
            rows.append([name, *map(_cell, lanes), *(_cell(one.probes.get(name)) for one in found)])
    return rows


def _cell(lane: Lane | None) -> str:
    """`0.42 [0.31, 0.53] (few worlds)`, or why there is no number."""
    if lane is None:
        return NOT_THERE
    if lane.estimate.value is None:
        return lane.why
    return both_of(lane.estimate) + (f" ({lane.why})" if lane.why else "")

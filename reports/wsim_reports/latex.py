"""A table for a paper: probes down, runs across, in LaTeX with booktabs, and the figures beside it.

Shown is strict skill with its 95 % interval, as in all other reports. Bold is the best of a row, and
whatever the intervals do not tell from it: a run whose interval reaches the best value is bold too. Where
that would be all of them, none is. What is flagged has a mark and no rank: it is never bold, and nothing is
measured against it.
"""

from collections.abc import Sequence
from pathlib import Path

from wsim.runs.results import Estimate, RunSummary
from wsim_reports.paper_figures import write_figures
from wsim_reports.rounding import NOTHING, decimals_of, number
from wsim_reports.set_metrics import incomparable, interval_of, value_of
from wsim_reports.views import NOTHING_MEASURED, Lane, probe_lane, probe_of, suite_lane
from wsim_reports.words import flags_in_words, names_of
from wsim_reports.writing import write_text

UNRANKED = r"$^\ast$"
ROUNDING = 1e-9  # of sums: zeros of different runs are alike
NO_LANE = Lane(NOTHING_MEASURED, False)
_SPECIALS = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    '"': r"\textquotedbl{}",
    NOTHING: "--",
    "−": "-",
}


def write_latex(runs: Sequence[RunSummary], folders: Sequence[Path], output: Path) -> Path:
    """A booktabs table to input into a paper, a column a run, and PDF figures one column wide beside it.

    Args:
        runs: one column each.
        folders: their run folders, in the same order; not read.
        output: a file that ends in `.tex`, or a folder to put `report.tex` into. Figures stand beside it
            and begin with its name: `report-forest.pdf`, `report-curve-....pdf`, `report-training.pdf`.

    Returns:
        The table.
    """
    path = output if output.suffix == ".tex" else output / "report.tex"
    path.parent.mkdir(parents=True, exist_ok=True)
    figures = write_figures(runs, path.parent, path.stem)
    included = [rf"% \includegraphics[width=\columnwidth]{{{figure.name}}}" for figure in figures]
    return write_text(
        path,
        path.name,
        "\n".join(["% needs \\usepackage{graphicx} for the figures:", *included, table(runs)]),
    )


def table(runs: Sequence[RunSummary]) -> str:
    """The whole table, with the line that says what every column was made of as a comment."""
    names = names_of(runs)
    lines = [
        r"% needs \usepackage{booktabs}",
        *(f"% {escaped(name)}: {_comment(run.signature)}" for name, run in zip(names, runs, strict=True)),
        rf"\begin{{tabular}}{{l{'c' * len(runs)}}}",
        r"\toprule",
        " & ".join(["strict skill", *map(escaped, names)]) + r" \\",
    ]
    for suite in dict.fromkeys(suite.name for run in runs for suite in run.suites):
        lines += [r"\midrule", _suite_row(suite, runs), *_probe_rows(suite, runs)]
    lines += [r"\midrule", _row("headline", [Lane(run.headline, True) for run in runs], strong=True)]
    return "\n".join([*lines, *_set_rows(runs), *_flags(runs), r"\bottomrule", r"\end{tabular}", ""])


def _set_rows(runs: Sequence[RunSummary]) -> list[str]:
    """Metrics of all videos together; what made each is a comment, and so is what is not there."""
    differ, lines = incomparable(runs), []
    for name in dict.fromkeys(metric.name for run in runs for metric in run.metrics):
        found = [next((m for m in run.metrics if m.name == name), None) for run in runs]
        for run, metric in zip(runs, found, strict=True):
            told = metric and (metric.signature or f"not available, {metric.unavailable}")
            lines.append(f"% {escaped(str(run.model['name']))}: {name}: {_comment(told or 'not computed')}")
        if any(metric and metric.estimate.value is not None for metric in found):
            arrow = r"$\downarrow$" if any(m and m.better == "lower" for m in found) else r"$\uparrow$"
            mark = r"$^\dagger$" if name in differ else ""
            cells = [_set_cell(metric.estimate) if metric else "--" for metric in found]
            lines.append(" & ".join([f"{escaped(name)} {arrow}{mark}", *cells]) + r" \\")
    if differ:
        lines.append(r"% $^\dagger$ made in different ways: not to be compared between these columns")
    return [r"\midrule", *lines] if any(not line.startswith("%") for line in lines) else lines


def _set_cell(estimate: Estimate) -> str:
    if estimate.value is None:
        return "--"
    value, ends = (escaped(text) for text in (value_of(estimate), interval_of(estimate)))
    return rf"{value} {{\scriptsize {ends}}}" if ends else value


def escaped(text: str) -> str:
    """Text that LaTeX takes as text, on one line."""
    return "".join(_SPECIALS.get(letter, letter) for letter in " ".join(text.split()))


def _comment(text: str) -> str:
    return " ".join(text.split())


def _suite_row(name: str, runs: Sequence[RunSummary]) -> str:
    lanes = [suite_lane(run, name) for run in runs]
    return _row(name, [lane if lane.ranked else NO_LANE for lane in lanes], strong=True)


def _probe_rows(suite: str, runs: Sequence[RunSummary]) -> list[str]:
    probes = dict.fromkeys(probe.name for run in runs for probe in run.probes if probe.suite == suite)
    return [
        _row(name.partition("/")[2], [probe_lane(probe_of(run, name)) for run in runs]) for name in probes
    ]


def _row(label: str, lanes: Sequence[Lane], strong: bool = False) -> str:
    ranked = [lane for lane in lanes if lane.ranked and lane.estimate.value is not None]
    best = max((lane.estimate.value or 0.0 for lane in ranked), default=0.0)
    told = not all(_reaches(lane, best) for lane in ranked)  # nothing is best alone
    name = rf"\textbf{{{escaped(label)}}}" if strong else rf"\quad {escaped(label)}"
    return " & ".join([name, *(_cell(lane, told and _reaches(lane, best)) for lane in lanes)]) + r" \\"


def _reaches(lane: Lane, best: float) -> bool:
    """Whether a ranked value, or the end of its interval, is as high as the best."""
    estimate = lane.estimate
    if not lane.ranked or estimate.value is None:
        return False
    return best <= (estimate.value if estimate.high is None else estimate.high) + ROUNDING


def _cell(lane: Lane, bold: bool) -> str:
    estimate = lane.estimate
    if estimate.value is None:
        return "--"
    decimals = decimals_of(estimate)
    value, low, high = (
        escaped(number(end, decimals)) for end in (estimate.value, estimate.low, estimate.high)
    )
    shown = rf"\textbf{{{value}}}" if bold else value if lane.ranked else value + UNRANKED
    return shown if estimate.low is None else rf"{shown} {{\scriptsize [{low}, {high}]}}"


def _flags(runs: Sequence[RunSummary]) -> list[str]:
    """What the mark of the unranked means here."""
    flags = {flags_in_words([flag]) for run in runs for probe in run.probes for flag in probe.flags}
    return [f"% {UNRANKED} flagged, not ranked: {', '.join(sorted(flags))}"] if flags else []

"""A table for a paper: probes down, runs across, in LaTeX with booktabs, and the figures beside it.

Shown is strict skill with its 95 % interval, as in all other reports. Bold is the best of a row, and
whatever the intervals do not tell from it: a run whose interval reaches the best value is bold too.
"""

from collections.abc import Sequence
from pathlib import Path

from wsim.runs.results import Estimate, ProbeSummary, RunSummary, SuiteSummary
from wsim_reports.paper_figures import write_figures
from wsim_reports.rounding import NOTHING, decimals_of, number
from wsim_reports.set_metrics import incomparable, interval_of, value_of
from wsim_reports.writing import write_text

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
    names = [str(run.model["name"]) for run in runs]
    lines = [
        r"% needs \usepackage{booktabs}",
        *(f"% {escaped(name)}: {_comment(run.signature)}" for name, run in zip(names, runs, strict=True)),
        rf"\begin{{tabular}}{{l{'c' * len(runs)}}}",
        r"\toprule",
        " & ".join(["strict skill", *map(escaped, names)]) + r" \\",
    ]
    for suite in dict.fromkeys(suite.name for run in runs for suite in run.suites):
        lines += [r"\midrule", _suite_row(suite, runs), *_probe_rows(suite, runs)]
    lines += [r"\midrule", _row("headline", [_headline(run) for run in runs], strong=True)]
    return "\n".join([*lines, *_set_rows(runs), r"\bottomrule", r"\end{tabular}", ""])


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
    suites = [next((suite for suite in run.suites if suite.name == name), None) for run in runs]
    return _row(name, [suite.strict if _whole(suite) and suite else None for suite in suites], strong=True)


def _whole(suite: SuiteSummary | None) -> bool:
    return suite is not None and suite.complete


def _probe_rows(suite: str, runs: Sequence[RunSummary]) -> list[str]:
    probes = dict.fromkeys(probe.name for run in runs for probe in run.probes if probe.suite == suite)
    return [_row(name.partition("/")[2], [_of(run, name) for run in runs]) for name in probes]


def _of(run: RunSummary, name: str) -> Estimate | None:
    probe: ProbeSummary | None = next((probe for probe in run.probes if probe.name == name), None)
    return probe.strict if probe is not None and probe.status == "ok" else None


def _headline(run: RunSummary) -> Estimate | None:
    return run.headline if run.headline.value is not None else None


def _row(label: str, estimates: Sequence[Estimate | None], strong: bool = False) -> str:
    values = [e.value for e in estimates if e is not None and e.value is not None]
    best = max(values) if len(values) > 1 else None  # nothing is best alone
    name = rf"\textbf{{{escaped(label)}}}" if strong else rf"\quad {escaped(label)}"
    return " & ".join([name, *(_cell(estimate, best) for estimate in estimates)]) + r" \\"


def _cell(estimate: Estimate | None, best: float | None) -> str:
    if estimate is None or estimate.value is None:
        return "--"
    decimals = decimals_of(estimate)
    value, low, high = (
        escaped(number(end, decimals)) for end in (estimate.value, estimate.low, estimate.high)
    )
    reaches = best is not None and best <= (estimate.value if estimate.high is None else estimate.high)
    shown = rf"\textbf{{{value}}}" if reaches else value
    return shown if estimate.low is None else rf"{shown} {{\scriptsize [{low}, {high}]}}"

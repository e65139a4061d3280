"""Distribution and text metrics of a run: at the end of `wsim score`, and by `wsim measure RUN --metrics`.

These are printed in 80 columns; what is not here comes last.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

from wsim.errors import WsimError

if TYPE_CHECKING:
    from rich.console import Console

    from wsim.runs.results import Estimate, RunSummary, SetMetric

WIDTH = 80
HEAD = f"{'metric':<22}{'value [95 %]':<30}{'lawful':>9}{'clips':>8}{'worlds':>8}"
SE_PER_WIDTH = 1 / (2 * 1.96)


def read_sets(run: Path, probes: Sequence[str], *, jobs: int, device: str, as_json: bool) -> None:
    """Compute the metrics of a run and print them.

    Raises:
        WsimError: single probes were asked for.
    """
    if probes:
        raise WsimError(
            "metrics of sets are of all videos of a run",
            where="--probe",
            remedy="give --metrics without --probe",
        )
    from rich.console import Console

    from wsim.cli.progress import progress
    from wsim.runs.set_metrics import measure_sets

    with progress(Console(stderr=True, highlight=False)) as on_event:
        summary = measure_sets(run, jobs=jobs, device=device, on_event=on_event)
    if as_json:
        print(json.dumps([asdict(metric) for metric in summary.metrics], indent=1, allow_nan=False))
    else:
        print_metrics(Console(highlight=False), summary.metrics)


def with_sets(summary: "RunSummary", run: Path, errors: "Console", *, jobs: int) -> "RunSummary":
    """A whole run with these metrics; as it is where it has them, and where they fail, which is said."""
    if summary.metrics or summary.status != "complete":
        return summary
    from wsim.cli.progress import progress
    from wsim.runs.set_metrics import measure_sets

    try:
        with progress(errors) as on_event:
            return measure_sets(run, jobs=jobs, on_event=on_event)
    except WsimError as error:
        errors.print(f"fvd, kvd and clip are left out: {error.problem}", soft_wrap=True, markup=False)
        return summary


def print_metrics(console: "Console", metrics: "Sequence[SetMetric]") -> None:
    """Numbers with their intervals, then what has none."""
    console.print(HEAD, style="dim")
    for metric in metrics:
        if metric.estimate.value is not None:
            _print_number(console, metric)
    for why, remedy in dict.fromkeys((m.unavailable, m.remedy) for m in metrics if m.unavailable):
        names = [m.name for m in metrics if (m.unavailable, m.remedy) == (why, remedy)]
        _print_wrapped(console, f"{', '.join(names)}: not available, {why}", "yellow")
        if remedy:
            _print_wrapped(console, f"  {remedy}", "dim")


def _print_number(console: "Console", metric: "SetMetric") -> None:
    from wsim.cli.numbers import plain

    estimate, decimals = metric.estimate, _decimals(metric.estimate)
    value, low, high, lawful = (
        "" if number is None else plain(number, decimals)
        for number in (estimate.value, estimate.low, estimate.high, metric.lawful)
    )
    interval = f"{value} [{low}, {high}]" if low and high else value
    name = f"{metric.name} {'↓' if metric.better == 'lower' else '↑'}"
    line = f"{name:<22}{interval:<30}{lawful:>9}{estimate.n:>8}{estimate.clusters:>8}"
    console.print(line, markup=False)
    if metric.flags:
        _print_wrapped(console, f"  {', '.join(metric.flags)}", "yellow")
    console.print(f"  {metric.signature}", style="dim", soft_wrap=True, markup=False)


def _decimals(estimate: "Estimate") -> int:
    """As many as the interval supports; small numbers keep their digits."""
    from wsim.stats import decimals_for

    if estimate.low is None or estimate.high is None:
        return decimals_for(None)
    return decimals_for((estimate.high - estimate.low) * SE_PER_WIDTH, most=6)


def _print_wrapped(console: "Console", text: str, style: str) -> None:
    indent = text[: len(text) - len(text.lstrip())]
    for line in wrap(text.strip(), WIDTH, initial_indent=indent, subsequent_indent=indent + "  "):
        console.print(line, style=style, markup=False)

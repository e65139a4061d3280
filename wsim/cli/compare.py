"""`wsim compare`: is one model better than another, world by world?"""

import json
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wsim.cli.arguments import AsJson, one_of
from wsim.cli.outputs import apart_from
from wsim.errors import ExitCode, WsimError

if TYPE_CHECKING:
    from rich.console import Console

    from wsim.runs.results import Comparison, Difference

GATES = ("regression",)
SETTLED = 3  # unclear probes that are named
NAMES = 25  # wide, so that a line is no longer than 80 characters
STYLE = {"better": "green", "worse": "red", "same": "", "unclear": "dim"}


def compare(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN RUN...", help="Run folders.")],
    baseline: Annotated[
        Path | None, typer.Option(help="Compare with this run; by default the first.")
    ] = None,
    fail_on: Annotated[
        str | None, typer.Option(help="regression: exit with 4 if anything is certainly worse.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="Also write it as a web page, with clips."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare runs of one benchmark: paired by world, adjusted for the number of probes."""
    from rich.console import Console

    from wsim.runs.compare import compare as compare_runs

    if fail_on is not None:
        one_of(fail_on, GATES, option="--fail-on")
    base, others = _sides(runs, baseline)
    if output is not None:
        apart_from([base, *others], output)
    comparisons = [compare_runs(base, other) for other in others]
    if as_json:
        content = [comparison.to_json() for comparison in comparisons]
        print(json.dumps(content, indent=1, allow_nan=False))
    else:
        console = Console(highlight=False)
        for comparison in comparisons:
            print_comparison(console, comparison)
    if output is not None:
        _write_page([base, *others], output)
    if fail_on and any(_regressed(comparison) for comparison in comparisons):
        raise typer.Exit(ExitCode.GATE_FAILED)


def _sides(runs: Sequence[Path], baseline: Path | None) -> tuple[Path, list[Path]]:
    base = runs[0] if baseline is None else baseline
    others = [run for run in runs if run.resolve() != base.resolve()]
    if not others:
        raise WsimError(
            "there is only one run",
            where="the RUN arguments",
            remedy="give two: `wsim compare runs/a runs/b`",
        )
    return base, others


def _write_page(runs: list[Path], output: Path) -> None:
    from wsim.registry import find
    from wsim.runs.durable import telling
    from wsim.runs.summary import load_summary

    writer = find("reports", "html")
    with telling(output):
        written = writer.load()([load_summary(run) for run in runs], runs, output)
    typer.echo(str(written), err=True)


def _regressed(comparison: "Comparison") -> bool:
    return any(row.call == "worse" for row in (comparison.headline, *comparison.probes))


def print_comparison(console: "Console", comparison: "Comparison") -> None:
    """One line a probe: both values, the difference with its interval, p, and the call."""
    from rich.text import Text

    sides = (comparison.baseline, comparison.other)
    names = [str(run.model["name"]) for run in sides]
    if names[0] == names[1]:
        names = [f"{name} ({run.run})" for name, run in zip(names, sides, strict=True)]
    console.print(Text.assemble((names[1], "bold"), " against ", (names[0], "bold")))
    for warning in comparison.warnings:
        console.print(Text(f"note: {warning}", "yellow"))
    head = f"\n{'':<{NAMES}}{'base':>6}{'other':>7}   {'difference':<21}{'p (Holm)':>8}  call"
    console.print(Text(head, "dim"))
    for suite, rows in groupby(comparison.probes, key=lambda row: row.name.partition("/")[0]):
        console.print(Text(suite, "bold"))
        for row in rows:
            _print_row(console, row, f"  {row.name.partition('/')[2]}")
    _print_row(console, comparison.headline, comparison.headline.name)
    unclear = [row for row in comparison.probes if row.call == "unclear" and row.detectable is not None]
    if unclear:
        least = max(row.detectable or 0.0 for row in unclear)
        console.print(Text(f"\nunclear: differences below about {least:.2f} could not be seen here", "dim"))
        if settled := [row for row in unclear if row.settling is not None]:
            console.print(Text(_settling(settled), "dim"))
    console.print()


def _settling(rows: Sequence["Difference"]) -> str:
    """How many worlds would settle the unclear rows, the fewest first."""
    ranked = sorted(rows, key=lambda row: row.settling or 0)
    named = [f"{row.name.partition('/')[2]} {row.settling:,}" for row in ranked[:SETTLED]]
    more = f", {len(ranked) - SETTLED} more take more" if len(ranked) > SETTLED else ""
    return f"worlds that would settle differences as large as seen: {', '.join(named)}{more}"


def _print_row(console: "Console", row: "Difference", name: str) -> None:
    from rich.text import Text

    console.print(_line(row, name))
    if row.flags:
        console.print(Text(f"    {', '.join(row.flags)}", "yellow"))


def _line(row: "Difference", name: str) -> "object":
    from rich.text import Text

    from wsim.cli.numbers import NOTHING, value_only, with_interval

    p_value = row.p_holm if row.p_holm is not None else row.p_value
    p_text = NOTHING if p_value is None else "<0.001" if p_value < 0.001 else f"{p_value:.3f}"
    numbers = f"{name:<{NAMES}}{value_only(row.baseline):>6}{value_only(row.other):>7}"
    middle = f"   {with_interval(row.difference, signed=True):<21}{p_text:>8}  "
    return Text.assemble(
        (numbers + middle, "bold" if row.name == "headline" else ""), (row.call, STYLE[row.call])
    )

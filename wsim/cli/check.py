"""`wsim check`: does a model keep its contract?"""

import dataclasses
import json
from typing import TYPE_CHECKING, Annotated

import typer

from wsim.cli.arguments import AsJson, Model, ModelOptions
from wsim.errors import ExitCode

if TYPE_CHECKING:
    from rich.console import Console

    from wsim.testing import Finding

STYLE = {"ok": "green", "warning": "yellow", "failed": "red"}


def check(
    model: Model,
    m: ModelOptions = None,
    repeats: Annotated[
        int,
        typer.Option(min=0, metavar="N", help="Requests over which memory is watched; 0: none."),
    ] = 8,
    as_json: AsJson = False,
) -> None:
    """Check a model: shapes, seeds, batches, memory, and whether it uses what it accepts."""
    from rich.console import Console

    from wsim.cli.numbers import count_of
    from wsim.models.options import split_options
    from wsim.models.resolve import resolve_model
    from wsim.testing import check_model

    checked = resolve_model(model, split_options(m or []))
    findings = check_model(checked, repeats=repeats)
    console = Console(highlight=False)
    if as_json:
        print(json.dumps([dataclasses.asdict(finding) for finding in findings], indent=1))
    else:
        for finding in findings:
            _print(console, finding)
    failures, warnings = (sum(f.level == level for f in findings) for level in ("failed", "warning"))
    if not as_json:
        told = f"{failures} of {len(findings)} checks failed" if failures else "keeps its contract"
        console.print(f"\n{checked.info.name}: {told}; {count_of(warnings, 'warning')}")
    if failures:
        raise typer.Exit(ExitCode.GATE_FAILED)


def _print(console: "Console", finding: "Finding") -> None:
    """One line, and one more where there is advice."""
    from rich.text import Text

    console.print(
        Text.assemble((f"{finding.level:<9}", STYLE[finding.level]), f"{finding.check:<32}"),
        Text(finding.message, "dim" if finding.level == "ok" else ""),
        soft_wrap=True,
    )
    if finding.advice:
        console.print(Text(f"{'':<42}{finding.advice}", "yellow"), soft_wrap=True)

"""`wsim check`: does a model keep its contract?"""

import dataclasses
import json

import typer

from wsim.cli.arguments import AsJson, Model, ModelOptions
from wsim.errors import ExitCode

STYLE = {"ok": "green", "warning": "yellow", "failed": "red"}


def check(model: Model, m: ModelOptions = None, as_json: AsJson = False) -> None:
    """Check a model: shapes, seeds, determinism, batches, and whether it uses what it accepts."""
    from rich.console import Console
    from rich.text import Text

    from wsim.models.options import split_options
    from wsim.models.resolve import resolve_model
    from wsim.testing import check_model

    checked = resolve_model(model, split_options(m or []))
    findings = check_model(checked)
    console = Console(highlight=False)
    if as_json:
        print(json.dumps([dataclasses.asdict(finding) for finding in findings], indent=1))
    else:
        for finding in findings:
            console.print(
                Text.assemble((f"{finding.level:<9}", STYLE[finding.level]), f"{finding.check:<32}"),
                Text(finding.message, "dim" if finding.level == "ok" else ""),
                soft_wrap=True,
            )
    failures = sum(finding.level == "failed" for finding in findings)
    if not as_json:
        told = f"{failures} of {len(findings)} checks failed" if failures else "keeps its contract"
        console.print(f"\n{checked.info.name}: {told}")
    if failures:
        raise typer.Exit(ExitCode.GATE_FAILED)

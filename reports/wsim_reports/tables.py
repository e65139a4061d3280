"""Exports for papers, spreadsheets and programs: Markdown, CSV, JSON.

People's tables are rounded from the standard error; machines get the full numbers.
"""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

from wsim.runs.results import Comparison, ProbeSummary, RunSummary, SetMetric
from wsim_reports.comparison import against_first
from wsim_reports.landmark_fit import Answered, fitting
from wsim_reports.landmark_tables import landmarks_in_markdown
from wsim_reports.markdown import code, escaped, table
from wsim_reports.rounding import NOTHING, both_of, number, p_text, percent
from wsim_reports.set_metrics import HEADING, set_view
from wsim_reports.views import manifest_of
from wsim_reports.words import (
    difference_call,
    findings,
    flags_in_words,
    headline_withheld,
    in_words,
    limits,
    most_common,
    names_of,
    status_in_words,
    suites_in,
)
from wsim_reports.writing import write_text

COLUMNS = (
    "run", "model", "weights", "benchmark", "track", "format", "seed", "partial",
    "suite", "probe", "version", "status", "ranked", "flags",
    "strict", "strict_low", "strict_high", "skill", "skill_low", "skill_high", "coverage",
    "clips", "clusters", "ok", "unmeasurable", "error",
    "ceiling", "null", "null_control", "verdicts",
)  # fmt: skip
FORMULAS = ("=", "+", "-", "@", "\t", "\r")  # how a formula begins, of one spreadsheet or another
PROBE_HEAD = (
    "probe",
    "strict skill",
    "skill",
    "coverage",
    "clips",
    "worlds",
    "not measurable",
    "errors",
    "verdicts",
)

SET_HEAD = ("metric", "value, 95 %", "", "lawful renders", "clips", "worlds", "flags", "what made it")
SET_COLUMNS = ("better", "value", "value_low", "value_high", "lawful", "signature", "remedy")


def write_markdown(
    runs: Sequence[RunSummary], folders: Sequence[Path], output: Path, landmarks: Sequence[Path] = ()
) -> Path:
    """Tables for a README, an issue or a paper draft.

    Args:
        runs: the first one is the baseline of the differences.
        folders: their run folders, in the same order.
        output: the file, or a folder to put `report.md` into.
        landmarks: run folders of others, whose scores stand beside those of the runs.

    Raises:
        WsimError: a landmark answered other questions than the runs.
    """
    names = names_of(runs)
    marks, left_out = fitting(_with_manifests(runs, folders), landmarks)
    parts = [_run_in_markdown(name, run) for name, run in zip(names, runs, strict=True)]
    parts.append(landmarks_in_markdown(runs, marks, left_out))
    for name, comparison in zip(names[1:], against_first(runs, folders), strict=True):
        parts.append(_differences_in_markdown(comparison, names[0], name))
    return write_text(output, "report.md", "\n".join(parts))


def write_csv(runs: Sequence[RunSummary], folders: Sequence[Path], output: Path) -> Path:
    """One row for each probe of each run, full precision, empty where there is no number.

    Metrics of all videos together follow, in the suite `conditioning`, with columns of their own. A
    spreadsheet takes no text for a formula. There are no landmarks: give their runs as further runs.
    """
    buffer = io.StringIO(newline="")
    columns = (*COLUMNS, *SET_COLUMNS) if any(run.metrics for run in runs) else COLUMNS
    writer = csv.DictWriter(buffer, columns, lineterminator="\n")
    writer.writeheader()
    for run in runs:
        rows = [_csv_row(run, probe) for probe in run.probes]
        rows += [_csv_set_row(run, metric) for metric in run.metrics]
        writer.writerows({key: _no_formula(value) for key, value in row.items()} for row in rows)
    return write_text(output, "report.csv", buffer.getvalue())


def write_json(
    runs: Sequence[RunSummary], folders: Sequence[Path], output: Path, landmarks: Sequence[Path] = ()
) -> Path:
    """A list of the summaries as `summary.json` has them, then the landmarks: the `schema` tells which it is.

    Keys are sorted, numbers finite. What has changed since a landmark was scored has none.

    Raises:
        WsimError: a landmark answered other questions than the runs.
    """
    marks, _ = fitting(_with_manifests(runs, folders), landmarks)
    content = [*(run.to_json() for run in runs), *(mark.held.to_json() for mark in marks)]
    return write_text(
        output, "report.json", json.dumps(content, indent=1, sort_keys=True, allow_nan=False) + "\n"
    )


def _with_manifests(runs: Sequence[RunSummary], folders: Sequence[Path]) -> list[Answered]:
    return [(run, manifest_of(folder)) for run, folder in zip(runs, folders, strict=True)]


def _run_in_markdown(name: str, run: RunSummary) -> str:
    withheld = escaped(headline_withheld(run))
    headline = withheld or f"**{both_of(run.headline)}**, mean strict skill of {suites_in(run)}."
    suites = [
        (suite.name, both_of(suite.strict) if suite.complete else f"{both_of(suite.strict)} (incomplete)")
        for suite in run.suites
    ]
    lines = [f"## {escaped(name)}", "", headline, "", code(run.signature), ""]
    lines += [table(("suite", "strict skill"), suites), ""]
    lines += [table(PROBE_HEAD, [_probe_cells(probe) for probe in run.probes]), ""]
    lines += _sets_in_markdown(run)
    for found in findings(run):
        told = escaped(f"{found.claim}. {found.evidence}")
        lines.append(f"- {found.tone}: **{escaped(found.probe)}**, {told}")
    lines += [f"- note: {escaped(text)}" for text in limits(run)]
    return "\n".join([*lines, ""])


def _sets_in_markdown(run: RunSummary) -> list[str]:
    """The metrics of all videos together; nothing where they were never computed."""
    view = set_view(run)
    rows = [
        (line.name, f"{line.value} {line.interval}".rstrip(), line.better, line.lawful, str(line.clips),
         str(line.worlds), line.notes, line.signature)
        for line in view.lines
    ]  # fmt: skip
    lines = [f"### {HEADING}", "", table(SET_HEAD, rows), ""] if rows else []
    for missing in view.missing:
        remedy = f": {escaped(missing.remedy)}" if missing.remedy else ""
        lines.append(f"- not available: {missing.names}, {escaped(missing.why)}{remedy}")
    return [*lines, ""] if view.missing else lines


def _probe_cells(probe: ProbeSummary) -> tuple[str, ...]:
    name = probe.name + (f" ({flags_in_words(probe.flags)})" if probe.flags else "")
    counts = (probe.counts.get("unmeasurable", 0), probe.counts.get("error", 0))
    if probe.status != "ok":
        scores = (status_in_words(probe), NOTHING, NOTHING)
    else:
        scores = (both_of(probe.strict), both_of(probe.skill), percent(probe.coverage))
    said = ", ".join(f"{in_words(v)} {n}" for v, n in most_common(probe.verdicts)[:3])
    return (
        name,
        *scores,
        str(probe.strict.n),
        str(probe.strict.clusters),
        str(counts[0]),
        str(counts[1]),
        said,
    )


def _differences_in_markdown(comparison: Comparison | str, baseline: str, other: str) -> str:
    if isinstance(comparison, str):
        return f"> {escaped(comparison)}\n"
    head = ("probe", baseline, other, "difference", "p (Holm)", "in words")
    rows = [
        (
            row.name,
            number(row.baseline.value),
            number(row.other.value),
            both_of(row.difference, signed=True),
            p_text(row.p_value if row.p_holm is None else row.p_holm),
            difference_call(row),
        )
        for row in (comparison.headline, *comparison.probes)
    ]
    warnings = [f"> {escaped(text)}\n" for text in comparison.warnings]
    title = f"## {escaped(other)} against {escaped(baseline)}"
    return "\n".join([title, "", *warnings, table(head, rows), ""])


def _no_formula(value: object) -> object:
    """A text that a spreadsheet would compute gets an apostrophe before it, which it does not show."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULAS) else value


def _csv_run(run: RunSummary) -> dict[str, object]:
    return {
        "run": run.run,
        "model": run.model["name"],
        "weights": run.model.get("digest"),
        "benchmark": f"{run.benchmark['name']}/{run.benchmark['version']}",
        "track": run.track,
        "format": run.format,
        "seed": run.seed,
        "partial": run.partial,
    }


def _csv_set_row(run: RunSummary, metric: SetMetric) -> dict[str, object]:
    return {
        **_csv_run(run),
        "suite": "conditioning",
        "probe": metric.name,
        "status": metric.unavailable or "ok",
        "flags": "; ".join(metric.flags),
        "clips": metric.estimate.n,
        "clusters": metric.estimate.clusters,
        "better": metric.better,
        "value": metric.estimate.value,
        "value_low": metric.estimate.low,
        "value_high": metric.estimate.high,
        "lawful": metric.lawful,
        "signature": metric.signature,
        "remedy": metric.remedy,
    }


def _csv_row(run: RunSummary, probe: ProbeSummary) -> dict[str, object]:
    scale = probe.calibration
    return {
        **_csv_run(run),
        "suite": probe.suite,
        "probe": probe.name,
        "version": probe.version,
        "status": probe.status,
        "ranked": probe.ranked,
        "flags": "; ".join(probe.flags),
        "strict": probe.strict.value,
        "strict_low": probe.strict.low,
        "strict_high": probe.strict.high,
        "skill": probe.skill.value,
        "skill_low": probe.skill.low,
        "skill_high": probe.skill.high,
        "coverage": probe.coverage,
        "clips": probe.strict.n,
        "clusters": probe.strict.clusters,
        "ok": probe.counts.get("ok", 0),
        "unmeasurable": probe.counts.get("unmeasurable", 0),
        "error": probe.counts.get("error", 0),
        "ceiling": scale.ceiling if scale else None,
        "null": scale.null if scale else None,
        "null_control": scale.null_control if scale else None,
        "verdicts": "; ".join(f"{verdict}={count}" for verdict, count in sorted(probe.verdicts.items())),
    }

"""A static site of many runs: boards by benchmark and track, to be sorted, filtered and linked to.

Models are ranked within a board by their headline. What may not be ranked says why: a run that is
limited or unfinished, that has few worlds or low coverage in a probe, or a model that sees the truth.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

import wsim
from wsim.runs.results import Estimate, ProbeSummary, RunSummary
from wsim_reports.html import page_environment, write_page
from wsim_reports.views import coverage_of, in_order, manifest_of
from wsim_reports.words import flags_in_words, headline_withheld

FILES = ("report.css", "leaderboard.js")
DIGITS = 4
NUMBER = float | int | None


@dataclass(frozen=True)
class Entry:
    """One run on a board; `unranked` says why it has no rank, empty when it has one."""

    run: RunSummary
    folder: Path
    when: str
    unranked: tuple[str, ...]


def write(runs: Sequence[RunSummary], folders: Sequence[Path], output: Path) -> Path:
    """The site of some runs.

    Args:
        runs: of any benchmarks and tracks.
        folders: their run folders, in the same order; a page `report/index.html` in one is linked when the
            output lies in a folder with it, so that both can be moved together.
        output: the folder of the site.

    Returns:
        The page to open.
    """
    output.mkdir(parents=True, exist_ok=True)
    entries = [_entry(run, folder) for run, folder in zip(runs, folders, strict=True)]
    boards = in_order(board_of(entry.run) for entry in sorted(entries, key=lambda e: board_of(e.run)))
    suites = in_order(suite.name for entry in entries for suite in entry.run.suites)
    probes = in_order(probe.name for entry in entries for probe in entry.run.probes)
    data = {
        "schema": "wsim.leaderboard/1",
        "boards": boards,
        "suites": suites,
        "probes": probes,
        "runs": [_row(entry, boards, suites, probes, output) for entry in entries],
    }
    content = {
        "version": wsim.__version__,
        "index_name": "index.html",
        "links": [],
        "data": embedded(data),
        "counts": (len(entries), sum(not entry.unranked for entry in entries), len(boards)),
        "ranked": [e for e in _by_headline(entries) if not e.unranked][:100],
        "board_of": board_of,
    }
    write_page(page_environment(), output / "index.html", "leaderboard.html.j2", content)
    for name in FILES:
        (output / name).write_bytes((files("wsim_reports") / "templates" / name).read_bytes())
    return output / "index.html"


def board_of(run: RunSummary) -> str:
    """What runs must share to be ranked together: benchmark, version, digest, track and seed."""
    benchmark = run.benchmark
    digest = str(benchmark.get("digest") or "")[:6]
    return f"{benchmark['name']}/{benchmark['version']} {run.track} (seed {run.seed}, {digest})"


def embedded(data: Any) -> Markup:
    """JSON that can stand inside a script element whatever the names of models are."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def why_unranked(run: RunSummary, *, privileged: bool) -> tuple[str, ...]:
    """Why a run has no rank, in words; empty when it may be ranked."""
    reasons = []
    if privileged:
        reasons.append("sees the truth")
    if run.headline.value is None:
        reasons.append(headline_withheld(run).removeprefix("Withheld: ").rstrip("."))
    if run.partial:
        reasons.append("limited to some of the worlds")
    if run.status != "complete":
        reasons.append(f"the run is {run.status}")
    flagged = [probe for probe in run.probes if probe.status == "ok" and probe.flags]
    by_flag: dict[str, int] = {}
    for flag in (flag for probe in flagged for flag in probe.flags):
        by_flag[flag] = by_flag.get(flag, 0) + 1
    return (*reasons, *(f"{flags_in_words([flag])} in {count} of {len(run.probes)} probes"
                        for flag, count in by_flag.items()))  # fmt: skip


def _entry(run: RunSummary, folder: Path) -> Entry:
    manifest = manifest_of(folder)
    privileged = bool(manifest and manifest.model.get("privileged"))
    when = (manifest.started if manifest else "")[:10]
    return Entry(run, folder, when, why_unranked(run, privileged=privileged))


def _by_headline(entries: Sequence[Entry]) -> list[Entry]:
    return sorted(
        entries, key=lambda e: (-(e.run.headline.value or 0.0), str(e.run.model["name"]), e.run.run)
    )


def _row(
    entry: Entry, boards: Sequence[str], suites: Sequence[str], probes: Sequence[str], output: Path
) -> dict[str, Any]:
    run = entry.run
    by_suite = {suite.name: suite for suite in run.suites}
    by_probe = {probe.name: probe for probe in run.probes}
    asked = [probe for probe in run.probes if probe.status == "ok"]
    coverage = coverage_of(run.probes)
    return {
        "model": str(run.model["name"]),
        "run": run.run,
        "board": boards.index(board_of(run)),
        "when": entry.when,
        "clip": run.format,
        "weights": str(run.model.get("digest") or "")[:12],
        "signature": run.signature,
        "unranked": list(entry.unranked),
        "headline": _numbers(run.headline),
        "coverage": None if coverage is None else _rounded(coverage),
        "clips": sum(probe.strict.n for probe in asked),
        "suites": [
            [*_numbers(by_suite[name].strict), int(by_suite[name].complete)] if name in by_suite else 0
            for name in suites
        ],
        "probes": [_probe(by_probe[name]) if name in by_probe else 0 for name in probes],
        "href": _report_of(entry.folder, output),
    }


def _probe(probe: ProbeSummary) -> list[Any]:
    why = flags_in_words(probe.flags) if probe.status == "ok" else probe.status.replace("_", " ")
    return [*_numbers(probe.strict), _rounded(probe.coverage), why]


def _numbers(estimate: Estimate) -> list[NUMBER]:
    ends = (estimate.value, estimate.low, estimate.high)
    return [*(None if end is None else _rounded(end) for end in ends), estimate.clusters]


def _rounded(value: float) -> float:
    return round(value, DIGITS)


def _report_of(folder: Path, output: Path) -> str:
    """The relative address of a run's own page; empty when there is none beside the site."""
    page = (folder / "report" / "index.html").resolve()
    near = output.resolve().parent
    if not page.is_file() or not page.is_relative_to(near):
        return ""
    return quote(Path(os.path.relpath(page, output.resolve())).as_posix())

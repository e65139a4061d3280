"""What the pages show, as plain data: runs side by side, rows of the forest plot, provenance."""

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import fmean
from typing import Literal

from markupsafe import Markup

from wsim.errors import WsimError
from wsim.runs.folder import RunFolder
from wsim.runs.manifest import Manifest
from wsim.runs.probe_summary import BESIDE
from wsim.runs.results import Comparison, Difference, Estimate, ProbeSummary, Record, RunSummary
from wsim_reports.evidence import records_by_probe
from wsim_reports.figures import interval_row, run_class
from wsim_reports.words import Finding, findings, flags_in_words, headline_withheld, limits, names_of

NOTHING_MEASURED = Estimate(None, None, None, 0, 0)


@dataclass(frozen=True)
class RunView:
    """One run as every page shows it. `colour` is the CSS class that stands for it."""

    run: RunSummary
    folder: Path
    name: str
    colour: str
    withheld: str
    findings: tuple[Finding, ...]
    limits: tuple[str, ...]
    provenance: tuple[tuple[str, str], ...]
    command: str
    manifest: Manifest | None = None
    differences: tuple[Difference, ...] = ()
    warnings: tuple[str, ...] = ()

    @cached_property
    def records(self) -> dict[str, list[Record]]:
        """The records that stand for a clip, by probe, in the order of their scenarios; read once."""
        return records_by_probe(self.folder)


@dataclass(frozen=True, slots=True)
class Lane:
    """One run's share of a row; `why` says in a word why it is not ranked or not there."""

    estimate: Estimate
    ranked: bool
    why: str = ""
    coverage: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a forest plot. `kind` is `total`, `suite` or `probe`."""

    kind: Literal["total", "suite", "probe"]
    label: str
    lanes: tuple[Lane, ...]
    figure: Markup
    href: str = ""


def run_views(
    runs: Sequence[RunSummary], folders: Sequence[Path], comparisons: Sequence[Comparison | str]
) -> tuple[RunView, ...]:
    """The runs in the order given; `comparisons` are of each but the first against the first, or why not."""
    views = []
    for i, (name, run, folder) in enumerate(zip(names_of(runs), runs, folders, strict=True)):
        found = comparisons[i - 1] if i else None
        compared = found if isinstance(found, Comparison) else None
        manifest = manifest_of(folder)
        views.append(
            RunView(
                run=run,
                folder=folder,
                name=name,
                colour=run_class(i),
                withheld=headline_withheld(run),
                findings=findings(run),
                limits=(*limits(run), *_notes(manifest)),
                provenance=tuple(_provenance(run, manifest)),
                command=command_of(run, manifest),
                manifest=manifest,
                differences=(compared.headline, *compared.probes) if compared else (),
                warnings=compared.warnings if compared else tuple(w for w in [found] if isinstance(w, str)),
            )
        )
    return tuple(views)


def manifest_of(folder: Path) -> Manifest | None:
    """The manifest of a run, if it is there: a summary alone can be reported too."""
    try:
        return RunFolder(folder).manifest
    except WsimError:
        return None


def command_of(run: RunSummary, manifest: Manifest | None) -> str:
    """The command that makes this run again: as it was given when that is known."""
    if manifest and len(manifest.argv) > 1:
        return shlex.join(["wsim", *manifest.argv[1:]])
    name, benchmark = str(run.model["name"]), str(run.benchmark["name"])
    if benchmark.startswith("probe:"):
        return shlex.join(["wsim", "probe", benchmark.removeprefix("probe:"), name])
    return shlex.join(["wsim", "score", name, "--benchmark", benchmark])


def _provenance(run: RunSummary, manifest: Manifest | None) -> list[tuple[str, str]]:
    model, benchmark = run.model, run.benchmark
    settings = ", ".join(f"{k}={v}" for k, v in sorted(dict(model.get("settings") or {}).items()))
    rows = [
        ("model", f"{model['name']} ({model['adapter']})"),
        ("weights", str(model.get("digest") or "no digest")),
        ("settings", settings),
        ("benchmark", f"{benchmark['name']}/{benchmark['version']} {benchmark.get('digest') or ''}".strip()),
        ("track", run.track),
        ("clip", run.format),
        ("seed", str(run.seed)),
        ("run", f"{run.run} ({run.status}{', limited' if run.partial else ''})"),
        ("time", _timing(run)),
    ]
    if manifest:
        packages = ", ".join(f"{k} {v}" for k, v in sorted(manifest.packages.items()))
        machine = ", ".join(str(v) for v in manifest.machine.values() if v)
        rows += [
            ("wsim", _version(manifest)),
            ("packages", packages),
            ("machine", machine),
            ("made", manifest.started),
        ]
    return [(name, text) for name, text in rows if text]


def _version(manifest: Manifest) -> str:
    version, commit = str(manifest.wsim.get("version", "")), manifest.wsim.get("commit")
    edited = " with local edits" if manifest.wsim.get("dirty") else ""
    return f"{version}, commit {str(commit)[:12]}{edited}" if commit else version


def _notes(manifest: Manifest | None) -> list[str]:
    """The notes of a run as sentences."""
    return [f"{note[:1].upper()}{note[1:].rstrip('.')}." for note in manifest.notes] if manifest else []


def _timing(run: RunSummary) -> str:
    said = [
        f"{name} {run.timing[name]:.0f} s" for name in ("generate", "measure", "wall") if name in run.timing
    ]
    return ", ".join(said)


def probe_rows(probes: Sequence[ProbeSummary | None], behind: Sequence[Markup] = ()) -> list[Row]:
    """Strict skill, skill and coverage of one probe, by run; `behind` is drawn under the first."""
    lanes = [probe_lane(probe) for probe in probes]
    skills = [
        lane if probe is None else Lane(probe.skill, lane.ranked)
        for probe, lane in zip(probes, lanes, strict=True)
    ]
    coverages = [Lane(Estimate(lane.coverage, None, None, 0, 0), lane.ranked) for lane in lanes]
    rows = {"strict skill": lanes, "skill": skills, "coverage": coverages}
    return [
        row_of("probe", label, row, behind=behind if label == "strict skill" else ())
        for label, row in rows.items()
    ]


def probe_lane(probe: ProbeSummary | None) -> Lane:
    """A probe's strict skill, and why it is not ranked."""
    if probe is None:
        return Lane(NOTHING_MEASURED, False, "not in this run")
    if probe.status != "ok":
        return Lane(NOTHING_MEASURED, False, probe.status.replace("_", " "))
    return Lane(probe.strict, probe.ranked, flags_in_words(probe.flags), probe.coverage)


def row_of(
    kind: Literal["total", "suite", "probe"],
    label: str,
    lanes: Sequence[Lane],
    href: str = "",
    behind: Sequence[Markup] = (),
) -> Row:
    """A row with its figure; `behind` is drawn under the intervals."""
    drawn = [(lane.estimate, lane.ranked) for lane in lanes]
    figure = interval_row(drawn, what=label, large=kind != "probe", behind=behind)
    return Row(kind, label, tuple(lanes), figure, href)


def suite_lane(run: RunSummary, name: str) -> Lane:
    """A suite's strict skill, and why it is not ranked."""
    found = [suite for suite in run.suites if suite.name == name]
    if not found:
        return Lane(NOTHING_MEASURED, False, "not in this run")
    suite = found[0]
    return Lane(
        suite.strict, suite.complete, "" if suite.complete else "incomplete", coverage_of(suite.probes)
    )


def coverage_of(probes: Iterable[ProbeSummary]) -> float | None:
    """Mean share of clips that could be measured, over the probes that a mean holds; None without any."""
    asked = [probe for probe in probes if probe.status == "ok"]
    counted = [probe for probe in asked if probe.note != BESIDE] or asked
    return fmean(probe.coverage for probe in counted) if counted else None


def probe_of(run: RunSummary, name: str) -> ProbeSummary | None:
    """The summary of that probe in a run, if it has one."""
    return next((probe for probe in run.probes if probe.name == name), None)


def in_order(names: Iterable[str]) -> list[str]:
    """Each name once, where it came first."""
    return list(dict.fromkeys(names))

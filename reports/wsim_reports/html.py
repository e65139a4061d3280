"""Writes the web page of one or several runs: a folder that opens without a network.

`index.html`, a page for every probe, `clips/`, one style sheet and one script, all by relative links.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

import wsim
from wsim.runs.results import Comparison, ProbeSummary, RunSummary
from wsim_reports import rounding, set_metrics, words
from wsim_reports.comparison import against_first
from wsim_reports.comparison_page import comparison_content, comparison_pages
from wsim_reports.compute import compute_views
from wsim_reports.example import example_of
from wsim_reports.figures import axis
from wsim_reports.landmark_views import Landmarks, landmarks_of
from wsim_reports.navigation import Link, neighbours, suite_links
from wsim_reports.probe_trust import sources_of, trust_in
from wsim_reports.probe_views import ClipPlaces, clip_places, curve_views, method_of, probe_view
from wsim_reports.suites import suite_views, total_row
from wsim_reports.views import RunView, in_order, probe_of, probe_rows, run_views

STATIC = ("report.css", "report.js")


def write(
    runs: Sequence[RunSummary],
    folders: Sequence[Path],
    output: Path,
    landmarks: Sequence[Path] = (),
    every_clip: bool = True,
) -> Path:
    """A web page: scores with intervals, findings in plain words, and the clips behind them.

    Args:
        runs: the first one is the baseline of the differences.
        folders: their run folders, in the same order.
        output: the folder of the page; a path that ends in `.html` names the index page in its folder.
        landmarks: run folders of others, drawn beside the scores as marks to judge them by.
        every_clip: whether the page of a probe ends with all of its clips in small.

    Returns:
        The page to open.

    Raises:
        WsimError: a landmark answered other questions than the runs.
    """
    comparisons = against_first(runs, folders)
    views = run_views(runs, folders, comparisons)
    marks = landmarks_of(views, landmarks)
    index = output if output.suffix == ".html" else output / "index.html"
    index.parent.mkdir(parents=True, exist_ok=True)
    environment = page_environment()
    compared = comparison_pages(comparisons)
    shared = _shared(views, marks, index.name, {i: page for i, (page, _) in compared.items()})
    places = _write_probes(environment, index.parent, shared, every_clip)
    for i, (page, comparison) in compared.items():
        content = _comparison_page(comparison, i, index.parent, shared, places)
        write_page(environment, index.parent / page, "comparison.html.j2", content)
    write_page(environment, index, "index.html.j2", _index_page(shared))
    for name in STATIC:
        (index.parent / name).write_bytes((files("wsim_reports") / "templates" / name).read_bytes())
    return index


def _shared(
    views: Sequence[RunView], marks: Landmarks, index_name: str, compared: Mapping[int, str]
) -> dict[str, Any]:
    """What every page of a report knows; `compared` are the pages of comparisons, by the place of the run."""
    names = [view.name for view in views]
    return {
        "version": wsim.__version__,
        "index_name": index_name,
        "runs": views,
        "landmarks": marks,
        "several": len(views) > 1,
        "heading": " against ".join(names) if len(views) < 3 else f"{len(views)} runs",
        "probe_pages": page_names([probe.name for view in views for probe in view.run.probes]),
        "comparison_pages": compared,
        "axis": axis(),
    }


def _write_probes(
    environment: Environment, folder: Path, shared: dict[str, Any], every_clip: bool
) -> dict[str, ClipPlaces]:
    """The page of every probe; gives back where the clips of each are."""
    places = {}
    for name, page in shared["probe_pages"].items():
        content = _probe_page(name, folder, shared, every_clip)
        write_page(environment, folder / page, "probe.html.j2", content)
        places[name] = clip_places(page, content["views"])
    return places


def _comparison_page(
    comparison: Comparison, place: int, folder: Path, shared: dict[str, Any], places: Mapping[str, ClipPlaces]
) -> dict[str, Any]:
    views: Sequence[RunView] = shared["runs"]
    pair = (views[0], views[place])
    sides = {
        name: (clips.get(pair[0].name, {}), clips.get(pair[1].name, {})) for name, clips in places.items()
    }
    return {
        **shared,
        "subheading": subheading(pair),
        "links": _comparison_links(views, shared["comparison_pages"], place),
        **comparison_content(comparison, pair, folder, f"pair-{place}", sides),
    }


def page_names(probes: Sequence[str]) -> dict[str, str]:
    """A file name for each probe: safe whatever the summary says, and unique."""
    pages: dict[str, str] = {}
    for name in in_order(probes):
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "probe"
        taken = sum(1 for page in pages.values() if re.fullmatch(rf"probe-{slug}(\.\d+)?\.html", page))
        pages[name] = f"probe-{slug}{f'.{taken + 1}' if taken else ''}.html"
    return pages


def _index_page(shared: dict[str, Any]) -> dict[str, Any]:
    views, marks, pages = shared["runs"], shared["landmarks"], shared["probe_pages"]
    return {
        **shared,
        "subheading": subheading(views),
        "total": total_row(views, marks),
        "suites": suite_views(views, pages, marks),
        "compute": compute_views([view.run for view in views]),
        "sets_about": set_metrics.ABOUT,
        "sets_heading": set_metrics.HEADING,
        "any_limits": any(view.limits for view in views),
        "links": suite_links(list(pages), shared["index_name"]),
    }


def _probe_page(name: str, folder: Path, shared: dict[str, Any], every_clip: bool) -> dict[str, Any]:
    views, pages = shared["runs"], shared["probe_pages"]
    method = method_of(name)
    summaries: list[ProbeSummary | None] = [probe_of(view.run, name) for view in views]
    slug = pages[name].removeprefix("probe-").removesuffix(".html")
    there = [
        (i, view, summary) for i, (view, summary) in enumerate(zip(views, summaries, strict=True)) if summary
    ]
    first = there[0][2]
    return {
        **shared,
        "name": name,
        "question": first.question,
        "rows": probe_rows(summaries, shared["landmarks"].of_probe(name)),
        "lanes": views,
        "views": [
            probe_view(view, summary, method, folder, f"{slug}-{i}", every_clip) for i, view, summary in there
        ],
        "curves": curve_views(summaries),
        "method": method.paragraphs,
        "sources": sources_of(name),
        "trust": trust_in(name, first.track),
        "example": example_of(there[0][1].folder, folder, name, first.version, slug),
        "links": suite_links(list(pages), shared["index_name"], name),
        "near": neighbours(pages, name),
    }


def subheading(views: Sequence[RunView]) -> str:
    """Benchmark, track, clip and seed, as far as the runs agree."""
    runs = [view.run for view in views]
    said: dict[str, set[str]] = {
        "benchmark": {f"{run.benchmark['name']}/{run.benchmark['version']}" for run in runs},
        "track": {run.track for run in runs},
        "clips": {words.clip_in_words(run.format) for run in runs},
        "seed": {str(run.seed) for run in runs},
    }
    return " · ".join(f"{name} {' and '.join(sorted(values))}" for name, values in said.items())


def _comparison_links(views: Sequence[RunView], pages: Mapping[int, str], current: int) -> list[Link]:
    return [Link(f"{views[i].name} against {views[0].name}", page, i == current) for i, page in pages.items()]


@cache
def page_environment() -> Environment:
    """Templates, with the filters that they use; read once, as that takes as long as a page."""
    environment = Environment(
        loader=PackageLoader("wsim_reports"),
        autoescape=lambda name: name is None or name.endswith(".html.j2"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        value=lambda estimate, signed=False: rounding.value_of(estimate, signed=signed),
        interval=lambda estimate, signed=False: rounding.interval_of(estimate, signed=signed),
        percent=rounding.percent,
        p_text=rounding.p_text,
        in_words=words.in_words,
        breakable=_breakable,
        outstanding=words.outstanding,
        most_common=words.most_common,
        call=words.difference_call,
        flags=words.flags_in_words,
        set_rows=set_metrics.rows_of,
        set_missing=set_metrics.missing_of,
        incomparable=set_metrics.incomparable,
        status_words=words.status_in_words,
        suites_in=words.suites_in,
    )
    return environment


def _breakable(name: str) -> Markup:
    """A name that may be broken after a stroke, and nowhere else."""
    return Markup("/<wbr>").join(escape(part) for part in name.split("/"))


def write_page(environment: Environment, path: Path, template: str, content: dict[str, Any]) -> None:
    """One page from a template."""
    path.write_text(environment.get_template(template).render(content), encoding="utf-8")

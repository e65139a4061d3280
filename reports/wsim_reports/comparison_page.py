"""The page of one run against another: what changed in words, how surely, and the clips behind it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wsim.runs.results import Comparison, Difference
from wsim_reports.pair_figures import difference_axis, difference_row, reach_of, stands
from wsim_reports.pair_views import Sides, pair_views, read_pairs
from wsim_reports.pair_words import told
from wsim_reports.profiles import profile_figure, profiles_of, wins_in_words
from wsim_reports.rounding import both_of, number
from wsim_reports.views import RunView
from wsim_reports.words import difference_call


def comparison_pages(comparisons: Sequence[Comparison | str]) -> dict[int, tuple[str, Comparison]]:
    """File names and what is on the pages, by the place of the run; what cannot be compared has none."""
    return {
        i: (f"comparison-{i}.html", comparison)
        for i, comparison in enumerate(comparisons, start=1)
        if isinstance(comparison, Comparison)
    }


def comparison_content(
    comparison: Comparison,
    views: tuple[RunView, RunView],
    folder: Path,
    prefix: str,
    places: Mapping[str, tuple[Mapping[str, str], Mapping[str, str]]],
) -> Mapping[str, Any]:
    """What the template needs; writes the clips of both runs under `folder`.

    Args:
        comparison: of the two runs.
        views: baseline and other.
        folder: of the page.
        prefix: of the files of the clips, unique in the report.
        places: by probe, where the clips of baseline and other are shown, by scenario.
    """
    baseline, other = views
    sides = Sides(baseline.name, other.name, baseline.folder, other.folder)
    found = read_pairs(comparison, sides)
    pairs = pair_views(comparison, found, sides, folder, prefix, places)
    profiles = profiles_of(found, {probe.name: probe.suite for probe in comparison.baseline.probes})
    names, colours = (baseline.name, other.name), (baseline.colour, other.colour)
    rows = (comparison.headline, *comparison.probes)
    reach = reach_of(rows)
    return {
        "baseline": baseline.name,
        "other": other.name,
        "warnings": comparison.warnings,
        "told": told(comparison),
        "headline_words": headline_words(comparison.headline, baseline.name, other.name),
        "axis": difference_axis(reach),
        "rows": [(row, difference_row(row, reach), stands(row)) for row in rows],
        "tested": sum(row.p_holm is not None for row in comparison.probes),
        "views": pairs,
        "profile": profile_figure(profiles, names, colours) if profiles else "",
        "wins": wins_in_words(profiles, other.name) if profiles else "",
        "lanes": views,
        "anchors": {pair.name: pair.anchor for pair in pairs},
    }


def headline_words(row: Difference, baseline: str, other: str) -> str:
    """One sentence about the headline."""
    if row.difference.value is None:
        return "There is no headline to compare: at least one of the runs has none."
    p_value = row.p_value if row.p_holm is None else row.p_holm
    ends = f"{number(row.baseline.value)} with {baseline}, {number(row.other.value)} with {other}"
    sure = "" if p_value is None else f", p {'< 0.001' if p_value < 0.001 else f'= {p_value:.2g}'}"
    return (
        f"Headline: {ends}; difference {both_of(row.difference, signed=True)}{sure}; {difference_call(row)}."
    )

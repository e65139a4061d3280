"""Two runs on disk to a page that says what changed: differences, words, dots and the clips behind them."""

import dataclasses
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wsim.cli.main import call
from wsim.errors import ExitCode
from wsim.runs.comparable import mismatches
from wsim.runs.compare import compare
from wsim.runs.execute import execute
from wsim.runs.folder import RunFolder
from wsim.runs.pairs import cluster_differences, load_side, scenario_pairs

sys.path.insert(0, str(Path(__file__).parent.parent / "fixtures"))
import wsim_toy as toy

WICKED = "<b>later</b>"


pytestmark = pytest.mark.usefixtures("toy_probes")


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    """An early checkpoint that hardly rises, and a later one that rises but in every fourth world."""
    early = toy.Painter(lambda r: 4.0 + r.seed % 2, "early", "11" * 32, settings={"train_step": 1000})
    later = toy.Painter(
        lambda r: 0.0 if r.seed % 4 == 3 else 18.0, WICKED, "22" * 32, settings={"train_step": 64000}
    )
    for model, name in ((early, "early"), (later, "later")):
        execute(model, toy.plan(model, clusters=12), tmp_path / name)
    return tmp_path / "early", tmp_path / "later"


def pages_of(runs: tuple[Path, Path], output: Path) -> dict[str, str]:
    assert call(["compare", *map(str, runs), "-o", str(output)]) == ExitCode.COMPLETE
    return {path.name: path.read_text(encoding="utf-8") for path in output.glob("*.html")}


def test_pairs_are_what_the_comparison_is_made_of(runs: tuple[Path, Path]) -> None:
    left, right = (load_side(run) for run in runs)
    pairs = scenario_pairs(left, right, "toy/rise")
    assert len(pairs) == 24 and all(p.baseline.scenario == p.other.scenario for p in pairs)
    differences = np.array(list(cluster_differences(pairs).values()))
    [row] = compare(*runs).probes
    assert row.difference.value == pytest.approx(differences.mean()) and len(differences) == 12
    assert np.mean([pair.change for pair in pairs]) == pytest.approx(differences.mean())


def test_the_page_tells_what_changed_and_shows_it(runs: tuple[Path, Path], tmp_path: Path) -> None:
    page = pages_of(runs, tmp_path / "page")["comparison-1.html"]
    [row] = compare(*runs).probes
    assert row.call == "better" and "Got better" in page and "Got worse" not in page
    assert "“still” became “risen” in 18, of 24 clips." in page
    assert "18 score higher with &lt;b&gt;later&lt;/b&gt;, 6 with early" in page and WICKED not in page
    assert page.count('class="point better') == 18 and page.count('class="point worse') == 6
    linked = re.findall(r'<a href="#(pair-1-00-\d)"', page)
    assert len(linked) == len(set(linked)) == 4
    for anchor in linked:
        assert f'id="{anchor}"' in page
        for side in ("truth", "baseline", "other"):
            assert (tmp_path / f"page/clips/{anchor}-{side}.mp4").stat().st_size > 100
    assert "Gained most" in page and "Lost most" in page


def test_the_index_leads_there_and_draws_scores_against_training(
    runs: tuple[Path, Path], tmp_path: Path
) -> None:
    index = pages_of(runs, tmp_path / "page")["index.html"]
    assert 'href="comparison-1.html"' in index
    assert "Score against training step" in index and "headline against training step. 1000: " in index


def test_without_a_declared_number_nothing_is_drawn_against_training(tmp_path: Path) -> None:
    for i, settings in enumerate(({"steps": 5}, {"steps": 50})):  # sampling steps
        model = toy.Painter(name=f"m{i}", digest=f"{i}{i}" * 32, settings=settings)
        execute(model, toy.plan(model, clusters=10), tmp_path / f"m{i}")
    index = pages_of((tmp_path / "m0", tmp_path / "m1"), tmp_path / "page")["index.html"]
    assert "Score against" not in index


def test_videos_that_are_gone_are_said_and_the_numbers_stay(runs: tuple[Path, Path], tmp_path: Path) -> None:
    shutil.rmtree(runs[1] / "videos")
    shutil.rmtree(tmp_path / "cache", ignore_errors=True)
    page = pages_of(runs, tmp_path / "page")["comparison-1.html"]
    assert "The generated video is no longer in the run folder." in page
    assert page.count('class="point') == 24 and "-other.mp4" not in page


def test_everything_that_differs_is_named(runs: tuple[Path, Path]) -> None:
    mine = RunFolder(runs[0]).manifest
    [entry] = mine.probes
    spec = dataclasses.replace(entry.metrics[0], better="lower", high=2.0)
    changed = mine.with_probe(dataclasses.replace(entry, version=2, metrics=(spec,)))
    changed = dataclasses.replace(changed, seed=9, benchmark={**mine.benchmark, "version": 4})
    said = [str(found) for found in mismatches(mine, changed)]
    assert said == [
        f"benchmark version is {mine.benchmark['version']} in one and 4 in the other",
        f"seed is {mine.seed} in one and 9 in the other",
        "version of probe toy/rise is 1 in one and 2 in the other",
        "scored metric of toy/rise is closeness|1|higher|0..1 in one and closeness|1|lower|0..2 in the other",
    ]
    assert mismatches(mine, mine) == []


def test_in_a_browser_a_dot_leads_to_its_clip_and_nothing_sticks_out(
    runs: tuple[Path, Path], tmp_path: Path, tab: Any
) -> None:
    pages_of(runs, tmp_path / "page")
    tab.goto((tmp_path / "page/comparison-1.html").as_uri())
    tab.locator(".scatter a").first.click()
    anchor = tab.evaluate("location.hash.slice(1)")
    tab.wait_for_function("id => document.getElementById(id).getBoundingClientRect().top < 900", arg=anchor)
    tab.set_viewport_size({"width": 360, "height": 800})
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    assert not tab.problems


def test_in_a_browser_a_frame_over_dots_lists_their_clips(
    runs: tuple[Path, Path], tmp_path: Path, tab: Any
) -> None:
    """Six of 24 clips became worse: they lie below the diagonal, at the bottom of the scatter."""
    pages_of(runs, tmp_path / "page")
    tab.goto((tmp_path / "page/comparison-1.html").as_uri())
    listed = ".brushed li:not([hidden])"
    tab.locator(".brushed summary").click()
    assert tab.locator(listed).count() == 24 and tab.locator(f"{listed} a").count() == 48
    scatter = tab.locator(".scatter")
    scatter.scroll_into_view_if_needed()
    box, worse = scatter.bounding_box(), [one.bounding_box() for one in tab.locator(".point.worse").all()]
    bottom, top = box["y"] + 0.86 * box["height"], min(one["y"] for one in worse) - 3
    tab.mouse.move(box["x"] + 0.12 * box["width"], top)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 0.97 * box["width"], bottom, steps=5)
    tab.mouse.up()
    assert tab.locator(listed).count() == tab.locator(f"{listed} .worse").count() == 6
    assert tab.locator(".point.aside").count() == 18
    assert tab.locator(".brushed summary").inner_text() == "6 of 24 clips, those in the frame"
    name = tab.locator(f"{listed} a").last.get_attribute("href")
    tab.locator(f"{listed} a").last.click()  # to a clip in small, which opens
    tab.wait_for_selector("main h1:has-text('toy/rise')")
    assert tab.url.endswith(name)
    assert tab.evaluate("document.getElementById(location.hash.slice(1)).closest('details')?.open ?? true")
    tab.go_back()
    tab.locator(".brushed summary").press("Escape")
    assert tab.locator(".point.aside").count() == 0
    assert not tab.problems

"""A report in one file: within its budget, whole without a network, and every page reached in a browser."""

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from wsim.runs.execute import execute
from wsim.runs.summary import load_summary
from wsim_reports import html, single
from wsim_reports.single import Page, bundle, choose

sys.path.append(str(Path(__file__).parent.parent / "fixtures"))
import wsim_toy as toy
from wsim_slides import CLIP, make_run

pytestmark = pytest.mark.usefixtures("toy_probes")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return make_run(tmp_path / "run")


@pytest.fixture
def file(run: Path, tmp_path: Path) -> Path:
    return single.write([load_summary(run)], [run], tmp_path / "report.html")


@pytest.fixture
def pages(run: Path, tmp_path: Path) -> list[Page]:
    index = html.write([load_summary(run)], [run], tmp_path / "page", every_clip=False)
    return [Page(index), *(Page(path) for path in sorted(index.parent.glob("probe-*.html")))]


def test_the_file_needs_no_other_and_holds_what_the_folder_shows(file: Path, pages: list[Page]) -> None:
    text = file.read_text(encoding="utf-8")
    places = re.findall(r'(?:src|href|poster)="([^"]*)"', text)
    inside = {page.path.name for page in pages}
    outside = [p for p in places if not p.startswith(("data:", "#")) and p.partition("#")[0] not in inside]
    assert not outside
    films = sum(len(page.films) for page in pages)
    assert films == 1 + 3 + 4 + 1 and f"It holds {films} of {films} films" in text
    assert text.count("data:video/mp4;base64,") == 1 + 4 * (3 + 4) + 3
    assert "Every clip, from the worst" not in text and "a red square slides, row 2" in text
    assert "<script>alert(1)</script>" not in text and len(list(file.parent.glob("report*"))) == 1


def test_the_same_run_gives_the_same_bytes(run: Path, file: Path, tmp_path: Path) -> None:
    again = single.write([load_summary(run)], [run], tmp_path)
    assert again == tmp_path / "report.html" and again.read_bytes() == file.read_bytes()


def test_a_budget_keeps_what_says_most_and_is_kept(pages: list[Page]) -> None:
    (probe,) = pages[1:]
    films = sorted(probe.films, key=lambda film: film.rank)
    assert films[0] == probe.films[0]  # the example of the probe, before the first of every gallery
    assert {film.rank[1] for film in films[1:4]} == {1, 2, 3} and {film.rank[0] for film in films[1:4]} == {0}
    two = sum(film.bytes for film in films[:2])
    assert choose(pages, two) == [frozenset(), frozenset(films[:2])]
    assert choose(pages, -1) == [frozenset(), frozenset()]
    bare = bundle(pages, 0)
    assert "data:video" not in bare and bare.count("Its film is not in this file.") == len(films)
    budget = len(bare.encode()) + two + 2 * single.SIGNS
    held = len(bundle(pages, budget).encode())
    assert budget - 3 * single.SIGNS <= held <= budget


def test_pages_take_turns_and_films_play(file: Path, tab: Any) -> None:
    tab.goto(file.as_uri())
    first = tab.title()
    tab.locator('main a[href="probe-toy-slide.html"]').first.click()
    tab.wait_for_selector(".player .controls:not([hidden])")
    assert tab.title() != first and tab.url.endswith("#probe-toy-slide.html")
    assert tab.locator("h1").text_content() == "toy/slide"
    player = tab.locator(".player").first
    player.locator(".forward").click()
    tab.wait_for_function("[...document.querySelector('.player').querySelectorAll('video')]"
                          ".every(v => v.readyState >= 2 && !v.seeking)")  # fmt: skip
    frame = int(player.get_attribute("data-frame"))
    times = player.evaluate("root => [...root.querySelectorAll('video')].map(v => v.currentTime)")
    assert all(int(time * CLIP.fps) == frame for time in times) and len(times) >= 3
    tab.go_back()
    tab.wait_for_function("title => document.title === title", arg=first)
    tab.goto(f"{file.as_uri()}#probe-toy-slide.html:clips-1")
    tab.reload()
    tab.wait_for_function("document.querySelector('h1').textContent === 'toy/slide'")
    tab.wait_for_function("scrollY > 300")  # a link leads into the page that it names
    assert not tab.problems
    assert {one.partition("#")[0] for one in tab.asked} == {file.as_uri()}


def test_a_comparison_is_in_the_file_too_and_axe_finds_nothing(tmp_path: Path, tab: Any) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    runs = [tmp_path / "early", tmp_path / "later"]
    for model, path in zip((toy.Painter(lambda r: 4.0, "early", "11" * 32),
                            toy.Painter(lambda r: 18.0, "later", "22" * 32)), runs, strict=True):  # fmt: skip
        execute(model, toy.plan(model, clusters=4), path)
    file = single.write([load_summary(run) for run in runs], runs, tmp_path / "both.html")
    for page in ("", "#comparison-1.html", "#probe-toy-rise.html"):
        tab.goto(file.as_uri() + page)
        tab.reload()
        tab.wait_for_selector("h1")
        assert axe.run(tab).response["violations"] == []
    tab.goto(f"{file.as_uri()}#comparison-1.html")
    tab.reload()
    assert tab.locator("h1").text_content().split() == ["later", "against", "early"]

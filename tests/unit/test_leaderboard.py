"""The leaderboard: who is ranked and why not, names as text, views in the address, and many runs at once."""

import dataclasses
import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from wsim.cli.main import call
from wsim.errors import WsimError
from wsim.runs.execute import execute
from wsim.runs.results import Estimate, RunSummary, SuiteSummary
from wsim.runs.stored import find_runs, stored_summary
from wsim.runs.summary import load_summary
from wsim_reports.leaderboard import embedded, why_unranked, write
from wsim_reports.rounding import decimals_of

sys.path.insert(0, str(Path(__file__).parent.parent / "fixtures"))
import wsim_toy as toy
from wsim_summaries import NONE, make_probe, make_run

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WICKED = "</script><script>window.caught = 1</script><img src=x onerror='window.caught = 2'> & “q”"
MANY = 2000
ERRORS = [0.0, 0.002, 0.0095, 0.0149, 0.0161, 0.04, 0.096, 0.13, 0.16, 0.3, 0.97]


def run_of(place: int, *, probes: int = 2) -> RunSummary:
    """A run whose headline tells its place; every fifth has few worlds in a probe."""
    value = round(0.2 + 0.6 * (place * 37 % 101) / 101, 3)
    flags = ("few clusters",) if place % 5 == 4 else ()
    made = tuple(make_probe(f"suite{i % 6}/probe_{i}", value, flags=flags) for i in range(probes))
    suites = tuple(
        SuiteSummary(name, made[0].strict, tuple(p for p in made if p.suite == name), True)
        for name in dict.fromkeys(probe.suite for probe in made)
    )
    return make_run(
        run=f"2026010{1 + place % 9}T000000Z-{place:04d}",
        model={"name": f"model {place}", "adapter": "toy/1", "digest": f"{place:064x}", "settings": {}},
        headline=Estimate(value, value - 0.05, value + 0.05, 80, 40),
        suites=suites,
    )


def site_of(runs: list[RunSummary], tmp_path: Path) -> tuple[Path, dict[str, object]]:
    folders = [tmp_path / "runs" / str(i) for i in range(len(runs))]
    index = write(runs, folders, tmp_path / "site")
    found = re.search(
        r'<script type="application/json" id="data">(.*?)</script>', index.read_text(encoding="utf-8"), re.S
    )
    assert found
    return index, json.loads(found[1])


def test_what_is_not_to_be_ranked_says_why() -> None:
    assert why_unranked(make_run(), privileged=False) == ()
    assert why_unranked(make_run(), privileged=True) == ("sees the truth",)
    limited = make_run(partial=True, status="incomplete")
    assert why_unranked(limited, privileged=False) == (
        "limited to some of the worlds",
        "the run is incomplete",
    )
    probe = make_probe("physics/fall", 0.9, flags=("few clusters", "low coverage"))
    few = make_run(suites=(SuiteSummary("physics", probe.strict, (probe,), True),))
    assert why_unranked(few, privileged=False) == (
        "few worlds in 1 of 1 probes",
        "low coverage in 1 of 1 probes",
    )
    assert "only some of the track's suites ran" in why_unranked(make_run(headline=NONE), privileged=False)[0]


def test_runs_of_other_benchmarks_tracks_and_seeds_stand_on_boards_of_their_own(tmp_path: Path) -> None:
    runs = [make_run(), make_run(track="text"), make_run(seed=8), make_run()]
    _, data = site_of(runs, tmp_path)
    rows = data["runs"]
    assert isinstance(rows, list) and len({row["board"] for row in rows}) == 3
    assert rows[0]["board"] == rows[3]["board"]


def test_numbers_names_and_sizes_are_those_of_the_runs(tmp_path: Path) -> None:
    wicked = dataclasses.replace(run_of(0), model={"name": WICKED, "digest": None}, signature=WICKED)
    index, data = site_of([wicked], tmp_path)
    text = index.read_text(encoding="utf-8")
    assert text.count("<script") == 2 and "<img" not in text  # the program, and the data
    [row] = data["runs"]  # type: ignore[misc]
    assert row["model"] == WICKED and row["headline"] == [0.2, 0.15, 0.25, 40]
    assert row["coverage"] == 0.9 and row["clips"] == 80 and row["probes"][0][3:] == [20, 0.9, ""]
    assert json.loads(str(embedded({"a": "<\u2028>&"}))) == {"a": "<\u2028>&"}


def test_pages_of_runs_are_linked_only_where_they_move_along(tmp_path: Path) -> None:
    runs, folders = [run_of(0), run_of(1)], [tmp_path / "tree/a b", tmp_path / "elsewhere/b"]
    for folder in folders:
        (folder / "report").mkdir(parents=True)
        (folder / "report/index.html").write_text("x")
    text = write(runs, folders, tmp_path / "tree/board").read_text(encoding="utf-8")
    assert '"href":"../a%20b/report/index.html"' in text and '"href":""' in text


def test_a_stored_summary_is_used_until_its_records_are_newer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WSIM_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "runs/deep/one"
    execute(toy.Painter(), toy.plan(toy.Painter(), clusters=3), folder)
    assert find_runs(tmp_path / "runs") == [folder]
    made = load_summary(folder)
    assert stored_summary(folder).to_json() == made.to_json()
    path = folder / "summary.json"
    path.write_text(path.read_text().replace('"painter"', '"edited"'))
    assert stored_summary(folder).model["name"] == "edited"
    later = path.stat().st_mtime + 5
    os.utime(folder / "records.jsonl", (later, later))
    assert stored_summary(folder) == made
    (folder / "records.jsonl").touch()
    path.write_text('{"schema": "wsim.summary/3", "run": 3}')
    assert stored_summary(folder) == made
    with pytest.raises(WsimError, match="no runs"):
        find_runs(tmp_path / "cache")


def test_the_command_leaves_out_what_it_cannot_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WSIM_CACHE", str(tmp_path / "cache"))
    execute(toy.Painter(), toy.plan(toy.Painter(), clusters=3), tmp_path / "runs/one")
    (tmp_path / "runs/broken").mkdir()
    (tmp_path / "runs/broken/manifest.json").write_text("{")
    assert call(["report", "--leaderboard", str(tmp_path / "runs"), "-o", str(tmp_path / "site")]) == 0
    said = capsys.readouterr()
    assert "left out: error: the manifest cannot be read" in said.err
    assert "1 run, 0 ranked" in (tmp_path / "site/index.html").read_text(encoding="utf-8")


def test_a_run_counts_once_and_no_run_is_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WSIM_CACHE", str(tmp_path / "cache"))
    run, site = tmp_path / "runs/one", tmp_path / "site"
    execute(toy.Painter(), toy.plan(toy.Painter(), clusters=3), run)
    asked = ["report", "--leaderboard", str(tmp_path / "runs"), str(run), "-o"]
    assert call([*asked, str(site)]) == 0
    assert "1 run, 0 ranked" in (site / "index.html").read_text(encoding="utf-8")
    assert call([*asked, str(run)]) == 2 and not (run / "index.html").exists()
    assert "would be written over a run" in capsys.readouterr().err


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_in_a_browser_many_runs_are_sorted_found_and_linked_to(tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    runs = [run_of(place, probes=2) for place in range(MANY)]
    runs[7] = dataclasses.replace(
        runs[7], model={"name": WICKED, "digest": None}, headline=Estimate(0.99, 0.98, 1.0, 80, 40)
    )
    index, _ = site_of(runs, tmp_path)
    with playwright.sync_playwright() as engine:
        browser = engine.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=["--no-sandbox", "--disable-gpu"]
        )
        tab = browser.new_page(viewport={"width": 1200, "height": 900})
        problems: list[str] = []
        tab.on("pageerror", lambda error: problems.append(str(error)))
        tab.goto(index.as_uri())
        names = "[...document.querySelectorAll('#table tbody th button')].map(b => b.textContent)"
        first = tab.evaluate(names)
        assert len(first) == 100 and first[0] == WICKED and tab.evaluate("window.caught") is None
        ranks = tab.evaluate("[...document.querySelectorAll('#table tbody .rank')].map(t => t.textContent)")
        assert ranks[0] == "1" and "–" not in ranks
        assert "400 unranked runs not shown" in tab.locator("#count").inner_text()
        rows = "errors => errors.map(e => decimals([0.5, 0.5 - 1.96 * e, 0.5 + 1.96 * e]))"
        ours = [decimals_of(Estimate(0.5, 0.5 - 1.96 * e, 0.5 + 1.96 * e, 9, 9)) for e in ERRORS]
        assert tab.evaluate(rows, ERRORS) == ours  # the digits of every other report
        drawn = tab.evaluate(
            "(() => { const t = performance.now(); draw(); return performance.now() - t })()"
        )
        assert drawn < 1500  # ms, beside seven others

        tab.locator("#unranked").check()
        tab.locator("#find").fill("model 199")
        tab.get_by_role("button", name="model", exact=True).click()
        tab.locator("#columns").select_option("suite1")
        expected = ["model 1199", "model 199", *(f"model {i}" for i in range(1990, 2000))]
        assert tab.evaluate(names) == expected
        address = tab.evaluate("location.href")
        other = browser.new_page(viewport={"width": 400, "height": 800})
        other.goto(address)
        assert other.evaluate(names) == expected
        assert other.locator("#find").input_value() == "model 199"
        assert other.locator("th[aria-sort=ascending]").inner_text().startswith("model")
        other.get_by_role("button", name="model 1994", exact=True).click()
        assert "few worlds in 2 of 2 probes" in other.locator(".details").inner_text()
        assert other.evaluate("document.documentElement.scrollWidth") <= 400
        assert not problems
        browser.close()


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_in_a_browser_a_board_where_none_is_ranked_shows_all(tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    index, _ = site_of([make_run(partial=True, run=f"{i}") for i in range(3)], tmp_path)
    with playwright.sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        tab = browser.new_page()
        tab.goto(index.as_uri())
        assert tab.locator("#table tbody tr.unranked").count() == 3
        assert tab.locator("#count").inner_text() == "3 of 3 runs; none is ranked: a name says why"
        browser.close()

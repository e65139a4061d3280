"""Nothing on any page that axe-core objects to, in light and in dark; nothing sticks out of a phone."""

import os
import shutil
import sys
from pathlib import Path

import cv2
import pytest

from wsim.certify.certificate import certificate_from_json
from wsim.certify.many import shipped_folder
from wsim.runs.execute import execute
from wsim.runs.summary import load_summary
from wsim_reports import certificates, evidence, html, leaderboard, probe_views
from wsim_reports.screenshots import shoot

sys.path.append(str(Path(__file__).parent.parent / "fixtures"))
import wsim_toy as toy
from wsim_slides import Slide, make_run

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy probes, as if they were installed, and a cache of our own."""
    monkeypatch.setenv("WSIM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    for module in (evidence, probe_views):
        monkeypatch.setattr(module, "load_probe", lambda name: Slide() if name == Slide.name else toy.Rise())


def every_page(folder: Path) -> list[Path]:
    """One page of every type: of a run, of a probe, of a comparison, a leaderboard, and certificates."""
    slides = make_run(folder / "runs/slides")
    early = toy.Painter(lambda r: 4.0 + r.seed % 2, "early", "11" * 32, settings={"train_step": 1000})
    later = toy.Painter(lambda r: 18.0 * (r.seed % 4 < 3), "later", "22" * 32, settings={"train_step": 64000})
    pair = [folder / "runs/early", folder / "runs/later"]
    for model, path in zip((early, later), pair, strict=True):
        execute(model, toy.plan(model, clusters=4), path)
    one = html.write([load_summary(slides)], [slides], folder / "one").parent
    two = html.write([load_summary(run) for run in pair], pair, folder / "two").parent
    marked = html.write([load_summary(pair[0])], pair[:1], folder / "marked", pair[1:]).parent
    every = [slides, *pair]
    board = leaderboard.write([load_summary(run) for run in every], every, folder / "board")
    shipped = sorted(shipped_folder().glob("*.json"))[:2]
    read = [certificate_from_json(path.read_text(encoding="utf-8"), path) for path in shipped]
    proofs = certificates.write(read, folder / "certificates").parent
    return [
        one / "index.html", one / "probe-toy-slide.html", marked / "index.html", two / "index.html",
        two / "comparison-1.html",
        board, proofs / "index.html", sorted(proofs.glob("probe-*.html"))[0],
    ]  # fmt: skip


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_axe_finds_nothing_on_any_page(tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    pages = every_page(tmp_path)
    found: dict[tuple[str, ...], object] = {}
    with playwright.sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for scheme, width in (("light", 1200), ("dark", 360)):
            tab = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
            for page in pages:
                name = f"{page.parent.name}/{page.name}"
                tab.goto(page.as_uri())
                tab.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
                if (reach := tab.evaluate("document.documentElement.scrollWidth")) > width:
                    found[name, scheme, "sticks out"] = reach
                for violation in axe.run(tab).response["violations"]:
                    nodes = [node["html"][:160] for node in violation["nodes"][:3]]
                    found[name, scheme, violation["id"]] = nodes
        browser.close()
    assert not found


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_one_command_takes_the_pictures_of_a_report(tmp_path: Path) -> None:
    pytest.importorskip("playwright.sync_api")
    made = shoot([make_run(tmp_path / "run")], tmp_path / "images")
    assert [path.name for path in made] == ["report.png", "probe.png"]
    for path in made:
        picture = cv2.imread(str(path))
        assert picture.shape == (900, 1200, 3) and picture.std() > 5

"""Nothing on the pages of a report that axe-core objects to, in light and in dark, wide and narrow."""

import shutil
import sys
from pathlib import Path

import cv2
import pytest

from wsim.runs.summary import load_summary
from wsim_reports import evidence, probe_views
from wsim_reports.html import write
from wsim_reports.screenshots import shoot

sys.path.append(str(Path(__file__).parent.parent / "fixtures"))
from wsim_slides import Slide, make_run

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PAGES = ("index.html", "probe-toy-slide.html")


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_axe_finds_nothing_on_any_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    for module in (evidence, probe_views):
        monkeypatch.setattr(module, "load_probe", lambda name: Slide())
    run = make_run(tmp_path / "run")
    folder = write([load_summary(run)], [run], tmp_path / "page").parent
    found = {}
    with playwright.sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for scheme, width in (("light", 1200), ("dark", 400)):
            tab = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
            for page in PAGES:
                tab.goto((folder / page).as_uri())
                tab.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
                for violation in axe.run(tab).response["violations"]:
                    nodes = [node["html"][:160] for node in violation["nodes"][:3]]
                    found[page, scheme, violation["id"]] = nodes
        browser.close()
    assert not found


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_one_command_takes_the_pictures_of_a_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("playwright.sync_api")
    for module in (evidence, probe_views):
        monkeypatch.setattr(module, "load_probe", lambda name: Slide())
    made = shoot([make_run(tmp_path / "run")], tmp_path / "images")
    assert [path.name for path in made] == ["report.png", "probe.png"]
    for path in made:
        picture = cv2.imread(str(path))
        assert picture.shape == (900, 1200, 3) and picture.std() > 5

"""Nothing on any page that axe-core objects to, in light and in dark; nothing sticks out of a phone."""

import shutil
import sys
from pathlib import Path

import cv2
import pytest

from wsim_reports.screenshots import shoot

sys.path.append(str(Path(__file__).parent.parent / "fixtures"))
from wsim_pages import make_pair

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


pytestmark = pytest.mark.usefixtures("toy_probes")


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_axe_finds_nothing_on_any_page(pages: list[Path]) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
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
def test_one_command_takes_a_picture_of_every_type_of_page(tmp_path: Path) -> None:
    pytest.importorskip("playwright.sync_api")
    made = shoot(make_pair(tmp_path / "runs"), tmp_path / "images")
    named = ["report", "probe", "comparison", "leaderboard", "certificates", "certificate"]
    assert [path.stem for path in made] == named
    pictures = [cv2.imread(str(path)) for path in made]
    assert all(picture.shape == (900, 1200, 3) and picture.std() > 5 for picture in pictures)
    assert len({picture.tobytes() for picture in pictures}) == len(made)

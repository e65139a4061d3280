"""Pictures of a report for README: `python -m wsim_reports.screenshots RUN... -o docs/images`.

Needs Chromium and playwright (`pip install playwright`); writes `report.png` and `probe.png`.
"""

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from wsim.errors import WsimError
from wsim.runs.summary import load_summary
from wsim_reports.html import page_names, write

SIZE: Any = {"width": 1200, "height": 900}
SETTLED_MS = 800  # posters are decoded by then
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def shoot(runs: Sequence[Path], output: Path, probe: str | None = None) -> list[Path]:
    """The top of a report, and the clips of a probe that its last run made.

    Args:
        runs: run folders, the first is the baseline.
        output: the folder of the pictures.
        probe: which; by default the one that this run does worst.

    Raises:
        WsimError: there is no browser, or a run cannot be read.
    """
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise WsimError("there is no browser", where="PATH", remedy="install Chromium")
    from playwright.sync_api import sync_playwright

    summaries = [load_summary(run) for run in runs]
    ranked = [one for one in summaries[-1].probes if one.status == "ok" and probe in (None, one.name)]
    worst = min(ranked, key=lambda one: one.strict.value or 0.0, default=None)
    output.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder, sync_playwright() as engine:
        index = write(summaries, list(runs), Path(folder))
        chromium = engine.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        tab = chromium.new_page(viewport=SIZE, color_scheme="light", reduced_motion="reduce")
        made = [_picture(tab, index, "", output / "report.png")]
        if worst is not None:
            names = page_names([one.name for summary in summaries for one in summary.probes])
            page, place = index.parent / names[worst.name], f"#clips-{len(runs)}"
            made.append(_picture(tab, page, place, output / "probe.png"))
        chromium.close()
    return made


def _picture(tab: Any, page: Path, place: str, output: Path) -> Path:
    tab.goto(page.as_uri() + place)
    tab.wait_for_timeout(SETTLED_MS)
    tab.screenshot(path=str(output))
    return output


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/images"))
    parser.add_argument("--probe", metavar="NAME", help="whose clips; by default the worst of the last run")
    asked = parser.parse_args()
    for picture in shoot(asked.runs, asked.output, asked.probe):
        print(picture)

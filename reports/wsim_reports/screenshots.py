"""Pictures of every type of page: `python -m wsim_reports.screenshots RUN... -o docs/images`.

Needs Chromium and playwright (`pip install playwright`). Writes `report.png`, `probe.png`, `leaderboard.png`,
`certificate.png` and `certificates.png`, and of several runs `comparison.png`.
"""

import argparse
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from wsim.certify.certificate import certificate_from_json
from wsim.certify.many import shipped_folder
from wsim.errors import WsimError
from wsim.runs.results import RunSummary
from wsim.runs.summary import load_summary
from wsim_reports import certificates, leaderboard
from wsim_reports.html import page_names, write

SIZE: Any = {"width": 1200, "height": 900}
SETTLED_MS = 800  # posters are decoded by then
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def shoot(runs: Sequence[Path], output: Path, probe: str | None = None) -> list[Path]:
    """The top of every type of page, and the clips of a probe that the last run made.

    Args:
        runs: run folders, the first is the baseline.
        output: the folder of the pictures.
        probe: which; by default the one that the last run does worst.

    Returns:
        The pictures, named after their pages.

    Raises:
        WsimError: there is no browser, or a run cannot be read.
    """
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise WsimError("there is no browser", where="PATH", remedy="install Chromium")
    from playwright.sync_api import sync_playwright

    summaries = [load_summary(run) for run in runs]
    output.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder, sync_playwright() as engine:
        pages = dict(_pages(summaries, runs, Path(folder), probe))
        chromium = engine.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        tab = chromium.new_page(viewport=SIZE, color_scheme="light", reduced_motion="reduce")
        made = [_picture(tab, address, output / f"{name}.png") for name, address in pages.items()]
        chromium.close()
    return made


def _pages(
    runs: Sequence[RunSummary], folders: Sequence[Path], output: Path, probe: str | None
) -> Iterator[tuple[str, str]]:
    """Pages of every type, written under `output`: what to call each, and its address."""
    index = write(runs, list(folders), output / "report")
    yield "report", index.as_uri()
    ranked = [one for one in runs[-1].probes if one.status == "ok" and probe in (None, one.name)]
    if ranked:
        worst = min(ranked, key=lambda one: one.strict.value or 0.0).name
        names = page_names([one.name for run in runs for one in run.probes])
        yield "probe", f"{(index.parent / names[worst]).as_uri()}#clips-{len(runs)}"
    if (compared := index.parent / "comparison-1.html").exists():
        yield "comparison", compared.as_uri()
    yield "leaderboard", leaderboard.write(runs, list(folders), output / "board").as_uri()
    read = [
        certificate_from_json(path.read_text(encoding="utf-8"), path)
        for path in sorted(shipped_folder().glob("*.json"))
    ]
    proofs = certificates.write(read, output / "certificates")
    yield "certificates", proofs.as_uri()
    yield "certificate", sorted(proofs.parent.glob("probe-*.html"))[0].as_uri()


def _picture(tab: Any, address: str, output: Path) -> Path:
    tab.goto(address)
    tab.wait_for_timeout(SETTLED_MS)
    tab.screenshot(path=str(output))
    return output


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/images"))
    parser.add_argument("--probe", metavar="NAME", help="whose clips; by default the worst of the last run")
    asked = parser.parse_args()
    for picture in shoot(asked.runs, asked.output, asked.probe):
        print(picture)

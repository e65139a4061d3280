"""From a run folder on disk to a page in a browser: clips brought back, played, read."""

import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from wsim.contracts import Reading, Unmeasurable
from wsim.runs.summary import load_summary
from wsim.video import read_video
from wsim_reports import evidence, probe_views
from wsim_reports.html import write

sys.path.append(str(Path(__file__).parent.parent / "fixtures"))
from wsim_slides import CLIP, Slide, make_run, square_clip

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy probe, as if it were installed."""
    for module in (evidence, probe_views):
        monkeypatch.setattr(module, "load_probe", lambda name: Slide())


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return make_run(tmp_path / "run")


@pytest.fixture
def page(run: Path, tmp_path: Path) -> Path:
    return write([load_summary(run)], [run], tmp_path / "page").parent


class Elements(HTMLParser):
    """Every start tag with its attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def having(self, tag: str, attribute: str) -> list[str]:
        return [found[attribute] or "" for name, found in self.tags if name == tag and attribute in found]


def test_clips_of_the_worst_the_best_and_the_unmeasured_are_there(page: Path) -> None:
    elements = Elements((page / "probe-toy-slide.html").read_text(encoding="utf-8"))
    sources = elements.having("source", "src")
    told = 4 * (3 + 4) + 3  # three of the twelve vanish; of the unmeasured one there are no marks
    assert len(sources) == 1 + told + 12  # an example, those that tell most, and every one in small
    for source in [*sources, *elements.having("video", "poster"), *elements.having("img", "src")]:
        assert (page / source).stat().st_size > 100
    for title in ("Lowest scored", "Highest scored", "Not measurable"):
        assert title in elements.text
    assert "a red square slides, row 2" in elements.text
    assert "vanished (square) at 0.62 s" in elements.text
    assert "6 frames, 0.00 to 0.31 s" in elements.text
    assert "wsim measure" in elements.text and "--scenario toy/slide/video/world=02" in elements.text
    assert "No certificate" in elements.text and "what should happen" in elements.text
    assert "Looks for the square in the last frame." in elements.text
    assert "not for people" not in elements.text
    labels = elements.having("svg", "aria-label")
    assert "scores of 11 clips, 8 of them lawful; 0 lie between 0.25 and 0.75" in labels


def test_previews_show_the_clip_enlarged_with_what_was_read(page: Path) -> None:
    plain = read_video(page / "clips/toy-slide-0-00-answer.mp4")
    marked = read_video(page / "clips/toy-slide-0-00-reading.mp4")
    assert len(plain) == CLIP.num_frames and plain.fps == CLIP.fps
    assert plain.size == (32 * 5, 48 * 5)
    small = square_clip(6, vanishes=True).frames.astype(int)
    assert np.abs(plain.frames[:, 2::5, 2::5].astype(int) - small).mean() < 6
    change = np.abs(plain.frames.astype(int) - marked.frames.astype(int)).mean(axis=(1, 2, 3))
    assert change[0] > 3 * change[8] > 0  # the ring and the label end with the trail, its path stays


def test_a_run_without_its_videos_still_makes_a_page(run: Path, tmp_path: Path) -> None:
    shutil.rmtree(run / "videos")
    page = write([load_summary(run)], [run], tmp_path / "page").parent
    text = (page / "probe-toy-slide.html").read_text(encoding="utf-8")
    assert "The generated video is no longer in the run folder." in text
    assert "-truth.mp4" in text and "-answer.mp4" not in text


def test_another_version_of_the_probe_shows_no_clips_and_says_so(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Slide, "version", 2)
    page = write([load_summary(run)], [run], tmp_path / "page").parent
    text = (page / "probe-toy-slide.html").read_text(encoding="utf-8")
    assert "the run used version 1 of this probe, version 2 is installed" in text
    assert not (page / "clips").exists()


def test_a_probe_that_reads_differently_now_is_told(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Slide, "measure", lambda *_: Unmeasurable("changed my mind"))
    page = write([load_summary(run)], [run], tmp_path / "page").parent
    text = (page / "probe-toy-slide.html").read_text(encoding="utf-8")
    assert "The installed probe reads this clip as “unmeasurable”." in text


def test_a_probe_that_raises_costs_its_reading_only(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Reading:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(Slide, "measure", broken)
    page = write([load_summary(run)], [run], tmp_path / "page").parent
    text = (page / "probe-toy-slide.html").read_text(encoding="utf-8")
    assert "The probe failed on this clip: ZeroDivisionError: oops" in text


def test_the_same_run_makes_the_same_bytes(run: Path, tmp_path: Path) -> None:
    pages = [write([load_summary(run)], [run], tmp_path / name).parent for name in ("one", "two")]
    files = [sorted(p.relative_to(page) for p in page.rglob("*") if p.is_file()) for page in pages]
    assert files[0] == files[1] and len(files[0]) > 20
    for name in files[0]:  # films too
        assert (pages[0] / name).read_bytes() == (pages[1] / name).read_bytes(), name


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_in_a_browser_one_button_moves_three_videos(page: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, headless=True, args=ARGUMENTS)
        tab = browser.new_page(viewport={"width": 1100, "height": 900})
        problems: list[str] = []
        tab.on("pageerror", lambda error: problems.append(str(error)))
        tab.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
        tab.on(
            "request",
            lambda asked: None if asked.url.startswith(("file:", "data:")) else problems.append(asked.url),
        )
        tab.goto((page / "index.html").as_uri())
        assert tab.evaluate("document.querySelectorAll('script').length") == 1  # the model's name is text
        tab.get_by_role("link", name="slide").first.click()
        tab.wait_for_selector("main h1:has-text('toy/slide')")
        player = tab.locator(".player").first
        times = "root => [...root.querySelectorAll('video')].map(video => video.currentTime)"

        player.locator(".frame").fill("3")
        tab.wait_for_function(f"({times})(document.querySelector('.player')).every(t => t > 0.18)")
        assert player.evaluate(times) == pytest.approx([3.5 / 16] * 4, abs=0.01)
        player.get_by_role("button", name="One frame forward").click()
        tab.wait_for_function(f"({times})(document.querySelector('.player')).every(t => t > 0.25)")
        assert player.evaluate(times) == pytest.approx([4.5 / 16] * 4, abs=0.01)
        assert player.locator("output").inner_text() == "0.25 s"
        player.get_by_role("button", name="One frame back").press("ArrowLeft")
        assert player.get_attribute("data-frame") == "3"

        player.get_by_role("button", name="Play").click()
        tab.wait_for_function(f"({times})(document.querySelector('.player')).every(t => t > 0.5)")
        player.get_by_role("button", name="Pause").click()
        moved = player.evaluate(times)
        assert max(moved) - min(moved) < 2 / 16
        assert player.locator(".marked").is_visible()
        player.focus()
        player.press("m")
        assert not player.locator(".marked").is_visible()
        tile = tab.locator(".tile").first
        tile.locator("summary").first.click()
        tile.get_by_role("button", name="One frame back").click()  # from the vanishing, frame 10
        assert tile.locator("output").inner_text() == "0.56 s"
        tab.set_viewport_size({"width": 420, "height": 800})
        assert tab.evaluate("document.documentElement.scrollWidth") <= 420  # nothing sticks out on a phone
        assert not problems
        browser.close()

"""From a run folder on disk to a page in a browser: clips brought back, played, read."""

import dataclasses
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from wsim.contracts import (
    Box,
    ClipFormat,
    Context,
    Event,
    MetricSpec,
    ModelInfo,
    Reading,
    Request,
    Scenario,
    Track,
    Trail,
    Unmeasurable,
)
from wsim.runs.folder import RunFolder
from wsim.runs.manifest import Manifest, ProbeEntry, describe_model
from wsim.runs.results import Calibration, Record
from wsim.runs.summary import load_summary
from wsim.video import Video, read_video
from wsim_reports import evidence, probe_views
from wsim_reports.html import write

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip
CLIP = ClipFormat(17, 32, 48, 16.0)
GIVEN = 6
INFO = ModelInfo(
    "toy <script>alert(1)</script>", "toy/1", "ab" * 32, frozenset({"context"}), settings={"steps": 2}
)


def square_clip(row: int, *, vanishes: bool = False) -> Video:
    """A white square that moves one pixel and a half a frame to the right, on grey."""
    frames = np.full((CLIP.num_frames, CLIP.height, CLIP.width, 3), 90, dtype=np.uint8)
    for i in range(CLIP.num_frames):
        x = 2 + 3 * i // 2
        if not (vanishes and i >= 10):
            frames[i, row : row + 6, x : x + 6] = (235, 60, 50)
    return Video(frames, CLIP.fps)


@dataclasses.dataclass(frozen=True)
class Played:
    video: Video


class Slide:
    """Looks for the square in the last frame.

    A second paragraph, with `code` in it.

    Attributes:
        name: not for people.
    """

    name = "toy/slide"
    version = 1
    question = "Does the square keep sliding?"
    needs: ClassVar = {"video": frozenset({"context"})}
    metrics = (MetricSpec("kept", "1", "higher", 0.0, 1.0, "whether the square is there at the end"),)
    min_duration_s = 0.5

    def scenarios(
        self, clip: ClipFormat, *, track: Track, seed: int, limit: int | None = None
    ) -> Iterator[Scenario]:
        for world in range(limit or 12):
            truth = square_clip(4 + world)
            request = Request(
                clip.num_frames,
                (clip.height, clip.width),
                clip.fps,
                seed + world,
                text=f"a red square slides, row {world}",
                context=Context(truth.frames[:GIVEN], tuple(range(GIVEN))),
            )
            yield Scenario(
                f"toy/slide/video/world={world:02d}",
                f"world={world:02d}",
                request,
                Played(truth),
                parameters={"hidden_s": 0.1 * (world % 3)},
            )

    def measure(self, scenario: Scenario, video: Video) -> Reading | Unmeasurable:
        if video.frames.std() < 1:
            return Unmeasurable("nothing to see")
        rows, columns = np.nonzero(video.frames[-1, :, :, 0] > 200)
        there = len(rows) > 0
        edges = (
            [float(edge) for edge in (columns.min(), rows.min(), columns.max(), rows.max())] if there else []
        )
        trail = Trail((0, 1, 2), ((5.0, 8.0), (6.5, 8.0), (8.0, 8.0)), "square")
        return Reading(
            {"kept": float(there)},
            "kept" if there else "vanished",
            there,
            events=() if there else (Event(10, "vanished", ("square",)),),
            overlays=(trail, Box(CLIP.num_frames - 1, *edges, "square")) if there else (trail,),
            notes="The square is there." if there else "The square is gone from frame 10.",
        )


def answer(world: int) -> Video:
    if world == 11:
        return Video(np.zeros((CLIP.num_frames, CLIP.height, CLIP.width, 3), dtype=np.uint8), CLIP.fps)
    return square_clip(4 + world, vanishes=world % 3 == 2)


def make_run(path: Path) -> Path:
    """A finished run of twelve worlds: one in three vanishes, one is unmeasurable."""
    probe = Slide()
    folder = RunFolder(path)
    manifest = Manifest(
        run="20260101T000000Z-0001",
        status="complete",
        partial=False,
        benchmark={"name": "toy", "version": 1, "digest": "cd" * 32},
        track="video",
        clip=CLIP,
        seed=3,
        model=describe_model(INFO, privileged=False, round_trips=False),
        probes=(ProbeEntry(probe.name, 1, probe.question, "ef" * 32, probe.metrics, 12, planned=12),),
        wsim={"version": "0.1.0", "commit": None, "dirty": None},
        argv=("wsim", "score", "toy model", "--benchmark", "toy.toml"),
    )
    asker, store = manifest.asker, folder.store(shared=False)
    with folder.writing():
        folder.write_manifest(manifest)
        scale = Calibration(
            probe.name, 1, "video", str(CLIP), 1.0, 0.0, "freeze", {"freeze": 0.0}, "", 12, True
        )
        folder.keep_calibration("key", scale)
        for world, scenario in enumerate(probe.scenarios(CLIP, track="video", seed=3, limit=12)):
            video = answer(world)
            store.put(asker.key(scenario), video, {})
            folder.records.append(record_of(probe, scenario, video))
    return path


def record_of(probe: Slide, scenario: Scenario, video: Video) -> Record:
    reading = probe.measure(scenario, video)
    common = Record(
        probe.name, 1, scenario.id, scenario.cluster, "unmeasurable",
        parameters=scenario.parameters, request=scenario.request.digest, video=video.digest,
    )  # fmt: skip
    if isinstance(reading, Unmeasurable):
        return dataclasses.replace(common, reason=reading.reason)
    return dataclasses.replace(
        common,
        status="ok",
        metrics=reading.metrics,
        verdict=reading.verdict,
        lawful=reading.lawful,
        events=tuple(dataclasses.asdict(event) for event in reading.events),
        notes=reading.notes,
    )


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
    assert len(sources) == 3 * (3 + 4 + 1)  # three of the twelve vanish
    for source in [*sources, *elements.having("video", "poster")]:
        assert (page / source).stat().st_size > 100
    for title in ("Lowest scored", "Highest scored", "Not measurable"):
        assert title in elements.text
    assert "a red square slides, row 2" in elements.text
    assert "vanished (square) at 0.62 s" in elements.text
    assert "6 frames, 0.00 to 0.31 s" in elements.text
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


def test_the_same_run_makes_the_same_pages_and_posters(run: Path, tmp_path: Path) -> None:
    pages = [write([load_summary(run)], [run], tmp_path / name).parent for name in ("one", "two")]
    files = [sorted(p.relative_to(page) for p in page.rglob("*") if p.is_file()) for page in pages]
    assert files[0] == files[1] and len(files[0]) > 20
    for name in files[0]:
        if name.suffix == ".mp4":  # x264 makes no promise to the last byte
            continue
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
        assert player.evaluate(times) == pytest.approx([3.5 / 16] * 3, abs=0.01)
        player.get_by_role("button", name="One frame forward").click()
        tab.wait_for_function(f"({times})(document.querySelector('.player')).every(t => t > 0.25)")
        assert player.evaluate(times) == pytest.approx([4.5 / 16] * 3, abs=0.01)
        assert player.locator("output").inner_text() == "0.25 s"
        player.get_by_role("button", name="One frame back").press("ArrowLeft")
        assert player.get_attribute("data-frame") == "3"

        player.get_by_role("button", name="Play").click()
        tab.wait_for_function(f"({times})(document.querySelector('.player')).every(t => t > 0.5)")
        player.get_by_role("button", name="Pause").click()
        moved = player.evaluate(times)
        assert max(moved) - min(moved) < 2 / 16
        tab.set_viewport_size({"width": 420, "height": 800})
        assert tab.evaluate("document.documentElement.scrollWidth") <= 420  # nothing sticks out on a phone
        assert not problems
        browser.close()

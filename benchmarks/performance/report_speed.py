"""How long reports take to build and to open: a run of 1,000 clips, and a leaderboard of 200 runs.

    python benchmarks/performance/report_speed.py

A toy probe, so that worlds and readings cost nothing: what is counted is the report. Building is processor
time, and the encoding of previews is told apart. The largest page is opened in headless Chromium (playwright)
and scrolled to its end: no film may be asked for before somebody plays one. Bounds: 60 s beyond encoding, 1 s
to open (of the thread that draws), 20 s for the board.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import dataclasses
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np

from wsim.contracts import ClipFormat, MetricSpec, ModelInfo, Reading, Request, Scenario
from wsim.runs.folder import RunFolder
from wsim.runs.manifest import Manifest, ProbeEntry, describe_model
from wsim.runs.results import Calibration, Record
from wsim.runs.summary import load_summary
from wsim.video import Video
from wsim_reports import clips, evidence, html, leaderboard, probe_views

CLIP = ClipFormat(25, 64, 64, 16.0)
PROBES, WORLDS, RUNS = 10, 100, 200
INFO = ModelInfo("toy", "toy/1", "ab" * 32, frozenset())
BUILD_S, OPEN_S, BOARD_S = 60.0, 1.0, 20.0


@dataclasses.dataclass(frozen=True)
class Shown:
    """The truth of a scenario."""

    video: Video


class Slide:
    """Does a square slide to the right?"""

    version = 1
    question = "Does the square keep sliding?"
    metrics = (MetricSpec("kept", "1", "higher", 0.0, 1.0, "whether it is there at the end"),)
    min_duration_s = 0.5

    def __init__(self, name):
        self.name, self.needs = name, {"video": frozenset()}

    def scenarios(self, clip, *, track, seed, limit=None):
        for world in range(limit):
            request = Request(clip.num_frames, (clip.height, clip.width), clip.fps, seed=world)
            cluster = f"world={world:03d}"
            yield Scenario(f"{self.name}/{cluster}", cluster, request, Shown(square(world, there=True)))

    def measure(self, scenario, video):
        there = bool((video.frames[-1, ..., 0] > 200).any())
        return Reading({"kept": float(there)}, "kept" if there else "vanished", there)


def square(world, *, there):
    """A red square on grey; one that is not there at the end vanishes half way."""
    frames = np.full((CLIP.num_frames, CLIP.height, CLIP.width, 3), 90, dtype=np.uint8)
    for i in range(CLIP.num_frames if there else CLIP.num_frames // 2):
        frames[i, world % 50 : world % 50 + 8, 2 * i : 2 * i + 8] = (235, 60, 50)
    return Video(frames, CLIP.fps)


def make_run(path):
    """A finished run of `PROBES` probes with `WORLDS` clips each."""
    probes = [Slide(f"toy{i % 5}/slide_{i}") for i in range(PROBES)]
    entries = [
        ProbeEntry(p.name, 1, p.question, "ef" * 32, p.metrics, WORLDS, planned=WORLDS) for p in probes
    ]
    manifest = Manifest(
        run="20260101T000000Z-0001", status="complete", partial=False,
        benchmark={"name": "toy", "version": 1, "digest": "cd" * 32}, track="video", clip=CLIP, seed=3,
        model=describe_model(INFO, privileged=False, round_trips=False), probes=tuple(entries),
        wsim={"version": "0", "commit": None, "dirty": None}, argv=("wsim", "score", "toy"),
    )  # fmt: skip
    folder = RunFolder(path)
    store = folder.store(shared=False)
    with folder.writing():
        folder.write_manifest(manifest)
        for probe in probes:
            scale = Calibration(probe.name, 1, "video", str(CLIP), 1.0, 0.0, "freeze", {}, "", WORLDS, True)
            folder.keep_calibration(probe.name, scale)
            for world, scenario in enumerate(probe.scenarios(CLIP, track="video", seed=3, limit=WORLDS)):
                video = square(world, there=world % 3 > 0)
                store.put(manifest.asker.key(scenario), video, {})
                seen = probe.measure(scenario, video)
                record = Record(
                    probe.name, 1, scenario.id, scenario.cluster, "ok", metrics=seen.metrics,
                    verdict=seen.verdict, lawful=seen.lawful,
                    request=scenario.request.digest, video=video.digest,
                )  # fmt: skip
                folder.records.append(record)
    return path


def timed(work, *given):
    """What it gives back, and its processor seconds, those of finished threads included."""
    start = time.process_time()
    done = work(*given)
    return done, time.process_time() - start


def build(run, output):
    """The page, and processor seconds: beyond encoding, and of encoding."""
    spent = []

    def counted(write):
        def wrapped(*given, **named):
            start = time.process_time()
            write(*given, **named)
            spent.append(time.process_time() - start)

        return wrapped

    clips.write_preview = counted(clips.write_preview)
    for module in (evidence, probe_views):
        module.load_probe = Slide
    index, whole_s = timed(html.write, [load_summary(run)], [run], output)
    return index, whole_s - sum(spent), sum(spent)


def busy(session):
    """Processor seconds of the thread that lays out and draws a page, so far."""
    found = session.send("Performance.getMetrics")["metrics"]
    return next(metric["value"] for metric in found if metric["name"] == "TaskDuration")


def look(folder):
    """Processor seconds to open the largest page, stills and all, and how many films were asked for."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    page = max(folder.glob("*.html"), key=lambda path: path.stat().st_size)
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        tab = browser.new_page(viewport={"width": 1200, "height": 900})
        films = []
        tab.on("request", lambda asked: films.append(asked.url) if asked.url.endswith(".mp4") else None)
        tab.goto(folder.joinpath("index.html").as_uri())  # the browser has warmed up
        session = tab.context.new_cdp_session(tab)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        before_s = busy(session)
        tab.goto(page.as_uri())
        opened_s = busy(session) - before_s
        at_once = len(films)
        for _ in range(40):
            tab.mouse.wheel(0, 2000)
            tab.wait_for_timeout(20)
        shown = tab.evaluate("document.querySelectorAll('video').length")
        browser.close()
    return opened_s, at_once, len(films) - at_once, shown


def board(run, output):
    """Processor seconds of a leaderboard of `RUNS` runs with as many probes as this one has."""
    one = load_summary(run)
    runs = [
        dataclasses.replace(one, run=f"{i:04d}", model={**one.model, "name": f"model {i}"})
        for i in range(RUNS)
    ]
    return timed(leaderboard.write, runs, [run] * RUNS, output)[1]


def main():
    with tempfile.TemporaryDirectory() as place:
        run = make_run(Path(place, "run"))
        index, beyond_s, encoding_s = build(run, Path(place, "page"))
        print(
            f"{PROBES * WORLDS} clips: {beyond_s:.1f} s to build (bound {BUILD_S:.0f})",
            f"and {encoding_s:.1f} s to encode",
        )
        opened_s, at_once, scrolled, shown = look(index.parent)
        print(f"largest page: {opened_s:.2f} s to open (bound {OPEN_S:.0f}); of {shown} films", end=" ")
        print(f"{at_once} asked for at once, {scrolled} more by scrolling")
        board_s = board(run, Path(place, "board"))
        print(f"leaderboard of {RUNS} runs: {board_s:.1f} s (bound {BOARD_S:.0f})")
    return int(beyond_s > BUILD_S or opened_s > OPEN_S or scrolled > 0 or board_s > BOARD_S)


if __name__ == "__main__":
    raise SystemExit(main())

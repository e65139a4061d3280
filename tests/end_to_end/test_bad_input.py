"""What goes wrong in real use, through the real command: three lines, the right exit code, nothing lost.

A toy plugin is installed for these tests (a folder with metadata on the path), so that a run takes no time
and the way a stranger's probe gets in is walked as well.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest

from wsim import registry
from wsim.cli.main import call
from wsim.video import Video, write_lossless, write_preview

TOY = '''
"""A probe that costs nothing, and models with one defect each."""
import time
from dataclasses import dataclass
import numpy as np
from wsim import Context, MetricSpec, ModelInfo, Reading, Request, Scenario, Unmeasurable, Video

@dataclass(frozen=True)
class Ramp:
    start: int
    clip: object
    @property
    def video(self):
        levels = self.start + 16 * np.arange(self.clip.num_frames, dtype=np.uint8)
        shape = (self.clip.num_frames, self.clip.height, self.clip.width, 3)
        return Video(np.broadcast_to(levels[:, None, None, None], shape).astype(np.uint8), self.clip.fps)

class Dawn:
    """Brightness at the end of a dawn."""
    name, version, question, min_duration_s = "toy/dawn", 1, "Does it get light?", 0.5
    needs = {"image": frozenset({"first_frame"}), "video": frozenset({"context"})}
    metrics = (MetricSpec("off", "grey levels", "lower", 0.0, 80.0, "distance from the right brightness"),)
    def scenarios(self, clip, *, track, seed, limit=None):
        for world in range(12 if limit is None else limit):
            truth = Ramp((7 * world + seed) % 30, clip)
            known = 1 if track == "image" else 3
            context = Context(truth.video.frames[:known], tuple(range(known)))
            request = Request(clip.num_frames, (clip.height, clip.width), clip.fps, world, context=context)
            yield Scenario(f"toy/dawn/{track}/seed={seed}/world={world}", f"{seed}/{world}", request, truth)
    def measure(self, scenario, video):
        off = abs(float(video.frames[-1].mean()) - float(scenario.truth.video.frames[-1].mean()))
        return Reading({"off": min(80.0, off)}, "light" if off < 2 else "dark", off < 2)

class Model:
    def __init__(self, defect=""):
        self.defect = defect
        self.info = ModelInfo(f"toy-{defect or 'good'}", "toy/1", None, frozenset({"first_frame", "context"}))
    def generate(self, requests):
        for index, request in enumerate(requests):
            first = int(request.context.frames[0].mean())
            frames = Ramp(first, request.format).video.frames
            if request.seed == 1:
                frames = self.spoil(frames)
                if frames is None:
                    return
            yield frames if isinstance(frames, Video) else Video(frames, request.fps)
    def spoil(self, frames):
        match self.defect:
            case "raises": raise RuntimeError("out of memory on device 0")
            case "nan": return np.where(frames > 0, np.nan, 0.0)
            case "float": return frames / 255.0
            case "short": return frames[:-1]
            case "small": return frames[:, ::2]
            case "stops": return None
            case "slow": time.sleep(600)
        return frames

def make(defect: str = ""):
    return Model(defect)
'''
BENCHMARK = """name = "toybench"
version = 1
seed = 3
[clip]
num_frames = 13
height = 8
width = 8
fps = 8.0
[[probe]]
name = "toy/dawn"
clusters = 4
"""


@dataclass(frozen=True)
class Bench:
    """A folder with a toy plugin, a benchmark and room for runs."""

    folder: Path

    @property
    def score(self) -> list[str]:
        return ["--benchmark", str(self.folder / "toy.toml"), "--no-report"]

    def model(self, defect: str = "") -> list[str]:
        option = ["-m", f"defect={defect}"] if defect else []
        return ["score", f"{self.folder / 'toy_plugin.py'}:make", *option]

    def records(self, run: str) -> list[dict[str, object]]:
        lines = (self.folder / run / "records.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    (tmp_path / "toy_plugin.py").write_text(TOY)
    (tmp_path / "toy.toml").write_text(BENCHMARK)
    info = tmp_path / "toy_plugin-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[wsim.probes]\ntoy/dawn = toy_plugin:Dawn\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    registry.plugins.cache_clear()
    yield Bench(tmp_path)
    registry.plugins.cache_clear()
    sys.modules.pop("toy_plugin", None)


def error_lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The three lines of the error, without progress before it."""
    lines = capsys.readouterr().err.splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith("error: "))
    assert len(lines[start:]) == 3, lines
    assert lines[start + 1].startswith("  in ") and lines[start + 2].startswith("  ")
    assert not any("Traceback" in line for line in lines)
    return lines[start:]


@pytest.mark.parametrize(
    ("command", "problem", "remedy"),
    [
        (["score", "freze"], "unknown model 'freze'", 'did you mean "freeze"?'),
        (["score", "freeze", "--benchmark", "quik"], "unknown benchmark 'quik'", 'did you mean "quick"?'),
        (["score", "freeze", "--track", "vidio"], "'vidio' is no track", "text, image, video, action"),
        (["score", "freeze", "--executor", "threads"], "'threads' is no executor", "serial, processes"),
        (["score", "freeze", "-m", "speed=3"], "unknown option 'speed'", "the options of this model: none"),
        (["score", "freeze", "-m", "speed"], "not an option: 'speed'", "-m key=value"),
        (["score", "videos:nowhere"], "no such folder", "videos:DIR"),
        (["probe", "toy/down", "freeze"], "unknown probe 'toy/down'", 'did you mean "toy/dawn"?'),
        (["probe", "permanance", "freeze"], "unknown probe 'permanance'", 'did you mean "permanence"?'),
        (["show", "quck"], "nothing is called 'quck'", 'did you mean "quick"?'),
        (["list", "probe_s"], "'probe_s' is no list", "probes, models, benchmarks, reports"),
        (["render", "fal", "--out", "x"], "unknown family of worlds 'fal'", 'did you mean "fall"?'),
        (["report", "nothing"], "this is not a run folder: it has no manifest.json", "wsim score"),
        (["report", "nothing", "--format", "pdf"], "unknown report 'pdf'", "wsim list reports"),
        (["compare", "nothing"], "there is only one run", "wsim compare runs/a runs/b"),
        (["measure", "nothing"], "this is not a run folder: it has no manifest.json", "wsim score"),
        (["generate", "freeze", "--out", "x.mp4"], "nothing to generate from", "--prompt"),
        (["generate", "oracle", "--prompt", "a", "--out", "x.mp4"], "answers scenarios", "wsim render"),
        (["generate", "freeze", "--prompt", "a", "--out", "x.avi"], "cannot write '.avi'", ".mkv or .mp4"),
        (["generate", "freeze", "--prompt", "a", "--size", "8", "--out", "x.mp4"], "'8' is no size", "64x64"),
        (["scor", "freeze"], "no such command 'scor'", "wsim --help"),
        (["score"], "missing argument 'MODEL'", "wsim score --help"),
        (["score", "freeze", "--limit", "0"], "invalid value for '--limit'", "wsim score --help"),
    ],
)
def test_a_mistake_on_the_command_line(
    bench: Bench, capsys: pytest.CaptureFixture[str], command: list[str], problem: str, remedy: str
) -> None:
    assert call(command) == 2
    lines = error_lines(capsys)
    assert problem in lines[0] and remedy in lines[2]


def test_a_sound_run_is_complete(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert call([*bench.model(), *bench.score, "--out", "good"]) == 0
    out = capsys.readouterr().out
    assert f"{'dawn':<18}1.00 [1.00, 1.00]" in out and "light 4" in out and "signature" in out


def test_a_sound_run_is_measured_again_and_reported(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert call([*bench.model(), *bench.score, "--out", "good", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["schema"] == "wsim.summary/3"
    assert call(["measure", "good"]) == 0
    assert f"{'dawn':<18}1.00 [1.00, 1.00]" in capsys.readouterr().out
    for format in ("md", "csv", "json", "html"):
        assert call(["report", "good", "--format", format, "-o", f"page.{format}"]) == 0
        assert Path(capsys.readouterr().out.strip()).exists()
    assert call(["score", "freeze", *bench.score, "--dry-run"]) == 0
    assert "4 videos to generate" in capsys.readouterr().out and not Path("runs").exists()


@pytest.mark.parametrize(
    ("defect", "words"),
    [
        ("raises", "RuntimeError: out of memory on device 0"),
        ("nan", "must be uint8[time height width 3], not float64[13, 8, 8, 3]"),
        ("float", "must be uint8[time height width 3], not float64[13, 8, 8, 3]"),
        ("short", "got 12x8x8@8, wanted 13x8x8@8"),
        ("small", "got 13x4x8@8, wanted 13x8x8@8"),
    ],
)
def test_one_bad_video_costs_one_scenario(
    bench: Bench, capsys: pytest.CaptureFixture[str], defect: str, words: str
) -> None:
    command = [*bench.model(defect), *bench.score, "--out", "run"]
    assert call(command) == 3
    records = bench.records("run")
    assert sorted(str(record["status"]) for record in records) == ["error", "ok", "ok", "ok"]
    (error,) = [record for record in records if record["status"] == "error"]
    assert words in str(error["reason"]) or "TypeCheckError" in str(error["reason"])
    assert "could not be scored: 1 clip" in capsys.readouterr().out


def test_a_model_that_returns_too_few_videos(bench: Bench) -> None:
    assert call([*bench.model("stops"), *bench.score, "--out", "run"]) == 3
    statuses = [record["status"] for record in bench.records("run")]
    assert statuses.count("ok") >= 1 and "error" in statuses


def test_a_mended_model_only_repeats_what_failed(bench: Bench) -> None:
    assert call([*bench.model("raises"), *bench.score, "--out", "run"]) == 3
    before = bench.records("run")
    source = bench.folder / "toy_plugin.py"
    # The same file and options: only what it does changes, as when a GPU has memory again.
    source.with_name("device_is_free").touch()
    source.write_text(
        source.read_text().replace(
            "raise RuntimeError",
            "if not __import__('pathlib').Path('device_is_free').exists(): raise RuntimeError",
        )
    )
    assert (
        call([*bench.model("raises"), *bench.score, "--out", "run"]) == 2
    )  # an edited adapter is another model
    assert bench.records("run") == before


def folder_of_videos(bench: Bench, worlds: int = 4) -> Path:
    """The right answers, as files."""
    folder = bench.folder / "videos"
    folder.mkdir()
    sys.path.insert(0, str(bench.folder))
    from toy_plugin import Dawn  # type: ignore[import-not-found]

    from wsim.contracts import ClipFormat

    for scenario in Dawn().scenarios(ClipFormat(13, 8, 8, 8.0), track="video", seed=3, limit=worlds):
        write_lossless(folder / f"{scenario.id.replace('/', '__')}.mkv", scenario.truth.video)
    return folder


def spoiled(path: Path, how: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (13, 8, 8, 3), dtype=np.uint8)
    match how:
        case "truncated":
            path.unlink()
            write_preview(path.with_suffix(".mp4"), Video(noise, 8.0))
            cut = path.with_suffix(".mp4")
            cut.write_bytes(cut.read_bytes()[: cut.stat().st_size * 2 // 3])
        case "size":
            write_lossless(path, Video(noise.repeat(2, axis=1), 8.0))
        case "length":
            write_lossless(path, Video(noise[:9], 8.0))
        case "fps":
            write_lossless(path, Video(noise, 24.0))
        case "missing":
            path.unlink()


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("truncated", "decode"),
        ("size", "wrong size: toy__dawn__video__seed=3__world=2.mkv has 8x16, 8x8 was asked for"),
        ("length", "wrong length: toy__dawn__video__seed=3__world=2.mkv has 9 frames, 13 was asked for"),
        ("fps", "wrong rate: toy__dawn__video__seed=3__world=2.mkv has 24 fps, 8 was asked for"),
        ("missing", "no video called toy__dawn__video__seed=3__world=2.mp4"),
    ],
)
def test_a_bad_file_in_a_folder_of_videos(
    bench: Bench, capsys: pytest.CaptureFixture[str], how: str, words: str
) -> None:
    folder = folder_of_videos(bench)
    path = folder / "toy__dawn__video__seed=3__world=2.mkv"
    whole = path.read_bytes()
    spoiled(path, how)
    command = ["score", f"videos:{folder}", *bench.score, "--out", "run"]
    assert call(command) == 3
    (error,) = [record for record in bench.records("run") if record["status"] == "error"]
    assert words in str(error["reason"])
    if how == "missing":
        assert "missing: 1 video\n  toy__dawn__video__seed=3__world=2.mp4" in capsys.readouterr().out
    path.with_suffix(".mp4").unlink(missing_ok=True)
    path.write_bytes(whole)
    assert call(command) == 0  # the same command goes on: only the mended one is read
    records = bench.records("run")
    assert len(records) == 5 and records[-1]["scenario"] == "toy/dawn/video/seed=3/world=2"


def test_a_folder_that_cannot_be_written(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    (bench.folder / "file").write_text("in the way")
    assert call([*bench.model(), *bench.score, "--out", "file/run"]) == 2
    assert "cannot write" in error_lines(capsys)[0]


def test_a_run_of_a_newer_wsim(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert call([*bench.model(), *bench.score, "--out", "run"]) == 0
    manifest = bench.folder / "run/manifest.json"
    manifest.write_text(manifest.read_text().replace('"wsim.manifest/1"', '"wsim.manifest/2"'))
    capsys.readouterr()
    for command in (["report", "run"], ["measure", "run"], [*bench.model(), *bench.score, "--out", "run"]):
        assert call(command) == 2
        assert "made by a newer wsim" in error_lines(capsys)[0]


def test_runs_of_different_benchmarks_are_not_compared(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call([*bench.model(), *bench.score, "--out", "one"]) == 0
    assert call([*bench.model(), *bench.score, "--seed", "4", "--out", "two"]) == 0
    capsys.readouterr()
    assert call(["compare", "one", "two"]) == 2
    assert "cannot be compared" in error_lines(capsys)[0]


def test_another_model_does_not_go_on_in_the_same_folder(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call([*bench.model(), *bench.score, "--out", "run"]) == 0
    before = bench.records("run")
    assert call(["score", "freeze", *bench.score, "--out", "run"]) == 2
    assert "another model" in error_lines(capsys)[0]
    assert bench.records("run") == before


def test_a_regression_closes_the_gate(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    (bench.folder / "toy.toml").write_text(BENCHMARK.replace("clusters = 4", "clusters = 12"))
    assert call([*bench.model(), *bench.score, "--out", "good"]) == 0
    assert call(["score", "freeze", *bench.score, "--out", "bad"]) == 0
    assert call(["compare", "good", "bad"]) == 0
    assert call(["compare", "bad", "good", "--fail-on", "regression"]) == 0
    capsys.readouterr()
    assert call(["compare", "bad", "--baseline", "good", "--fail-on", "regression"]) == 4
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("  dawn"))
    assert line.endswith("worse") and "<0.001" in line


def test_a_model_that_breaks_the_contract_fails_the_check(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(["check", *bench.model("raises")[1:]]) == 4
    assert "failed   one video a request" in capsys.readouterr().out
    assert call(["check", "freeze"]) == 0


def test_an_internal_error_is_one_line(
    bench: Bench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("wsim.runs.benchmark.load_benchmark", explode)
    assert call(["score", "freeze"]) == 1
    assert (
        capsys.readouterr().err == "internal error: ZeroDivisionError: by zero (WSIM_DEBUG=1 shows where)\n"
    )
    monkeypatch.setenv("WSIM_DEBUG", "1")
    assert call(["score", "freeze"]) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (EOFError("cut off"), 1, "internal error: EOFError: cut off (WSIM_DEBUG=1 shows where)\n"),
    ],
)
def test_only_who_interrupts_is_told_so(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    code: int,
    told: str,
) -> None:
    monkeypatch.setattr("wsim.cli.listing.plugins", Mock(side_effect=error))
    assert call(["list"]) == code and capsys.readouterr().err == told
    monkeypatch.setenv("WSIM_DEBUG", "1")
    assert call(["list"]) == code
    debugged = capsys.readouterr().err
    assert ("Traceback" in debugged) == (code == 1) and "Abort" not in debugged and "Ended" not in debugged


def test_an_interrupted_run_prints_how_to_go_on_and_loses_nothing(bench: Bench) -> None:
    environment = {**os.environ, "PYTHONPATH": str(bench.folder)}
    command = [
        sys.executable,
        "-c",
        "from wsim.cli.main import run; run()",
        *bench.model("slow"),
        *bench.score,
    ]
    running = subprocess.Popen(
        [*command, "--out", "run", "--fresh"],
        cwd=bench.folder,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        # A shell starts what it runs in the background deaf to interrupts, and its children inherit that.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    records = bench.folder / "run/records.jsonl"
    deadline = time.monotonic() + 60
    while not (records.exists() and records.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.05)
    try:
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=30)
    except subprocess.TimeoutExpired:  # Python drops an interrupt that comes while it tidies up an object
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=30)
    finally:
        running.kill()
    assert running.returncode == 130, errors
    last = errors.rstrip().splitlines()[-1]
    assert last.startswith("  wsim score ") and "--fresh" not in last and last.endswith("--out run")
    assert [record["status"] for record in bench.records("run")] == ["ok"]
    assert json.loads((bench.folder / "run/manifest.json").read_text())["status"] == "interrupted"

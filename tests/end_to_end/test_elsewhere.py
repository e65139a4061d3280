"""Questions go out as files, a stranger answers, the answers are scored; what is missing is counted."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from wsim.cli.main import call
from wsim.models.folder import FolderOfVideos
from wsim.runs.benchmark import load_benchmark
from wsim.runs.questions import plan_questions
from wsim.runs.vbench import read_full_info
from wsim.video import Video, read_video, write_lossless

TOML = """
name = "small"
version = 1
seed = 500
[clip]
num_frames = 25
height = 64
width = 64
fps = 16.0
[[probe]]
name = "conditioning/first_frame"
clusters = 2
"""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("small.toml").write_text(TOML)


def rows(folder: str) -> list[dict[str, str]]:
    with Path(folder, "manifest.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def answer(asked: str, out: str, *, size: int = 64, fps: float = 16.0, num_frames: int = 25) -> None:
    """A stranger's generator: it reads files alone, and holds the last frame that it is given."""
    Path(out).mkdir()
    for row in rows(asked):
        given = read_video(Path(asked, row["context"])).frames
        held = np.repeat(given[-1:], num_frames, axis=0)
        held = held.repeat(size // 64, axis=1).repeat(size // 64, axis=2)
        write_lossless(Path(out, row["path"]).with_suffix(".mkv"), Video(held, fps))


def test_there_and_back_with_one_video_missing(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--benchmark", "small.toml", "--track", "image", "--size", "64x64"]
    assert call(["questions", *asked, "--out", "asked"]) == 0
    answer("asked", "answers")
    shutil.copy("asked/manifest.csv", "answers")
    gone = sorted(Path("answers").glob("*.mkv"))[0]
    gone.unlink()
    capsys.readouterr()
    assert call(["score", "videos:answers", "--benchmark", "small.toml", "--out", "run", "--no-report"]) == 3
    out = capsys.readouterr().out
    assert "track image" in out and "missing: 1 video" in out and gone.stem in out


def test_longer_larger_videos_are_refused_or_resampled(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        call(["questions", "--benchmark", "small.toml", "--track", "image", "--limit", "1", "-o", "q"]) == 0
    )
    answer("q", "big", size=128, fps=32.0, num_frames=60)
    common = ["--benchmark", "small.toml", "--limit", "1", "--no-report", "-m", "manifest=q/manifest.csv"]
    assert call(["score", "videos:big", *common, "--out", "refused"]) == 3
    assert "wrong size" in capsys.readouterr().out
    assert call(["score", "videos:big", *common, "-m", "fit=resample", "--out", "taken"]) == 0
    assert json.loads(Path("taken/summary.json").read_text())["format"] == "25x64x64@16"


def test_a_question_that_has_changed_since_is_not_scored(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        call(["questions", "--benchmark", "small.toml", "--track", "image", "--limit", "1", "-o", "q"]) == 0
    )
    answer("q", "answers")
    text = Path("q/manifest.csv").read_text()
    digest = rows("q")[0]["request"]
    Path("answers/manifest.csv").write_text(text.replace(digest, "0" * 64))
    run = ["score", "videos:answers", "--benchmark", "small.toml", "--limit", "1", "--no-report", "-o", "run"]
    assert call(run) == 3
    assert "answers another question" in capsys.readouterr().out


def test_generate_writes_the_same_requests() -> None:
    common = ["--benchmark", "small.toml", "--track", "image", "--limit", "1"]
    assert call(["questions", *common, "--out", "a"]) == 0
    assert call(["generate", "--requests-out", "b", *common]) == 0
    names = sorted(path.name for path in Path("a").iterdir())
    assert names == sorted(path.name for path in Path("b").iterdir())
    assert all(Path("a", name).read_bytes() == Path("b", name).read_bytes() for name in names)
    assert call(["generate", "freeze"]) == 2


def test_prompts_go_out_under_the_names_of_vbench() -> None:
    common = ["--benchmark", "prompts", "--track", "text", "--limit", "2"]
    assert call(["questions", *common, "--names", "vbench", "--out", "q"]) == 0
    prompts = read_full_info(Path("q/prompts_full_info.json"))
    paths = [row["path"] for row in rows("q")]
    assert [name for prompt in prompts for name in prompt.videos] == paths
    assert all(path == f"{row['prompt']}-0.mp4" for path, row in zip(paths, rows("q"), strict=True))
    Path("answers").mkdir()
    for path in paths:
        write_lossless(
            Path("answers", path).with_suffix(".mkv"), Video(np.zeros((25, 64, 64, 3), np.uint8), 16.0)
        )
    plan = plan_questions(load_benchmark("prompts"), "text", 2)
    scenarios = [scenario for planned in plan.probes for scenario in plan.scenarios(planned)]
    lookup = FolderOfVideos(Path("answers"), "text").lookup
    assert len(scenarios) >= len(paths) and all(lookup.find(scenario) for scenario in scenarios)

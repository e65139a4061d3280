"""The files of VBench are read with their oddities, and written without them."""

import json
import sys
from pathlib import Path

import pytest

from wsim.errors import WsimError
from wsim.runs.execute import execute
from wsim.runs.vbench import PromptInfo, eval_results, read_eval_results, read_full_info, write_full_info
from wsim_reports.vbench import write

sys.path.insert(0, str(Path(__file__).parent.parent / "fixtures"))
from wsim_toy import Painter, Rise, plan


def test_prompts_come_back(tmp_path: Path) -> None:
    prompts = [
        PromptInfo("ein Bär", ("a/b", "c/d"), ("ein Bär-0.mp4",), {"color": "red"}),
        PromptInfo("x", ("a/b",)),
    ]
    write_full_info(tmp_path / "x_full_info.json", prompts)
    assert read_full_info(tmp_path / "x_full_info.json") == prompts
    assert '"prompt_en": "ein Bär"' in (tmp_path / "x_full_info.json").read_text(encoding="utf-8")


def test_results_with_nan_and_booleans(tmp_path: Path) -> None:
    path = tmp_path / "x_eval_results.json"
    path.write_text(
        '{"dynamic_degree": [0.5, [{"video_path": "a.mp4", "video_results": true},'
        ' {"video_path": "b.mp4", "video_results": false}]],'
        ' "motion_smoothness": [NaN, [{"video_path": "a.mp4", "video_results": NaN}]]}'
    )
    found = read_eval_results(path)
    assert found == {"dynamic_degree": {"a.mp4": 1.0, "b.mp4": 0.0}, "motion_smoothness": {}}
    written = eval_results(found)
    assert written["dynamic_degree"][0] == 0.5 and list(written) == ["dynamic_degree"]
    path.write_text(json.dumps(written, allow_nan=False))
    assert read_eval_results(path) == {"dynamic_degree": found["dynamic_degree"]}


@pytest.mark.parametrize("text", ["[1]", "{}", '[{"prompt_en": 3, "dimension": []}]', "nothing"])
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(WsimError):
        if text == "{}":
            path.write_text('{"a": 1}')
            read_eval_results(path)
        else:
            read_full_info(path)


def test_a_run_is_written_with_what_was_measured_and_nothing_else(tmp_path: Path) -> None:
    summary = execute(Painter(), plan(Painter(), Rise(dark_worlds=(1,)), clusters=2), tmp_path / "run")
    found = read_eval_results(write([summary], [tmp_path / "run"], tmp_path))
    videos = [f"toy__rise__video__seed=7__world=0000__twin={twin}.mp4" for twin in (0, 1)]
    assert found == {"toy/rise": dict.fromkeys(videos, 1.0)}
    with pytest.raises(WsimError, match="2 runs"):
        write([summary] * 2, [tmp_path / "run"] * 2, tmp_path)

"""The files of VBench are read with their oddities, and written without them."""

import json
from pathlib import Path

import pytest

from wsim.errors import WsimError
from wsim.runs.vbench import PromptInfo, eval_results, read_eval_results, read_full_info, write_full_info


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

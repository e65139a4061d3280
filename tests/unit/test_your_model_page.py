"""What docs/your-model.md shows is so: its example runs, and its JSON is accepted."""

import json
import re
from pathlib import Path

import numpy as np

from wsim.models.naming import compiled
from wsim.models.remote import RemoteModel
from wsim.models.resolve import resolve_model
from wsim.models.wire import coding_to_json, info_from_json, request_from_json
from wsim.testing import assert_ok, check_model
from wsim.video import Video

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "your-model.md").read_text(encoding="utf-8")


def test_the_played_world_keeps_its_contract_and_heeds_its_keys(tmp_path: Path) -> None:
    (block,) = re.findall(r"```python\n# my_world\.py\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "my_world.py").write_text(block)
    findings = check_model(resolve_model(f"{tmp_path / 'my_world.py'}:Turning"))
    assert_ok(findings)
    assert [finding.level for finding in findings if finding.check == "uses actions"] == ["ok"]


def test_the_json_of_the_protocol_is_what_is_understood() -> None:
    told = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
    frames = np.zeros((1, 4, 4, 3), np.uint8)
    info, request = info_from_json(told[0]), request_from_json(told[1])
    assert told[0]["round_trips"] is False and list(told[2]) == list(coding_to_json(Video(frames, 16.0)))
    assert info.tracks == ("text", "image") and str(info.formats[0]) == str(request.format)


def test_the_patterns_are_patterns() -> None:
    patterns = re.findall(r"-m names='([^']+)'", PAGE)
    assert len(patterns) == 2 and all(compiled(pattern) for pattern in patterns)
    assert compiled(patterns[0]).fullmatch("a_red_ball_falls/seed_811/v2/out.mp4")


def test_the_options_of_an_address_are_those() -> None:
    section = PAGE.partition("## A model behind an address")[2]
    told = dict(re.findall(r"`-m (\w+)=(\w[\w.]*)`", section))
    own = RemoteModel.__init__.__annotations__
    assert set(told) == set(own) - {"address", "return"}

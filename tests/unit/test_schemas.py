"""The published schemas: the same as the classes, and true of what a run writes."""

import copy
import json
import sys
from pathlib import Path

import pytest

from wsim.cli.main import call
from wsim.runs.execute import execute
from wsim.runs.results import COMPARISON_SCHEMA, RECORD_SCHEMA, SUMMARY_SCHEMA
from wsim.runs.schema import PUBLISHED, file_name, json_schema
from wsim_reports import landmark

sys.path.insert(0, str(Path(__file__).parent.parent / "fixtures"))
import wsim_toy as toy

FOLDER = Path(__file__).resolve().parents[2] / "docs/schemas"


@pytest.mark.parametrize(("schema", "kind"), [*PUBLISHED.items(), (landmark.SCHEMA, landmark.Landmark)])
def test_the_published_file_is_the_schema_of_the_class(schema: str, kind: type) -> None:
    published = json.loads((FOLDER / file_name(schema)).read_text(encoding="utf-8"))
    assert published == json_schema(schema, kind), "raise the version of the schema and publish a new file"


def test_what_a_run_writes_is_valid_and_what_it_does_not_write_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    validator = pytest.importorskip("jsonschema").Draft202012Validator
    monkeypatch.setenv("WSIM_CACHE", str(tmp_path / "cache"))
    probe = toy.Rise(dark_worlds=(1,), breaks_at=(2,))
    execute(toy.Painter(), toy.plan(toy.Painter(), probe, clusters=4), tmp_path / "run")
    record, summary = (validator(json_schema(name)) for name in (RECORD_SCHEMA, SUMMARY_SCHEMA))
    lines = [json.loads(line) for line in (tmp_path / "run/records.jsonl").read_text().splitlines()]
    assert {line["status"] for line in lines} == {"ok", "unmeasurable", "error"}
    for line in lines:
        record.validate(line)
    content = json.loads((tmp_path / "run/summary.json").read_text())
    summary.validate(content)
    for broken in (
        {"schema": "wsim.summary/1"},
        {"headline": {"value": "high"}},
        {"extra": 1},
        {"seed": None},
    ):
        assert not summary.is_valid(copy.deepcopy(content) | broken)
    assert not record.is_valid(lines[0] | {"status": "fine"})


def test_a_comparison_and_a_landmark_are_valid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    validator = pytest.importorskip("jsonschema").Draft202012Validator
    monkeypatch.setenv("WSIM_CACHE", str(tmp_path / "cache"))
    runs = [tmp_path / "one", tmp_path / "two"]
    for run in runs:
        execute(toy.Painter(), toy.plan(toy.Painter(), clusters=4), run)
    assert call(["compare", *map(str, runs), "--json"]) == 0
    [compared] = json.loads(capsys.readouterr().out)
    validator(json_schema(COMPARISON_SCHEMA)).validate(compared)
    shipped = [json.loads(path.read_text()) for path in landmark.shipped_folder().glob("*.json")]
    for one in [*shipped, json.loads(json.dumps(landmark.landmark_of(runs[0]).to_json()))]:
        validator(json_schema(landmark.SCHEMA, landmark.Landmark)).validate(one)

"""Reports of runs that went wrong: each is written and says what is wrong, or is refused in three lines."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wsim.cli.main import call

sys.path.append(str(Path(__file__).parent.parent / "fixtures"))
from wsim_slides import make_run

Records = list[dict[str, Any]]
FORMATS = ("html", "single", "md", "csv", "json", "latex", "junit", "hf", "vbench", "tensorboard")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def edited(run: Path, change: Callable[[Records], Records], status: str = "complete") -> Path:
    """The run with other records, and with that status."""
    file, manifest = run / "records.jsonl", run / "manifest.json"
    records = change([json.loads(line) for line in file.read_text().splitlines()])
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    manifest.write_text(manifest.read_text().replace('"status": "complete"', f'"status": "{status}"'))
    return run


def as_status(records: Records, status: str, reason: str) -> Records:
    gone = {"status": status, "reason": reason, "metrics": {}, "verdict": None, "lawful": None, "events": []}
    return [{**record, **gone} for record in records]


SPOILED: dict[str, tuple[Callable[[Records], Records], str, str]] = {
    "interrupted": (lambda records: records[:5], "interrupted", "The run is incomplete"),
    "running": (lambda records: records[:5], "running", "The run has not finished"),
    "no records": (lambda records: [], "incomplete", "nothing measured"),
    "errors": (
        lambda records: [*as_status(records[:4], "error", "out of memory"), *records[4:]],
        "incomplete",
        "4 clips ended in an error",
    ),
    "all errors": (
        lambda records: as_status(records, "error", "out of memory"),
        "incomplete",
        "12 clips ended in",
    ),
    "nothing measurable": (lambda records: as_status(records, "unmeasurable", "dark"), "complete", "dark"),
    "one world": (lambda records: [{**r, "cluster": "world=00"} for r in records], "complete", "few worlds"),
}


@pytest.mark.parametrize("how", SPOILED)
def test_every_report_is_written_and_says_what_is_wrong(
    how: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change, status, words = SPOILED[how]
    run = edited(make_run(tmp_path / "run"), change, status)
    for name in FORMATS:
        code = call(["report", str(run), "--format", name, "-o", str(tmp_path / name)])
        said = capsys.readouterr()
        assert code == 0, (name, said.err)
        path = Path(said.out.strip())
        assert path.is_dir() or "NaN" not in path.read_text(encoding="utf-8")
    page = (tmp_path / "html/index.html").read_text(encoding="utf-8")
    assert words in page
    table = (tmp_path / "latex/report.tex").read_text(encoding="utf-8")
    assert table.rstrip().endswith(r"\end{tabular}") and (tmp_path / "latex/report-forest.pdf").exists()


def test_two_runs_that_share_no_scenario_are_told_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = make_run(tmp_path / "one")
    two = edited(
        make_run(tmp_path / "two"),
        lambda records: [
            {**r, "scenario": r["scenario"].replace("world", "planet"), "cluster": f"planet {i}"}
            for i, r in enumerate(records)
        ],
    )
    code = call(["compare", str(one), str(two), "-o", str(tmp_path / "page")])
    said = capsys.readouterr()
    told = "the runs share no scenario that could be read in both, so nothing is compared"
    assert code == 0 and f"note: {told}" in " ".join(said.out.split()) and "better" not in said.out
    page = (tmp_path / "page/comparison-1.html").read_text(encoding="utf-8")
    assert told.capitalize() in page and ">not compared<" in page and "<circle" not in page


def test_a_record_of_a_newer_wsim_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = edited(make_run(tmp_path / "run"), lambda rs: [{**r, "schema": "wsim.record/9"} for r in rs])
    assert call(["report", str(run), "-o", str(tmp_path / "page")]) == 2
    assert "made by a newer wsim" in capsys.readouterr().err


@pytest.mark.parametrize("place", ["", "manifest.json", "records.jsonl", "videos/page"])
@pytest.mark.parametrize("verb", [["report"], ["report", "--format", "json"], ["compare", "other"]])
def test_no_report_is_written_over_a_run(
    place: str,
    verb: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    run, _ = make_run(tmp_path / "run"), make_run(tmp_path / "other")
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    assert call([*verb, "run", "-o", f"run/{place}"]) == 2
    problem, where, remedy = capsys.readouterr().err.splitlines()
    assert "would be written over a run" in problem and place in where and "run/report" in remedy
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


def test_beside_the_run_and_in_its_report_folder_is_free(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    assert call(["report", str(run), "--format", "md", "-o", str(run / "report" / "all.md")]) == 0
    assert (run / "report/all.md").exists()


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(tmp_path / "run")
    (tmp_path / "file").write_text("in the way")
    for name in FORMATS:
        assert call(["report", str(run), "--format", name, "-o", str(tmp_path / "file/there.out")]) == 2
        assert "cannot write" in capsys.readouterr().err.splitlines()[0]

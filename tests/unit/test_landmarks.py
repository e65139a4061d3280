"""Landmarks of a report: drawn where they answered the same questions, else left out with the reason."""

import dataclasses
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import wsim_reference
from wsim.cli.main import app
from wsim.errors import WsimError
from wsim.runs.folder import RunFolder
from wsim.runs.summary import load_summary
from wsim_reference.checkpoint import load as load_checkpoint
from wsim_reports import evidence, html, landmark, landmark_fit, probe_views
from wsim_reports.rounding import both_of
from wsim_reports.svg import percent
from wsim_reports.tables import write_json

sys.path.append(str(Path(__file__).parent.parent / "fixtures"))
from wsim_slides import Slide, make_run

OTHER = {"name": "other <b>", "digest": "99" * 32}


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The toy probe, as if it were installed, and no landmark that comes with wsim but those of the test."""
    for module in (evidence, probe_views):
        monkeypatch.setattr(module, "load_probe", lambda name: Slide())
    monkeypatch.setattr(landmark, "shipped_folder", lambda: tmp_path / "shipped")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return make_run(tmp_path / "run")


@pytest.fixture
def other(run: Path, tmp_path: Path) -> Path:
    """The same run by another model, half of whose squares vanish."""
    copied = tmp_path / "other"
    shutil.copytree(run, copied)
    (copied / "summary.json").unlink(missing_ok=True)
    change(copied, lambda manifest: manifest["model"].update(OTHER))
    lines = (copied / "records.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    for record in records[::2]:
        if record["status"] == "ok":
            record.update(metrics=dict.fromkeys(record["metrics"], 0.0))
    text = "".join(json.dumps(record) + "\n" for record in records)
    (copied / "records.jsonl").write_text(text, encoding="utf-8")
    return copied


def change(run: Path, how: Any) -> None:
    path = run / "manifest.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    how(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def index_of(run: Path, page: Path, *landmarks: Path) -> str:
    return html.write([load_summary(run)], [run], page, landmarks).read_text(encoding="utf-8")


def test_the_ends_of_the_scale_are_rows_of_their_own(run: Path, tmp_path: Path) -> None:
    text = index_of(run, tmp_path / "page")
    assert text.count("by definition") == 2
    assert 'aria-label="oracle: 1.00"' in text
    assert 'aria-label="freeze, blank, noise, plate, clean: 0.00"' in text
    assert "1 is what the oracle scores" in text and "answered the same questions" not in text


def test_a_given_run_is_drawn_with_its_own_numbers(run: Path, other: Path, tmp_path: Path) -> None:
    theirs = load_summary(other)
    assert theirs.headline.value != load_summary(run).headline.value
    text = index_of(run, tmp_path / "page", other)
    value = theirs.headline.value
    assert value is not None
    assert "other &lt;b&gt; answered the same questions" in text and "<b>" not in text
    assert text.count(f'x="{percent(value)}" y="50%"') == 3  # of all suites, its own row, and the suite
    probe = (tmp_path / "page/probe-toy-slide.html").read_text(encoding="utf-8")
    assert "other &lt;b&gt;, run" in probe and 'class="landmark-mark' in probe


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (lambda m: m["benchmark"].update(version=2), "benchmark version is 2, here it is 1"),
        (lambda m: m["benchmark"].update(digest="00"), "under the same name and version"),
        (lambda m: m["clip"].update(height=64), "frames of 48×64 at 16 fps, here it is 17 frames of 48×32"),
        (lambda m: m.update(seed=8), "seed is 8"),
        (lambda m: m.update(track="image"), "track is image"),
    ],
)
def test_other_questions_are_refused_if_given_and_left_out_if_shipped(
    run: Path, other: Path, tmp_path: Path, how: Any, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(other, how)
    with pytest.raises(WsimError, match="is no landmark here") as refused:
        index_of(run, tmp_path / "page", other)
    assert said in refused.value.problem and not (tmp_path / "page").exists()
    ship_anyway(other, monkeypatch)
    text = index_of(run, tmp_path / "page")
    assert said in text and "which comes with wsim, is not drawn" in text


def ship_anyway(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = [landmark.landmark_of(run)]
    monkeypatch.setattr(landmark_fit, "shipped", lambda: shipped)


@pytest.mark.parametrize("key", ["version", "instrument"])
def test_a_probe_that_has_changed_takes_its_means_with_it(
    run: Path, other: Path, tmp_path: Path, key: str
) -> None:
    changed = 2 if key == "version" else "00" * 32
    scored = landmark.landmark_of(other)
    name = next(iter(scored.probes))
    older = dataclasses.replace(scored.probes[name], **{key: changed})
    answered = [(load_summary(run), RunFolder(run).manifest)]
    stale = dataclasses.replace(scored, probes={name: older})
    kept = landmark_fit.fit(scored, "", answered)
    lost = landmark_fit.fit(stale, "", answered)
    assert kept.headline.estimate.value is not None and kept.probes[name].estimate.value is not None
    lanes = [lost.headline, lost.probes[name], *lost.suites.values()]
    assert {(lane.estimate.value, lane.why) for lane in lanes} == {(None, "probe has changed")}
    assert kept.held == scored
    held = lost.held
    parts = (*held.suites.values(), *held.probes.values())
    assert {held.headline.value, *(part.strict.value for part in parts)} == {None}


def test_a_model_is_no_landmark_for_itself(run: Path, tmp_path: Path) -> None:
    text = index_of(run, tmp_path / "page", run)
    assert "answered the same questions" not in text and "is in this report already" in text


def test_a_name_alone_makes_no_model_the_same(run: Path, other: Path, tmp_path: Path) -> None:
    for one in (run, other):
        change(one, lambda manifest: manifest["model"].update(name="mine", digest=None, settings={}))
    change(other, lambda manifest: manifest.update(run="20260101T000000Z-9999"))
    assert "mine answered the same questions" in index_of(run, tmp_path / "page", other)


def test_tables_and_data_have_the_landmarks_of_the_page(run: Path, other: Path, tmp_path: Path) -> None:
    def written(name: str) -> str:
        asked = ["report", str(run), "--landmark", str(other), "-f", name, "-o", str(tmp_path / name)]
        assert CliRunner().invoke(app, asked).exit_code == 0
        return (tmp_path / name).read_text(encoding="utf-8")

    theirs, ours = load_summary(other), load_summary(run)
    text = written("md")
    assert "1 is what the oracle scores" in text and "- other &lt;b> answered the same questions: run" in text
    assert f"| all suites | {both_of(ours.headline)} | {both_of(theirs.headline)} |" in text
    assert f"| {theirs.probes[0].name} | {both_of(ours.probes[0].strict)} | " in text
    mine, landmarked = json.loads(written("json"))
    assert mine == json.loads(json.dumps(ours.to_json()))
    assert landmarked == json.loads(json.dumps(landmark.landmark_of(other).to_json()))
    change(other, lambda manifest: manifest.update(seed=8))
    with pytest.raises(WsimError, match="is no landmark here"):
        write_json([ours], [run], tmp_path / "no.json", [other])
    assert not (tmp_path / "no.json").exists()


def test_what_is_written_is_read_again(other: Path, tmp_path: Path, run: Path) -> None:
    scored = landmark.landmark_of(other)
    change(other, lambda manifest: manifest.update(partial=False, status="complete"))
    [path] = landmark.ship([other], tmp_path / "shipped")
    assert path.name == "toy-1-video-other-b-17x32x48@16.json" and path.stat().st_size < 4000
    assert landmark.shipped() == [dataclasses.replace(scored, limited=False)]
    text = index_of(run, tmp_path / "page")
    assert "other &lt;b&gt; answered the same questions: comes with wsim, weights 99999999" in text


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (lambda m: m.update(partial=True), "limited to some"),
        (lambda m: m.update(status="running"), "the run is running"),
        (lambda m: m["model"].update(digest=None), "no digest"),
    ],
)
def test_only_whole_runs_of_known_weights_are_shipped(
    other: Path, tmp_path: Path, how: Any, said: str
) -> None:
    change(other, how)
    with pytest.raises(WsimError, match=said):
        landmark.ship([other], tmp_path / "shipped")
    assert not (tmp_path / "shipped").exists()


@pytest.mark.parametrize("text", ["", "[]", '{"schema": "wsim.landmark/9"}', '{"schema": "wsim.landmark/1"}'])
def test_a_damaged_landmark_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "damaged.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(WsimError, match="the landmark cannot be read"):
        landmark.read_landmark(path)


def test_those_that_come_with_wsim_are_of_the_weights_that_come_with_wsim() -> None:
    files = sorted((Path(html.__file__).parent / "landmarks").glob("*.json"))
    scored = [landmark.read_landmark(path) for path in files]
    own = [one for one in scored if one.name.startswith("reference:")]
    for one in own:
        weights = Path(wsim_reference.__file__).parent / "weights" / one.name.removeprefix("reference:")
        assert one.model["digest"] == load_checkpoint(weights).digest, f"{one.name} has other weights now"
    assert own and not any(one.limited for one in scored)


def test_a_report_that_draws_none_says_so(run: Path, other: Path, tmp_path: Path) -> None:
    asked = ["report", str(run), "--landmark", str(other), "--format", "csv", "-o", str(tmp_path / "out.csv")]
    done = CliRunner().invoke(app, asked)
    assert isinstance(done.exception, WsimError)
    assert done.exception.problem == "the report csv draws no landmarks"
    assert not (tmp_path / "out.csv").exists()

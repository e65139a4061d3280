"""Every clip on a page, what stands beside it, and whether its probe may be believed."""

import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from wsim.certify.certificate import Certificate
from wsim.certify.figures import Alarms, Rival
from wsim.cli import generate
from wsim.cli.main import call
from wsim.contracts import Request, Unmeasurable
from wsim.runs import remeasure
from wsim.runs.records import RecordLog
from wsim.runs.results import Calibration, Record
from wsim.runs.summary import load_summary
from wsim.video import Video, read_video
from wsim_reports import evidence, probe_trust, probe_views
from wsim_reports.clips import write_film
from wsim_reports.every import by_score, spread
from wsim_reports.html import write
from wsim_reports.navigation import neighbours, suite_links
from wsim_reports.overlays import enlarge
from wsim_reports.suites import failure_classes
from wsim_reports.triptych import difference, write_triptych

sys.path.append(str(Path(__file__).parent.parent / "fixtures"))
from wsim_slides import CLIP, INFO, Slide, answer, make_run, square_clip
from wsim_summaries import make_probe

SCALE = Calibration("p", 1, "video", "25x64x64@16", 0.9, 0.1, "freeze", {}, "", 8, True)


def grey(level: int, *, frames: int = 4, side: int = 16) -> Video:
    return Video(np.full((frames, side, side, 3), level, dtype=np.uint8), 8.0)


def record(scenario: str, right: float | None) -> Record:
    status = "unmeasurable" if right is None else "ok"
    return Record("p", 1, scenario, scenario, status, metrics={} if right is None else {"right": right})


def test_clips_go_from_the_worst_score_to_the_best_and_the_unmeasured_come_last() -> None:
    ranked = by_score([record("a", 0.9), record("b", None), record("c", 0.1)], "right", SCALE)
    assert [(one.record.scenario, one.score) for one in ranked] == [("c", 0.0), ("a", 1.0), ("b", None)]
    assert {one.score for one in by_score([record("a", 0.9)], "right", None)} == {None}


def test_the_records_of_a_run_are_read_once_for_all_its_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path / "run")
    summary, reads = load_summary(run), []
    read = RecordLog.__iter__

    def counted(log: RecordLog) -> Iterator[Record]:
        reads.append(log.path)
        return read(log)

    monkeypatch.setattr(RecordLog, "__iter__", counted)
    for module in (evidence, probe_views):  # as if the toy probe were installed
        monkeypatch.setattr(module, "load_probe", lambda name: Slide())
    page = write([summary], [run], tmp_path / "page")
    assert reads == [run / "records.jsonl"]
    assert any((page.parent / "clips").glob("*.mp4"))


def test_of_many_clips_an_even_choice_is_shown_with_both_ends() -> None:
    ranked = by_score([record(f"{i:03d}", i / 250) for i in range(250)], "right", SCALE)
    shown = spread(ranked, 100)
    assert len(shown) == 100 and (shown[0], shown[-1]) == (ranked[0], ranked[-1])
    places = [int(one.record.scenario) for one in shown]
    assert set(np.diff(places)) == {2, 3} and spread(shown, 100) == shown


def test_a_difference_is_doubled_and_as_long_as_the_shorter() -> None:
    apart = difference(grey(100), grey(90, frames=3))
    assert apart is not None and apart.frames.shape == (3, 16, 16, 3) and (apart.frames == 20).all()
    far = difference(grey(0), grey(200))
    assert far is not None and (far.frames == 255).all()
    assert difference(grey(0), grey(0, side=8)) is None


def test_a_triptych_holds_truth_answer_and_difference_side_by_side(tmp_path: Path) -> None:
    player = write_triptych(tmp_path, "one", grey(200), grey(150, frames=3), poster_frame=99)
    film = read_video(tmp_path / player.video)
    assert len(film) == 4 and (tmp_path / player.poster).stat().st_size > 100
    height, width = film.size
    assert (player.width, player.height) == (width, height)
    middles = film.frames[0, height // 2, [width // 6, width // 2, 5 * width // 6], 0].astype(int)
    assert np.abs(middles - [200, 150, 100]).max() < 6
    alone = write_triptych(tmp_path, "two", grey(200), None, poster_frame=0)
    assert alone.width == alone.height and alone.title == "what should happen"


def test_a_film_is_written_in_the_same_bytes_every_time(tmp_path: Path) -> None:
    """x264 with its macroblock tree writes this one in two ways, each about half of the time."""
    film = Video(enlarge(square_clip(12, vanishes=True).frames, 5), CLIP.fps)
    for i in range(40):
        write_film(tmp_path / f"{i}.mp4", film)
    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == 1


def test_ways_lead_to_suites_and_to_the_neighbours() -> None:
    pages = {"a/x_y": "1.html", "a/z": "2.html", "b/w": "3.html"}
    assert [(link.name, link.href, link.current) for link in suite_links(list(pages), "i.html", "a/z")] == [
        ("a", "i.html#suite-a", True),
        ("b", "i.html#suite-b", False),
    ]
    near = neighbours(pages, "a/z")
    assert [(link.name, link.current) for link in near.suite] == [("x y", False), ("z", True)]
    assert near.before is not None and near.before.href == "1.html"
    assert near.after is not None and near.after.name == "w"
    assert neighbours(pages, "a/x_y").before is None and neighbours(pages, "b/w").after is None


def test_the_failures_of_a_suite_are_counted_over_its_probes() -> None:
    one = make_probe("s/a", 0.5, verdicts={"kept": 5, "left_standing": 3, "gone": 1})
    two = make_probe("s/b", 0.5, verdicts={"kept": 5, "gone": 6})
    said = failure_classes([one, two])
    assert said.startswith("10 of 20 measured clips (50") and "“gone” in 7, “left standing” in 3." in said
    assert failure_classes([make_probe("s/c", 1.0, verdicts={"kept": 5})]) == ""


class Blind(Slide):
    """Cannot see what it saw before."""

    def measure(self, *_: object) -> Unmeasurable:  # type: ignore[override]
        return Unmeasurable("nothing")


def certificate(*, quick: bool) -> Certificate:
    """Of a probe that a picture held still wins."""
    return Certificate(
        probe="permanence/occlude", version=1, track="video", clip="25x64x64@16", source="0" * 64,
        quick=quick, seed=9002, ceiling=1.0, null=0.0, instrument=True,
        lawful=Alarms(20, 1.0, 0.01, 0.99, {"kept": 20}),
        nuisances={}, doses={}, adversaries={"freeze": Rival(20, 1.0, 0.4, 0.97)}, errors=0, seconds=1.0,
    )  # fmt: skip


def test_a_page_tells_what_the_certificate_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe_trust, "shipped_folder", lambda: tmp_path)
    assert probe_trust.trust_in("permanence/occlude", "video") == probe_trust.NO_CERTIFICATE
    (tmp_path / "permanence_occlude.quick.json").write_text(certificate(quick=True).to_json())
    quick = probe_trust.trust_in("permanence/occlude", "video")
    assert quick.state == "quick" and quick.words.endswith("has changed since.") and "20 lawful" in quick.made
    (tmp_path / "permanence_occlude.json").write_text(certificate(quick=False).to_json())
    full = probe_trust.trust_in("permanence/occlude", "image")  # there is none of that track
    assert full.state == "provisional" and any("freeze" in line for line in full.short)
    assert {"adversary": "0.40 !", "false alarms": "1\N{NO-BREAK SPACE}%"}.items() <= {
        head: cell.text for head, _, cell in full.cells
    }.items()
    assert probe_trust.trust_in("nobody/knows", "video") == probe_trust.NO_CERTIFICATE


def test_sources_are_told_in_short() -> None:
    said = probe_trust.sources_of("geometry/epipolar")
    assert any(text == "Shi and Tomasi 1994: Good features to track" for text in said)
    assert not any(set("{}\\") & set(text) for text in said) and probe_trust.sources_of("nobody/knows") == ()


class Remade:
    """The model of the toy run, asked once more."""

    info = INFO

    def __init__(self, shade: int) -> None:
        self.shade, self.asked = shade, 0

    def generate(self, requests: Sequence[Request]) -> Iterator[Video]:
        for _ in requests:
            self.asked += 1
            video = answer(2)
            yield Video(video.frames + np.uint8(self.shade), video.fps)


def test_one_clip_is_read_again_beside_what_the_run_had_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(remeasure, "load_probe", lambda name: Slide())
    run = make_run(tmp_path / "run")
    before = (run / "records.jsonl").read_bytes()
    command = ["measure", str(run), "--scenario", "toy/slide/video/world=02"]
    assert call(command) == 0
    said = capsys.readouterr().out
    assert said.count("vanished; kept 0") == 2 and (run / "records.jsonl").read_bytes() == before
    assert call([*command[:-1], "toy/slide/video/world=99"]) == 2
    assert 'did you mean "toy/slide/video/world=' in capsys.readouterr().err
    for shade, code in ((0, 0), (1, 3)):  # the model of the run, and one that no longer makes the same pixels
        made = Remade(shade)
        monkeypatch.setattr(generate, "contestant", lambda model, options, made=made: made)
        assert call([*command, "--model", "toy model"]) == code
        assert capsys.readouterr().out.count("pixels") == 2 and made.asked == 1
    monkeypatch.undo()
    monkeypatch.setattr(remeasure, "load_probe", lambda name: Slide())
    assert call([*command, "--model", "blank"]) == 2
    assert "blank is not the model of the run: other weights" in capsys.readouterr().err
    assert call([*command, "--model", "oracle"]) == 2 and "answers scenarios" in capsys.readouterr().err
    monkeypatch.setattr(remeasure, "load_probe", lambda name: Blind())
    assert call(command) == 3 and "now      nothing" in capsys.readouterr().out
    shutil.rmtree(run / "videos")
    assert call(command) == 3 and "there is no stored video" in capsys.readouterr().err

"""Results for the Hugging Face Hub, read back by the Hub's own library."""

import sys
from pathlib import Path

import pytest

from wsim.errors import WsimError
from wsim.runs.results import SuiteSummary
from wsim_reports.hub import write_hub

sys.path.insert(0, str(Path(__file__).parent.parent / "fixtures"))
from wsim_summaries import NONE, make_probe, make_run

hub = pytest.importorskip("huggingface_hub")


def test_the_card_is_valid_and_holds_the_numbers_of_the_run(tmp_path: Path) -> None:
    card = hub.ModelCard.load(write_hub([make_run()], [tmp_path], tmp_path / "card"))
    assert card.data.model_name == "toy" and card.data.pipeline_tag == "video-to-video"
    found = {result.metric_name: result for result in card.data.eval_results}
    assert set(found) == {
        f"{name}: strict skill"
        for name in ("headline", "permanence", "permanence/occlude", "physics", "physics/fall")
    }
    occlude = found["permanence/occlude: strict skill"]
    assert occlude.metric_value == 0.3 and occlude.metric_args["coverage"] == 0.9
    assert occlude.metric_args["interval_95"] == pytest.approx([0.22, 0.38])
    assert found["headline: strict skill"].metric_args["interval_95"] == [0.54, 0.66]
    assert "`wsim/0.1.0 quick/1 video 25x64x64@16 | n=80 c=40 | seed 7`" in card.text


def test_entries_are_those_that_the_hub_parses(tmp_path: Path) -> None:
    yaml = pytest.importorskip("yaml")
    write_hub([make_run()], [tmp_path], tmp_path / "card")
    content = yaml.safe_load((tmp_path / "card/eval_results.yaml").read_text(encoding="utf-8"))
    entries = hub.parse_eval_result_entries(content)
    assert [(e.dataset_id, e.task_id, e.value) for e in entries][:2] == [
        ("wsim/quick", "video/headline", 0.6),
        ("wsim/quick", "video/permanence", 0.3),
    ]
    alone = write_hub([make_run()], [tmp_path], tmp_path / "alone.yaml")
    assert yaml.safe_load(alone.read_text(encoding="utf-8")) == content


def test_what_has_no_rank_is_no_result_but_is_told(tmp_path: Path) -> None:
    flagged = make_probe("physics/fall", 0.9, flags=("few clusters",))
    suite = SuiteSummary("physics", flagged.strict, (flagged,), False)
    run = make_run(suites=(suite,), headline=NONE, partial=True)
    card = hub.ModelCard.load(write_hub([run], [tmp_path], tmp_path / "card"))
    assert not card.data.eval_results
    assert "- Shown unranked for few worlds: physics/fall." in card.text and "Withheld" in card.text


def test_a_card_says_what_was_limited_and_what_was_not_asked(tmp_path: Path) -> None:
    unasked = make_probe("physics/hang", None, status="not_applicable", note="needs a camera")
    suite = SuiteSummary("physics", NONE, (unasked,), True)
    run = make_run(suites=(*make_run().suites, suite), partial=True)
    text = hub.ModelCard.load(write_hub([run], [tmp_path], tmp_path / "card")).text
    assert "Headline 0.60 [0.54, 0.66]." in text and "- Limited run: only some" in text
    assert "- physics/hang: not asked, needs a camera." in text and "Measured" not in text


def test_a_name_stays_text_and_a_card_is_about_one_model(tmp_path: Path) -> None:
    wicked = make_run(model={"name": "---\nlicense: x\n<script>", "digest": None})
    card = hub.ModelCard.load(write_hub([wicked], [tmp_path], tmp_path / "card"))
    assert card.data.model_name == "---\nlicense: x\n<script>" and card.data.license is None
    assert "<script>" not in card.text
    with pytest.raises(WsimError, match="about one model"):
        write_hub([make_run(), wicked], [tmp_path, tmp_path], tmp_path / "two")


def test_without_the_library_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(WsimError, match="needs the package huggingface-hub") as caught:
        write_hub([make_run()], [tmp_path], tmp_path / "card")
    assert "wsim[hub]" in caught.value.remedy

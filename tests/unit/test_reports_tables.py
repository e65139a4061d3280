"""Exports of hand-made summaries: Markdown for people, CSV and JSON for programs; rounding and words."""

import csv
import dataclasses
import itertools
import json
import math
import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import markdown_it
import numpy as np
import pytest

from wsim.runs.probe_summary import BESIDE
from wsim.runs.results import Difference, Estimate, ProbeSummary, RunSummary, SuiteSummary
from wsim_reports import rounding, words
from wsim_reports.compute import compute_views
from wsim_reports.curves import curves_of
from wsim_reports.junit import write_junit
from wsim_reports.latex import write_latex
from wsim_reports.tables import write_csv, write_json, write_markdown
from wsim_reports.views import coverage_of

sys.path.insert(0, str(Path(__file__).parent.parent / "fixtures"))
from wsim_summaries import NONE, make_probe, make_run


def with_probe(run: RunSummary, probe: ProbeSummary, *, complete: bool = True) -> RunSummary:
    return dataclasses.replace(run, suites=(SuiteSummary(probe.suite, probe.strict, (probe,), complete),))


@pytest.mark.parametrize(
    ("error", "decimals"),
    [(0.04, 2), (0.013, 3), (0.13, 2), (0.3, 1), (1.4, 1), (30.0, 0), (0.097, 2), (0.0, 2)],
)
def test_decimals_follow_the_standard_error(error: float, decimals: int) -> None:
    assert rounding.decimals_for(error) == decimals


def test_rounding_is_finer_than_the_standard_error() -> None:
    for error in 10 ** (np.arange(-299, 200) / 100):
        assert 0.05 * error < 10.0 ** -rounding.decimals_for(float(error)) <= 1.0001 * error or error > 1.0


def test_numbers_are_written_as_people_write_them() -> None:
    assert rounding.number(-0.004) == "0.00"
    assert rounding.number(-0.25) == "−0.25"
    assert rounding.number(0.25, signed=True) == "+0.25"
    assert rounding.both_of(Estimate(0.6123, 0.5312, 0.6934, 9, 9)) == "0.61 [0.53, 0.69]"
    assert rounding.both_of(NONE) == "–"
    assert rounding.both_of(Estimate(1.0, None, None, 1, 1)) == "1.00"
    assert rounding.p_text(0.0001) == "< 0.001" and rounding.p_text(None) == "–"


def test_findings_lead_with_the_worst_and_quote_counts_and_curve() -> None:
    worst, best = words.findings(make_run())
    assert (worst.probe, worst.tone) == ("permanence/occlude", "failure")
    assert (best.probe, best.tone) == ("physics/fall", "strength")
    said = worst.evidence.replace(rounding.HARD_SPACE, " ")
    assert "Read as “vanished” in 33 % of the measured clips (12 of 36)." in said
    assert "With hidden 0.6 s the answer is lawful in 25 % of clips, with 0.2 s in 90 %." in said
    assert "10 % of the clips could not be measured, mostly because: too little motion." in said


def test_a_flagged_probe_makes_no_finding_but_a_limit() -> None:
    run = with_probe(make_run(), make_probe("physics/fall", 0.9, flags=("few clusters",)))
    assert words.findings(run) == ()
    assert "Shown unranked for few worlds: physics/fall." in words.limits(run)


def test_a_lawful_probe_is_told_by_its_lawful_verdicts() -> None:
    probe = make_probe("physics/fall", 0.97, verdicts={"falls": 39, "floats": 1}, lawful_verdicts=("falls",))
    assert "“falls” in 98" in words.verdict_sentence(probe)
    assert words.verdict_sentence(make_probe("physics/fall", 0.0, verdicts={})) == ""


def test_a_crowded_curve_is_pooled_without_losing_a_clip() -> None:
    raw = tuple((i / 40, float(i % 3 == 0), 1) for i in range(40))
    (curve,) = curves_of(
        make_probe("physics/fall", 0.5, curves={"speed_m_s": raw, "constant": ((1.0, 0.5, 40),)})
    )
    assert (curve.label, curve.unit, curve.binned) == ("speed", "m/s", True)
    assert len(curve.points) == 5 and sum(point.clips for point in curve.points) == 40
    share = sum(point.share * point.clips for point in curve.points) / 40
    assert share == pytest.approx(sum(s for _, s, _ in raw) / 40)
    values = [point.value for point in curve.points]
    assert values == sorted(values)  # type: ignore[type-var]


def test_withheld_headline_says_why() -> None:
    assert words.headline_withheld(make_run()) == ""
    unfinished = make_run(headline=NONE, status="running")
    assert "has not finished" in words.headline_withheld(unfinished)
    lacking = with_probe(make_run(headline=NONE), make_probe("physics/fall", 0.9), complete=False)
    assert "physics incomplete" in words.headline_withheld(lacking)


def test_errors_and_not_what_is_aside_withhold_a_headline() -> None:
    failed = make_probe("physics/fall", 0.9, counts={"ok": 30, "error": 6}, flags=("errors",))
    blind = make_probe("geometry/rigidity", None, status="no_instrument", note="too close")
    suites = (
        SuiteSummary("physics", failed.strict, (failed,), False),
        SuiteSummary("geometry", NONE, (blind,), True),  # it is beside the suite, which is whole without it
    )
    run = make_run(headline=NONE, status="incomplete", suites=suites, counts={"error": 6})
    assert words.headline_withheld(run) == "Withheld: 6 clips ended in an error (physics incomplete)."
    assert "The run is incomplete: 6 clips ended in an error." in words.limits(run)


def test_a_difference_says_what_could_have_been_seen() -> None:
    row = Difference("x", NONE, NONE, Estimate(0.01, -0.05, 0.07, 9, 9), 0.5, 1.0, 0.12, "unclear")
    assert "from about 0.12 up" in words.difference_call(row)
    assert words.difference_call(dataclasses.replace(row, call="worse")) == "worse than the baseline"
    assert words.difference_call(dataclasses.replace(row, difference=NONE)) == "cannot be compared"


def test_markdown_has_headline_signature_tables_and_limits(tmp_path: Path) -> None:
    path = write_markdown([make_run(partial=True)], [tmp_path], tmp_path / "deep/report.md")
    text = path.read_text(encoding="utf-8").replace(rounding.HARD_SPACE, " ")
    assert "**0.60 [0.54, 0.66]**" in text and "`wsim/0.1.0 quick/1" in text
    assert "| permanence/occlude | 0.30 [0.22, 0.38] |" in text and "Limited run" in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in rows[:4]} == {3} and {line.count("|") for line in rows[4:]} == {10}


def test_markdown_takes_a_model_name_as_text(tmp_path: Path) -> None:
    run = make_run(model={"name": "a | b\n<script>", "digest": None})
    text = write_markdown([run], [tmp_path], tmp_path / "r.md").read_text(encoding="utf-8")
    assert "<script>" not in text and "## a \\| b &lt;script>" in text


def test_markdown_takes_what_probes_say_as_text(tmp_path: Path) -> None:
    wicked = "<img src=x>\n# a `b` [c](https://d) *e* \\| f"
    probe = make_probe("physics/fall", 0.3, coverage=0.4, reasons={wicked: 9}, verdicts={wicked: 30})
    unread = make_probe("physics/hang", None, status="empty", reasons={wicked: 1})
    suite = SuiteSummary("physics", probe.strict, (probe, unread), True)
    run = make_run(suites=(suite,), signature=wicked)
    text = write_markdown([run], [tmp_path], tmp_path / "r.md").read_text(encoding="utf-8")
    html = markdown_it.MarkdownIt("commonmark").enable("table").render(text)
    assert not re.search(r"<(img|a|em|h1)\b", html) and html.count("<code>") == 1  # the signature
    assert html.count("&lt;img src=x&gt; # a `b` [c](https://d) *e* \\| f") == 5


def test_runs_of_one_model_are_told_apart_in_every_table(tmp_path: Path) -> None:
    runs = [make_run(run="one"), make_run(run="two")]
    folders = [tmp_path / "1", tmp_path / "2"]
    text = write_markdown(runs, folders, tmp_path / "r.md").read_text(encoding="utf-8")
    assert "## toy (one)" in text and "## toy (two)" in text
    assert r"strict skill & toy (one) & toy (two) \\" in write_latex(runs, [], tmp_path).read_text()
    suites = ET.parse(write_junit(runs, [], tmp_path)).getroot()
    assert len({suite.get("name") for suite in suites}) == 4


def test_csv_has_a_row_for_each_probe_at_full_precision(tmp_path: Path) -> None:
    empty = make_probe(
        "physics/fall", None, status="not_applicable", calibration=None, counts={}, verdicts={}
    )
    runs = [make_run(), with_probe(make_run(), empty)]
    path = write_csv(runs, [tmp_path, tmp_path], tmp_path)
    assert path == tmp_path / "report.csv"
    rows = list(csv.DictReader(path.open(encoding="utf-8", newline="")))
    assert [row["probe"] for row in rows] == ["permanence/occlude", "physics/fall", "physics/fall"]
    assert float(rows[0]["strict_low"]) == 0.3 - 0.08
    assert rows[0]["verdicts"] == "kept=24; vanished=12"
    assert rows[2]["strict"] == rows[2]["ceiling"] == "" and rows[2]["ranked"] == "False"


def test_json_is_the_summaries_sorted_and_finite(tmp_path: Path) -> None:
    run = make_run()
    path = write_json([run], [tmp_path], tmp_path / "r.json")
    (content,) = json.loads(path.read_text(encoding="utf-8"))
    assert content == json.loads(json.dumps(run.to_json()))
    assert list(content) == sorted(content) and content["schema"] == "wsim.summary/3"
    broken = make_run(headline=Estimate(math.nan, None, None, 1, 1))
    with pytest.raises(ValueError, match="JSON"):
        write_json([broken], [tmp_path], tmp_path / "r.json")


def test_latex_is_a_table_with_a_column_a_run_and_the_best_in_bold(tmp_path: Path) -> None:
    better = with_probe(make_run(model={"name": "50% & up_1"}), make_probe("physics/fall", 0.99))
    text = write_latex([make_run(), better], [], tmp_path).read_text()
    assert r"strict skill & toy & 50\% \& up\_1 \\" in text
    assert (
        r"\quad fall & 0.90 {\scriptsize [0.82, 0.98]} & \textbf{0.99} {\scriptsize [0.91, 1.00]} \\" in text
    )
    assert r"\quad occlude & 0.30 {\scriptsize [0.22, 0.38]} & -- \\" in text
    assert text.startswith("% needs") and "% toy: wsim/0.1.0 quick/1" in text


def test_latex_prints_nothing_bold_where_all_are_alike(tmp_path: Path) -> None:
    nothing = dataclasses.replace(make_probe("physics/fall", 0.0), strict=Estimate(3.7e-17, 0.0, 0.0, 40, 20))
    runs = [with_probe(make_run(), make_probe("physics/fall", 0.0)), with_probe(make_run(), nothing)]
    text = write_latex(runs, [], tmp_path).read_text()
    [row] = [line for line in text.splitlines() if line.startswith(r"\quad fall")]
    assert row.count("0.00 {") == 2 and "textbf" not in row
    third = with_probe(make_run(), dataclasses.replace(nothing, strict=Estimate(-0.2, -0.3, -0.1, 40, 20)))
    text = write_latex([*runs, third], [], tmp_path).read_text()
    [row] = [line for line in text.splitlines() if line.startswith(r"\quad fall")]
    assert row.count(r"\textbf{0.00}") == 2 and r"\textbf{-0.20}" not in row


def test_latex_marks_what_is_flagged_and_never_prints_it_bold(tmp_path: Path) -> None:
    flagged = with_probe(make_run(), make_probe("physics/fall", 0.99, flags=("few clusters",)))
    third = with_probe(make_run(), make_probe("physics/fall", 0.2))
    text = write_latex([make_run(), flagged, third], [], tmp_path).read_text()
    [row] = [line for line in text.splitlines() if line.startswith(r"\quad fall")]
    assert r"& \textbf{0.90} {" in row and r"& 0.99$^\ast$ {" in row and r"& 0.20 {" in row
    assert r"% $^\ast$ flagged, not ranked: few worlds" in text


def test_latex_keeps_what_comes_from_outside_as_text(tmp_path: Path) -> None:
    run = make_run(model={"name": "\\input{/etc/passwd}\n% $x^2$ #1 ~"}, signature="a\n\\input{b}")
    text = write_latex([run], [], tmp_path / "t.tex").read_text()
    assert r"\textbackslash{}input\{/etc/passwd\} \% \$x\textasciicircum{}2\$ \#1" in text
    assert all(line.startswith("%") for line in text.splitlines() if "\\input" in line)


def test_junit_fails_what_failed_and_skips_what_could_not_be_asked(tmp_path: Path) -> None:
    probes = (
        make_probe("physics/fall", 0.9),
        make_probe("physics/rolls", 0.05),
        make_probe("physics/hangs", None, status="not_applicable"),
        make_probe("physics/breaks", 0.9, counts={"ok": 3, "error": 2}),
    )
    suite = SuiteSummary("physics", probes[0].strict, probes, True)
    run = make_run(model={"name": "a<b>\x00"}, suites=(suite,))
    root = ET.parse(write_junit([run], [], tmp_path)).getroot()
    (found,) = root
    assert found.attrib == {
        "name": "a<b>.physics", "tests": "4", "failures": "1", "errors": "1", "skipped": "1"
    }  # fmt: skip
    outcomes = [[child.tag for child in case] for case in found]
    assert outcomes == [[], ["failure"], ["skipped"], ["error"]]


def test_junit_passes_no_skill_that_is_printed_as_none(tmp_path: Path) -> None:
    nearly = make_probe("physics/fall", 0.0, reasons={})
    nearly = dataclasses.replace(nearly, strict=Estimate(1e-9, 1e-10, 2e-9, 6, 2))
    unseen = make_probe("physics/hangs", 0.0, verdicts={}, reasons={"static": 2})
    one = make_probe("physics/breaks", 0.9, counts={"ok": 3, "error": 1})
    suite = SuiteSummary("physics", nearly.strict, (nearly, unseen, one), True)
    root = ET.parse(write_junit([make_run(suites=(suite,))], [], tmp_path)).getroot()
    said = [[(child.tag, child.get("message")) for child in case] for case in root[0]]
    assert said == [
        [("failure", "strict skill 0.00 [0.00, 0.00]; kept 24, vanished 12")],
        [("failure", "strict skill 0.00 [0.00, 0.08]; static 2")],
        [("error", "1 clip could not be generated or read")],
    ]


def test_a_figure_of_training_needs_two_places() -> None:
    def at(step: int, run: RunSummary) -> RunSummary:
        return dataclasses.replace(run, model={**run.model, "settings": {"train_step": step}})

    unfinished = with_probe(make_run(headline=NONE), make_probe("physics/fall", 0.9), complete=False)
    runs = [at(1000, make_run()), at(1000, make_run()), at(2000, unfinished)]
    assert compute_views(runs) == []
    assert compute_views([*runs, at(3000, make_run())])[0].title == "headline"


def test_labels_of_training_do_not_touch() -> None:
    def trained(flops: float) -> RunSummary:
        return dataclasses.replace(make_run(), model={"name": "m", "settings": {"train_flops": flops}})

    for ladder in ((4.203e13, 1.661e14, 6.536e14), (1e14, 1.05e14, 2e14, 9e14), (1000.0, 64000.0)):
        figure = str(compute_views([trained(flops) for flops in ladder])[0].figure)
        labels = re.findall(r'<text x="([\d.]+)" y="192[.\d]*" text-anchor="middle">([^<]+)<', figure)
        ends = [(float(x) - 3.5 * len(said), float(x) + 3.5 * len(said)) for x, said in labels]
        assert len(ends) > 1 and all(a[1] < b[0] for a, b in itertools.pairwise(ends)), labels
    assert {said for _, said in labels} == {"1000", "64000"}
    assert "4.2×10¹³: 0.60 [0.54, 0.66]" in str(compute_views([trained(4.203e13), trained(9e14)])[0].figure)


def test_coverage_leaves_out_what_no_mean_holds() -> None:
    seen = make_probe("conditioning/first_frame", 0.4, coverage=0.5)
    aside = make_probe("conditioning/loop_seam", 0.4, coverage=0.1, note=BESIDE)
    unasked = make_probe("conditioning/size_aspect", None, coverage=0.0, status="not_applicable")
    assert coverage_of([seen, aside, unasked]) == 0.5
    assert coverage_of([aside]) == 0.1
    assert coverage_of([unasked]) is None

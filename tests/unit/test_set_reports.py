"""Distribution and text metrics in every report: numbers with what made them, and what is missing."""

import csv
import json
import re
import sys
from pathlib import Path

import pytest

from wsim.runs.results import Estimate, SetMetric
from wsim_reports.html import write
from wsim_reports.latex import write_latex
from wsim_reports.set_metrics import incomparable, missing_of, rows_of, set_view
from wsim_reports.tables import write_csv, write_json, write_markdown

sys.path.insert(0, str(Path(__file__).parent.parent / "fixtures"))
from wsim_summaries import NONE, make_run

FVD = SetMetric(
    "fvd[wsim]", "lower", Estimate(41.26, 35.1, 47.4, 480, 120), None,
    "fvd[wsim]|wsim=ab12|real480|gen480", ("few videos", "few clusters"),
)  # fmt: skip
KVD = SetMetric("kvd[wsim]", "lower", Estimate(0.00123, 0.00071, 0.00175, 480, 120), None, "kvd|wsim=ab12")
FIT = SetMetric("clip[wsim]", "higher", Estimate(31.2, 30.1, 32.3, 40, 20), 44.8, "clip|wsim=ab12")
ABSENT = SetMetric(
    "fvd[i3d]", "lower", NONE, unavailable="<no> weights & no I3D", remedy="wsim weights fetch i3d"
)
METRICS = (FVD, KVD, FIT, ABSENT)


@pytest.fixture
def runs():
    other = SetMetric(**{**vars(KVD), "signature": "kvd|wsim=cd34"})
    return [make_run(metrics=METRICS), make_run(run="b", metrics=(FVD, other, FIT)), make_run(run="c")]


def test_the_view_is_rounded_by_the_interval_and_groups_what_is_missing() -> None:
    view = set_view(make_run(metrics=(*METRICS, SetMetric(**{**vars(ABSENT), "name": "kvd[i3d]"}))))
    assert [(line.value, line.interval) for line in view.lines] == [
        ("41", "[35, 47]"),
        ("0.0012", "[0.0007, 0.0018]"),
        ("31.2", "[30.1, 32.3]"),
    ]
    assert view.lines[2].lawful == "44.8" and view.lines[0].lawful == "–"
    assert view.lines[0].notes == "few videos, few worlds"
    assert [missing.names for missing in view.missing] == ["fvd[i3d], kvd[i3d]"]
    assert not set_view(make_run()).computed


def test_runs_stand_side_by_side_and_what_they_share_is_said_once(runs) -> None:
    fvd, kvd, fit = rows_of(runs)
    assert [line.value if line else None for line in fvd.cells] == ["41", "41", None]
    assert (fit.lawful, fit.clips, fit.worlds, len(fit.signatures)) == ("44.8", "40", "20", 1)
    assert kvd.signatures == ("kvd|wsim=ab12", "kvd|wsim=cd34")
    (missing,) = set_view(runs[0]).missing
    assert missing_of([runs[0], runs[1], runs[0]]) == {missing: (0, 2)}


def test_other_signatures_are_not_compared(runs) -> None:
    assert incomparable(runs) == ("kvd[wsim]",) and incomparable(runs[:1]) == ()


def test_markdown_has_the_table_and_the_command(tmp_path: Path, runs) -> None:
    text = write_markdown(runs[:1], [tmp_path], tmp_path / "r.md").read_text()
    assert "### Conditioning: distribution, text and paired metrics" in text
    assert "| fvd[wsim] | 41 [35, 47] | lower is better | – | 480 | 120 | few videos, few worlds |" in text
    assert "- not available: fvd[i3d], &lt;no> weights &amp; no I3D: wsim weights fetch i3d" in text
    assert "distribution" not in write_markdown([make_run()], [tmp_path], tmp_path / "n.md").read_text()


def test_programs_get_full_numbers(tmp_path: Path, runs) -> None:
    rows = list(csv.DictReader(write_csv(runs, [tmp_path] * 3, tmp_path / "r.csv").open()))
    mine = [row for row in rows if row["suite"] == "conditioning"]
    assert len(mine) == 7 and len(rows) == 7 + sum(len(run.probes) for run in runs)
    assert (mine[1]["probe"], float(mine[1]["value"]), mine[1]["clips"]) == ("kvd[wsim]", 0.00123, "480")
    assert mine[3]["value"] == "" and mine[3]["remedy"] == "wsim weights fetch i3d"
    assert "value" not in write_csv([make_run()], [tmp_path], tmp_path / "n.csv").read_text().splitlines()[0]
    content = json.loads(write_json(runs, [tmp_path] * 3, tmp_path / "r.json").read_text())
    assert content[0]["metrics"][2]["lawful"] == 44.8 and content[2]["metrics"] == []


def test_a_paper_gets_rows_with_arrows_and_a_mark_where_runs_differ(tmp_path: Path, runs) -> None:
    text = write_latex(runs, [tmp_path] * 3, tmp_path / "r.tex").read_text()
    assert r"fvd[wsim] $\downarrow$ & 41 {\scriptsize [35, 47]} & 41 {\scriptsize [35, 47]} & -- \\" in text
    assert r"kvd[wsim] $\downarrow$$^\dagger$ & 0.0012" in text and r"clip[wsim] $\uparrow$ & 31.2" in text
    assert "fvd[i3d] $" not in text and "% toy: fvd[i3d]: not available, <no> weights" in text
    assert all(line.startswith("%") or "&" in line or line.startswith("\\") for line in text.splitlines())


def test_the_page_shows_numbers_commands_and_what_cannot_be_compared(
    tmp_path: Path, runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = write(runs[:1], [tmp_path / "none"], tmp_path / "one").read_text()
    assert '<h2 id="sets">Conditioning: distribution, text and paired metrics</h2>' in alone
    assert "[35, 47]" in alone and "few videos, few worlds" in alone and "44.8" in alone
    assert "&lt;no&gt; weights &amp; no I3D: <code>wsim weights fetch i3d</code>" in alone
    assert "not to be compared between" not in alone
    page = write([runs[0], runs[1], runs[2]], [tmp_path / "none"] * 3, tmp_path / "three").read_text()
    assert re.search(r"not to be compared between these runs: kvd\[wsim\]\.", page)
    assert len(re.findall(r"Not computed for [^:<]+: <code>wsim measure RUN --metrics</code>", page)) == 1

"""Figures of a paper: one column wide, fonts embedded, the same bytes again, and names taken as text."""

import dataclasses
import re
import sys
import zlib
from pathlib import Path

import pytest

from wsim.runs.results import Estimate, RunSummary
from wsim_reports.latex import write_latex
from wsim_reports.paper_figures import _rows

sys.path.insert(0, str(Path(__file__).parent.parent / "fixtures"))
from wsim_summaries import make_run

WICKED = r"$\frac{1}{$ 50% & #1_{x} \input{y} ~^"


def trained(name: str, step: int, value: float) -> RunSummary:
    return make_run(
        model={"name": name, "adapter": "toy/1", "digest": None, "settings": {"train_step": step}},
        headline=Estimate(value, value - 0.05, value + 0.05, 80, 40),
    )


def draws_text(pdf: bytes) -> bool:
    """Whether letters are shown as text, not drawn as outlines."""
    parts = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.S)
    return any(re.search(rb"T[jJ]\b", zlib.decompress(part)) for part in parts if part[:1] == b"x")


@pytest.fixture
def runs() -> list[RunSummary]:
    return [trained(WICKED, 1000, 0.4), trained("larger", 64000, 0.6)]


def test_figures_stand_beside_the_table_and_are_named_in_it(runs: list[RunSummary], tmp_path: Path) -> None:
    table = write_latex(runs, [], tmp_path / "made" / "paper")
    assert table == tmp_path / "made/paper/report.tex"
    names = sorted(path.name for path in table.parent.glob("*.pdf"))
    assert names == [
        "report-curve-permanence-occlude-hidden-s.pdf",
        "report-curve-physics-fall-hidden-s.pdf",
        "report-forest.pdf",
        "report-training.pdf",
    ]
    text = table.read_text(encoding="utf-8")
    for name in names:
        assert rf"% \includegraphics[width=\columnwidth]{{{name}}}" in text
    for name in names:
        pdf = (table.parent / name).read_bytes()
        width = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+)", pdf)
        assert width and float(width[1]) == pytest.approx(3.4 * 72)
        assert b"/FontFile2" in pdf and b"/Subtype /Type3" not in pdf  # TrueType, inside the file
        assert draws_text(pdf)


def test_the_same_runs_make_the_same_bytes(runs: list[RunSummary], tmp_path: Path) -> None:
    first, second = (write_latex(runs, [], tmp_path / name).parent for name in ("one", "two"))
    files = sorted(path.name for path in first.iterdir())
    assert len(files) == 5
    for name in files:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


def test_a_single_run_without_training_has_neither_legend_nor_training(tmp_path: Path) -> None:
    folder = write_latex([make_run()], [], tmp_path / "t.tex").parent
    assert (folder / "t-forest.pdf").exists() and not (folder / "t-training.pdf").exists()


def test_a_suite_of_one_probe_takes_one_row_and_a_withheld_headline_has_no_dot() -> None:
    run = dataclasses.replace(make_run(), headline=Estimate(None, None, None, 0, 0))
    rows = list(_rows([run]))
    assert [label for label, _, _ in rows] == ["all suites", "permanence: occlude", "physics: fall"]
    assert not rows[0][2][0].ranked and rows[0][2][0].estimate.value is None

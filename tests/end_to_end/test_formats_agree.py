"""One run, many formats: every number that a person reads is the one that a program reads, rounded."""

import csv
import json
import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from wsim.cli.main import call

sys.path.append(str(Path(__file__).parent.parent / "fixtures"))
from wsim_pages import make_pair

pytestmark = pytest.mark.usefixtures("toy_probes")
FORMATS = {
    "html": "index.html", "md": "report.md", "csv": "report.csv",
    "json": "report.json", "latex": "report.tex",
}  # fmt: skip
NAMES = ("early", "later")


class Shown(HTMLParser):
    """The text of a page: rows of tables as lists of cells, and the score in every box of a headline."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.headlines: list[str] = []
        self.into: list[str] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
            self.into = self.rows[-1]
        if tag == "p":
            self.into = None
            if ("class", "score") in attrs:
                self.headlines.append("")
                self.into = self.headlines

    def handle_data(self, data: str) -> None:
        if self.into:
            self.into[-1] += data


def numbers(text: str) -> list[tuple[float, float]]:
    """Every number with decimals in a text, and by how much it may be rounded."""
    found = re.findall(r"[-−+]?\d+\.(\d+)", text)
    whole = [part.replace("−", "-") for part in re.findall(r"[-−+]?\d+\.\d+", text)]
    return [(float(n), 0.5 * 10.0 ** -len(d)) for n, d in zip(whole, found, strict=True)]


def assert_rounded(text: str, estimates: list[dict[str, Any]]) -> None:
    """The text says value, low and high of every estimate in this order, and no other number."""
    wanted = [one[end] for one in estimates for end in ("value", "low", "high")]
    told = numbers(text)
    assert len(told) == len(wanted), (text, wanted)
    for (number, slack), exact in zip(told, wanted, strict=True):
        assert abs(number - exact) <= slack + 1e-9, (text, wanted)


@pytest.fixture
def written(tmp_path: Path) -> dict[str, str]:
    """Every format of the same two runs."""
    runs = [str(run) for run in make_pair(tmp_path, clusters=12)]
    for name, file in FORMATS.items():
        assert call(["report", *runs, "--format", name, "-o", str(tmp_path / name / file)]) == 0
    return {name: (tmp_path / name / file).read_text(encoding="utf-8") for name, file in FORMATS.items()}


def markdown_rows(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        if line.startswith("| ") and not line.startswith("| ---"):
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


def test_html_markdown_csv_json_and_latex_say_the_same(written: dict[str, str]) -> None:
    runs = [one for one in json.loads(written["json"]) if one["schema"].startswith("wsim.summary/")]
    assert [run["model"]["name"] for run in runs] == list(NAMES)
    headlines = [run["headline"] for run in runs]
    suites = [run["suites"][0]["strict"] for run in runs]
    probes = [run["suites"][0]["probes"][0] for run in runs]
    strict = [probe["strict"] for probe in probes]
    assert all(one["low"] < one["value"] < one["high"] for one in strict) and strict[0] != strict[1]

    for row, probe in zip(csv.DictReader(written["csv"].splitlines()), probes, strict=True):
        for name in ("strict", "skill"):
            told = [float(row[column]) for column in (name, f"{name}_low", f"{name}_high")]
            assert told == [probe[name][end] for end in ("value", "low", "high")]
        assert float(row["coverage"]) == probe["coverage"]
        assert int(row["clips"]) == probe["strict"]["n"]

    page = Shown(written["html"])
    for text, headline in zip(page.headlines, headlines, strict=True):
        assert_rounded(text, [headline])
    [of_suite] = [row for row in page.rows if row[0].startswith("toy") and len(row) == 5]
    assert_rounded(of_suite[2], suites)

    lines = list(markdown_rows(written["md"]))
    for rows in (page.rows, lines):  # their tables of probes have the same columns
        for row, probe in zip(rows_of("toy/rise", 9, rows), probes, strict=True):
            assert_rounded(row[1], [probe["strict"]])
            assert numbers(row[2])[0][0] == pytest.approx(probe["skill"]["value"], abs=0.005)
            assert (int(row[4]), int(row[5])) == (probe["strict"]["n"], probe["strict"]["clusters"])
    for line, suite in zip(rows_of("toy", 2, lines), suites, strict=True):
        assert_rounded(line[1], [suite])
    [difference], [in_page] = rows_of("toy/rise", 6, lines), rows_of("toy/rise", 7, page.rows)
    assert numbers(difference[3]) == numbers(in_page[3]) and len(numbers(difference[3])) == 3

    for label, estimates in {"toy": suites, "rise": strict, "headline": headlines}.items():
        beginning = re.compile(rf"(\\quad |\\textbf{{){label}\b")
        [line] = [one for one in written["latex"].splitlines() if beginning.match(one)]
        assert_rounded(line, estimates)


def rows_of(name: str, cells: int, rows: list[list[str]]) -> list[list[str]]:
    """The rows that begin with a name, of the tables with so many columns."""
    return [row for row in rows if row and row[0] == name and len(row) == cells]

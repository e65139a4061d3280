"""A run whose model, prompts and folder are named to do harm: every report takes the names as text."""

import csv
import dataclasses
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import markdown_it
import pytest

from wsim.cli.main import call
from wsim.contracts import Scenario

sys.path.append(str(Path(__file__).parent.parent / "fixtures"))
import wsim_slides as slides

pytestmark = pytest.mark.usefixtures("toy_probes")
NAME = (
    "=cmd|' /C calc'!A0 </script><script>window.caught=1</script> \"'` & $x_1^2$ \\input{y} #% "
    "[a](javascript:b)"
)
PROMPT = "-2+3 </title></textarea><img src=x onerror='window.caught=2'> “q” {{ 7*7 }}"
FOLDER = "@SUM(1) <svg onload=window.caught=3> ' $a_b% & #"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    asked = slides.Slide.scenarios

    def hostile(*given: Any, **named: Any) -> Iterator[Scenario]:
        for scenario in asked(*given, **named):
            yield dataclasses.replace(scenario, request=dataclasses.replace(scenario.request, text=PROMPT))

    monkeypatch.setattr(slides.Slide, "scenarios", hostile)
    monkeypatch.setattr(slides, "INFO", dataclasses.replace(slides.INFO, name=NAME))
    return slides.make_run(tmp_path / FOLDER)


def written(run: Path, name: str, output: Path) -> str:
    assert call(["report", str(run), "--format", name, "-o", str(output)]) == 0
    return output.read_text(encoding="utf-8")


def test_no_page_runs_what_a_name_says(run: Path, tmp_path: Path, tab: Any) -> None:
    written(run, "html", tmp_path / "page/index.html")
    written(run, "single", tmp_path / "single.html")
    assert call(["report", "--leaderboard", str(tmp_path), "-o", str(tmp_path / "board")]) == 0
    pages = [*(tmp_path / "page").glob("*.html"), tmp_path / "single.html", tmp_path / "board/index.html"]
    assert len(pages) == 4
    for page in pages:
        tab.goto(page.as_uri())
        assert tab.evaluate("window.caught") is None and tab.locator("img[src=x]").count() == 0, page
        assert tab.locator("script").count() == (2 if "board" in page.parts else 1)
    tab.goto((tmp_path / "page/probe-toy-slide.html").as_uri())
    shown = tab.locator("main").text_content()
    assert PROMPT in shown and shlex.quote(str(run)) in shown  # in the command that reads a clip again
    assert not tab.problems


def test_no_table_computes_or_becomes_markup(run: Path, tmp_path: Path) -> None:
    rows = list(csv.reader(written(run, "csv", tmp_path / "r.csv").splitlines()))
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
    assert f"'{NAME}" in rows[1]
    html = markdown_it.MarkdownIt("commonmark").enable("table").render(written(run, "md", tmp_path / "r.md"))
    assert not re.search(r"<(script|img|svg|a|em)\b", html)
    table = written(run, "latex", tmp_path / "r.tex")
    body = [line for line in table.splitlines() if not line.startswith("%")]
    assert not any(re.search(r"(?<!\\)[$#%]|\\input", line.replace(r"$^\ast$", "")) for line in body)
    assert r"\textbackslash{}input\{y\}" in table and "</script>" not in "".join(body)
    suite = ET.fromstring(written(run, "junit", tmp_path / "r.xml"))
    assert str(suite[0].get("name")).startswith(NAME)


def test_what_is_cited_stays_one_entry(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["cite", str(run)]) == 0
    said = re.sub(r"(?m)^%.*", "", capsys.readouterr().out)
    assert said.count("{") == said.count("}") and said.count("@software{") == 1

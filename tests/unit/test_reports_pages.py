"""Pages from hand-made summaries: well formed, escaped, no outside address, the numbers of the summary."""

import dataclasses
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from wsim.contracts import Box, MetricSpec, Region, Trail
from wsim.errors import WsimError
from wsim.runs import compare
from wsim.runs.results import (
    Calibration,
    Comparison,
    Difference,
    Estimate,
    ProbeSummary,
    Record,
    RunSummary,
    SuiteSummary,
)
from wsim_reports.gallery import choose
from wsim_reports.html import page_names, write
from wsim_reports.overlays import draw, enlarge, enlargement
from wsim_reports.probe_views import prose

NONE = Estimate(None, None, None, 0, 0)
VOID = {"meta", "link", "input", "source", "br", "img", "hr", "line", "circle", "rect", "polyline"}
WICKED = "<script>alert('x')</script>"


class WellFormed(HTMLParser):
    """Fails on a tag that is not closed where it should be; collects tags, ids and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "link", "input", "source", "br", "wbr", "img", "hr"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"</{tag}> at {self.getpos()}"

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, attribute: str) -> list[str]:
        return [found[attribute] or "" for _, found in self.tags if attribute in found]


def make_probe(name: str, value: float, *, flags: tuple[str, ...] = ()) -> ProbeSummary:
    strict = Estimate(value, value - 0.08, value + 0.08, 40, 20)
    return ProbeSummary(
        name=name,
        suite=name.partition("/")[0],
        version=1,
        question=f"Does {WICKED} hold?",
        track="video",
        status="ok",
        skill=strict,
        strict=strict,
        coverage=0.9,
        counts={"ok": 36, "unmeasurable": 4},
        metrics={"score": strict},
        verdicts={"kept": 24, f"gone {WICKED}": 12},
        lawful_verdicts=("kept",),
        reasons={f"no {WICKED}": 4},
        calibration=Calibration(name, 1, "video", "25x64x64@16", 0.98, 0.1, WICKED, {}, WICKED, 20, True),
        flags=flags,
        curves={"hidden_s": ((0.2, 0.9, 12), (0.6, 0.25, 12)), "kind": (("a", 0.5, 9), (WICKED, 1.0, 9))},
    )


def make_run(name: str = "toy", *, value: float = 0.3, headline: Estimate | None = None) -> RunSummary:
    probes = (
        make_probe("toys/slide", value),
        make_probe("toys/roll", 0.41),
        make_probe("other/spin", 0.77, flags=("few clusters",)),
    )
    return RunSummary(
        run="20260101T000000Z-0001",
        status="complete",
        model={"name": name, "adapter": WICKED, "digest": None, "accepts": [], "settings": {"k": WICKED}},
        benchmark={"name": "quick", "version": 1, "digest": "cd" * 32},
        track="video",
        format="25x64x64@16",
        seed=7,
        partial=True,
        headline=headline or Estimate(0.6, 0.54, 0.66, 80, 40),
        suites=(
            SuiteSummary("toys", Estimate(0.355, 0.3, 0.41, 80, 40), probes[:2], True),
            SuiteSummary("other", probes[2].strict, probes[2:], headline is None),
        ),
        counts={"ok": 108, "unmeasurable": 12},
        signature=f"wsim/0.1.0 {WICKED} | seed 7",
        timing={"wall": 3.0},
    )


def compare_by_hand(runs: list[RunSummary]) -> Callable[[Path, Path], Comparison]:
    def compared(baseline: Path, other: Path) -> Comparison:
        left, right = runs[int(baseline.name)], runs[int(other.name)]
        if right.model["name"] == "stranger":
            raise WsimError("other questions were asked", where="runs", remedy="Score it again.")
        difference = Estimate(0.21, 0.11, 0.31, 40, 20)
        row = Difference("headline", left.headline, right.headline, difference, 0.002, 0.004, 0.1, "better")
        rows = tuple(dataclasses.replace(row, name=probe.name) for probe in left.probes)
        return Comparison(left, right, row, rows, ("the sizes differ",))

    return compared


@pytest.fixture
def pages(tmp_path: Path) -> Callable[[list[RunSummary]], dict[str, WellFormed]]:
    """Write a report and parse every page of it; run i lies in the (missing) folder `i`."""

    def made(runs: list[RunSummary]) -> dict[str, WellFormed]:
        folders = [tmp_path / str(i) for i in range(len(runs))]
        index = write(runs, folders, tmp_path / "page")
        assert index == tmp_path / "page/index.html"
        return {p.name: WellFormed(p.read_text(encoding="utf-8")) for p in index.parent.glob("*.html")}

    return made


Pages = Callable[[list[RunSummary]], dict[str, WellFormed]]


def test_every_page_is_well_formed_escaped_and_needs_no_network(pages: Pages, tmp_path: Path) -> None:
    made = pages([make_run(WICKED)])
    assert sorted(made) == [
        "index.html",
        "probe-other-spin.html",
        "probe-toys-roll.html",
        "probe-toys-slide.html",
    ]
    for name, page in made.items():
        assert [tag for tag, _ in page.tags].count("script") == 1
        for address in [*page.values("src"), *page.values("href"), *page.values("poster")]:
            assert not re.match(r"[a-z]+:|//", address) or address == "data:,"
            target, _, place = address.partition("#")
            if not address.startswith("data:"):
                assert (tmp_path / "page" / target).exists()
            if place:
                assert place in made[target or name].values("id"), address
        assert [tag for tag, _ in page.tags].count("main") == 1
        ids = page.values("id")
        assert len(ids) == len(set(ids))
        assert set(page.values("aria-labelledby")) <= set(ids)
    assert WICKED in made["index.html"].text
    for name in ("report.css", "report.js"):
        assert "http" not in (tmp_path / "page" / name).read_text(encoding="utf-8")


def test_the_numbers_shown_are_those_of_the_summary(pages: Pages) -> None:
    text = pages([make_run()])["index.html"].text
    for number in ("0.60", "[0.54, 0.66]", "0.30", "[0.22, 0.38]", "0.41", "0.77", "90\N{NO-BREAK SPACE}%"):
        assert number in text
    assert "few worlds" in text and "Limited run." in text
    assert "wsim score toy --benchmark quick" in text


def test_a_withheld_headline_says_why_and_shows_no_number(pages: Pages) -> None:
    text = pages([make_run(headline=NONE)])["index.html"].text
    assert "no headline" in text and "other incomplete" in text and "Mean strict skill" not in text


def test_a_suite_of_one_probe_takes_one_row(pages: Pages) -> None:
    page = pages([make_run()])["index.html"]
    rows = [found.get("class") for tag, found in page.tags if tag == "tr" and found.get("role") == "row"]
    assert rows == [None, "total", *["landmark"] * 2, "suite", "suite", None, "probe", "probe"]
    assert "other: spin" in page.text


def test_the_coverage_of_a_suite_is_the_mean_of_its_probes(pages: Pages) -> None:
    run = make_run()
    toys, other = run.suites
    dim = dataclasses.replace(toys.probes[0], coverage=0.5)
    run = dataclasses.replace(run, suites=(dataclasses.replace(toys, probes=(dim, toys.probes[1])), other))
    rows = pages([run])["index.html"].text.partition("worlds\n")[2]
    of_all, of_toys = (
        re.search(rf"{name}.*?(\d+)\N{{NO-BREAK SPACE}}%", rows, re.S) for name in ("all suites", "toys")
    )
    assert of_all and of_toys and (of_all[1], of_toys[1]) == ("77", "70")


def test_a_figure_says_its_numbers_to_those_who_cannot_see_it(pages: Pages) -> None:
    labels = pages([make_run()])["index.html"].values("aria-label")
    assert "slide: 0.30 [0.22, 0.38]" in labels
    labels = pages([make_run()])["probe-toys-slide.html"].values("aria-label")
    assert any("lawful clips against hidden. 0.2" in label for label in labels)


def test_several_runs_stand_side_by_side_with_paired_differences(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [make_run("small"), make_run("large", value=0.51), make_run("stranger")]
    monkeypatch.setattr(compare, "compare", compare_by_hand(runs))
    made = pages(runs)
    text = made["index.html"].text
    assert "large minus small" in text and "+0.21" in text and "[+0.11, +0.31]" in text and "0.004" in text
    assert "better than the baseline" in text and "the sizes differ" in text
    assert "stranger cannot be compared: other questions were asked. Score it again." in text
    assert "slide: 0.30 [0.22, 0.38]; 0.51 [0.43, 0.59]; 0.30 [0.22, 0.38]" in made["index.html"].values(
        "aria-label"
    )


def test_runs_of_one_model_are_told_apart(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [make_run(), dataclasses.replace(make_run(), run="another")]
    monkeypatch.setattr(compare, "compare", compare_by_hand(runs))
    assert "toy (another) minus toy (20260101T000000Z-0001)" in pages(runs)["index.html"].text


def test_a_seventh_run_has_a_colour(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [make_run(f"toy {i}") for i in range(7)]
    monkeypatch.setattr(compare, "compare", compare_by_hand(runs))
    for page in pages(runs).values():
        classes = {name for text in page.values("class") for name in text.split()}
        assert {name for name in classes if re.fullmatch(r"run\d+", name)} <= {f"run{i}" for i in range(6)}


def test_page_names_are_safe_and_unique() -> None:
    names = page_names(["a/b", "a_b", "../../etc/passwd", "a/b"])
    assert names == {
        "a/b": "probe-a-b.html",
        "a_b": "probe-a-b.2.html",
        "../../etc/passwd": "probe-etc-passwd.html",
    }


def test_output_may_name_the_page(tmp_path: Path) -> None:
    index = write([make_run()], [tmp_path / "0"], tmp_path / "shared/result.html")
    assert index == tmp_path / "shared/result.html"
    assert 'href="result.html"' in (index.parent / "probe-toys-slide.html").read_text(encoding="utf-8")


def test_docstrings_become_prose() -> None:
    text = "First `line`.\n\nSecond\nline.\n\nArgs:\n    x: no.\n\nThird."
    assert prose(text) == ("First line.", "Second line.", "Third.")


def record(world: int, verdict: str | None, score: float, status: str = "ok") -> Record:
    ok = status == "ok"
    return Record(
        "toys/slide", 1, f"{world:02d}-{verdict}", f"w{world}", status,  # type: ignore[arg-type]
        metrics={"score": score} if ok else {}, verdict=verdict if ok else None,
        lawful=verdict == "kept" if ok else None, reason=None if ok else "dark",
    )  # fmt: skip


SCORE = MetricSpec("score", "1", "higher", 0.0, 1.0, "")


def test_the_worst_clips_show_every_way_to_fail_in_different_worlds() -> None:
    records = [record(i, "vanished", 0.0) for i in range(6)] + [record(0, "red", 0.1), record(7, "late", 0.2)]
    records += [record(10 + i, "kept", 0.5 + i / 100) for i in range(6)] + [
        record(20, None, 0.0, "unmeasurable")
    ]
    chosen = choose(SCORE, records)
    worst = chosen["Lowest scored"]
    assert {"vanished", "late"} <= {r.verdict for r in worst} and len({r.cluster for r in worst}) == 4
    assert [r.cluster for r in chosen["Highest scored"]] == ["w15", "w14", "w13", "w12"]
    assert [r.cluster for r in chosen["Not measurable"]] == ["w20"]


def test_overlays_are_drawn_where_they_belong_and_when() -> None:
    frames = np.full((4, 20, 20, 3), 128, dtype=np.uint8)
    factor = enlargement(20, 20)
    assert factor == 13
    large = enlarge(frames, factor)
    assert large.shape == (4, 260, 260, 3) and (large == 128).all()
    drawn = draw(large, (Box(1, 4.0, 4.0, 10.0, 10.0),), factor=factor)
    changed = (drawn != large).any(axis=(2, 3)).any(axis=1)
    assert changed.tolist() == [False, True, False, False]
    rows, columns = np.nonzero((drawn[1] != large[1]).any(axis=2))
    for edge in (rows, columns):
        assert abs(edge.min() - 4.5 * factor) < 4 and abs(edge.max() - 10.5 * factor) < 4
    trail = Trail((0, 1, 3), ((2.0, 2.0), (8.0, 2.0), (14.0, 2.0)))
    region = Region(2, 3, ((1.0, 15.0), (18.0, 15.0), (18.0, 18.0)))
    drawn = draw(large, (trail, region), factor=factor)
    marked = (drawn != large).any(axis=3).sum(axis=(1, 2))
    assert (marked > 0).all() and marked[2] > marked[1] - 400
    assert not (drawn[:2, 14 * factor :] != large[:2, 14 * factor :]).any()  # the region is not there yet


def test_no_name_is_written_over_another() -> None:
    """Both are drawn in the dark frame of their own: where they lie apart, and where they would cover."""
    large = enlarge(np.full((1, 20, 20, 3), 128, dtype=np.uint8), enlargement(20, 20))
    far, near = Box(0, 4.0, 3.0, 6.0, 5.0, "kept"), Box(0, 4.0, 15.0, 6.0, 17.0, "kept there")
    over = Box(0, 4.0, 3.0, 6.0, 5.0, "kept there")

    def dark(*boxes: Box) -> int:
        drawn = draw(large, boxes, factor=13)[0, :, 40:90]  # without the letters' anti-aliased ends
        return int((drawn == 20).all(axis=2).sum())

    frames = [dark(Box(0, b.x0, b.y0, b.x1, b.y1)) for b in (far, near)]
    names = dark(far, near) - sum(frames)
    assert dark(far, over) - frames[0] > 0.9 * names > 100


def test_large_clips_are_left_as_they_are() -> None:
    frames = np.zeros((2, 300, 200, 3), dtype=np.uint8)
    assert enlargement(300, 200) == 1 and enlarge(frames, 1) is frames

"""The last screen of a run: golden text at 80 columns, and what must never be missing from it."""

import dataclasses
import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console

from wsim.cli.compare import print_comparison
from wsim.cli.numbers import duration, percent, plain, value_only, with_interval
from wsim.cli.progress import progress
from wsim.cli.screens import print_run
from wsim.cli.show import show
from wsim.runs.results import (
    Comparison,
    Difference,
    Estimate,
    ProbeSummary,
    Record,
    RunSummary,
    SuiteSummary,
)
from wsim.runs.session import Progress

NONE = Estimate(None, None, None, 0, 0)


def estimate(value: float, low: float, high: float, n: int = 24, clusters: int = 12) -> Estimate:
    return Estimate(value, low, high, n, clusters)


def probe(name: str, strict: Estimate = NONE, **changes: object) -> ProbeSummary:
    made = ProbeSummary(
        name=name,
        suite=name.partition("/")[0],
        version=1,
        question="Does it?",
        track="video",
        status="ok",
        skill=strict,
        strict=strict,
        coverage=1.0,
        counts={"ok": strict.n},
        metrics={},
        verdicts={},
        lawful_verdicts=(),
        reasons={},
        calibration=None,
        flags=(),
        curves={},
    )
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def run(*probes: ProbeSummary, headline: Estimate = NONE, incomplete: Sequence[str] = ()) -> RunSummary:
    suites = tuple(SuiteSummary(p.suite, p.strict, (p,), complete=p.suite not in incomplete) for p in probes)
    return RunSummary(
        run="20260101T000000Z-abcd",
        status="incomplete" if incomplete else "complete",
        model={"name": "reference:16x"},
        benchmark={"name": "quick", "version": 1},
        track="video",
        format="25x64x64@16",
        seed=7,
        partial=False,
        headline=headline,
        suites=suites,
        counts={},
        signature="wsim/0.1.0 quick/1 video 25x64x64@16 | n=48 c=24 | seed 7 | weights 3fa9c1d2 | probes "
        + " ".join(f"{p.name}/1" for p in probes),
        timing={"generate": 240.0, "measure": 31.0, "wall": 300.0, "clips": 48.0},
    )


def screen(summary: RunSummary, folder: Path, *, records: Sequence[Record] = ()) -> str:
    with (folder / "records.jsonl").open("w") as file:
        file.writelines(json.dumps(record.to_json()) + "\n" for record in records)
    buffer = io.StringIO()
    print_run(Console(file=buffer, width=80, highlight=False), summary, folder)
    return buffer.getvalue()


OCCLUDE = probe(
    "permanence/occlude",
    estimate(0.412, 0.243, 0.581, n=36),
    skill=estimate(0.45, 0.27, 0.62),
    coverage=33 / 36,
    counts={"ok": 33, "unmeasurable": 3},
    verdicts={"kept": 12, "vanished": 14, "none_of_these": 7},
    lawful_verdicts=("kept",),
)
FALL = probe("physics/fall", estimate(0.08, 0.0, 0.2, n=12), verdicts={"floats": 12}, counts={"ok": 12})
UNMEASURED = [
    Record("permanence/occlude", 1, f"s{i}", "c", "unmeasurable", reason="scene lost") for i in range(3)
]

GOLDEN = """\
reference:16x on quick/1, track video, 25x64x64@16, seed 7

                    strict skill         skill  cover  clips worlds   n/m  err
permanence          0.41 [0.24, 0.58]
  occlude           0.41 [0.24, 0.58]     0.45    92%     36     12     3    0
    read as vanished 14, kept 12, none of these 7
    not measurable: scene lost 3
physics             0.08 [0.00, 0.20]
  fall              0.08 [0.00, 0.20]     0.08   100%     12     12     0    0
    read as floats 12

headline            0.24 [0.14, 0.35]  mean of 2 suites

48 clips, generated in 4 min, measured in 31 s
signature  wsim/0.1.0 quick/1 video 25x64x64@16 | n=48 c=24 | seed 7 | weights 3fa9c1d2 | probes \
permanence/occlude/1 physics/fall/1
"""


def test_the_screen_of_a_whole_run(tmp_path: Path) -> None:
    summary = run(OCCLUDE, FALL, headline=estimate(0.244, 0.139, 0.348))
    assert screen(summary, tmp_path, records=UNMEASURED) == GOLDEN


def test_everything_but_the_signature_fits_80_columns(tmp_path: Path) -> None:
    crowded = dataclasses.replace(
        OCCLUDE,
        name="conditioning/first_frame_adherence",
        suite="conditioning",
        verdicts={f"a rather long verdict {i}": 3 for i in range(9)},
        flags=("few clusters", "low coverage", "errors", "mixed instruments"),
    )
    for line in screen(run(crowded), tmp_path).splitlines():
        assert len(line) <= 80 or line.startswith("signature")


def test_a_withheld_headline_says_which_suite_is_not_whole(tmp_path: Path) -> None:
    text = screen(run(OCCLUDE, FALL, incomplete=["physics"]), tmp_path)
    assert f"{'headline':<20}withheld (not whole: physics)" in text
    assert f"{'physics':<20}0.08 [0.00, 0.20]  incomplete" in text


def test_missing_videos_are_listed_and_other_errors_counted(tmp_path: Path) -> None:
    missing = [
        Record("physics/fall", 1, f"m{i}", "c", "error", reason=f"the model failed: no video called m{i}.mp4")
        for i in range(25)
    ]
    others = [Record("physics/fall", 1, f"e{i}", "c", "error", reason="the model failed: oops") for i in "ab"]
    text = screen(run(FALL), tmp_path, records=missing + others)
    assert "missing: 25 videos\n  m0.mp4\n" in text and "  and 5 more, in" in text
    assert "could not be scored: 2 clips\n  2 x the model failed: oops" in text


@pytest.mark.parametrize(
    ("status", "note", "words"),
    [
        (
            "not_applicable",
            "the model does not accept context",
            "not asked: the model does not accept context",
        ),
        ("no_instrument", "too close", "no instrument here: too close"),
        ("empty", "", "nothing could be measured"),
    ],
)
def test_a_probe_without_a_number_says_why(tmp_path: Path, status: str, note: str, words: str) -> None:
    text = screen(run(probe("physics/fall", status=status, note=note), FALL), tmp_path)
    assert f"  {'fall':<18}{words}\n" in text


def test_a_limited_run_says_so(tmp_path: Path) -> None:
    assert "limited run" in screen(dataclasses.replace(run(FALL), partial=True), tmp_path)


def test_no_colour_when_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def printed() -> str:
        buffer = io.StringIO()
        print_run(Console(file=buffer, width=80, force_terminal=True), run(FALL), tmp_path)
        return buffer.getvalue()

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    flagged = dataclasses.replace(FALL, flags=("few clusters",))
    buffer = io.StringIO()
    print_run(Console(file=buffer, width=80, force_terminal=True), run(flagged), tmp_path)
    assert "\x1b[33m" in buffer.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[3" not in printed()


def difference(name: str, value: float, p: float, call: str) -> Difference:
    around = Estimate(value, value - 0.1, value + 0.1, 12, 12)
    ends = (estimate(0.5, 0.4, 0.6), estimate(0.5, 0.4, 0.6))
    return Difference(name, *ends, around, p, p, 0.15, call, settling=1234)  # type: ignore[arg-type]


def test_the_screen_of_a_comparison_fits_80_columns() -> None:
    rows = (
        difference("conditioning/first_frame", -0.31, 0.0004, "worse"),
        difference("conditioning/caption_attributes", 0.02, 1.0, "unclear"),
    )
    buffer = io.StringIO()
    one, other = (dataclasses.replace(run(p), run=name) for p, name in ((FALL, "a"), (OCCLUDE, "b")))
    comparison = Comparison(one, other, difference("headline", 0.0, 0.5, "same"), rows)
    print_comparison(Console(file=buffer, width=80, highlight=False), comparison)
    lines = buffer.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[3:6] == [
        "conditioning",
        "  first_frame              0.50   0.50   -0.31 [-0.41, -0.21]   <0.001  worse",
        "  caption_attributes       0.50   0.50   +0.02 [-0.08, +0.12]    1.000  unclear",
    ]
    assert lines[0] == "reference:16x (b) against reference:16x (a)"
    assert "unclear: differences below about 0.15 could not be seen here" in lines
    told = "worlds that would settle differences as large as seen: caption_attributes 1,234"
    assert " ".join(lines[lines.index("") :]).count(told) == 1


def test_names_of_a_suite_stand_apart_from_what_they_do(capsys: pytest.CaptureFixture[str]) -> None:
    show("conditioning")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 3 and all("  " in line and line.startswith("conditioning/") for line in lines)
    assert len({len(line) - len(line.partition("  ")[2].lstrip()) for line in lines}) == 1


def test_what_an_older_probe_could_not_read_is_no_error_of_this_run(tmp_path: Path) -> None:
    old = Record("physics/fall", 1, "physics/fall/old-id", "w", "error", reason="it broke")
    assert "it broke" in screen(run(FALL), tmp_path, records=[old])
    assert "it broke" not in screen(run(dataclasses.replace(FALL, version=2)), tmp_path, records=[old])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Estimate(0.4321, 0.33, 0.53, 9, 9), "0.43 [0.33, 0.53]"),
        (Estimate(0.4321, 0.0, 1.0, 2, 2), "0.4 [0.0, 1.0]"),
        (Estimate(0.4321, None, None, 1, 1), "0.43"),
        (NONE, "-"),
    ],
)
def test_digits_follow_the_interval(value: Estimate, text: str) -> None:
    assert with_interval(value) == text
    assert value_only(value) == text.partition(" ")[0]


def test_small_words_for_numbers() -> None:
    assert [percent(x) for x in (0.0, 0.001, 0.5, 0.999, 1.0)] == ["0%", "1%", "50%", "99%", "100%"]
    assert [duration(x) for x in (3.0, 89.0, 720.0, 12_600.0)] == ["3 s", "89 s", "12 min", "3.5 h"]
    assert [plain(-0.001, 2, signed=True), plain(0.5, 2, signed=True)] == ["0.00", "+0.50"]


def test_a_log_file_gets_at_most_a_line_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 1.0, 61.0, 62.0, 130.0])
    monkeypatch.setattr("wsim.cli.progress.time.monotonic", lambda: next(clock))
    buffer = io.StringIO()
    with progress(Console(file=buffer, width=80)) as tell:
        for done in range(4):
            tell(Progress(done, 9, "physics/fall", cached=False, status="ok"))
    assert buffer.getvalue().splitlines() == [
        "1 of 9 clips, at physics/fall",
        "3 of 9 clips, at physics/fall",
    ]

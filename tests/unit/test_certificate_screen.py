"""`wsim validate --summary` on 80 and on 120 columns: nothing is cut, what falls short is in words."""

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from wsim.certify.certificate import Certificate
from wsim.certify.figures import Alarms, Rival
from wsim.certify.many import CLIP, Job
from wsim.cli.certificates import table
from wsim.cli.main import call

SOUND = Certificate(
    probe="conditioning/caption_attributes", version=1, track="text", clip=str(CLIP), source="0" * 64,
    quick=False, seed=9002, ceiling=1.0, null=0.0, instrument=True,
    lawful=Alarms(300, 1.0, 0.0, 1.0, {"kept": 300}),
    nuisances={"blur": Alarms(60, 1.0, 0.017, 0.98, {"kept": 60})}, doses={},
    adversaries={"freeze": Rival(60, 1.0, 0.01, 0.99)}, errors=0, seconds=1.0,
)  # fmt: skip
FOOLED = replace(SOUND, adversaries={"the context shown backwards": Rival(60, 1.0, 0.41, 0.6)})


def screen(width: int, *found: Certificate | None) -> list[str]:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    jobs = [Job("conditioning/caption_attributes", "video", CLIP, False) for _ in found]
    table(console, list(zip(jobs, found, strict=True)))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize(("width", "heads"), [(80, 2), (120, 4)])
def test_a_probe_is_one_line_with_its_whole_name(width: int, heads: int) -> None:
    head, suite, line, *_ = screen(width, SOUND)
    assert suite == "conditioning" and line.startswith("  caption_attributes  stale ")
    assert max(map(len, screen(width, SOUND, FOOLED, None))) <= width
    assert len(head.split()) == 2 + heads and "rivals" in head and ("apart" in head) == (width == 120)
    assert " 2% " in line  # the worse of lawful clips and of those that were blurred


@pytest.mark.parametrize("width", [80, 120])
def test_what_falls_short_is_marked_and_told_beneath(width: int) -> None:
    lines = screen(width, FOOLED)
    bounds = FOOLED.bounds()
    assert f"{len(bounds) - 2}/{len(bounds)}" in lines[2] and "0.41!" in lines[2]
    told = " ".join(" ".join(lines[3:]).split())
    assert "! strict skill of the context shown backwards: 0.41, bound 0.05" in told
    assert "! AUROC against the context shown backwards: 0.6, bound 0.95" in told


def test_probes_are_counted_by_state() -> None:
    assert "3 probes: 2 stale, 1 none" in screen(80, SOUND, FOOLED, None)
    assert not any("falls short" in line for line in screen(80, SOUND))


def test_where_nobody_made_any_the_certificates_that_come_with_wsim_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    call(["validate", "--summary", "permanence/occlude"])
    assert re.search(r"occlude +\w+ +\d+/\d+ ", capsys.readouterr().out)
    Path("certificates").mkdir()
    assert call(["validate", "--summary", "permanence/occlude"]) == 4
    assert "1 probe: 1 none" in capsys.readouterr().out

"""What to cite: every source that a docstring names is known, and a run cites what it used and no more."""

import dataclasses
import re
import sys
from importlib.resources import files
from pathlib import Path

import pytest

import wsim
from wsim.citations import (
    OF_NETWORKS,
    OF_NUMBERS,
    bibliography,
    docstrings,
    files_of_probe,
    software_entry,
    sources_in,
    sources_of_metrics,
    sources_of_run,
)
from wsim.cli.cite import _on_lines
from wsim.cli.main import call
from wsim.metrics.networks import NETWORKS
from wsim.metrics.pairs import PAIRS
from wsim.registry import plugins
from wsim.runs.execute import execute
from wsim.runs.folder import RunFolder
from wsim.runs.metrics_file import METRICS_FILE, write_metrics
from wsim.runs.results import SetMetric
from wsim.runs.scoring import NOTHING
from wsim.runs.summary import current

sys.path.insert(0, str(Path(__file__).parent.parent / "fixtures"))
import wsim_toy as toy

NAMED = re.compile(
    r"(?:[A-Z][\w'-]+ and )?([A-Z][\w'-]+)(?: et al\.)?,? \(?(?:[A-Z][A-Za-z]{2,}\s)?"
    r"((?:19[3-9]|20[0-3])\d)\b"
)
NO_AUTHORS = {"CIE", "Lucas-Kanade", "CVPR", "IEEE", "Causality"}  # the last three name venues and a title


def test_the_bibliography_is_sound() -> None:
    sources = bibliography()
    keys = [source.key for source in sources]
    assert keys == sorted(keys) and len(keys) == len(set(keys)) > 30
    for source in sources:
        assert source.bibtex.count("{") == source.bibtex.count("}")
        assert re.search(r"(journal|booktitle|publisher|institution) = \{", source.bibtex), source.key
    assert len(sources) == sum(
        line.startswith("@")
        for line in (files("wsim") / "citations.bib").read_text(encoding="utf-8").splitlines()
    )


def test_a_source_is_found_as_people_name_it_and_not_by_chance() -> None:
    by_key = {source.key: source for source in bibliography()}
    lucas = by_key["lucas1981iterative"]
    assert lucas.named_in("tracked with (Lucas and Kanade, IJCAI 1981), of those")
    assert not lucas.named_in("pyramidal Lucas-Kanade (Bouguet 2001)") and not lucas.named_in("Lucas 1982")
    assert by_key["binkowski2018demystifying"].named_in("Binkowski et al., ICLR 2018")
    assert by_key["arandjelovic2012three"].named_in("Arandjelovic and Zisserman, CVPR 2012")
    assert by_key["ibragimov2010t"].surnames == ("Ibragimov", "Muller")
    assert by_key["unterthiner2018towards"].title.endswith("video: a new metric & challenges")
    assert by_key["dowson1982frechet"].title.startswith("The Frechet distance between")


def test_everything_that_probes_and_metrics_name_is_in_the_bibliography() -> None:
    unknown = []
    metrics = set((Path(wsim.__file__).parent / "metrics").rglob("*.py"))
    assert len(metrics) > 30
    for path in metrics | {path for name in plugins("probes") for path in files_of_probe(name)}:
        text = docstrings(path)
        known = {(surname, s.year) for s in sources_in([path]) for surname in s.surnames}
        for surname, year in NAMED.findall(text):
            if surname not in NO_AUTHORS and (surname.removesuffix("'s"), year) not in known:
                unknown.append(f"{path.name}: {surname} {year}")
    assert not unknown, unknown


def test_a_probe_cites_what_it_reads_with_and_no_more() -> None:
    keys = {source.key for source in sources_in(files_of_probe("geometry/epipolar"))}
    assert {"barath2020magsac", "lowe2004distinctive"} <= keys
    assert not keys & {"cohen1960coefficient", "hessel2021clipscore", "spelke1990principles"}
    sources, missing = sources_of_run(["geometry/epipolar", "toy/none"])
    assert missing == ["toy/none"] and "cameron2015practitioner" in [source.key for source in sources]
    assert keys <= {source.key for source in sources}


def test_the_command_prints_bibtex_and_the_signature(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WSIM_CACHE", str(tmp_path / "cache"))
    summary = execute(toy.Painter(), toy.plan(toy.Painter(), clusters=3), tmp_path / "run")
    assert call(["cite", str(tmp_path / "run")]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"% {summary.signature}\n") and "@software{wsim," in said
    assert "the probe toy/rise is not installed here" in said and "@article{ibragimov2010t," in said
    entries = re.sub(r"(?m)^%.*", "", said)
    assert entries.count("{") == entries.count("}")
    assert call(["cite", "--signature", str(tmp_path / "run")]) == 0
    assert capsys.readouterr().out == summary.signature + "\n"
    assert call(["cite", str(tmp_path)]) == 2


def test_every_number_of_all_videos_together_has_its_sources() -> None:
    numbers = [f"{short}[{name}]" for name, network in NETWORKS.items() for short in network.distances]
    numbers += [f"{network.words}[{name}]" for name, network in NETWORKS.items() if network.words]
    numbers += [f"{short}[{name}]" for name, network in NETWORKS.items() for short in network.numbers]
    numbers += [number.name for kind in PAIRS.values() for number in kind.numbers]
    for number in numbers:
        assert not sources_of_metrics([number])[1], number
    parts = {part for number in numbers for part in number.removesuffix("]").split("[")}
    assert parts == {*OF_NUMBERS, *OF_NETWORKS}, "a number or network is gone, or has no sources"
    found, unknown = sources_of_metrics(["fvd[i3d]", "lpips[alex]", "fvd[nobody]", "nothing"])
    assert unknown == ["fvd[nobody]", "nothing"]
    assert [source.surnames[0] for source in found] == [
        "Carreira", "Dowson", "Krizhevsky", "Unterthiner", "Wolter", "Zhang",
    ]  # fmt: skip


def test_a_run_cites_the_numbers_that_were_computed_of_it_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WSIM_CACHE", str(tmp_path / "cache"))
    execute(toy.Painter(), toy.plan(toy.Painter(), clusters=3), tmp_path / "run")
    run = RunFolder(tmp_path / "run")
    there = dataclasses.replace(NOTHING, value=1.0, n=3, clusters=3)
    rows = [
        SetMetric("kvd[i3d]", "lower", there),
        SetMetric("fvd[later]", "lower", there),
        SetMetric("lpips[alex]", "lower", NOTHING, unavailable="the weights are not here"),
    ]
    write_metrics(run.path / METRICS_FILE, rows, current(run.manifest, run.records.read()))
    assert call(["cite", str(run.path)]) == 0
    said = capsys.readouterr().out
    assert (
        "{gretton2012kernel," in said and "{carreira2017quo," in said and "{wolter2007introduction," in said
    )
    assert "zhang2018" not in said and "krizhevsky" not in said and "unterthiner" not in said
    assert "% fvd[later] is of another version of wsim" in said


def test_a_field_stands_on_one_line_whatever_braces_it_holds() -> None:
    [magsac] = [source for source in bibliography() if source.key == "barath2020magsac"]
    lines = _on_lines(magsac.bibtex).splitlines()
    assert any(line.startswith("  title = {{MAGSAC++}, a fast, reliable") for line in lines)
    assert all(re.match(r"  \w+ = \{.*\},?$", line) for line in lines[1:-1]) and lines[-1] == "}"


def test_what_stands_in_a_note_cannot_end_the_entry() -> None:
    entry = software_entry("0.1", "2026", "100 % of a_b } \\input{x} #1")
    assert entry.count("{") == entry.count("}") and r"100 \% of a\_b ) /input(x) \#1" in entry

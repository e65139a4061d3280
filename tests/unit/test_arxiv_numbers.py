"""Numbers of arXiv: of the right form, and one paper has the same one wherever it is named."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PLACES = ("wsim", "probes", "reference_model", "reports", "benchmarks", "docs")
# Looked up one by one: whoever cites another paper looks it up too. In brackets stand the first author or the
# name of the method before the number, or neither.
PAPERS = {
    "1404.5997": {"Krizhevsky"},
    "1504.00702": {"Levine"},
    "1812.01717": {"Unterthiner"},
    "1812.07035": {"Zhou"},
    "2002.05202": {"SwiGLU"},
    "2104.09864": {"rotary embedding"},
    "2104.14806": {"Wu"},
    "2108.01073": {"SDEdit", "Meng"},
    "2201.09865": {"RePaint", "Lugmayr"},
    "2204.02311": {"PaLM", "Chowdhery"},
    "2206.00364": {"EDM", "Karras"},
    "2207.12598": {"Ho and Salimans"},
    "2209.03003": {"Liu"},
    "2212.09748": {"DiT", "Peebles and Xie"},
    "2310.00426": {"PixArt-alpha"},
    "2403.03206": {"Esser"},
    "2404.06395": {"WSD", "Hu"},
    "2404.07724": {"Kynkaanniemi"},
    "2407.01392": {"Diffusion Forcing"},
    "2410.10733": {"DC-AE"},
    "2411.02385": {"Kang"},
    "2501.00103": {"LTX-Video"},
    "2502.09509": {"EQ-VAE"},
    "2502.16982": {"Moonlight"},
    "2506.09985": {"Assran"},
}
NUMBER = re.compile(r"\barXiv\W+([^\s,;)}]+)", re.IGNORECASE)
FORM = re.compile(r"\d{2}(?:0[1-9]|1[0-2])\.\d{4,5}")
# What names a paper in front of its number: `(WSD, Hu et al., arXiv 2404.06395)`, `author = {Kang, Bingyi`.
IN_TEXT = re.compile(r"([\w-]+(?: and [A-Z]\w+)?)(?: et al\.)?,? \(?arXiv (\d{4}\.\d{4,5})")
IN_BIBTEX = re.compile(r"author = \{(\w+),.*journal = \{arXiv:(\d{4}\.\d{4,5})\}")


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """What names arXiv at all, by place."""
    files = [path for place in PLACES for path in (ROOT / place).rglob("*") if path.suffix in {".py", ".md"}]
    files += [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "wsim" / "citations.bib"]
    read = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in files}
    return {place: text for place, text in read.items() if "arxiv" in text.lower()}


def test_every_number_has_the_form_of_arxiv_and_was_looked_up(texts: dict[str, str]) -> None:
    found = {(number, place) for place, text in texts.items() for number in NUMBER.findall(text)}
    wrong = [one for one in sorted(found) if not FORM.fullmatch(one[0].rstrip(".")) or one[0] not in PAPERS]
    assert not wrong, wrong
    assert {number for number, _ in found} == set(PAPERS), "a paper is no longer cited"


def test_one_paper_has_the_same_number_everywhere(texts: dict[str, str]) -> None:
    names = [name for known in PAPERS.values() for name in known]
    assert len(names) == len(set(names))
    named = 0
    for place, text in texts.items():
        for name, number in IN_TEXT.findall(" ".join(text.split())) + IN_BIBTEX.findall(text):
            means = {known for known in names if known == name or known.endswith(f" {name}")}
            assert means <= PAPERS[number], f"{place}: {name} is not {number}"
            named += bool(means)
    assert named >= 25


def test_a_slip_would_be_seen() -> None:
    formed = [FORM.fullmatch(number) is not None for number in ("2407.01392", "2413.01392", "240.701392")]
    assert formed == [True, False, False]
    assert IN_TEXT.findall("(WSD, Hu et al., arXiv 2404.06395)") == [("Hu", "2404.06395")]
    assert IN_TEXT.findall("(Ho and Salimans, arXiv 2207.12598)") == [("Ho and Salimans", "2207.12598")]
    assert NUMBER.findall("arXiv preprint 1812.07035, and arXiv:1812.07035") == ["preprint", "1812.07035"]

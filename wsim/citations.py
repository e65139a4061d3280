"""What to cite for a number: the sources of the methods that made it, found where they are named.

A docstring names its sources as people do, `(Lucas and Kanade, IJCAI 1981)`. The modules that a probe reads
with are followed through their imports, their docstrings searched for what `citations.bib` knows. Numbers of
all videos of a run together share their modules; whose they are stands here.
"""

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from wsim.errors import WsimError
from wsim.registry import find
from wsim.stats import clusters

APART = 80  # characters between the name of an author and the year, at most
READ_WITH = ("wsim.perception", "wsim.metrics")
JACKKNIFE = "wolter2007introduction"  # the intervals of distances
OF_NUMBERS: Mapping[str, tuple[str, ...]] = {
    "fvd": ("dowson1982frechet", "unterthiner2018towards", JACKKNIFE),
    "kvd": ("binkowski2018demystifying", "gretton2012kernel", JACKKNIFE),
    "jedi": ("luo2025beyond", JACKKNIFE),
    "jedi_u": ("gretton2012kernel", "luo2025beyond", JACKKNIFE),
    "clip": (),
    "clipsim": ("wu2021godiva",),
    "psnr": (),
    "ssim": ("wang2004image",),
    "ms_ssim": ("wang2003multiscale",),
    "lpips": ("zhang2018unreasonable",),
    "flicker": (),
    "smoothness": ("kroeger2016fast",),
}
OF_NETWORKS: Mapping[str, tuple[str, ...]] = {
    "wsim": ("levine2016end", "radford2021learning"),
    "i3d": ("carreira2017quo",),
    "clip": ("radford2021learning",),
    "vjepa2": ("assran2025vjepa",),
    "alex": ("krizhevsky2014one",),
    "pixels": (),
}
_ENTRY = re.compile(r"^@\w+\{(?P<key>[^,]+),.*\}$", re.MULTILINE)
_YEAR = re.compile(r"\byear = \{(\d{4})\}")
_AUTHORS = re.compile(r"\bauthor = \{(.*?)\}, title")
_TITLE = re.compile(r"\btitle = \{(.*?)\}, \w+ = ")
_ACCENTS = re.compile(r"\\(?:[`'^\"~=.]|[vuHc](?=\{)|l|o)?\s*")


@dataclass(frozen=True, slots=True)
class Source:
    """One entry of the bibliography: its BibTeX, surnames and title without accents, its year."""

    key: str
    bibtex: str
    surnames: tuple[str, ...]
    title: str
    year: str

    def named_in(self, text: str) -> bool:
        """Whether a text names it: the first author or, of several, the second, and soon after the year."""
        names = "|".join(re.escape(name) for name in self.surnames[:2])
        return re.search(rf"\b(?:{names})\b.{{0,{APART}}}?\b{self.year}\b", text, re.DOTALL) is not None


@cache
def bibliography() -> tuple[Source, ...]:
    """Everything that can be cited, by key."""
    text = (files("wsim") / "citations.bib").read_text(encoding="utf-8")
    return tuple(_source(found["key"], found[0]) for found in _ENTRY.finditer(text))


def _source(key: str, bibtex: str) -> Source:
    year, authors, title = _YEAR.search(bibtex), _AUTHORS.search(bibtex), _TITLE.search(bibtex)
    if year is None or authors is None or title is None:
        raise ValueError(f"citations.bib: {key} needs an author before its title, and a year after it")
    surnames = [_without_accents(name.partition(",")[0]) for name in authors[1].split(" and ")]
    return Source(key, bibtex, tuple(surnames), _without_accents(title[1]), year[1])


def _without_accents(text: str) -> str:
    """Words as docstrings write them: no braces, no backslashes, no marks over letters."""
    return _ACCENTS.sub("", text.replace("{\\l}", "l")).replace("{", "").replace("}", "")


def sources_in(places: Iterable[Path]) -> list[Source]:
    """The sources that the docstrings of some Python files name, by key."""
    text = "\n".join(docstrings(path) for path in places)
    return [source for source in bibliography() if source.named_in(text)]


def files_of_probe(name: str) -> list[Path]:
    """The files that a probe reads with: its own, and what they import of its package and of perception.

    Raises:
        WsimError: no probe is called so.
    """
    from wsim.certify.source import source_files

    module = find("probes", name).entry.module
    packages = (module.partition(".")[0], *READ_WITH)
    return [path for _, path in source_files((module,), packages)]


def sources_of_run(probes: Sequence[str]) -> tuple[list[Source], list[str]]:
    """The sources of the probes of a run and of its intervals, and the probes that are not installed here."""
    found = {source.key: source for source in sources_in([Path(clusters.__file__)])}
    missing = []
    for name in probes:
        try:
            found |= {source.key: source for source in sources_in(files_of_probe(name))}
        except WsimError:
            missing.append(name)
    return [found[key] for key in sorted(found)], missing


def sources_of_metrics(names: Iterable[str]) -> tuple[list[Source], list[str]]:
    """The sources of numbers of all videos together, `fvd[i3d]`, `ssim`; and the names that nobody knows."""
    by_key = {source.key: source for source in bibliography()}
    found, unknown = set(), []
    for name in names:
        number, _, network = name.removesuffix("]").partition("[")
        if number in OF_NUMBERS and (not network or network in OF_NETWORKS):
            found |= {*OF_NUMBERS[number], *OF_NETWORKS.get(network, ())}
        else:
            unknown.append(name)
    return [by_key[key] for key in sorted(found)], unknown


def software_entry(version: str, year: str, note: str) -> str:
    """The entry of wsim itself, in the version that measured, with the signature of the number."""
    safe = re.sub(r"([%&#_$])", r"\\\1", note.replace("\\", "/").replace("{", "(").replace("}", ")"))
    return (
        "@software{wsim,\n  author = {{The wsim developers}},\n"
        "  title = {wsim: how well does a video generator simulate a world?},\n"
        f"  version = {{{version}}},\n  year = {{{year}}},\n  note = {{{safe}}}\n}}"
    )


@cache
def docstrings(path: Path) -> str:
    """All docstrings of a Python file, one after another, each on one line."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    nodes = [n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, kinds)]
    return "\n".join(" ".join((ast.get_docstring(node) or "").split()) for node in nodes)

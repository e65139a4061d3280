"""A report in one file: every page of it, with as many of its films as a budget of bytes leaves room for."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
from markupsafe import Markup

import wsim
from wsim.runs.results import RunSummary
from wsim_reports import html
from wsim_reports.writing import write_text

BUDGET = 8_000_000  # bytes of the whole file: what every mail server takes
SIGNS = 20  # by which its numbers may be longer than those of a file without films
POSTER_QUALITY = 80  # of WebP; a poster is a quarter of its film then, and as large as it as PNG
PARTS = {
    "title": re.compile(r"<title>(.*?)</title>", re.DOTALL),
    "head": re.compile(r'<header class="page-head">(.*?)</header>', re.DOTALL),
    "body": re.compile(r'<main id="content">(.*)</main>', re.DOTALL),
}
GALLERY = '<div class="gallery">'
FILMS = re.compile(r'<div class="example">.*?</div>|<div class="player".*?(?=<div class="facts">)', re.DOTALL)
MEDIUM = re.compile(r'(src|poster)="(clips/[^"]+)"')
LEFT_OUT = '<p class="small">Its film is not in this file.</p>\n'


@dataclass(frozen=True)
class Film:
    """The films that move together: a place in a page, and what they take in the file.

    Attributes:
        span: where they are in the body of the page.
        rank: those that say most have the lowest: the example of a probe, then the first of every gallery.
        bytes: that the file grows by, their own texts and all their files.
    """

    span: tuple[int, int]
    rank: tuple[int, int]
    bytes: int


@dataclass(frozen=True)
class Page:
    """One page of a report in a folder, in parts; its texts are escaped already."""

    path: Path

    @cached_property
    def parts(self) -> dict[str, str]:
        """Its title, navigation and content."""
        text = self.path.read_text(encoding="utf-8")
        return {name: pattern.findall(text)[0] for name, pattern in PARTS.items()}

    @cached_property
    def films(self) -> tuple[Film, ...]:
        """All of the page, in its order."""
        body, found = self.parts["body"], []
        places: dict[int, int] = {}
        for match in FILMS.finditer(body):
            gallery = body.count(GALLERY, 0, match.start())
            place = places.get(gallery, -1) + 1
            places[gallery] = place
            size = len(MEDIUM.sub(self._inline, match.group()).encode()) - len(LEFT_OUT)
            found.append(Film(match.span(), (place, gallery), size))
        return tuple(found)

    def with_films(self, kept: frozenset[Film]) -> str:
        """Its content with these films inside, and a word in the place of the others."""
        body, parts, end = self.parts["body"], [], 0
        for film in self.films:
            start, after = film.span
            shown = MEDIUM.sub(self._inline, body[start:after]) if film in kept else LEFT_OUT
            parts += [body[end:start], shown]
            end = after
        return "".join([*parts, body[end:]])

    def _inline(self, match: re.Match[str]) -> str:
        return f'{match[1]}="{_uri(self.path.parent / match[2])}"'


def write(
    runs: Sequence[RunSummary], folders: Sequence[Path], output: Path, landmarks: Sequence[Path] = ()
) -> Path:
    """Write the pages of `html` as one file, without the list of every clip.

    Args:
        runs: the first one is the baseline of the differences.
        folders: their run folders, in the same order.
        output: the file, or a folder for `report.html`.
        landmarks: see `html.write`.

    Returns:
        The file. It is larger than `BUDGET` only if its texts and figures alone are.
    """
    with TemporaryDirectory() as folder:
        index = html.write(runs, folders, Path(folder), landmarks, every_clip=False)
        others = sorted(path for path in Path(folder).glob("*.html") if path != index)
        text = bundle([Page(path) for path in (index, *others)], BUDGET)
    return write_text(output, "report.html", text)


def bundle(pages: Sequence[Page], budget: int) -> str:
    """All pages in one; the first is the one that is seen first."""
    bare = _render(pages, [frozenset()] * len(pages), 0, budget)
    texts = len(bare.encode())
    kept = choose(pages, budget - texts - SIGNS)
    return _render(pages, kept, texts + sum(film.bytes for films in kept for film in films), budget)


def _render(pages: Sequence[Page], kept: Sequence[frozenset[Film]], size: int, budget: int) -> str:
    shown = [
        {
            "name": page.path.name,
            "title": Markup(page.parts["title"]),
            "head": Markup(page.parts["head"]),
            "body": Markup(page.with_films(films)),
        }
        for page, films in zip(pages, kept, strict=True)
    ]
    template = html.page_environment().get_template("single.html.j2")
    return template.render(
        version=wsim.__version__,
        first=shown[0],
        others=shown[1:],
        style=Markup(_static("report.css")),
        script=Markup(_static("single.js") + _static("report.js")),
        held=sum(map(len, kept)),
        total=sum(len(page.films) for page in pages),
        megabytes=f"{size / 1e6:.1f}",
        budget=f"{budget / 1e6:g}",
    )


def choose(pages: Sequence[Page], room: int) -> list[frozenset[Film]]:
    """The films of every page that fit: the first ones of all pages before the second ones of any."""
    kept: list[set[Film]] = [set() for _ in pages]
    ranked = sorted((film.rank, i, film) for i, page in enumerate(pages) for film in page.films)
    for _, i, film in ranked:
        if film.bytes <= room:
            room -= film.bytes
            kept[i].add(film)
    return [frozenset(films) for films in kept]


def _uri(path: Path) -> str:
    kind, data = ("video/mp4", path.read_bytes()) if path.suffix == ".mp4" else ("image/webp", _webp(path))
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _webp(path: Path) -> bytes:
    _, encoded = cv2.imencode(".webp", cv2.imread(str(path)), [cv2.IMWRITE_WEBP_QUALITY, POSTER_QUALITY])
    return encoded.tobytes()


def _static(name: str) -> str:
    return (files("wsim_reports") / "templates" / name).read_text(encoding="utf-8")

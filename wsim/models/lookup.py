"""Finding the video that answers a scenario: by a table, by a pattern, or by what files are called.

A prompt alone answers a question of words alone. Where pictures, cameras or keys are given too, many
questions have the same words; there the seed has to be told as well, which no two questions share.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from wsim.contracts import Request, Scenario
from wsim.errors import WsimError
from wsim.models.listed import Row, Table
from wsim.models.naming import Named, compiled, named_by, named_plainly, same_words

SUFFIXES = (".mkv", ".mp4", ".webm", ".mov", ".gif")  # an exact file is preferred to a preview of it


@dataclass(frozen=True)
class Found:
    """A video, and the question that it was made for as far as that is known."""

    path: Path
    row: Row | None = None


class Lookup:
    """Every answer of a folder.

    Args:
        entries: path and what is known of it; of two that answer the same, the later one counts.
        index: which sample of a prompt counts where there are several.
    """

    def __init__(self, entries: Iterator[tuple[Found, Named]], index: int) -> None:
        self.by_scenario: dict[str, Found] = {}
        self._by_words: dict[tuple[str, int | None, int | None], Found] = {}
        self._index = index
        for found, named in entries:
            if named.scenario:
                self.by_scenario[named.scenario] = found
            if named.prompt:
                self._by_words[same_words(named.prompt), named.seed, named.index] = found

    def find(self, scenario: Scenario) -> Found | None:
        """The answer to a scenario; its id and request are looked at, never its truth."""
        named = self.by_scenario.get(scenario.id) or self.by_scenario.get(scenario.cluster)
        return named or self._by_prompt(scenario.request)

    def _by_prompt(self, request: Request) -> Found | None:
        if not request.text:
            return None
        words = same_words(request.text)
        seeds = (request.seed, None) if _words_alone(request) else (request.seed,)
        keys = [(words, seed, index) for seed in seeds for index in (self._index, None)]
        return next((self._by_words[key] for key in keys if key in self._by_words), None)


def _words_alone(request: Request) -> bool:
    return request.context is None and request.camera is None and request.actions is None


def videos_of(directory: Path) -> Mapping[str, Path]:
    """Every video of a folder by its path without suffix, sorted; exact files before previews of them."""
    found: dict[str, Path] = {}
    for suffix in reversed(SUFFIXES):
        for path in directory.rglob(f"*{suffix}"):
            found[path.relative_to(directory).with_suffix("").as_posix()] = path
    return dict(sorted(found.items()))


def by_names(directory: Path) -> Iterator[tuple[Found, Named]]:
    """What the files of a folder say by themselves."""
    for stem, path in videos_of(directory).items():
        yield Found(path), named_plainly(stem)


def by_pattern(directory: Path, pattern: str) -> Iterator[tuple[Found, Named]]:
    """What a glob with named groups says of the files of a folder.

    Raises:
        WsimError: the pattern makes no sense, or no file matches it.
    """
    expression, count = compiled(pattern), 0
    for path in sorted(p for p in directory.rglob("*") if p.suffix in SUFFIXES):
        named = named_by(expression, path.relative_to(directory).as_posix())
        if named is not None:
            count += 1
            yield Found(path), named
    if not count:
        raise WsimError(
            f"no video matches {pattern!r}",
            where=str(directory),
            remedy="the pattern is for paths relative to the folder, suffix included",
        )


Answered: TypeAlias = tuple[str, str, int | None, int | None]  # scenario, or words, seed and sample


def _answered(row: Row) -> Answered:
    """What a row says that its video answers; the same row twice, as in VBench's files, says no more."""
    return (
        (row.scenario, "", None, None)
        if row.scenario
        else ("", same_words(row.prompt or ""), row.seed, row.sample)
    )


def by_table(directory: Path, table: Table) -> Iterator[tuple[Found, Named]]:
    """What a table says of the files of a folder. Rows whose file is not there (yet) answer nothing.

    A file may have been written with another suffix than the table expects.

    Raises:
        WsimError: two rows answer the same question, or one video answers two.
    """
    there = videos_of(directory)
    asked: dict[Answered, Row] = {}
    given: dict[str, Row] = {}
    for row in table.rows:
        other = asked.setdefault(_answered(row), row)
        if other.path != row.path:
            raise WsimError(
                f"{other.path!r} and {row.path!r} answer the same question",
                where=str(table.source),
                remedy="keep one, or tell them apart by `seed` or `sample`",
            )
        other = given.setdefault(row.path, row)
        if _answered(other) != _answered(row) and (row.request is None or other.request != row.request):
            raise WsimError(
                f"{row.path!r} is given as the answer to two questions",
                where=str(table.source),
                remedy="make a video for each: one that is counted twice makes intervals too narrow",
            )
        pure = PurePosixPath(row.path.replace("\\", "/"))
        stem = (pure.with_suffix("") if pure.suffix in SUFFIXES else pure).as_posix()
        if stem in there:
            prompt = None if row.scenario else row.prompt
            yield Found(there[stem], row), Named(row.scenario, prompt, row.seed, row.sample)

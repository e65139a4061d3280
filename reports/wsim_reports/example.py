"""A probe's question as moving pictures: what should happen in one of its worlds, and what must not."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from wsim.contracts import Scenario, Truth
from wsim.errors import WsimError
from wsim.runs.folder import RunFolder
from wsim_reports.clips import Player, write_clip
from wsim_reports.evidence import MissingEvidence, asked, installed_probe
from wsim_reports.words import in_words

SEARCHED = 6  # scenarios that are looked through for one with alternatives
ALTERNATIVES = 2


@dataclass(frozen=True, slots=True)
class Example:
    """One world of a probe: the lawful film first, then some that must not happen."""

    caption: str
    players: tuple[Player, ...]


def example_of(folder: Path, output: Path, name: str, version: int, slug: str) -> Example | None:
    """Write the films of an example under `output`; None where the probe or the run is not there.

    Args:
        folder: a run, which says in which format and of which worlds was asked.
        output: the folder of the page.
        name: of the probe.
        version: that the run used.
        slug: prefix of the files, unique in the report.
    """
    with suppress(MissingEvidence, WsimError):
        probe, manifest = installed_probe(name, version), RunFolder(folder).manifest
        scenarios = list(islice(asked(probe, manifest), SEARCHED))
        if scenarios:
            telling = max(scenarios, key=lambda scenario: len(scenario.alternatives))
            players = [
                write_clip(output, f"{slug}-example-{i}", title, film.video, poster_frame=len(film.video))
                for i, (title, film) in enumerate(_films(telling))
            ]
            return Example(telling.request.text or "", tuple(players))
    return None


def _films(scenario: Scenario) -> Iterator[tuple[str, Truth]]:
    """The lawful film and the first few others, each with its title."""
    yield "what should happen", scenario.truth
    for name in islice(scenario.alternatives, ALTERNATIVES):
        yield f"what must not: {in_words(name)}", scenario.alternatives[name]

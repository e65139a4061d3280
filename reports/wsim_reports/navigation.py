"""The ways through a report: every page leads to the suites, and the page of a probe to its neighbours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wsim_reports.words import in_words


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of the navigation."""

    name: str
    href: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The probes of the same suite, and the pages before and after in the order of the report."""

    suite: tuple[Link, ...]
    before: Link | None
    after: Link | None


def suite_of(probe: str) -> str:
    """The part of a name before the stroke."""
    return probe.partition("/")[0]


def anchor_of(suite: str) -> str:
    """The id of a suite's section on the index page: safe whatever the suite is called."""
    return "suite-" + "".join(c if c.isascii() and c.isalnum() else f"_{ord(c):x}" for c in suite)


def suite_links(probes: Sequence[str], index: str, current: str = "") -> list[Link]:
    """To each suite's section of the index page; `current` is a probe, whose suite is marked."""
    suites = dict.fromkeys(map(suite_of, probes))
    return [
        Link(suite, f"{index}#{anchor_of(suite)}", bool(current) and suite == suite_of(current))
        for suite in suites
    ]


def neighbours(pages: Mapping[str, str], name: str) -> Neighbours:
    """Of a probe, given the page of each probe in the order of the report."""
    names = list(pages)
    place = names.index(name)
    return Neighbours(
        suite=tuple(
            Link(_short(other), pages[other], other == name)
            for other in names
            if suite_of(other) == suite_of(name)
        ),
        before=Link(_short(names[place - 1]), pages[names[place - 1]]) if place else None,
        after=Link(_short(names[place + 1]), pages[names[place + 1]]) if place + 1 < len(names) else None,
    )


def _short(name: str) -> str:
    return in_words(name.rpartition("/")[2])

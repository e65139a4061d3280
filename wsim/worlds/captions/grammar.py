"""The English that captions need: articles, plurals, lists, and the forms of verbs."""

import re
from collections.abc import Sequence
from functools import cache

from wsim.errors import WsimError
from wsim.worlds.captions.nouns import COLOURS, NOUNS, NUMBERS, SIZES
from wsim.worlds.scene import RelationKind, Thing

RELATIONS: dict[RelationKind, str] = {
    "left of": "to the left of",
    "right of": "to the right of",
    "in front of": "in front of",
    "behind": "behind",
    "on": "on",
    "in": "in",
    "under": "under",
}
_IRREGULAR = {"is": "are", "has": "have", "does": "do", "goes": "go"}


def plain(thing: Thing) -> str:
    """Size, colour and noun, in the right number: `small red balls`."""
    noun = NOUNS[thing.noun] if thing.count > 1 else thing.noun
    return " ".join(word for word in (thing.size, thing.colour, noun) if word)


def look(thing: Thing) -> tuple[str, str, str]:
    """What a thing is called but for its number; of two with the same look, the second is `another`."""
    return thing.size, thing.colour, thing.noun


def indefinite(thing: Thing, other: bool = False) -> str:
    """As it is named first; `other` if one just like it has been named: `a red ball`, `another red ball`."""
    words = plain(thing)
    if thing.count > 1:
        return f"{NUMBERS[thing.count - 1]} {'other ' if other else ''}{words}"
    if not NOUNS[thing.noun]:
        return f"some {'other ' if other else ''}{words}"
    if other:
        return f"another {words}"
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def definite(thing: Thing, other: bool = False) -> str:
    """As it is named again: `the red ball`, `the two other red balls`."""
    number = f"{NUMBERS[thing.count - 1]} " if thing.count > 1 else ""
    return f"the {number}{'other ' if other else ''}{plain(thing)}"


def listing(items: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def unlisted(text: str) -> list[str]:
    """The inverse of `listing`."""
    return re.split(r", | and ", text)


def plural_verb(phrase: str) -> str:
    """The plural of a phrase that begins with a verb in the third person: `passes by` gives `pass by`."""
    head = re.split(r"[^a-z]", phrase)[0]
    rest = phrase.removeprefix(head)
    if head in _IRREGULAR:
        head = _IRREGULAR[head]
    elif head.endswith("ies"):
        head = head[:-3] + "y"
    elif head.endswith(("sses", "shes", "ches", "xes")):
        head = head[:-2]
    else:
        head = head[:-1]
    return head + rest


def filled(phrasing: str, **slots: str) -> str:
    """A phrasing with its slots filled; groups in brackets go where their slot is empty."""

    def group(match: re.Match[str]) -> str:
        empty = any(f"{{{name}}}" in match[1] and not text for name, text in slots.items())
        return "" if empty else match[1]

    return re.sub(r"\[(.*?)\]", group, phrasing).format(**slots)


@cache
def thing_pattern() -> re.Pattern[str]:
    """What a named thing looks like, with groups `the`, `number`, `other`, `size`, `colour`, `noun`."""
    nouns = sorted({*NOUNS, *filter(None, NOUNS.values())})
    return re.compile(
        rf"(?P<the>the )?(?P<number>(?:an?|some|another|{'|'.join(NUMBERS)}) )?(?P<other>other )?"
        rf"(?P<size>(?:{'|'.join(SIZES)}) )?(?P<colour>(?:{'|'.join(COLOURS)}) )?(?P<noun>{'|'.join(nouns)})"
    )


def check_thing(thing: Thing) -> None:
    """Raises WsimError for a thing that captions have no words for."""
    where = f"the thing {thing.key!r} of a story"
    if thing.noun not in NOUNS:
        problem, remedy = f"captions do not know the noun {thing.noun!r}", "add it to captions/nouns.py"
    elif thing.colour and thing.colour not in COLOURS:
        problem, remedy = f"captions do not know the colour {thing.colour!r}", f"use {', '.join(COLOURS)}"
    elif thing.size and thing.size not in SIZES:
        problem, remedy = f"captions do not know the size {thing.size!r}", f"use {' or '.join(SIZES)}"
    elif not 1 <= thing.count <= (len(NUMBERS) if NOUNS[thing.noun] else 1):
        problem = f"captions cannot count {thing.count} of the noun {thing.noun!r}"
        remedy = f"use 1 to {len(NUMBERS)}, and 1 for what cannot be counted"
    else:
        return
    raise WsimError(problem, where=where, remedy=remedy)

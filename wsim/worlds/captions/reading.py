"""From a caption back to the facts that it tells: the inverse of `wsim.worlds.captions.wording`."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from wsim.errors import WsimError
from wsim.worlds.captions import grammar
from wsim.worlds.captions.grammar import RELATIONS
from wsim.worlds.captions.nouns import NOUNS, NUMBERS, PLACES
from wsim.worlds.captions.verbs import CAMERA, VERBS, WAYS
from wsim.worlds.captions.wording import CAMERA_STILL, NOTHING_MOVES
from wsim.worlds.scene import Happening, Relation, Story, Thing

Facts: TypeAlias = tuple[tuple[object, ...], ...]

_RELATION_OF = {phrase: kind for kind, phrase in RELATIONS.items()}
_RELATION = "|".join(RELATIONS.values())
_THING = rf"(?:the|an?|some|another|{'|'.join(NUMBERS)}) [a-z ]+?"


@dataclass(frozen=True)
class Reading:
    """What a caption says.

    Attributes:
        story: the facts that were understood; its things have keys of their own.
        not_understood: sentences that this grammar does not make, as they stand.
    """

    story: Story
    not_understood: tuple[str, ...] = ()


def read_caption(text: str) -> Reading:
    """The things, relations, happenings and moves of the camera that a caption tells.

    Everything comes back from any caption that `captions_of` worded. Of other texts, sentences that could
    have been worded so are read, and the rest is returned as it stands.

    Raises:
        WsimError: an empty text.
    """
    sentences = [part.strip() for part in text.strip().rstrip(".").split(".") if part.strip()]
    if not sentences:
        raise WsimError("an empty caption says nothing", where="read_caption(text)", remedy="give it words")
    reader = _Reader()
    strange = tuple(sentence for sentence in sentences if not reader.reads(sentence))
    story = Story(
        tuple(reader.things),
        tuple(reader.relations),
        tuple(reader.happenings),
        ", ".join(reader.moves),
        salient=max(1, len(reader.happenings)),
    )
    return Reading(story, strange)


def facts(story: Story) -> Facts:
    """All that a story says, in a form that does not depend on keys nor on the order of things.

    Things, relations, happenings in their order, moves of the camera; two stories that say the same have
    equal facts.
    """
    looks = {t.key: (t.size, t.colour, t.noun, t.count) for t in story.things}
    looks[""] = ("", "", "", 0)
    return (
        tuple(sorted(looks[thing.key] for thing in story.things)),
        tuple(sorted((r.kind, looks[r.subject], looks[r.object]) for r in story.relations)),
        tuple((h.verb, looks[h.subject], looks[h.object], h.way) for h in story.happenings),
        tuple(filter(None, story.camera.split(", "))),
    )


class _Reader:
    """Reads sentence by sentence, and remembers what has been named."""

    def __init__(self) -> None:
        self.things: list[Thing] = []
        self.relations: list[Relation] = []
        self.happenings: list[Happening] = []
        self.moves: list[str] = []
        self._others: set[str] = set()  # keys of things that were introduced as `another`
        self._subject = ""

    def reads(self, sentence: str) -> bool:
        """Whether the sentence was understood; if it was not, nothing is remembered of it."""
        ways: tuple[Callable[[str], bool], ...] = (
            self._stillness, self._camera, self._existence, self._relation, self._turned_relation,
            self._chain,
        )  # fmt: skip
        return any(way(sentence) for way in ways)

    def _stillness(self, sentence: str) -> bool:
        return sentence in NOTHING_MOVES or sentence in CAMERA_STILL

    def _camera(self, sentence: str) -> bool:
        if not sentence.startswith("the camera "):
            return False
        moves = [_moves().get(part) for part in grammar.unlisted(sentence.removeprefix("the camera "))]
        if None in moves:
            return False
        self.moves += [move for move in moves if move]
        return True

    def _existence(self, sentence: str) -> bool:
        text = re.sub(r"^there (?:is|are) | can be seen$", "", sentence)
        place, gap, inside = text.partition(" with ")
        if gap and (match := _thing(place)) and _described(match).noun in PLACES:
            return self._all_named([place, *grammar.unlisted(inside)]) is not None
        return self._all_named(grammar.unlisted(text)) is not None

    def _relation(self, sentence: str) -> bool:
        match = re.fullmatch(rf"(.+?) (?:is|are|can be seen) ({_RELATION}) (.+)", sentence)
        return match is not None and self._related(match[2], match[1], match[3], turned=False)

    def _turned_relation(self, sentence: str) -> bool:
        match = re.fullmatch(rf"({_RELATION}) (.+?) (?:is|are) (.+)", sentence)
        return match is not None and self._related(match[1], match[3], match[2], turned=True)

    def _related(self, phrase: str, subjects: str, object_: str, turned: bool) -> bool:
        """`turned`: the object is named first."""
        names = grammar.unlisted(subjects)
        keys = self._all_named([object_, *names] if turned else [*names, object_])
        if keys is None:
            return False
        on, who = (keys[0], keys[1:]) if turned else (keys[-1], keys[:-1])
        self.relations += [Relation(_RELATION_OF[phrase], subject, on) for subject in who]
        return True

    def _chain(self, sentence: str) -> bool:
        """A subject, and one or more things that it does."""
        match = re.fullmatch(rf"(?P<who>it|they|{grammar.thing_pattern().pattern}) (?P<done>.+)", sentence)
        if match is None or (match["who"] in ("it", "they") and not self._subject):
            return False
        done = [_done(part) for part in grammar.unlisted(match["done"])]
        if not all(done):
            return False
        names = [] if match["who"] in ("it", "they") else [match["who"]]
        keys = self._all_named([*names, *(each[1] for each in done if each and each[1])])
        if keys is None:
            return False
        self._subject = keys.pop(0) if names else self._subject
        for each in done:
            assert each is not None
            verb, object_, way = each
            self.happenings.append(Happening(verb, self._subject, keys.pop(0) if object_ else "", way))
        return True

    def _all_named(self, names: list[str]) -> list[str] | None:
        """The keys of things by their names, new ones for those named first; None if one is no name."""
        matches = [_thing(name) for name in names]
        return None if not all(matches) else [self._key(match) for match in matches if match]

    def _key(self, match: re.Match[str]) -> str:
        thing, other = _described(match), bool(match["other"]) or (match["number"] or "") == "another "
        if match["the"]:
            known = [t for t in self.things if _could_be(t, thing) and (t.key in self._others) == other]
            known.sort(
                key=lambda t: grammar.look(t) != grammar.look(thing)
            )  # what is called just so comes first
            if known:
                return known[0].key
        self.things.append(thing)
        key = f"{grammar.indefinite(thing)} {len(self.things)}"
        self.things[-1] = Thing(key, thing.noun, thing.colour, thing.count, thing.size)
        if other:
            self._others.add(key)
        return key


def _thing(name: str) -> re.Match[str] | None:
    match = grammar.thing_pattern().fullmatch(name)
    return match if match and (match["the"] or match["number"]) else None


def _described(match: re.Match[str]) -> Thing:
    number, noun = (match["number"] or "").strip(), match["noun"]
    count = NUMBERS.index(number) + 1 if number in NUMBERS else 1
    singular = noun if noun in NOUNS else next(one for one, many in NOUNS.items() if many == noun)
    return Thing("", singular, (match["colour"] or "").strip(), count, (match["size"] or "").strip())


def _could_be(known: Thing, named: Thing) -> bool:
    """Whether a known thing may be the one that is named again; what is not said may be anything."""
    said = (named.colour in ("", known.colour)) and (named.size in ("", known.size))
    return said and known.noun == named.noun and known.count == named.count


@cache
def _moves() -> dict[str, str]:
    return {phrase: move for move, phrases in CAMERA.items() for phrase in phrases}


@cache
def _predicates() -> dict[str, list[tuple[re.Pattern[str], str]]]:
    """Patterns of everything that can be done, by their first word, with keys of verbs."""
    found: dict[str, list[tuple[re.Pattern[str], str]]] = {}
    for key, verb in VERBS.items():
        way = "|".join(re.escape(WAYS[way]) for way in verb.ways) or "(?!)"
        slots = {"way": f"(?P<way>{way})", "object": f"(?P<object>{_THING})"}
        for phrasing in verb.phrasings:
            for form in (phrasing, grammar.plural_verb(phrasing)):
                pattern = form.replace("[", "(?:").replace("]", ")?").format(**slots)
                first = re.split(r"[^a-z]", form)[0]
                found.setdefault(first, []).append((re.compile(pattern), key))
    return found


def _done(text: str) -> tuple[str, str, str] | None:
    """Verb, name of the object or "", and way or "", of one thing that is done."""
    for pattern, key in _predicates().get(text.partition(" ")[0], []):
        match = pattern.fullmatch(text)
        if match is None:
            continue
        groups = match.groupdict()
        way = next((way for way in VERBS[key].ways if WAYS[way] == groups.get("way")), "")
        if not groups.get("object") or _thing(groups["object"]):
            return key, groups.get("object") or "", way
    return None

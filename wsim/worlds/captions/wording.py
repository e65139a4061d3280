"""From a story to captions: exact, lower case, a small vocabulary, three lengths.

A seed chooses among wordings of the same facts; names of things and colours never vary.
"""

import itertools
from collections.abc import Sequence

import numpy as np

from wsim.errors import WsimError
from wsim.worlds.captions import grammar
from wsim.worlds.captions.grammar import RELATIONS
from wsim.worlds.captions.nouns import PLACES
from wsim.worlds.captions.told import LENGTHS, Length, check_story, named_keys, told
from wsim.worlds.captions.verbs import CAMERA, VERBS, WAYS
from wsim.worlds.scene import Happening, Relation, Scene, Story, Thing

_AT_ONCE = 3  # happenings that one sentence of a full caption tells at most

EXISTENCE = ("there {are} {things}", "{things} can be seen", "{things}")
RELATION = ("{subject} {are} {relation} {object}", "{subject} can be seen {relation} {object}")
INVERTED = "{relation} {object} {are} {subject}"
NOTHING_MOVES = ("nothing moves", "nothing happens")
CAMERA_STILL = ("the camera stands still", "the camera does not move")


def captioned(scene: Scene) -> Scene:
    """The same scene with captions that tell its story.

    Raises:
        WsimError: it has no story, or one that cannot be told.
    """
    if scene.story is None:
        raise WsimError(
            f"a scene of the family {scene.family!r} has no story to tell",
            where="wsim.worlds.captions.captioned",
            remedy="give it a Story",
        )
    return scene.replace(captions=captions_of(scene.story, scene.seed))


def captions_of(story: Story, seed: int) -> tuple[str, str, str]:
    """The full, the medium and the short caption of a story.

    Args:
        story: what there is to tell.
        seed: chooses the wording, 0 or more.

    Raises:
        WsimError: a story with a noun, verb or way that captions do not know, or that contradicts itself.
    """
    check_story(story)
    taste = _Taste(seed)
    full, medium, short = (_Teller(told(story, length), length, taste).text() for length in LENGTHS)
    return full, medium, short


def worded(story: Story, seed: int, *, stillness: bool) -> str:
    """A whole story in words; as the full caption, where `stillness` says whether nothing happens in it.

    Args:
        story: that can be told, or nothing but the camera of one.
        seed: chooses the wording, 0 or more.
        stillness: whether to say of a story without happenings that nothing moves.
    """
    return _Teller(story, "full", _Taste(seed), stillness).text()


class _Taste:
    """What is chosen among wordings: the same for the same concern, in every length."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng([seed, 0])
        self._chosen: dict[str, float] = {}

    def pick(self, concern: str, options: Sequence[str]) -> str:
        if concern not in self._chosen:
            self._chosen[concern] = float(self._rng.random())
        return options[int(self._chosen[concern] * len(options))]

    def likes(self, concern: str) -> bool:
        return self.pick(concern, ("yes", "no")) == "yes"


class _Teller:
    """Words one story once, and remembers what has been named."""

    def __init__(self, story: Story, length: Length, taste: _Taste, stillness: bool = True) -> None:
        self.story, self.length, self.taste, self.stillness = story, length, taste, stillness
        self.things = {thing.key: thing for thing in story.things}
        self.others: dict[str, bool] = {}  # of every thing named so far, whether it is `another`

    def text(self) -> str:
        """The caption. Only a full one says what does not happen."""
        late = self.story.happenings and not self.story.relations and self._place() is None
        if late and self.taste.likes("happenings first"):
            sentences = [*self._happenings(), *self._setting(EXISTENCE[0])]
        else:
            sentences = [*self._setting(self.taste.pick("existence", EXISTENCE)), *self._happenings()]
        still = self.stillness and not self.story.happenings and not self.story.camera
        if self.length == "full" and still:
            sentences.append(self.taste.pick("nothing moves", NOTHING_MOVES))
        sentences += self._camera()
        text = ". ".join(sentences)
        return text if self.length == "short" else f"{text}."

    def _setting(self, form: str) -> list[str]:
        """What there is besides what happenings and relations are about, and how things stand."""
        named = named_keys(self.story)
        listed = [thing for thing in self.story.things if thing.key not in named]
        sentences = [self._existence(listed, form)] if listed else []
        groups = itertools.groupby(
            self.story.relations, key=lambda relation: (relation.kind, relation.object)
        )
        return sentences + [self._relation(list(group)) for _, group in groups]

    def _existence(self, listed: list[Thing], form: str) -> str:
        place = self._place()
        if place in listed:
            rest = [self._named(thing.key) for thing in listed if thing is not place]
            things = " with ".join([self._named(place.key), *([grammar.listing(rest)] if rest else [])])
            return self.taste.pick("place", ("{things}", "there is {things}")).format(things=things)
        things = grammar.listing([self._named(thing.key) for thing in listed])
        are = "is" if listed[0].count == 1 else "are"
        form = self.taste.pick("existence", EXISTENCE)
        return things if self.length == "short" else form.format(things=things, are=are)

    def _place(self) -> Thing | None:
        return next((thing for thing in self.story.things if thing.noun in PLACES), None)

    def _relation(self, group: list[Relation]) -> str:
        phrase, last = RELATIONS[group[0].kind], self.things[group[-1].subject]
        are = "is" if len(group) == 1 and last.count == 1 else "are"
        new = group[0].subject not in self.others
        turned = new and self.length == "full" and self.taste.likes("inverted")
        form = INVERTED if turned else self.taste.pick("relation", RELATION)
        names: dict[str, str] = {}
        order = ("object", "subject") if turned else ("subject", "object")
        for role in order:  # whoever is named first is `a red ball`, and only then the other is `another`
            if role == "object":
                names[role] = self._named(group[0].object)
            else:
                names[role] = grammar.listing([self._named(relation.subject) for relation in group])
        return form.format(relation=phrase, are=are, **names)

    def _happenings(self) -> list[str]:
        sentences = []
        for subject, group in itertools.groupby(
            self.story.happenings, key=lambda happening: happening.subject
        ):
            happenings = list(group)
            at_once = 1 if self.length == "full" and self.taste.likes("one by one") else _AT_ONCE
            for start in range(0, len(happenings), at_once):
                many = self.things[subject].count > 1
                who = ("they" if many else "it") if start else self._named(subject)
                done = [self._done(happening) for happening in happenings[start : start + at_once]]
                sentences.append(f"{who} {grammar.listing(done)}")
        return sentences

    def _done(self, happening: Happening) -> str:
        phrasing = self.taste.pick(happening.verb, VERBS[happening.verb].phrasings)
        if self.things[happening.subject].count > 1:
            phrasing = grammar.plural_verb(phrasing)
        name = self._named(happening.object) if happening.object else ""
        return grammar.filled(phrasing, object=name, way=WAYS[happening.way] if happening.way else "")

    def _named(self, key: str) -> str:
        """`a red ball` at first, `the red ball` from then on."""
        thing = self.things[key]
        if key in self.others:
            return grammar.definite(thing, self.others[key])
        self.others[key] = any(
            grammar.look(self.things[named]) == grammar.look(thing) for named in self.others
        )
        return grammar.indefinite(thing, self.others[key])

    def _camera(self) -> list[str]:
        moves = [self.taste.pick(move, CAMERA[move]) for move in self.story.camera.split(", ") if move]
        if moves:
            return [f"the camera {grammar.listing(moves)}"]
        return [self.taste.pick("camera", CAMERA_STILL)] if self.length == "full" else []

"""Stories that are wrong in one fact, for questions with a known wrong answer."""

import dataclasses
from typing import Literal, TypeAlias

import numpy as np

from wsim.errors import WsimError
from wsim.worlds.captions.nouns import NOUNS
from wsim.worlds.captions.reading import facts
from wsim.worlds.captions.told import check_story
from wsim.worlds.captions.verbs import CAMERA, OPPOSITE_MOVE, OPPOSITE_WAY, VERBS
from wsim.worlds.palette import PALETTE
from wsim.worlds.scene import Happening, RelationKind, Story, Thing

Kind: TypeAlias = Literal["colour", "number", "relation", "event"]
KINDS: tuple[Kind, ...] = ("colour", "number", "relation", "event")
MOST = 6  # things of a kind in a story with a wrong number

OPPOSITE_RELATION: dict[RelationKind, RelationKind] = {
    "left of": "right of", "right of": "left of", "in front of": "behind", "behind": "in front of",
    "on": "under", "under": "on", "in": "under",
}  # fmt: skip


def swapped(story: Story, kind: Kind, rng: np.random.Generator) -> Story | None:
    """The story with one fact of a kind made false, or None where it has no such fact.

    `colour`: two things exchange their colours, or one has a palette colour that nothing in the story has.
    `number`: one more or one less of something. `relation`: the opposite side. `event`: the opposite way,
    or the contrary of what happens, or of what the camera does.

    For a wrong caption of some length, swap in what that caption tells: `swapped(told(story, length), ...)`.

    Raises:
        WsimError: no such kind.
    """
    makers = {"colour": _colours, "number": _numbers, "relation": _relations, "event": _events}
    if kind not in makers:
        raise WsimError(
            f"nothing of the kind {kind!r} can be swapped", where="swapped(kind=...)",
            remedy=f"choose one of {', '.join(KINDS)}",
        )  # fmt: skip
    wrong = [other for other in makers[kind](story) if facts(other) != facts(story) and _tellable(other)]
    return wrong[int(rng.integers(len(wrong)))] if wrong else None


def _tellable(story: Story) -> bool:
    try:
        check_story(story)
    except WsimError:
        return False
    return True


def _colours(story: Story) -> list[Story]:
    things = story.things
    unused = [name for name in PALETTE if all(thing.colour != name for thing in things)]
    coloured = [i for i, thing in enumerate(things) if thing.colour]
    changes = [{i: name} for i in coloured if things[i].colour in PALETTE for name in unused]
    changes += [{i: things[j].colour, j: things[i].colour} for i in coloured for j in coloured if i < j]
    return [
        _with_things(story, {i: dataclasses.replace(things[i], colour=name) for i, name in change.items()})
        for change in changes
    ]


def _numbers(story: Story) -> list[Story]:
    return [
        _with_things(story, {i: dataclasses.replace(thing, count=count)})
        for i, thing in enumerate(story.things)
        for count in (thing.count - 1, thing.count + 1)
        if NOUNS.get(thing.noun) and 1 <= count <= MOST
    ]


def _with_things(story: Story, changed: dict[int, Thing]) -> Story:
    things = tuple(changed.get(i, thing) for i, thing in enumerate(story.things))
    return dataclasses.replace(story, things=things)


def _relations(story: Story) -> list[Story]:
    wrong = []
    for i, relation in enumerate(story.relations):
        opposite = dataclasses.replace(relation, kind=OPPOSITE_RELATION[relation.kind])
        relations = (*story.relations[:i], opposite, *story.relations[i + 1 :])
        wrong.append(dataclasses.replace(story, relations=relations))
    return wrong


def _events(story: Story) -> list[Story]:
    wrong = []
    for i, happening in enumerate(story.happenings):
        for other in _contraries(happening):
            happenings = (*story.happenings[:i], other, *story.happenings[i + 1 :])
            wrong.append(dataclasses.replace(story, happenings=happenings))
    moves = [move for move in story.camera.split(", ") if move in CAMERA]
    for i, move in enumerate(moves):
        if move in OPPOSITE_MOVE:
            camera = ", ".join([*moves[:i], OPPOSITE_MOVE[move], *moves[i + 1 :]])
            wrong.append(dataclasses.replace(story, camera=camera))
    return wrong


def _contraries(happening: Happening) -> list[Happening]:
    verb, found = VERBS[happening.verb], []
    if OPPOSITE_WAY.get(happening.way, "") in verb.ways:
        found.append(dataclasses.replace(happening, way=OPPOSITE_WAY[happening.way]))
    if verb.contrary:
        contrary = VERBS[verb.contrary]
        object_ = happening.object if contrary.takes("object") else ""
        way = happening.way if happening.way in contrary.ways else ""
        found.append(Happening(verb.contrary, happening.subject, object_, way))
    return found

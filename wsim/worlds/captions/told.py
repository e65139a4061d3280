"""Which facts of a story a caption of a given length tells."""

import dataclasses
from typing import Literal, TypeAlias

from wsim.errors import WsimError
from wsim.worlds.captions.grammar import RELATIONS, check_thing, look, plain
from wsim.worlds.captions.nouns import PLACES
from wsim.worlds.captions.verbs import CAMERA, VERBS, WAYS, Verb
from wsim.worlds.scene import Happening, Story, Thing

Length: TypeAlias = Literal["full", "medium", "short"]
LENGTHS: tuple[Length, ...] = ("full", "medium", "short")
_LISTED = 3  # things that a sentence names where nothing happens


def told(story: Story, length: Length) -> Story:
    """The part of a story that a caption tells, which is a story again.

    `full` tells everything. `medium` tells the first `salient` happenings, or, where nothing happens, as many
    relations, or else three things (and the place they are in); and what the camera does. `short` tells one
    happening without what could be left out: the first that is done to something, or else the first; or one
    relation; or one thing and what the camera does.
    """
    if length == "full":
        return story
    happenings = story.happenings[: story.salient]
    relations = () if happenings else story.relations[: story.salient]
    camera = story.camera
    if length == "short":
        happenings, relations = _main(happenings), relations[:1]
        camera = "" if happenings or relations else camera
    part = dataclasses.replace(story, relations=relations, happenings=happenings, camera=camera)
    named = named_keys(part)
    things = tuple(t for t in story.things if t.key in named) if named else _first(story.things, length)
    return dataclasses.replace(part, things=things)


def named_keys(story: Story) -> set[str]:
    """Of the things that relations and happenings are about."""
    relations = {key for relation in story.relations for key in (relation.subject, relation.object)}
    return relations | {key for done in story.happenings for key in (done.subject, done.object) if key}


def _first(things: tuple[Thing, ...], length: Length) -> tuple[Thing, ...]:
    if length == "short":
        return things[:1]
    return things[: _LISTED + (things[0].noun in PLACES)]


def _main(happenings: tuple[Happening, ...]) -> tuple[Happening, ...]:
    if not happenings:
        return ()
    aimed = [happening for happening in happenings if VERBS[happening.verb].needs("object")]
    return (_bare((aimed or happenings)[0]),)


def _bare(happening: Happening) -> Happening:
    verb = VERBS[happening.verb]
    return dataclasses.replace(
        happening,
        object=happening.object if verb.needs("object") else "",
        way=happening.way if verb.needs("way") else "",
    )


def check_story(story: Story) -> None:
    """Raises WsimError, with what to change, for a story that cannot be told."""
    keys = [thing.key for thing in story.things]
    for thing in story.things:
        check_thing(thing)
    for key in sorted(named_keys(story) - set(keys)):
        _refuse(f"names {key!r}, which is no thing of it", f"use one of {', '.join(keys)}")
    for relation in story.relations:
        if relation.kind not in RELATIONS:
            _refuse(f"has the relation {relation.kind!r}", f"use one of {', '.join(RELATIONS)}")
    for happening in story.happenings:
        _check_happening(happening)
    for move in filter(None, story.camera.split(", ")):
        if move not in CAMERA:
            _refuse(f"lets the camera {move!r}", f"use one of {', '.join(CAMERA)}")
    _check_alike(story.things)
    if len(set(keys)) < len(keys) or not keys:
        _refuse("has no things, or two with one key", "give every thing a key of its own")


def _check_happening(happening: Happening) -> None:
    if happening.verb not in VERBS:
        _refuse(f"has the verb {happening.verb!r}", "add it to captions/verbs.py")
    verb: Verb = VERBS[happening.verb]
    for slot, given in (("object", happening.object), ("way", happening.way)):
        named = "an object" if slot == "object" else "a way"
        if verb.needs(slot) and not given:
            _refuse(f"says {happening.verb!r} without {named}", f"give it {named}")
        if given and not verb.takes(slot):
            _refuse(f"says {happening.verb!r} with {named}", f"leave the {slot} out")
    if happening.way and (happening.way not in verb.ways or happening.way not in WAYS):
        _refuse(f"lets {happening.verb!r} go {happening.way!r}", f"use one of {', '.join(verb.ways)}")


def _check_alike(things: tuple[Thing, ...]) -> None:
    """Of two things that look alike, the second is `another`; a third would have no name."""
    looks = [look(thing) for thing in things]
    for thing in things:
        if looks.count(look(thing)) > 2:
            _refuse(
                f"has more than two times {plain(thing)!r}", "make those that do the same one, with a count"
            )


def _refuse(problem: str, remedy: str) -> None:
    raise WsimError(f"a story {problem}", where="Scene.story", remedy=remedy)

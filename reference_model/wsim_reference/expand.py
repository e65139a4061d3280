"""A short prompt to a full caption, such as the model has read most often.

A grammar in place of the language model of larger systems: what the prompt says is read as facts, what it
leaves open is drawn from what the worlds of the training are like, and everything is worded as they are. The
same prompt and seed give the same caption.
"""

import dataclasses
import re

import numpy as np

from wsim.worlds.captions import captions_of, read_caption
from wsim.worlds.captions.grammar import indefinite, plural_verb
from wsim.worlds.captions.nouns import COLOURS, NOUNS, NUMBERS, SIZES
from wsim.worlds.captions.verbs import VERBS
from wsim.worlds.palette import NEUTRALS, PALETTE
from wsim.worlds.scene import Happening, Relation, RelationKind, Story, Thing

OBJECTS = ("ball", "box", "cylinder", "cone", "cube", "block", "brush", "stroke", "puck")
GROUNDS = ("floor", "table", "ramp", "wall", "screen", "board", "ground")
FILLERS = ("a", "an", "the", "and", "with", "is", "are", "there")
LEANING = ("roll", "slide", "move", "throw", "fly")  # what goes to one side or the other
ON_THE_FLOOR = ("roll", "slide", "bounce", "move", "turn")
OFTEN = (
    ("roll",),
    ("drop", "bounce"),
    ("throw", "bounce"),
)  # what one thing does in the worlds of the training


def expand(prompt: str, seed: int) -> str:
    """The prompt as a full caption.

    Args:
        prompt: a few words, or sentences; what cannot be read is kept as it is.
        seed: chooses what the prompt leaves open, 0 or more.

    Returns:
        Lower-case sentences. A prompt of which nothing can be read comes back unchanged.
    """
    sentences = [part.strip() for part in prompt.lower().split(".") if part.strip()]
    if not sentences:
        return prompt
    strange = set(read_caption(". ".join(sentences)).not_understood)
    plain = [_as_caption(part) if part in strange else part for part in sentences]
    reading = read_caption(". ".join(plain))
    if not reading.story.things:
        return prompt
    full = captions_of(_completed(reading.story, np.random.default_rng([seed, 1])), seed)[0]
    return " ".join([full, *(f"{sentence}." for sentence in reading.not_understood)])


def _as_caption(sentence: str) -> str:
    """`red ball bouncing` as captions have it, `a red ball bounces`."""
    words = re.findall(r"[a-z]+", sentence)
    singular = {plural: noun for noun, plural in NOUNS.items() if plural}
    things = []
    for i, word in enumerate(words):
        noun = word if word in NOUNS else singular.get(word)
        if noun is not None:
            things.append(_thing(noun, words[max(0, i - 3) : i], plural=word != noun))
    if not things:
        return sentence
    first, *others = (indefinite(thing) for thing in things)
    verb = next((found for word in words if (found := _verb(word))), None)
    known = {*NOUNS, *singular, *COLOURS, *SIZES, *NUMBERS, *FILLERS}
    if any(word not in known and _verb(word) is None for word in words):
        others.append(sentence)  # more is said than can be read, and the model may know the words
    if verb is None:
        return ". ".join([first, *others])
    phrase = re.sub(r"\[.*?\]", "", VERBS[verb].phrasings[0])
    done = plural_verb(phrase) if things[0].count > 1 else phrase
    return ". ".join([f"{first} {done}", *others])


def _thing(noun: str, before: list[str], plural: bool) -> Thing:
    """A thing as the words before its noun say it is."""
    colour, size = (next((word for word in before if word in kind), "") for kind in (COLOURS, SIZES))
    count = next((NUMBERS.index(word) + 1 for word in before if word in NUMBERS), 2 if plural else 1)
    return Thing("", noun, colour, count, size)


def _verb(word: str) -> str | None:
    """The verb that a word is a form of, if it needs no object: `rolling`, `bounced`, `falls`."""
    stems = [word, *(word.removesuffix(end) for end in ("s", "es", "ing", "ed"))]
    stems += [stem + "e" for stem in stems] + [stem[:-1] for stem in stems if stem[-2:-1] == stem[-1:]]
    known = (stem for stem in stems if stem in VERBS and not VERBS[stem].needs("object"))
    return next(known, None)


def _completed(story: Story, rng: np.random.Generator) -> Story:
    """With colours for all things, and something that happens or a place for each, as the worlds have it."""
    story = dataclasses.replace(story, things=_coloured(story.things, rng))
    told = story.happenings or story.relations or story.camera
    objects = [thing for thing in story.things if thing.noun in OBJECTS]
    if not told and len(objects) == 1:
        verbs = OFTEN[int(rng.integers(len(OFTEN)))]
        doing = tuple(Happening(verb, objects[0].key) for verb in verbs)
        story = dataclasses.replace(story, happenings=doing, salient=len(doing))
    elif not told and objects:
        kinds: tuple[RelationKind, ...] = ("left of", "right of")
        side = kinds[int(rng.integers(2))]
        beside = [Relation(side, one.key, objects[0].key) for one in objects[1:]]
        story = dataclasses.replace(story, relations=tuple(beside), salient=max(1, len(beside)))
    return _on_ground(_directed(story, rng), rng)


def _coloured(things: tuple[Thing, ...], rng: np.random.Generator) -> tuple[Thing, ...]:
    """Colours of the palette for objects, each worn once; neutral ones for what they stand on."""
    worn = {thing.colour for thing in things}
    free = [name for name in PALETTE if name not in worn] or list(PALETTE)
    order = [free[i] for i in rng.permutation(len(free))]
    neutral = list(NEUTRALS)
    found = []
    for i, thing in enumerate(things):
        colour = thing.colour
        if not colour and thing.noun in OBJECTS:
            colour = order[i % len(order)]
        elif not colour and thing.noun in GROUNDS:
            colour = neutral[int(rng.integers(len(neutral)))]
        found.append(dataclasses.replace(thing, colour=colour))
    return tuple(found)


def _directed(story: Story, rng: np.random.Generator) -> Story:
    """To the left or to the right, what can go either way and is not said to."""
    side = ("left", "right")[int(rng.integers(2))]
    open_ways = {
        i for i, done in enumerate(story.happenings)
        if not done.way and done.verb in LEANING
    }  # fmt: skip
    done = tuple(
        dataclasses.replace(one, way=side) if i in open_ways else one
        for i, one in enumerate(story.happenings)
    )
    return dataclasses.replace(story, happenings=done)


def _on_ground(story: Story, rng: np.random.Generator) -> Story:
    """A floor for the last thing that moves on one."""
    places = [i for i, done in enumerate(story.happenings) if done.verb in ON_THE_FLOOR and not done.object]
    if not places or any(thing.noun in GROUNDS for thing in story.things):
        return story
    colour = list(NEUTRALS)[int(rng.integers(len(NEUTRALS)))]
    happenings = list(story.happenings)
    happenings[places[-1]] = dataclasses.replace(happenings[places[-1]], object="the ground below")
    floor = Thing("the ground below", "floor", colour)
    return dataclasses.replace(story, things=(*story.things, floor), happenings=tuple(happenings))

"""Whatever can be told comes back from its captions, and whatever else is read never breaks."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wsim.errors import WsimError
from wsim.worlds.captions import (
    KINDS,
    LENGTHS,
    captions_of,
    facts,
    prompted,
    read_caption,
    setting,
    swapped,
    told,
    vocabulary,
)
from wsim.worlds.captions.grammar import RELATIONS, look
from wsim.worlds.captions.nouns import COLOURS, NOUNS, SIZES
from wsim.worlds.captions.verbs import CAMERA, VERBS
from wsim.worlds.scene import Happening, Relation, Story, Thing


@st.composite
def things(draw: st.DrawFn) -> tuple[Thing, ...]:
    found = []
    for index in range(draw(st.integers(1, 5))):
        noun = draw(st.sampled_from(list(NOUNS)))
        colour, size = draw(st.sampled_from(["", *COLOURS])), draw(st.sampled_from(["", *SIZES]))
        found.append(Thing(f"t{index}", noun, colour, draw(st.integers(1, 12)) if NOUNS[noun] else 1, size))
    looks = [look(thing) for thing in found]
    return tuple(thing for i, thing in enumerate(found) if looks[:i].count(looks[i]) < 2)


@st.composite
def happenings(draw: st.DrawFn, keys: list[str]) -> Happening:
    key = draw(st.sampled_from(list(VERBS)))
    subject, verb = draw(st.sampled_from(keys)), VERBS[key]
    others = [other for other in keys if other != subject]
    with_object = verb.needs("object") or (verb.takes("object") and bool(others) and draw(st.booleans()))
    ways = [*verb.ways, *([] if verb.needs("way") else [""])]
    object_ = draw(st.sampled_from(others or keys)) if with_object else ""
    return Happening(key, subject, object_, draw(st.sampled_from(ways)))


@st.composite
def stories(draw: st.DrawFn) -> Story:
    what = draw(things())
    keys = [thing.key for thing in what]
    relations = []
    if len(keys) > 1:
        pairs = st.permutations(keys).map(lambda order: order[:2])
        for kind in draw(st.lists(st.sampled_from(list(RELATIONS)), max_size=3)):
            subject, object_ = draw(pairs)
            relations.append(Relation(kind, subject, object_))
    done = tuple(draw(st.lists(happenings(keys), max_size=5)))
    camera = ", ".join(draw(st.lists(st.sampled_from(list(CAMERA)), max_size=3)))
    return Story(what, tuple(relations), done, camera, draw(st.integers(1, 3)))


@settings(max_examples=40, deadline=None)
@given(stories(), st.integers(0, 2**31))
def test_every_story_comes_back_from_every_caption(story: Story, seed: int) -> None:
    for length, caption in zip(LENGTHS, captions_of(story, seed), strict=True):
        reading = read_caption(caption)
        assert reading.not_understood == (), caption
        assert facts(reading.story) == facts(told(story, length)), caption
        assert caption == caption.lower()
        assert set(caption.replace(",", "").replace(".", "").split()) <= set(vocabulary())


@settings(max_examples=30, deadline=None)
@given(stories(), st.integers(0, 2**31), st.data())
def test_a_setting_comes_back_and_has_no_happenings(story: Story, seed: int, data: st.DataObject) -> None:
    seen = {thing.key: data.draw(st.integers(0, 12)) for thing in story.things}
    reading = read_caption(setting(story, seed, seen))
    assert reading.not_understood == () and reading.story.happenings == ()
    shown = [thing for thing in story.things if seen[thing.key]]
    counts = {thing.key: seen[thing.key] if NOUNS[thing.noun] else 1 for thing in shown}
    part = tuple(Thing(t.key, t.noun, t.colour, counts[t.key], t.size) for t in shown)
    stand = tuple(one for one in story.relations if {one.subject, one.object} <= set(counts))
    assert facts(reading.story) == facts(Story(part, stand, camera=story.camera))
    assert read_caption(prompted(story, seed)).not_understood == ()


@settings(max_examples=20, deadline=None)
@given(stories(), st.sampled_from(KINDS), st.integers(0, 1000))
def test_what_is_made_wrong_can_be_told_and_is_wrong(story: Story, kind: str, seed: int) -> None:
    wrong = swapped(story, kind, np.random.default_rng(seed))
    if wrong is not None:
        assert facts(wrong) != facts(story)
        assert facts(read_caption(captions_of(wrong, seed)[0]).story) == facts(wrong)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([*vocabulary(), ".", ",", "and", "it", "the"]), max_size=30))
def test_no_text_breaks_the_reader(words: list[str]) -> None:
    text = " ".join(words).replace(" .", ".").replace(" ,", ",")
    try:
        reading = read_caption(text)
    except WsimError:
        assert not text.strip(" .")
    else:
        assert all(sentence in text for sentence in reading.not_understood)

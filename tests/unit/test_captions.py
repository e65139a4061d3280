"""Captions say what the story says, can be read back, and can be made wrong in one fact."""

import itertools

import numpy as np
import pytest

from wsim.errors import WsimError
from wsim.worlds.captions import (
    KINDS,
    LENGTHS,
    captioned,
    captions_of,
    facts,
    read_caption,
    swapped,
    told,
    vocabulary,
)
from wsim.worlds.captions.grammar import indefinite, plural_verb
from wsim.worlds.captions.verbs import CAMERA, OPPOSITE_MOVE, OPPOSITE_WAY, VERBS, WAYS, Verb
from wsim.worlds.families import FAMILIES, make
from wsim.worlds.scene import Happening, Relation, Story, Thing

BALL, BOX, FLOOR = (
    Thing("ball", "ball", "red"),
    Thing("box", "box", "orange"),
    Thing("floor", "floor", "grey"),
)
PASSING = Story(
    (BALL, BOX, FLOOR, Thing("others", "cylinder", "blue", 2, "small")),
    (Relation("on", "box", "floor"),),
    (Happening("roll", "ball", way="left"), Happening("pass_behind", "ball", "box")),
    "pan left, turn back",
    salient=2,
)


def check_all_come_back(story: Story, seed: int) -> None:
    for length, caption in zip(LENGTHS, captions_of(story, seed), strict=True):
        reading = read_caption(caption)
        assert reading.not_understood == (), caption
        assert facts(reading.story) == facts(told(story, length)), caption


def sayings(verb: Verb) -> list[tuple[bool, str]]:
    """With or without an object, and the way, in all ways in which a verb can be said."""
    objects = [with_object for with_object in (False, True) if with_object == verb.takes("object")]
    objects += [False] if verb.takes("object") and not verb.needs("object") else []
    ways = [*verb.ways, *([] if verb.needs("way") else [""])]
    return list(itertools.product(objects, ways))


def test_a_story_is_told_in_three_lengths() -> None:
    captions = {length: captions_of(PASSING, 0)[i] for i, length in enumerate(LENGTHS)}
    assert captions["short"].startswith("a red ball ") and "an orange box" in captions["short"]
    assert "to the left" in captions["medium"] and "grey" not in captions["medium"]
    for words in (
        "a grey floor",
        "two small blue cylinders",
        "the orange box",
        "the camera turns to the left",
    ):
        assert words in captions["full"]
    assert len(captions["full"]) > len(captions["medium"]) > len(captions["short"])


def test_seeds_vary_the_wording_and_not_the_names() -> None:
    worded = {captions_of(PASSING, seed) for seed in range(40)}
    assert len(worded) >= 12
    for full, medium, short in worded:
        assert all("red ball" in caption and "orange box" in caption for caption in (full, medium, short))
        assert len(full) > len(medium) > len(short)
    assert captions_of(PASSING, 3) == captions_of(PASSING, 3)


@pytest.mark.parametrize("key", VERBS)
def test_every_verb_comes_back_in_every_wording(key: str) -> None:
    said = sayings(VERBS[key])
    said = said if key == "move" else said[:: max(1, len(said) // 8)]  # every way once is enough
    for seed in range(max(4, len(said))):
        with_object, way = said[seed % len(said)]
        things = (BALL, BOX) if with_object else (BALL,)
        happening = Happening(key, "ball", "box" if with_object else "", way)
        check_all_come_back(Story(things, happenings=(happening,)), seed)


def test_the_tables_are_sound() -> None:
    for key, verb in VERBS.items():
        assert verb.contrary in VERBS or not verb.contrary, key
        assert set(verb.ways) <= set(WAYS) and bool(verb.ways) == verb.takes("way"), key
        for phrasing in verb.phrasings:
            assert "," not in phrasing and " and " not in phrasing
            for slot in ("{object}", "{way}"):
                assert phrasing.count(slot) == verb.phrasings[0].count(slot)
                assert (slot + "]" in phrasing) == (slot + "]" in verb.phrasings[0])
    moves = [phrase for phrases in CAMERA.values() for phrase in phrases]
    assert len(set(moves)) == len(moves)
    assert set(OPPOSITE_WAY) <= set(WAYS) and set(OPPOSITE_MOVE) <= set(CAMERA)


@pytest.mark.parametrize("move", [*CAMERA, "look away left, wait, turn back"])
def test_every_move_of_the_camera_comes_back(move: str) -> None:
    for seed in range(2):
        check_all_come_back(Story((Thing("room", "room"), BALL, FLOOR), camera=move), seed)


def test_verbs_agree_with_their_subject() -> None:
    singular = ("rolls[ {way}]", "passes by", "is dropped", "flies", "does not")
    plural = ["roll[ {way}]", "pass by", "are dropped", "fly", "do not"]
    assert [plural_verb(verb) for verb in singular] == plural
    many = Story((Thing("balls", "ball", "red", 3),), happenings=(Happening("roll", "balls", way="left"),))
    assert all("three red balls roll " in caption for caption in captions_of(many, 0)[:2])


def test_things_alike_are_told_apart() -> None:
    twins = (Thing("a", "ball", "red"), Thing("b", "ball", "red"))
    story = Story(twins, happenings=(Happening("roll", "a", way="left"), Happening("roll", "b", way="right")))
    full = captions_of(story, 1)[0]
    assert "a red ball" in full and "another red ball" in full
    read = read_caption(full).story
    assert len(read.things) == 2 and read.happenings[0].subject != read.happenings[1].subject
    story = Story(twins, (Relation("left of", "a", "b"),), (Happening("collide", "b", "a"),))
    for seed in range(8):
        read = read_caption(captions_of(story, seed)[0]).story
        assert len(read.things) == 2
        assert read.relations[0].subject == read.happenings[0].object
        assert read.relations[0].object == read.happenings[0].subject


def test_articles_fit() -> None:
    named = [Thing("", "ball", "orange"), Thing("", "apple"), Thing("", "ball", "red", 1, "small")]
    assert [indefinite(thing) for thing in named] == ["an orange ball", "an apple", "a small red ball"]
    assert indefinite(Thing("", "water", "blue")) == "some blue water"
    assert indefinite(Thing("", "domino", "", 6)) == "six dominoes"


@pytest.mark.parametrize("family", FAMILIES)
def test_the_captions_of_a_family_come_back_and_stay_inside_the_vocabulary(family: str) -> None:
    words = set(vocabulary())
    scene = make(family, 3)
    assert scene.story is not None
    check_all_come_back(scene.story, 3)
    assert scene.captions == captions_of(scene.story, 3)
    assert set(" ".join(scene.captions).replace(",", "").replace(".", "").split()) <= words


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_two_hundred_captions_of_a_family_stay_inside_the_vocabulary(family: str) -> None:
    words = set(vocabulary())
    for seed in range(67):
        check_all_come_back(make(family, seed).story or Story(()), seed)
        assert set(" ".join(make(family, seed).captions).replace(",", "").replace(".", "").split()) <= words


def test_the_vocabulary_is_lower_case_words() -> None:
    assert len(vocabulary()) < 700
    assert all(word.isalpha() and word.islower() for word in vocabulary())
    assert list(vocabulary()) == sorted(set(vocabulary()))


def test_a_strange_caption_is_read_as_far_as_it_goes() -> None:
    reading = read_caption(
        "a red ball rolls to the left. it hums a tune. a cat sleeps. the camera arcs to the left."
    )
    assert reading.not_understood == ("it hums a tune", "a cat sleeps")
    assert reading.story.things[0].colour == "red" and reading.story.camera == "arc left"
    assert [happening.way for happening in reading.story.happenings] == ["left"]
    with pytest.raises(WsimError, match="empty caption"):
        read_caption(" . ")


def test_a_wrong_story_differs_in_one_fact() -> None:
    original = captions_of(PASSING, 0)[0].split()
    for kind in KINDS:
        for seed in range(10):
            wrong = swapped(PASSING, kind, np.random.default_rng(seed))
            assert wrong is not None and facts(wrong) != facts(PASSING)
            changed = set(captions_of(wrong, 0)[0].split()) ^ set(original)
            assert len(changed) <= 8
            check_all_come_back(wrong, seed)


def test_what_is_swapped_is_of_the_kind() -> None:
    rng = np.random.default_rng(0)
    for _ in range(10):
        colours = swapped(PASSING, "colour", rng)
        assert colours is not None
        assert [thing.noun for thing in colours.things] == [thing.noun for thing in PASSING.things]
        assert [thing.colour for thing in colours.things] != [thing.colour for thing in PASSING.things]
        numbers = swapped(PASSING, "number", rng)
        assert numbers is not None
        gaps = [abs(a.count - b.count) for a, b in zip(numbers.things, PASSING.things, strict=True)]
        assert sorted(gaps) == [0, 0, 0, 1]
        relation = swapped(PASSING, "relation", rng)
        assert relation is not None and relation.relations[0].kind == "under"
        event = swapped(PASSING, "event", rng)
        assert event is not None and (event.happenings, event.camera) != (PASSING.happenings, PASSING.camera)


def test_what_is_not_there_cannot_be_swapped() -> None:
    still, rng = Story((Thing("room", "room"),)), np.random.default_rng(0)
    assert swapped(still, "relation", rng) is None
    assert swapped(still, "event", rng) is None
    assert swapped(still, "colour", rng) is None


@pytest.mark.parametrize(
    ("story", "problem"),
    [
        (Story((Thing("a", "unicorn"),)), "noun 'unicorn'"),
        (Story((Thing("a", "ball", "mauve"),)), "colour 'mauve'"),
        (Story((Thing("a", "ball", count=13),)), "cannot count 13"),
        (Story((Thing("a", "water", count=2),)), "cannot count 2"),
        (Story((BALL,), (Relation("on", "ball", "table"),)), "names 'table'"),
        (Story((BALL,), happenings=(Happening("hum", "ball"),)), "verb 'hum'"),
        (Story((BALL,), happenings=(Happening("hit", "ball"),)), "'hit' without an object"),
        (Story((BALL, BOX), happenings=(Happening("spin", "ball", "box"),)), "'spin' with"),
        (Story((BALL,), happenings=(Happening("pour", "ball", "ball", "left"),)), "'pour' with"),
        (Story((BALL,), happenings=(Happening("paint", "ball", "ball", "left"),)), "go 'left'"),
        (Story((BALL,), camera="somersault"), "'somersault'"),
        (Story((BALL, BALL)), "one key"),
        (Story(tuple(Thing(key, "ball", "red") for key in "abc")), "more than two times"),
        (Story(()), "no things"),
    ],
)  # fmt: skip
def test_a_story_that_cannot_be_told_is_refused(story: Story, problem: str) -> None:
    with pytest.raises(WsimError, match=problem):
        captions_of(story, 0)


def test_a_scene_without_a_story_is_refused() -> None:
    with pytest.raises(WsimError, match="has no story"):
        captioned(make("fall", 0).replace(story=None))

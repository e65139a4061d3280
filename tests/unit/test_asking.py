"""What questions say: enough to settle them, in words that can be read back, and nothing of the outcome."""

import numpy as np
import pytest

from wsim.contracts import ClipFormat, Context
from wsim.errors import WsimError
from wsim.worlds.captions import facts, prompted, read_caption, setting
from wsim.worlds.families import FAMILIES, make
from wsim.worlds.scene import Happening, Relation, Story, Thing
from wsim.worlds.take import Take
from wsim_probes.words import things_seen, words_of

CLIP = ClipFormat(25, 64, 64, 16.0)
STACK = Story(
    (Thing("top", "block", "red"), Thing("low", "block", "blue"), Thing("hand", "gripper", "black")),
    (Relation("left of", "low", "hand"),),
    (Happening("put_on", "top", "low"), Happening("leave", "hand"), Happening("stay_there", "top")),
)


@pytest.mark.parametrize("seed", range(12))
def test_a_setting_tells_what_is_seen_and_nothing_that_happens(seed: int) -> None:
    text = setting(STACK, seed, {"low": 1, "hand": 1})
    read = read_caption(text)
    assert not read.not_understood and "red" not in text and "nothing" not in text
    assert facts(read.story) == facts(Story(STACK.things[1:], STACK.relations))
    assert "camera" in text


def test_a_relation_is_told_only_of_two_things_that_are_seen_from_the_start() -> None:
    both, one = {"low": 1, "hand": 1}, {"low": 1}
    assert read_caption(setting(STACK, 0, both)).story.relations
    assert not read_caption(setting(STACK, 0, both, from_start=False)).story.relations
    assert not read_caption(setting(STACK, 0, one)).story.relations


def test_as_many_are_told_as_are_seen_and_with_nothing_to_see_the_camera_alone() -> None:
    row = Story((Thing("row", "domino", count=4), Thing("milk", "milk")), camera="arc left")
    assert "three dominoes" in setting(row, 0, {"row": 3, "milk": 2})
    assert "some milk" in setting(row, 0, {"row": 3, "milk": 2})
    nothing = read_caption(setting(row, 0, {}))
    assert nothing.story.things == () and nothing.story.camera == "arc left"


@pytest.mark.parametrize("seed", range(12))
def test_a_prompt_leaves_out_what_must_come_of_the_rest(seed: int) -> None:
    read = read_caption(prompted(STACK, seed))
    assert [one.verb for one in read.story.happenings] == ["put_on", "leave"]
    still = Story((Thing("ball", "ball", "red"),), happenings=(Happening("stay_still", "ball"),))
    assert "nothing" not in prompted(still, seed) and "red ball" in prompted(still, seed)
    assert "nothing" in prompted(Story(still.things), seed)


def test_a_story_that_cannot_be_told_is_refused() -> None:
    wrong = Story((Thing("x", "unicorn"),))
    for say in (lambda: prompted(wrong, 0), lambda: setting(wrong, 0, {"x": 1})):
        with pytest.raises(WsimError, match="unicorn"):
            say()


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_family_can_be_set(family: str) -> None:
    scene = make(family, 507)
    if scene.story is None:
        return
    everything = dict.fromkeys((thing.key for thing in scene.story.things), 1)
    read = read_caption(setting(scene.story, scene.seed, everything))
    assert not read.not_understood and read.story.happenings == ()
    assert len(read.story.things) == len(scene.story.things)


def test_every_body_is_one_thing_and_those_out_of_the_picture_none() -> None:
    scene = make("dominoes", 507)
    assert scene.story is not None
    ids = np.arange(len(scene.bodies), dtype=np.int16).repeat(64)[None, :, None]
    seen = things_seen(scene, scene.story, ids)
    dominoes = sum(body.noun == "domino" for body in scene.bodies)
    assert seen["first"] == 1 and seen["dominoes"] == dominoes - 1
    assert not any(things_seen(scene, scene.story, np.full_like(ids, -1)).values())
    room = make("room", 507)
    assert room.story is not None
    seen = things_seen(room, room.story, np.full_like(ids, -1))
    assert [key for key, count in seen.items() if count] == ["room"]


@pytest.mark.parametrize("family", ["bite", "brush_stroke", "switch", "trail"])
def test_an_act_and_its_near_miss_are_set_in_the_same_words(family: str) -> None:
    act = make(family, 507)
    (miss,) = FAMILIES[family].twins(act).controls.values()
    takes = [Take(scene, CLIP) for scene in (act, miss)]
    one, other = (words_of(take, take.first_frame(), settle=False) for take in takes)
    assert act.captions != miss.captions and one == other


def test_words_settle_only_where_they_must() -> None:
    take = Take(make("switch", 507), CLIP)
    known = Context(take.video.frames[:1], (0,))
    told, shown = words_of(take, None, settle=True), words_of(take, known, settle=False)
    assert told is not None and read_caption(told).story.happenings
    assert shown is not None and not read_caption(shown).story.happenings and "lamp" in shown
    assert words_of(Take(take.scene.replace(story=None), CLIP), known, settle=True) is None

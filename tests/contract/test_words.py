"""The words of a question never tell its outcome, unless nothing else does."""

from itertools import combinations

import numpy as np
import pytest

from wsim.contracts import ClipFormat, Request, Scenario, Track
from wsim.registry import plugins
from wsim.runs.plan import load_probe
from wsim.worlds.captions import read_caption
from wsim.worlds.captions.verbs import FOLLOWING
from wsim.worlds.captions.wording import NOTHING_MOVES

CLIP = ClipFormat(25, 64, 64, 16.0)
OFFERED = [(name, track) for name in plugins("probes") for track in load_probe(name).needs]
SETTLED = [(name, track) for name, track in OFFERED if "text" not in load_probe(name).needs[track]]
TOLD = [both for both in OFFERED if both not in SETTLED]


def asked(name: str, track: Track) -> list[Scenario]:
    probe = load_probe(name)
    clip = CLIP.lasting(probe.min_duration_s)
    return list(probe.scenarios(clip, track=track, seed=521, limit=2))


def looks(request: Request) -> tuple[object, ...]:
    """Everything that a model is told but the words and the seed."""
    told = request.describe()
    return tuple(repr(told[name]) for name in ("context", "camera", "actions"))


@pytest.mark.parametrize(("name", "track"), SETTLED)
def test_words_beside_frames_that_settle_it_tell_no_happening(name: str, track: Track) -> None:
    questions = asked(name, track)
    for question in questions:
        text = question.request.text
        if text is not None:
            read = read_caption(text)
            assert not read.not_understood and read.story.happenings == (), f"{question.id}: {text}"
            assert not any(sentence in text for sentence in NOTHING_MOVES), f"{question.id}: {text}"
    for one, other in combinations(questions, 2):
        if looks(one.request) == looks(other.request):
            assert one.request.text == other.request.text, f"{one.id} and {other.id}"
    world = [question for question in questions if question.cluster == questions[0].cluster]
    assert len({question.request.text is None for question in world}) == 1, "some of a world have no words"


@pytest.mark.parametrize(("name", "track"), TOLD)
def test_words_that_settle_it_do_not_tell_what_must_come_of_it(name: str, track: Track) -> None:
    for question in asked(name, track):
        assert question.request.text is not None
        read = read_caption(question.request.text)
        assert not read.not_understood
        assert not [one.verb for one in read.story.happenings if one.verb in FOLLOWING], question.request.text


def test_what_the_given_frames_do_not_show_is_not_named() -> None:
    """A ball that is not there looks like one that comes in later: then the words must be the same, too."""
    question = asked("permanence/count", "video")[0]
    scene, given = question.truth.scene, question.request.context
    ids = question.truth.film.render.ids[list(given.indices)]
    balls = [(place, body) for place, body in enumerate(scene.bodies) if body.noun == "ball"]
    shown = {body.colour_name for place, body in balls if np.any(ids == place)}
    told = read_caption(question.request.text).story.things
    assert {thing.colour for thing in told if thing.noun == "ball"} <= shown

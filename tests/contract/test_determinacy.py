"""What a track gives settles the answer: no model is wrong for want of knowing which question it was asked.

Two questions of one world that look the same to a model have the same answers; those with different answers
differ in something that a model is told and can see.
"""

from itertools import permutations

import numpy as np
import pytest

from wsim.contracts import Capability, ClipFormat, Request, Scenario, Track, Unmeasurable
from wsim.registry import plugins
from wsim.runs.plan import load_probe

CLIP = ClipFormat(25, 64, 64, 16.0)
SEED = 503
OFFERED = [(name, track) for name in plugins("probes") for track in load_probe(name).needs]
VISIBLE_PX, VISIBLE_LEVELS = 12, 24  # the least difference that counts as seen, as in the tests of families


def told_apart(one: Request, other: Request, told: frozenset[Capability]) -> bool:
    """Whether a model that is told these things could know which of the two it was asked."""
    if "text" in told and one.text != other.text:
        return True
    if "camera" in told and one.describe()["camera"] != other.describe()["camera"]:
        return True
    if "actions" in told and one.describe()["actions"] != other.describe()["actions"]:
        return True
    a, b = one.context, other.context
    if a is None or b is None:
        return (a is None) != (b is None)
    if a.indices != b.indices or one.size != other.size:
        return True
    changed = np.abs(a.frames.astype(int) - b.frames).max(axis=-1) > VISIBLE_LEVELS
    return bool(changed.sum(axis=(1, 2)).max() >= VISIBLE_PX)


def asked(name: str, track: Track) -> list[Scenario]:
    return list(load_probe(name).scenarios(CLIP, track=track, seed=SEED, limit=1))


@pytest.mark.parametrize(("name", "track"), OFFERED)
def test_questions_that_look_the_same_have_the_same_answers(name: str, track: Track) -> None:
    questions = asked(name, track)
    probe = load_probe(name)
    for one, other in permutations(questions, 2):
        if one.cluster == other.cluster and not told_apart(one.request, other.request, probe.needs[track]):
            reading = probe.measure(one, other.truth.video)
            assert isinstance(reading, Unmeasurable) or reading.lawful, f"{one.id} and {other.id}"


def test_two_requests_are_told_apart_by_what_is_told_and_can_be_seen() -> None:
    [question] = asked("permanence/occlude", "image")[:1]
    request, everything = question.request, frozenset({"first_frame", "text"})
    assert not told_apart(request, request, everything)
    other = Request(request.num_frames, request.size, request.fps, 99, "else", request.context)
    assert told_apart(request, other, everything)
    assert not told_apart(request, other, frozenset({"first_frame"}))

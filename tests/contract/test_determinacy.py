"""What a track gives settles the answer: no model is wrong for want of knowing which question it was asked.

Two questions of one world that look the same to a model have the same answers; those with different answers
differ in something that a model is told and can see. Whatever else a request leaves open (when, at what
pace, of what matter, what is hidden, from where it is seen) is varied, and every such future is accepted;
where nothing is found that it leaves open, it pins one truth, bit for bit.
"""

import sys
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from wsim.contracts import Capability, ClipFormat, MetricSpec, Reading, Request, Scenario, Track, Unmeasurable
from wsim.registry import plugins
from wsim.runs.plan import load_probe
from wsim.video import Video

sys.path.insert(0, str(Path(__file__).parent.parent / "fixtures"))
from wsim_futures import other_futures, told_apart

CLIP = ClipFormat(25, 64, 64, 16.0)
SEEDS = (503, 541, 587)
OFFERED = [(name, track) for name in plugins("probes") for track in load_probe(name).needs]
TURNS = [(name, track, SEEDS[n % 3]) for n, (name, track) in enumerate(OFFERED)]
OTHER_TURNS = [(name, track, SEEDS[(n + 1) % 3]) for n, (name, track) in enumerate(OFFERED)]


def asked(name: str, track: Track, seed: int) -> list[Scenario]:
    """All questions of one world."""
    probe = load_probe(name)
    return list(probe.scenarios(CLIP.lasting(probe.min_duration_s), track=track, seed=seed, limit=1))


@pytest.mark.parametrize(("name", "track", "seed"), TURNS)
def test_questions_that_look_the_same_have_the_same_answers(name: str, track: Track, seed: int) -> None:
    probe = load_probe(name)
    for one, other in permutations(asked(name, track, seed), 2):
        if one.cluster == other.cluster and not told_apart(one.request, other.request, probe.needs[track]):
            reading = probe.measure(one, other.truth.video)
            assert isinstance(reading, Unmeasurable) or reading.lawful, f"{one.id} and {other.id}"


@pytest.mark.parametrize(("name", "track", "seed"), OTHER_TURNS)
def test_every_future_that_is_left_open_is_accepted(name: str, track: Track, seed: int) -> None:
    probe, questions = load_probe(name), asked(name, track, seed)
    at = seed % len(questions)
    futures = list(other_futures(questions[at], probe.needs[track]))
    for what, video in futures:
        reading = probe.measure(questions[at], video)
        assert getattr(reading, "lawful", False), f"{questions[at].id}, another {what}: {reading}"
    if not futures:
        assert track != "text", "words alone leave much open"
        again = asked(name, track, seed)[at]
        assert again.request.digest == questions[at].request.digest
        assert again.truth.video.digest == questions[at].truth.video.digest


@dataclass(frozen=True)
class OnlyItsOwn:
    """Takes the render that it has, and nothing else that could as well have happened."""

    metrics: ClassVar = (MetricSpec("same", "1", "higher", 0.0, 1.0, "the very pixels"),)

    def measure(self, scenario: Scenario, video: Video) -> Reading:
        same = bool(np.array_equal(video.frames, scenario.truth.video.frames))
        return Reading({"same": float(same)}, "same" if same else "other", lawful=same)


@pytest.mark.parametrize(
    ("name", "track", "what"),
    [
        ("physics/collision", "video", "matter"),
        ("physics/galileo", "image", "when"),
        ("physics/fall", "image", "pace"),
        ("geometry/rigidity", "image", "pace"),
        ("permanence/presence", "text", "light and view"),
    ],
)
def test_a_probe_that_knows_one_future_only_is_found_out(name: str, track: Track, what: str) -> None:
    [question] = asked(name, track, SEEDS[0])[:1]
    futures = dict(other_futures(question, load_probe(name).needs[track]))
    assert not OnlyItsOwn().measure(question, futures[what]).lawful
    assert OnlyItsOwn().measure(question, question.truth.video).lawful


def test_two_requests_are_told_apart_by_what_is_told_and_can_be_seen() -> None:
    [question] = asked("permanence/occlude", "image", SEEDS[0])[:1]
    request, everything = question.request, frozenset[Capability]({"first_frame", "text"})
    assert not told_apart(request, request, everything)
    other = Request(request.num_frames, request.size, request.fps, 99, "else", request.context)
    assert told_apart(request, other, everything)
    assert not told_apart(request, other, frozenset({"first_frame"}))

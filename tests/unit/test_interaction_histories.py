"""Probes of what acts leave behind, on development worlds: kept, broken, near misses, and empty tricks."""

from collections.abc import Callable
from itertools import islice

import numpy as np
import pytest

from wsim.contracts import ClipFormat, Reading, Scenario
from wsim.errors import WsimError
from wsim.models import controls
from wsim.video import Video
from wsim_probes.history import HistoryProbe
from wsim_probes.interaction.bite import bite
from wsim_probes.interaction.move import move
from wsim_probes.interaction.stack import stack
from wsim_probes.interaction.switch import switch
from wsim_probes.interaction.trace import trace

CLIP = ClipFormat(25, 64, 64, 16.0)
PROBES = [bite(), move(), stack(), switch(), trace()]


@pytest.fixture(scope="module", params=PROBES, ids=lambda probe: probe.name)
def posed(request: pytest.FixtureRequest) -> tuple[HistoryProbe, list[Scenario]]:
    probe = request.param
    return probe, list(probe.scenarios(CLIP, track="video", seed=500, limit=1))


def read(probe: HistoryProbe, scenario: Scenario, video: Video) -> Reading:
    said = probe.measure(scenario, video)
    assert isinstance(said, Reading)
    return said


def test_lawful_renders_are_right_as_they_are_and_spoiled(
    posed: tuple[HistoryProbe, list[Scenario]], ways: dict[str, Callable[[Video], Video]]
) -> None:
    probe, asked = posed
    for scenario in asked:
        for spoil in ways.values():
            reading = read(probe, scenario, spoil(scenario.truth.video))
            assert reading.lawful and reading.verdict == probe.lawful, reading
            assert reading.metrics["right"] == 1.0 and not reading.events


def test_every_twin_is_told_from_the_lawful_history(posed: tuple[HistoryProbe, list[Scenario]]) -> None:
    probe, asked = posed
    for scenario in asked:
        assert scenario.alternatives
        for name, other in scenario.alternatives.items():
            reading = read(probe, scenario, other.video)
            assert not reading.lawful and reading.events and reading.metrics["margin"] < 0.0, name


def test_an_act_that_misses_must_have_no_effect(posed: tuple[HistoryProbe, list[Scenario]]) -> None:
    probe, asked = posed
    missed = asked[-1]
    assert list(missed.alternatives) == ["imagined"]
    assert read(probe, missed, missed.alternatives["imagined"].video).verdict == "imagined"


def test_half_of_a_violation_is_one(posed: tuple[HistoryProbe, list[Scenario]]) -> None:
    probe, asked = posed
    for dose in probe.doses:
        half = probe.dosed(asked[0], dose.name, 0.5)
        assert half is not None and not read(probe, asked[0], half).lawful, dose.name
        assert probe.dosed(asked[-1], dose.name, 0.5) is None
        lawful = probe.dosed(asked[0], dose.name, 0.0)
        assert lawful is not None and lawful.digest == asked[0].truth.video.digest


def test_nothing_that_simulates_nothing_shows_an_effect(posed: tuple[HistoryProbe, list[Scenario]]) -> None:
    """Where nothing should have one, the place without the actor is right: the null has that for free."""
    probe, asked = posed
    for name in controls.ADVERSARIES:
        for scenario in asked:
            (video,) = getattr(controls, name)().generate([scenario.request])
            free = "imagined" in scenario.alternatives and name in ("plate", "clean", "carry")
            assert free or not read(probe, scenario, video).lawful, (name, scenario.id)


def test_an_answer_that_is_too_short_is_refused(posed: tuple[HistoryProbe, list[Scenario]]) -> None:
    probe, asked = posed
    with pytest.raises(WsimError, match="1 frames"):
        probe.measure(asked[0], Video(np.zeros((1, 64, 64, 3), dtype=np.uint8), 16.0))


def test_dark_lamps_in_another_room_are_another_scene() -> None:
    """Two worlds of the same colours in which nothing happens: what differs is the room."""
    worlds = list(islice(switch().scenarios(CLIP, track="video", seed=500, limit=12), 20, None))
    other, missed = (world for world in worlds if world.id.endswith("near_miss"))
    context = missed.request.context
    assert context is not None
    frames = other.truth.video.frames.copy()
    frames[list(context.indices)] = context.frames
    assert read(switch(), missed, Video(frames, CLIP.fps)).verdict == "scene lost"
    assert read(switch(), missed, missed.truth.video).lawful


def test_a_clean_floor_of_the_same_kind_is_not_the_one_that_was_given() -> None:
    """Nothing happens behind dry balls; two floors of one colour differ in their grain."""
    worlds = list(islice(trace().scenarios(CLIP, track="video", seed=541, limit=25), 46, None))
    other, dry = (world for world in worlds if world.id.endswith("dry"))
    context = dry.request.context
    assert context is not None
    frames = other.truth.video.frames.copy()
    frames[list(context.indices)] = context.frames
    assert read(trace(), dry, Video(frames, CLIP.fps)).verdict == "scene lost"
    assert read(trace(), dry, dry.truth.video).lawful

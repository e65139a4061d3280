"""Probes of what is not seen for a while, on development worlds: kept, broken, and empty tricks."""

from collections.abc import Callable

import numpy as np
import pytest

from wsim.contracts import ClipFormat, Reading, Scenario, Unmeasurable
from wsim.errors import WsimError
from wsim.models import controls
from wsim.video import Video
from wsim_probes.history import HistoryProbe
from wsim_probes.permanence.containers import containers
from wsim_probes.permanence.count import Count
from wsim_probes.permanence.evolve import evolve
from wsim_probes.permanence.reenter import reenter
from wsim_probes.permanence.shots import shots

CLIP = ClipFormat(25, 64, 64, 16.0)
PROBES = [containers(), Count(), evolve(), reenter(), shots()]
Probe = HistoryProbe | Count


@pytest.fixture(scope="module", params=PROBES, ids=lambda probe: probe.name)
def posed(request: pytest.FixtureRequest) -> tuple[Probe, list[Scenario]]:
    probe = request.param
    return probe, list(probe.scenarios(CLIP, track="video", seed=500, limit=1))


def read(probe: Probe, scenario: Scenario, video: Video) -> Reading:
    said = probe.measure(scenario, video)
    assert isinstance(said, Reading)
    return said


def test_lawful_renders_are_right_as_they_are_and_spoiled(
    posed: tuple[Probe, list[Scenario]], ways: dict[str, Callable[[Video], Video]]
) -> None:
    probe, asked = posed
    for scenario in asked:
        for spoil in ways.values():
            reading = read(probe, scenario, spoil(scenario.truth.video))
            assert reading.lawful, reading
            assert reading.metrics["right"] == 1.0 and not reading.events


def test_every_twin_is_told_from_the_lawful_history(posed: tuple[Probe, list[Scenario]]) -> None:
    probe, asked = posed
    for scenario in asked:
        assert scenario.alternatives
        for name, other in scenario.alternatives.items():
            reading = read(probe, scenario, other.video)
            assert not reading.lawful and reading.events and reading.metrics["margin"] < 0.0, name


def test_what_is_not_there_must_not_appear(posed: tuple[Probe, list[Scenario]]) -> None:
    probe, asked = posed
    for scenario in asked:
        if (imagined := scenario.alternatives.get("imagined")) is not None:
            assert read(probe, scenario, imagined.video).verdict == "imagined"


def test_the_ledger_counts_the_balls_that_come_out() -> None:
    two, four, none = Count().scenarios(CLIP, track="video", seed=501, limit=1)
    for scenario in (two, four, none):
        reading = read(Count(), scenario, scenario.truth.video)
        assert reading.metrics["ledger"] == 1.0 and reading.metrics["surplus"] == 0.0
    gone = read(Count(), two, two.alternatives["vanish"].video)
    assert gone.metrics["surplus"] == 1.0 and gone.metrics["ledger"] == pytest.approx(2 / 3)
    assert read(Count(), four, four.alternatives["appear"].video).metrics["surplus"] == 1.0


def test_half_of_a_violation_is_one(posed: tuple[Probe, list[Scenario]]) -> None:
    probe, asked = posed
    for dose in probe.doses:
        half = probe.dosed(asked[0], dose.name, 0.5)
        assert half is not None and not read(probe, asked[0], half).lawful, dose.name
        lawful = probe.dosed(asked[0], dose.name, 0.0)
        assert lawful is not None and lawful.digest == asked[0].truth.video.digest


def test_nothing_that_simulates_nothing_is_right(posed: tuple[Probe, list[Scenario]]) -> None:
    probe, asked = posed
    moving = [s for s in asked if s.parameters["ask"] != "none"]  # no ball went into the tunnel
    for name in controls.ADVERSARIES:
        for scenario in moving:
            (video,) = getattr(controls, name)().generate([scenario.request])
            free = "imagined" in scenario.alternatives and name in ("plate", "clean", "carry")
            assert free or not read(probe, scenario, video).lawful, (name, scenario.id)


def test_an_answer_that_is_too_short_is_refused(posed: tuple[Probe, list[Scenario]]) -> None:
    probe, asked = posed
    with pytest.raises(WsimError, match="1 frames"):
        probe.measure(asked[0], Video(np.zeros((1, 64, 64, 3), dtype=np.uint8), 16.0))


def test_one_frame_out_of_place_is_no_coming_back() -> None:
    probe = reenter()
    (rolls, *_) = probe.scenarios(CLIP, track="video", seed=506, limit=1)
    frames, context = rolls.truth.video.frames.copy(), rolls.request.context
    assert context is not None
    frames[23] = context.frames[-1]
    assert probe.measure(rolls, Video(frames, CLIP.fps)) == Unmeasurable("a frame is out of place")
    late = Video(rolls.truth.video.frames[[0, *range(24)]], CLIP.fps)
    assert read(probe, rolls, late).lawful


def test_a_camera_on_its_way_back_does_not_turn_away_again() -> None:
    probe = reenter()
    (_, *turning) = probe.scenarios(CLIP, track="video", seed=506, limit=1)
    assert len(turning) == 2
    for scenario in turning:
        lawful, context = scenario.truth.video.frames, scenario.request.context
        assert context is not None
        known, anyhow, early = len(context.indices), lawful.copy(), lawful.copy()
        anyhow[known:] = context.frames[[0, 11, 6, 10, 9, 0, 1, 2, 3]]
        assert probe.measure(scenario, Video(anyhow, CLIP.fps)) == Unmeasurable("a frame is out of place")
        early[known:-2] = lawful[known + 2 :]
        assert read(probe, scenario, Video(early, CLIP.fps)).lawful

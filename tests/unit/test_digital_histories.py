"""Probes of what acts leave behind in worlds of blocks: kept, forgotten, and keys that nobody heeds."""

from collections.abc import Callable

import pytest

from wsim.contracts import ClipFormat, Reading, Scenario
from wsim.models import controls
from wsim.video import Video
from wsim_probes.digital.lever import lever
from wsim_probes.digital.look_back import look_back
from wsim_probes.history import UNHEEDED, HistoryProbe

PROBES = {lever(): ClipFormat(25, 64, 64, 16.0), look_back(): ClipFormat(33, 64, 64, 8.0)}


@pytest.fixture(scope="module", params=PROBES, ids=lambda probe: probe.name)
def posed(request: pytest.FixtureRequest) -> tuple[HistoryProbe, list[Scenario]]:
    probe = request.param
    return probe, list(probe.scenarios(PROBES[probe], track="action", seed=500, limit=1))


def read(probe: HistoryProbe, scenario: Scenario, video: Video) -> Reading:
    said = probe.measure(scenario, video)
    assert isinstance(said, Reading)
    return said


def test_keys_are_told_and_needed(posed: tuple[HistoryProbe, list[Scenario]]) -> None:
    probe, asked = posed
    assert probe.needs == {"action": frozenset({"context", "actions"})}
    for scenario in asked:
        assert scenario.request.actions is not None
        assert scenario.request.actions.shape == (scenario.request.num_frames, 12)


def test_lawful_renders_are_right_as_they_are_and_spoiled(
    posed: tuple[HistoryProbe, list[Scenario]], ways: dict[str, Callable[[Video], Video]]
) -> None:
    probe, asked = posed
    for scenario in asked:
        for spoil in ways.values():
            assert read(probe, scenario, spoil(scenario.truth.video)).verdict == probe.lawful


def test_every_twin_is_told_from_the_lawful_history(posed: tuple[HistoryProbe, list[Scenario]]) -> None:
    probe, asked = posed
    for scenario in asked:
        assert UNHEEDED in scenario.alternatives
        for name, other in scenario.alternatives.items():
            reading = read(probe, scenario, other.video)
            assert not reading.lawful and reading.metrics["right"] == 0.0, name


def test_nothing_that_simulates_nothing_is_right(posed: tuple[HistoryProbe, list[Scenario]]) -> None:
    probe, asked = posed
    for name in controls.ADVERSARIES:
        for scenario in asked:
            (video,) = getattr(controls, name)().generate([scenario.request])
            free = "imagined" in scenario.alternatives and name in ("plate", "clean", "carry")
            assert free or not read(probe, scenario, video).lawful, (name, scenario.id)


def test_half_of_a_landscape_made_up_anew_is_seen() -> None:
    probe = look_back()
    (placed, _) = probe.scenarios(PROBES[probe], track="action", seed=501, limit=1)
    half = probe.dosed(placed, "reseeded", 0.5)
    assert half is not None and read(probe, placed, half).verdict == "reseeded"
